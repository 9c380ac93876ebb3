"""Grid: the roads near a point, found by the cells that stretches of road pass through (`routing.cells`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.cells import DEGREE_M, Frame
from routing.compiled import kernel

Ints = NDArray[Any]


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
