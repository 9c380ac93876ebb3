"""Stock: the columns of a warehouse, kept in step with its file. Shell: reads DuckDB.

A write says which rows it took away and which sources; the rest is what has a higher id than any that is
known. All of a step is read in one transaction, so the columns are always the state after a whole write.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from dispatch.columns import (
    CHUNK,
    DOUBTS,
    FIRST,
    NAMED,
    NO_INSTANT,
    NO_LENGTH,
    NO_NAME,
    NUMBERED,
    Array,
    Columns,
    no_number,
    with_names,
    with_rows,
    without_ids,
    without_source,
)
from dispatch.cut import WHY_SQL
from dispatch.response import INTERVALS
from dispatch.sheet import quoted

FLAGS_SQL = " + ".join(
    (
        f'CASE WHEN r."first" THEN {FIRST} ELSE 0 END',
        *(f"CASE WHEN r.{WHY_SQL[why]} THEN {bit} ELSE 0 END" for why, bit in DOUBTS.items()),
    )
)
NUMBER_TYPES = {np.int8: "TINYINT", np.int16: "SMALLINT", np.int32: "INTEGER"}
MOST_SMALL = 32_000


class Stock:
    """What is at hand of one warehouse. Methods may be called from any thread."""

    def __init__(self) -> None:
        """Begin with nothing; the first question fills it."""
        self._columns: Columns | None = None
        self._reading = threading.Lock()
        # Held while a write becomes visible and while a reader fixes what it sees: they cannot interleave.
        self._visible = threading.Lock()
        self._gone: list[int] = []
        self._gone_sources: list[str] = []
        self._stale = True

    @contextlib.contextmanager
    def committing(self, gone: list[int], gone_source: str | None = None) -> Iterator[None]:
        """Surround a commit that took rows away, by their ids or by their source, or added some."""
        with self._visible:
            yield
            self._gone += gone
            if gone_source is not None:
                self._gone_sources.append(gone_source)
            self._stale = True

    def columns(self, cursor: Any) -> Columns:  # noqa: ANN401  # DuckDB's cursor
        """Return all responses as they are now.

        Args:
            cursor: an own one, outside a transaction.
        """
        with self._reading:
            if self._columns is not None and not self._stale:
                return self._columns
            with self._visible:
                cursor.execute("BEGIN")
                # The first statement fixes what the transaction sees.
                last_id = cursor.execute("SELECT coalesce(max(id), 0) FROM responses").fetchone()[0]
                gone, self._gone = self._gone, []
                sources, self._gone_sources = self._gone_sources, []
                self._stale = False
            known, self._columns = self._columns, None  # after a failure all is read anew
            columns = Columns() if known is None else known
            since = columns.last_id
            for source in sources:
                columns = without_source(columns, source)
            columns = without_ids(columns, gone)
            # Rows that only changed are still there, under the id that they had.
            changed = [each for each in set(gone) if each <= since]
            if changed:
                columns = _read(cursor, columns, "r.id IN (SELECT unnest(?::BIGINT[]))", [changed])
            for begin in range(since, last_id, CHUNK):
                columns = _read(
                    cursor, columns, "r.id > ? AND r.id <= ?", [begin, min(begin + CHUNK, last_id)]
                )
            cursor.execute("COMMIT")
            self._columns = columns
            return columns


def _read(cursor: Any, columns: Columns, where: str, values: list[object]) -> Columns:  # noqa: ANN401  # DuckDB's cursor
    distinct = ", ".join(
        f"list_sort(list(DISTINCT r.{quoted(name)}) FILTER (r.{quoted(name)} IS NOT NULL))" for name in NAMED
    )
    found = cursor.execute(f"SELECT {distinct} FROM responses r WHERE {where}", values).fetchone()
    columns = with_names(columns, {name: each or () for name, each in zip(NAMED, found, strict=True)})
    parts = [
        "r.id",
        f"coalesce(r.called_at, {NO_INSTANT + 1} - 1) AS called_at",
        f"coalesce(r.norm_ms, {NO_LENGTH}) AS norm_ms",
        f"({FLAGS_SQL})::UTINYINT AS flags",
        *(
            f"coalesce(r.{quoted(name)}, {no_number(name)})::{NUMBER_TYPES[kind]} AS {quoted(name)}"
            for name, kind in NUMBERED.items()
        ),
        *(f"coalesce(r.{name}_ms, {NO_LENGTH}) AS {name}_ms" for name in INTERVALS),
    ]
    joins = []
    for index, name in enumerate(NAMED):
        kind = "SMALLINT" if len(columns.names[name]) <= MOST_SMALL else "INTEGER"
        parts.append(f"coalesce(n{index}.code, {NO_NAME})::{kind} AS {quoted(name)}")
        joins.append(
            f"LEFT JOIN (SELECT unnest(?::VARCHAR[]) AS name, unnest(range(?)) AS code) n{index} "
            f"ON n{index}.name = r.{quoted(name)}"
        )
    given: list[object] = []
    for name in NAMED:
        given += [list(columns.names[name]), len(columns.names[name])]
    arrays: dict[str, Array] = cursor.execute(
        f"SELECT {', '.join(parts)} FROM responses r {' '.join(joins)} WHERE {where}", [*given, *values]
    ).fetchnumpy()
    return with_rows(columns, {name: np.ascontiguousarray(each) for name, each in arrays.items()})
