"""Cut: which responses a figure is about, as conditions and groups in SQL with parameters. Pure.

The same cut gives a figure, opens the calls behind it and exports them, so the three cannot disagree.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from dispatch.response import INTERVALS
from dispatch.sheet import quoted

Dimension = Literal[
    "region",
    "district",
    "substation",
    "crew_kind",
    "priority",
    "reason",
    "hospital",
    "unit",
    "hour",
    "weekday",
    "day",
    "month",
]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
Crews = Literal["each", "first"]
Why = Literal["times_out_of_order", "missing", "overlapping", "entered_late"]
WHYS: tuple[Why, ...] = get_args(Why)

# What makes a response one of these, in SQL.
WHY_SQL: dict[Why, str] = {
    "times_out_of_order": "out_of_order IS NOT NULL",
    "missing": "missing IS NOT NULL",
    "overlapping": "overlap_of IS NOT NULL",
    "entered_late": "entered_late IS NOT NULL",
}


class CutError(ValueError):
    """A filter that cannot be meant; `field` is its name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Which responses.

    Attributes:
        source: "" the region's own, else an imported log's name; None: all of them.
        from_ms: calls at or after, ms since 1970 UTC; None: from the first.
        to_ms: calls before; None: to the last.
        only: dimension → values of which one must hold; "" is the responses that have none.
        crews: "first" keeps the first crew on scene of each call.
        norm_s: the norm for all; None: each call's own, as it held when the call came.
        usual_norm_s: the norm of calls that have none of their own, as in logs from elsewhere.
        late_by: with an interval: only responses whose interval is longer than the norm.
        why: only responses of this kind of doubt.
        without_doubtful: leave out responses with any time out of order, overlapping or entered late.
    """

    source: str | None = ""
    from_ms: int | None = None
    to_ms: int | None = None
    only: dict[Dimension, tuple[str, ...]] = {}
    crews: Crews = "each"
    norm_s: int | None = None
    usual_norm_s: int = 1200
    late_by: str | None = None
    with_interval: str | None = None
    why: Why | None = None
    without_doubtful: bool = False

    def norm_sql(self) -> str:
        """Return SQL for the norm in ms."""
        if self.norm_s is not None:
            return str(int(self.norm_s) * 1000)
        return f"coalesce(norm_ms, {int(self.usual_norm_s) * 1000})"

    def where(self) -> tuple[str, list[object]]:
        """Return the condition and its parameters.

        Raises:
            CutError: a value does not fit its dimension, or an interval does not exist.
        """
        conditions: list[str] = []
        values: list[object] = []
        for sql, value in (
            ("source = ?", self.source),
            ("called_at >= ?", self.from_ms),
            ("called_at < ?", self.to_ms),
        ):
            if value is not None:
                conditions.append(sql)
                values.append(value)
        for dimension, wanted in self.only.items():
            condition, more = one_of(dimension, wanted)
            conditions.append(condition)
            values += more
        if self.crews == "first":
            conditions.append('"first"')
        for name in (self.late_by, self.with_interval):
            if name is not None and name not in INTERVALS:
                raise CutError("interval", f"there is no interval {name!r}: {', '.join(INTERVALS)}")
        if self.late_by is not None:
            conditions.append(f"{self.late_by}_ms > {self.norm_sql()}")
        if self.with_interval is not None:
            conditions.append(f"{self.with_interval}_ms >= 0")
        if self.why is not None:
            conditions.append(WHY_SQL[self.why])
        if self.without_doubtful:
            conditions += [f"NOT ({WHY_SQL[each]})" for each in WHYS if each != "missing"]
        return " AND ".join(conditions) or "true", values


def shifted(cut: Cut, from_ms: int, to_ms: int) -> Cut:
    """Return the same cut of another period."""
    return msgspec.structs.replace(cut, from_ms=from_ms, to_ms=to_ms)


def groups(by: tuple[Dimension, ...]) -> str:
    """Return the columns to group by.

    Raises:
        CutError: more than two, one twice, or an unknown one.
    """
    for each in by:
        if each not in DIMENSIONS:
            raise CutError("by", f"there is no dimension {each!r}: {', '.join(DIMENSIONS)}")
    if len(by) > 2 or len(set(by)) != len(by):
        raise CutError("by", "one or two different dimensions are possible")
    return ", ".join(quoted(each) for each in by)


NUMBERS: dict[Dimension, tuple[int, int]] = {
    "priority": (0, 100),
    "hour": (0, 23),
    "weekday": (0, 6),
    "day": (-1_000_000, 1_000_000),
    "month": (-30_000, 30_000),
}


def one_of(dimension: Dimension, wanted: tuple[str, ...]) -> tuple[str, list[object]]:
    """Return the condition that a dimension has one of the values, and its parameters.

    Raises:
        CutError: a value does not fit the dimension.
    """
    if dimension not in DIMENSIONS:
        raise CutError(dimension, f"there is no dimension {dimension!r}: {', '.join(DIMENSIONS)}")
    column = quoted(dimension)
    named: list[object] = []
    for each in wanted:
        if not each:
            continue
        if dimension not in NUMBERS:
            named.append(each)
            continue
        low, high = NUMBERS[dimension]
        try:
            number = int(each)
        except ValueError:
            number = high + 1
        if not low <= number <= high:
            raise CutError(dimension, f"{each[:40]!r} is not a whole number from {low} to {high}")
        named.append(number)
    parts = [f"{column} IN ({', '.join('?' * len(named))})"] if named else []
    if "" in wanted:
        parts.append(f"{column} IS NULL")
    return (f"({' OR '.join(parts)})" if parts else "false"), named
