"""Segment: what one process has just received, in batches, synced to disk, and not yet put in order.

Each writing process has a name of its own (`w0`, `w1`, …: the first whose lock is free) and writes numbered
files `w0-000001-….sqlite`, one after another, and never the same name twice; nobody else writes to them. A
file is finished when its writer has begun the next one or is gone; then compaction may take it. One commit
adds one batch: for each bucket of units one row (`batch << BUCKET_BITS | bucket`, msgpack), at the file's
end, so a commit writes little more than its own bytes, and a unit is found again by reading one bucket of
each batch.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar
from zlib import crc32

import msgspec

BUCKET_BITS = 7
BUCKETS = 1 << BUCKET_BITS

SCHEMA_VERSION = 1

# A new file is begun when the last one has grown to this, or is this old: then compaction may take it.
ROTATE_BYTES = 64 << 20
ROTATE_S = 120.0

_NAME = re.compile(r"(w\d+)-(\d+)-[0-9a-f]+\.sqlite")
_FIRST, _LAST = "SELECT rowid >> ? FROM batch ORDER BY rowid LIMIT 1", "SELECT max(rowid) >> ? FROM batch"
# One bucket of every batch, looked up by its keys in one statement: thousands of them cost twice as much.
_BUCKET = f"""
WITH RECURSIVE wanted (key) AS (SELECT ?1 UNION ALL SELECT key + {BUCKETS} FROM wanted WHERE key < ?2)
SELECT rows FROM wanted CROSS JOIN batch USING (key)
"""  # noqa: S608  # our own number

Row = TypeVar("Row")
_encoder = msgspec.msgpack.Encoder()


def bucket_of(unit: str) -> int:
    """Return in which bucket of every batch a unit's rows are."""
    return crc32(unit.encode()) & (BUCKETS - 1)


