"""Matching: a track → the roads that it was driven on, as a hidden Markov model (Newson & Krumm 2009).

The states are the places on the roads near each position; a state is likely where it is near and fits the
heading, and a step is likely where the way between two places is about as long as the straight line.
Viterbi's algorithm finds the likeliest row of states. Where no way joins two positions (a jump, a road that
the map does not have), the row ends and another begins.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from routing.graph import RoadGraph
from routing.outward import Reached
from routing.partway import RoadPoints
from routing.snap import Ends, Snapper
from routing.times import great_circle_m

REACH_M = 45.0  # places farther from a position are no candidates
CANDIDATES = 6
SIGMA_M = 8.0  # a receiver's error in a city
DETOUR_M = 12.0  # a way so much longer than the straight line is e times less likely
AGAINST = 6.0  # what driving against the heading costs, in units of log-likelihood
NEAR_M = 4.0  # positions nearer to the last say nothing new

Between = Callable[[RoadPoints, Ends, int, int], list[Reached | None]]
"""(start, ends, how many, limit in ms) → how each end is reached."""


class Seen(NamedTuple):
    """One position of a track."""

    taken_ms: int
    lat_deg: float
    lon_deg: float
    heading_deg: float | None = None


class Matched(NamedTuple):
    """Where on a road a vehicle was."""

    edge: int
    fraction: float
    off_m: float
    begins: bool  # no way leads here from the position before
    arcs: tuple[int, ...] = ()  # driven since the position before, the first and the last in part


class _Layer(NamedTuple):
    """The candidates of one position."""

    number: int  # in the track
    places: RoadPoints
    score: list[float]
    before: list[int]  # the best candidate of the layer before, -1 at a beginning
    ways: list[tuple[int, ...]]


def match(
    graph: RoadGraph, snapper: Snapper, between: Between, track: Sequence[Seen]
) -> list[Matched | None]:
    """Return the place of each position of a track, in its order; None where no road is near.

    Args:
        graph: the roads.
        snapper: of that graph.
        between: how one drives from a place to others.
        track: in the order in which it was driven.
    """
    layers: list[_Layer] = []
    for number, seen in enumerate(track):
        places, bearing = snapper.near(seen.lat_deg, seen.lon_deg, REACH_M)
        if len(places) == 0:
            continue
        if layers and number < len(track) - 1:
            last = track[layers[-1].number]
            if great_circle_m((last.lat_deg, last.lon_deg), (seen.lat_deg, seen.lon_deg)) < NEAR_M:
                continue
        places, bearing = places.take(slice(0, CANDIDATES)), bearing[:CANDIDATES]
        layers.append(_step(graph, between, track, layers[-1] if layers else None, number, places, bearing))
    answers: list[Matched | None] = [None] * len(track)
    chosen = -1
    for at in range(len(layers) - 1, -1, -1):
        layer = layers[at]
        if chosen < 0:
            chosen = int(np.argmax(layer.score))
        answers[layer.number] = Matched(
            edge=int(layer.places.edge[chosen]),
            fraction=float(layer.places.fraction[chosen]),
            off_m=float(layer.places.off_m[chosen]),
            begins=layer.before[chosen] < 0,
            arcs=layer.ways[chosen],
        )
        chosen = layer.before[chosen]
    return answers


def _step(  # noqa: PLR0917  # one step of the model, in the order of its formula
    graph: RoadGraph,
    between: Between,
    track: Sequence[Seen],
    before: _Layer | None,
    number: int,
    places: RoadPoints,
    bearing: np.ndarray,
) -> _Layer:
    seen, count = track[number], len(places)
    own = [-0.5 * (off_m / SIGMA_M) ** 2 for off_m in places.off_m.tolist()]
    if seen.heading_deg is not None:
        cosine = np.cos(np.radians(seen.heading_deg - bearing))
        fit = np.maximum(
            np.where(graph.edge_forward[places.edge] >= 0, cosine, -1),
            np.where(graph.edge_backward[places.edge] >= 0, -cosine, -1),
        )
        own = [score - AGAINST * (1 - float(one)) / 2 for score, one in zip(own, fit, strict=True)]
    best, origin = [-math.inf] * count, [-1] * count
    ways: list[tuple[int, ...]] = [()] * count
    if before is not None:
        last = track[before.number]
        apart_m = great_circle_m((last.lat_deg, last.lon_deg), (seen.lat_deg, seen.lon_deg))
        # At a walking pace, and half a minute more: a longer way is no answer.
        limit_ms = round(30_000 + apart_m / 1.5 * 1000)
        ends = Ends(places, np.arange(count), np.zeros(count, dtype=np.int64))
        for state, so_far in enumerate(before.score):
            start = before.places.take(slice(state, state + 1))
            for end, reached in enumerate(between(start, ends, count, limit_ms)):
                if reached is None:
                    continue
                score = so_far - abs(reached.metres_m - apart_m) / DETOUR_M
                if score > best[end]:
                    best[end], origin[end] = score, state
                    ways[end] = tuple(reached.arcs.tolist())
    if max(best) == -math.inf:  # a new row
        return _Layer(number, places, own, origin, ways)
    return _Layer(number, places, [a + b for a, b in zip(best, own, strict=True)], origin, ways)
