from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import uvloop

from tracking.archive import Archive, ArchiveError
from tracking.credentials import hash_secret
from tracking.dates import dated
from tracking.fix import Fix
from tracking.gateway import Gateway
from tracking.identities import LISTED
from tracking.layout import settled
from tracking.protocols.wialon import WialonDevice
from tracking.registry import Device, Registry

Write = Callable[[str], bytes]

NOW_MS = 1_795_273_200_000  # 2026-11-21 15:00 UTC
FOREVER_MS = 1 << 60


class Heard:
    """A gateway on a free port, with what it handed over."""

    def __init__(self, gateway: Gateway, archive: Archive, fixes: list[Fix]) -> None:
        self.gateway = gateway
        self.archive = archive
        self.fixes = fixes

    async def connect(self, unit: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Log in; the answer is still to be read."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gateway.port)
        writer.write(f"LOGIN {unit} s3cret\n".encode())
        return reader, writer


@asynccontextmanager
async def listening(
    folder: Path,
    *units: str,
    archive: Archive | None = None,
    login_timeout_s: float = 10.0,
    idle_s: float = 60.0,
    max_waiting: int = 100_000,
    sink: Callable[[list[Fix]], None] | None = None,
) -> AsyncIterator[Heard]:
    """Run a gateway for the units, all with one secret; after it everything is stored."""
    archive = archive or Archive(folder)
    fixes: list[Fix] = []
    gateway = Gateway(
        Registry(Device(unit, unit, hash_secret("s3cret")) for unit in units),
        archive,
        sink or fixes.extend,
        lambda: NOW_MS,
        login_timeout_s=login_timeout_s,
        commit_every_s=0.01,
        idle_s=idle_s,
        max_waiting=max_waiting,
    )
    await gateway.start("127.0.0.1", 0)
    try:
        yield Heard(gateway, archive, fixes)
    finally:
        await gateway.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is going to happen."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen within 20 s")


@pytest.mark.shared
async def test_real_logs_through_the_port_are_what_decode_says(
    tmp_path: Path, gpsd_logs: list[Path], decoded: Callable[[bytes], list[Fix]]
) -> None:
    """Each real log, sent in random chunks by its own unit, reads back as its decoded fixes.

    By the archive's rules: once an instant, the first one kept, in order of time; what has no date is of the
    day on which it was received. Nothing else may differ, at the archive's resolution.
    """
    contents = {log: log.read_bytes() for log in gpsd_logs}  # before anything runs
    async with listening(tmp_path, *(log.stem for log in gpsd_logs)) as heard:

        async def send(log: Path, rng: random.Random) -> None:
            reader, writer = await heard.connect(log.stem)
            data = contents[log]
            at = 0
            while at < len(data):
                size = rng.choice((1, 5, 40, 82, 300, 1400, 5000, 60_000))
                writer.write(data[at : at + size])
                await writer.drain()
                if rng.random() < 0.05:
                    await asyncio.sleep(0)
                at += size
            assert await reader.readline() == f"OK {log.stem}\n".encode()
            writer.close()
            await writer.wait_closed()

        for start in range(0, len(gpsd_logs), 20):
            await asyncio.gather(
                *(send(log, random.Random(log.name)) for log in gpsd_logs[start : start + 20])
            )
        await until(lambda: heard.gateway.counts["connections"] == 0)
    handed: dict[str, list[Fix]] = {}
    for fix in heard.fixes:
        handed.setdefault(fix.unit or "", []).append(fix)
    stored = fixes_expected = 0
    for log in gpsd_logs:
        expected = [
            dated(msgspec.structs.replace(fix, unit=log.stem, received_ms=NOW_MS))
            for fix in decoded(contents[log])
        ]
        fixes_expected += len(expected)
        assert handed.get(log.stem, []) == expected, log.name
        first: dict[int, Fix] = {}
        for fix in expected:
            first.setdefault(fix.taken_ms or 0, fix)
        track = heard.archive.track(log.stem, 0, FOREVER_MS)
        assert track == [settled(first[taken_ms]) for taken_ms in sorted(first)], log.name
        assert all((fix.lat_deg, fix.lon_deg) != (0, 0) and abs(fix.lat_deg) <= 90 for fix in track)
        stored += len(track)
    assert heard.gateway.counts["stored"] == fixes_expected >= stored > 2500
    heard.archive.close()


def rmc(second: int) -> str:
    """A sentence of now."""
    return f"GNRMC,1500{second:02d},A,5545.0000,N,03737.0000,E,1.0,90.0,211126,,,A"


