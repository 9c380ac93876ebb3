"""Archive: tracks on disk, durable before anyone is told that they are stored.

One SQLite file, keyed by (unit, taken): a fix sent twice is stored once, and the first one stays. `append`
returns after the data has been synced, so what it has returned from survives `kill -9` and a power cut.
Callers commit in groups (the gateway some times a second), since each append costs one sync.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from tracking.fix import Fix

FILE_NAME = "tracks.sqlite"
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS unit (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS fix (
    unit INTEGER NOT NULL REFERENCES unit, taken_ms INTEGER NOT NULL, time_of_day_ms INTEGER,
    received_ms INTEGER NOT NULL, lat_deg REAL NOT NULL, lon_deg REAL NOT NULL, speed_mps REAL, course_deg
    REAL, altitude_m REAL, hdop REAL, satellites INTEGER, estimated INTEGER NOT NULL, history INTEGER NOT
    NULL, PRIMARY KEY (unit, taken_ms)
) WITHOUT ROWID;
"""

_INSERT = "INSERT OR IGNORE INTO fix VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_TRACK = """
SELECT taken_ms, time_of_day_ms, received_ms, lat_deg, lon_deg, speed_mps, course_deg, altitude_m, hdop,
       satellites, estimated, history
FROM fix WHERE unit = (SELECT number FROM unit WHERE id = ?) AND taken_ms BETWEEN ? AND ? ORDER BY taken_ms
"""


class ArchiveError(Exception):
    """The archive cannot be opened, written or read; the message is one line that says which file and why."""


class Archive:
    """The tracks of a folder, which is made if it does not exist. Safe to use from several threads.

    Raises:
        ArchiveError: if the folder or file cannot be used, here and in every method.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._units: dict[str, int] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            self._reader = self._connect()
        except (OSError, sqlite3.Error) as error:
            raise self._failed("open", error) from error

    def append(self, fixes: Iterable[Fix]) -> int:
        """Store fixes, and return when they are on disk: how many were new.

        Args:
            fixes: each with its unit and taken time (see `tracking.dates.dated`).
        """
        with self._writing:
            try:
                with self._writer:  # one transaction: commits, or rolls back and raises
                    rows = [self._row(fix) for fix in fixes]
                    before = self._writer.total_changes
                    self._writer.executemany(_INSERT, rows)
                    return self._writer.total_changes - before
            except ValueError:
                self._units.clear()  # numbers given in a transaction that was rolled back
                raise
            except sqlite3.Error as error:
                self._units.clear()
                raise self._failed("write", error) from error

    def track(self, unit: str, from_ms: int, to_ms: int) -> list[Fix]:
        """Return a unit's fixes taken from `from_ms` to `to_ms`, both included, in taken order."""
        with self._reading:
            try:
                rows = self._reader.execute(_TRACK, (unit, from_ms, to_ms)).fetchall()
            except sqlite3.Error as error:
                raise self._failed("read", error) from error
        return [_fix(unit, row) for row in rows]

    def last(self, unit: str, to_ms: int) -> Fix | None:
        """Return a unit's newest fix taken at or before `to_ms`: where a fleet starts after a restart."""
        with self._reading:
            try:
                row = self._reader.execute(
                    _TRACK.replace("ORDER BY taken_ms", "ORDER BY taken_ms DESC LIMIT 1"),
                    (unit, -(1 << 62), to_ms),
                ).fetchone()
            except sqlite3.Error as error:
                raise self._failed("read", error) from error
        return _fix(unit, row) if row else None

    def close(self) -> None:
        """Close the file; nothing may be called afterwards."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            raise sqlite3.DatabaseError(f"its version is {version}, this program knows {SCHEMA_VERSION}")
        if version == 0:
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        return connection

    def _row(self, fix: Fix) -> tuple[Any, ...]:
        if fix.unit is None or fix.taken_ms is None:
            raise ValueError("a fix is stored under its unit and its taken time; this one lacks one of them")
        return (
            self._number(fix.unit),
            fix.taken_ms,
            fix.time_of_day_ms,
            fix.received_ms,
            fix.lat_deg,
            fix.lon_deg,
            fix.speed_mps,
            fix.course_deg,
            fix.altitude_m,
            fix.hdop,
            fix.satellites,
            fix.quality == "estimated",
            fix.history,
        )

    def _number(self, unit: str) -> int:
        number = self._units.get(unit)
        if number is None:
            self._writer.execute("INSERT OR IGNORE INTO unit (id) VALUES (?)", (unit,))
            (number,) = self._writer.execute("SELECT number FROM unit WHERE id = ?", (unit,)).fetchone()
            self._units[unit] = number
        return number

    def _failed(self, what: str, error: Exception) -> ArchiveError:
        return ArchiveError(f"cannot {what} the track archive {self.path}: {error}")


def _fix(unit: str, row: tuple[Any, ...]) -> Fix:
    *values, estimated, history = row
    return msgspec.structs.replace(
        Fix(unit, values[0], values[1], values[2], *values[3:]),
        quality="estimated" if estimated else "valid",
        history=bool(history),
    )
