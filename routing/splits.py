"""Splits: junctions taken apart, so that nodes and arcs know which turns are free, dear or forbidden.

Taken apart are junctions with a barrier or a restriction, and crossings of larger roads, where turning left
means waiting. Each road's end there gets a copy to arrive at and a copy to leave from, and an arc joins them
where the turn is allowed, at its cost. Everywhere else a turn costs nothing of its own, and turning round
never pays on a shortest way, with one exception: behind a forbidden or dear turn, where it would be the cheap
way round it; so the roads' ends there (`_beyond`) are taken apart from the others as well.

Where a restriction leads over a way, that way gets a second copy, a *twin*, for those who came from its
`from`: they leave it by other turns than everybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.drawn import Drawn
from routing.pieces import Pieces, kept_nodes, restricted_ways
from routing.turncosts import ROUND, STRAIGHT, TURN_ROUND_MS, TurnMs, turn_ms
from routing.turns import End, Move, Patterns, forbidden

Ints = NDArray[Any]

# Where at least this many ends of such roads meet, a turn has to wait for others. Crossings are taken apart
# for that; a fork of larger roads has its turns' costs where it is taken apart for a restriction anyway.
LARGER_ROADS = frozenset({"motorway", "trunk", "primary", "secondary", "tertiary"})
CROSSING_ENDS, FORK_ENDS = 4, 3


class Joint(NamedTuple):
    """An arc inside a junction."""

    tail: int
    head: int
    plain_ms: int  # ≥ 1, so that no loop is free
    siren_ms: int
    shut: frozenset[str] = frozenset()  # schedules at which this turn is forbidden


class Twin(NamedTuple):
    """A second copy of an edge, driven one way."""

    edge: int
    side: int  # 0 as drawn, 1 against it
    leave: int
    arrive: int


@dataclass
class Split:
    """Where each edge begins and ends, once the junctions are apart."""

    leave_tail: Ints  # [E] the node from which one drives it as drawn
    arrive_head: Ints  # [E] the node at which one then arrives
    leave_head: Ints  # [E] the node from which one drives it against that
    arrive_tail: Ints  # [E]
    place: list[int]  # [nodes] the point where each node lies
    joints: list[Joint] = field(default_factory=list)
    twins: list[Twin] = field(default_factory=list)
    applied: int = 0  # restrictions

    def node(self, point: int) -> int:
        """Return a new node at a point."""
        self.place.append(point)
        return len(self.place) - 1

    def leaves(self, end: End) -> int:
        """Return the node from which one leaves by an end."""
        return int((self.leave_tail, self.leave_head)[end[1]][end[0]])

    def arrives(self, end: End) -> int:
        """Return the node at which one arrives by an end."""
        return int((self.arrive_tail, self.arrive_head)[end[1]][end[0]])

    def move_ends(self, end: End, *, leave: int | None = None, arrive: int | None = None) -> None:
        """Let an edge's end leave from, or arrive at, another node."""
        if leave is not None:
            (self.leave_tail, self.leave_head)[end[1]][end[0]] = leave
        if arrive is not None:
            (self.arrive_tail, self.arrive_head)[end[1]][end[0]] = arrive


