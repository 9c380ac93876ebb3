"""Outward: from one start to one end or many: times, lengths, and the way as a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.crews import Roads
from routing.graph import RoadGraph
from routing.hierarchy import FAR_MS, Metric
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
    scratch: Scratch | None,
    *,
    start: RoadPoints,
    ends: Ends,
    count: int,
    drawn: bool = False,
    limit_ms: int | None = None,
    metric: Metric | None = None,
) -> list[Reached | None]:
    """Return how each of `count` ends is reached from the one start; None where it is not.

    Args:
        graph: the roads.
        roads: its arrays for kernels.
        weights: the times that hold.
        scratch: borrowed; None with a `metric`.
        start: one place.
        ends: the places where the ends can be reached, each with the number of its end.
        count: of ends.
        drawn: whether to draw the ways.
        limit_ms: look no further than this; what takes longer is not reached.
        metric: a hierarchy under these weights, to ask in the place of the kernel; with no `limit_ms`.
    """
    places = ends.places
    straight_ms = direct_ms(graph, weights.own_ms, start, places)
    straight_ms = np.where(straight_ms >= 0, straight_ms + ends.walk_ms, -1)
    direct = np.full(count, -1, dtype=np.int64)
    for place in np.flatnonzero(straight_ms >= 0).tolist():
        end = int(ends.owner[place])
        if direct[end] < 0 or straight_ms[place] < direct[end]:
            direct[end] = straight_ms[place]
    seed_node, seed_ms, _, seed_arc = departures(graph, weights.own_ms, start)
    node, ms, place_of, arc = arrivals(graph, weights.own_ms, places)
    ms, target = ms + ends.walk_ms[place_of], ends.owner[place_of]
    seeds, items = (seed_node, seed_ms, seed_arc), (node, ms, target, arc, place_of)
    kept = _Asked(graph, roads, start, ends, drawn)
    if metric is not None:
        return _by_hierarchy(kept, metric, seeds, items, direct, straight_ms)
    assert scratch is not None  # noqa: S101  # without a hierarchy the kernel asks, on a scratch
    if limit_ms is not None:  # a way of that length to every end: the search stops there by itself
        direct[(direct < 0) | (direct > limit_ms)] = limit_ms
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
    for end, time in zip(found.tolist(), times.tolist(), strict=True):
        if limit_ms is not None and time >= limit_ms:
            continue
        if direct[end] == time:
            answers[end] = kept.direct(
                time, int(np.flatnonzero((ends.owner == end) & (straight_ms == time))[0])
            )
            continue
        item = _item(scratch, (node, ms, target), end, time)
        entries, seed = trace(
            int(node[item]), weights.back, scratch.label, scratch.query, (seed_node, seed_ms)
        )
        between = graph.back_arc[entries[::-1]]
        answers[end] = kept.reached(time, seed_arc[seed], between, arc[item], int(place_of[item]))
    return answers


@dataclass(frozen=True, eq=False)
class _Asked:
    """One question, and how its answers are put together."""

    graph: RoadGraph
    roads: Roads
    start: RoadPoints
    ends: Ends
    drawn: bool

    def direct(self, ms: int, place: int) -> Reached:
        """Return the way along the one road that start and end are on."""
        begin, stop = float(self.start.fraction[0]), float(self.ends.places.fraction[place])
        edge = int(self.start.edge[0])
        ahead, back = self.graph.edge_forward[edge], self.graph.edge_backward[edge]
        arcs = np.array([ahead if begin <= stop and ahead >= 0 else back])
        line = _drawn(self.roads, [edge], [begin], [stop]) if self.drawn else None
        return Reached(ms, abs(stop - begin) * float(self.graph.edge_m[edge]), arcs, place, line)

    def reached(
        self, ms: int, first: int, between: Ints, last: int, place: int
    ) -> Reached:  # a way, from its first arc to its last
        """Return the way over whole arcs between the start's arc and the end's."""
        arcs = np.concatenate([[first], between, [last]]).astype(np.int64)
        edge = self.graph.arc_edge[arcs]
        ahead = np.where(edge >= 0, self.graph.edge_forward[edge] == arcs, True)
        begin_at = np.where(ahead, 0.0, 1.0)
        end_at = 1.0 - begin_at
        begin_at[0], end_at[-1] = self.start.fraction[0], self.ends.places.fraction[place]
        metres_m = float((np.abs(end_at - begin_at) * self.roads.arc_m[arcs]).sum())
        line = None
        if self.drawn:
            on = edge >= 0
            line = _drawn(self.roads, edge[on], begin_at[on], end_at[on])
        return Reached(ms, metres_m, arcs, place, line)


def _by_hierarchy(  # noqa: PLR0917  # the parts of one question, which outward() has at hand
    asked: _Asked,
    metric: Metric,
    seeds: tuple[Ints, Ints, Ints],
    items: tuple[Ints, Ints, Ints, Ints, Ints],
    direct: Ints,
    straight_ms: Ints,
) -> list[Reached | None]:
    seed_node, seed_ms, seed_arc = seeds
    node, ms, target, arc, place_of = items
    answers: list[Reached | None] = [None] * len(direct)
    best = np.full(len(node), FAR_MS, dtype=np.int64)
    seed_of = np.zeros(len(node), dtype=np.int64)
    if len(node) and len(seed_node):
        between = metric.between_ms(seed_node, node).astype(np.int64)
        whole = between + seed_ms
        seed_of = whole.argmin(axis=1)
        best = np.where(between.min(axis=1) < FAR_MS, whole.min(axis=1) + ms, FAR_MS)
    for end, straight in enumerate(direct.tolist()):
        own = np.flatnonzero(target == end)
        item = int(own[best[own].argmin()]) if len(own) else -1
        time = int(best[item]) if item >= 0 else FAR_MS
        if 0 <= straight <= time:
            place = int(np.flatnonzero((asked.ends.owner == end) & (straight_ms == straight))[0])
            answers[end] = asked.direct(straight, place)
        elif time < FAR_MS:
            seed = int(seed_of[item])
            inner = metric.back_arcs(int(seed_node[seed]), int(node[item]))[::-1]
            answers[end] = asked.reached(time, seed_arc[seed], inner, arc[item], int(place_of[item]))
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
