from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from console.__main__ import main

KEYS = [
    *("unit", "time", "time_of_day", "lat", "lon", "speed_mps", "course_deg", "altitude_m", "hdop"),
    *("satellites", "quality", "history", "constellations"),
]

LOG = (
    b"# a comment\r\n"
    b"$GPRMC,123519.00,A,4807.0380,N,01131.0000,E,022.4,084.4,230326,003.1,W,A*20\r\n"
    b"$GPRMC,123520.00,A,4860.0380,N,01131.0000,E,022.4,084.4,230326,003.1,W,A*2B\r\n"
    b"$GPRMC,123521.00,A,4807.0380,N,01131.0000,E\r\n"
    b"\xff\xfe\x00 rubbish\n"
)


def test_prints_one_object_a_fix_and_sums_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout holds one JSON object a fix with the promised keys; stderr sums up, with reasons."""
    log = tmp_path / "drive.log"
    log.write_bytes(LOG)
    assert main(["decode", "nmea", str(log)]) == 0
    printed = capsys.readouterr()
    (fix,) = [json.loads(line) for line in printed.out.splitlines()]
    assert list(fix) == KEYS
    assert fix["time"] == "2026-03-23T12:35:19.000Z"
    assert (fix["time_of_day"], fix["lat"], fix["lon"]) == (45319.0, 48.1173, 11.516666667)
    assert (fix["unit"], fix["quality"], fix["history"]) == (None, "valid", False)
    assert printed.err.startswith("read 3, fixes 1, rejected 2 (")
    assert "no checksum 1" in printed.err


@pytest.mark.shared
def test_every_real_log_decodes_to_the_promised_json(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a log holds, the exit status is 0, every line is JSON, and every position is on Earth."""
    printed = 0
    for log in sorted((shared / "data/nmea").glob("*/*")):
        assert main(["decode", "nmea", str(log)]) == 0, log.name
        for line in capsys.readouterr().out.splitlines():
            fix = json.loads(line)
            assert list(fix) == KEYS
            assert -90 <= fix["lat"] <= 90
            assert -180 <= fix["lon"] <= 180
            assert fix["quality"] in ("valid", "estimated")
            printed += 1
    assert printed > 3400


@pytest.mark.shared
def test_every_dialect_prints_the_promised_json(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """EGTS, Wialon and OsmAnd, one message a line: all fixes, units as text, history marked."""
    logs = {"egts": shared / "data/egts/kuznetsovin_packets.csv"}
    for dialect, name in (("wialon", "Wialon"), ("osmand", "OsmAnd")):
        items = json.loads((shared / f"data/traccar/{name}.json").read_text())["items"]
        logs[dialect] = tmp_path / f"{dialect}.log"
        logs[dialect].write_text("".join(item["data"] + "\n" for item in items))
    seen = {}
    for dialect, log in logs.items():
        assert main(["decode", dialect, str(log)]) == 0
        printed = capsys.readouterr()
        fixes = [json.loads(line) for line in printed.out.splitlines()]
        assert all(list(fix) == KEYS for fix in fixes)
        assert all(fix["unit"] is None or isinstance(fix["unit"], str) for fix in fixes)
        seen[dialect] = len(fixes), sum(fix["history"] for fix in fixes), printed.err.partition(",")[0]
    assert seen == {
        "egts": (123, 49, "read 79"),
        "wialon": (13, 3, "read 19"),
        "osmand": (11, 0, "read 13"),
    }


@pytest.mark.parametrize("dialect", ["nmea", "egts", "wialon", "osmand"])
def test_rubbish_is_no_failure(dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of every byte, in lines and long runs, decodes to nothing, with a summary and exit 0."""
    log = tmp_path / "rubbish"
    log.write_bytes(bytes(range(256)) * 20 + b"\n" + b"01" * 400_000 + b"\n\n0\n" + LOG[:60])
    assert main(["decode", dialect, str(log)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("read ")


def test_an_identity_line_names_the_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a tracker's NMEA log the line that says who it is gives the fixes behind it their unit."""
    log = tmp_path / "tracker.log"
    log.write_bytes(b"$PGID,359853000144328*0F\r\n" + LOG)
    assert main(["decode", "nmea", str(log)]) == 0
    assert json.loads(capsys.readouterr().out)["unit"] == "359853000144328"


def test_reads_a_pipe_and_starts_without_heavy_imports() -> None:
    """`-` is standard input, and nothing but what decoding needs is imported."""
    program = (
        "import sys; from console.__main__ import main; status = main(['decode', 'nmea', '-']);"
        "heavy = {'numba', 'numpy', 'fastapi', 'asyncio', 'shapely', 'pynmea2'} & set(sys.modules);"
        "print(sorted(heavy), file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=LOG, capture_output=True, check=True)
    assert json.loads(done.stdout)["time_of_day"] == 45319.0
    assert done.stderr.splitlines()[-1] == b"[]"


def test_now_corrects_a_week_rollover(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --now a date 1,024 weeks behind it is moved; without it, and with a now far from it, none is."""
    log = tmp_path / "old.log"
    log.write_bytes(b"$GPRMC,123519.00,A,4807.0380,N,01131.0000,E,022.4,084.4,070806,003.1,W,A*2F\r\n")
    times = []
    for now in (
        [],
        ["--now", "2026-03-24T00:00:00Z"],
        ["--now", "2026-03-24"],
        ["--now", "2030-01-01T00:00+03:00"],
    ):
        assert main(["decode", "nmea", str(log), *now]) == 0
        times.append(json.loads(capsys.readouterr().out)["time"][:10])
    assert times == ["2006-08-07", "2026-03-23", "2026-03-23", "2006-08-07"]


def test_failures_are_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file and a folder are exit 1 with a line that names them; bad arguments are 2."""
    for path in (tmp_path / "none.log", tmp_path):
        assert main(["decode", "nmea", str(path)]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert str(path) in said.err
    assert main(["decode", "morse", "x"]) == 2
    assert main(["decode", "nmea", "x", "--now", "yesterday"]) == 2
    assert "yesterday" in capsys.readouterr().err
