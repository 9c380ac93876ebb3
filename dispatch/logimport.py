"""A call log from elsewhere, on its way into the warehouse. Shell: reads the file through DuckDB.

DuckDB parses millions of rows at once, strictly; whatever it does not read exactly as `log.read_log` would is
left to that reader, which is slower and says line and column.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dispatch.district import CELL_DEG
from dispatch.ledger import DistrictOf, Row, nowhere, response_row
from dispatch.log import COLUMNS, MORE_TIMES, LogError, check_header, read_log, time_columns
from dispatch.response import Response
from dispatch.sheet import BATCH, RAW, as_json, derived, from_json, overlaps_sql, quoted

# What a log may say beside its times, under any of these names: our column → the log's.
MORE_COLUMNS: dict[str, tuple[str, ...]] = {
    "region": ("region",),
    "district": ("district",),
    "substation": ("substation",),
    "crew_kind": ("crew_kind", "unit_type"),
    "priority": ("priority",),
    "reason": ("reason", "call_type"),
    "hospital": ("hospital",),
    "lat_deg": ("lat_deg", "lat"),
    "lon_deg": ("lon_deg", "lon"),
}
# The times that both readers understand alike; all others are left to the slower one.
_TIME = r"[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.]\d{1,6})?(Z|[+-]\d\d:\d\d)?"
_KINDS = dict(RAW)


class UnsureError(Exception):
    """DuckDB met something that the log's own reader must judge."""


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A log that was read in: its rows, and how many priorities were no whole numbers and count as none."""

    name: str
    file: str
    rows: int
    zone: str
    at_ms: int
    not_numbers: int = 0


class Log(msgspec.Struct, frozen=True):
    """What is to be read in: the file and its columns, what to call it, its zone, now (ms since 1970).

    `district_of` names the district of a position that comes without one.
    """

    path: Path
    name: str
    zone: ZoneInfo
    at_ms: int
    header: list[str]
    district_of: DistrictOf = nowhere


def read_header(path: Path) -> list[str]:
    """Return the log's columns.

    Raises:
        LogError: there is none, it is not UTF-8, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream, strict=True), None)
    except UnicodeDecodeError as error:
        raise LogError(f"line 1, byte {error.start}: not UTF-8; save the file as UTF-8") from error
    except csv.Error as error:
        raise LogError(f"line 1: {error}") from error
    if header is None:
        raise LogError("the file is empty; its first line must name the columns " + ",".join(COLUMNS))
    check_header(header, COLUMNS)
    return header


def put_log(
    cursor: Any,  # noqa: ANN401  # DuckDB's cursor
    log: Log,
) -> Import:
    """Put a log's rows in place of those of that name, within the caller's transaction.

    Raises:
        UnsureError: something in it is not plain; roll back.
    """
    import duckdb  # noqa: PLC0415  # 47 MB that only those who open a warehouse pay

    cells = {column: f"c{index}" for index, column in enumerate(log.header)}
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(log.header)))
    source = (
        f"read_csv(?, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"strict_mode = true, null_padding = false, max_line_size = 1048576, columns = {{{columns}}})"
    )
    _forget(cursor, log.name)
    not_numbers = "0"
    if "priority" in cells:
        not_numbers = f"count(*) FILTER ({_number(cells, 'priority')} IS NULL AND {cells['priority']} <> '')"
    try:
        found = cursor.execute(
            # text compares as time does for times that are plain, to the day, which is what is needed here
            f"SELECT min(nullif({cells['received']}, '')), max({cells['received']}), "
            f"{not_numbers} FROM {source}",
            [str(log.path)],
        ).fetchone()
        _insert(
            cursor, f"(SELECT {_raw(cells, log.name)} FROM {source})", [str(log.path)], log, _bounds(found)
        )
        return _done(cursor, log, found[2])
    except (duckdb.DataError, duckdb.InvalidInputException) as error:
        raise UnsureError(str(error)) from error


