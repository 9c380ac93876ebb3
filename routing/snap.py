"""Snap: a position, and a heading where there is one, → a place part-way along a road."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.graph import RoadGraph
from routing.partway import RoadPoints

Ints = NDArray[Any]
Floats = NDArray[np.float64]

# A position farther than this from every road is not on this map.
LIMIT_M = 2_000.0

# A road this much farther than the nearest may still be the right one, when the heading says so: receivers
# err by 5 to 10 m in a street of houses, and the carriageways of an avenue lie 10 to 30 m apart.
RIVAL_M = 30.0

# What a heading against the only allowed direction counts, in metres; across it, half of that.
AGAINST_M = 40.0

# A vehicle that drives one way along a street and is needed the other way has to turn round first.
TURN_ROUND_MS = 10_000

DEGREE_M = 111_195.08  # of latitude, on the sphere of the Earth's mean radius


class Snapper:
    """An index of the edges of a graph. Reading only: safe from many threads.

    Args:
        graph: whose roads are snapped to.
    """

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        _, south, _, north = graph.bounds
        # Degrees of longitude are shrunk to the length of those of latitude, as in the middle of the map.
        self._shrink = float(np.cos(np.radians((south + north) / 2)))
        points = np.column_stack([graph.shape_lon_e7 / 1e7 * self._shrink, graph.shape_lat_e7 / 1e7])
        edge = np.repeat(np.arange(graph.edges), np.diff(graph.edge_start))
        self._tree = shapely.STRtree(np.asarray(shapely.linestrings(points, indices=edge)))

    def snap(self, lat_deg: Floats, lon_deg: Floats, heading_deg: Floats | None = None) -> RoadPoints:
        """Return the place on a road for each position.

        Args:
            lat_deg: [n] WGS-84.
            lon_deg: [n] likewise.
            heading_deg: [n] from true north, NaN where it is not known.

        The nearest road, or, where the heading is known, the road within `RIVAL_M` more that fits it best;
        edge -1 where no road is within `LIMIT_M`.
        """
        count = len(lat_deg)
        edge = np.full(count, -1, dtype=np.int64)
        fraction, off_m, bearing = np.zeros(count), np.full(count, np.inf), np.zeros(count)
        heading = np.full(count, np.nan) if heading_deg is None else heading_deg
        spots = np.asarray(shapely.points(lon_deg * self._shrink, lat_deg))
        # A tenth more than the limit, as the shrinking is exact in the middle only; checked below.
        (near, nearest), reach = self._tree.query_nearest(
            spots, max_distance=1.1 * LIMIT_M / DEGREE_M, return_distance=True, all_matches=False
        )
        edge[near] = nearest
        moving = np.isfinite(heading[near])
        if moving.any():
            driven = near[moving]
            edge[driven] = self._fitting(
                spots[driven], reach[moving], lat_deg[driven], lon_deg[driven], heading[driven]
            )
        on = np.flatnonzero(edge >= 0)
        fraction[on], off_m[on], bearing[on] = self._project(edge[on], lat_deg[on], lon_deg[on])
        edge[off_m > LIMIT_M] = -1
        # Against the heading: by more than a right angle, on a two-way road. NaN is neither.
        two_way = (self._graph.edge_forward[edge] >= 0) & (self._graph.edge_backward[edge] >= 0)
        cosine = np.cos(np.radians(heading - bearing))
        return RoadPoints(
            edge=edge,
            fraction=fraction,
            off_m=off_m,
            round_forward_ms=np.where(two_way & (cosine < 0), TURN_ROUND_MS, 0),
            round_backward_ms=np.where(two_way & (cosine > 0), TURN_ROUND_MS, 0),
        )

    def _project(self, edge: Ints, lat_deg: Floats, lon_deg: Floats) -> tuple[Floats, Floats, Floats]:
        graph = self._graph
        fraction, off_m, bearing = np.empty(len(edge)), np.empty(len(edge)), np.empty(len(edge))
        _project(
            edge,
            np.ascontiguousarray(lat_deg),
            np.ascontiguousarray(lon_deg),
            (graph.edge_start, graph.shape_lat_e7, graph.shape_lon_e7),
            (fraction, off_m, bearing),
        )
        return fraction, off_m, bearing

    def _fitting(
        self, spots: NDArray[np.object_], reach: Floats, lat_deg: Floats, lon_deg: Floats, heading_deg: Floats
    ) -> Ints:
        """Return the edge that fits position and heading best; each position has one within reach."""
        spot, edge = self._tree.query(spots, predicate="dwithin", distance=reach + RIVAL_M / DEGREE_M)
        _, off_m, bearing = self._project(edge, lat_deg[spot], lon_deg[spot])
        cosine = np.cos(np.radians(heading_deg[spot] - bearing))
        forward, backward = self._graph.edge_forward[edge] >= 0, self._graph.edge_backward[edge] >= 0
        fit = np.maximum(np.where(forward, cosine, -1), np.where(backward, -cosine, -1))
        order = np.lexsort((edge, off_m + AGAINST_M * (1 - fit) / 2, spot))
        first = np.unique(spot[order], return_index=True)[1]
        best: Ints = edge[order][first]
        return best


@kernel
def _project(
    edge: Ints,
    lat_deg: Floats,
    lon_deg: Floats,
    shapes: tuple[Ints, Ints, Ints],
    out: tuple[Floats, Floats, Floats],
) -> None:
    """Find the nearest point of each edge: fraction of its length, distance (m), the bearing there."""
    edge_start, shape_lat_e7, shape_lon_e7 = shapes
    fraction, off_m, bearing = out
    for number in range(len(edge)):
        lat, lon = lat_deg[number], lon_deg[number]
        shrink = np.cos(np.radians(lat))
        start, end = edge_start[edge[number]], edge_start[edge[number] + 1]
        nearest = np.inf
        along = length = at_bearing = 0.0
        x1 = (shape_lon_e7[start] / 1e7 - lon) * shrink
        y1 = shape_lat_e7[start] / 1e7 - lat
        for point in range(start + 1, end):
            x2 = (shape_lon_e7[point] / 1e7 - lon) * shrink
            y2 = shape_lat_e7[point] / 1e7 - lat
            dx, dy = x2 - x1, y2 - y1
            square = dx * dx + dy * dy
            part = 0.0
            if square > 0:
                part = min(1.0, max(0.0, -(x1 * dx + y1 * dy) / square))
            stretch = np.sqrt(square)
            distance = np.hypot(x1 + part * dx, y1 + part * dy)
            if distance < nearest:
                nearest = distance
                along = length + part * stretch
                at_bearing = np.degrees(np.arctan2(dx, dy))
            length += stretch
            x1, y1 = x2, y2
        fraction[number] = min(1.0, along / length) if length > 0 else 0.0
        off_m[number] = nearest * 111_195.08
        bearing[number] = at_bearing
