"""Partway: places part-way along roads, and what the rest of their arc costs.

One rounding holds everywhere: the time from an arc's tail to the fraction f of it is `floor(ms * f + 0.5)`,
and the time from there to its head is the arc's time less that. So the parts of an arc add up to the arc.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.graph import RoadGraph

Ints = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RoadPoints:
    """n places on roads."""

    edge: Ints  # [n] or -1: too far from any road
    fraction: Floats  # [n] of the edge's length, from its drawn start
    off_m: Floats  # [n] distance to the road
    round_forward_ms: Ints  # [n] what it costs to turn round before leaving along the edge as drawn
    round_backward_ms: Ints  # [n] and before leaving against it

    def __len__(self) -> int:
        return len(self.edge)

    @classmethod
    def joined(cls, parts: Sequence[RoadPoints]) -> RoadPoints:
        """Return the places of all parts in one row."""
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return cls(none, np.zeros(0), np.zeros(0), none, none)
        return cls(
            np.concatenate([part.edge for part in parts]),
            np.concatenate([part.fraction for part in parts]),
            np.concatenate([part.off_m for part in parts]),
            np.concatenate([part.round_forward_ms for part in parts]),
            np.concatenate([part.round_backward_ms for part in parts]),
        )

    def take(self, index: Ints | slice) -> RoadPoints:
        """Return some of the places."""
        return RoadPoints(
            self.edge[index],
            self.fraction[index],
            self.off_m[index],
            self.round_forward_ms[index],
            self.round_backward_ms[index],
        )


def _part_ms(whole_ms: Ints, fraction: Floats) -> Ints:
    return np.floor(whole_ms * fraction + 0.5).astype(np.int64)


def _along(points: RoadPoints, arc_of_edge: Ints) -> tuple[Ints, Ints]:
    """Return (index of point, its arc) for the points that have such an arc."""
    on = np.flatnonzero(points.edge >= 0)
    arc = arc_of_edge[points.edge[on]]
    there = arc >= 0
    return on[there], arc[there]


def departures(graph: RoadGraph, arc_ms: Ints, points: RoadPoints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return how one leaves each place, up to two ways each: (first node, ms to it, place, arc)."""
    ahead, ahead_arc = _along(points, graph.edge_forward)
    back, back_arc = _along(points, graph.edge_backward)
    index, arc = np.concatenate([ahead, back]), np.concatenate([ahead_arc, back_arc])
    fraction = np.concatenate([points.fraction[ahead], 1 - points.fraction[back]])
    turn_ms = np.concatenate([points.round_forward_ms[ahead], points.round_backward_ms[back]])
    whole_ms = arc_ms[arc].astype(np.int64)
    rest_ms = whole_ms - _part_ms(whole_ms, fraction) + turn_ms
    return graph.arc_head[arc].astype(np.int64), rest_ms, index, arc


def arrivals(graph: RoadGraph, arc_ms: Ints, points: RoadPoints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return how one comes to each place, up to two ways each: (last node, ms from it, place, arc)."""
    ahead, ahead_arc = _along(points, graph.edge_forward)
    back, back_arc = _along(points, graph.edge_backward)
    index, arc = np.concatenate([ahead, back]), np.concatenate([ahead_arc, back_arc])
    fraction = np.concatenate([points.fraction[ahead], 1 - points.fraction[back]])
    return graph.arc_tail[arc].astype(np.int64), _part_ms(arc_ms[arc], fraction), index, arc


def direct_ms(graph: RoadGraph, arc_ms: Ints, starts: RoadPoints, ends: RoadPoints) -> Ints:
    """Return the time from each start to its end along the one arc that both are on, or -1 without one.

    Starts and ends are of one length, or either is of length 1 and meets all of the other.
    """
    count = max(len(starts), len(ends)) if len(starts) and len(ends) else 0
    best = np.full(count, -1, dtype=np.int64)
    same = np.flatnonzero(np.broadcast_to((starts.edge == ends.edge) & (starts.edge >= 0), (count,)))
    if len(same) == 0:
        return best
    start_of = np.zeros(len(same), int) if len(starts) == 1 else same
    end_of = np.zeros(len(same), int) if len(ends) == 1 else same
    start, end = starts.take(start_of), ends.take(end_of)
    for arcs, start_at, end_at, turn_ms in (
        (graph.edge_forward, start.fraction, end.fraction, start.round_forward_ms),
        (graph.edge_backward, 1 - start.fraction, 1 - end.fraction, start.round_backward_ms),
    ):
        arc = arcs[start.edge]
        whole_ms = arc_ms[arc]
        along = _part_ms(whole_ms, end_at) - _part_ms(whole_ms, start_at)
        along = along + np.where(start_at == end_at, 0, turn_ms)  # already there: nothing to turn for
        ok = (arc >= 0) & (start_at <= end_at)
        now = best[same]
        best[same] = np.where(ok & ((now < 0) | (along < now)), along, now)
    return best
