"""Located: where on the roads units are that were asked about before; who stands is snapped once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from routing.partway import RoadPoints
from routing.snap import Snapper
from routing.times import UnitPlace

# Of how many positions the snapped place is kept: a fleet's, many times over. Who stands is snapped once.
REMEMBERED = 20_000


class Located:
    """The places on roads of positions that were asked about before, as growing columns."""

    def __init__(self, snapper: Snapper) -> None:
        """`snapper` finds those that are new."""
        self._snapper = snapper
        # Replaced together, in one step: other threads may be reading the old ones.
        self._known: tuple[dict[UnitPlace, int], RoadPoints] = ({}, RoadPoints.joined([]))

    def of(self, units: Sequence[UnitPlace]) -> RoadPoints:
        """Return where units are, in their order."""
        row_of, columns = self._known
        rows = [row_of.get(unit, -1) for unit in units]
        if -1 in rows:
            new = list(dict.fromkeys(unit for unit, row in zip(units, rows, strict=True) if row < 0))
            lat, lon, heading = np.array(
                [(unit.lat_deg, unit.lon_deg, _or_nan(unit.heading_deg)) for unit in new], dtype=np.float64
            ).T
            snapped = self._snapper.snap(lat, lon, heading)
            if len(row_of) + len(new) > REMEMBERED or not row_of:
                # Begin anew with the fleet as it is now.
                kept = list(dict.fromkeys(unit for unit, row in zip(units, rows, strict=True) if row >= 0))
                columns = columns.take(np.array([row_of[unit] for unit in kept], dtype=np.int64))
                row_of = {unit: row for row, unit in enumerate(kept)}
            first = len(columns)
            columns = RoadPoints.joined([columns, snapped])
            row_of = row_of | {unit: first + at for at, unit in enumerate(new)}
            self._known = row_of, columns
            rows = [row_of[unit] for unit in units]
        return columns.take(np.array(rows, dtype=np.int64))


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