def put_log_slowly(
    cursor: Any,  # noqa: ANN401  # DuckDB's cursor
    log: Log,
) -> Import:
    """Do the same through `log.read_log`.

    Raises:
        LogError: the log cannot be read; says line and column.
    """
    kept = {
        column: next((each for each in names if log.header.count(each) == 1), None)
        for column, names in MORE_COLUMNS.items()
    }
    _forget(cursor, log.name)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE coming AS {from_json(RAW)} LIMIT 0", ["[]"])
    not_numbers = 0
    try:
        with log.path.open(encoding="utf-8-sig", newline="") as stream:
            responses = read_log(stream, [each for each in kept.values() if each is not None])
            while batch := list(islice(responses, BATCH)):
                rows = [_row(each, kept, log.name) for each in batch]
                not_numbers += sum(
                    1
                    for each, row in zip(batch, rows, strict=True)
                    if row["priority"] is None and _priority(each, kept)
                )
                cursor.execute(f"INSERT INTO coming BY NAME {from_json(RAW)}", [as_json(rows)])
    except UnicodeDecodeError as error:
        raise LogError(f"not UTF-8 ({error.reason}); save the file as UTF-8") from error
    bounds = cursor.execute("SELECT min(called_at), max(called_at) FROM coming").fetchone()
    _insert(cursor, "coming", [], log, bounds)
    return _done(cursor, log, not_numbers)


def _forget(cursor: Any, name: str) -> None:  # noqa: ANN401  # DuckDB's cursor
    cursor.execute("DELETE FROM responses WHERE source = ?", [name])
    cursor.execute("DELETE FROM imports WHERE name = ?", [name])


def _insert(
    cursor: Any,  # noqa: ANN401  # DuckDB's cursor
    raw: str,
    values: list[object],
    log: Log,
    bounds: tuple[int | None, int | None],
) -> None:
    """Put the rows of the relation `raw` in, then mark overlaps and crews that were not the first."""
    cursor.execute(
        "INSERT INTO responses BY NAME SELECT *, ? AS source, NULL::VARCHAR AS overlap_of FROM "
        f"({derived(raw, log.zone, bounds[0] or 0, bounds[1] or 0)})",
        [log.name, *values],
    )
    cursor.execute(
        f"UPDATE responses SET overlap_of = found.earlier FROM ({overlaps_sql('source = ?')}) found "
        "WHERE responses.id = found.place AND found.earlier IS NOT NULL",
        [log.name],
    )
    cursor.execute(
        'UPDATE responses SET "first" = false FROM (SELECT id AS place, on_scene_at > min(on_scene_at) '
        "OVER (PARTITION BY incident) AS later FROM responses "
        "WHERE source = ? AND on_scene_at IS NOT NULL) found "
        "WHERE responses.id = found.place AND found.later",
        [log.name],
    )
    _name_districts(cursor, log)


def _name_districts(cursor: Any, log: Log) -> None:  # noqa: ANN401  # DuckDB's cursor
    """Name the district of rows that tell a position and no district, each cell of the map once."""
    where = "source = ? AND district IS NULL AND lat_deg IS NOT NULL AND lon_deg IS NOT NULL"
    place = f"floor(lat_deg / {CELL_DEG})::INTEGER, floor(lon_deg / {CELL_DEG})::INTEGER"
    cells = cursor.execute(
        f"SELECT DISTINCT {place} FROM responses WHERE {where} "
        "AND abs(lat_deg) <= 90 AND abs(lon_deg) <= 360",
        [log.name],
    ).fetchall()
    named = [
        (row, column, name)
        for row, column in cells
        if (name := log.district_of((row + 0.5) * CELL_DEG, (column + 0.5) * CELL_DEG)) is not None
    ]
    if named:
        rows, columns, names = (list(each) for each in zip(*named, strict=True))
        cursor.execute(
            "UPDATE responses SET district = cells.name FROM (SELECT unnest(?::INTEGER[]) AS row, "
            f"unnest(?::INTEGER[]) AS col, unnest(?::VARCHAR[]) AS name) cells WHERE {where} "
            f"AND floor(lat_deg / {CELL_DEG}) = cells.row AND floor(lon_deg / {CELL_DEG}) = cells.col",
            [rows, columns, names, log.name],
        )


