from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tracking.archive import Archive
from tracking.credentials import hash_secret
from tracking.fix import Fix
from tracking.forwarder import Forwarder
from tracking.gateway import Gateway
from tracking.outbox import Outbox
from tracking.registry import Device, Registry

ROOT = Path(__file__).resolve().parents[2]
Fixes = AsyncIterator[list[Fix]]
FOREVER_MS = 1 << 60
DAY_1_MS = 1_704_067_200_000  # 2024-01-01


def wall_ms() -> int:
    """Now."""
    return time.time_ns() // 1_000_000


def fix(taken_ms: int) -> Fix:
    """Where the unit was then."""
    return Fix(
        "12", taken_ms, None, taken_ms, 55.0 + taken_ms % 1000 / 10_000, 37.0, 3.0, 90.0, 150.0, 0.9, 9
    )


class Far:
    """A gateway that may be started and stopped on one port, and its archive."""

    def __init__(self, folder: Path) -> None:
        self.archive = Archive(folder)
        self.heard: list[Fix] = []
        self.port = 0
        self._gateway: Gateway | None = None

    async def start(self) -> None:
        """Listen."""
        registry = Registry([Device("12", "12", hash_secret("s3cret"))])
        self._gateway = Gateway(registry, self.archive, self.heard.extend, wall_ms, commit_every_s=0.01)
        await self._gateway.start("127.0.0.1", self.port)
        self.port = self._gateway.port

    async def stop(self) -> None:
        """Cut every link."""
        if self._gateway is not None:
            await self._gateway.close()
            self._gateway = None


@contextlib.asynccontextmanager
async def far(folder: Path) -> AsyncIterator[Far]:
    """A gateway for unit 12."""
    there = Far(folder / "tracks")
    await there.start()
    yield there
    await there.stop()
    there.archive.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is going to happen."""
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen within 30 s")


def aboard(outbox: Outbox, port: int, *, mistyped: bool = False) -> tuple[Forwarder, list[str]]:
    """The vehicle's program, and what it said."""
    said: list[str] = []
    forwarder = Forwarder(
        outbox,
        ("127.0.0.1", port),
        unit="12",
        secret="wrong" if mistyped else "s3cret",
        now_ms=wall_ms,
        tell=said.append,
        answer_within_s=5,
        first_retry_s=0.05,
    )
    return forwarder, said


async def test_hours_without_a_link_are_made_up_for(tmp_path: Path) -> None:
    """What waited arrives, the newest first; links that are cut in between lose and double nothing."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    now_ms = wall_ms()
    fixes = [fix(now_ms - 1000 * i) for i in reversed(range(3000))]
    outbox.append(fixes)
    async with far(tmp_path) as there:
        forwarder, said = aboard(outbox, there.port)
        ended = asyncio.Event()
        ended.set()
        sending = asyncio.create_task(forwarder.forward(until_empty=ended))
        for cut_after in (200, 900, 1700):
            await until(lambda cut_after=cut_after: len(there.heard) >= cut_after)  # type: ignore[misc]  # a lambda's default
            await there.stop()
            await asyncio.sleep(0.1)
            await there.start()
        async with asyncio.timeout(30):
            await sending
        assert there.heard[0].taken_ms == now_ms
        assert not there.heard[0].history
        assert [one.history for one in there.heard[1:300]] == [True] * 299
        track = there.archive.track("12", 0, FOREVER_MS)
        assert [one.taken_ms for one in track] == [one.taken_ms for one in fixes]
        for sent, kept in zip(fixes, track, strict=True):
            assert abs(sent.lat_deg - kept.lat_deg) < 2e-9
            assert kept.speed_mps == pytest.approx(3.0, abs=1e-3)
            assert (kept.course_deg, kept.altitude_m, kept.hdop, kept.satellites) == (90.0, 150.0, 0.9, 9)
        assert (len(outbox), forwarder.taken, forwarder.rejected) == (0, 3000, 0)
        assert any("connected" in words for words in said)
    outbox.close()


async def test_the_newest_goes_before_a_long_backlog(tmp_path: Path) -> None:
    """A fix that is taken while thousands wait is there before them."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    now_ms = wall_ms()
    outbox.append([fix(now_ms - 600_000 - 1000 * i) for i in reversed(range(5000))])
    async with far(tmp_path) as there:
        forwarder, _ = aboard(outbox, there.port)
        sending = asyncio.create_task(forwarder.forward())

        async def receiver() -> AsyncIterator[list[Fix]]:
            for i in range(3):
                await until(lambda i=i: len(there.heard) > 200 * i)  # type: ignore[misc]  # a lambda's default
                yield [fix(now_ms + i)]

        await forwarder.store(receiver())
        await until(lambda: any(one.taken_ms == now_ms + 2 for one in there.heard))
        assert len(there.heard) < 2500
        assert now_ms in [one.taken_ms for one in there.heard if not one.history]
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    outbox.close()


