"""A call log from elsewhere: CSV text → responses, or the line and column that cannot be read. Pure.

One row a unit and call, with the columns of `COLUMNS` in any order; a time is ISO 8601, empty where it is not
known. Times without an offset are taken as they stand: a log is in one zone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from dispatch.response import Response

# The log's time columns, in their order, and our names for them.
TIME_COLUMNS: dict[str, str] = {
    "received": "called",
    "entered": "created",
    "dispatched": "notified",
    "enroute": "en_route",
    "on_scene": "on_scene",
    "left_scene": "left_scene",
    "at_hospital": "at_hospital",
    "available": "cleared",
}
# A log may have these times too, under our own names.
MORE_TIMES: tuple[str, ...] = ("acknowledged", "at_patient", "handed_over")
COLUMNS: tuple[str, ...] = ("incident", "unit", *TIME_COLUMNS)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class LogError(Exception):
    """The log cannot be read: says line and column."""


def read_log(lines: Iterable[str], keep: Iterable[str] = ()) -> Iterator[Response]:
    """Read the rows of a log, the header first.

    Args:
        lines: the text, line by line, with the line ends.
        keep: further columns to keep in each response's `columns`.

    Raises:
        LogError: the log is empty, lacks a column, or a row or time in it cannot be read.
    """
    reader = csv.reader(lines, strict=True)
    header = _next(reader)
    if header is None:
        raise LogError("the file is empty; its first line must name the columns " + ",".join(COLUMNS))
    header = [name.strip() for name in header]
    kept = tuple(keep)
    check_header(header, (*COLUMNS, *kept))
    more = [name for name in MORE_TIMES if header.count(name) == 1]
    place = {name: header.index(name) for name in (*COLUMNS, *more, *kept)}
    times = time_columns(more)
    first_line = reader.line_num + 1
    while (row := _next(reader)) is not None:
        line, first_line = first_line, reader.line_num + 1
        if not row:
            continue
        if len(row) != len(header):
            raise LogError(f"line {line}: {len(row)} fields, but the header names {len(header)}")
        incident, unit = row[place["incident"]], row[place["unit"]]
        for name, value in (("incident", incident), ("unit", unit)):
            if not value:
                raise LogError(f"line {line}, column {name}: empty")
        yield Response(
            assignment=f"{incident}.{unit}",
            incident=incident,
            unit=unit,
            times=_times(row, place, times, line),
            columns={name: row[place[name]] for name in kept},
        )


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        line = getattr(reader, "line_num", 0)
        raise LogError(f"line {line}: {error}") from error


def check_header(header: list[str], wanted: tuple[str, ...]) -> None:
    """Check that each wanted column is there once.

    Raises:
        LogError: names the first that is not.
    """
    for name in wanted:
        if name not in header:
            # repr: a file that is no CSV at all may have anything here, and an error is one clean line
            there = repr(", ".join(header)[:300])
            raise LogError(f"line 1: there is no column {name!r}; the columns are {there}")
        if header.count(name) > 1:
            raise LogError(f"line 1: the column {name!r} is there {header.count(name)} times")


def time_columns(more: Iterable[str]) -> dict[str, str]:
    """Return the time columns of a log that has `more` of them: its name → ours."""
    return TIME_COLUMNS | {name: name for name in more}


def _times(row: list[str], place: dict[str, int], columns: dict[str, str], line: int) -> dict[str, int]:
    times = {}
    for column, name in columns.items():
        text = row[place[column]].strip()
        if not text:
            continue
        try:
            times[name] = _instant_ms(text)
        except (ValueError, OverflowError):
            raise LogError(
                f"line {line}, column {column}: {text[:40]!r} is no time; write it as 2017-01-01T00:12:11"
            ) from None
    return times


def _instant_ms(text: str) -> int:
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return (parsed - _EPOCH) // _MILLISECOND
