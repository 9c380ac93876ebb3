"""Across: whether water or a railway lies between a place and the road that it snaps to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.cells import DEGREE_M, Frame
from routing.compiled import kernel
from routing.divides import KINDS, Divides
from routing.graph import RoadGraph
from routing.grid import edge_of
from routing.lines import draw
from routing.snap import Snapper
from routing.weights import fixed

Ints = NDArray[Any]


def across(
    graph: RoadGraph, snapper: Snapper, divides: Divides, lat_deg: float, lon_deg: float
) -> str | None:
    """Return what lies between a point and its nearest road: "water", "railway"; None for nothing.

    Args:
        graph: the roads.
        snapper: of that graph.
        divides: of the same map.
        lat_deg: WGS-84.
        lon_deg: likewise.
    """
    place = snapper.snap(np.array([float(lat_deg)]), np.array([float(lon_deg)]))
    if place.edge[0] < 0:
        return None
    shape = fixed(graph.shape_lat_e7), fixed(graph.shape_lon_e7)
    lon, lat = draw(place.edge, place.fraction, place.fraction, fixed(graph.edge_start), shape)[0]
    return between(divides, (float(lat_deg), float(lon_deg)), (float(lat), float(lon)))


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
