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

from routing.compiled import kernel
from routing.grid import DEGREE_M, Frame, cells_of, edge_of, frame_of

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


def between(divides: Divides, here: tuple[float, float], there: tuple[float, float]) -> str | None:
    """Return what of `KINDS` the straight line between two positions crosses, water first; None for nothing.

    Args:
        divides: of the map.
        here: (lat_deg, lon_deg).
        there: likewise; both within a few kilometres of each other.
    """
    frame = divides.frame
    if frame is None:
        return None
    found = _crossed(
        here,
        there,
        frame,
        (divides.line_cell_start, divides.line_cell_stretch),
        (divides.point_lat_e7, divides.point_lon_e7),
        divides.line_start,
        divides.line_kind,
    )
    return next((name for number, name in enumerate(KINDS) if found >> number & 1), None)


@kernel
def _crossed(  # noqa: PLR0917  # compiled code takes its arguments by position
    here: tuple[float, float],
    there: tuple[float, float],
    frame: Frame,
    cells: tuple[Ints, Ints],
    shape: tuple[Ints, Ints],
    line_start: Ints,
    line_kind: Ints,
) -> int:
    """Return the kinds of the lines that a stretch crosses, a bit each."""
    start, stretch = cells
    lat_e7, lon_e7 = shape
    scale = frame.shrink * DEGREE_M / frame.side_m
    left, right = min(here[1], there[1]), max(here[1], there[1])
    low, high = min(here[0], there[0]), max(here[0], there[0])
    first_row = max(0, int((low - frame.south_deg) * DEGREE_M / frame.side_m))
    last_row = min(frame.rows - 1, int((high - frame.south_deg) * DEGREE_M / frame.side_m))
    first_column = max(0, int((left - frame.west_deg) * scale))
    last_column = min(frame.columns - 1, int((right - frame.west_deg) * scale))
    dx, dy = there[1] - here[1], there[0] - here[0]
    found = 0
    for row in range(first_row, last_row + 1):
        for column in range(first_column, last_column + 1):
            cell = row * frame.columns + column
            for entry in range(start[cell], start[cell + 1]):
                point = stretch[entry]
                ax, ay = lon_e7[point] / 1e7 - here[1], lat_e7[point] / 1e7 - here[0]
                bx, by = lon_e7[point + 1] / 1e7 - here[1], lat_e7[point + 1] / 1e7 - here[0]
                side_a, side_b = dx * ay - dy * ax, dx * by - dy * bx
                if (side_a > 0) == (side_b > 0):
                    continue
                share = side_a / (side_a - side_b)
                x, y = ax + share * (bx - ax), ay + share * (by - ay)
                along = (x * dx + y * dy) / (dx * dx + dy * dy)
                if 0 < along < 1:
                    found |= 1 << line_kind[edge_of(line_start, point)]
    return found
