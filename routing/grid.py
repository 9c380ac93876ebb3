"""Grid: which stretches of road pass through which cell of a map, for finding the roads near a point.

A *stretch* is the straight piece from one shape point to the next, named by the first of the two. Cells are
squares of `side_m` in a plane where degrees of longitude are shrunk as in the middle of the map; distances
are measured around the point that is asked about, so the plane's error does not enter them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel

Ints = NDArray[Any]

DEGREE_M = 111_195.08  # of latitude, on the sphere of the Earth's mean radius

# In a city a cell of this size holds some ten stretches; a country gets larger cells, as many as stretches.
LEAST_SIDE_M = 80.0


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
    """Return (start [cells+1], stretch): stretch[start[c]:start[c+1]] pass through cell c.

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
    start = np.zeros(frame.columns * frame.rows + 1, dtype=np.int64)
    none = np.zeros(0, dtype=np.int32)
    _spread(last, lat_e7, lon_e7, frame, start, none)
    np.cumsum(start, out=start)
    stretch = np.empty(int(start[-1]), dtype=np.int32)
    cursor = np.concatenate([[0], start[:-1]])  # _spread counts in the cell behind
    _spread(last, lat_e7, lon_e7, frame, cursor, stretch)
    return start.astype(np.int32), stretch


@kernel
def _spread(  # noqa: PLR0917  # compiled code takes its arguments by position
    last: NDArray[np.bool_], lat_e7: Ints, lon_e7: Ints, frame: Frame, cursor: Ints, stretch: Ints
) -> None:
    """Count in cursor[cell + 1] the stretches of each cell; with room in `stretch`, write them there too."""
    writing = len(stretch) > 0
    scale = frame.shrink * DEGREE_M
    for point in range(len(lat_e7) - 1):
        if last[point]:
            continue
        x1 = (lon_e7[point] / 1e7 - frame.west_deg) * scale / frame.side_m
        y1 = (lat_e7[point] / 1e7 - frame.south_deg) * DEGREE_M / frame.side_m
        x2 = (lon_e7[point + 1] / 1e7 - frame.west_deg) * scale / frame.side_m
        y2 = (lat_e7[point + 1] / 1e7 - frame.south_deg) * DEGREE_M / frame.side_m
        if y1 > y2:
            x1, y1, x2, y2 = x2, y2, x1, y1
        for row in range(max(0, int(y1)), min(frame.rows - 1, int(y2)) + 1):
            # The part of the stretch within this row of cells.
            low, high = 0.0, 1.0
            if y2 > y1:
                low = min(1.0, max(0.0, (row - y1) / (y2 - y1)))
                high = min(1.0, max(0.0, (row + 1 - y1) / (y2 - y1)))
            xa, xb = x1 + low * (x2 - x1), x1 + high * (x2 - x1)
            if xa > xb:
                xa, xb = xb, xa
            for column in range(max(0, int(xa - 1e-9)), min(frame.columns - 1, int(xb + 1e-9)) + 1):
                cell = row * frame.columns + column + 1
                if writing:
                    stretch[cursor[cell]] = point
                cursor[cell] += 1


@kernel
def edge_of(edge_start: Ints, point: int) -> int:
    """Return the edge whose shape holds a point."""
    low, high = 0, len(edge_start) - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if edge_start[middle] <= point:
            low = middle
        else:
            high = middle
    return low


@kernel
def off_stretch_m(
    lat_deg: float, lon_deg: float, shrink: float, shape: tuple[Ints, Ints], point: int
) -> float:
    """Return the distance from a position to a stretch, metres; `shrink` is cos(lat_deg)."""
    lat_e7, lon_e7 = shape
    x1 = (lon_e7[point] * 1e-7 - lon_deg) * shrink
    y1 = lat_e7[point] * 1e-7 - lat_deg
    dx = (lon_e7[point + 1] - lon_e7[point]) * 1e-7 * shrink
    dy = (lat_e7[point + 1] - lat_e7[point]) * 1e-7
    square = dx * dx + dy * dy
    if square > 0:
        part = min(1.0, max(0.0, -(x1 * dx + y1 * dy) / square))
        x1 += part * dx
        y1 += part * dy
    return float(np.sqrt(x1 * x1 + y1 * y1) * DEGREE_M)


