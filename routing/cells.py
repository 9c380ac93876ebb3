"""Cells: a map cut into squares, and the stretches of road that pass through each, for what is near a point.

A *stretch* is the straight piece from one shape point to the next, named by the first of the two. Cells are
squares of `side_m` in a plane where degrees of longitude are shrunk as in the middle of the map; distances
are measured around the point that is asked about, so the plane's error does not enter them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]

DEGREE_M = 111_195.08  # of latitude, on the sphere of the Earth's mean radius

# In a city a cell of this size holds some ten stretches; a country gets larger cells, as many as stretches.
LEAST_SIDE_M = 80.0

# So many stretches at a time: what is computed for each takes memory only while they are spread.
AT_ONCE = 1 << 16


class Frame(NamedTuple):
    """Where the cells lie: cell (column, row) is number row * columns + column."""

    west_deg: float
    south_deg: float
    shrink: float
    side_m: float
    columns: int
    rows: int


def frame_of(lat_e7: Ints, lon_e7: Ints) -> Frame:
    """Return the frame of the cells of a map with these shape points."""
    south, north = int(lat_e7.min()) / 1e7, int(lat_e7.max()) / 1e7
    west, east = int(lon_e7.min()) / 1e7, int(lon_e7.max()) / 1e7
    shrink = max(0.01, math.cos(math.radians((south + north) / 2)))
    width_m, height_m = (east - west) * shrink * DEGREE_M, (north - south) * DEGREE_M
    side_m = max(LEAST_SIDE_M, math.sqrt(width_m * height_m / len(lat_e7)), max(width_m, height_m) / 30_000)
    return Frame(west, south, shrink, side_m, int(width_m / side_m) + 1, int(height_m / side_m) + 1)


def cells_of(
    edge_start: Ints, lat_e7: Ints, lon_e7: Ints, hidden: NDArray[np.bool_] | None = None
) -> tuple[Ints, Ints]:
    """Return (start [cells+1], stretch): stretch[start[c]:start[c+1]] pass through cell c, ascending.

    Args:
        edge_start: [E+1] into the shape points.
        lat_e7: [P] shape points.
        lon_e7: [P] likewise.
        hidden: [E] edges whose stretches are in no cell; none unless given.
    """
    if len(lat_e7) == 0:
        return np.zeros(2, dtype=np.int32), np.zeros(0, dtype=np.int32)
    frame = frame_of(lat_e7, lon_e7)
    last = np.zeros(len(lat_e7), dtype=np.bool_)
    last[edge_start[1:] - 1] = True
    if hidden is not None:
        last |= np.repeat(hidden, np.diff(edge_start))
    points = np.flatnonzero(~last[:-1]).astype(np.int32)
    spread = [
        _spread(points[at : at + AT_ONCE], lat_e7, lon_e7, frame) for at in range(0, len(points), AT_ONCE)
    ]
    none = np.zeros(0, dtype=np.int32)
    cell = np.concatenate([none, *(cells for cells, _ in spread)])
    stretch = np.concatenate([none, *(owners for _, owners in spread)])
    start = np.zeros(frame.columns * frame.rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(cell, minlength=len(start) - 1), out=start[1:])
    return start, stretch[np.argsort(cell, kind="stable")]


def _spread(points: Ints, lat_e7: Ints, lon_e7: Ints, frame: Frame) -> tuple[Ints, Ints]:
    """Return (cell, stretch) for each cell that each of the stretches passes through."""
    scale = frame.shrink * DEGREE_M
    ends = [
        (
            (lon_e7[at] / 1e7 - frame.west_deg) * scale / frame.side_m,
            (lat_e7[at] / 1e7 - frame.south_deg) * DEGREE_M / frame.side_m,
        )
        for at in (points, points + 1)
    ]
    (xa, ya), (xb, yb) = ends
    falls = ya > yb
    x1, y1 = np.where(falls, xb, xa), np.where(falls, yb, ya)
    x2, y2 = np.where(falls, xa, xb), np.where(falls, ya, yb)
    of, row = _ranges(np.maximum(0, y1.astype(np.int32)), np.minimum(frame.rows - 1, y2.astype(np.int32)))
    x1, y1, x2, y2 = x1[of], y1[of], x2[of], y2[of]
    # The part of the stretch within its row of cells.
    rise = np.where(y2 > y1, y2 - y1, 1.0)
    low = np.where(y2 > y1, np.clip((row - y1) / rise, 0.0, 1.0), 0.0)
    high = np.where(y2 > y1, np.clip((row + 1 - y1) / rise, 0.0, 1.0), 1.0)
    xa, xb = x1 + low * (x2 - x1), x1 + high * (x2 - x1)
    west, east = np.minimum(xa, xb) - 1e-9, np.maximum(xa, xb) + 1e-9
    part, column = _ranges(
        np.maximum(0, west.astype(np.int32)), np.minimum(frame.columns - 1, east.astype(np.int32))
    )
    return (row[part] * frame.columns + column).astype(np.int32), points[of[part]]


def _ranges(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return (number, value) of all values from first to last of each number, both inclusive."""
    counts = np.maximum(0, last - first + 1)
    number = np.repeat(np.arange(len(first), dtype=np.int32), counts)
    begun = np.cumsum(counts) - counts
    return number, (first - begun)[number] + np.arange(len(number), dtype=np.int32)
