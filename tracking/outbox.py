"""Outbox: fixes that a vehicle has not yet been able to hand in, on its disk, through power cuts.

One SQLite file, synced at each append: what it has taken it has, and what was handed in is deleted. When it
is full the oldest go, and are counted: a vehicle that was away for weeks shows its last days.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tracking.fix import Fix
from tracking.upload import Entry

MAX_FIXES = 2_000_000  # three weeks at one a second; some 200 MB

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Fix).decode


class OutboxError(Exception):
    """The file cannot be opened, read or written; one line says which and why."""


class Outbox:
    """The file. Safe to use from several threads.

    Raises:
        OutboxError: here and in every method.
    """

    def __init__(self, path: Path, *, max_fixes: int = MAX_FIXES) -> None:
        self._path = path
        self._max_fixes = max_fixes
        self._using = threading.Lock()
        self.dropped = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, check_same_thread=False, timeout=10)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            # AUTOINCREMENT: a number is never given twice, so a late answer cannot delete another fix.
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS fix "
                "(number INTEGER PRIMARY KEY AUTOINCREMENT, taken_ms INTEGER NOT NULL, fix BLOB NOT NULL)"
            )
            self._file.execute("CREATE INDEX IF NOT EXISTS by_taken ON fix (taken_ms)")
            self._file.commit()
            self._count = int(self._file.execute("SELECT count(*) FROM fix").fetchone()[0])
        except (OSError, sqlite3.Error) as error:
            raise self._failed("open", error) from None

    def __len__(self) -> int:
        """How many fixes wait."""
        return self._count

    def append(self, fixes: Sequence[Fix]) -> None:
        """Take fixes, each with its taken time; return when they are on disk."""
        with self._using:
            try:
                with self._file:
                    self._file.executemany(
                        "INSERT INTO fix (taken_ms, fix) VALUES (?, ?)",
                        [(fix.taken_ms, _encode(fix)) for fix in fixes],
                    )
                    over = self._count + len(fixes) - self._max_fixes
                    if over > 0:
                        self._file.execute(
                            "DELETE FROM fix WHERE number IN "
                            "(SELECT number FROM fix ORDER BY number LIMIT ?)",
                            (over,),
                        )
            except sqlite3.Error as error:
                raise self._failed("write", error) from None
            self._count += len(fixes) - max(0, over)
            self.dropped += max(0, over)

    def newest(self, count: int, without: frozenset[int] = frozenset()) -> list[Entry]:
        """Return the latest taken fixes, the oldest of them first, leaving out some numbers."""
        with self._using:
            try:
                rows = self._file.execute(
                    "SELECT number, fix FROM fix ORDER BY taken_ms DESC, number DESC LIMIT ?",
                    (count + len(without),),
                ).fetchall()
            except sqlite3.Error as error:
                raise self._failed("read", error) from None
        found = [Entry(number, _decode(fix)) for number, fix in rows if number not in without]
        return found[:count][::-1]

    def delete(self, numbers: Iterable[int]) -> None:
        """Forget fixes that have been handed in."""
        with self._using:
            try:
                with self._file:
                    gone = self._file.executemany(
                        "DELETE FROM fix WHERE number = ?", [(number,) for number in numbers]
                    )
            except sqlite3.Error as error:
                raise self._failed("write", error) from None
            self._count -= max(0, gone.rowcount)

    def close(self) -> None:
        """Close the file."""
        with self._using:
            self._file.close()

    def _failed(self, what: str, error: Exception) -> OutboxError:
        return OutboxError(f"cannot {what} the outbox {self._path}: {error}")
