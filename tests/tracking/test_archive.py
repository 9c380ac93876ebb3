from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tracking.archive import FILE_NAME, Archive, ArchiveError
from tracking.fix import Fix

ROOT = Path(__file__).resolve().parents[2]


def fix(unit: str, taken_ms: int, lat_deg: float = 55.0) -> Fix:
    """A fix with every field filled in."""
    return Fix(
        unit,
        taken_ms,
        taken_ms % 86_400_000,
        taken_ms + 40,
        lat_deg,
        37.123456789,
        3.25,
        271.5,
        150.1,
        0.9,
        12,
    )


def test_a_track_reads_back_exactly(tmp_path: Path) -> None:
    """Every field of every fix comes back, in taken order, bounds included, other units left out."""
    archive = Archive(tmp_path / "new" / "folder")
    bare = Fix("1", 3000, None, 9000, -0.5, 179.5, quality="estimated", history=True)
    fixes = [fix("1", 2000), bare, fix("1", 1000), fix("2", 1500)]
    assert archive.append(fixes) == 4
    assert archive.track("1", 1000, 3000) == [fixes[2], fixes[0], bare]
    assert archive.track("1", 1001, 2999) == [fixes[0]]
    assert archive.track("nobody", 0, 1 << 60) == []
    assert archive.last("1", 2500) == fixes[0]
    assert archive.last("2", 1000) is None
    archive.close()


def test_a_fix_sent_twice_is_stored_once(tmp_path: Path) -> None:
    """The key is unit and taken time; the first one stays, also over a restart."""
    archive = Archive(tmp_path)
    assert archive.append([fix("1", 1000, 55.0), fix("1", 1000, 56.0)]) == 1
    archive.close()
    again = Archive(tmp_path)
    assert again.append([fix("1", 1000, 57.0)]) == 0
    assert [f.lat_deg for f in again.track("1", 0, 2000)] == [55.0]
    again.close()


def test_a_fix_without_unit_or_time_is_refused_whole(tmp_path: Path) -> None:
    """A group with an undated fix is not half stored, and the archive goes on."""
    archive = Archive(tmp_path)
    with pytest.raises(ValueError, match="taken time"):
        archive.append([fix("7", 1000), Fix("7", None, 5, 5, 1.0, 1.0)])
    assert archive.track("7", 0, 5000) == []
    assert archive.append([fix("7", 1000)]) == 1
    assert len(archive.track("7", 0, 5000)) == 1
    archive.close()


def test_a_foreign_or_newer_file_is_refused_in_one_line(tmp_path: Path) -> None:
    """A file that is no archive, one of a newer version, and a folder that is a file are each named."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / FILE_NAME).write_bytes(b"no database at all" * 100)
    (tmp_path / "b").mkdir()
    with sqlite3.connect(tmp_path / "b" / FILE_NAME) as newer:
        newer.execute("PRAGMA user_version = 99")
    (tmp_path / "c").write_text("")
    for name in "abc":
        with pytest.raises(ArchiveError, match=f"cannot open the track archive .*{name}") as caught:
            Archive(tmp_path / name)
        assert "\n" not in str(caught.value)


APPENDER = """
import sys
from pathlib import Path
from tracking.archive import Archive
from tracking.fix import Fix
archive = Archive(Path(sys.argv[1]))
taken_ms = int(sys.argv[2])
while True:
    group = [Fix(str(unit), taken_ms + unit, None, 0, 1.0, 2.0) for unit in range(20)]
    archive.append(group)
    print(taken_ms, flush=True)
    taken_ms += 1000
"""


def test_kill_9_loses_nothing_that_append_returned_from(tmp_path: Path) -> None:
    """Ten times a process that appends is killed; every group that it acknowledged is there, none twice."""
    acknowledged: list[int] = []
    for round_ in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(tmp_path), str((round_ + 1) * 1_000_000)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdout is not None
        acknowledged += [int(process.stdout.readline()) for _ in range(1 + round_ * 3)]
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0].splitlines(keepends=True)
        acknowledged += [int(line) for line in rest if line.endswith(b"\n")]
    archive = Archive(tmp_path)
    for unit in range(20):
        taken = [fix.taken_ms for fix in archive.track(str(unit), 0, 1 << 60)]
        assert len(taken) == len(set(taken))
        assert {at_ms + unit for at_ms in acknowledged} <= set(taken)
    archive.close()
