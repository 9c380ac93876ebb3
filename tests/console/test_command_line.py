"""What is the same for every command: what it says of bad arguments, of closed streams and of full disks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from console.__main__ import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell in which `skoraya` is the command."""
    line = line.replace("skoraya", f"{sys.executable} -m console")
    return subprocess.run(
        ["sh", "-c", f"cd '{ROOT}' && {line}"],
        capture_output=True,
        text=True,
        check=False,
        env={"F": str(folder), "PATH": "/usr/bin:/bin"},
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_in_one_line_what_is_wrong_with_its_arguments(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option that does not exist: exit 2, one line that names it and says where to read on."""
    assert main([name, "--no-such-option"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith(f"skoraya {name}")
    assert f"see: skoraya {name}" in said.err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("decode", "nmea", "-", "--now", "9999-12-31T23:59:59-14:00"), "is no ISO 8601 instant"),
        (("track", "12", "--from", "0001-01-01T00:00:00+14:00"), "is no ISO 8601 instant"),
        (("nearest", "m", "--to", "1,1", "--units", "u", "--at", "9999-12-31T23:59:59Z"), "is no ISO 8601"),
        (("report", "f", "--norm", "soon"), "'soon' is no number of minutes"),
        (("report", "f", "--norm", "1e308"), "is no number of minutes"),
        (("map", "synth", "m", "--nodes", "3"), "'3' is no number from 200"),
        (("map", "build", "in.osm"), "see: skoraya map build --help"),
    ],
)
def test_a_value_that_cannot_be_meant_is_a_bad_argument(
    arguments: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instants at the ends of the calendar, numbers that are none: exit 2 and one line, no traceback."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert why in said.err
    assert said.err.count("\n") == 1


def test_an_output_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    """A full disk behind `>`: exit 1 and one line, which does not blame the input."""
    (tmp_path / "log").write_bytes(
        b"$GPGGA,123519.00,4807.0380,N,01131.0000,E,1,08,0.9,545.4,M,46.9,M,,*69\r\n"
    )
    done = shell("skoraya decode nmea $F/log > /dev/full", tmp_path)
    assert done.returncode == 1
    assert done.stderr == "skoraya decode: the output cannot be written: No space left on device\n"


def test_closed_streams_are_empty_ones(tmp_path: Path) -> None:
    """A program that starts a command without standard input or output meets no traceback."""
    done = shell("skoraya decode nmea - <&-", tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("read 0, fixes 0, rejected 0")
    done = shell("skoraya serve --example >&-", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_has_had_enough_is_no_failure(tmp_path: Path) -> None:
    """`skoraya … | head -1` ends quietly."""
    done = shell("(skoraya serve --example; echo $? >&2) | head -1", tmp_path)
    assert done.stdout.count("\n") == 1
    assert done.stderr == "0\n"
