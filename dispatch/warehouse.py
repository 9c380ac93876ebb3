"""The warehouse: finished responses by the million, in one DuckDB file, for the reports. Shell.

It is a projection: the journal is the truth, and the file may be deleted at any time and is filled again.
DuckDB and not Polars or PostgreSQL: `bench/reports.py` compares; exact quantiles of five million rows in a
second within a fixed memory, with corrections, transactions and no server; tracks at rest use it already.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from dispatch.columns import Columns
from dispatch.events import Head
from dispatch.ledger import DistrictOf, Row, Rows, nowhere
from dispatch.logimport import Import, Log, UnsureError, put_log, put_log_slowly, read_header
from dispatch.sheet import BATCH, COLUMNS, RAW, as_json, create_table, derived, from_json, overlaps_sql
from dispatch.stock import Stock

# A file of another layout is made anew from the journal.
LAYOUT = 2
MEMORY_MB = 1200
# How long a question that is broken off may take to notice.
CLOSING_S = 20.0

CALLS: tuple[tuple[str, str], ...] = (
    ("region", "VARCHAR"),
    ("incident", "VARCHAR"),
    ("number", "INTEGER"),
    ("district", "VARCHAR"),
    ("priority", "TINYINT"),
    ("reason", "VARCHAR"),
    ("called_at", "BIGINT"),
    ("created_at", "BIGINT"),
    ("sent_at", "BIGINT"),
    ("arrived_at", "BIGINT"),
    ("ended_at", "BIGINT"),
    ("ending", "VARCHAR"),
    ("outcome", "VARCHAR"),
    ("crews", "SMALLINT"),
    ("norm_ms", "INTEGER"),
)
DUTIES: tuple[tuple[str, str], ...] = (
    ("seq", "BIGINT"),
    ("unit", "VARCHAR"),
    ("duty", "VARCHAR"),
    ("at_ms", "BIGINT"),
    ("substation", "VARCHAR"),
    ("crew_kind", "VARCHAR"),
)
DISPUTES: tuple[tuple[str, str], ...] = (
    ("seq", "BIGINT"),
    ("assignment", "VARCHAR"),
    ("incident", "VARCHAR"),
    ("unit", "VARCHAR"),
    ("at_ms", "BIGINT"),
    ("stage", "VARCHAR"),
    ("button_ms", "BIGINT"),
    ("disagreement_s", "DOUBLE"),
)
HEADS: tuple[tuple[str, str], ...] = (("region", "VARCHAR"), ("seq", "BIGINT"), ("hash", "VARCHAR"))
IMPORTS: tuple[tuple[str, str], ...] = (
    ("name", "VARCHAR"),
    ("file", "VARCHAR"),
    ("rows", "BIGINT"),
    ("zone", "VARCHAR"),
    ("at_ms", "BIGINT"),
)


class WarehouseError(Exception):
    """The warehouse cannot be opened, read or written; the message is for the operator."""


class Warehouse:
    """One DuckDB file. Methods may be called from any thread; each uses a cursor of its own."""

    def __init__(self, duck: Any, path: Path | None, zone: ZoneInfo) -> None:  # noqa: ANN401  # DuckDB's connection; the module is imported when one is opened
        """Take what `open` has prepared."""
        self._duck = duck
        self._path = path
        self._zone = zone
        self._writing = threading.Lock()
        self._stock = Stock()
        self._free = threading.Condition()
        self._running: list[Any] = []
        self._closed = False

    @classmethod
    def open(cls, path: Path | None, zone: ZoneInfo, memory_mb: int = MEMORY_MB) -> Self:
        """Open or make the file; None keeps it in memory. One of another layout or a broken one is made anew.

        Args:
            path: the file.
            zone: the region's, for hours, weekdays, days and months.
            memory_mb: what DuckDB may use.

        Raises:
            WarehouseError: the file is another process's, or cannot be made.
        """
        import duckdb  # noqa: PLC0415  # 47 MB that only those who open a warehouse pay

        try:
            warehouse = cls(_connect(path, memory_mb), path, zone)
            if warehouse._layout() not in (None, LAYOUT):
                warehouse._duck.close()
                raise duckdb.CatalogException("another layout")
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            if path is None or "lock" in str(error).lower() or not path.exists():
                raise WarehouseError(f"{path}: {_first_line(error)}") from error
            warehouse = cls(_anew(path, memory_mb), path, zone)
        except duckdb.Error as error:
            if path is None:
                raise WarehouseError(_first_line(error)) from error
            warehouse = cls(_anew(path, memory_mb), path, zone)
        warehouse._make_tables()
        return warehouse

    def close(self) -> None:
        """Let go of the file; questions that are running are broken off, and say so to whoever asked."""
        with self._free:
            self._closed = True
            until_s = time.monotonic() + CLOSING_S
            # Again and again: one that was about to begin when it was broken off has not heard it.
            while self._running and time.monotonic() < until_s:
                for cursor in self._running:
                    cursor.interrupt()
                self._free.wait(0.02)
            if not self._running:  # else the file is left as a kill would leave it
                self._duck.close()

    @contextlib.contextmanager
    def cursor(self) -> Iterator[Any]:
        """Give a cursor to read with.

        Raises:
            WarehouseError: DuckDB could not do it.
        """
        import duckdb  # noqa: PLC0415  # as above

        with self._free:
            if self._closed:
                raise WarehouseError(f"{self._path or 'the warehouse'} is closed")
            cursor = self._duck.cursor()
            self._running.append(cursor)
        try:
            yield cursor
        except duckdb.Error as error:
            raise WarehouseError(f"{self._path or 'the warehouse'}: {_first_line(error)}") from error
        finally:
            cursor.close()
            with self._free:
                self._running.remove(cursor)
                self._free.notify_all()

    @property
    def zone(self) -> ZoneInfo:
        """The region's time zone."""
        return self._zone

    def columns(self) -> Columns:
        """Return all responses as columns in memory: as they are after the last write.

        Raises:
            WarehouseError: DuckDB could not read them.
        """
        with self.cursor() as cursor:
            return self._stock.columns(cursor)

    def head(self, region: str) -> Head:
        """Return up to which entry of the region's journal it is filled."""
        with self.cursor() as cursor:
            found = cursor.execute("SELECT seq, hash FROM heads WHERE region = ?", [region]).fetchone()
        return Head() if found is None else Head(found[0], found[1])

    # ── the journal's projection ─────────────────────────────────────────────────────────────────────────

    def write(self, region: str, rows: Rows) -> None:
        """Put rows in place of what was known of the same responses and calls, in one transaction.

        Raises:
            WarehouseError: nothing was changed.
        """
        gone: list[int] = []
        with self._writing, self._transaction(gone) as cursor:
            before = cursor.execute("SELECT seq FROM heads WHERE region = ?", [region]).fetchone()
            known_seq = 0 if before is None else before[0]
            for start in range(0, len(rows.responses), BATCH):
                gone += self._put_responses(cursor, region, rows.responses[start : start + BATCH])
            _put_calls(cursor, region, rows.calls)
            for table, columns, more in (
                ("duties", DUTIES, rows.duties),
                ("disputes", DISPUTES, rows.disputes),
            ):
                new = [each for each in more if int(str(each["seq"])) > known_seq]
                if new:
                    cursor.execute(
                        f"INSERT INTO {table} {from_json(columns)}", [as_json(new)]
                    )  # of our own names
            cursor.execute("DELETE FROM heads WHERE region = ?", [region])
            cursor.execute("INSERT INTO heads VALUES (?, ?, ?)", [region, rows.seq, rows.hash])

    def forget(self, region: str) -> None:
        """Drop what came from the region's journal, to fill it again; imported logs stay."""
        gone: list[int] = []
        with self._writing, self._transaction(gone) as cursor:
            own = "FROM responses WHERE source = '' AND region = ?"
            gone += _ids(cursor, f"SELECT id {own}", [region])
            cursor.execute(f"DELETE {own}", [region])
            cursor.execute("DELETE FROM calls WHERE region = ?", [region])
            cursor.execute("DELETE FROM duties")
            cursor.execute("DELETE FROM disputes")
            cursor.execute("DELETE FROM heads WHERE region = ?", [region])

    def _put_responses(self, cursor: Any, region: str, rows: Sequence[Row]) -> list[int]:  # noqa: ANN401  # DuckDB's cursor
        """Put rows in; return the ids of those that they replaced or changed."""
        if not rows:
            return []
        # When a call was entered never changes, so it tells DuckDB which blocks may hold the old rows.
        created = [int(str(row["created_at"])) for row in rows]
        called = [int(str(row["called_at"])) for row in rows]
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE coming AS {from_json(RAW)}", [as_json(rows)])
        known = (
            "FROM responses WHERE source = '' AND region = ? AND created_at BETWEEN ? AND ? "
            "AND assignment IN (SELECT assignment FROM coming)"
        )
        gone = _ids(cursor, f"SELECT id {known}", [region, min(created), max(created)])
        if gone:
            cursor.execute(f"DELETE {known}", [region, min(created), max(created)])
        cursor.execute(
            "INSERT INTO responses BY NAME SELECT *, '' AS source, NULL::VARCHAR AS overlap_of FROM "
            f"({derived('coming', self._zone, min(called), max(called))})"
        )
        # A unit's neighbours in time were called within two days, however long its task; the first ones that
        # are read lack their own neighbour, so two days more are read than written.
        since_ms = min(created) - 2 * 86_400_000
        overlaps = overlaps_sql(
            "source = '' AND region = ? AND created_at >= ? AND unit IN (SELECT unit FROM coming)"
        )
        cursor.execute(
            "CREATE OR REPLACE TEMP TABLE changed AS SELECT r.id, found.earlier "
            f"FROM ({overlaps}) found JOIN responses r ON r.id = found.place "
            "WHERE r.source = '' AND r.region = ? AND r.created_at >= ? "
            "AND r.overlap_of IS DISTINCT FROM found.earlier",
            [region, since_ms - 2 * 86_400_000, region, since_ms],
        )
        changed = _ids(cursor, "SELECT id FROM changed", [])
        if changed:
            cursor.execute(
                "UPDATE responses SET overlap_of = changed.earlier FROM changed "
                "WHERE responses.created_at >= ? AND responses.id = changed.id",
                [since_ms],
            )
        return gone + changed

    # ── logs from elsewhere ──────────────────────────────────────────────────────────────────────────────

    def read_in(
        self, path: Path, name: str, zone: ZoneInfo, at_ms: int, district_of: DistrictOf = nowhere
    ) -> Import:
        """Read a call log in, in place of one of the same name, to compare with.

        Args:
            path: CSV, as `skoraya report` reads it.
            name: what to call it.
            zone: whose clock the hours of the day are read off; times without an offset are taken as they
                stand, so for a log of those it is UTC.
            at_ms: now, ms since 1970 UTC.
            district_of: names the district of a position, for rows that do not tell it themselves.

        Raises:
            LogError: the log cannot be read; says line and column. Nothing was changed.
            WarehouseError: nothing was changed.
        """
        log = Log(path, name, zone, at_ms, read_header(path), district_of)
        with self._writing:
            try:
                with self._transaction(gone_source=name) as cursor:
                    return put_log(cursor, log)
            except UnsureError:
                # DuckDB met something that it does not read as we do: our own reader says what and where.
                with self._transaction(gone_source=name) as cursor:
                    return put_log_slowly(cursor, log)

    def drop_import(self, name: str) -> bool:
        """Forget a log that was read in; False when there is none of that name."""
        with self._writing, self._transaction(gone_source=name) as cursor:
            found = cursor.execute("DELETE FROM imports WHERE name = ?", [name]).fetchone()
            cursor.execute("DELETE FROM responses WHERE source = ?", [name])
        return bool(name) and found is not None and found[0] > 0

    def imports(self) -> list[Import]:
        """List the logs that were read in, by name."""
        with self.cursor() as cursor:
            rows = cursor.execute(
                "SELECT name, file, rows, zone, at_ms FROM imports ORDER BY name"
            ).fetchall()
        return [
            Import(name=name, file=file, rows=count, zone=zone, at_ms=at_ms)
            for name, file, count, zone, at_ms in rows
        ]

    # ── the file ─────────────────────────────────────────────────────────────────────────────────────────

    @contextlib.contextmanager
    def _transaction(self, gone: list[int] | None = None, gone_source: str | None = None) -> Iterator[Any]:
        with self.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            with self._stock.committing([] if gone is None else gone, gone_source):
                cursor.execute("COMMIT")

    def _layout(self) -> int | None:
        tables = self._duck.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        if not tables:
            return None
        found = self._duck.execute("SELECT layout FROM layout").fetchone()
        return None if found is None else int(found[0])

    def _make_tables(self) -> None:
        if self._layout() is not None:
            return
        for table, columns in (
            ("responses", COLUMNS),
            ("calls", CALLS),
            ("duties", DUTIES),
            ("disputes", DISPUTES),
            ("heads", HEADS),
            ("imports", IMPORTS),
            ("layout", (("layout", "INTEGER"),)),
        ):
            self._duck.execute(create_table(table, columns))
        # In the order in which rows came: what is new has a higher id than all that was there.
        self._duck.execute("CREATE SEQUENCE ids")
        self._duck.execute("ALTER TABLE responses ADD COLUMN id BIGINT DEFAULT nextval('ids')")
        self._duck.execute("INSERT INTO layout VALUES (?)", [LAYOUT])


