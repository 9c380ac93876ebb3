"""The warehouse's sheet of responses: its columns, and how the derived ones follow from the times. Pure.

Derived columns are SQL made from `response.INTERVALS` and `response.ORDER`, so that a live response, an
imported log and `skoraya report` mean the same by every interval. Lengths are int32 ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from dispatch.response import INTERVALS, ORDER

# What is known of a response, as (column, DuckDB type); ms since 1970 UTC, degrees WGS-84.
RAW: tuple[tuple[str, str], ...] = (
    ("region", "VARCHAR"),
    ("assignment", "VARCHAR"),
    ("incident", "VARCHAR"),
    ("number", "INTEGER"),
    ("unit", "VARCHAR"),
    ("status", "VARCHAR"),
    ("district", "VARCHAR"),
    ("substation", "VARCHAR"),
    ("crew_kind", "VARCHAR"),
    ("priority", "TINYINT"),
    ("reason", "VARCHAR"),
    ("hospital", "VARCHAR"),
    ("lat_deg", "DOUBLE"),
    ("lon_deg", "DOUBLE"),
    ("norm_ms", "INTEGER"),
    ("first", "BOOLEAN"),
    ("entered_late", "VARCHAR"),
    ("eta_s", "DOUBLE"),
    ("rank", "SMALLINT"),
    ("override_reason", "VARCHAR"),
    *((f"{name}_at", "BIGINT") for name in ORDER),
)
# What follows from them; `source` says whose they are: "" our own, else an imported log's name.
DERIVED: tuple[tuple[str, str], ...] = (
    ("source", "VARCHAR"),
    ("day", "INTEGER"),
    ("month", "SMALLINT"),
    ("hour", "TINYINT"),
    ("weekday", "TINYINT"),
    *((f"{name}_ms", "INTEGER") for name in INTERVALS),
    ("out_of_order", "VARCHAR"),
    ("missing", "VARCHAR"),
    ("overlap_of", "VARCHAR"),
)
COLUMNS = (*RAW, *DERIVED)

# Without these three no interval of the way to the patient is whole; later ones depend on the case.
EXPECTED = ("notified", "en_route", "on_scene")


def quoted(name: str) -> str:
    """Return a column's name as SQL; `first` and `hour` are words of its own."""
    return f'"{name}"'


def create_table(table: str, columns: Iterable[tuple[str, str]] = COLUMNS) -> str:
    """Return the SQL that makes a table of the columns."""
    return f"CREATE TABLE {table} (" + ", ".join(f"{quoted(name)} {kind}" for name, kind in columns) + ")"


# Rows of one JSON document on their way in.
BATCH = 20_000


def from_json(columns: Iterable[tuple[str, str]]) -> str:
    """Return a SELECT of the rows of one JSON document, given as a parameter (`as_json`)."""
    kinds = msgspec.json.encode([dict(columns)]).decode()
    return f"SELECT row.* FROM (SELECT unnest(from_json(?::JSON, '{kinds}')) AS row)"


def as_json(rows: Sequence[dict[str, object]]) -> str:
    """Return rows as the document."""
    return msgspec.json.encode(rows).decode()


def overlaps_sql(condition: str) -> str:
    """Return a SELECT of `place` (an id) and the assignment that it overlaps (`earlier`), or NULL.

    Of the consecutive assignments of a unit the second overlaps the first when it began before that ended.
    By our own id and not DuckDB's rowid: in 2.0.0 a join by that read beside the rows where many were deleted
    before, and ended the process.
    """
    return (
        "SELECT id AS place, CASE WHEN lag(cleared_at) OVER own > notified_at "
        "THEN lag(assignment) OVER own END AS earlier FROM responses "
        f"WHERE {condition} AND notified_at IS NOT NULL "
        "WINDOW own AS (PARTITION BY unit ORDER BY notified_at, incident, assignment)"
    )


