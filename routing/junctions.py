"""Junctions: drawn ways → nodes, edges and arcs, as far as they reach one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.cells import cells_of
from routing.drawn import Drawn
from routing.graph import RoadGraph
from routing.parts import strong_parts
from routing.pieces import Pieces, pieces_of
from routing.speeds import CLASS_NUMBERS
from routing.splits import Split, split
from routing.timetable import shut_while

Ints = NDArray[Any]


class LeftOut(NamedTuple):
    """What of the drawn roads is not in the graph, because it does not reach the rest and back."""

    nodes: int
    km: float
    parts: int  # strongly connected parts besides the largest
    turns_applied: int
    second_km: float = 0.0  # length of the largest of those parts


def build(drawn: Drawn) -> tuple[RoadGraph, LeftOut] | None:
    """Return the largest strongly connected part of the drawn roads; None where there is no road."""
    pieces = pieces_of(drawn)
    if pieces is None:
        return None
    apart = split(drawn, pieces)
    arcs = _arcs(drawn, pieces, apart)
    return _largest_part(drawn, pieces, arcs, apart)


@dataclass
class _Arcs:
    """All arcs, the edges being the pieces and behind them their twins."""

    tail: Ints
    head: Ints
    plain_ms: Ints
    siren_ms: Ints
    edge: Ints  # -1 for the arcs inside a split junction
    drawn_way: NDArray[np.bool_]  # whether the arc runs as its edge is drawn
    rule: Ints  # index into rules, or -1
    place: Ints  # [nodes] the point where each node lies
    piece: Ints  # [edges] the piece that an edge is or repeats
    rules: list[str]
    # Joints that are shut at more than one schedule: (arc, rule) beside those of `rule`.
    more: list[tuple[int, int]]


def _arcs(drawn: Drawn, pieces: Pieces, apart: Split) -> _Arcs:
    kinds = drawn.kinds

    def by_kind(key: str) -> Ints:
        return np.array([getattr(kind, key) for kind in kinds])[pieces.kind]

    forward, backward = by_kind("forward").astype(bool), by_kind("backward").astype(bool)
    rule = by_kind("rule").astype(np.int64)
    # By direction (as drawn, against it) and siren.
    ms = [
        [
            np.maximum(1, np.rint(pieces.metres / by_kind(key) * 3600)).astype(np.int64)
            + pieces.halt_ms[2 * against + siren]
            for siren, key in enumerate(("plain_kmh", "siren_kmh"))
        ]
        for against in (0, 1)
    ]
    count = len(pieces.tail)
    edges = np.arange(count)
    twins = np.array(
        [(twin.edge, twin.side, twin.leave, twin.arrive) for twin in apart.twins], dtype=np.int64
    )
    twins = twins.reshape(-1, 4)
    of, against = twins[:, 0], twins[:, 1] == 1
    joint = np.array([joint[:4] for joint in apart.joints], dtype=np.int64).reshape(-1, 4)
    none = np.full(len(joint), -1)
    rules = list(drawn.rules)
    numbers = {text: number for number, text in enumerate(rules)}
    joint_rule, more = none.copy(), []
    first = int(forward.sum() + backward.sum()) + len(twins)
    for number, one in enumerate(apart.joints):
        for at, hours in enumerate(sorted(one.shut)):
            found = numbers.setdefault(shut_while(hours), len(rules))
            if found == len(rules):
                rules.append(shut_while(hours))
            if at == 0:
                joint_rule[number] = found
            else:
                more.append((first + number, found))

    def all_of(ahead: Ints, back: Ints, of_twins: Ints, of_joints: Ints) -> Ints:
        return np.concatenate([ahead[forward], back[backward], of_twins, of_joints])

    return _Arcs(
        tail=all_of(apart.leave_tail, apart.leave_head, twins[:, 2], joint[:, 0]),
        head=all_of(apart.arrive_head, apart.arrive_tail, twins[:, 3], joint[:, 1]),
        plain_ms=all_of(ms[0][0], ms[1][0], np.where(against, ms[1][0][of], ms[0][0][of]), joint[:, 2]),
        siren_ms=all_of(ms[0][1], ms[1][1], np.where(against, ms[1][1][of], ms[0][1][of]), joint[:, 3]),
        edge=all_of(edges, edges, count + np.arange(len(twins)), none),
        drawn_way=all_of(np.ones(count, bool), np.zeros(count, bool), ~against, np.zeros(len(joint), bool)),
        rule=all_of(rule, rule, rule[of], joint_rule),
        place=np.array(apart.place),
        piece=np.concatenate([edges, of]),
        rules=rules,
        more=more,
    )


def _largest_part(drawn: Drawn, pieces: Pieces, arcs: _Arcs, apart: Split) -> tuple[RoadGraph, LeftOut]:
    used = np.zeros(len(arcs.place), dtype=bool)
    used[arcs.tail] = used[arcs.head] = True
    start, order = _rows(arcs.tail, len(used))
    part = strong_parts(start, arcs.head[order])
    sizes = np.bincount(part[used])
    largest = int(sizes.argmax())
    inside = (part == largest) & used
    kept_arc = inside[arcs.tail] & inside[arcs.head]
    # Nodes in the order of a space-filling curve: neighbours on the road are then neighbours in memory.
    members = np.flatnonzero(inside)
    point = arcs.place[members]
    members = members[np.argsort(_morton(pieces.lat_e7[point], pieces.lon_e7[point]), kind="stable")]
    number = np.full(len(used), -1)
    number[members] = np.arange(len(members))
    kept = np.flatnonzero(kept_arc)
    kept = kept[np.argsort(number[arcs.tail[kept]], kind="stable")]
    tail, head = number[arcs.tail[kept]], number[arcs.head[kept]]
    arc_start, _ = _rows(tail, len(members))
    back_start, back_arc = _rows(head, len(members))

    old_edge = arcs.edge[kept]
    on_edge = np.zeros(len(arcs.piece), dtype=bool)
    on_edge[old_edge[old_edge >= 0]] = True
    edges = np.flatnonzero(on_edge)
    edge_number = np.full(len(on_edge) + 1, -1)  # the last stands for "no edge"
    edge_number[edges] = np.arange(len(edges))
    arc_edge = edge_number[old_edge]
    directions = {}
    for name, runs in (("edge_forward", arcs.drawn_way[kept]), ("edge_backward", ~arcs.drawn_way[kept])):
        directions[name] = np.full(len(edges), -1)
        own = np.flatnonzero(runs & (arc_edge >= 0))
        directions[name][arc_edge[own]] = own
    piece = arcs.piece[edges]
    counts = np.diff(pieces.start)[piece]
    edge_start = np.concatenate([[0], np.cumsum(counts)])
    shape = pieces.shape[np.repeat(pieces.start[piece] - edge_start[:-1], counts) + np.arange(edge_start[-1])]
    kinds = pieces.kind[piece]
    lat_e7, lon_e7 = pieces.lat_e7[shape].astype(np.int32), pieces.lon_e7[shape].astype(np.int32)
    roads = np.array([CLASS_NUMBERS[kind.road] for kind in drawn.kinds], dtype=np.uint8)[kinds]
    # Nobody stands on a ferry's line, or is called to it.
    cell_start, cell_stretch = cells_of(edge_start, lat_e7, lon_e7, roads == CLASS_NUMBERS["ferry"])
    encoded = [name.encode() for name in drawn.names]
    rules = [rule.encode() for rule in arcs.rules]
    twin_edge, twin_of = _twins(piece, edges >= len(pieces.tail))
    timed_arc, timed_rule = _timed(arcs, kept)
    arrays = {
        "node_lat_e7": pieces.lat_e7[arcs.place[members]],
        "node_lon_e7": pieces.lon_e7[arcs.place[members]],
        "arc_start": arc_start,
        "arc_tail": tail,
        "arc_head": head,
        "arc_edge": arc_edge,
        "arc_plain_ms": arcs.plain_ms[kept],
        "arc_siren_ms": arcs.siren_ms[kept],
        "back_start": back_start,
        "back_tail": tail[back_arc],
        "back_arc": back_arc,
        **directions,
        "edge_start": edge_start,
        "edge_name": np.array([kind.name for kind in drawn.kinds])[kinds],
        "shape_lat_e7": lat_e7,
        "shape_lon_e7": lon_e7,
        "cell_start": cell_start,
        "cell_stretch": cell_stretch,
        "name_start": np.concatenate([[0], np.cumsum([len(name) for name in encoded])]),
        "twin_edge": twin_edge,
        "twin_of": twin_of,
        "timed_arc": timed_arc,
        "timed_rule": timed_rule,
        "rule_start": np.concatenate([[0], np.cumsum([len(rule) for rule in rules])]),
    }
    graph = RoadGraph(
        **{name: array.astype(np.int32) for name, array in arrays.items()},
        edge_m=pieces.metres[piece],
        edge_road=roads,
        name_bytes=np.frombuffer(b"".join(encoded), dtype=np.uint8),
        rule_bytes=np.frombuffer(b"".join(rules), dtype=np.uint8),
    )
    left = LeftOut(
        nodes=int(used.sum()) - len(members),
        km=float(pieces.metres.sum()) / 1000 - graph.km,
        parts=int((sizes > 0).sum()) - 1,
        turns_applied=apart.applied,
        second_km=_second_km(pieces, arcs, part, largest),
    )
    return graph, left


def _second_km(pieces: Pieces, arcs: _Arcs, part: Ints, largest: int) -> float:
    """Return the length of the longest part besides the largest: an island, if it is long."""
    own = (arcs.edge >= 0) & (part[arcs.tail] == part[arcs.head]) & (part[arcs.tail] != largest)
    _, first = np.unique(arcs.edge[own], return_index=True)
    arc = np.flatnonzero(own)[first]
    if len(arc) == 0:
        return 0.0
    metres = np.bincount(part[arcs.tail[arc]], weights=pieces.metres[arcs.piece[arcs.edge[arc]]])
    return float(metres.max()) / 1000


def _twins(piece: Ints, repeats: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return the edges that repeat another edge which is there too, and those that they repeat."""
    first: dict[int, int] = {}
    pairs = []
    for edge in np.flatnonzero(np.isin(piece, piece[repeats])).tolist():
        original = first.setdefault(int(piece[edge]), edge)
        if original != edge:
            pairs.append((edge, original))
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _timed(arcs: _Arcs, kept: Ints) -> tuple[Ints, Ints]:
    """Return the arcs that keep hours, by their new numbers, and their rules."""
    rule = arcs.rule[kept]
    timed = np.flatnonzero(rule >= 0)
    timed_rule = rule[timed]
    if arcs.more:
        number = {int(old): new for new, old in enumerate(kept.tolist())}
        more = np.array([(number[arc], of) for arc, of in arcs.more if arc in number], dtype=np.int64)
        more = more.reshape(-1, 2)
        timed, timed_rule = np.concatenate([timed, more[:, 0]]), np.concatenate([timed_rule, more[:, 1]])
    return timed, timed_rule


def _rows(row: Ints, count: int) -> tuple[Ints, Ints]:
    """Return (start, order): order[start[r]:start[r + 1]] are the entries whose row is r, in their order."""
    start = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=count), out=start[1:])
    return start, np.argsort(row, kind="stable")


def _morton(lat_e7: Ints, lon_e7: Ints) -> Ints:
    """Return positions along a Z-curve, 31 bits an axis."""
    keys = np.zeros(len(lat_e7), dtype=np.uint64)
    for shift, axis in ((0, lon_e7), (1, lat_e7)):
        bits = (axis.astype(np.int64) - int(axis.min())).astype(np.uint64)
        for gap, mask in (
            (16, 0x0000FFFF0000FFFF),
            (8, 0x00FF00FF00FF00FF),
            (4, 0x0F0F0F0F0F0F0F0F),
            (2, 0x3333333333333333),
            (1, 0x5555555555555555),
        ):
            bits = (bits | (bits << np.uint64(gap))) & np.uint64(mask)
        keys |= bits << np.uint64(shift)
    return keys
