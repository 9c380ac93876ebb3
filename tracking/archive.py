"""Archive: tracks on disk, durable before anyone is told that they are stored.

`append` adds a batch to this process's own segment (`tracking.segment`) and returns when it is synced: what
it has returned from survives `kill -9` and a power cut. Any number of processes may append to one folder,
each to segments of its own. Compaction (`tracking.compaction`) puts finished segments in order, as Parquet
(`tracking.shelf`). A read sees both: what two of them hold is one fix, for the key is (unit, taken), and the
first received stays.

Raw lines, as the devices sent them, lie beside the fixes in the same way, with a retention of their own.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from tracking.fix import Fix
from tracking.layout import FIXES, LINES, Line, fix_at_rest, settled
from tracking.segment import SegmentReader, SegmentWriter, bucket_of
from tracking.shelf import Shelf

SEGMENTS, TRACKS, RAW_SEGMENTS, RAW = "segments", "tracks", "raw-segments", "raw"

# The first version kept one table, keyed (unit, taken): it is taken in when a folder with it is opened.
EARLIER_NAME = "tracks.sqlite"
_EARLIER_VERSION = 1
_EARLIER = """
SELECT unit.id, taken_ms, time_of_day_ms, received_ms, lat_deg, lon_deg, speed_mps, course_deg,
       altitude_m, hdop, satellites, iif(estimated, 'estimated', 'valid'), history