async def test_fixes_are_stored_before_they_are_handed_over(tmp_path: Path, sentence: Write) -> None:
    """What the sink sees can be read from the archive already, and an epoch does not wait for the next."""
    archive = Archive(tmp_path)
    seen: list[bool] = []

    def sink(fixes: list[Fix]) -> None:
        seen.extend(settled(fix) in archive.track("12", 0, FOREVER_MS) for fix in fixes)

    async with listening(tmp_path, "12", archive=archive, sink=sink, idle_s=0.05) as heard:
        reader, writer = await heard.connect("12")
        assert await reader.readline() == b"OK 12\n"
        writer.write(sentence(rmc(1)))
        await until(lambda: len(seen) == 1)
        writer.write(b"".join(sentence(rmc(second)) for second in range(2, 10)))
        await until(lambda: len(seen) == 9)
        writer.close()
    assert all(seen)
    archive.close()


async def test_strangers_are_refused_counted_and_listed(tmp_path: Path) -> None:
    """An unknown unit, a wrong secret, garbage and silence are told why, closed, counted, and listed."""
    async with listening(tmp_path, "12", login_timeout_s=0.2) as heard:
        answers = []
        for said in (
            b"LOGIN 99 x\n",
            b"LOGIN 99 y\n",
            b"LOGIN 12 no\n",
            b"\x00\xff\x16\x03garbage\n",
            b"LOGIN",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", heard.gateway.port)
            writer.write(said)
            answers.append(await reader.read())
            writer.close()
        whys = ["unknown-unit", "unknown-unit", "wrong-secret", "not-a-login", "timeout"]
        assert answers == [f"ERR {why}\n".encode() for why in whys]
        assert all(heard.gateway.counts[f"refused: {why}"] == whys.count(why) for why in whys)
        unknown, wrong = heard.gateway.strangers
        assert (unknown.unit, unknown.why, unknown.times, unknown.last_ms) == (
            "99",
            "unknown-unit",
            2,
            NOW_MS,
        )
        assert (wrong.unit, wrong.why) == ("12", "wrong-secret")
        assert unknown.address.startswith("127.0.0.1:")
        await until(lambda: heard.gateway.counts["connections"] == 0)
    heard.archive.close()


async def test_the_list_of_strangers_is_bounded(tmp_path: Path) -> None:
    """Thousands of made-up names push the oldest out and no more."""
    async with listening(tmp_path, "12") as heard:
        for i in range(LISTED + 30):
            reader, writer = await heard.connect(f"x{i}")
            await reader.read()
            writer.close()
        strangers = heard.gateway.strangers
        assert len(strangers) == LISTED
        assert strangers[-1].unit == f"x{LISTED + 29}"
    heard.archive.close()


async def test_the_newest_connection_of_a_unit_wins(tmp_path: Path, sentence: Write) -> None:
    """A second login closes the first connection, keeps its fixes, and raises an alarm if both spoke."""
    async with listening(tmp_path, "12") as heard:
        old_reader, old = await heard.connect("12")
        assert await old_reader.readline() == b"OK 12\n"
        old.write(b"".join(sentence(rmc(second)) for second in range(5)))
        await until(lambda: len(heard.fixes) == 5)
        reader, new = await heard.connect("12")
        assert await reader.readline() == b"OK 12\n"
        assert await old_reader.read() == b""
        new.write(b"".join(sentence(rmc(second)) for second in range(10, 13)))
        await until(lambda: len(heard.fixes) == 8)
        assert heard.gateway.counts["units"] == 1
        (alarm,) = heard.gateway.alarms
        assert (alarm.kind, alarm.unit, alarm.at_ms) == ("two-places", "12", NOW_MS)
        assert alarm.old != alarm.new
        new.close()
        old.close()
    assert len(heard.archive.track("12", 0, FOREVER_MS)) == 8
    heard.archive.close()


class Broken(Archive):
    """An archive on a disk that is full until it is mended."""

    full = True

    def append(self, fixes: object) -> int:
        """Fail as a full disk does, or store."""
        if self.full:
            raise ArchiveError("cannot write the track archive: disk full")
        return super().append(fixes)  # type: ignore[arg-type]  # passed on as it came


async def test_a_full_disk_does_not_hide_the_units_and_is_made_up_for(
    tmp_path: Path, sentence: Write
) -> None:
    """While the archive fails, dispatch gets the fixes and health says why; later all of them are stored."""
    archive = Broken(tmp_path)
    async with listening(tmp_path, "12", archive=archive) as heard:
        reader, writer = await heard.connect("12")
        assert await reader.readline() == b"OK 12\n"  # closing over unread bytes would reset the connection
        writer.write(b"".join(sentence(rmc(second)) for second in range(20)))
        await until(lambda: len(heard.fixes) == 20)
        assert heard.gateway.failing == "cannot write the track archive: disk full"
        assert archive.track("12", 0, FOREVER_MS) == []
        archive.full = False
        await until(lambda: heard.gateway.failing is None)
        assert heard.gateway.counts["unstored"] == 0
        writer.close()
    assert len(archive.track("12", 0, FOREVER_MS)) == 20
    archive.close()


async def test_a_faulty_sink_stops_nothing(tmp_path: Path, sentence: Write) -> None:
    """When whoever listens raises, the fixes are archived, the fault is counted, and the next ones come."""
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def sink(fixes: list[Fix]) -> None:
        raise RuntimeError(f"no use for {len(fixes)} fixes")

    async with listening(tmp_path, "12", sink=sink) as heard:
        reader, writer = await heard.connect("12")
        assert await reader.readline() == b"OK 12\n"  # closing over unread bytes would reset the connection
        for second in range(5):
            writer.write(sentence(rmc(second)))
            await asyncio.sleep(0.03)
        await until(lambda: heard.gateway.counts.get("stored") == 5)
        writer.close()
    assert reported
    heard.archive.close()


async def test_a_flood_is_held_back_and_nothing_is_lost(tmp_path: Path, sentence: Write) -> None:
    """With room for ten fixes, two thousand sent at once are all stored: devices wait, none is dropped."""
    async with listening(tmp_path, "12", max_waiting=10) as heard:
        reader, writer = await heard.connect("12")
        assert await reader.readline() == b"OK 12\n"  # closing over unread bytes would reset the connection
        for i in range(2000):
            time = f"{i // 3600:02d}{i // 60 % 60:02d}{i % 60:02d}"
            writer.write(sentence(f"GNRMC,{time},A,5545.0,N,03737.0,E,1.0,90.0,211126,,,A"))
        await writer.drain()
        writer.close()
        await until(lambda: heard.gateway.counts.get("stored", 0) == 2000)
    heard.archive.close()


async def test_a_port_in_use_is_an_os_error(tmp_path: Path) -> None:
    """Starting on a taken port fails at once, for the caller to say so."""
    async with listening(tmp_path) as heard:
        other = Gateway(Registry(), heard.archive, lambda _: None, lambda: 0)
        with pytest.raises(OSError, match="use"):
            await other.start("127.0.0.1", heard.gateway.port)
    heard.archive.close()


def test_it_runs_on_uvloop(tmp_path: Path, sentence: Write) -> None:
    """The loop that the service uses has transports of its own; a device logs in and is stored there too."""

    async def story() -> int:
        async with listening(tmp_path, "12") as heard:
            reader, writer = await heard.connect("12")
            assert await reader.readline() == b"OK 12\n"
            writer.write(b"".join(sentence(rmc(second)) for second in range(3)))
            await until(lambda: len(heard.fixes) == 3)
            writer.close()
        stored = len(heard.archive.track("12", 0, FOREVER_MS))
        heard.archive.close()
        return stored

    assert uvloop.run(story()) == 3


WIALON = b"#L#12;s3cret\r\n#D#211126;150001;5545.0;N;03737.0;E;0;0;150;9;0.9;NA;NA;;NA;NA\r\n"


async def test_a_device_is_answered_after_its_fix_is_stored(tmp_path: Path) -> None:
    """Wialon IPS on the same port: when the acknowledgement comes, the fix can be read from the archive."""
    async with listening(tmp_path, "12") as heard:
        reader, writer = await asyncio.open_connection("127.0.0.1", heard.gateway.port)
        writer.write(WIALON)
        assert await reader.readline() == b"#AL#1\r\n"
        assert await reader.readline() == b"#AD#1\r\n"
        assert len(heard.archive.track("12", 0, FOREVER_MS)) == 1
        writer.close()
    heard.archive.close()


async def test_what_cannot_be_stored_is_not_acknowledged(tmp_path: Path) -> None:
    """On a full disk the device is cut off without an answer and keeps its fix; dispatch gets it too."""
    archive = Broken(tmp_path)
    async with listening(tmp_path, "12", archive=archive) as heard:
        reader, writer = await asyncio.open_connection("127.0.0.1", heard.gateway.port)
        login, message = WIALON.splitlines(keepends=True)
        writer.write(login)
        assert await reader.readline() == b"#AL#1\r\n"
        writer.write(message)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        assert len(heard.fixes) == 1
        writer.close()
        archive.full = False
    archive.close()


async def test_a_phone_speaks_http_on_the_same_port(tmp_path: Path) -> None:
    """A request of Traccar Client is answered 200 once its fix is stored, and 403 with a wrong token."""
    async with listening(tmp_path, "12") as heard:
        for token, status in (("s3cret", b"200"), ("wrong", b"403")):
            reader, writer = await asyncio.open_connection("127.0.0.1", heard.gateway.port)
            query = f"id=12&token={token}&lat=55.75&lon=37.5&timestamp={NOW_MS // 1000}"
            writer.write(f"GET /?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert (await reader.readline()).split()[1] == status
            writer.close()
        # A proxy before the phones deals their requests out among its connections: that is one place.
        kept = [await asyncio.open_connection("127.0.0.1", heard.gateway.port) for _ in range(2)]
        for _, writer in kept:
            writer.write(f"GET /?{query.replace('wrong', 's3cret')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await until(lambda: len(heard.fixes) == 3)
        assert not heard.gateway.alarms
        assert heard.gateway.counts["connections"] >= 2
        assert [fix.lat_deg for fix in heard.archive.track("12", 0, FOREVER_MS)] == [55.75]
        assert [stranger.why for stranger in heard.gateway.strangers] == ["wrong-secret"]
    heard.archive.close()


class Datagrams(asyncio.DatagramProtocol):
    """Collects answers."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002  # asyncio's signature
        """Take an answer."""
        self.answers.put_nowait(data)


async def test_datagrams_are_heard_and_answered(tmp_path: Path, sentence: Write) -> None:
    """Over UDP a Wialon device is acknowledged, an NMEA device logs in, a stranger stores nothing."""
    async with listening(tmp_path, "12", "13") as heard:
        port = await heard.gateway.start_udp("127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        for said, answer in (
            (WIALON, b"#AL#1\r\n#AD#1\r\n"),
            (b"LOGIN 13 s3cret\r\n" + sentence(rmc(1)) + sentence(rmc(2)), b"OK 13\n"),
            (WIALON.replace(b"s3cret", b"wrong"), b"#AL#01\r\n"),
        ):
            made = loop.create_datagram_endpoint(Datagrams, remote_addr=("127.0.0.1", port))
            transport, device = await made
            transport.sendto(said)
            async with asyncio.timeout(10):
                assert await device.answers.get() == answer
            transport.close()
    assert [len(heard.archive.track(unit, 0, FOREVER_MS)) for unit in ("12", "13")] == [1, 2]
    heard.archive.close()


async def test_a_device_that_reads_no_answers_is_cut_off(tmp_path: Path) -> None:
    """Requests without end, no answer read: its connection ends before the answers fill our memory."""
    async with listening(tmp_path, "12") as heard:
        _, writer = await asyncio.open_connection("127.0.0.1", heard.gateway.port, limit=1)
        request = b"GET /?id=12&lat=55&lon=37&timestamp=1795273200&token=s3cret HTTP/1.1\r\n\r\n"
        with contextlib.suppress(ConnectionError):
            while heard.gateway.counts["connections"]:
                writer.write(request * 1000)
                async with asyncio.timeout(20):
                    await writer.drain()
        assert heard.gateway.totals["cut off: reads no answers"] == 1
        writer.close()


async def test_one_datagram_that_breaks_us_silences_nobody(
    tmp_path: Path, sentence: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should some dialect ever raise, that datagram is lost, counted and reported; the port goes on.

    Of a peer that is forgotten nothing is: the epoch that it had begun is stored, its counts are kept.
    """
    async with listening(tmp_path, "12") as heard:
        port = await heard.gateway.start_udp("127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        reported: list[dict[str, object]] = []
        loop.set_exception_handler(lambda _, what: reported.append(what))

        monkeypatch.setattr(WialonDevice, "datagram", lambda *_: 1 // 0)
        vehicle, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port)
        )
        vehicle.sendto(b"#P#\r\n")
        await until(lambda: heard.gateway.totals["datagrams that broke us"] == 1)
        assert isinstance(reported[0]["exception"], ZeroDivisionError)
        vehicle.sendto(b"LOGIN 12 s3cret\r\n" + sentence(rmc(1)) + b"$GPRMC,nonsense\r\n")
        await until(lambda: heard.gateway.counts.get("nmea rejected no checksum") == 1)
        assert heard.fixes == []
        _, writer = await heard.connect("12")  # the same unit, elsewhere: the peer is forgotten
        await until(lambda: len(heard.fixes) == 1)
        assert heard.gateway.counts["nmea rejected no checksum"] == 1
        vehicle.close()
        writer.close()


async def test_an_identity_that_changes_in_a_session_is_an_alarm(tmp_path: Path, sentence: Write) -> None:
    """Unit 12 says in mid-stream that it is 1313: an alarm, and no track of 1313."""
    async with listening(tmp_path, "12", "1313") as heard:
        reader, writer = await heard.connect("12")
        assert await reader.readline() == b"OK 12\n"
        writer.write(sentence(rmc(1)) + sentence("PGID,1313") + sentence(rmc(2)) + sentence(rmc(3)))
        await until(lambda: bool(heard.gateway.alarms))
        (alarm,) = heard.gateway.alarms
        assert (alarm.kind, alarm.unit, alarm.new) == ("identity-changed", "12", "1313")
        writer.close()
    assert heard.archive.track("1313", 0, FOREVER_MS) == []
    heard.archive.close()