@kernel
def nearest_stretch(  # noqa: PLR0917  # compiled code takes its arguments by position
    lat_deg: float,
    lon_deg: float,
    frame: Frame,
    cells: tuple[Ints, Ints],
    shape: tuple[Ints, Ints],
    limit_m: float,
) -> tuple[int, float]:
    """Return the nearest stretch and its distance (m); (-1, inf) where none is within `limit_m`."""
    start, stretch = cells
    shrink = np.cos(np.radians(lat_deg))
    x = (lon_deg - frame.west_deg) * frame.shrink * DEGREE_M / frame.side_m
    y = (lat_deg - frame.south_deg) * DEGREE_M / frame.side_m
    beyond = 1.2 * limit_m / frame.side_m  # the plane may be off by a little at the map's rim
    if not (-beyond <= x <= frame.columns + beyond and -beyond <= y <= frame.rows + beyond):
        return -1, np.inf
    column, row = int(np.floor(x)), int(np.floor(y))
    # A cell's side as seen from here: the plane is exact in the middle of the map only.
    side_m = frame.side_m * min(1.0, max(0.2, shrink / frame.shrink))
    margin = min(x - column, column + 1 - x, y - row, row + 1 - y)
    best, best_m = -1, np.inf
    ring = 0
    while True:
        reached_m = (ring - 1 + margin) * side_m if ring > 0 else -1.0
        if best_m <= reached_m or reached_m > limit_m:
            break
        for r in range(max(0, row - ring), min(frame.rows - 1, row + ring) + 1):
            edge_row = r in (row - ring, row + ring)
            step = 1 if edge_row or ring == 0 else 2 * ring
            c = column - ring
            while c <= column + ring:
                if 0 <= c < frame.columns:
                    cell = r * frame.columns + c
                    for entry in range(start[cell], start[cell + 1]):
                        point = stretch[entry]
                        off_m = off_stretch_m(lat_deg, lon_deg, shrink, shape, point)
                        if off_m < best_m or (off_m == best_m and point < best):
                            best, best_m = point, off_m
                c += step
        ring += 1
    if best_m > limit_m:
        return -1, np.inf
    return best, best_m


@kernel
def edges_within(  # noqa: PLR0917  # compiled code takes its arguments by position
    lat_deg: float,
    lon_deg: float,
    frame: Frame,
    cells: tuple[Ints, Ints],
    shape: tuple[Ints, Ints],
    edge_start: Ints,
    reach_m: float,
    out: tuple[Ints, NDArray[np.float64]],
) -> int:
    """Write the edges within `reach_m` and their distances (m); return how many, as far as `out` has room.

    With less room than edges, the nearest are kept.
    """
    start, stretch = cells
    edges, offs_m = out
    shrink = np.cos(np.radians(lat_deg))
    wide = reach_m / (frame.side_m * min(1.0, max(0.2, shrink / frame.shrink)))
    x = (lon_deg - frame.west_deg) * frame.shrink * DEGREE_M / frame.side_m
    y = (lat_deg - frame.south_deg) * DEGREE_M / frame.side_m
    count = 0
    for r in range(max(0, int(np.floor(y - wide))), min(frame.rows - 1, int(np.floor(y + wide))) + 1):
        for c in range(max(0, int(np.floor(x - wide))), min(frame.columns - 1, int(np.floor(x + wide))) + 1):
            cell = r * frame.columns + c
            for entry in range(start[cell], start[cell + 1]):
                point = stretch[entry]
                off_m = off_stretch_m(lat_deg, lon_deg, shrink, shape, point)
                if off_m > reach_m:
                    continue
                edge = edge_of(edge_start, point)
                at = 0
                while at < count and edges[at] != edge:
                    at += 1
                if at < count:
                    offs_m[at] = min(offs_m[at], off_m)
                    continue
                if count == len(edges):
                    at = int(offs_m[:count].argmax())
                    if offs_m[at] <= off_m:
                        continue
                else:
                    count += 1
                edges[at] = edge
                offs_m[at] = off_m
    return count
