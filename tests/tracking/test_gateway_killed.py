"""kill -9 in the middle of an upload: what a device was told is stored is there after the restart, once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
from pathlib import Path

import pytest

from tracking.archive import Archive
from tracking.compaction import compact
from tracking.fix import Fix
from tracking.upload import Entry, Settled, Upload

ROOT = Path(__file__).resolve().parents[2]
DAY_1_MS = 1_704_067_200_000
UNITS = 8

KILLS, SOAK_KILLS = 10, 100

GATEWAY = """
import asyncio, sys, time
from pathlib import Path
from tracking.archive import Archive
from tracking.credentials import hash_secret
from tracking.gateway import Gateway
from tracking.registry import Device, Registry

async def main():
    registry = Registry(Device(str(i), str(i), hash_secret("s")) for i in range(8))
    archive = Archive(Path(sys.argv[1]))
    now_ms = lambda: time.time_ns() // 1_000_000
    gateway = Gateway(registry, archive, lambda _: None, now_ms, commit_every_s=0.02, keep_raw=True)
    await gateway.start("127.0.0.1", 0)
    print(gateway.port, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Vehicle:
    """A device that sends packet after packet, and remembers what it was told is stored."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.acknowledged: set[int] = set()
        self._next = 0
        self._again: list[int] = []  # sent, and not answered when the link broke

    async def drive(self, port: int) -> None:
        """Send until the link breaks."""
        upload = Upload(self.unit, "s")
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(upload.log_in())
            upload.receive(await reader.read(1000))
            while True:
                sent, self._again = self._again or list(range(self._next, self._next + 20)), []
                self._next = max(self._next, sent[-1] + 1)
                entries = [Entry(i, Fix(self.unit, DAY_1_MS + i * 1000, None, 0, 55.0, 37.0)) for i in sent]
                writer.write(upload.backlog(entries) if upload.state == "open" else b"")
                settled: list[Settled] = []
                while not settled:
                    data = await reader.read(1000)
                    if not data:
                        self._again = sent
                        writer.close()
                        return
                    settled = upload.receive(data)
                assert settled[0].taken == len(sent)
                self.acknowledged |= {DAY_1_MS + i * 1000 for i in sent}


@pytest.mark.slow
@pytest.mark.parametrize(
    "kills",
    [KILLS, pytest.param(SOAK_KILLS, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
async def test_every_acknowledged_fix_is_there_and_none_twice(tmp_path: Path, kills: int) -> None:
    """Vehicles upload to a gateway that is killed at random moments; compaction runs in between."""
    rng = random.Random(kills)
    vehicles = [Vehicle(str(i)) for i in range(UNITS)]
    for round_ in range(kills):
        gateway = await asyncio.create_subprocess_exec(
            sys.executable, "-c", GATEWAY, str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert gateway.stdout is not None
        port = int(await gateway.stdout.readline())
        driving = asyncio.gather(*(vehicle.drive(port) for vehicle in vehicles))
        await asyncio.sleep(rng.uniform(0.05, 0.4))
        gateway.send_signal(signal.SIGKILL)
        await gateway.wait()
        await driving
        if round_ % 4 == 1:
            assert await asyncio.to_thread(compact, tmp_path, DAY_1_MS) is not None
    archive = Archive(tmp_path)
    for vehicle in vehicles:
        assert vehicle.acknowledged
        taken = [fix.taken_ms for fix in archive.track(vehicle.unit, 0, 1 << 60)]
        assert len(taken) == len(set(taken))
        assert vehicle.acknowledged <= set(taken)
    archive.close()
