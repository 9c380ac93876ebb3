from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tracking.archive import RAW, SEGMENTS, TRACKS, Archive
from tracking.compaction import AHEAD_MS, Rules, compact
from tracking.dates import DAY_MS
from tracking.fix import Fix
from tracking.layout import FIXES, Line
from tracking.shelf import MERGE_AT, Shelf

ROOT = Path(__file__).resolve().parents[2]
NOON_MS = 20_000 * DAY_MS


def fix(unit: str, taken_ms: int, received_ms: int | None = None) -> Fix:
    """A fix that was received a little later."""
    return Fix(unit, taken_ms, None, taken_ms + 40 if received_ms is None else received_ms, 55.0, 37.0)


def parquet(folder: Path, kind: str = TRACKS) -> list[Path]:
    """The files at rest."""
    return sorted((folder / kind).glob("*.parquet"))


def test_segments_in_use_stay(tmp_path: Path) -> None:
    """Compaction leaves the segment that is written to alone, and takes it once it is finished."""
    archive = Archive(tmp_path)
    archive.append([fix("1", NOON_MS)])
    done = compact(tmp_path, NOON_MS)
    assert done is not None
    assert (done.segments, parquet(tmp_path)) == (0, [])
    archive.finish()
    archive.append([fix("1", NOON_MS + 1000)])
    done = compact(tmp_path, NOON_MS)
    assert done is not None
    assert (done.segments, done.fixes) == (1, 1)
    assert [one.taken_ms for one in archive.track("1", 0, 1 << 60)] == [NOON_MS, NOON_MS + 1000]
    archive.close()


def test_small_files_are_merged_and_nothing_changes(tmp_path: Path) -> None:
    """A day of many small files becomes one; the track is the same while the reader stays open."""
    archive = Archive(tmp_path)
    for i in range(MERGE_AT):
        archive.append([fix("1", NOON_MS + i * 1000), fix("2", NOON_MS + i), fix("1", NOON_MS, NOON_MS + i)])
        archive.finish()
        compact(tmp_path, NOON_MS)
        track = archive.track("1", 0, 1 << 60)
        assert [one.taken_ms for one in track] == [NOON_MS + j * 1000 for j in range(i + 1)]
        assert track[0].received_ms == NOON_MS
    assert len(parquet(tmp_path)) == 1
    archive.close()


