"""Overview: everything that the main page of the reports shows, in one answer. Shell: reads the warehouse."""

from __future__ import annotations

import msgspec

from dispatch.cut import Cut
from dispatch.measure import Cell
from dispatch.questions import (
    Compared,
    LeagueRow,
    TableRow,
    cells,
    compared,
    histogram,
    league,
    left_out,
    period,
    table,
)
from dispatch.warehouse import Warehouse

# The main page's trend is by day up to so long a period, beyond it by month.
DAYS_SHOWN = 400
DAY_MS = 86_400_000


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The main page.

    Attributes:
        period: the first and the last call, ms since 1970 UTC; None without responses.
        intervals: every interval over all responses of the cut.
        before, year_before: the shown interval in the period before, and 52 weeks before.
        league: substations from the best to the worst.
        heat: hour × weekday: key (weekday, hour), Monday 0.
        trend: by day (local days since 1970) or month (months since 1970); `trend_by` says which.
        distribution: (begin of the step in s, n).
        left_out: how many responses are doubtful, by why.
    """

    interval: str
    norm_s: int | None
    period: tuple[int, int] | None
    intervals: dict[str, Cell]
    before: Compared | None
    year_before: Compared | None
    league: list[LeagueRow]
    heat: list[TableRow]
    trend_by: str
    trend: list[TableRow]
    step_s: int
    distribution: list[tuple[int, int]]
    left_out: dict[str, int]


def overview(warehouse: Warehouse, cut: Cut, interval: str = "response", step_s: int = 60) -> Overview:
    """Return the main page of a cut; every part of it is counted from the raw rows now.

    Raises:
        CutError: the interval does not exist.
    """
    whole = cells(warehouse, cut)
    span = period(warehouse, cut)
    by_day = span is None or span[1] - span[0] <= DAYS_SHOWN * DAY_MS
    return Overview(
        interval=interval,
        norm_s=cut.norm_s,
        period=span,
        intervals=whole,
        before=compared(warehouse, cut, (interval,)),
        year_before=compared(warehouse, cut, (interval,), years=1),
        league=league(warehouse, cut, "substation", interval),
        heat=table(warehouse, cut, ("weekday", "hour"), (interval,)),
        trend_by="day" if by_day else "month",
        trend=table(warehouse, cut, ("day",) if by_day else ("month",), (interval,)),
        step_s=step_s,
        distribution=histogram(warehouse, cut, interval, step_s),
        left_out=left_out(warehouse, cut),
    )
