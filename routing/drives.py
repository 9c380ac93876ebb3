"""Drives: a finished drive, put on the roads, as what it teaches: how long each stretch really took."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np

from routing.graph import RoadGraph
from routing.learning import Factors, Run, Stretch
from routing.matching import Matched, Seen
from routing.speeds import CLASSES, hour_factor
from routing.times import great_circle_m

# At least so much lies between two positions: closer ones say more of the receiver than of the road.
LEAST_M, LEAST_MS = 60.0, 5_000
# A stretch belongs to the class of road on which at least so much of it was driven.
PURE = 0.8
# A shorter one is all error of its two ends, seconds.
SHORTEST_S = 3.0
# A drive of which less was put on joined roads says nothing about how long a drive takes.
JOINED_LEAST = 0.8
SHORTEST_DRIVE_S = 60.0

_NAMES = tuple(CLASSES)
_NUMBERS = {name: number for number, name in enumerate(CLASSES)}


class Drive(msgspec.Struct, frozen=True, array_like=True):
    """One drive, by the map's classes of roads. Stored: a new field goes to the end and has a default."""

    id: str
    at_ms: int
    hour: int  # local
    siren: bool
    actual_s: float
    by_road: tuple[tuple[str, float], ...]  # class, seconds by the map alone
    stretches: tuple[tuple[str, float, float], ...]  # class, seconds by the map alone, seconds that it took

    def run(self, factors: Factors) -> Run:
        """Return the whole drive, predicted with factors."""
        return Run(
            sum(
                predicted_s * factors.factor(_NUMBERS[road], self.hour, siren=self.siren)
                for road, predicted_s in self.by_road
                if road in _NUMBERS
            ),
            self.actual_s,
        )

    def lessons(self) -> list[Stretch]:
        """Return its stretches, to learn from."""
        return [
            Stretch(_NUMBERS[road], self.hour, self.siren, predicted_s, actual_s)
            for road, predicted_s, actual_s in self.stretches
            if road in _NUMBERS
        ]


def thinned(track: Sequence[Seen]) -> list[Seen]:
    """Return the positions of a track that say something new, without the standing at its ends."""
    kept: list[Seen] = []
    for seen in track:
        if kept:
            last = kept[-1]
            apart_m = great_circle_m((last.lat_deg, last.lon_deg), (seen.lat_deg, seen.lon_deg))
            if apart_m < LEAST_M:
                if len(kept) == 1:  # it has not set off yet
                    kept[0] = seen
                continue
            if seen.taken_ms - last.taken_ms < LEAST_MS:
                continue
        kept.append(seen)
    return kept


def drive_of(  # what is known of one drive
    graph: RoadGraph,
    track: Sequence[Seen],
    matched: Sequence[Matched | None],
    drive_id: str,
    hour: int,
    *,
    siren: bool,
) -> Drive | None:
    """Return what a matched track teaches; None where too little of it lies on joined roads.

    Args:
        graph: the roads.
        track: thinned.
        matched: from `routing.matching`, one for each position.
        drive_id: whose it is.
        hour: local hour at which it was driven.
        siren: whether with siren.
    """
    ms = graph.arc_ms(siren=siren)
    hours = [hour_factor(road, hour, siren=siren) for road in CLASSES]
    on = [(seen, place) for seen, place in zip(track, matched, strict=True) if place is not None]
    if len(on) < 2:
        return None
    whole_s, joined_s = (on[-1][0].taken_ms - on[0][0].taken_ms) / 1000, 0.0
    by_road: dict[int, float] = {}
    stretches: list[tuple[str, float, float]] = []
    for (before, start), (after, end) in pairwise(on):
        actual_s = (after.taken_ms - before.taken_ms) / 1000
        if end.begins or not end.arcs or actual_s <= 0:
            continue
        joined_s += actual_s
        arcs = np.array(end.arcs, dtype=np.int64)
        edge = graph.arc_edge[arcs]
        share = np.ones(len(arcs))
        if len(arcs) == 1:
            share[0] = abs(end.fraction - start.fraction)
        else:
            share[0] = 1 - _along(graph, start, int(arcs[0]))
            share[-1] = _along(graph, end, int(arcs[-1]))
        leg: dict[int, float] = {}
        for arc, road, part in zip(
            arcs.tolist(), graph.edge_road[edge].tolist(), share.tolist(), strict=True
        ):
            if graph.arc_edge[arc] >= 0:
                leg[road] = leg.get(road, 0.0) + float(ms[arc]) * part * hours[road] / 1000
        for road, predicted_s in leg.items():
            by_road[road] = by_road.get(road, 0.0) + predicted_s
        predicted_s = sum(leg.values())
        road = max(leg, key=lambda one: leg[one], default=-1)
        if predicted_s >= SHORTEST_S and leg[road] >= PURE * predicted_s:
            stretches.append((_NAMES[road], round(predicted_s, 2), round(actual_s, 2)))
    if joined_s < SHORTEST_DRIVE_S or joined_s < JOINED_LEAST * whole_s or not by_road:
        return None
    return Drive(
        id=drive_id,
        at_ms=on[0][0].taken_ms,
        hour=hour,
        siren=siren,
        actual_s=round(joined_s, 3),
        by_road=tuple((_NAMES[road], round(seconds_s, 3)) for road, seconds_s in sorted(by_road.items())),
        stretches=tuple(stretches),
    )


def _along(graph: RoadGraph, place: Matched, arc: int) -> float:
    """Return which part of the arc lies before a place."""
    return place.fraction if graph.edge_forward[place.edge] == arc else 1 - place.fraction
