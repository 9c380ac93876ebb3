"""Divides: waters and railways that lie between a place and the road it snaps to.

The nearest road as the crow flies may be on the other bank, and a crew that stops there sees its patient and
cannot reach him. A map keeps the lines of rivers, canals, lakes, coasts and railways at ground level; a place
is *across* one where the straight line from it to its road crosses one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.cells import Frame, cells_of, frame_of

Ints = NDArray[Any]

KINDS = ("water", "railway")


@dataclass(frozen=True, eq=False)
class Divides:
    """L lines of P points in all, found by cells as the roads are (`routing.grid`)."""

    line_start: NDArray[np.int32]  # [L+1] into the points
    line_kind: NDArray[np.uint8]  # [L] index into KINDS
    point_lat_e7: NDArray[np.int32]  # [P]
    point_lon_e7: NDArray[np.int32]  # [P]
    line_cell_start: NDArray[np.int32]  # [cells+1]
    line_cell_stretch: NDArray[np.int32]

    @cached_property
    def frame(self) -> Frame | None:
        """Where the cells lie; None without any line."""
        return frame_of(self.point_lat_e7, self.point_lon_e7) if len(self.point_lat_e7) else None

    def is_sound(self) -> bool:
        """Say whether every index that a kernel follows stays inside what it points into."""
        points, lines, cells = len(self.point_lat_e7), len(self.line_kind), self.frame
        if points == 0:
            return all(len(getattr(self, one.name)) <= 2 for one in fields(self))
        count = 0 if cells is None else cells.columns * cells.rows
        return bool(
            len(self.point_lon_e7) == points
            and _offsets(self.line_start, lines, points)
            and _offsets(self.line_cell_start, count, len(self.line_cell_stretch))
            and (
                len(self.line_cell_stretch) == 0
                or (self.line_cell_stretch.min() >= 0 and self.line_cell_stretch.max() < points - 1)
            )
            and self.line_kind.max() < len(KINDS)
        )


def _offsets(array: Ints, entries: int, end: int) -> bool:
    shaped = len(array) == entries + 1 and array[0] == 0 and array[-1] == end
    return bool(shaped and (np.diff(array) >= 0).all())


def divides_of(lines: Sequence[int], kinds: Sequence[int], lat_e7: Ints, lon_e7: Ints) -> Divides:
    """Return lines made ready to be asked.

    Args:
        lines: [L+1] into the points.
        kinds: [L] index into KINDS.
        lat_e7: [P] points, one line after the other.
        lon_e7: [P] likewise.
    """
    start = np.array(lines, dtype=np.int32)
    lat_e7, lon_e7 = lat_e7.astype(np.int32), lon_e7.astype(np.int32)
    cell_start, cell_stretch = cells_of(start, lat_e7, lon_e7)
    return Divides(start, np.array(kinds, dtype=np.uint8), lat_e7, lon_e7, cell_start, cell_stretch)


def no_divides() -> Divides:
    """Return the divides of a map that knows none."""
    nothing = np.zeros(0, dtype=np.int32)
    return divides_of([0], [], nothing, nothing)