class _Field:
    """What the pieces say about the ends that meet at a point."""

    def __init__(self, drawn: Drawn, pieces: Pieces) -> None:
        self.drawn, self.pieces = drawn, pieces
        points = np.concatenate([pieces.tail, pieces.head])
        self._order = np.argsort(points, kind="stable")
        self._start = np.concatenate([[0], np.cumsum(np.bincount(points, minlength=len(pieces.osm)))])
        kinds = drawn.kinds
        self.forward = np.array([kind.forward for kind in kinds], dtype=bool)[pieces.kind]
        self.backward = np.array([kind.backward for kind in kinds], dtype=bool)[pieces.kind]
        self.roundabout = np.array([kind.roundabout for kind in kinds], dtype=bool)[pieces.kind]
        larger = np.array([kind.road in LARGER_ROADS for kind in kinds], dtype=bool)[pieces.kind]
        weight = (larger & ~self.roundabout).astype(np.float64)
        self.larger_ends = np.bincount(pieces.tail, weights=weight, minlength=len(pieces.osm))
        self.larger_ends += np.bincount(pieces.head, weights=weight, minlength=len(pieces.osm))
        siren_mps = np.array([kind.siren_kmh for kind in kinds]) / 3.6
        self.siren_ms = pieces.metres / siren_mps[pieces.kind] * 1000

    def ends(self, point: int) -> list[End]:
        entries = self._order[self._start[point] : self._start[point + 1]]
        edges = len(self.pieces.tail)
        return [(int(entry) % edges, int(entry) // edges) for entry in entries]

    def at_node(self, node: int) -> list[tuple[End, int]]:
        """Return the ends at an OSM node, each with its OSM way."""
        point = int(np.searchsorted(self.pieces.osm, node))
        if point == len(self.pieces.osm) or self.pieces.osm[point] != node:
            return []
        way = self.pieces.first_way, self.pieces.last_way
        return [(end, int(self.drawn.way_id[way[end[1]][end[0]]])) for end in self.ends(point)]

    def point_of(self, end: End) -> int:
        return int((self.pieces.tail, self.pieces.head)[end[1]][end[0]])

    def other_node(self, end: End) -> int:
        return int(self.pieces.osm[self.point_of((end[0], 1 - end[1]))])

    def leaves(self, end: End) -> bool:
        return bool((self.forward, self.backward)[end[1]][end[0]])

    def arrives(self, end: End) -> bool:
        return bool((self.backward, self.forward)[end[1]][end[0]])

    def crossings(self) -> list[int]:
        """Return the points where larger roads cross."""
        return [int(point) for point in np.flatnonzero(self.larger_ends >= CROSSING_ENDS)]

    def bearing_deg(self, end: End) -> float:
        """Return the direction in which one leaves by an end, from true north."""
        pieces, (edge, side) = self.pieces, end
        run = pieces.shape[pieces.start[edge] : pieces.start[edge + 1]]
        here, there = (run[0], run[1]) if side == 0 else (run[-1], run[-2])
        lat = pieces.lat_e7[here] / 1e7
        east = (int(pieces.lon_e7[there]) - int(pieces.lon_e7[here])) * np.cos(np.radians(lat))
        return float(np.degrees(np.arctan2(east, int(pieces.lat_e7[there]) - int(pieces.lat_e7[here]))))

    def turn(self, start: End, end: End) -> TurnMs:
        """Return what it costs to arrive by one end and leave by another."""
        if self.roundabout[start[0]] or self.roundabout[end[0]]:
            return STRAIGHT
        return turn_ms(self.bearing_deg(end) - self.bearing_deg(start) - 180)


def split(drawn: Drawn, pieces: Pieces) -> Split:
    """Take apart the junctions that need it."""
    ground = _Field(drawn, pieces)
    result = Split(
        leave_tail=pieces.tail.copy(),
        arrive_head=pieces.head.copy(),
        leave_head=pieces.head.copy(),
        arrive_tail=pieces.tail.copy(),
        place=list(range(len(pieces.osm))),
    )
    way_ends = {
        way: (int(drawn.node[drawn.way_start[at]]), int(drawn.node[drawn.way_start[at + 1] - 1]))
        for way, at in restricted_ways(drawn).items()
    }
    patterns, result.applied = forbidden(drawn.restrictions, ground.at_node, way_ends, ground.other_node)
    kept = [int(point) for point in np.searchsorted(pieces.osm, kept_nodes(drawn, pieces.osm))]
    points = list(dict.fromkeys([*kept, *ground.crossings()]))
    for point in points:
        for end in ground.ends(point):
            result.move_ends(end, leave=result.node(point), arrive=result.node(point))
    states = _twins(patterns, ground, result)
    for point in points:
        _join(point, ground, result, patterns, states)
    apart = set(points)
    bound = {ground.point_of((moves[-1][0], moves[-1][1])) for moves in patterns}
    bound.update(ground.crossings())
    for point, ends in _beyond(bound, apart, ground).items():
        _part(point, ends, ground, result)
    return result


def _twins(patterns: Patterns, ground: _Field, result: Split) -> dict[tuple[Move, ...], Twin]:
    """Make the twins: one for each beginning of a forbidden manoeuvre over ways, of two moves or more."""
    states: dict[tuple[Move, ...], Twin] = {}
    for pattern in patterns:
        for length in range(2, len(pattern)):
            moves = pattern[:length]
            if moves not in states:
                edge, side = moves[-1]
                if not ground.leaves((edge, side)):
                    break  # against a one-way street: nobody drives this manoeuvre anyway
                leave = result.node(ground.point_of((edge, side)))
                arrive = result.node(ground.point_of((edge, 1 - side)))
                states[moves] = Twin(edge, side, leave, arrive)
    result.twins = list(states.values())
    return states


def _join(
    point: int,
    ground: _Field,
    result: Split,
    patterns: Patterns,
    states: dict[tuple[Move, ...], Twin],
) -> None:
    """Join the ends at a point where one may turn."""
    drawn = ground.drawn
    ends = ground.ends(point)
    cost_s = drawn.barriers.get(int(ground.pieces.osm[point]), 0)
    # Turning round at the end of a street, or before a gate, is free: one has no other choice there.
    round_cost = TurnMs(0, 0) if len(ends) == 1 or cost_s != 0 else ROUND
    gate_ms = round((cost_s or 0) * 1000)
    coming: list[tuple[End, tuple[Move, ...], int]] = []
    for end in ends:
        into = end[0], 1 - end[1]
        coming.append((end, (into,), result.arrives(end)))
        coming += [(end, moves, twin.arrive) for moves, twin in states.items() if moves[-1] == into]
    for start, moves, arrive in coming:
        for end in ends:
            if cost_s is None and start != end:
                continue
            histories = [(*moves[first:], end) for first in range(len(moves))]  # the longest first
            shut = {hours for history in histories for hours in patterns.get(history, ())}
            if "" in shut:
                continue
            if start == end:
                turn = round_cost
            else:
                turn = ground.turn(start, end) if ground.larger_ends[point] >= FORK_ENDS else STRAIGHT
                turn = TurnMs(turn.plain_ms + gate_ms, turn.siren_ms + gate_ms)
            twin = next((states[history] for history in histories if history in states), None)
            leave = result.leaves(end) if twin is None else twin.leave
            result.joints.append(
                Joint(arrive, leave, max(1, turn.plain_ms), max(1, turn.siren_ms), frozenset(shut))
            )


def _beyond(bound: set[int], apart: set[int], ground: _Field) -> dict[int, set[End]]:
    """Return the ends at which turning round would be a cheap way round a forbidden or dear turn, by point.

    One drives past the turn, turns round at the next junction, and comes back; or further on, where that is
    free and the way there and back from the next junction takes less than the U-turn costs at it.
    """
    found: dict[int, set[End]] = {}
    left_at: dict[End, float] = {}
    queue = [(point, float(TURN_ROUND_MS), -1) for point in bound]
    while queue:
        point, left_ms, by = queue.pop()
        for edge, side in ground.ends(point):
            there = edge, 1 - side
            other = ground.point_of(there)
            if edge == by or other in apart or other == point:
                continue
            if not (ground.forward[edge] and ground.backward[edge]) or len(ground.ends(other)) == 1:
                continue
            rest_ms = left_ms if by < 0 else left_ms - 2 * float(ground.siren_ms[edge])
            if rest_ms <= left_at.get(there, 0):
                continue
            left_at[there] = rest_ms
            found.setdefault(other, set()).add(there)
            queue.append((other, rest_ms, edge))
    return found


def _part(point: int, parted: Sequence[End] | set[End], ground: _Field, result: Split) -> None:
    """Take some ends at a point apart from the others, so that turning round by them costs its time."""
    together_out = result.node(point)
    for end in ground.ends(point):
        if end not in parted:
            result.move_ends(end, leave=together_out)
    ends = sorted(parted)
    for end in ends:
        result.move_ends(end, leave=result.node(point), arrive=result.node(point))
    result.joints.append(Joint(point, together_out, 1, 1))
    for start in ends:
        result.joints.append(Joint(result.arrives(start), together_out, 1, 1))
        result.joints.append(Joint(point, result.leaves(start), 1, 1))
        for end in ends:
            cost_ms = TURN_ROUND_MS if start == end else 1
            result.joints.append(Joint(result.arrives(start), result.leaves(end), cost_ms, cost_ms))