def _connect(path: Path | None, memory_mb: int) -> Any:  # noqa: ANN401  # DuckDB's connection
    import duckdb  # noqa: PLC0415  # as above

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "TimeZone": "UTC",
    }
    return duckdb.connect(":memory:" if path is None else path, config=settings)


def _anew(path: Path, memory_mb: int) -> Any:  # noqa: ANN401  # as above
    """Put a file that is no use aside, and make a new one."""
    path.replace(path.with_name(path.name + ".unusable"))
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    return _connect(path, memory_mb)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]


def _ids(cursor: Any, query: str, values: list[object]) -> list[int]:  # noqa: ANN401  # DuckDB's cursor
    return [each[0] for each in cursor.execute(query, values).fetchall()]


def _put_calls(cursor: Any, region: str, rows: Sequence[Row]) -> None:  # noqa: ANN401  # DuckDB's cursor
    if not rows:
        return
    created = [int(str(row["created_at"])) for row in rows]
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE ended AS {from_json(CALLS)}", [as_json(rows)])
    cursor.execute(
        "DELETE FROM calls WHERE region = ? AND created_at BETWEEN ? AND ? "
        "AND incident IN (SELECT incident FROM ended)",
        [region, min(created), max(created)],
    )
    cursor.execute("INSERT INTO calls BY NAME SELECT * FROM ended")
