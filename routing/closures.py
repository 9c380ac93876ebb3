"""Closures: a dispatcher's stroke on the map → the roads that it closes or slows."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from routing.cells import DEGREE_M
from routing.graph import RoadGraph
from routing.snap import Snapper

Spot = tuple[float, float]
"""(lon_deg, lat_deg), as in GeoJSON."""

TAP_M = 25.0  # a tap means the nearest road within this
ALONG_M = 15.0  # a stroke along a road stays this near to it
STEP_M = 5.0
ALONG_LEAST_M = 30.0  # and follows it for this long, or for half of a shorter road
PARALLEL = math.cos(math.radians(30))
LONGEST_M = 20_000.0


def struck(graph: RoadGraph, snapper: Snapper, line: Sequence[Spot]) -> frozenset[int]:
    """Return the edges that a stroke means: those that it crosses, and those that it runs along.

    A single position means the nearest road. Bridges are not told from what passes below them.

    Args:
        graph: the roads.
        snapper: of that graph.
        line: one position or more.

    Raises:
        ValueError: the stroke is empty or longer than `LONGEST_M`.
    """
    if not line or _length_m(line) > LONGEST_M:
        raise ValueError(f"a stroke has one position at the least and {LONGEST_M / 1000:g} km at the most")
    if _length_m(line) < STEP_M:
        places, _ = snapper.near(line[0][1], line[0][0], TAP_M)
        return frozenset(places.edge[:1].tolist())
    along: Counter[int] = Counter()
    near: set[int] = set()
    for (lon, lat), bearing in _steps(line):
        places, bearings = snapper.near(lat, lon, ALONG_M)
        near.update(places.edge.tolist())
        parallel = np.abs(np.cos(np.radians(bearings - bearing))) > PARALLEL
        along.update(places.edge[parallel].tolist())
    edges = {
        edge
        for edge, steps in along.items()
        if steps * STEP_M >= min(ALONG_LEAST_M, float(graph.edge_m[edge]) / 2)
    }
    edges.update(edge for edge in near if _crosses(graph, edge, line))
    return frozenset(edges)


def _length_m(line: Sequence[Spot]) -> float:
    return sum(math.hypot(*_apart_m(a, b)) for a, b in itertools.pairwise(line))


def _apart_m(a: Spot, b: Spot) -> tuple[float, float]:
    return (b[0] - a[0]) * math.cos(math.radians(a[1])) * DEGREE_M, (b[1] - a[1]) * DEGREE_M


def _steps(line: Sequence[Spot]) -> Iterator[tuple[Spot, float]]:
    """Yield positions every `STEP_M` along a stroke, with its bearing there."""
    for a, b in itertools.pairwise(line):
        east_m, north_m = _apart_m(a, b)
        count = max(1, math.ceil(math.hypot(east_m, north_m) / STEP_M))
        for step in range(count):
            share = (step + 0.5) / count
            spot = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
            yield spot, math.degrees(math.atan2(east_m, north_m))


def _crosses(graph: RoadGraph, edge: int, line: Sequence[Spot]) -> bool:
    """Say whether a stroke and an edge's shape intersect."""
    run = slice(int(graph.edge_start[edge]), int(graph.edge_start[edge + 1]))
    x, y = graph.shape_lon_e7[run] / 1e7, graph.shape_lat_e7[run] / 1e7
    for (ax, ay), (bx, by) in itertools.pairwise(line):
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)  # of the stroke, for each shape point
        dx, dy = np.diff(x), np.diff(y)
        from_a = dx * (ay - y[:-1]) - dy * (ax - x[:-1])  # of each stretch, for the stroke's ends
        from_b = dx * (by - y[:-1]) - dy * (bx - x[:-1])
        if ((side[:-1] * side[1:] < 0) & (from_a * from_b < 0)).any():
            return True
    return False
