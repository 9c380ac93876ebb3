"""Matrix: times of all units to all incidents. By a hierarchy where one is installed, else by trees."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.crews import part_ms
from routing.graph import RoadGraph
from routing.hierarchy import FAR_MS, Hierarchy
from routing.partway import RoadPoints, arrivals, departures
from routing.search import Scratch
from routing.snap import Ends
from routing.tree import to_destination
from routing.weights import Weights

Ints = NDArray[Any]


def matrix_ms(
    graph: RoadGraph,
    weights: Weights,
    scratch: Scratch,
    *,
    units: RoadPoints,
    ends: Ends,
    count: int,
    hierarchy: Hierarchy | None = None,
) -> Ints:
    """Return the time of each unit to each of `count` ends: [units, ends] ms, -1 where there is none.

    With and without a hierarchy the answers are the same to the millisecond.
    """
    if hierarchy is None:
        columns = [
            to_destination(graph, weights, scratch, _only(ends, end)).etas_ms(units) for end in range(count)
        ]
        return np.stack(columns, axis=1) if columns else np.empty((len(units), 0), dtype=np.int64)
    out_node, out_ms, out_unit, _ = departures(graph, weights.own_ms, units)
    in_node, in_ms, in_place, _ = arrivals(graph, weights.own_ms, ends.places)
    starts, start_of = np.unique(out_node, return_inverse=True)
    stops, stop_of = np.unique(in_node, return_inverse=True)
    best = np.full((len(units), count), FAR_MS, dtype=np.int64)
    with hierarchy.customised(weights) as metric:
        between = metric.between_ms(starts, stops)
    _fold(
        between,
        (start_of.astype(np.int64), out_ms, out_unit),
        (stop_of.astype(np.int64), in_ms + ends.walk_ms[in_place], ends.owner[in_place]),
        best,
    )
    _directly(
        (graph.edge_forward, graph.edge_backward, weights.own_ms),
        (units.edge, units.fraction, units.round_forward_ms, units.round_backward_ms),
        (ends.places.edge, ends.places.fraction, ends.walk_ms, ends.owner),
        best,
    )
    best[best >= FAR_MS] = -1
    return best


def _only(ends: Ends, end: int) -> Ends:
    own = np.flatnonzero(ends.owner == end)
    return Ends(ends.places.take(own), np.zeros(len(own), dtype=np.int64), ends.walk_ms[own])


@kernel
def _fold(between: Ints, starts: tuple[Ints, Ints, Ints], stops: tuple[Ints, Ints, Ints], best: Ints) -> None:
    start_of, start_ms, unit = starts
    stop_of, stop_ms, end = stops
    for j in range(len(stop_of)):
        for i in range(len(start_of)):
            when = np.int64(between[stop_of[j], start_of[i]]) + start_ms[i] + stop_ms[j]
            best[unit[i], end[j]] = min(best[unit[i], end[j]], when)


@kernel
def _directly(
    roads: tuple[Ints, Ints, Ints],
    units: tuple[Ints, NDArray[np.float64], Ints, Ints],
    ends: tuple[Ints, NDArray[np.float64], Ints, Ints],
    best: Ints,
) -> None:
    """Let in the units that are on the very road of an end."""
    edge_forward, edge_backward, own_ms = roads
    unit_edge, unit_fraction, forward_ms, backward_ms = units
    end_edge, end_fraction, walk_ms, owner = ends
    for unit in range(len(unit_edge)):
        for at in range(len(end_edge)):
            edge = end_edge[at]
            if edge < 0 or unit_edge[unit] != edge:
                continue
            for against in range(2):
                arc = edge_backward[edge] if against else edge_forward[edge]
                begin = 1.0 - unit_fraction[unit] if against else unit_fraction[unit]
                to = 1.0 - end_fraction[at] if against else end_fraction[at]
                if arc < 0 or begin > to:
                    continue
                when = part_ms(own_ms[arc], to) - part_ms(own_ms[arc], begin) + walk_ms[at]
                if begin != to:
                    when += backward_ms[unit] if against else forward_ms[unit]
                best[unit, owner[at]] = min(best[unit, owner[at]], when)
