"""Coverage: how soon the nearest free unit is on each road and at each address; which share is in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.crews import part_ms
from routing.graph import RoadGraph
from routing.partway import RoadPoints, departures
from routing.search import NEVER, Scratch, tree
from routing.weights import Weights, fixed

Ints = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Coverage:
    """Where the units that were asked about are when, under one set of weights."""

    graph: RoadGraph
    weights: Weights
    units: RoadPoints
    node_ms: Ints  # [N] from the nearest unit; NEVER where none can come

    def road_share(self, within_s: float) -> float:
        """Return the share of the roads' length that a unit reaches within that time, 0 to 1."""
        return float((self.reached(within_s) * self.graph.edge_m).sum() / self.graph.edge_m.sum())

    def reached(self, within_s: float) -> Floats:
        """Return which part of each edge is reached in time: [E], 0 to 1."""
        out = np.zeros(self.graph.edges)
        _reached(self.node_ms, self.weights.own_ms, *_arrays(self.graph), round(within_s * 1000), out)
        own = np.unique(self.units.edge[self.units.edge >= 0])
        # From a unit's own place, one also drives along the edge that it is on: sampled, as units overlap.
        count = 33
        none = np.zeros(count * len(own), dtype=np.int64)
        spots = np.tile(np.linspace(0, 1, count), len(own))
        times = self.times_ms(RoadPoints(np.repeat(own, count), spots, np.zeros(len(none)), none, none))
        within = ((times >= 0) & (times <= within_s * 1000)).reshape(-1, count).mean(axis=1)
        out[own] = np.maximum(out[own], within)
        return out

    def edge_ms(self) -> Ints:
        """Return when the middle of each edge is reached, [E] ms; -1 for never."""
        count = self.graph.edges
        none = np.zeros(count, dtype=np.int64)
        return self.times_ms(RoadPoints(np.arange(count), np.full(count, 0.5), np.zeros(count), none, none))

    def times_ms(self, places: RoadPoints) -> Ints:
        """Return when places are reached, [n] ms; -1 for never and for places off every road."""
        out = np.empty(len(places), dtype=np.int64)
        units = self.units
        _times(
            self.node_ms,
            self.weights.own_ms,
            *_arrays(self.graph),
            (places.edge, places.fraction),
            (units.edge, units.fraction, units.round_forward_ms, units.round_backward_ms),
            np.argsort(units.edge, kind="stable"),
            out,
        )
        return out

    def address_share(self, places: RoadPoints, within_s: float) -> float | None:
        """Return the share of addresses (where they are on the roads) reached in time; None without any."""
        if len(places) == 0:
            return None
        times = self.times_ms(places)
        return float(((times >= 0) & (times <= within_s * 1000)).mean())


def cover(graph: RoadGraph, weights: Weights, scratch: Scratch, units: RoadPoints) -> Coverage:
    """Grow one tree from all units over the whole map."""
    node, ms, _, _ = departures(graph, weights.own_ms, units)
    return Coverage(graph, weights, units, fixed(tree(scratch, weights.ahead, (node, ms))))


def _arrays(graph: RoadGraph) -> tuple[tuple[Ints, Ints, Ints]]:
    return ((fixed(graph.edge_forward), fixed(graph.edge_backward), fixed(graph.arc_tail)),)


@kernel
def _reached(
    node_ms: Ints, own_ms: Ints, edges: tuple[Ints, Ints, Ints], within_ms: int, out: Floats
) -> None:
    """Add up what is driven into each edge from either end before the time is up."""
    edge_forward, edge_backward, arc_tail = edges
    for edge in range(len(out)):
        share = 0.0
        for arc in (edge_forward[edge], edge_backward[edge]):
            if arc >= 0 and node_ms[arc_tail[arc]] <= within_ms:
                share += min(1.0, (within_ms - node_ms[arc_tail[arc]]) / own_ms[arc])
        out[edge] = min(1.0, share)


@kernel
def _times(  # noqa: PLR0917  # compiled code takes its arguments by position
    node_ms: Ints,
    own_ms: Ints,
    edges: tuple[Ints, Ints, Ints],
    places: tuple[Ints, Floats],
    units: tuple[Ints, Floats, Ints, Ints],
    by_edge: Ints,
    out: Ints,
) -> None:
    edge_forward, edge_backward, arc_tail = edges
    place_edge, place_fraction = places
    unit_edge, unit_fraction, forward_ms, backward_ms = units
    sorted_edge = unit_edge[by_edge]
    for number in range(len(place_edge)):
        edge = place_edge[number]
        best = NEVER
        if edge >= 0:
            first = np.searchsorted(sorted_edge, edge)
            for against in range(2):
                arc = edge_backward[edge] if against else edge_forward[edge]
                if arc < 0:
                    continue
                to = 1.0 - place_fraction[number] if against else place_fraction[number]
                to_ms = part_ms(own_ms[arc], to)
                if node_ms[arc_tail[arc]] < NEVER:
                    best = min(best, node_ms[arc_tail[arc]] + to_ms)
                at = first
                while at < len(sorted_edge) and sorted_edge[at] == edge:
                    unit = by_edge[at]
                    begin = 1.0 - unit_fraction[unit] if against else unit_fraction[unit]
                    if begin <= to:
                        turn_ms = backward_ms[unit] if against else forward_ms[unit]
                        when = to_ms - part_ms(own_ms[arc], begin)
                        best = min(best, when + (turn_ms if begin < to else 0))
                    at += 1
        out[number] = best if best < NEVER else -1
