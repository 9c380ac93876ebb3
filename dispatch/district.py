"""District: the part of a region that a place lies in, by the nearest centre of one on the map. Pure.

A map names its districts (suburbs, boroughs, towns, villages) at their centres and rarely draws where they
end, so a place belongs to the nearest one. It is asked cell by cell, about 300 m wide: calls of one yard are
of one district, and millions of rows of a log ask for a few thousand cells.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

CELL_DEG = 0.004
# Farther from every centre than this a place is in no district, metres.
FAR_M = 15_000.0
# A town's own centre says nothing where the map names the districts within it, metres.
WITHIN_M = 8_000.0
_M_PER_DEG = 111_320.0


class Centre(msgspec.Struct, frozen=True):
    """What a map names at a point; `kind` as docs/map.md lists them."""

    name: str
    kind: str
    lat_deg: float
    lon_deg: float


class Districts:
    """The districts of a map; remembers the cells that were asked for."""

    def __init__(self, centres: Iterable[Centre]) -> None:
        """Take the centres of suburbs, towns and villages; those of other kinds are passed over."""
        named = list(centres)
        suburbs = [each for each in named if each.kind == "suburb"]
        self._centres = suburbs + [
            each
            for each in named
            if each.kind in {"city", "town", "village"}
            and not any(_apart_m(each, one.lat_deg, one.lon_deg) < WITHIN_M for one in suburbs)
        ]
        self._known: dict[tuple[int, int], str | None] = {}

    def of(self, lat_deg: float, lon_deg: float) -> str | None:
        """Return the district of a place, or None where none is near."""
        return self.of_cell(math.floor(lat_deg / CELL_DEG), math.floor(lon_deg / CELL_DEG))

    def of_cell(self, row: int, column: int) -> str | None:
        """Return the district of a cell, by its middle."""
        cell = (row, column)
        if cell not in self._known:
            lat_deg, lon_deg = (row + 0.5) * CELL_DEG, (column + 0.5) * CELL_DEG
            near = min(
                ((_apart_m(each, lat_deg, lon_deg), each.name) for each in self._centres),
                default=(math.inf, ""),
            )
            self._known[cell] = near[1] if near[0] <= FAR_M else None
        return self._known[cell]


def _apart_m(centre: Centre, lat_deg: float, lon_deg: float) -> float:
    east = (centre.lon_deg - lon_deg) * math.cos(math.radians(lat_deg))
    return _M_PER_DEG * math.hypot(centre.lat_deg - lat_deg, east)
