"""Overview: everything that the main page of the reports shows, in one answer. Shell: reads the warehouse."""

from __future__ import annotations

import msgspec

from dispatch.against import Against, against_of
from dispatch.cut import Cut
from dispatch.measure import Cell
from dispatch.pick import pick
from dispatch.questions import (
    LeagueRow,
    TableRow,
    cells_of,
    histogram_of,
    league_of,
    left_out_of,
    table_of,
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
        changes: every interval against the period before, 52 weeks before and a log (`against`).
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
    changes: dict[str, Against | None]
    league: list[LeagueRow]
    heat: list[TableRow]
    trend_by: str
    trend: list[TableRow]
    step_s: int
    distribution: list[tuple[int, int]]
    left_out: dict[str, int]


def overview(
    warehouse: Warehouse,
    cut: Cut,
    interval: str = "response",
    step_s: int = 60,
    versus: str | None = None,
) -> Overview:
    """Return the main page of a cut; every part of it is counted from the same raw lengths now.

    Args:
        warehouse: what is asked.
        cut: which responses.
        interval: of the league, the heat map, the trend and the distribution.
        step_s: of the distribution.
        versus: a log to compare with; None: none.

    Raises:
        CutError: the interval does not exist.
    """
    columns = warehouse.columns()
    responses = pick(columns, cut)
    whole = cells_of(responses)
    span = responses.period()
    by_day = span is None or span[1] - span[0] <= DAYS_SHOWN * DAY_MS
    return Overview(
        interval=interval,
        norm_s=cut.norm_s,
        period=span,
        intervals=whole,
        changes=against_of(columns, cut, whole, versus),
        league=league_of(responses, "substation", interval),
        heat=table_of(responses, ("weekday", "hour"), (interval,)),
        trend_by="day" if by_day else "month",
        trend=table_of(responses, ("day",) if by_day else ("month",), (interval,)),
        step_s=step_s,
        distribution=histogram_of(responses, interval, step_s),
        left_out=left_out_of(responses),
    )