def test_a_day_larger_than_its_memory_is_merged(tmp_path: Path) -> None:
    """600,000 fixes of 60 units, each handed in twice, are merged within 192 MB: in order, each once."""
    shelf = Shelf(tmp_path, FIXES)
    units, seconds, files = 60, 1_250, MERGE_AT
    for number in range(files):
        at_ms = NOON_MS + 1_000 * (number * seconds + np.arange(seconds))
        twice = np.repeat(np.tile(at_ms, units), 2)
        rows = len(twice)
        columns = {
            "unit": np.repeat([f"u{unit}" for unit in range(units)], 2 * seconds).astype(object),
            "at_ms": twice,
            "received_ms": twice + np.tile([7, 9], rows // 2),
            **{name: np.full(rows, 1.5e10) for name, type_ in FIXES.loose.items() if type_ == "DOUBLE"},
            **{name: np.zeros(rows, bool) for name, type_ in FIXES.loose.items() if type_ == "BOOLEAN"},
            "more": np.full(rows, None, dtype=object),
        }
        shelf.put(iter([columns]), [f"s{number}"], {})
    assert shelf.merge() == files
    (file,) = shelf.files()
    assert file.rows == units * seconds * files
    track = shelf.read("u7", NOON_MS, NOON_MS + DAY_MS)
    assert [row[0] for row in track] == [NOON_MS + 1_000 * i for i in range(seconds * files)]
    received = FIXES.read.index("received_ms")
    assert {row[received] - row[0] for row in track} == {7}  # the first received stays
    shelf.close()


def test_retention_counts_from_when_it_was_received(tmp_path: Path) -> None:
    """Old days end by their rule, tracks and raw lines apart; what a black box brought today stays."""
    archive = Archive(tmp_path)
    old_ms, now_ms = NOON_MS, NOON_MS + 100 * DAY_MS
    archive.append([fix("old", old_ms), fix("new", now_ms), fix("box", old_ms - 50 * DAY_MS, now_ms)])
    archive.append_raw([Line("old", old_ms, b"a"), Line("new", now_ms, b"b")])
    archive.finish()
    compact(tmp_path, now_ms, Rules(track_days=None, raw_days=14))
    assert [len(archive.raw(unit, 0, 1 << 60)) for unit in ("old", "new")] == [0, 1]
    assert [len(archive.track(unit, 0, 1 << 60)) for unit in ("old", "new", "box")] == [1, 1, 1]
    compact(tmp_path, now_ms, Rules(track_days=99, raw_days=14))
    assert [len(archive.track(unit, 0, 1 << 60)) for unit in ("old", "new", "box")] == [0, 1, 1]
    assert len(parquet(tmp_path)) == 2
    assert len(parquet(tmp_path, RAW)) == 1
    archive.close()


def test_a_fix_from_the_future_is_not_the_newest(tmp_path: Path) -> None:
    """After a restart a unit is where it last was, not where a broken clock puts it."""
    archive = Archive(tmp_path)
    ahead = fix("1", NOON_MS + AHEAD_MS + 60_000, NOON_MS)
    archive.append([fix("1", NOON_MS), ahead])
    archive.finish()
    compact(tmp_path, NOON_MS)
    assert archive.lasts(NOON_MS) == {"1": fix("1", NOON_MS)}
    assert archive.last("1", 1 << 60) == fix("1", NOON_MS)
    archive.close()


def test_a_damaged_segment_is_set_aside(tmp_path: Path) -> None:
    """Damage on the disk stops nothing that comes after, and the file is kept for a person to look at."""
    archive = Archive(tmp_path)
    for i in range(400):
        archive.append([fix(str(unit), NOON_MS + i) for unit in range(20)])
    archive.close()
    (segment,) = (tmp_path / SEGMENTS).glob("*.sqlite")
    data = bytearray(segment.read_bytes())
    data[8192:] = random.Random(1).randbytes(len(data) - 8192)
    segment.write_bytes(data)
    archive = Archive(tmp_path)
    archive.append([fix("1", NOON_MS + 5000)])
    archive.finish()
    done = compact(tmp_path, NOON_MS)
    assert done is not None
    assert (done.damaged, done.fixes) == (1, 1)
    assert len(archive.track("1", 0, 1 << 60)) == 1
    assert len(list((tmp_path / SEGMENTS).glob("*.damaged"))) == 1
    archive.close()


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from tracking.compaction import compact
folder, delay_s = Path(sys.argv[1]), float(sys.argv[2])
import duckdb, numpy
print("ready", flush=True)
threading.Timer(delay_s, os.kill, (os.getpid(), signal.SIGKILL)).start()
compact(folder, 0)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kind", ["put", "merge"])
def test_kill_9_in_the_middle_loses_and_doubles_nothing(tmp_path: Path, kind: str) -> None:
    """Killed at ten moments of its work, compaction leaves every fix and every raw line there once."""
    archive = Archive(tmp_path)
    expected = 0
    rng = random.Random(kind)
    for round_ in range(10):
        for _ in range(3 if kind == "put" else 1):
            at_ms = NOON_MS + expected * 1000
            archive.append([fix(str(unit), at_ms + i * 1000) for i in range(100) for unit in range(20)])
            archive.append_raw([Line("3", at_ms + i, b"line") for i in range(100)])
            expected += 100
            archive.finish()
        killed = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path), str(rng.uniform(0.001, 0.12))],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        assert killed.wait() == -signal.SIGKILL
        for unit in ("0", "19"):
            taken = [one.taken_ms for one in archive.track(unit, 0, 1 << 60)]
            assert taken == [NOON_MS + i * 1000 for i in range(expected)], round_
        assert len(archive.raw("3", 0, 1 << 60)) == expected
    done = compact(tmp_path, 0)
    assert done is not None
    assert len(archive.track("7", 0, 1 << 60)) == expected
    assert len(archive.raw("3", 0, 1 << 60)) == expected
    counted = {
        name
        for (name,) in sqlite3.connect(tmp_path / TRACKS / "shelf.sqlite").execute("SELECT name FROM file")
    }
    assert counted == {
        path.name for path in (tmp_path / TRACKS).iterdir() if "sqlite" not in path.name and path.is_file()
    }
    archive.close()
