"""Lines: parts of edges, one after the other, drawn as points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel

Ints = NDArray[Any]
Floats = NDArray[np.float64]


@kernel
def _place(out: Floats, shape: tuple[Ints, Ints], point: int, share: float) -> None:
    """Write (lon, lat) of the point that lies at a share of a stretch."""
    lat_e7, lon_e7 = shape
    share = min(1.0, max(0.0, share))
    out[0] = (lon_e7[point] + share * (lon_e7[point + 1] - lon_e7[point])) / 1e7
    out[1] = (lat_e7[point] + share * (lat_e7[point + 1] - lat_e7[point])) / 1e7


@kernel
def draw(
    edge: Ints,
    start: Floats,
    end: Floats,
    edge_start: Ints,
    shape: tuple[Ints, Ints],
) -> Floats:
    """Return the points of parts of edges, one after the other, as (lon, lat) degrees: [points, 2].

    Args:
        edge: [parts]
        start: [parts] the fraction of the edge where the part begins.
        end: [parts] and ends; less than `start` where it is driven against its drawn direction.
        edge_start: of the graph.
        shape: (lat_e7, lon_e7) of the graph.
    """
    lat_e7, lon_e7 = shape
    most = 0
    for part in range(len(edge)):
        most += edge_start[edge[part] + 1] - edge_start[edge[part]] + 2
    line = np.empty((most, 2), np.float64)
    count = 0
    for part in range(len(edge)):
        first, last = edge_start[edge[part]], edge_start[edge[part] + 1] - 1
        against = end[part] < start[part]
        low, high = (end[part], start[part]) if against else (start[part], end[part])
        begun = count
        if low <= 0.0 and high >= 1.0:
            for point in range(first, last + 1):
                line[count, 0], line[count, 1] = lon_e7[point] / 1e7, lat_e7[point] / 1e7
                count += 1
        else:
            shrink = np.cos(np.radians(lat_e7[first] / 1e7))
            length = 0.0
            for point in range(first, last):
                length += np.hypot(
                    (lon_e7[point + 1] - lon_e7[point]) * shrink, float(lat_e7[point + 1] - lat_e7[point])
                )
            at, opened = 0.0, False
            for point in range(first, last):
                step = np.hypot(
                    (lon_e7[point + 1] - lon_e7[point]) * shrink, float(lat_e7[point + 1] - lat_e7[point])
                )
                behind = at + step
                final = point == last - 1
                if not opened and (low * length <= behind or final):
                    _place(line[count], shape, point, (low * length - at) / step if step > 0 else 0.0)
                    count += 1
                    opened = True
                if opened and (high * length <= behind or final):
                    _place(line[count], shape, point, (high * length - at) / step if step > 0 else 0.0)
                    count += 1
                    break
                if opened:
                    _place(line[count], shape, point, 1.0)
                    count += 1
                at = behind
        if against:
            for column in range(2):
                line[begun:count, column] = line[begun:count, column][::-1].copy()
    return line[:count]
