"""Few crews: the soonest of a small fleet, named through a hierarchy instead of the kernel's search.

A street is reached by both of its ends. All crews are asked about the nearer one; about the other one only
those who can still be among the first by it: nobody is nearer to it by more than the street itself takes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.crews import Crews, Roads, sow
from routing.hierarchy import FAR_MS, Metric
from routing.lines import draw
from routing.partway import RoadPoints
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
    places, weights, items = crews.places, crews.weights, (crews.item_ms, crews.item_unit)
    k = min(max(k, 0), len(crews.names))
    most_seeds = 2 * len(end.places)
    node, arc = np.empty(most_seeds, np.int64), np.empty(most_seeds, np.int64)
    seed_ms, owner = np.empty(most_seeds, np.int64), np.empty(most_seeds, np.int64)
    best, winner, direct_end = (np.empty(len(crews.names), np.int64) for _ in range(3))
    seeds, near = _begin(
        weights.own_ms,
        weights.ahead,
        roads.edges,
        roads.arc_tail,
        (places.edge, places.fraction, places.round_forward_ms, places.round_backward_ms),
        (end.places.edge, end.places.fraction, end.walk_ms),
        (node, seed_ms, arc, owner),
        (best, winner, direct_end),
    )
    if k and seeds and len(crews.item_stop):
        first, last = (near, near + 1) if near >= 0 else (0, seeds)
        between = metric.between_ms(crews.item_stop, node[first:last])
        _fold(between, crews.item_all, items, (seed_ms, first, seeds), best, winner)
        if near >= 0:
            far = 1 - near
            reach_ms = seed_ms[far] - int(weights.ahead[2][arc[far]])
            few = np.empty(len(crews.item_stop), np.int64)
            few = few[: _rivals(between[0], items, reach_ms, best, k, few)]
            between = metric.between_ms(crews.item_stop[few], node[far : far + 1])
            _fold(between, few, items, (seed_ms, far, seeds), best, winner)
    found = best.argsort(kind="stable")[:k]
    found = found[best[found] < FAR_MS]
    times, metres_m = best[found], np.empty(len(found))
    lines: list[Floats] = []
    for number, unit in enumerate(found.tolist()):
        begin, won = places.fraction[unit], int(winner[unit])
        if won < 0:
            metres_m[number] = _straight(
                roads, places, unit, end, int(direct_end[unit]), lines if drawn else None
            )
            continue
        item, seed = divmod(won, seeds)
        back = metric.back_arcs(int(crews.item_node[item]), int(node[seed]))
        way = back, (crews.item_arc[item], arc[seed]), (begin, end.places.fraction[owner[seed]])
        metres_m[number] = _length_m(*way, roads.edges, roads.arc_m)
        if drawn:
            lines.append(_line(*way, roads.edges, roads.edge_start, roads.shape))
    return found, times, metres_m, lines


def _straight(  # noqa: PLR0917  # what the question has at hand
    roads: Roads, places: RoadPoints, unit: int, end: Ends, at: int, lines: list[Floats] | None
) -> float:
    """Return the length of a way along the one road that crew and incident are on; draw it where asked."""
    edge = places.edge[unit : unit + 1]
    begin, to = places.fraction[unit : unit + 1], end.places.fraction[at : at + 1]
    if lines is not None:
        lines.append(draw(edge, begin, to, roads.edge_start, roads.shape))
    arc = max(roads.edges[0][edge[0]], roads.edges[1][edge[0]])
    return float(abs(to[0] - begin[0]) * roads.arc_m[arc])


@kernel
def _begin(  # noqa: PLR0917  # compiled code takes its arguments by position
    own_ms: Ints,
    ahead: tuple[Ints, Ints, Ints],
    edges: tuple[Ints, Ints, Ints],
    arc_tail: Ints,
    units: tuple[Ints, Floats, Ints, Ints],
    end: tuple[Ints, Floats, Ints],
    seeds: tuple[Ints, Ints, Ints, Ints],
    out: tuple[Ints, Ints, Ints],
) -> tuple[int, int]:
    """Write the seeds, and the times straight along the road; return how many seeds, and the near one.

    The near one is -1 unless there are two seeds, at the ends of one street that is open both ways.
    """
    edge_forward, edge_backward, _ = edges
    _, head, through_ms = ahead
    best, winner, direct_end = out
    node, ms, arc, owner, direct_ms, direct = sow(own_ms, (edge_forward, edge_backward), arc_tail, units, end)
    for unit in range(len(best)):
        best[unit] = direct_ms[unit] if direct_ms[unit] >= 0 else FAR_MS
        winner[unit], direct_end[unit] = -1, direct[unit]
    for seed in range(len(node)):
        seeds[0][seed], seeds[1][seed] = node[seed], ms[seed]
        seeds[2][seed], seeds[3][seed] = arc[seed], owner[seed]
    near = -1
    if len(node) == 2 and owner[0] == owner[1]:
        joined = head[arc[0]] == node[1] and head[arc[1]] == node[0]
        if joined and through_ms[arc[0]] >= 0 and through_ms[arc[1]] >= 0:
            near = 0 if ms[0] <= ms[1] else 1
    return len(node), near


@kernel
def _fold(  # noqa: PLR0917  # compiled code takes its arguments by position
    between: Ints,
    asked: Ints,
    items: tuple[Ints, Ints],
    seeds: tuple[Ints, int, int],
    best: Ints,
    winner: Ints,
) -> None:
    """Let each unit have its soonest way: `winner` is item × seeds + seed, -1 for straight along the road.

    Args:
        between: [rows, asked]: of the seeds from the first on.
        asked: the items.
        items: (ms, unit).
        seeds: (ms, the first of the rows, how many there are).
        best: [units], updated.
        winner: [units], updated.
    """
    item_ms, item_unit = items
    seed_ms, first, count = seeds
    for row in range(len(between)):
        for column in range(len(asked)):
            if between[row, column] < FAR_MS:
                item = asked[column]
                when = np.int64(between[row, column]) + seed_ms[first + row] + item_ms[item]
                if when < best[item_unit[item]]:
                    best[item_unit[item]] = when
                    winner[item_unit[item]] = item * count + first + row


@kernel
def _rivals(  # noqa: PLR0917  # compiled code takes its arguments by position
    between: Ints, items: tuple[Ints, Ints], reach_ms: int, best: Ints, k: int, out: Ints
) -> int:
    """Write the items that may name one of the first k by the far seed; return how many.

    Args:
        between: [items] to the near seed.
        items: (ms, unit).
        reach_ms: the far seed's own time, less that from it to the near one.
        best: [units] by the near seed.
        k: how many are named.
        out: [items], written.
    """
    item_ms, item_unit = items
    last_ms = np.sort(best)[k - 1]
    count = 0
    for item in range(len(item_ms)):
        if between[item] < FAR_MS:
            least_ms = np.int64(between[item]) + item_ms[item] + reach_ms
            if least_ms <= last_ms and least_ms < best[item_unit[item]]:
                out[count] = item
                count += 1
    return count


@kernel
def _length_m(
    back: Ints,
    ends: tuple[int, int],
    fractions: tuple[float, float],
    edges: tuple[Ints, Ints, Ints],
    arc_m: Floats,
) -> float:
    """Return the length of a way.

    Args:
        back: the whole arcs, from the incident on.
        ends: the crew's arc and the incident's.
        fractions: of their edges, where crew and incident are.
        edges: of the roads.
        arc_m: likewise.
    """
    edge_forward, _, arc_edge = edges
    off = 1.0 if edge_forward[arc_edge[ends[0]]] == ends[0] else 0.0
    on = 0.0 if edge_forward[arc_edge[ends[1]]] == ends[1] else 1.0
    metres = abs(off - fractions[0]) * arc_m[ends[0]] + abs(fractions[1] - on) * arc_m[ends[1]]
    for arc in back:
        metres += arc_m[arc]
    return float(metres)


@kernel
def _line(  # noqa: PLR0917  # compiled code takes its arguments by position
    back: Ints,
    ends: tuple[int, int],
    fractions: tuple[float, float],
    edges: tuple[Ints, Ints, Ints],
    edge_start: Ints,
    shape: tuple[Ints, Ints],
) -> Floats:
    """Draw a way; see `_length_m`."""
    edge_forward, _, arc_edge = edges
    edge, start, stop = np.empty(len(back) + 2, np.int64), np.empty(len(back) + 2), np.empty(len(back) + 2)
    count = 0
    for number in range(len(back) + 2):
        arc = ends[0] if number == 0 else (ends[1] if number > len(back) else back[len(back) - number])
        if arc_edge[arc] < 0:
            continue
        edge[count] = arc_edge[arc]
        stop[count] = 1.0 if edge_forward[arc_edge[arc]] == arc else 0.0
        start[count] = 1.0 - stop[count]
        count += 1
    start[0], stop[count - 1] = fractions[0], fractions[1]
    return draw(edge[:count], start[:count], stop[:count], edge_start, shape)
