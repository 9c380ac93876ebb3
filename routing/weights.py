"""Weights: the times of all arcs as things stand: hour, siren, what was learned, what is closed or slow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.graph import RoadGraph
from routing.learning import Factors
from routing.speeds import CLASSES, hour_factor
from routing.timetable import shut_arcs

Ints = NDArray[Any]
Rows = tuple[Ints, Ints, Ints]

SLOWEST = 100.0  # a slow road takes at most this many times as long; beyond that, close it


@dataclass(frozen=True)
class Conditions:
    """What the times of the roads depend on, besides the roads."""

    hour: int | None = None  # local hour of the day, 0–23; None: no hour's factor
    closed: frozenset[int] = frozenset()  # edges that nobody drives through
    slow: Mapping[int, float] = field(default_factory=dict)  # edge → how many times as long it takes
    learned: Factors | None = None
    # Local time for what is open by the hour only; None: as it stands for most of the year.
    local: dt.datetime | None = None


@dataclass(frozen=True, eq=False)
class Weights:
    """Times under one set of conditions, in the forms that the kernels read. Never changed, only replaced.

    A closed road has no time in `ahead` and `back` (-1): nothing leads through it. Who stands on it, or is
    needed on it, still gets off it or onto it, by `own_ms`.
    """

    siren: bool
    ahead: Rows  # (start, head, ms) by the node that is left
    back: Rows  # (start, tail, ms) by the node that is entered
    own_ms: Ints  # [A] ≥ 1


def weights(graph: RoadGraph, conditions: Conditions, *, siren: bool) -> Weights:
    """Return the times of a graph's arcs under conditions."""
    own_ms = graph.arc_ms(siren=siren)
    factors = np.ones(len(CLASSES) + 1)  # the last is for the arcs inside junctions
    for number, road in enumerate(CLASSES):
        if conditions.hour is not None:
            factors[number] *= hour_factor(road, conditions.hour, siren=siren)
        if conditions.learned is not None:
            factors[number] *= conditions.learned.factor(number, conditions.hour, siren=siren)
    if (factors != 1).any() or conditions.slow:
        road_of = np.where(graph.arc_edge >= 0, graph.edge_road[graph.arc_edge], len(CLASSES))
        scale = factors[road_of]
        for edge, factor in conditions.slow.items():
            for arc in _arcs_of(graph, edge):
                scale[arc] *= min(max(factor, 1.0), SLOWEST)
        own_ms = np.maximum(1, np.rint(own_ms * scale)).astype(np.int32)
    through_ms = own_ms
    shut = shut_arcs(graph, conditions.local)
    if conditions.closed or len(shut):
        through_ms = own_ms.copy()
        through_ms[shut] = -1
        for edge in conditions.closed:
            through_ms[_arcs_of(graph, edge)] = -1
    untouched = through_ms is graph.arc_ms(siren=siren)
    back_ms = graph.back_ms(siren=siren) if untouched else through_ms[graph.back_arc]
    return Weights(
        siren=siren,
        ahead=(fixed(graph.arc_start), fixed(graph.arc_head), fixed(through_ms)),
        back=(fixed(graph.back_start), fixed(graph.back_tail), fixed(back_ms)),
        own_ms=fixed(own_ms),
    )


def _arcs_of(graph: RoadGraph, edge: int) -> list[int]:
    """Return the arcs that drive an edge; those of its copies, where a turn over it is restricted, too."""
    ends = np.array([graph.edge_forward[edge], graph.edge_backward[edge]])
    return [int(arc) for arc in ends[ends >= 0]]


def fixed(array: Ints) -> Ints:
    """Return the array as a plain one that nobody writes: the one type that the kernels are compiled for."""
    plain = np.ascontiguousarray(array).view()
    plain.flags.writeable = False
    return plain
