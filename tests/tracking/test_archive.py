from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tracking.archive import EARLIER_NAME, SEGMENTS, TRACKS, Archive, ArchiveError
from tracking.compaction import compact
from tracking.dates import DAY_MS
from tracking.fix import Fix
from tracking.layout import Line
from tracking.segment import SegmentWriter, bucket_of
from tracking.shelf import LIST_NAME

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
        constellations=3,
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


def compacted(archive: Archive) -> Archive:
    """Put everything in order, and open the archive anew."""
    archive.close()
    done = compact(archive.folder, 0)
    assert done is not None
    assert done.damaged == 0
    return Archive(archive.folder)


def test_a_fix_sent_twice_is_in_the_track_once(tmp_path: Path) -> None:
    """The key is unit and taken time; the first received stays, in one batch, over a restart, and at rest."""
    archive = Archive(tmp_path)
    archive.append([fix("1", 1000, 55.0), fix("1", 1000, 56.0)])
    archive.append([fix("1", 1000, 57.0)])
    assert [f.lat_deg for f in archive.track("1", 0, 2000)] == [55.0]
    archive = compacted(archive)
    archive.append([fix("1", 1000, 58.0)])
    assert [f.lat_deg for f in archive.track("1", 0, 2000)] == [55.0]
    archive = compacted(archive)
    assert [f.lat_deg for f in archive.track("1", 0, 2000)] == [55.0]
    archive.close()


def test_compaction_changes_no_answer(tmp_path: Path) -> None:
    """Tracks, bounds and newest fixes read the same from segments, at rest, and half and half."""
    archive = Archive(tmp_path)
    days = [
        Fix(
            unit,
            day * DAY_MS + 60_000 * i,
            7 if i % 3 else None,
            day * DAY_MS + 60_000 * i + i,
            i / 7,
            -i / 11,
        )
        for unit in ("1", "скорая-2")
        for day in (20_000, 20_001, -3, 90_000)  # two broken clocks among them
        for i in range(50)
    ]
    full = [fix("1", 20_000 * DAY_MS + 31_000 * i, 50 + i / 3) for i in range(40)]

    def answers() -> list[object]:
        bounds = [(0, 1 << 60), (20_000 * DAY_MS, 20_000 * DAY_MS + 600_000), (-(1 << 60), 0)]
        tracks = [archive.track(unit, *bound) for unit in ("1", "скорая-2", "3") for bound in bounds]
        ends = (0, 20_001 * DAY_MS + 120_000, 1 << 60)
        newest = [(archive.last("1", end), archive.last("скорая-2", end), archive.lasts(end)) for end in ends]
        return [tracks, newest]

    archive.append(days)
    archive.append(full)
    fresh = answers()
    archive = compacted(archive)
    assert answers() == fresh
    archive.append(days[::2])
    assert answers() == fresh
    archive = compacted(archive)
    assert answers() == fresh
    archive.close()


def test_what_the_first_version_stored_is_taken_in(tmp_path: Path) -> None:
    """A folder of the first version opens, and its tracks are there."""
    with sqlite3.connect(tmp_path / EARLIER_NAME) as earlier:
        earlier.executescript(
            """CREATE TABLE unit (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
            CREATE TABLE fix (unit INTEGER, taken_ms INTEGER, time_of_day_ms INTEGER, received_ms INTEGER,
            lat_deg REAL, lon_deg REAL, speed_mps REAL, course_deg REAL, altitude_m REAL, hdop REAL,
            satellites INTEGER, estimated INTEGER, history INTEGER, PRIMARY KEY (unit, taken_ms));
            INSERT INTO unit VALUES (3, '12');
            INSERT INTO fix VALUES (3, 1000, 1000, 1040, 55.5, 37.25, 1.5, NULL, NULL, 0.9, 7, 1, 0);
            PRAGMA user_version = 1;"""
        )
    earlier.close()
    for _ in range(2):
        archive = Archive(tmp_path)
        assert archive.track("12", 0, 5000) == [
            Fix("12", 1000, 1000, 1040, 55.5, 37.25, 1.5, None, None, 0.9, 7, "estimated")
        ]
        archive.close()
    assert not (tmp_path / EARLIER_NAME).exists()


def test_segments_of_an_earlier_program_are_read(tmp_path: Path) -> None:
    """A fix that was stored before there were sources and constellations reads back, fresh and at rest."""
    writer = SegmentWriter(tmp_path / SEGMENTS)
    plain = msgspec.structs.replace(fix("1", 1000), constellations=0)
    earlier = list(msgspec.structs.astuple(plain))[:13]
    writer.append({bucket_of("1"): [earlier]})
    writer.close()
    archive = Archive(tmp_path)
    archive.append([fix("1", 2000)])
    assert archive.track("1", 0, 3000) == [plain, fix("1", 2000)]
    archive = compacted(archive)
    assert archive.track("1", 0, 3000) == [plain, fix("1", 2000)]
    archive.close()


def test_raw_lines_lie_apart(tmp_path: Path) -> None:
    """Every byte of a unit comes back in the order of arrival, twice if it came twice, fresh and at rest."""
    archive = Archive(tmp_path)
    lines = [
        Line("12", 1000, b"$GP"),
        Line("12", 1000, b"$GP"),
        Line("7", 1001, b"x"),
        Line("12", 2000, b"\xff\0"),
    ]
    archive.append_raw(lines)
    expected = [lines[0], lines[1], lines[3]]
    assert archive.raw("12", 0, 5000) == expected
    archive = compacted(archive)
    assert archive.raw("12", 0, 5000) == expected
    assert archive.raw("12", 1500, 5000) == expected[2:]
    assert archive.track("12", 0, 5000) == []
    archive.close()


def test_two_processes_write_beside_each_other(tmp_path: Path) -> None:
    """Two open archives of one folder append to segments of their own, and each reads both."""
    one, two = Archive(tmp_path), Archive(tmp_path)
    one.append([fix("1", 1000)])
    two.append([fix("1", 2000)])
    assert one.track("1", 0, 5000) == two.track("1", 0, 5000) == [fix("1", 1000), fix("1", 2000)]
    assert len(list((tmp_path / SEGMENTS).glob("w[01]-*.sqlite"))) == 2
    one.close()
    two.close()


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
    """A list that is no database, files of a newer version, and a folder that is a file are each named."""
    (tmp_path / "a" / TRACKS).mkdir(parents=True)
    (tmp_path / "a" / TRACKS / LIST_NAME).write_bytes(b"no database at all" * 100)
    for name, path in (("b", EARLIER_NAME), ("c", f"{TRACKS}/{LIST_NAME}")):
        (tmp_path / name / path).parent.mkdir(parents=True)
        with sqlite3.connect(tmp_path / name / path) as newer:
            newer.execute("PRAGMA user_version = 99")
        newer.close()
    (tmp_path / "d").write_text("")
    for name in "abcd":
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
