"""The demo's vehicles on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from console.clock import wall_ms
from console.simulate.clock import SimulatedClock
from console.simulate.drive import Place, metres_between, moved
from console.simulate.plan import ClockPlan, UnitPlan
from console.simulate.tally import Tally
from console.simulate.vehicle import Vehicle
from tracking.protocols.nmea import NmeaParser

BASE = Place(55.9, 60.6)


class Listener:
    """A TCP server that answers a login as it is told and keeps what comes after."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.logins: list[bytes] = []
        self.received = b""
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        self.writers.append(writer)
        self.logins.append(await reader.readline())
        writer.write(self.answer)
        while data := await reader.read(4096):
            self.received += data
        writer.close()


@asynccontextmanager
async def listening(answer: bytes) -> AsyncIterator[tuple[Listener, Vehicle, Tally]]:
    """A listener and a vehicle that speaks to it, ten times as fast as life."""
    listener, tally = Listener(answer), Tally()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    now_ms = wall_ms()
    vehicle = Vehicle(
        UnitPlan("12", "secret", "t", *BASE),
        server.sockets[0].getsockname()[:2],
        SimulatedClock(ClockPlan(now_ms, now_ms, 10.0)),
        tally,
        1,
    )
    running = asyncio.create_task(vehicle.run())
    try:
        yield listener, vehicle, tally
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for writer in listener.writers:
            writer.close()
        server.close()
        await server.wait_closed()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until `holds`, or fail."""
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail("not within 20 s")


async def test_a_vehicle_logs_in_and_speaks_nmea() -> None:
    """After `OK` come epochs of RMC and GGA on whole seconds, at home, none of them rejected."""
    async with listening(b"OK 12\r\n") as (listener, vehicle, _):
        await until(lambda: listener.received.count(b"RMC") >= 3)
        assert listener.logins == [b"LOGIN 12 secret\r\n"]
        parser = NmeaParser("12")
        fixes = parser.feed(listener.received, 0)
        assert not parser.rejected
        assert len(fixes) >= 2
        for fix in fixes:
            assert fix.taken_ms is not None
            assert fix.taken_ms % 1000 == 0
            assert metres_between(Place(fix.lat_deg, fix.lon_deg), vehicle.home) < 10


async def test_a_cut_link_is_taken_up_again() -> None:
    """When the other end closes, the vehicle logs in anew and goes on."""
    async with listening(b"OK 12\n") as (listener, _, tally):
        await until(lambda: b"RMC" in listener.received)
        listener.writers[0].close()
        await until(lambda: len(listener.logins) == 2)
        seen = listener.received.count(b"RMC")
        await until(lambda: listener.received.count(b"RMC") > seen)
        assert tally.trouble["link cut: ConnectionResetError"] == 1


@pytest.mark.parametrize("answer", [b"ERR wrong-secret\n", b"OK 13\n", b"\xff\xfe\n"])
async def test_a_refused_login_is_counted_and_nothing_is_sent(answer: bytes) -> None:
    """Whatever is not this unit's `OK` ends the attempt: who did not accept the login gets no position."""
    async with listening(answer) as (listener, vehicle, tally):
        await until(lambda: sum(tally.trouble.values()) == 1)
        assert next(iter(tally.trouble)).startswith("login refused")
        assert not vehicle.linked
        assert listener.received == b""


async def test_a_vehicle_that_is_stopped_stays_where_it_was() -> None:
    """Called off half-way, it stands at that spot and not at either end of its line."""
    now_ms = wall_ms()
    vehicle = Vehicle(
        UnitPlan("12", "s", "t", *BASE),
        ("127.0.0.1", 1),
        SimulatedClock(ClockPlan(now_ms, now_ms)),
        Tally(),
        1,
    )
    drive = vehicle.set_off([BASE, moved(BASE, 1000, 0)], 100.0, 0)
    half_ms = drive.ends_ms // 2
    before = vehicle.spot(half_ms)
    vehicle.stop(half_ms)
    assert vehicle.spot(half_ms + 600_000).place == before.place
    assert vehicle.spot(half_ms + 600_000).speed_mps == 0
    assert 200 < metres_between(before.place, BASE) < 800