class SegmentWriter:
    """Appends batches to the files of one name. Not safe for several threads at once.

    Args:
        folder: where segments are; it is made if it does not exist.
        sync: whether `append` returns only after the data is on disk; without it a power cut may take the
            last seconds (kill -9 takes nothing either way).
    """

    def __init__(self, folder: Path, *, sync: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._sync = sync
        self._lock, self.name = _claim_name(folder)
        known = [_NAME.fullmatch(path.name) for path in folder.iterdir()]
        self._number = max((int(found[2]) for found in known if found and found[1] == self.name), default=0)
        self._file: sqlite3.Connection | None = None
        self._path = folder
        self._batch = 0
        self._bytes = 0
        self._begun_s = 0.0

    def append(self, buckets: dict[int, list[Any]]) -> None:
        """Add one batch and return when it is durable.

        Args:
            buckets: rows by `bucket_of` their unit; whatever msgpack can encode.

        Raises:
            sqlite3.Error: nothing of the batch is stored.
            OSError: the same.
        """
        base = self._batch << BUCKET_BITS
        rows = [(base | bucket, _encoder.encode(buckets[bucket])) for bucket in sorted(buckets)]
        full = self._bytes >= ROTATE_BYTES or time.monotonic() - self._begun_s >= ROTATE_S
        # A file that somebody has deleted would take rows that nobody finds again.
        if self._file is None or full or not self._path.exists():
            self.finish()
            self._begin()
        assert self._file is not None  # noqa: S101  # _begin has just made it
        with self._file:
            self._file.executemany("INSERT INTO batch VALUES (?, ?)", rows)
        self._batch += 1
        self._bytes += sum(len(blob) + 8 for _, blob in rows)

    def finish(self) -> None:
        """End the current file, so that compaction may take it; the next append begins another."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._batch = 0
            self._path.with_suffix(".done").touch()

    def close(self) -> None:
        """End the file and give the name back."""
        with contextlib.suppress(OSError):  # a full disk: that the name is free says the same as the mark
            self.finish()
        os.close(self._lock)

    def _begin(self) -> None:
        self._number += 1
        self._path = self._folder / f"{self.name}-{self._number:06d}-{secrets.token_hex(4)}.sqlite"
        self._file = sqlite3.connect(self._path, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute(f"PRAGMA synchronous = {'FULL' if self._sync else 'NORMAL'}")
        self._file.execute("PRAGMA cache_size = -1024")
        self._file.execute("CREATE TABLE batch (key INTEGER PRIMARY KEY, rows BLOB NOT NULL)")
        self._file.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        _sync_folder(self._folder)
        self._batch = self._bytes = 0
        self._begun_s = time.monotonic()


class SegmentReader(Generic[Row]):
    """Reads segments back, also those that are being written.

    Args:
        folder: where they are; it need not exist.
        row: the type of one row.
    """

    def __init__(self, folder: Path, row: type[Row]) -> None:
        self._folder = folder
        self._decoder: msgspec.msgpack.Decoder[list[Row]] = msgspec.msgpack.Decoder(list[row])  # type: ignore[valid-type]  # a type known at run time only

    def there(self) -> list[Path]:
        """Return every segment, in the order of writer and number."""
        return sorted(path for path in _entries(self._folder) if _NAME.fullmatch(path.name))

    def finished(self) -> list[Path]:
        """Return the segments that nobody will write to any more."""
        there = self.there()
        writing = {
            name for name in {_writer(path) for path in there} if _is_held(self._folder / f"{name}.lock")
        }
        newest = {_writer(path): path for path in there}
        return [
            path
            for path in there
            if _writer(path) not in writing
            or newest[_writer(path)] != path
            or path.with_suffix(".done").exists()
        ]

    def batches(self, path: Path) -> Iterator[list[Row]]:
        """Yield all rows of a segment, a bucket of a batch at a time, in the order of arrival.

        Raises:
            FileNotFoundError: compaction has taken it meanwhile.
            sqlite3.Error: it cannot be read.
        """
        with _opened(path) as file:
            for (blob,) in file.execute("SELECT rows FROM batch ORDER BY key"):
                yield self._decoder.decode(blob)

    def of_unit(self, path: Path, unit: str) -> list[Row]:
        """Return the rows of a unit's bucket, other units' among them, in the order of arrival.

        Raises:
            FileNotFoundError: compaction has taken it meanwhile.
            sqlite3.Error: it cannot be read.
        """
        bucket = bucket_of(unit)
        rows: list[Row] = []
        with _opened(path) as file:
            found = file.execute(_FIRST, (BUCKET_BITS,)).fetchone()
            if found is None:
                return rows
            (last,) = file.execute(_LAST, (BUCKET_BITS,)).fetchone()
            keys = (found[0] << BUCKET_BITS | bucket, last << BUCKET_BITS | bucket)
            for (blob,) in file.execute(_BUCKET, keys):
                rows += self._decoder.decode(blob)
        return rows

    def check(self, path: Path) -> None:
        """Read a segment's pages without making anything of them.

        Raises:
            FileNotFoundError: compaction has taken it meanwhile.
            sqlite3.DatabaseError: it is damaged.
        """
        with _opened(path) as file:
            verdict = file.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)

    def delete(self, path: Path) -> None:
        """Remove a segment."""
        for suffix in (".sqlite", ".sqlite-wal", ".sqlite-shm", ".done"):
            path.with_suffix(suffix).unlink(missing_ok=True)


def _claim_name(folder: Path) -> tuple[int, str]:
    for number in range(4096):
        lock = os.open(folder / f"w{number}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(
                lock, fcntl.LOCK_EX | fcntl.LOCK_NB
            )  # the system lets go of it however the process ends
        except BlockingIOError:
            os.close(lock)
        else:
            return lock, f"w{number}"
    raise OSError(f"too many processes write segments in {folder}")


def _is_held(lock: Path) -> bool:
    try:
        opened = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(opened)


def _writer(path: Path) -> str:
    return path.name.partition("-")[0]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        # Reading what a killed writer left needs the right to write: SQLite takes its log in.
        file = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)
    except sqlite3.OperationalError:
        if not path.exists():
            raise FileNotFoundError(path) from None
        raise
    try:
        (tables,) = file.execute("SELECT count(*) FROM sqlite_master WHERE name = 'batch'").fetchone()
        if tables:
            yield file
            return
        # Its writer was killed between making the file and its table: it never held anything.
        file.execute("CREATE TEMP TABLE batch (key INTEGER PRIMARY KEY, rows BLOB)")
        yield file
    finally:
        file.close()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
