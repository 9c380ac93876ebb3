from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trustme

from console.access import hash_token
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
    ("arguments", "secret", "status", "why"),
    [
        (("--to", "nowhere", "--file", "x"), "s", 2, "not HOST:PORT"),
        (("--to", "127.0.0.1:1", "--file", "x"), "two words", 1, "no secret"),
        (("--to", "127.0.0.1:1", "--file", "no-such-log"), "s", 1, "cannot read no-such-log"),
        (("--to", "127.0.0.1:1", "--file", "x", "--ca", "ca.pem"), "s", 1, "--ca goes with --tls"),
        (("--to", "127.0.0.1:1", "--file", "x", "--tls", "--ca", "no.pem"), "s", 1, "the authority no.pem"),
    ],
)
def test_refusals_are_one_line(
    tmp_path: Path, arguments: tuple[str, ...], secret: str, status: int, why: str
) -> None:
    """A bad address is a bad argument (2), a secret or a file that cannot be used a failure (1)."""
    (tmp_path / "secret").write_text(secret)
    own = ("--unit", "12", "--secret-file", str(tmp_path / "secret"), "--outbox", str(tmp_path / "o"))
    done = unit(*arguments, *own)
    assert done.returncode == status, done.stderr
    assert why in done.stderr.splitlines()[-1]


def test_one_source_is_wanted() -> None:
    """Without a receiver, or with two, argparse says so: exit 2."""
    assert unit("--to", "127.0.0.1:1", "--unit", "12").returncode == 2
    assert unit("--to", "127.0.0.1:1", "--unit", "12", "--file", "x", "--gpsd").returncode == 2


def test_a_serial_receiver_aboard_is_seen_by_dispatch(tmp_path: Path) -> None:
    """A receiver on a serial line, the on-board program, its certificate, an encrypted port: it is seen."""
    ours_ca, devices_ca = trustme.CA(), trustme.CA()
    ours_ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    devices_ca.cert_pem.write_to_path(tmp_path / "devices-ca.pem")
    ours_ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "gateway.pem")
    devices_ca.issue_cert(common_name="1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "1.pem")
    config = write_config(tmp_path, None, None, units=1)
    papers = 'port = 0\ncertificate = "gateway.pem"\nkey = "gateway.pem"\ndevices = "devices-ca.pem"\n'
    said = config.read_text(encoding="utf-8").replace(hash_token(DEVICE_SECRET.format(unit=1)), "certificate")
    config.write_text(f"{said}\n[gateway.tls]\n{papers}", encoding="utf-8")
    ours, theirs = pty.openpty()
    with Served(config) as served, served.client("dispatcher") as client:
        found = re.search(r"encrypted at (\S+)", "".join(served.printed))
        assert found is not None
        to = found.group(1)
        proof = ("--tls", "--ca", str(tmp_path / "ca.pem"), "--certificate", str(tmp_path / "1.pem"))
        own = ("--unit", "1", *proof, "--outbox", str(tmp_path / "o"))
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
