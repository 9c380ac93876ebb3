"""Crews: where a whole fleet is on the roads, made ready so that one kernel names the soonest of them.

What a query needs of a unit does not change while it stands: the nodes at which it leaves its road, and when.
That is computed once for all units and hung on the graph's nodes; a query then only grows its tree. It also
gives, from that tree, how far each crew found has to drive, and the way that it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.graph import RoadGraph
from routing.lines import draw
from routing.partway import RoadPoints, departures
from routing.search import Scratch, grow, trace
from routing.snap import Ends
from routing.weights import Weights, fixed

Ints = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crews:
    """A fleet on the roads, under one set of weights. Never changed, only replaced; safe for many threads."""

    names: Sequence[str]
    places: RoadPoints
    weights: Weights
    hook: Ints  # [N] the first item that hangs on a node, or -1
    following: Ints  # [items] the next on the same node, or -1
    item_ms: Ints
    item_unit: Ints
    item_arc: Ints
    item_node: Ints

    @property
    def lost(self) -> Ints:
        """Which units are too far from every road."""
        return np.flatnonzero(self.places.edge < 0)

    @cached_property
    def item_stop(self) -> Ints:
        """The items' nodes as a hierarchy takes them."""
        return self.item_node.astype(np.uint32)

    @cached_property
    def item_all(self) -> Ints:
        """The numbers of all items."""
        return np.arange(len(self.item_node))


def prepare(graph: RoadGraph, weights: Weights, names: Sequence[str], places: RoadPoints) -> Crews:
    """Return a fleet made ready.

    Args:
        graph: the roads.
        weights: the times that hold.
        names: of the units.
        places: where they are, in the same order.
    """
    node, ms, unit, arc = departures(graph, weights.own_ms, places)
    hook, following = np.full(graph.nodes, -1, dtype=np.int64), np.empty(len(node), dtype=np.int64)
    _hang(node, hook, following)
    return Crews(names, places, weights, hook, following, ms, unit, arc, node)


@kernel
def _hang(node: Ints, hook: Ints, following: Ints) -> None:
    for item in range(len(node)):
        following[item] = hook[node[item]]
        hook[node[item]] = item


class Roads:
    """The graph's arrays in the form that `soonest` reads."""

    def __init__(self, graph: RoadGraph) -> None:
        # Metres of each arc; the arcs inside a junction have none.
        self.arc_m = fixed(graph.arc_metres)
        self.edges = fixed(graph.edge_forward), fixed(graph.edge_backward), fixed(graph.arc_edge)
        self.arc_tail = fixed(graph.arc_tail)
        self.edge_start = fixed(graph.edge_start)
        self.shape = fixed(graph.shape_lat_e7), fixed(graph.shape_lon_e7)


def soonest(
    roads: Roads, scratch: Scratch, crews: Crews, end: Ends, k: int, *, drawn: bool
) -> tuple[Ints, Ints, Floats, list[Floats]]:
    """Return the k units that are first at one incident.

    Args:
        roads: of the graph that the crews are on.
        scratch: borrowed.
        crews: the fleet.
        end: where the incident can be reached.
        k: how many to name; fewer come back where fewer can get there.
        drawn: whether to draw their ways.

    Returns:
        (unit numbers, ms, metres, lines): soonest first, ties by the unit's number; a line is [points, 2] of
        (lon, lat) degrees from the unit to the incident; no lines unless `drawn`.
    """
    k = min(k, len(crews.names))
    found, times, metres_m = np.empty(k, np.int64), np.empty(k, np.int64), np.empty(k)
    if k == 0:
        return found, times, metres_m, []
    places, weights = crews.places, crews.weights
    count, line, line_start = _soonest(
        weights.back,
        weights.ahead,
        weights.own_ms,
        (scratch.label, scratch.heap, scratch.next_query()),
        roads.edges,
        roads.arc_tail,
        roads.arc_m,
        (roads.edge_start, roads.shape),
        (places.edge, places.fraction, places.round_forward_ms, places.round_backward_ms),
        (crews.hook, crews.following, crews.item_ms, crews.item_unit),
        (crews.item_node, crews.item_arc),
        (end.places.edge, end.places.fraction, end.walk_ms),
        (found, times, metres_m),
        drawn,
    )
    lines = [line[line_start[i] : line_start[i + 1]] for i in range(count)] if drawn else []
    return found[:count], times[:count], metres_m[:count], lines