FROM fix JOIN unit ON unit.number = fix.unit
"""

LONG_AGO_MS = -(1 << 62)
Result = TypeVar("Result")


class ArchiveError(Exception):
    """The archive cannot be opened, written or read; one line says which folder and why."""


class Archive:
    """The tracks of a folder, which is made if it does not exist. Safe to use from several threads.

    Raises:
        ArchiveError: if the folder or a file cannot be used, here and in every method.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = threading.Lock()
        self._segments: SegmentWriter | None = None
        self._raw_segments: SegmentWriter | None = None
        self._fresh = SegmentReader(folder / SEGMENTS, Fix)
        self._fresh_raw = SegmentReader(folder / RAW_SEGMENTS, Line)
        self._buckets: dict[str, int] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._shelf = Shelf(folder / TRACKS, FIXES)
            self._raw = Shelf(folder / RAW, LINES)
            self._take_in_earlier()
        except (OSError, sqlite3.Error) as error:
            raise self._failed("open", error) from error

    def append(self, fixes: Iterable[Fix]) -> int:
        """Store fixes, and return when they are on disk: how many there were.

        A fix that was stored before does no harm: a track has it once.

        Args:
            fixes: each with its unit and taken time (see `tracking.dates.dated`).

        Raises:
            ValueError: one of them lacks unit or taken time; none is stored.
        """
        buckets, count = self._sorted(fixes)
        if not count:
            return 0
        with self._writing:
            try:
                if self._segments is None:
                    self._segments = SegmentWriter(self.folder / SEGMENTS)
                self._segments.append(buckets)
            except (OSError, sqlite3.Error) as error:
                raise self._failed("write", error) from error
        return count

    def append_raw(self, lines: Iterable[Line]) -> int:
        """Keep what devices sent; safe from kill -9, but the last seconds may fall to a power cut."""
        buckets: dict[int, list[Line]] = {}
        count = 0
        for line in lines:
            buckets.setdefault(self._bucket(line.unit), []).append(line)
            count += 1
        with self._writing:
            try:
                if self._raw_segments is None:
                    self._raw_segments = SegmentWriter(self.folder / RAW_SEGMENTS, sync=False)
                self._raw_segments.append(buckets)
            except (OSError, sqlite3.Error) as error:
                raise self._failed("write", error) from error
        return count

    def track(self, unit: str, from_ms: int, to_ms: int) -> list[Fix]:
        """Return a unit's fixes taken from `from_ms` to `to_ms`, both included, in taken order."""

        def read() -> list[Fix]:
            # Segments first: what compaction moves meanwhile is then seen twice, and never missed.
            fresh = [
                settled(fix)
                for _, fix in self._of_unit(self._fresh, unit)
                if fix.unit == unit and fix.taken_ms is not None and from_ms <= fix.taken_ms <= to_ms
            ]
            rested = [fix_at_rest(unit, row) for row in self._shelf.read(unit, from_ms, to_ms)]
            return _once(rested + fresh)

        return self._reading(read)

    def raw(self, unit: str, from_ms: int, to_ms: int) -> list[Line]:
        """Return what a unit sent, received from `from_ms` to `to_ms`, in the order of arrival."""

        def read() -> list[Line]:
            fresh = list(self._of_unit(self._fresh_raw, unit))
            moved = self._raw.taken_in()
            rested = [Line(unit, *row) for row in self._raw.read(unit, from_ms, to_ms)]
            return rested + [
                line
                for name, line in fresh
                if name not in moved and line.unit == unit and from_ms <= line.received_ms <= to_ms
            ]

        return self._reading(read)

    def last(self, unit: str, to_ms: int) -> Fix | None:
        """Return a unit's newest fix taken at or before `to_ms`."""

        def read() -> Fix | None:
            fresh = (fix for _, fix in self._of_unit(self._fresh, unit) if fix.unit == unit)
            best = _newest(fresh, to_ms).get(unit)
            known = self._shelf.newest(unit).get(unit)
            if known is not None and known[0] <= to_ms:
                rested = [msgspec.msgpack.decode(known[1], type=Fix)]
            else:
                rows = self._shelf.read(unit, LONG_AGO_MS, to_ms, newest_only=True)
                rested = [fix_at_rest(unit, row) for row in rows]
            found = _once([*rested, *([best] if best else [])])
            return settled(found[-1]) if found else None

        return self._reading(read)

    def lasts(self, to_ms: int) -> dict[str, Fix]:
        """Return every unit's newest fix taken at or before `to_ms`: where a fleet starts after a restart."""

        def read() -> dict[str, Fix]:
            best = _newest((fix for path in self._fresh.there() for fix in self._all(path)), to_ms)
            for unit, (at_ms, row) in self._shelf.newest().items():
                if at_ms > to_ms:
                    rows = self._shelf.read(unit, LONG_AGO_MS, to_ms, newest_only=True)
                    rested = fix_at_rest(unit, rows[0]) if rows else None
                else:
                    rested = msgspec.msgpack.decode(row, type=Fix)
                if rested is not None and (unit not in best or _taken(best[unit]) < _taken(rested)):
                    best[unit] = rested
            return {unit: settled(fix) for unit, fix in best.items()}

        return self._reading(read)

    def warm(self) -> None:
        """Make ready what the first reading of a track would wait for: a third of a second."""
        self._reading(self._shelf.warm)

    def finish(self) -> None:
        """End the current segments, so that compaction may take everything that is there."""
        with self._writing:
            for writer in (self._segments, self._raw_segments):
                if writer is not None:
                    writer.finish()

    def close(self) -> None:
        """Close every file; nothing may be called afterwards."""
        with self._writing:
            for writer in (self._segments, self._raw_segments):
                if writer is not None:
                    writer.close()
            self._segments = self._raw_segments = None
            self._shelf.close()
            self._raw.close()

    def _sorted(self, fixes: Iterable[Fix]) -> tuple[dict[int, list[Fix]], int]:
        buckets: dict[int, list[Fix]] = {}
        known = self._buckets
        count = 0
        for fix in fixes:
            unit = fix.unit
            if unit is None or fix.taken_ms is None:
                raise ValueError("a fix is stored under its unit and taken time; this one lacks one of them")
            bucket = known.get(unit)
            if bucket is None:
                bucket = self._bucket(unit)
            found = buckets.get(bucket)
            if found is None:
                buckets[bucket] = [fix]
            else:
                found.append(fix)
            count += 1
        return buckets, count

    def _bucket(self, unit: str) -> int:
        if len(self._buckets) > 1 << 17:  # ids come from devices that logged in, yet nothing grows for ever
            self._buckets.clear()
        bucket = self._buckets[unit] = bucket_of(unit)
        return bucket

    def _of_unit(self, reader: SegmentReader[Row], unit: str) -> Iterator[tuple[str, Row]]:
        for path in reader.there():
            try:
                rows = reader.of_unit(path, unit)
            except FileNotFoundError:
                continue  # compaction has taken it: its rows are at rest now
            for row in rows:
                yield path.name, row

    def _all(self, path: Path) -> Iterator[Fix]:
        try:
            for rows in self._fresh.batches(path):
                yield from rows
        except FileNotFoundError:
            return

    def _reading(self, read: Callable[[], Result]) -> Result:
        try:
            return read()
        except (OSError, sqlite3.Error, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._failed("read", error) from error

    def _take_in_earlier(self) -> None:
        path = self.folder / EARLIER_NAME
        if not path.exists():
            return
        with sqlite3.connect(path) as earlier:
            version = earlier.execute("PRAGMA user_version").fetchone()[0]
            if version != _EARLIER_VERSION:
                raise sqlite3.DatabaseError(
                    f"the version of {EARLIER_NAME} is {version}, this program knows {_EARLIER_VERSION}"
                )
            rows = earlier.execute(_EARLIER)
            while group := rows.fetchmany(20_000):
                self.append(_earlier(row) for row in group)
        earlier.close()
        # Cut before this, it is taken in again, which a track does not show.
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    def _failed(self, what: str, error: Exception) -> ArchiveError:
        reason = str(error).replace("\n", " ")
        return ArchiveError(f"cannot {what} the track archive {self.folder}: {reason}")


Row = TypeVar("Row", Fix, Line)


def _earlier(row: tuple[object, ...]) -> Fix:
    return msgspec.convert([*row[:-1], bool(row[-1])], Fix)


def _taken(fix: Fix) -> int:
    return LONG_AGO_MS if fix.taken_ms is None else fix.taken_ms


def _newest(fixes: Iterable[Fix], to_ms: int) -> dict[str, Fix]:
    best: dict[str, Fix] = {}
    for fix in fixes:
        unit, taken_ms = fix.unit, fix.taken_ms
        if unit is None or taken_ms is None or taken_ms > to_ms:
            continue
        known = best.get(unit)
        if known is None or (known.taken_ms or 0) < taken_ms:
            best[unit] = fix
    return best


def _once(fixes: list[Fix]) -> list[Fix]:
    """Return a unit's fixes in taken order, one an instant: the first received, of equals the first given."""
    fixes.sort(key=lambda fix: (_taken(fix), fix.received_ms))
    kept: list[Fix] = []
    for fix in fixes:
        if not kept or kept[-1].taken_ms != fix.taken_ms:
            kept.append(fix)
    return kept
