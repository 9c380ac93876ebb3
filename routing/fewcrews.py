"""Few crews: the soonest of a small fleet, named through a hierarchy instead of the kernel's search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.crews import Crews, Roads, sow
from routing.hierarchy import FAR_MS, Metric
from routing.lines import draw
from routing.snap import Ends

Ints = NDArray[Any]
Floats = NDArray[np.float64]


def soonest_of_few(
    roads: Roads, metric: Metric, crews: Crews, end: Ends, k: int, *, drawn: bool
) -> tuple[Ints, Ints, Floats, list[Floats]]:
    """Return what `routing.crews.soonest` returns; of equally quick ways perhaps another one.

    Args:
        roads: of the graph that the crews are on.
        metric: a hierarchy under the crews' weights, lent.
        crews: the fleet.
        end: where the incident can be reached.
        k: how many to name.
        drawn: whether to draw their ways.
    """
    places, own_ms = crews.places, crews.weights.own_ms
    edge_forward, edge_backward, arc_edge = roads.edges
    units = (places.edge, places.fraction, places.round_forward_ms, places.round_backward_ms)
    seed_node, seed_ms, seed_arc, seed_end, direct_ms, direct_end = sow(
        own_ms,
        (edge_forward, edge_backward),
        roads.arc_tail,
        units,
        (end.places.edge, end.places.fraction, end.walk_ms),
    )
    best, winner = np.full(len(crews.names), FAR_MS, np.int64), np.full(len(crews.names), -1, np.int64)
    if len(crews.item_node) and len(seed_node):
        _fold(
            metric.between_ms(crews.item_node, seed_node),
            (seed_ms, crews.item_ms, crews.item_unit),
            direct_ms,
            best,
            winner,
        )
    found = np.argsort(best, kind="stable")[: max(k, 0)]
    found = found[best[found] < FAR_MS]
    times, metres_m = best[found], np.empty(len(found))
    lines: list[Floats] = []
    for number, unit in enumerate(found.tolist()):
        begin = float(places.fraction[unit])
        if winner[unit] < 0:
            edge, to = int(places.edge[unit]), float(end.places.fraction[direct_end[unit]])
            metres_m[number] = abs(to - begin) * roads.arc_m[max(edge_forward[edge], edge_backward[edge])]
            part = (np.array([edge], dtype=np.int64), np.array([begin]), np.array([to]))
        else:
            item, seed = divmod(int(winner[unit]), len(seed_node))
            inner = metric.arcs(int(crews.item_node[item]), int(seed_node[seed]))
            arcs = np.empty(len(inner) + 2, np.int64)
            arcs[0], arcs[1:-1], arcs[-1] = crews.item_arc[item], inner, seed_arc[seed]
            to = float(end.places.fraction[seed_end[seed]])
            length_m, on, starts, stops = _along(arcs, begin, to, arc_edge, edge_forward, roads.arc_m)
            metres_m[number], part = length_m, (on, starts, stops)
        if drawn:
            lines.append(draw(*part, roads.edge_start, roads.shape))
    return found, times, metres_m, lines


@kernel
def _fold(between: Ints, times: tuple[Ints, Ints, Ints], direct_ms: Ints, best: Ints, winner: Ints) -> None:
    """Let each unit have its soonest way: `winner` is item × seeds + seed, -1 for straight along the road."""
    seed_ms, item_ms, item_unit = times
    for seed in range(len(seed_ms)):
        for item in range(len(item_ms)):
            if between[seed, item] < FAR_MS:
                when = np.int64(between[seed, item]) + seed_ms[seed] + item_ms[item]
                if when < best[item_unit[item]]:
                    best[item_unit[item]] = when
                    winner[item_unit[item]] = item * len(seed_ms) + seed
    for unit in range(len(best)):
        if 0 <= direct_ms[unit] <= best[unit]:
            best[unit], winner[unit] = direct_ms[unit], -1


@kernel
def _along(  # noqa: PLR0917  # compiled code takes its arguments by position
    arcs: Ints, begin: float, to: float, arc_edge: Ints, edge_forward: Ints, arc_m: Floats
) -> tuple[float, Ints, Floats, Floats]:
    """Return the length of a way, and its parts of roads: (edge, from, to)."""
    edge, start, end = np.empty(len(arcs), np.int64), np.empty(len(arcs)), np.empty(len(arcs))
    count, metres = 0, 0.0
    for number in range(len(arcs)):
        on = arc_edge[arcs[number]]
        if on < 0:
            continue
        ahead = edge_forward[on] == arcs[number]
        first = begin if number == 0 else (0.0 if ahead else 1.0)
        last = to if number == len(arcs) - 1 else (1.0 if ahead else 0.0)
        metres += abs(last - first) * arc_m[arcs[number]]
        edge[count], start[count], end[count] = on, first, last
        count += 1
    return metres, edge[:count], start[:count], end[:count]
