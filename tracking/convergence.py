"""Convergence: where units have jumped to within the last seconds, found by place, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict, deque

from tracking.distance import metres_between
from tracking.fix import Fix
from tracking.trust import Trust

CONVERGENCE_MS = 10_000
CONVERGENCE_M = 300.0
# Where jumps ended is remembered by cells of at least `CONVERGENCE_M`, so many cells, so many jumps each.
CELL_DEG = 0.005
CELLS = 4_000
CELL_JUMPS = 32


class Arrivals:
    """Where units have jumped to within the last seconds, found by place."""

    def __init__(self) -> None:
        self._cells: OrderedDict[tuple[int, int], deque[tuple[int, Trust, Fix]]] = OrderedDict()

    def add(self, trust: Trust, fix: Fix, now_ms: int) -> None:
        """Remember one."""
        cell = _cell(fix)
        self._cells.setdefault(cell, deque(maxlen=CELL_JUMPS)).append((now_ms, trust, fix))
        self._cells.move_to_end(cell)
        if len(self._cells) > CELLS:
            self._cells.popitem(last=False)

    def near(self, fix: Fix, now_ms: int) -> list[tuple[Trust, Fix]]:
        """Return those of the last seconds beside a position."""
        row, column = _cell(fix)
        return [
            (trust, landed)
            for north in (-1, 0, 1)
            for east in (-1, 0, 1)
            for at_ms, trust, landed in self._cells.get((row + north, column + east), ())
            if now_ms - at_ms <= CONVERGENCE_MS
            and metres_between(landed.lat_deg, landed.lon_deg, fix.lat_deg, fix.lon_deg) <= CONVERGENCE_M
        ]


def _cell(fix: Fix) -> tuple[int, int]:
    # A degree of longitude is shorter: cells twice as wide reach 300 m up to 74° of latitude.
    return int(fix.lat_deg // CELL_DEG), int(fix.lon_deg // (2 * CELL_DEG))