@kernel
def part_ms(whole_ms: int, fraction: float) -> int:
    """Return the time from an arc's tail to a fraction of it: the one rounding of `partway`."""
    return int(np.floor(whole_ms * fraction + 0.5))


@kernel
def sow(
    own_ms: Ints,
    edges: tuple[Ints, Ints],
    arc_tail: Ints,
    units: tuple[Ints, Floats, Ints, Ints],
    end: tuple[Ints, Floats, Ints],
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """Return where the tree of one incident begins, and who is on its very road.

    Args:
        own_ms: [A] time of each arc.
        edges: (forward, backward): the arcs of each edge, or -1.
        arc_tail: [A].
        units: (edge, fraction, ms to turn forward, ms to turn backward) of each unit.
        end: (edge, fraction, ms on foot) of each place where the incident can be reached.

    Returns:
        (node, ms, arc, number of the place) of each seed; and [units] the time straight along the road, -1
        where there is none, and the place to which.
    """
    edge_forward, edge_backward = edges
    unit_edge, unit_fraction, unit_forward_ms, unit_backward_ms = units
    end_edge, end_fraction, end_walk_ms = end
    seed_node, seed_ms = np.empty(2 * len(end_edge), np.int64), np.empty(2 * len(end_edge), np.int64)
    seed_arc, seed_end = np.empty(2 * len(end_edge), np.int64), np.empty(2 * len(end_edge), np.int64)
    seeds = 0
    direct_ms = np.full(len(unit_edge), -1, np.int64)
    direct_end = np.zeros(len(unit_edge), np.int64)
    for at in range(len(end_edge)):
        edge, to = end_edge[at], end_fraction[at]
        for against in range(2):
            arc = edge_backward[edge] if against else edge_forward[edge]
            if arc < 0:
                continue
            reach = 1.0 - to if against else to
            seed_node[seeds] = arc_tail[arc]
            seed_ms[seeds] = part_ms(own_ms[arc], reach) + end_walk_ms[at]
            seed_arc[seeds], seed_end[seeds] = arc, at
            seeds += 1
            for unit in range(len(unit_edge)):
                if unit_edge[unit] != edge:
                    continue
                begin = 1.0 - unit_fraction[unit] if against else unit_fraction[unit]
                if begin > reach:
                    continue
                when = part_ms(own_ms[arc], reach) - part_ms(own_ms[arc], begin) + end_walk_ms[at]
                if begin != reach:  # already there: nothing to turn for
                    when += unit_backward_ms[unit] if against else unit_forward_ms[unit]
                if direct_ms[unit] < 0 or when < direct_ms[unit]:
                    direct_ms[unit], direct_end[unit] = when, at
    return (
        seed_node[:seeds],
        seed_ms[:seeds],
        seed_arc[:seeds],
        seed_end[:seeds],
        direct_ms,
        direct_end,
    )


@kernel
def _soonest(  # noqa: PLR0915, PLR0917  # one call into compiled code: each more costs microseconds
    back: tuple[Ints, Ints, Ints],
    ahead: tuple[Ints, Ints, Ints],
    own_ms: Ints,
    marks: tuple[Ints, Ints, int],
    edges: tuple[Ints, Ints, Ints],
    arc_tail: Ints,
    arc_m: Floats,
    shapes: tuple[Ints, tuple[Ints, Ints]],
    units: tuple[Ints, Floats, Ints, Ints],
    hung: tuple[Ints, Ints, Ints, Ints],
    items: tuple[Ints, Ints],
    end: tuple[Ints, Floats, Ints],
    out: tuple[Ints, Ints, Floats],
    drawn: bool,  # compiled code takes its arguments by position
) -> tuple[int, Floats, Ints]:
    edge_forward, edge_backward, arc_edge = edges
    unit_edge, unit_fraction, _, _ = units
    end_edge, end_fraction, _ = end
    found, times, metres_m = out
    label, heap, query = marks
    item_node, item_arc = items
    seed_node, seed_ms, seed_arc, seed_end, direct_ms, direct_end = sow(
        own_ms, (edge_forward, edge_backward), arc_tail, units, end
    )
    winner = np.empty(len(unit_edge), np.int64)
    sown = (seed_node, seed_ms)
    count = grow(back, label, heap, query, sown, hung, 0, direct_ms, (found, times, winner))
    part_edge, part_from, part_to = np.empty(256, np.int64), np.empty(256), np.empty(256)
    parts = 0
    line_parts = np.zeros(count + 1, np.int64)
    for number in range(count):
        unit = found[number]
        edge, begin = unit_edge[unit], unit_fraction[unit]
        if winner[unit] < 0:
            to = end_fraction[direct_end[unit]]
            metres_m[number] = abs(to - begin) * arc_m[max(edge_forward[edge], edge_backward[edge])]
            entries, last_arc, at, off, on = np.empty(0, np.int64), -1, 0, to, 0.0
        else:
            item = winner[unit]
            entries, seed = trace(item_node[item], ahead, label, query, sown)
            first_arc, last_arc, at = item_arc[item], seed_arc[seed], seed_end[seed]
            off = 1.0 if edge_forward[edge] == first_arc else 0.0
            to = end_fraction[at]
            on = 0.0 if edge_forward[end_edge[at]] == last_arc else 1.0
            metres = abs(off - begin) * arc_m[first_arc] + abs(to - on) * arc_m[last_arc]
            for entry in entries:
                metres += arc_m[entry]
            metres_m[number] = metres
        if drawn:
            if parts + len(entries) + 2 > len(part_edge):
                room = 2 * (parts + len(entries) + 2)
                more_edge, more_from, more_to = np.empty(room, np.int64), np.empty(room), np.empty(room)
                more_edge[:parts] = part_edge[:parts]
                more_from[:parts] = part_from[:parts]
                more_to[:parts] = part_to[:parts]
                part_edge, part_from, part_to = more_edge, more_from, more_to
            part_edge[parts], part_from[parts] = edge, begin
            part_to[parts] = off
            parts += 1
            for entry in entries:
                passed = arc_edge[entry]
                if passed >= 0:
                    part_edge[parts] = passed
                    part_to[parts] = 1.0 if edge_forward[passed] == entry else 0.0
                    part_from[parts] = 1.0 - part_to[parts]
                    parts += 1
            if last_arc >= 0:
                part_edge[parts], part_from[parts], part_to[parts] = end_edge[at], on, to
                parts += 1
            line_parts[number + 1] = parts
    if not drawn:
        return count, np.empty((0, 2), np.float64), line_parts
    return _lines(part_edge[:parts], part_from[:parts], part_to[:parts], shapes, line_parts, count)


@kernel
def _lines(  # noqa: PLR0917  # compiled code takes its arguments by position
    edge: Ints,
    start: Floats,
    end: Floats,
    shapes: tuple[Ints, tuple[Ints, Ints]],
    line_parts: Ints,
    count: int,
) -> tuple[int, Floats, Ints]:
    """Draw each line's parts; return (count, all points, where each line begins)."""
    edge_start, shape = shapes
    most = 0
    for part in range(len(edge)):
        most += edge_start[edge[part] + 1] - edge_start[edge[part]] + 2
    points, line_start = np.empty((most, 2), np.float64), np.zeros(count + 1, np.int64)
    for number in range(count):
        run = slice(line_parts[number], line_parts[number + 1])
        line = draw(edge[run], start[run], end[run], edge_start, shape)
        line_start[number + 1] = line_start[number] + len(line)
        points[line_start[number] : line_start[number + 1]] = line
    return count, points, line_start
