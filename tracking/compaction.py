"""Compaction: puts finished segments in order, merges small files, and ends what was kept long enough.

    python -m tracking.compaction FOLDER --now-ms N [--track-days D] [--raw-days D]

The service runs it as a process of its own every few minutes, for it takes memory and a core for some
seconds. One runs at a time. It may be killed at any moment: what it has not counted in one transaction it
does again.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from tracking.archive import RAW, RAW_SEGMENTS, SEGMENTS, TRACKS
from tracking.fix import Fix
from tracking.layout import FIXES, LINES, Line, columns_of_fixes, columns_of_lines
from tracking.segment import SegmentReader
from tracking.shelf import DAY_MS, Shelf

LOCK_NAME = "compaction.lock"
CHUNK_ROWS = 50_000
SEGMENTS_AT_ONCE = 16

# A fix from further ahead is of a broken clock, and not the newest that a unit has.
AHEAD_MS = 30_000

Row = TypeVar("Row", Fix, Line)


class Rules(msgspec.Struct, frozen=True):
    """How long is kept what has been received; None keeps for ever."""

    track_days: float | None = None
    raw_days: float | None = 14


class Done(msgspec.Struct):
    """What one run did."""

    segments: int = 0
    fixes: int = 0
    lines: int = 0
    merged: int = 0
    dropped: int = 0
    damaged: int = 0  # segments that cannot be read, set aside as `….damaged`


def compact(folder: Path, now_ms: int, rules: Rules | None = None) -> Done | None:
    """Do what there is to do in an archive's folder.

    Returns:
        What was done, or None because another process is at it.

    Raises:
        OSError, sqlite3.Error: a disk is full or a file cannot be used; nothing is lost, try again later.
    """
    rules = rules or Rules()
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    else:
        done = Done()
        reader = SegmentReader(folder / SEGMENTS, Fix)
        with contextlib.closing(Shelf(folder / TRACKS, FIXES)) as shelf:
            done.fixes = _take_in(reader, shelf, columns_of_fixes, done)
            done.merged += shelf.merge()
            if rules.track_days is not None:
                done.dropped += shelf.drop(now_ms - round(rules.track_days * DAY_MS))
        raw_reader = SegmentReader(folder / RAW_SEGMENTS, Line)
        with contextlib.closing(Shelf(folder / RAW, LINES)) as raw:
            done.lines = _take_in(raw_reader, raw, columns_of_lines, done)
            done.merged += raw.merge()
            if rules.raw_days is not None:
                done.dropped += raw.drop(now_ms - round(rules.raw_days * DAY_MS))
        return done
    finally:
        os.close(lock)


def _take_in(
    reader: SegmentReader[Row],
    shelf: Shelf,
    columns: Callable[[Sequence[Row]], Mapping[str, Any]],
    done: Done,
) -> int:
    # What a killed run had counted but not yet deleted.
    moved = shelf.taken_in()
    there = {path.name: path for path in reader.there()}
    for name in moved:
        if name in there:
            reader.delete(there[name])
    shelf.forget(moved)
    shelf.sweep()
    finished = [path for path in reader.finished() if path.name not in moved]
    rows = 0
    for start in range(0, len(finished), SEGMENTS_AT_ONCE):
        group = [path for path in finished[start : start + SEGMENTS_AT_ONCE] if _is_whole(reader, path, done)]
        newest: dict[str, tuple[int, Fix]] = {}

        def chunks(group: list[Path], newest: dict[str, tuple[int, Fix]]) -> Iterator[Mapping[str, Any]]:
            chunk: list[Row] = []
            for path in group:
                for batch in reader.batches(path):
                    chunk += batch
                    if len(chunk) >= CHUNK_ROWS:
                        _note_newest(chunk, newest)
                        yield columns(chunk)
                        chunk = []
            if chunk:
                _note_newest(chunk, newest)
                yield columns(chunk)

        rows += shelf.put(chunks(group, newest), [path.name for path in group], newest)
        done.segments += len(group)
        for path in group:
            reader.delete(path)
    return rows


def _note_newest(rows: Sequence[Fix | Line], newest: dict[str, tuple[int, Fix]]) -> None:
    if rows and not isinstance(rows[0], Fix):
        return
    for fix in cast("Sequence[Fix]", rows):
        unit, taken_ms = fix.unit, fix.taken_ms
        if unit is None or taken_ms is None or taken_ms > fix.received_ms + AHEAD_MS:
            continue
        known = newest.get(unit)
        if known is None or known[0] < taken_ms:
            newest[unit] = (taken_ms, fix)


def _is_whole(reader: SegmentReader[Row], path: Path, done: Done) -> bool:
    try:
        reader.check(path)
    except FileNotFoundError:
        return False
    except sqlite3.DatabaseError:
        # A disk's damage must not stop all that comes after; what it still holds is for a person to save.
        path.rename(path.with_suffix(".damaged"))
        done.damaged += 1
        return False
    return True


def main(argv: Sequence[str] | None = None) -> int:
    """Run once; print what was done as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tracking.compaction", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--now-ms", type=int, required=True, help="counts retention; milliseconds since 1970")
    parser.add_argument("--track-days", type=float, default=None)
    parser.add_argument("--raw-days", type=float, default=None)
    arguments = parser.parse_args(argv)
    rules = Rules(arguments.track_days, arguments.raw_days)
    try:
        done = compact(arguments.folder, arguments.now_ms, rules)
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"cannot compact {arguments.folder}: {error}\n")
        return 1
    sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
