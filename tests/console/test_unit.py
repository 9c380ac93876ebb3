from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.console.served import DEVICE_SECRET, Served, rmc, write_config

ROOT = Path(__file__).resolve().parents[2]


def unit(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "console", "unit", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "secret", "why"),
    [
        (("--to", "nowhere", "--file", "x"), "s", "not HOST:PORT"),
        (("--to", "127.0.0.1:1", "--file", "x"), "two words", "no secret"),
        (("--to", "127.0.0.1:1", "--file", "there-is-no-such-log"), "s", "cannot read there-is-no-such-log"),
    ],
)
def test_refusals_are_one_line(tmp_path: Path, arguments: tuple[str, ...], secret: str, why: str) -> None:
    """A bad address, secret or file ends with exit 1 and a line that says why."""
    (tmp_path / "secret").write_text(secret)
    own = ("--unit", "12", "--secret-file", str(tmp_path / "secret"), "--outbox", str(tmp_path / "o"))
    done = unit(*arguments, *own)
    assert done.returncode == 1, done.stderr
    assert why in done.stderr.splitlines()[-1]


def test_one_source_is_wanted() -> None:
    """Without a receiver, or with two, argparse says so: exit 2."""
    assert unit("--to", "127.0.0.1:1", "--unit", "12").returncode == 2
    assert unit("--to", "127.0.0.1:1", "--unit", "12", "--file", "x", "--gpsd").returncode == 2


def test_a_serial_receiver_aboard_is_seen_by_dispatch(tmp_path: Path) -> None:
    """A receiver on a serial line, the on-board program, a gateway: the service knows where the unit is."""
    secret = tmp_path / "secret"
    secret.write_text(DEVICE_SECRET.format(unit=1))
    ours, theirs = pty.openpty()
    with Served(write_config(tmp_path, None, None, units=1)) as served, served.client("dispatcher") as client:
        to = f"{served.gateway[0]}:{served.gateway[1]}"
        own = ("--unit", "1", "--secret-file", str(secret), "--outbox", str(tmp_path / "o"))
        aboard = subprocess.Popen(
            [sys.executable, "-m", "console", "unit", "--to", to, *own, "--serial", os.ttyname(theirs)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        try:
            until_s = time.monotonic() + 30
            shown = None
            while shown is None and time.monotonic() < until_s:
                os.write(ours, rmc(time.time(), 55.25, 60.5))
                time.sleep(0.2)
                shown = client.get("/api/units/1/position").json()["position"]
            assert shown is not None, "nothing arrived within 30 s"
            assert (shown["lat_deg"], shown["lon_deg"]) == pytest.approx((55.25, 60.5), abs=1e-6)
        finally:
            aboard.terminate()
            _, said = aboard.communicate(timeout=20)
        assert aboard.returncode == 0
        assert b"acknowledged" in said.splitlines()[-1]
    os.close(ours)
    os.close(theirs)
