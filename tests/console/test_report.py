from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from console.__main__ import main

GOLDEN_NAMES = {"within_20min": "within_norm"}


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Run `skoraya report` and return what it printed."""
    assert main(["report", *arguments]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def renamed(golden: dict[str, Any]) -> dict[str, Any]:
    """The golden figures under the names of the contract."""
    return {
        interval: {GOLDEN_NAMES.get(name, name): value for name, value in figures.items()}
        for interval, figures in golden.items()
    }


@pytest.mark.shared
def test_the_report_of_a_real_citys_log_equals_the_golden_figures(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every figure to the millisecond; exactly the rows out of order and the overlaps, none dropped."""
    calls = shared / "data/calls"
    golden = json.loads((calls / "sffd_shared_golden.json").read_text(encoding="utf-8"))
    made = report(capsys, str(calls / "sffd_shared.csv"))
    assert made["intervals"] == renamed(golden["all"])
    assert made["times_out_of_order"] == golden["times_out_of_order"]
    assert made["overlapping_assignments"] == golden["overlapping_assignments"]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "priority"), [("ambulances", None), ("ambulances_priority_3", "3")], ids=["all", "priority 3"]
)
def test_the_ambulances_alone_equal_their_golden_figures(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, priority: str | None
) -> None:
    """The rows of ambulances (MEDIC, PRIVATE), cut out of the log, give the golden figures of that group."""
    calls = shared / "data/calls"
    golden = json.loads((calls / "sffd_shared_golden.json").read_text(encoding="utf-8"))
    with (calls / "sffd_shared.csv").open(encoding="utf-8", newline="") as whole:
        reader = csv.DictReader(whole)
        rows = [
            row
            for row in reader
            if row["unit_type"] in {"MEDIC", "PRIVATE"} and priority in {None, row["priority"]}
        ]
    part = tmp_path / "part.csv"
    with part.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert report(capsys, str(part))["intervals"] == renamed(golden[name])


@pytest.mark.shared
def test_groups_add_up_and_equal_a_report_of_their_rows(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over two columns, the groups' n sum to the whole, and the lists of all groups are the whole's lists."""
    log = str(shared / "data/calls/sffd_shared.csv")
    made = report(capsys, log, "--by", "unit_type,priority")
    groups = made["groups"]
    assert "MEDIC,3" in groups
    for interval, whole in made["intervals"].items():
        assert sum(group["intervals"][interval]["n"] for group in groups.values()) == whole["n"]
    for listed in ("times_out_of_order", "overlapping_assignments"):
        assert sorted(each for group in groups.values() for each in group[listed]) == made[listed]


@pytest.mark.shared
def test_the_norm_moves_the_share_within_it_alone(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten minutes instead of twenty: fewer within the norm, all else the same."""
    log = str(shared / "data/calls/sffd_shared.csv")
    twenty = report(capsys, log)["intervals"]["response"]
    ten = report(capsys, log, "--norm", "10")["intervals"]["response"]
    assert ten.pop("within_norm") < twenty.pop("within_norm")
    assert ten == twenty


HEADER = (
    "incident,unit,received,entered,dispatched,enroute,on_scene,left_scene,at_hospital,available,colour\n"
)
ROW = "i1,u1,2017-01-01T00:00:00,,2017-01-01T00:01:00,,,,,,red\n"


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"", (), "the file is empty"),
        (b"a,b\n1,2\n", (), "line 1: there is no column 'incident'"),
        (HEADER.encode() + b"i1,u1,yesterday,,,,,,,,red\n", (), "line 2, column received: 'yesterday'"),
        (HEADER.encode() + b"i1,u\xff1,,,,,,,,,red\n", (), "line 2, byte 103: not UTF-8"),
        (HEADER.encode("utf-16"), (), "byte 0: not UTF-8"),
        (HEADER.encode() + ROW.encode(), ("--by", "shape"), "line 1: there is no column 'shape'"),
        (bytes(range(256)) * 40, (), "line 1: there is no column 'incident'"),
        (b"\n" + bytes(range(128, 256)), (), "line 1"),
    ],
)
def test_a_bad_log_is_one_clear_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    """Exit 1, and one line that names the file, the place and the defect."""
    log = tmp_path / "log.csv"
    log.write_bytes(content)
    assert main(["report", str(log), *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert str(log) in printed.err
    assert words in printed.err


def test_a_missing_file_and_a_folder_are_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 with the system's own words."""
    assert main(["report", str(tmp_path / "none.csv")]) == 1
    assert "No such file" in capsys.readouterr().err
    assert main(["report", str(tmp_path)]) == 1
    assert "directory" in capsys.readouterr().err


def test_a_bad_norm_is_a_bad_argument(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 for nothing, minus one and words."""
    for norm in ("0", "-1", "nan", "soon"):
        assert main(["report", "x.csv", f"--norm={norm}"]) == 2
    assert "--norm" in capsys.readouterr().err


def test_a_byte_order_mark_and_an_empty_log_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A header alone is a log of nothing: n = 0 and no figures."""
    log = tmp_path / "log.csv"
    log.write_bytes(b"\xef\xbb\xbf" + HEADER.encode())
    made = report(capsys, str(log), "--by", "colour")
    assert made["intervals"]["response"]["n"] == 0
    assert made["intervals"]["response"]["mean"] is None
    assert made["groups"] == {}