def _done(
    cursor: Any,  # noqa: ANN401  # DuckDB's cursor
    log: Log,
    not_numbers: int,
) -> Import:
    rows = cursor.execute("SELECT count(*) FROM responses WHERE source = ?", [log.name]).fetchone()[0]
    cursor.execute(
        "INSERT INTO imports VALUES (?, ?, ?, ?, ?)", [log.name, log.path.name, rows, log.zone.key, log.at_ms]
    )
    return Import(
        name=log.name,
        file=log.path.name,
        rows=rows,
        zone=log.zone.key,
        at_ms=log.at_ms,
        not_numbers=not_numbers,
    )


def _instant(cell: str) -> str:
    """Return SQL for a cell's instant, ms; an error for what is no plain time."""
    # floor and not round: as the log's own reader
    return (
        f"CASE WHEN {cell} IS NULL OR {cell} = '' THEN NULL WHEN regexp_full_match({cell}, '{_TIME}') "
        f"THEN epoch_us({cell}::TIMESTAMPTZ) // 1000 ELSE error('no plain time') END"
    )


def _bounds(found: tuple[str | None, str | None, int]) -> tuple[int | None, int | None]:
    """Return the first and last call, ms, to within two days."""
    first, last = ((text or "")[:10] for text in found[:2])
    try:
        begin, end = (
            int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) for day in (first, last)
        )
    except ValueError:
        return None, None
    return (begin - 2 * 86_400) * 1000, (end + 2 * 86_400) * 1000


def _filled(cell: str) -> str:
    return f"CASE WHEN {cell} <> '' THEN {cell} ELSE error('empty') END"


def _number(cells: Mapping[str, str], column: str) -> str:
    return f"TRY_CAST({cells[column]} AS TINYINT)" if column in cells else "NULL"


def _raw(cells: Mapping[str, str], region: str) -> str:
    """Return the `RAW` columns as SQL over the log's cells; `region` is that of rows which tell none."""
    incident, unit = _filled(cells["incident"]), _filled(cells["unit"])
    known = {
        "assignment": f"{incident} || '.' || {unit}",
        "incident": incident,
        "unit": unit,
        "first": f"CASE WHEN {cells['on_scene']} <> '' THEN true END",
    }
    for column, names in MORE_COLUMNS.items():
        cell = next((cells[each] for each in names if each in cells), None)
        if cell is not None:
            kind = _KINDS[column]
            known[column] = f"nullif({cell}, '')" if kind == "VARCHAR" else f"TRY_CAST({cell} AS {kind})"
    named = region.replace("'", "''")
    known["region"] = f"coalesce({known.get('region', 'NULL')}, '{named}')"
    for column, name in time_columns(each for each in MORE_TIMES if each in cells).items():
        known[f"{name}_at"] = _instant(cells[column])
    return ", ".join(f"{known.get(name, f'NULL::{kind}')} AS {quoted(name)}" for name, kind in RAW)


def _row(response: Response, kept: Mapping[str, str | None], region: str) -> Row:
    """Return a response of the log's reader as the same row."""
    row = response_row(response, "")
    row["first"] = True if "on_scene" in response.times else None
    for column, name in kept.items():
        text = "" if name is None else response.columns[name]
        row[column] = text or None
        if _KINDS[column] != "VARCHAR":
            row[column] = _as_number(text, whole=column == "priority")
    row["region"] = row["region"] or region
    return row


def _as_number(text: str, *, whole: bool) -> float | None:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and (not whole or -128 <= number <= 127) else None


def _priority(response: Response, kept: Mapping[str, str | None]) -> str:
    name = kept["priority"]
    return "" if name is None else response.columns[name]