def derived(raw: str, zone: ZoneInfo, from_ms: int, to_ms: int) -> str:
    """Return a SELECT of all `COLUMNS` but `overlap_of` and `source`, from a relation with the `RAW` ones.

    Args:
        raw: the relation.
        zone: the region's, for hour, weekday, day and month of the call.
        from_ms: no call is before.
        to_ms: no call is after.
    """
    parts = [f"r.{quoted(name)}" for name, _ in RAW]
    local = f"(r.called_at + {offset_sql(zone, from_ms, to_ms, 'r.called_at')})"
    parts.append(calendar(local))
    for name, (first, last) in INTERVALS.items():
        length = f"(r.{last}_at - r.{first}_at)"
        # What an int32 of ms (24 days) does not hold is no interval but a wrong date; kept as the largest.
        # DuckDB's least and greatest pass NULLs over, so a missing time is asked for first.
        clipped = f"least(greatest({length}, -2147483647), 2147483647)"
        parts.append(f"CASE WHEN {length} IS NOT NULL THEN {clipped} END::INTEGER AS {name}_ms")
    missing = ", ".join(f"CASE WHEN r.{name}_at IS NULL THEN '{name}' END" for name in EXPECTED)
    parts += [f"{out_of_order_sql()} AS out_of_order", f"nullif(concat_ws(',', {missing}), '') AS missing"]
    return f"SELECT {', '.join(parts)} FROM {raw} r"


def calendar(local: str) -> str:
    """Return SQL for day, month, hour and weekday of a local time in ms since 1970."""
    moment = f"make_timestamp({local} * 1000)"
    return (
        f"({local} // 86400000)::INTEGER AS day, "
        f"((year({moment}) - 1970) * 12 + month({moment}) - 1)::SMALLINT AS month, "
        f'(({local} // 3600000) % 24)::TINYINT AS "hour", '
        f"((({local} // 86400000) + 3) % 7)::TINYINT AS weekday"  # 1970-01-01 was a Thursday; Monday is 0
    )


def out_of_order_sql() -> str:
    """Return SQL for the first time that lies before the latest known earlier one: "later before earlier"."""
    cases = []
    for index, name in enumerate(ORDER[1:], start=1):
        earlier = ", ".join(f"r.{each}_at" for each in reversed(ORDER[:index]))
        names = " ".join(
            f"WHEN r.{each}_at IS NOT NULL THEN '{name} before {each}'" for each in reversed(ORDER[:index])
        )
        cases.append(f"WHEN r.{name}_at < coalesce({earlier}) THEN CASE {names} END")
    return f"CASE {' '.join(cases)} END"


def offset_sql(zone: ZoneInfo, from_ms: int, to_ms: int, column: str) -> str:
    """Return SQL for what to add to an instant of UTC, ms, to read the zone's clock off it.

    The zone's changes between the two instants are found by Python's own data, for a database's may be older.
    """
    changes = offset_changes(zone, from_ms, to_ms)
    sql = str(changes[-1][1])
    for (_, offset_ms), (until_ms, _) in reversed(list(pairwise(changes))):
        sql = f"CASE WHEN {column} < {until_ms} THEN {offset_ms} ELSE {sql} END"
    return sql


def offset_changes(zone: ZoneInfo, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
    """Return from when each offset holds, and the offset, both ms; the first is the one at `from_ms`."""
    changes = [(from_ms, offset_ms(zone, from_ms))]
    step_ms = 7 * 86_400_000
    at_ms = from_ms
    while at_ms < to_ms:
        next_ms = min(at_ms + step_ms, to_ms)
        if offset_ms(zone, next_ms) != changes[-1][1]:
            low, high = at_ms, next_ms
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if offset_ms(zone, middle) != changes[-1][1] else (middle, high)
            changes.append((high, offset_ms(zone, high)))
            next_ms = high
        at_ms = next_ms
    return changes


def offset_ms(zone: ZoneInfo, at_ms: int) -> int:
    """Return the zone's offset from UTC at an instant, ms."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    offset = moment.astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)
