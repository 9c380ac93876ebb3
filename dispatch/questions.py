"""What is asked of the warehouse: cells, tables, leagues, the calls behind each. Shell: reads the warehouse.

No result is kept between two questions: every figure is counted from the raw lengths when it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from dispatch.columns import Columns
from dispatch.confidence import is_noise
from dispatch.cut import WHYS, Cut, CutError, Dimension, groups, shifted
from dispatch.figures import grouped_cells, seconds_of, whole_cell
from dispatch.measure import Cell
from dispatch.pick import Picked, pick
from dispatch.pick import group as grouped
from dispatch.response import INTERVALS, ORDER
from dispatch.sheet import quoted
from dispatch.warehouse import Warehouse

# A table has at most so many rows; more is no table that a person reads.
MOST_GROUPS = 20_000
MOST_CALLS = 1_000_000
YEAR_MS = 365 * 86_400_000

Order = Literal["called", "longest", "shortest"]


class TableRow(msgspec.Struct, frozen=True):
    """One group: its key, one value a dimension (None: the responses without one), and its cells."""

    key: tuple[str | int | None, ...]
    cells: dict[str, Cell]


class LeagueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One substation against all others.

    Attributes:
        difference: its share within the norm less that of all others.
        noise: the difference may well be chance.
    """

    key: str | int | None
    cell: Cell
    difference: float | None
    noise: bool


class Compared(msgspec.Struct, frozen=True):
    """The same cut in another period, ms since 1970 UTC; no cells when that has no responses."""

    from_ms: int
    to_ms: int
    cells: dict[str, Cell]


def cells(warehouse: Warehouse, cut: Cut, intervals: Sequence[str] = tuple(INTERVALS)) -> dict[str, Cell]:
    """Return each interval over all responses of the cut."""
    return cells_of(picked(warehouse, cut), intervals)


def cells_of(responses: Picked, intervals: Sequence[str] = tuple(INTERVALS)) -> dict[str, Cell]:
    """Return each interval over the responses."""
    _check(intervals)
    return {name: whole_cell(responses, name) for name in intervals}


def picked(warehouse: Warehouse, cut: Cut) -> Picked:
    """Return the responses of a cut as they are now, to ask more than one thing of the same state."""
    return pick(warehouse.columns(), cut)


def table(
    warehouse: Warehouse,
    cut: Cut,
    by: tuple[Dimension, ...],
    intervals: Sequence[str] = ("response",),
) -> list[TableRow]:
    """Return the cells of each group, in order of the keys, groups without a value last.

    Raises:
        CutError: a dimension or interval does not exist, or there are more than `MOST_GROUPS` groups.
    """
    return table_of(picked(warehouse, cut), by, intervals)


def table_of(
    responses: Picked, by: tuple[Dimension, ...], intervals: Sequence[str] = ("response",)
) -> list[TableRow]:
    """Return the same of responses that were picked."""
    _check(intervals)
    groups(by)  # says what cannot be meant
    if not by:
        return [TableRow((), cells_of(responses, intervals))]
    found = grouped(responses, by, MOST_GROUPS)
    if found is None:
        raise CutError("by", f"there are more than {MOST_GROUPS} groups; ask for a shorter period")
    made = {name: grouped_cells(responses, found, name) for name in intervals}
    return [
        TableRow(key, {name: made[name][place] for name in intervals}) for place, key in enumerate(found.keys)
    ]


def compared(warehouse: Warehouse, cut: Cut, intervals: Sequence[str], *, years: int = 0) -> Compared | None:
    """Return the same cut in the period before (years = 0) or so many years before; None without a period."""
    return compared_of(warehouse.columns(), cut, intervals, years=years)


def compared_of(columns: Columns, cut: Cut, intervals: Sequence[str], *, years: int = 0) -> Compared | None:
    """Return the same of columns that are at hand."""
    if cut.from_ms is None or cut.to_ms is None:
        return None
    # 364 days keep the weekdays, on which a month of calls depends more than on the date.
    back_ms = cut.to_ms - cut.from_ms if years == 0 else years * 364 * 86_400_000
    from_ms, to_ms = cut.from_ms - back_ms, cut.to_ms - back_ms
    return Compared(from_ms, to_ms, cells_of(pick(columns, shifted(cut, from_ms, to_ms)), intervals))


