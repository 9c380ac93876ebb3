"""Convergence: units that have jumped alike within the last seconds, to one point or by one and the same way.

Whoever lies to receivers lies to many at once. Jumps are remembered by place, and those of many kilometres
also by their displacement, in bounded memory.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from tracking.distance import metres_between
from tracking.fix import Fix
from tracking.trust import Trust

CONVERGENCE_MS = 10_000
CONVERGENCE_M = 300.0
# A receiver's own errors may be alike where they are small; nobody errs like others by this much.
SHIFT_M = 5_000.0
# Where jumps ended is remembered by cells of at least `CONVERGENCE_M`, so many cells, so many jumps each.
CELL_DEG = 0.005
CELLS = 4_000
CELL_JUMPS = 32

Place = tuple[float, float]
Jumps = dict[str, tuple[Trust, Fix]]  # unit → itself and where it jumped to


class Convergence:
    """The jumps of the last seconds."""

    def __init__(self) -> None:
        self._to_one_point = Arrivals()
        self._by_one_way = Arrivals()

    def note(self, trust: Trust, fix: Fix, now_ms: int) -> tuple[Jumps, Jumps]:
        """Remember a jump; return the other units that came to the same point, and that went the same way."""
        place = (fix.lat_deg, fix.lon_deg)
        came = self._to_one_point.note(trust, fix, place, now_ms)
        good = trust.fix
        if good is None or metres_between(good.lat_deg, good.lon_deg, *place) < SHIFT_M:
            return came, {}
        way = (fix.lat_deg - good.lat_deg, fix.lon_deg - good.lon_deg)
        return came, self._by_one_way.note(trust, fix, way, now_ms)


class Arrivals:
    """What has happened at places within the last seconds, found by place."""

    def __init__(self) -> None:
        self._cells: OrderedDict[Place, deque[tuple[int, Place, Trust, Fix]]] = OrderedDict()

    def note(self, trust: Trust, fix: Fix, place: Place, now_ms: int) -> Jumps:
        """Remember a jump at a place; return the other units that have just been there."""
        row, column = cell = _cell(place)
        found = {
            other.unit: (other, landed)
            for north in (-1, 0, 1)
            for east in (-1, 0, 1)
            for at_ms, where, other, landed in self._cells.get((row + north, column + east), ())
            if now_ms - at_ms <= CONVERGENCE_MS
            and other is not trust
            and metres_between(*where, *place) <= CONVERGENCE_M
        }
        self._cells.setdefault(cell, deque(maxlen=CELL_JUMPS)).append((now_ms, place, trust, fix))
        self._cells.move_to_end(cell)
        if len(self._cells) > CELLS:
            self._cells.popitem(last=False)
        return found


def _cell(place: Place) -> Place:
    # A degree of longitude is shorter: cells twice as wide reach 300 m up to 74° of latitude.
    return place[0] // CELL_DEG, place[1] // (2 * CELL_DEG)
