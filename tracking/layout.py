"""Layout: how fixes and raw lines look at rest, and the resolution that is kept.

Numbers are kept as scaled integers, because differences of integers pack into one or two bytes and those of
binary fractions do not. What is read from the archive has this resolution from the start, also while it has
not been packed yet: a track does not change under whoever looks at it twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import msgspec

from tracking.dates import DAY_MS
from tracking.fix import Fix


class Layout(msgspec.Struct, frozen=True):
    """What a shelf's files hold.

    Attributes:
        loose: the columns in which rows come, name → DuckDB type; with `unit`, `at_ms` and `received_ms`.
        kept: the columns at rest, name → SQL expression over the loose ones.
        read: the kept columns that a reader wants, in order.
        once: whether rows of one unit and instant are the same thing, of which the first received stays.
    """

    loose: Mapping[str, str]
    kept: Mapping[str, str]
    read: Sequence[str]
    once: bool


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Bytes as a device sent them, kept as evidence: what came at once, not always one sentence."""

    unit: str
    received_ms: int
    data: bytes


# Scale of each number at rest: lat_e9 is the latitude times 10⁹.
_SCALES = {
    "lat": ("lat_deg", 1e9),
    "lon": ("lon_deg", 1e9),
    "speed_mm_s": ("speed_mps", 1e3),
    "course_cdeg": ("course_deg", 1e2),
    "altitude_cm": ("altitude_m", 1e2),
    "hdop_c": ("hdop", 1e2),
}
_NAMES = {"lat": "lat_e9", "lon": "lon_e9"}

# Fields that a Fix may have got since; they are kept as JSON where they say anything.
_FIELDS = Fix.__struct_fields__[:13]
_MORE = {
    name: default
    for name, default in zip(reversed(Fix.__struct_fields__), reversed(Fix.__struct_defaults__), strict=False)
    if name not in _FIELDS
}

# TRY_CAST makes NULL of NaN, which stands for None, and of what no receiver can mean.
FIXES = Layout(
    loose={
        "unit": "VARCHAR",
        "at_ms": "BIGINT",
        "received_ms": "BIGINT",
        "clock_off_ms": "DOUBLE",
        **dict.fromkeys(_SCALES, "DOUBLE"),
        "satellites": "DOUBLE",
        "estimated": "BOOLEAN",
        "history": "BOOLEAN",
        "more": "VARCHAR",
    },
    kept={
        "unit": "unit",
        "at_ms": "at_ms",
        "received_ms": "received_ms",
        "clock_off_ms": "TRY_CAST(clock_off_ms AS INTEGER)",
        **{_NAMES.get(name, name): f"TRY_CAST({name} AS BIGINT)" for name in _SCALES},
        "satellites": "TRY_CAST(satellites AS SMALLINT)",
        "estimated": "estimated",
        "history": "history",
        "more": "more",
    },
    read=(
        "at_ms",
        "clock_off_ms",
        "received_ms",
        *(_NAMES.get(name, name) for name in _SCALES),
        "satellites",
        "estimated",
        "history",
        "more",
    ),
    once=True,
)

LINES = Layout(
    loose={"unit": "VARCHAR", "at_ms": "BIGINT", "received_ms": "BIGINT", "data": "BLOB"},
    kept={"unit": "unit", "at_ms": "at_ms", "received_ms": "received_ms", "data": "data"},
    read=("received_ms", "data"),
    once=False,
)


def columns_of_fixes(fixes: Sequence[Fix]) -> dict[str, Any]:
    """Return fixes, each with unit and taken time, as the loose columns of `FIXES`: numpy arrays."""
    import numpy as np  # noqa: PLC0415  # 25 MB that a gateway does not pay

    # Turned on its side at the speed of C: one pass over the fixes, however many columns there are.
    by_name = dict(
        zip(Fix.__struct_fields__, zip(*map(msgspec.structs.astuple, fixes), strict=True), strict=True)
    )
    taken_ms = np.array(by_name["taken_ms"], dtype=np.int64)
    time_of_day_ms = np.array(by_name["time_of_day_ms"], dtype=float)  # None becomes NaN
    columns: dict[str, Any] = {
        "unit": np.array(by_name["unit"], dtype=object),
        "at_ms": taken_ms,
        "received_ms": np.array(by_name["received_ms"], dtype=np.int64),
        "clock_off_ms": time_of_day_ms - taken_ms % DAY_MS,
    }
    for name, (field, scale) in _SCALES.items():
        columns[name] = np.rint(np.array(by_name[field], dtype=float) * scale)
    columns["satellites"] = np.array(by_name["satellites"], dtype=float)
    columns["estimated"] = np.array(by_name["quality"], dtype=object) == "estimated"
    columns["history"] = np.array(by_name["history"], dtype=bool)
    more: list[str | None] = [None] * len(fixes)
    if any(by_name[name].count(default) != len(fixes) for name, default in _MORE.items()):
        more = [_more(fix) for fix in fixes]
    columns["more"] = np.array(more, dtype=object)
    return columns


def columns_of_lines(lines: Sequence[Line]) -> dict[str, Any]:
    """Return raw lines as the loose columns of `LINES`: numpy arrays."""
    import numpy as np  # noqa: PLC0415  # as above

    received_ms = np.array([line.received_ms for line in lines], dtype=np.int64)
    return {
        "unit": np.array([line.unit for line in lines], dtype=object),
        "at_ms": received_ms,
        "received_ms": received_ms,
        "data": np.array([line.data for line in lines], dtype=object),
    }


def fix_at_rest(unit: str, row: Sequence[Any]) -> Fix:
    """Return the fix of a row as `FIXES.read` lays it out."""
    taken_ms, clock_off_ms, received_ms, lat, lon, speed, course, altitude, hdop, satellites, *marks, more = (
        row
    )
    estimated, history = marks
    fix = Fix(
        unit,
        taken_ms,
        None if clock_off_ms is None else taken_ms % DAY_MS + clock_off_ms,
        received_ms,
        lat / 1e9,
        lon / 1e9,
        None if speed is None else speed / 1e3,
        None if course is None else course / 1e2,
        None if altitude is None else altitude / 1e2,
        None if hdop is None else hdop / 1e2,
        satellites,
        "estimated" if estimated else "valid",
        history,
    )
    return msgspec.structs.replace(fix, **msgspec.json.decode(more)) if more else fix


def settled(fix: Fix) -> Fix:
    """Return a fix at the resolution of the archive."""
    numbers: dict[str, float | None] = {}
    for field, scale in _SCALES.values():
        value = getattr(fix, field)
        numbers[field] = round(value * scale) / scale if value is not None and isfinite(value) else None
    return msgspec.structs.replace(fix, **numbers)


def _more(fix: Fix) -> str | None:
    said = {name: getattr(fix, name) for name, default in _MORE.items() if getattr(fix, name) != default}
    return msgspec.json.encode(said).decode() if said else None
