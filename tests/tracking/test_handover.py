from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tracking.fix import Fix
from tracking.handover import HandoverClient, HandoverPort
from tracking.identities import Alarm, Stranger
from tracking.protocols.dialect import Distress

FIXES = [Fix(str(i), 1000 + i, None, 2000, 55.0 + i / 100, 37.0) for i in range(200)]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is going to happen."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen within 10 s")


class Service:
    """The service's end, with what it heard."""

    def __init__(self) -> None:
        self.fixes: list[Fix] = []
        self.cries: list[Distress] = []
        self.alarms: list[Alarm] = []
        self.journal_works = True
        self.port = HandoverPort(self.fixes.extend, self._cry, self.alarms.append)

    async def _cry(self, distress: list[Distress]) -> None:
        if not self.journal_works:
            raise OSError("disk full")
        self.cries += distress


@contextlib.asynccontextmanager
async def linked(folder: Path) -> AsyncIterator[tuple[Service, HandoverClient]]:
    """A service and one gateway's client, connected."""
    service, client = Service(), HandoverClient(folder / "s")
    await service.port.start(folder / "s")
    client.start()
    await until(lambda: client.is_connected)
    yield service, client
    await client.close()
    await service.port.close()


async def test_a_service_that_hangs_does_not_fill_the_gateways_memory(tmp_path: Path) -> None:
    """Reports every second to a service that reads nothing: beyond a bound nothing more is sent to it."""
    hangs = await asyncio.start_unix_server(lambda *_: asyncio.sleep(60), tmp_path / "s")
    client = HandoverClient(tmp_path / "s")
    client.start()
    await until(lambda: client.is_connected)
    counts = {f"{'x' * 1000}{number}": number for number in range(1000)}
    for _ in range(60):
        client.report([], counts, None)
    assert client.totals["frames"] < 40
    await client.close()
    hangs.close()


async def test_a_path_that_is_too_long_for_a_socket_is_said_so(tmp_path: Path) -> None:
    """Systems take 103 to 107 bytes: the error names the path and what to change."""
    port = HandoverPort(lambda _: None, lambda _: asyncio.sleep(0), lambda _: None)
    with pytest.raises(OSError, match="shorter"):
        await port.start(tmp_path / ("x" * 120))


async def test_everything_arrives_as_it_was_sent(tmp_path: Path) -> None:
    """Fixes, alarms, strangers, counts and failures come out at the service as they went in."""
    async with linked(tmp_path) as (service, client):
        alarm = Alarm("two-places", "12", 5, "a", "b")
        stranger = Stranger("99", "a:1", "unknown-unit", 1, 2, 3)
        client.fixes(FIXES)
        client.alarm(alarm)
        client.report([stranger], {"stored": 7}, "disk full")
        await until(lambda: bool(service.port.reports))
        assert (service.fixes, service.alarms) == (FIXES, [alarm])
        assert (service.port.strangers, service.port.failing) == ([stranger], "disk full")
        assert service.port.counts["stored"] == 7
    assert service.port.reports == {}


async def test_a_cry_for_help_returns_only_when_it_is_in_the_journal(tmp_path: Path) -> None:
    """A service that cannot write, or is away, gives no answer, so the device is given none."""
    cry = Distress("12", "button", 5, 6, FIXES[0], "EGTS SRC 13", b"\0\1")
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    async with linked(tmp_path) as (service, client):
        await client.distress([cry])
        assert service.cries == [cry]
        service.journal_works = False
        refused = asyncio.ensure_future(client.distress([cry]))
        await until(lambda: service.port.totals["distress failures"] == 1)
        assert not refused.done()
        await service.port.close()
        with pytest.raises(OSError, match="went away"):
            await refused
        await until(lambda: not client.is_connected)
        with pytest.raises(OSError, match="away"):
            await client.distress([cry])


async def test_what_comes_while_the_service_is_away_arrives_later(tmp_path: Path) -> None:
    """A service that is started anew is found again, and gets the fixes that waited."""
    async with linked(tmp_path) as (service, client):
        await service.port.close()
        await until(lambda: not client.is_connected)
        client.fixes(FIXES)
        again = Service()
        await again.port.start(tmp_path / "s")
        await until(lambda: again.fixes == FIXES)
        await again.port.close()


async def test_garbage_on_the_socket_harms_nobody(tmp_path: Path) -> None:
    """A frame that is none, and one without end, are counted and end their own link alone."""
    async with linked(tmp_path) as (service, client):
        for garbage in (b"\x03\0\0\0abc", b"\xff\xff\xff\xff"):
            reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
            writer.write(garbage)
            assert await reader.read() == b""
            writer.close()
        client.fixes(FIXES[:1])
        await until(lambda: len(service.fixes) == 1)
        assert service.port.counts["bad frames"] == 2


async def test_a_unit_at_two_gateways_in_turn_is_an_alarm(tmp_path: Path) -> None:
    """Each gateway sees one place; the service sees the unit go to and fro. One change is a new modem."""
    async with linked(tmp_path) as (service, first):
        second = HandoverClient(tmp_path / "s")
        second.start()
        await until(lambda: second.is_connected)
        turns = ((1000, first), (2000, first), (3000, second), (4000, second))
        for turn, (at_ms, client) in enumerate(turns):
            client.fixes([Fix("12", at_ms, None, at_ms, 55.0, 37.0)])
            await until(lambda turn=turn: len(service.fixes) > turn)  # type: ignore[misc]  # a lambda's default
        assert service.alarms == []
        first.fixes([Fix("12", 5000, None, 5000, 55.0, 37.0)])
        await until(lambda: len(service.alarms) == 1)
        assert (service.alarms[0].kind, service.alarms[0].unit) == ("two-places", "12")
        await second.close()
