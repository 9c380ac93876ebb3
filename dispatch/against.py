"""Against: the intervals of a cut beside those of another period or of a log from elsewhere. Shell."""

from __future__ import annotations

import msgspec

from dispatch.change import Change, changes
from dispatch.columns import Columns
from dispatch.cut import Cut
from dispatch.measure import Cell
from dispatch.pick import pick
from dispatch.questions import cells_of, compared_of
from dispatch.warehouse import Warehouse


class Against(msgspec.Struct, frozen=True):
    """What the same filters gave elsewhere.

    Attributes:
        from_ms, to_ms: the period, ms since 1970 UTC; None: all that the log holds.
        cells: every interval there.
        changes: interval → figure → how it is different here; empty where there is nothing to compare.
    """

    from_ms: int | None
    to_ms: int | None
    cells: dict[str, Cell]
    changes: dict[str, dict[str, Change]]


def against(warehouse: Warehouse, cut: Cut, versus: str | None = None) -> dict[str, Against | None]:
    """Return the cut against the period before and 52 weeks before (None without a period), and a log.

    Args:
        warehouse: what is asked.
        cut: what is shown.
        versus: the log's name, which is compared as a whole, for it has a time of its own; None: none.
    """
    columns = warehouse.columns()
    return against_of(columns, cut, cells_of(pick(columns, cut)), versus)


def against_of(
    columns: Columns, cut: Cut, now: dict[str, Cell], versus: str | None
) -> dict[str, Against | None]:
    """Return the same where the cut's own cells are there already; nothing of them is counted again."""
    found: dict[str, Against | None] = {}
    for name, years in (("before", 0), ("year_before", 1)):
        then = compared_of(columns, cut, tuple(now), years=years)
        found[name] = None if then is None else _beside(now, then.cells, then.from_ms, then.to_ms)
    if versus is not None:
        elsewhere = msgspec.structs.replace(cut, source=versus, from_ms=None, to_ms=None)
        found["versus"] = _beside(now, cells_of(pick(columns, elsewhere)), None, None)
    return found


def _beside(now: dict[str, Cell], then: dict[str, Cell], from_ms: int | None, to_ms: int | None) -> Against:
    each = {name: changes(cell, then[name]) for name, cell in now.items() if cell.n and then[name].n}
    return Against(from_ms, to_ms, then, each)
