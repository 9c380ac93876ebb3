from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
