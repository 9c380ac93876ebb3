"""Snap: a position, and a heading where there is one, → a place part-way along a road."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.cells import DEGREE_M, Frame, frame_of
from routing.compiled import kernel
from routing.graph import RoadGraph
from routing.grid import edge_of, edges_within, nearest_stretch
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

# Where an avenue has two carriageways, a crew may stop on the farther one and cross it on foot: this long to
# wait and step over the middle, and then at walking pace.
CROSS_MS = 20_000
WALK_MS_PER_M = 1_000
SAME_ROAD_M = 40.0

MOST_NEAR = 48  # edges considered around one point; a crossing of avenues has some twenty


@dataclass(frozen=True, eq=False)
class Ends:
    """Where n incidents can be reached: each at its nearest road, and at the other carriageway beside it."""

    places: RoadPoints  # [m], m ≥ n: the first n are the nearest roads, in order
    owner: Ints  # [m] which incident
    walk_ms: Ints  # [m] what it costs on foot, beyond reaching the nearest road


class Snapper:
    """Finds the edges of a graph near positions. Reading only: safe from many threads.

    Args:
        graph: whose roads are snapped to.
    """

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        self.frame: Frame = frame_of(graph.shape_lat_e7, graph.shape_lon_e7)
        self._cells = (graph.cell_start, graph.cell_stretch)
        self._shape = (graph.shape_lat_e7, graph.shape_lon_e7)
        self._twins: dict[int, list[int]] = {}
        for edge, of in zip(graph.twin_edge.tolist(), graph.twin_of.tolist(), strict=True):
            self._twins.setdefault(of, []).append(edge)
        self._edges = (graph.edge_start, graph.edge_forward, graph.edge_backward)

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
        heading = np.full(count, np.nan) if heading_deg is None else np.ascontiguousarray(heading_deg)
        edge = np.full(count, -1, dtype=np.int64)
        fraction, off_m = np.zeros(count), np.full(count, np.inf)
        round_ms = np.zeros((2, count), dtype=np.int64)
        _snap(
            np.ascontiguousarray(lat_deg),
            np.ascontiguousarray(lon_deg),
            heading,
            self.frame,
            self._cells,
            self._shape,
            self._edges,
            (edge, fraction, off_m, round_ms),
        )
        return RoadPoints(edge, fraction, off_m, round_ms[0], round_ms[1])

    def near(self, lat_deg: float, lon_deg: float, reach_m: float) -> tuple[RoadPoints, Floats]:
        """Return the place on every edge within `reach_m` of one position, nearest first, and the bearings.

        At most `MOST_NEAR` edges: the nearest. A bearing is that of the edge as drawn, from true north.
        """
        edges, offs_m = np.empty(MOST_NEAR, dtype=np.int64), np.empty(MOST_NEAR)
        count = edges_within(
            lat_deg,
            lon_deg,
            self.frame,
            self._cells,
            self._shape,
            self._graph.edge_start,
            reach_m,
            (edges, offs_m),
        )
        order = np.lexsort((edges[:count], offs_m[:count]))
        edge = edges[:count][order]
        fraction, off_m, bearing = np.empty(count), np.empty(count), np.empty(count)
        for number in range(count):
            fraction[number], off_m[number], bearing[number] = project(
                int(edge[number]), lat_deg, lon_deg, self._graph.edge_start, self._shape
            )
        none = np.zeros(count, dtype=np.int64)
        return RoadPoints(edge, fraction, off_m, none, none), bearing

    def ends(self, lat_deg: Floats, lon_deg: Floats) -> Ends:
        """Return where incidents can be reached by road.

        Args:
            lat_deg: [n] WGS-84.
            lon_deg: [n] likewise.
        """
        nearest = self.snap(lat_deg, lon_deg)
        parts, owner, walk_ms = [nearest], list(range(len(lat_deg))), [0] * len(lat_deg)
        one_way = (self._graph.edge_forward[nearest.edge] < 0) != (
            self._graph.edge_backward[nearest.edge] < 0
        )
        for number in np.flatnonzero(one_way & (nearest.edge >= 0)).tolist():
            other = self._other_carriageway(
                int(nearest.edge[number]), float(lat_deg[number]), float(lon_deg[number])
            )
            if other is not None:
                parts.append(other)
                owner.append(number)
                further_m = max(0.0, float(other.off_m[0] - nearest.off_m[number]))
                walk_ms.append(CROSS_MS + round(WALK_MS_PER_M * further_m))
        for number, edge in enumerate(nearest.edge.tolist() if self._twins else ()):
            for twin in self._twins.get(edge, ()):  # the same road, come to by other turns
                parts.append(replace(nearest.take(slice(number, number + 1)), edge=np.array([twin])))
                owner.append(number)
                walk_ms.append(0)
        places = RoadPoints.joined(parts) if len(parts) > 1 else nearest
        return Ends(places, np.array(owner, dtype=np.int64), np.array(walk_ms, dtype=np.int64))

    def _other_carriageway(self, edge: int, lat_deg: float, lon_deg: float) -> RoadPoints | None:
        """Return the place on the opposite carriageway of the same street, if `edge` has one."""
        graph = self._graph
        name, road = graph.edge_name[edge], graph.edge_road[edge]
        if name < 0:
            return None
        places, bearing = self.near(lat_deg, lon_deg, LIMIT_M / 20)
        own = np.flatnonzero(places.edge == edge)
        if len(own) == 0:
            return None
        drives = np.where(graph.edge_forward[places.edge] >= 0, bearing, bearing + 180)
        one_way = (graph.edge_forward[places.edge] < 0) != (graph.edge_backward[places.edge] < 0)
        opposite = np.cos(np.radians(drives - drives[own[0]])) < -0.9
        same = (graph.edge_name[places.edge] == name) & (graph.edge_road[places.edge] == road)
        close = places.off_m <= places.off_m[own[0]] + SAME_ROAD_M
        found = np.flatnonzero(one_way & opposite & same & close)
        return places.take(found[:1]) if len(found) else None


@kernel
def project(
    edge: int, lat: float, lon: float, edge_start: Ints, shape: tuple[Ints, Ints]
) -> tuple[float, float, float]:
    """Find the nearest point of an edge: (fraction of its length, distance in m, the bearing there)."""
    lat_e7, lon_e7 = shape
    shrink = np.cos(np.radians(lat))
    start, end = edge_start[edge], edge_start[edge + 1]
    nearest = np.inf
    along = length = dx_there = dy_there = 0.0
    x1 = (lon_e7[start] / 1e7 - lon) * shrink
    y1 = lat_e7[start] / 1e7 - lat
    for point in range(start + 1, end):
        x2 = (lon_e7[point] / 1e7 - lon) * shrink
        y2 = lat_e7[point] / 1e7 - lat
        dx, dy = x2 - x1, y2 - y1
        square = dx * dx + dy * dy
        part = 0.0
        if square > 0:
            part = min(1.0, max(0.0, -(x1 * dx + y1 * dy) / square))
        stretch = np.sqrt(square)
        xn, yn = x1 + part * dx, y1 + part * dy
        distance = xn * xn + yn * yn
        if distance < nearest:
            nearest = distance
            along = length + part * stretch
            dx_there, dy_there = dx, dy
        length += stretch
        x1, y1 = x2, y2
    fraction = min(1.0, along / length) if length > 0 else 0.0
    return fraction, np.sqrt(nearest) * DEGREE_M, np.degrees(np.arctan2(dx_there, dy_there))


@kernel
def _snap(  # noqa: PLR0917  # compiled code takes its arguments by position
    lat_deg: Floats,
    lon_deg: Floats,
    heading_deg: Floats,
    frame: Frame,
    cells: tuple[Ints, Ints],
    shape: tuple[Ints, Ints],
    edges: tuple[Ints, Ints, Ints],
    out: tuple[Ints, Floats, Floats, Ints],
) -> None:
    edge_start, edge_forward, edge_backward = edges
    out_edge, out_fraction, out_off_m, out_round_ms = out
    near, near_m = np.empty(MOST_NEAR, np.int64), np.empty(MOST_NEAR, np.float64)
    for number in range(len(lat_deg)):
        lat, lon, heading = lat_deg[number], lon_deg[number], heading_deg[number]
        stretch, reach_m = nearest_stretch(lat, lon, frame, cells, shape, LIMIT_M)
        if stretch < 0:
            continue
        edge = edge_of(edge_start, stretch)
        fraction, off_m, bearing = project(edge, lat, lon, edge_start, shape)
        if np.isfinite(heading):
            count = edges_within(lat, lon, frame, cells, shape, edge_start, reach_m + RIVAL_M, (near, near_m))
            least = np.inf
            for at in range(count):
                rival = near[at]
                rival_fraction, rival_m, rival_bearing = project(rival, lat, lon, edge_start, shape)
                cosine = np.cos(np.radians(heading - rival_bearing))
                fit = max(
                    cosine if edge_forward[rival] >= 0 else -1.0,
                    -cosine if edge_backward[rival] >= 0 else -1.0,
                )
                cost = rival_m + AGAINST_M * (1 - fit) / 2
                if cost < least or (cost == least and rival < edge):
                    least = cost
                    edge, fraction, off_m, bearing = rival, rival_fraction, rival_m, rival_bearing
            # Against the heading: by more than a right angle, on a two-way road.
            if edge_forward[edge] >= 0 and edge_backward[edge] >= 0:
                cosine = np.cos(np.radians(heading - bearing))
                out_round_ms[0, number] = TURN_ROUND_MS if cosine < 0 else 0
                out_round_ms[1, number] = TURN_ROUND_MS if cosine > 0 else 0
        out_edge[number] = edge
        out_fraction[number] = fraction
        out_off_m[number] = off_m