def league(warehouse: Warehouse, cut: Cut, by: Dimension, interval: str) -> list[LeagueRow]:
    """Return the groups from the best share within the norm to the worst, each against all others."""
    return league_of(picked(warehouse, cut), by, interval)


def league_of(responses: Picked, by: Dimension, interval: str) -> list[LeagueRow]:
    """Return the same of responses that were picked."""
    found = [(row.key[0], row.cells[interval]) for row in table_of(responses, (by,), (interval,))]
    found = [each for each in found if each[1].n]
    n, within = sum(cell.n for _, cell in found), sum(cell.within for _, cell in found)
    rows = []
    for key, cell in found:
        others = (within - cell.within, n - cell.n)
        difference = None if others[1] == 0 else round(cell.within / cell.n - others[0] / others[1], 5)
        rows.append(
            LeagueRow(
                key=key,
                cell=cell,
                difference=difference,
                noise=is_noise((cell.within, cell.n), others, comparisons=len(found)),
            )
        )
    return sorted(rows, key=lambda row: (-(row.cell.within_norm or 0), str(row.key)))


def histogram(warehouse: Warehouse, cut: Cut, interval: str, step_s: int) -> list[tuple[int, int]]:
    """Return how many values lie in each step: (its begin in s, n), empty steps left out."""
    return histogram_of(picked(warehouse, cut), interval, step_s)


def histogram_of(responses: Picked, interval: str, step_s: int) -> list[tuple[int, int]]:
    """Return the same of responses that were picked."""
    _check((interval,))
    steps: dict[int, int] = {}
    for second, count in seconds_of(responses, interval).items():
        steps[second // step_s * step_s] = steps.get(second // step_s * step_s, 0) + count
    return sorted(steps.items())


def left_out(warehouse: Warehouse, cut: Cut) -> dict[str, int]:
    """Count the responses of each kind of doubt; they are opened by a cut with that `why`."""
    return left_out_of(picked(warehouse, cut))


def left_out_of(responses: Picked) -> dict[str, int]:
    """Return the same of responses that were picked."""
    counted = responses.flags()
    return {"responses": responses.count, **{why: counted[why] for why in WHYS}}


def calls(
    warehouse: Warehouse, cut: Cut, *, order: Order, interval: str, offset: int, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many responses the cut has, and one page of them: the rows behind a figure."""
    _check((interval,))
    where, values = cut.where()
    ordered = {
        "called": "called_at DESC, assignment",
        "longest": f"{interval}_ms DESC NULLS LAST, assignment",
        "shortest": f"{interval}_ms ASC NULLS LAST, assignment",
    }[order]
    with warehouse.cursor() as cursor:
        total = cursor.execute(f"SELECT count(*) FROM responses WHERE {where}", values).fetchone()[0]
        cursor.execute(
            f"SELECT {ROW_SQL} FROM responses WHERE {where} ORDER BY {ordered} LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]
    return total, rows


# What is shown of a response: no place finer than the district, for where a patient lives is personal.
SHOWN = (
    "source",
    "region",
    "assignment",
    "incident",
    "number",
    "unit",
    "status",
    "district",
    "substation",
    "crew_kind",
    "priority",
    "reason",
    "hospital",
    "first",
    "eta_s",
    "rank",
    "override_reason",
    "out_of_order",
    "missing",
    "overlap_of",
    "entered_late",
)
ROW_SQL = ", ".join(
    (
        *(quoted(name) for name in SHOWN),
        "norm_ms / 1000 AS norm_s",
        *(f"{name}_at AS {name}_ms" for name in ORDER),
        *(f"{name}_ms / 1000 AS {name}_s" for name in INTERVALS),
    )
)


def period(warehouse: Warehouse, cut: Cut) -> tuple[int, int] | None:
    """Return the first and the last call of the cut, ms since 1970 UTC."""
    return picked(warehouse, cut).period()


def _check(intervals: Sequence[str]) -> None:
    for name in intervals:
        if name not in INTERVALS:
            raise CutError("interval", f"there is no interval {name[:40]!r}: {', '.join(INTERVALS)}")