async def test_the_last_fix_of_all_goes_as_live(tmp_path: Path) -> None:
    """A vehicle that falls silent is shown where it last was, however its last fixes came."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    async with far(tmp_path) as there:
        forwarder, _ = aboard(outbox, there.port)
        sending = asyncio.create_task(forwarder.forward())
        for round_ in range(30):
            heard = len(there.heard)
            now_ms = wall_ms()

            async def receiver(now_ms: int = now_ms, pause_s: float = 0.001 * (round_ % 7)) -> Fixes:
                for i in range(4):
                    yield [fix(now_ms + i)]
                    await asyncio.sleep(pause_s)

            await forwarder.store(receiver())
            await until(lambda heard=heard: len(there.heard) == heard + 4)  # type: ignore[misc]  # a lambda's default
            assert now_ms + 3 in [one.taken_ms for one in there.heard if not one.history]
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    outbox.close()


async def test_it_ends_whenever_it_is_told_to(tmp_path: Path) -> None:
    """Cancelled after any number of the loop's rounds, in the middle of whatever it does, it ends at once."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.append([fix(wall_ms() - 1000 * i) for i in range(5_000)])
    async with far(tmp_path) as there:
        for rounds in range(100):
            sending = asyncio.create_task(aboard(outbox, there.port)[0].forward())
            for _ in range(rounds):
                await asyncio.sleep(0 if rounds % 2 else 0.0005)
            sending.cancel()
            _, running = await asyncio.wait({sending}, timeout=5)
            assert not running, f"it goes on after {rounds} rounds"
    outbox.close()


async def test_a_wrong_secret_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    """The refusal is told in words, the fixes stay, and are handed in once the secret is right."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.append([fix(wall_ms())])
    async with far(tmp_path) as there:
        forwarder, said = aboard(outbox, there.port, mistyped=True)
        sending = asyncio.create_task(forwarder.forward())
        await until(lambda: any("secret is wrong" in words for words in said))
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert len(outbox) == 1
        ended = asyncio.Event()
        ended.set()
        await aboard(outbox, there.port)[0].forward(until_empty=ended)
        assert len(there.archive.track("12", 0, FOREVER_MS)) == 1
    outbox.close()


@pytest.mark.slow
async def test_kill_9_of_the_vehicle_in_mid_upload(tmp_path: Path, sentence: Callable[[str], bytes]) -> None:
    """Killed ten times while it stores and sends: all that it had stored is in the track, once."""
    rng = random.Random(9)
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    times: list[int] = []
    stored: set[int | None] = set()  # what was seen in the outbox after each death
    async with far(tmp_path) as there:
        for round_ in range(11):
            log = tmp_path / f"{round_}.nmea"
            times = [round_ * 800 + i for i in range(800)]
            clocks = [f"{t // 3600:02d}{t // 60 % 60:02d}{t % 60:02d}.00" for t in times]
            lines = [sentence(f"GPRMC,{at},A,5545.0,N,03737.0,E,1.0,90.0,010124,,,A") for at in clocks]
            log.write_bytes(b"".join(lines))
            program = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "console", "unit", "--to", f"127.0.0.1:{there.port}", "--unit", "12"),
                *("--secret-file", str(secret), "--outbox", str(tmp_path / "o.sqlite"), "--file", str(log)),
                cwd=ROOT,
                stderr=subprocess.DEVNULL,
            )
            if round_ < 10:
                begun_ms = DAY_1_MS + times[0] * 1000
                while _newest_ms(tmp_path / "o.sqlite", there) < begun_ms:
                    assert program.returncode is None
                    await asyncio.sleep(0.01)
                await asyncio.sleep(rng.uniform(0, 0.12))
                program.send_signal(signal.SIGKILL)
                await program.wait()
                left = Outbox(tmp_path / "o.sqlite")
                stored |= {entry.fix.taken_ms for entry in left.newest(100_000)}
                left.close()
            else:
                async with asyncio.timeout(60):
                    assert await program.wait() == 0
        outbox = Outbox(tmp_path / "o.sqlite")
        assert len(outbox) == 0
        outbox.close()
        taken = [one.taken_ms for one in there.archive.track("12", 0, FOREVER_MS)]
        assert len(taken) == len(set(taken))
        assert stored <= set(taken)
        assert {one.taken_ms for one in there.heard} == set(taken)
        assert {DAY_1_MS + t * 1000 for t in times} <= set(taken)
        assert len(stored) > 500


def _newest_ms(path: Path, there: Far) -> int:
    outbox = Outbox(path)
    waiting = outbox.newest(1)
    outbox.close()
    return max(
        [*(one.taken_ms or 0 for one in there.heard), *(one.fix.taken_ms or 0 for one in waiting)], default=0
    )
