"""Shelf: rows in order and at rest, as Parquet with zstd, and the list of which files count.

Parquet is written and read by DuckDB. A file holds rows of one day (of the row's own time), sorted by (unit,
time), so that a unit's hour is one or two row groups, found by their statistics. `shelf.sqlite` says which
files count: a file is written aside, synced, and counts from the transaction that names it, the same that
says which segments it replaces. A file that is not in the list is the leftover of a cut, deleted by the next
compaction. What the columns are says `tracking.layout`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tracking.layout import Layout

if TYPE_CHECKING:
    import duckdb

SCHEMA_VERSION = 1
LIST_NAME = "shelf.sqlite"
MEMORY = "192MB"
ROW_GROUP = 32_768
DAY_MS = 86_400_000

# Instants of a broken clock share the first or last of these days, so that no clock makes a file a second.
FIRST_DAY, LAST_DAY = 10_957, 47_482  # 2000-01-01, 2100-01-01

# A day's files below this size are merged into one when there are as many.
SMALL_BYTES = 32 << 20
MERGE_AT = 8

_SCHEMA = """
CREATE TABLE unit (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE file (
    name TEXT PRIMARY KEY, day INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
    learned_ms INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL
);
CREATE TABLE taken_in (source TEXT PRIMARY KEY);
CREATE TABLE newest (unit TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, row BLOB NOT NULL);
"""


# Of rows alike in unit and instant the first, from a file in their order. Each is held against the one before
# it as they stream by: a sort spills to disk, what DISTINCT ON or a window of partitions collects does not.
_FIRST_ONLY = """
SELECT * EXCLUDE (unit_before, at_before_ms)
FROM (
    SELECT *, lag(unit_number) OVER () AS unit_before, lag(at_ms) OVER () AS at_before_ms
    FROM read_parquet('{path}')
)
WHERE unit_before IS DISTINCT FROM unit_number OR at_before_ms IS DISTINCT FROM at_ms
"""


class File(msgspec.Struct, frozen=True):
    """A Parquet file that counts.

    Attributes:
        from_ms, to_ms: the first and last instant in it.
        learned_ms: when the last of its rows was received: retention counts from there.
    """

    name: str
    day: int
    from_ms: int
    to_ms: int
    learned_ms: int
    rows: int
    bytes: int


class Shelf:
    """The files of one folder. Safe in several threads, and in several processes if one of them writes.

    Raises:
        sqlite3.Error, OSError: the folder or its list cannot be used.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        self._folder = folder
        self._layout = layout
        self._using = threading.Lock()
        self._duck: duckdb.DuckDBPyConnection | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._list = sqlite3.connect(folder / LIST_NAME, check_same_thread=False, timeout=30)
        self._list.execute("PRAGMA journal_mode = WAL")
        self._list.execute("PRAGMA synchronous = FULL")
        version = self._list.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            self._list.close()
            raise sqlite3.DatabaseError(f"its version is {version}, this program knows {SCHEMA_VERSION}")
        if version == 0:
            with self._list:
                self._list.execute("BEGIN IMMEDIATE")  # two processes may start at once
                if self._list.execute("PRAGMA user_version").fetchone()[0] == 0:
                    for statement in filter(str.strip, _SCHEMA.split(";")):
                        self._list.execute(statement)
                    self._list.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def files(self) -> list[File]:
        """Return the files that count, by day and first instant."""
        with self._using:
            rows = self._list.execute("SELECT * FROM file ORDER BY day, from_ms, name").fetchall()
        return [File(*row) for row in rows]

    def taken_in(self) -> set[str]:
        """Return the sources whose rows are here and which may not have been deleted yet."""
        with self._using:
            return {source for (source,) in self._list.execute("SELECT source FROM taken_in")}

    def forget(self, sources: Iterable[str]) -> None:
        """Strike sources off the list, after they have been deleted."""
        with self._using, self._list:
            self._list.executemany("DELETE FROM taken_in WHERE source = ?", [(source,) for source in sources])

    def newest(self, unit: str | None = None) -> dict[str, tuple[int, bytes]]:
        """Return each unit's (or one unit's) newest row: its instant, and the row in msgpack."""
        where = "" if unit is None else " WHERE unit = ?"
        values = () if unit is None else (unit,)
        with self._using:
            found = self._list.execute(f"SELECT unit, at_ms, row FROM newest{where}", values)  # noqa: S608  # our own text
            return {name: (at_ms, row) for name, at_ms, row in found}

    def read(
        self, unit: str, from_ms: int, to_ms: int, *, newest_only: bool = False
    ) -> list[tuple[Any, ...]]:
        """Return a unit's rows from `from_ms` to `to_ms`, both included, in the order of their instants."""
        error: Exception | None = None
        for _ in range(5):
            with self._using:
                known = self._list.execute("SELECT number FROM unit WHERE id = ?", (unit,)).fetchone()
                names = [
                    str(self._folder / name)
                    for (name,) in self._list.execute(
                        "SELECT name FROM file WHERE from_ms <= ? AND to_ms >= ?", (to_ms, from_ms)
                    )
                ]
                if known is None or not names:
                    return []
                end = "DESC LIMIT 1" if newest_only else ""
                sql = (
                    f"SELECT {', '.join(self._layout.read)} FROM read_parquet(?) "  # noqa: S608  # our own column names
                    f"WHERE unit_number = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms {end}"
                )
                try:
                    return self._connected().execute(sql, [names, known[0], from_ms, to_ms]).fetchall()
                except _duck_errors() as failed:
                    error = failed  # a merge has replaced a file since the list was read: read the list again
        raise OSError(f"cannot read the tracks at rest: {error}".partition("\n")[0])

    def warm(self) -> None:
        """Make ready what the first read would wait for: the engine and its Parquet reader."""
        with self._using:
            self._connected().execute("SELECT 1").fetchall()

    # What only compaction does.

    def put(
        self,
        chunks: Iterator[Mapping[str, Any]],
        sources: Sequence[str],
        newest: Mapping[str, tuple[int, Any]],
    ) -> int:
        """Sort rows into files, and count them from one moment on, in place of their sources.

        Args:
            chunks: the rows as columns of the layout's loose ones, numpy arrays, in the order of arrival.
            sources: the segments that they come from.
            newest: unit → the newest row of its own, if newer than what is known.

        Returns:
            How many rows there are.
        """
        with _sorter(self._folder) as duck:
            loose = ", ".join(f"{name} {type_}" for name, type_ in self._layout.loose.items())
            duck.execute(f"CREATE TABLE loose (ordinal BIGINT, unit_number INTEGER, {loose})")
            total = 0
            for chunk in chunks:
                total += self._load(duck, chunk, total)
            files = self._write_days(duck, "loose", self._layout.kept) if total else []
        self._commit(files, (), sources, newest)
        return total

    def merge(self) -> int:
        """Merge small files of a day into one; return how many there were."""
        by_day: dict[int, list[File]] = {}
        for file in self.files():
            if file.bytes < SMALL_BYTES:
                by_day.setdefault(file.day, []).append(file)
        merged = 0
        for small in by_day.values():
            if len(small) < MERGE_AT:
                continue
            names = ", ".join(f"'{self._folder / file.name}'" for file in small)
            kept = {name: name for name in self._layout.kept}
            with _sorter(self._folder) as duck:
                duck.execute(
                    "CREATE VIEW old AS SELECT *, file_row_number AS ordinal "  # noqa: S608  # our own file names
                    f"FROM read_parquet([{names}], file_row_number = true)"
                )
                files = self._write_days(duck, "old", kept)
            self._commit(files, [file.name for file in small], (), {})
            self._delete(file.name for file in small)
            merged += len(small)
        return merged

    def drop(self, learned_before_ms: int) -> int:
        """Delete the files whose last row was received before that instant; return how many."""
        old = [file.name for file in self.files() if file.learned_ms < learned_before_ms]
        if old:
            self._commit((), old, (), {})
            self._delete(old)
        return len(old)

    def sweep(self) -> None:
        """Delete what a cut has left: files that the list does not name."""
        counting = {file.name for file in self.files()}
        for path in self._folder.iterdir():
            if path.suffix in (".parquet", ".writing") and path.name not in counting:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the list and the engine."""
        with self._using:
            self._list.close()
            if self._duck is not None:
                self._duck.close()

    def _connected(self) -> duckdb.DuckDBPyConnection:
        if self._duck is None:
            self._duck = _connect(self._folder)
        return self._duck

    def _load(self, duck: duckdb.DuckDBPyConnection, chunk: Mapping[str, Any], before: int) -> int:
        import numpy as np  # noqa: PLC0415  # 25 MB that a process which only writes segments does not pay

        units = chunk["unit"].tolist()
        known = self._numbers(set(units))
        which = np.array([known[unit] for unit in units], dtype=np.int32)
        rows = len(which)
        columns = {
            **chunk,
            "ordinal": np.arange(before, before + rows, dtype=np.int64),
            "unit_number": which,
        }
        duck.register("chunk", columns)
        duck.execute("INSERT INTO loose BY NAME SELECT * FROM chunk")
        duck.unregister("chunk")
        return rows

    def _numbers(self, units: set[str]) -> dict[str, int]:
        with self._using, self._list:
            known = dict(self._list.execute("SELECT id, number FROM unit").fetchall())
            for unit in sorted(units - known.keys()):
                known[unit] = self._list.execute("INSERT INTO unit (id) VALUES (?)", (unit,)).lastrowid
        return known

    def _write_days(
        self, duck: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]
    ) -> list[File]:
        day = f"least(greatest(at_ms // {DAY_MS}, {FIRST_DAY}), {LAST_DAY})"
        written = []
        select = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
        for (number,) in duck.execute(f"SELECT DISTINCT {day} FROM {table} ORDER BY 1").fetchall():  # noqa: S608  # our own text
            name = f"{number}-{secrets.token_hex(8)}.parquet"
            path = self._folder / name
            aside = path.with_suffix(".writing")
            rows = (
                f"SELECT unit_number, {select} FROM {table} WHERE {day} = {number} "  # noqa: S608  # our own names
                "ORDER BY unit_number, at_ms, received_ms, ordinal"
            )
            if self._layout.once:
                sorted_aside = aside.with_suffix(".sorted.writing")
                _copy(duck, rows, sorted_aside)
                _copy(duck, _FIRST_ONLY.format(path=sorted_aside), aside)
                sorted_aside.unlink()
            else:
                _copy(duck, rows, aside)
            found = duck.execute(
                "SELECT min(at_ms), max(at_ms), max(received_ms), count(*) FROM read_parquet(?)", [str(aside)]
            ).fetchone()
            assert found is not None  # noqa: S101  # an aggregate has one row
            _sync(aside)
            aside.rename(path)
            from_ms, to_ms, learned_ms, count = (int(value) for value in found)
            written.append(File(name, int(number), from_ms, to_ms, learned_ms, count, path.stat().st_size))
        _sync(self._folder)
        return written

    def _commit(
        self,
        files: Sequence[File],
        gone: Sequence[str],
        sources: Sequence[str],
        newest: Mapping[str, tuple[int, Any]],
    ) -> None:
        with self._using, self._list:
            self._list.executemany("DELETE FROM file WHERE name = ?", [(name,) for name in gone])
            self._list.executemany(
                "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?)",
                [msgspec.structs.astuple(file) for file in files],
            )
            self._list.executemany(
                "INSERT OR IGNORE INTO taken_in VALUES (?)", [(source,) for source in sources]
            )
            self._list.executemany(
                "INSERT INTO newest VALUES (?, ?, ?) ON CONFLICT (unit) DO UPDATE "
                "SET at_ms = excluded.at_ms, row = excluded.row WHERE excluded.at_ms > at_ms",
                [(unit, at_ms, msgspec.msgpack.encode(row)) for unit, (at_ms, row) in newest.items()],
            )

    def _delete(self, names: Iterable[str]) -> None:
        for name in names:
            (self._folder / name).unlink(missing_ok=True)


def _connect(folder: Path) -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415  # 47 MB that a process which only writes segments does not pay

    return duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "threads": 1,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
        }
    )


@contextlib.contextmanager
def _sorter(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine for what compaction does; what it cannot do is an OSError in one line."""
    try:
        with contextlib.closing(_connect(folder)) as duck:
            yield duck
    except _duck_errors() as error:
        raise OSError(str(error).partition("\n")[0]) from error


def _copy(duck: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
    duck.execute(
        f"COPY ({rows}) TO '{path}' "
        f"(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def _duck_errors() -> type[Exception]:
    import duckdb  # noqa: PLC0415  # as above

    return duckdb.Error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
