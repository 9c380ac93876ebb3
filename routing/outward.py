"""Outward: from one start to one end or many: times, lengths, and the way as a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.crews import Roads
from routing.graph import RoadGraph
from routing.lines import draw
from routing.partway import RoadPoints, arrivals, departures, direct_ms
from routing.search import Scratch, settle, trace
from routing.snap import Ends
from routing.weights import Weights

Ints = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reached:
    """How one end was reached."""

    ms: int
    metres_m: float
    arcs: Ints  # all arcs driven, in driving order, the first and the last in part
    place: int  # which of `Ends.places`
    line: Floats | None  # [points, (lon, lat)] where it was asked for


def outward(
    graph: RoadGraph,
    roads: Roads,
    weights: Weights,
    scratch: Scratch,
    *,
    start: RoadPoints,
    ends: Ends,
    count: int,
    drawn: bool = False,
    limit_ms: int | None = None,
) -> list[Reached | None]:
    """Return how each of `count` ends is reached from the one start; None where it is not.

    Args:
        graph: the roads.
        roads: its arrays for kernels.
        weights: the times that hold.
        scratch: borrowed.
        start: one place.
        ends: the places where the ends can be reached, each with the number of its end.
        count: of ends.
        drawn: whether to draw the ways.
        limit_ms: look no further than this; what takes longer is not reached.
    """
    places = ends.places
    straight_ms = direct_ms(graph, weights.own_ms, start, places)
    straight_ms = np.where(straight_ms >= 0, straight_ms + ends.walk_ms, -1)
    direct = np.full(count, -1, dtype=np.int64)
    for place in np.flatnonzero(straight_ms >= 0).tolist():
        end = int(ends.owner[place])
        if direct[end] < 0 or straight_ms[place] < direct[end]:
            direct[end] = straight_ms[place]
    if limit_ms is not None:  # a way of that length to every end: the search stops there by itself
        direct[(direct < 0) | (direct > limit_ms)] = limit_ms
    seed_node, seed_ms, _, seed_arc = departures(graph, weights.own_ms, start)
    node, ms, place_of, arc = arrivals(graph, weights.own_ms, places)
    ms, target = ms + ends.walk_ms[place_of], ends.owner[place_of]
    reachable = count if limit_ms is not None else len(np.unique(ends.owner[places.edge >= 0]))
    found, times = settle(
        scratch,
        weights.ahead,
        seeds=(seed_node, seed_ms),
        items=(node, ms, target),
        direct_ms=direct,
        k=reachable,
    )
    answers: list[Reached | None] = [None] * count
    own_arc = graph.edge_forward, graph.edge_backward
    for end, time in zip(found.tolist(), times.tolist(), strict=True):
        if limit_ms is not None and time >= limit_ms:
            continue
        if direct[end] == time:
            place = int(np.flatnonzero((ends.owner == end) & (straight_ms == time))[0])
            begin, stop = float(start.fraction[0]), float(places.fraction[place])
            edge = int(start.edge[0])
            metres_m = abs(stop - begin) * float(graph.edge_m[edge])
            arcs = np.array(
                [own_arc[0][edge] if begin <= stop and own_arc[0][edge] >= 0 else own_arc[1][edge]]
            )
            line = _drawn(roads, [edge], [begin], [stop]) if drawn else None
            answers[end] = Reached(time, metres_m, arcs, place, line)
            continue
        item = _item(scratch, (node, ms, target), end, time)
        entries, seed = trace(
            int(node[item]), weights.back, scratch.label, scratch.query, (seed_node, seed_ms)
        )
        arcs = np.concatenate([[seed_arc[seed]], graph.back_arc[entries[::-1]], [arc[item]]]).astype(np.int64)
        place = int(place_of[item])
        edge = graph.arc_edge[arcs]
        ahead = np.where(edge >= 0, graph.edge_forward[edge] == arcs, True)
        begin_at = np.where(ahead, 0.0, 1.0)
        end_at = 1.0 - begin_at
        begin_at[0], end_at[-1] = start.fraction[0], places.fraction[place]
        metres_m = float((np.abs(end_at - begin_at) * roads.arc_m[arcs]).sum())
        line = None
        if drawn:
            on = edge >= 0
            line = _drawn(roads, edge[on], begin_at[on], end_at[on])
        answers[end] = Reached(time, metres_m, arcs, place, line)
    return answers


def _drawn(roads: Roads, edge: Any, begin: Any, end: Any) -> Floats:  # noqa: ANN401  # lists or arrays
    line: Floats = draw(
        np.asarray(edge, dtype=np.int64),
        np.asarray(begin, dtype=np.float64),
        np.asarray(end, dtype=np.float64),
        roads.edge_start,
        roads.shape,
    )
    return line


def _item(scratch: Scratch, items: tuple[Ints, Ints, Ints], wanted: int, time: int) -> int:
    """Return the item that settled a target: its node's time and its own offset make the target's."""
    node, ms, target = items
    own = np.flatnonzero(target == wanted)
    fits = scratch.label[node[own]] == (scratch.query << 32) + time - ms[own]
    return int(own[fits.argmax()])
