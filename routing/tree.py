"""Tree: the time from every road to one destination, so that each ETA of a moving unit is a look-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.crews import part_ms
from routing.graph import RoadGraph
from routing.partway import RoadPoints, arrivals
from routing.search import NEVER, Scratch, tree
from routing.snap import Ends
from routing.weights import Weights, fixed

Ints = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tree:
    """All ways to one destination under one set of weights; 4 bytes a node."""

    graph: RoadGraph
    weights: Weights
    end: Ends
    node_ms: Ints  # [N] from each node to the destination; NEVER where no way leads there

    def etas_ms(self, places: RoadPoints) -> Ints:
        """Return the time from each place to the destination, [n] ms; -1 where there is none.

        The same answers as a query would give, part-way along roads, to the millisecond.
        """
        out = np.empty(len(places), dtype=np.int64)
        graph = self.graph
        _etas(
            self.node_ms,
            self.weights.own_ms,
            (fixed(graph.edge_forward), fixed(graph.edge_backward), fixed(graph.arc_head)),
            (places.edge, places.fraction, places.round_forward_ms, places.round_backward_ms),
            (self.end.places.edge, self.end.places.fraction, self.end.walk_ms),
            out,
        )
        return out


def to_destination(graph: RoadGraph, weights: Weights, scratch: Scratch, end: Ends) -> Tree:
    """Grow the tree of one destination over the whole map."""
    node, ms, place, _ = arrivals(graph, weights.own_ms, end.places)
    times = tree(scratch, weights.back, (node, ms + end.walk_ms[place]))
    return Tree(graph, weights, end, fixed(times))


@kernel
def _etas(  # noqa: PLR0917  # compiled code takes its arguments by position
    node_ms: Ints,
    own_ms: Ints,
    edges: tuple[Ints, Ints, Ints],
    places: tuple[Ints, Floats, Ints, Ints],
    end: tuple[Ints, Floats, Ints],
    out: Ints,
) -> None:
    edge_forward, edge_backward, arc_head = edges
    place_edge, place_fraction, forward_ms, backward_ms = places
    end_edge, end_fraction, walk_ms = end
    for number in range(len(place_edge)):
        edge = place_edge[number]
        best = NEVER
        for against in range(2 if edge >= 0 else 0):
            arc = edge_backward[edge] if against else edge_forward[edge]
            if arc < 0:
                continue
            turn_ms = backward_ms[number] if against else forward_ms[number]
            begin = 1.0 - place_fraction[number] if against else place_fraction[number]
            done_ms = part_ms(own_ms[arc], begin)
            if node_ms[arc_head[arc]] < NEVER:
                best = min(best, own_ms[arc] - done_ms + turn_ms + node_ms[arc_head[arc]])
            for at in range(len(end_edge)):
                to = 1.0 - end_fraction[at] if against else end_fraction[at]
                if end_edge[at] == edge and begin <= to:
                    when = part_ms(own_ms[arc], to) - done_ms + walk_ms[at]
                    best = min(best, when + (turn_ms if begin < to else 0))
        out[number] = best if best < NEVER else -1
