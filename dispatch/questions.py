"""What is asked of the warehouse: cells, tables, calls behind a cell, leagues, queues. Shell: reads DuckDB.

Nothing is kept between two questions: every figure is counted from the raw rows when it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from dispatch.confidence import is_noise
from dispatch.cut import WHY_SQL, WHYS, Cut, CutError, Dimension, groups, shifted
from dispatch.measure import Cell, Counted, cell_of
from dispatch.response import INTERVALS, ORDER
from dispatch.sheet import LONGEST_S, NEGATIVE_S, quoted
from dispatch.warehouse import Warehouse

# Groups up to this n get the confidence of their quantiles too; of a larger one it is narrow.
SMALL_N = 1_000
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
    _check(intervals)
    where, values = cut.where()
    with warehouse.cursor() as cursor:
        norm_s = cut.norm_s
        if norm_s is None:
            norms = cursor.execute(
                f"SELECT DISTINCT {cut.norm_sql()} FROM responses WHERE {where} LIMIT 2", values
            ).fetchall()
            if len(norms) < 2:
                norm_s = norms[0][0] // 1000 if norms else cut.usual_norm_s
        own = None if norm_s is not None else cut.norm_sql()
        return {name: _whole(cursor, name, (where, values), own, norm_s or 0) for name in intervals}


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
    _check(intervals)
    columns = groups(by)
    if not by:
        return [TableRow((), cells(warehouse, cut, intervals))]
    where, values = cut.where()
    # Exact as `ceil(p·n)`: a decimal, which DuckDB multiplies without floating point.
    summed = ", ".join(
        f"count(*) FILTER ({name}_ms >= 0), count(*) FILTER ({name}_ms < 0), "
        f"sum({name}_ms) FILTER ({name}_ms >= 0), max({name}_ms), "
        f"count(*) FILTER ({name}_ms BETWEEN 0 AND {cut.norm_sql()}), "
        f"quantile_disc({name}_ms, [0.50, 0.90, 0.95]) FILTER ({name}_ms >= 0)"
        for name in intervals
    )
    width = len(by)
    with warehouse.cursor() as cursor:
        found = cursor.execute(
            f"SELECT {columns}, count(*), {summed} FROM responses WHERE {where} "
            f"GROUP BY {columns} ORDER BY ALL NULLS LAST LIMIT {MOST_GROUPS + 1}",
            values,
        ).fetchall()
        if len(found) > MOST_GROUPS:
            raise CutError("by", f"there are more than {MOST_GROUPS} groups; ask for a shorter period")
        small = {
            name: _small(cursor, name, columns, width, (where, values))
            if any(0 < line[width + 1 + 6 * index] <= SMALL_N for line in found)
            else {}
            for index, name in enumerate(intervals)
        }
    rows = []
    for line in found:
        key, responses = tuple(line[:width]), line[width]
        made = {}
        for index, name in enumerate(intervals):
            at = width + 1 + 6 * index
            made[name] = cell_of(responses, line[at : at + 5], line[at + 5], small[name].get(key))
        rows.append(TableRow(key, made))
    return rows


def compared(warehouse: Warehouse, cut: Cut, intervals: Sequence[str], *, years: int = 0) -> Compared | None:
    """Return the same cut in the period before (years = 0) or so many years before; None without a period."""
    if cut.from_ms is None or cut.to_ms is None:
        return None
    # 364 days keep the weekdays, on which a month of calls depends more than on the date.
    back_ms = cut.to_ms - cut.from_ms if years == 0 else years * 364 * 86_400_000
    before = shifted(cut, cut.from_ms - back_ms, cut.to_ms - back_ms)
    assert before.from_ms is not None  # noqa: S101  # just set
    assert before.to_ms is not None  # noqa: S101  # the same
    return Compared(before.from_ms, before.to_ms, cells(warehouse, before, intervals))


def league(warehouse: Warehouse, cut: Cut, by: Dimension, interval: str) -> list[LeagueRow]:
    """Return the groups from the best share within the norm to the worst, each against all others."""
    found = [(row.key[0], row.cells[interval]) for row in table(warehouse, cut, (by,), (interval,))]
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
    _check((interval,))
    where, values = cut.where()
    with warehouse.cursor() as cursor:
        counted = cursor.execute(
            f"SELECT {interval}_s, count(*) FROM responses WHERE {where} "
            f"AND {interval}_s < {NEGATIVE_S} GROUP BY 1",
            values,
        ).fetchall()
    steps: dict[int, int] = {}
    for second, count in counted:
        steps[second // step_s * step_s] = steps.get(second // step_s * step_s, 0) + count
    return sorted(steps.items())


def left_out(warehouse: Warehouse, cut: Cut) -> dict[str, int]:
    """Count the responses of each kind of doubt; they are opened by a cut with that `why`."""
    where, values = cut.where()
    counts = ", ".join(f"count(*) FILTER ({WHY_SQL[why]})" for why in WHYS)
    with warehouse.cursor() as cursor:
        found = cursor.execute(f"SELECT count(*), {counts} FROM responses WHERE {where}", values).fetchone()
    return dict(zip(("responses", *WHYS), found, strict=True))


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
    where, values = cut.where()
    with warehouse.cursor() as cursor:
        first, last = cursor.execute(
            f"SELECT min(called_at), max(called_at) FROM responses WHERE {where}",
            values,
        ).fetchone()
    return None if first is None else (first, last)


def _check(intervals: Sequence[str]) -> None:
    for name in intervals:
        if name not in INTERVALS:
            raise CutError("interval", f"there is no interval {name[:40]!r}: {', '.join(INTERVALS)}")


def _whole(
    cursor: Any,  # noqa: ANN401  # DuckDB's cursor
    name: str,
    condition: tuple[str, list[object]],
    own_norm: str | None,
    norm_s: int,
) -> Cell:
    """Count one interval by whole seconds, then look at the seconds that decide (2 to 5 times quicker)."""
    where, values = condition
    within = "0" if own_norm is None else f"count(*) FILTER ({name}_ms <= {own_norm})"
    counted = cursor.execute(
        f"SELECT {name}_s, count(*), sum({name}_ms), {within} FROM responses WHERE {where} GROUP BY 1", values
    ).fetchall()
    marks = {second: count for second, count, *_ in counted if second is None or second == NEGATIVE_S}
    kept = [line for line in counted if line[0] not in marks]
    found = Counted(
        seconds={second: count for second, count, *_ in kept},
        sum_ms=sum(int(sum_ms) for _, _, sum_ms, _ in kept),
        negative=marks.get(NEGATIVE_S, 0),
        missing=marks.get(None, 0),
        within=None if own_norm is None else sum(within for *_, within in kept),
        norm_s=norm_s,
    )
    raw: dict[int, list[int]] = {second: [] for second in found.wanted_seconds()}
    if raw:
        for (length_ms,) in cursor.execute(
            f"SELECT {name}_ms FROM responses WHERE {where} AND {name}_s IN ({', '.join(map(str, raw))})",
            values,
        ).fetchall():
            raw[min(length_ms // 1000, LONGEST_S)].append(length_ms)
    for lengths in raw.values():
        lengths.sort()
    return found.cell(raw)


def _small(
    cursor: Any,  # noqa: ANN401  # DuckDB's cursor
    name: str,
    columns: str,
    width: int,
    condition: tuple[str, list[object]],
) -> dict[tuple[Any, ...], list[int]]:
    """Return the sorted values of each group that has few."""
    where, values = condition
    rows = cursor.execute(
        f"SELECT {columns}, list_sort(list({name}_ms)) FROM responses "
        f"WHERE {where} AND {name}_ms >= 0 GROUP BY {columns} HAVING count(*) <= {SMALL_N}",
        values,
    ).fetchall()
    return {tuple(line[:width]): line[width] for line in rows}
