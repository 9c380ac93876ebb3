from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.commands.load import quantile

ROOT = Path(__file__).resolve().parents[2]

GATEWAY = """
import asyncio, sys, time
from pathlib import Path
from tracking.archive import Archive
from tracking.credentials import hash_secret
from tracking.gateway import Gateway
from tracking.registry import Device, Registry

async def main():
    kept = hash_secret("load-secret")
    registry = Registry(Device(f"{p}{i}", f"{p}{i}", kept) for p in ("load-", "") for i in range(1, 31))
    archive = Archive(Path(sys.argv[1]))
    gateway = Gateway(registry, archive, lambda _: None, lambda: time.time_ns() // 1_000_000)
    await gateway.start("127.0.0.1", 0)
    print(gateway.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await gateway.close()

asyncio.run(main())
"""


def load(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "console", "load", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def listening(folder: Path) -> Iterator[int]:
    """A gateway that knows thirty units, in a process of its own."""
    gateway = subprocess.Popen(
        [sys.executable, "-c", GATEWAY, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert gateway.stdout is not None
    assert gateway.stdin is not None
    killer = threading.Timer(120, gateway.kill)
    killer.start()
    try:
        yield int(gateway.stdout.readline())
    finally:
        killer.cancel()
        gateway.stdin.close()
        gateway.wait()


@pytest.mark.parametrize("protocol", ["nmea", "egts"])
def test_what_was_sent_is_acknowledged(tmp_path: Path, protocol: str) -> None:
    """Every fix of every unit is answered for, in two processes, and those that log in alone are counted."""
    with listening(tmp_path) as port:
        done = load(
            *("--to", f"127.0.0.1:{port}", "--units", "32", "--hz", "4", "--seconds", "1"),
            *("--protocol", protocol, "--processes", "2"),
        )
    said = dict(line.split(None, 1) for line in done.stdout.splitlines() if line[0].islower())
    assert done.returncode == 0, done.stderr
    assert (said["connected"], said["refused"]) == ("30", "2")
    assert said["sent"] == said["acknowledged"] == "120"
    assert said["lost"] == "0"
    assert "latency p99" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("--to", "192.0.2.1:5039"), 1, "attack"),
        (("--to", "gateway.example:5039"), 1, "attack"),
        (("--to", "127.0.0.1:1", "--units", "1", "--seconds", "1"), 1, "nothing listens at 127.0.0.1:1"),
        ((), 2, "--to HOST:PORT is missing"),
        (("--to", "127.0.0.1"), 2, "not HOST:PORT"),
        (("--units", "0"), 2, "no number from 1"),
        (("--hz", "nan"), 2, "no number above 0"),
    ],
)
def test_refusals_are_one_line(arguments: tuple[str, ...], status: int, why: str) -> None:
    """Addresses of others and a gateway that is not there: exit 1; nonsense: exit 2; a line that says why."""
    done = load(*arguments)
    assert done.returncode == status
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_quantiles_are_nearest_rank() -> None:
    """The value at rank ceil(p·n), of counted values."""
    assert quantile({10: 1}, 0.99) == 10
    assert quantile({1: 50, 2: 49, 3: 1}, 0.5) == 1
    assert quantile({1: 50, 2: 49, 3: 1}, 0.99) == 2
    assert quantile({1: 50, 2: 49, 3: 1}, 1.0) == 3
