"""Junctions: drawn ways → nodes, edges and arcs.

Points where nothing is decided (two pieces of the same kind meet) are contracted into the edges' shapes. A
junction with a barrier or a turn restriction is split: each road's end there gets a copy to arrive at and
a copy to leave from, and an arc joins them where the turn is allowed, at its cost. Splitting only those gives
the answers of a full edge-based graph at half a percent more nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.graph import RoadGraph
from routing.grid import cells_of
from routing.speeds import CLASS_NUMBERS
from routing.turns import Restriction, forbidden_turns

Ints = NDArray[Any]

# A U-turn at a junction with a turn restriction, which would otherwise be the cheap way round it.
TURN_ROUND_MS = 10_000

EARTH_M = 6_371_008.8  # mean radius


class Kind(NamedTuple):
    """What all points of a piece of road have in common."""

    road: str
    forward: bool
    backward: bool
    plain_kmh: float
    siren_kmh: float
    name: int  # index into Drawn.names, or -1


@dataclass
class Drawn:
    """Ways as they are drawn: W ways of P points in all, in one run."""

    node: Ints  # [P] the OSM node of each point
    lat_e7: Ints  # [P]
    lon_e7: Ints  # [P]
    known: NDArray[np.bool_]  # [P] whether the position is known (extracts are cut through ways)
    way_start: Ints  # [W+1]
    way_id: Ints  # [W]
    way_kind: Ints  # [W] index into kinds
    kinds: Sequence[Kind]
    names: Sequence[str]
    barriers: Mapping[int, float | None] = field(default_factory=dict)  # OSM node → seconds, None: closed
    restrictions: Sequence[Restriction] = ()


class LeftOut(NamedTuple):
    """What of the drawn roads is not in the graph, because it does not reach the rest and back."""

    nodes: int
    km: float
    parts: int  # strongly connected parts besides the largest
    turns_applied: int


def build(drawn: Drawn) -> tuple[RoadGraph, LeftOut] | None:
    """Return the largest strongly connected part of the drawn roads; None where there is no road."""
    pieces = _pieces(drawn)
    if pieces is None:
        return None
    arcs, turns = _arcs(drawn, pieces)
    return _largest_part(drawn, pieces, arcs, turns)


@dataclass
class _Pieces:
    """Edges before the arcs: E pieces between key points, over the n distinct points."""

    lat_e7: Ints  # [n]
    lon_e7: Ints  # [n]
    osm: Ints  # [n] OSM node ids, ascending
    tail: Ints  # [E]
    head: Ints  # [E]
    kind: Ints  # [E]
    first_way: Ints  # [E] the way of the piece's first stretch, at its tail
    last_way: Ints  # [E] and of its last, at its head
    metres: NDArray[np.float64]  # [E]
    start: Ints  # [E+1] into shape
    shape: Ints  # point numbers


def _pieces(drawn: Drawn) -> _Pieces | None:
    osm, first, point = np.unique(drawn.node, return_index=True, return_inverse=True)
    lat_e7, lon_e7 = drawn.lat_e7[first], drawn.lon_e7[first]
    way = np.repeat(np.arange(len(drawn.way_id)), np.diff(drawn.way_start))
    joined = (way[1:] == way[:-1]) & drawn.known[1:] & drawn.known[:-1] & (point[1:] != point[:-1])
    here = np.flatnonzero(joined)
    if len(here) == 0:
        return None
    start, end, way = point[here], point[here + 1], way[here]
    kind = drawn.way_kind[way]
    n = len(osm)
    # A point is passed over where exactly one stretch comes in, one goes out, and both are of one kind.
    coming, going = np.full(n, -1), np.full(n, -1)
    coming[end], going[start] = np.arange(len(end)), np.arange(len(start))
    lonely = (np.bincount(end, minlength=n) == 1) & (np.bincount(start, minlength=n) == 1)
    passed = lonely & (kind[coming] == kind[going])
    passed[np.searchsorted(osm, _special(drawn, osm))] = False
    following = np.where(passed[end], going[end], -1)
    starts = np.flatnonzero(~passed[start])
    if len(starts) == 0:  # nothing but rings: one of them is the map, cut open anywhere
        passed[start[0]] = False
        following = np.where(passed[end], going[end], -1)
        starts = np.array([0])
    order, edge_start = _chains(starts, following)
    lengths = _stretch_m(lat_e7, lon_e7, start, end)
    at = edge_start[:-1]
    shape = np.empty(len(order) + len(at), dtype=np.int64)
    number = np.repeat(np.arange(len(at)), np.diff(edge_start))
    shape[np.arange(len(order)) + number + 1] = end[order]
    shape[at + np.arange(len(at))] = start[order[at]]
    last = order[edge_start[1:] - 1]
    return _Pieces(
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        osm=osm,
        tail=start[order[at]],
        head=end[last],
        kind=kind[order[at]],
        first_way=way[order[at]],
        last_way=way[last],
        metres=np.add.reduceat(lengths[order], at),
        start=edge_start + np.arange(len(edge_start)),
        shape=shape,
    )


def _special(drawn: Drawn, osm: Ints) -> Ints:
    """Return the OSM nodes at which a road must not be contracted, those of them that are on a road."""
    nodes = {node for node, cost_s in drawn.barriers.items() if cost_s != 0}
    nodes.update(restriction.via for restriction in drawn.restrictions)
    wanted = np.array(sorted(nodes), dtype=np.int64)
    return wanted[np.isin(wanted, osm)]


def _stretch_m(lat_e7: Ints, lon_e7: Ints, start: Ints, end: Ints) -> NDArray[np.float64]:
    lat, lon = np.radians(lat_e7 / 1e7), np.radians(lon_e7 / 1e7)
    half = np.sin((lat[end] - lat[start]) / 2) ** 2
    half += np.cos(lat[end]) * np.cos(lat[start]) * np.sin((lon[end] - lon[start]) / 2) ** 2
    metres: NDArray[np.float64] = 2 * EARTH_M * np.arcsin(np.sqrt(half))
    return metres


@dataclass
class _Arcs:
    tail: Ints
    head: Ints
    plain_ms: Ints
    siren_ms: Ints
    edge: Ints  # -1 for the arcs inside a split junction
    drawn_way: NDArray[np.bool_]  # whether the arc runs as its edge is drawn
    place: Ints  # [nodes] the point where each node lies


def _arcs(drawn: Drawn, pieces: _Pieces) -> tuple[_Arcs, int]:
    """Return the arcs of all pieces, junctions split where needed, and how many restrictions were applied."""
    edges = np.arange(len(pieces.tail))
    leave_tail, arrive_head = pieces.tail.copy(), pieces.head.copy()
    leave_head, arrive_tail = pieces.head.copy(), pieces.tail.copy()
    place = list(range(len(pieces.osm)))
    joints: list[tuple[int, int, int]] = []
    ends = _ends_at_special(drawn, pieces)
    forbidden, applied = forbidden_turns(
        drawn.restrictions,
        {
            node: [
                (end, int(drawn.way_id[(pieces.first_way, pieces.last_way)[end[1]][end[0]]])) for end in at
            ]
            for node, at in ends.items()
        },
    )
    for node, at in ends.items():
        cost_s = drawn.barriers.get(node, 0)
        point = int(np.searchsorted(pieces.osm, node))
        # Turning round at the end of a street, or before a gate, is free: one has no other choice there.
        round_ms = 1 if len(at) == 1 or cost_s != 0 else TURN_ROUND_MS
        for edge, side in at:
            arrive, leave = len(place), len(place) + 1
            place += [point, point]
            if side == 0:
                arrive_tail[edge], leave_tail[edge] = arrive, leave
            else:
                arrive_head[edge], leave_head[edge] = arrive, leave
        for start in at:
            for end in at:
                if (start, end) in forbidden or (cost_s is None and start != end):
                    continue
                into = (arrive_tail, arrive_head)[start[1]][start[0]]
                out_of = (leave_tail, leave_head)[end[1]][end[0]]
                # Every arc costs at least 1 ms, so that no loop is free.
                turn_ms = round_ms if start == end else max(1, round((cost_s or 0) * 1000))
                joints.append((into, out_of, turn_ms))
    plain, siren = (
        np.array([getattr(kind, key) for kind in drawn.kinds]) / 3.6 for key in ("plain_kmh", "siren_kmh")
    )
    forward, backward = (
        np.array([getattr(kind, key) for kind in drawn.kinds], dtype=bool)[pieces.kind]
        for key in ("forward", "backward")
    )
    plain_ms, siren_ms = (
        np.maximum(1, np.rint(pieces.metres / speed[pieces.kind] * 1000)).astype(np.int64)
        for speed in (plain, siren)
    )
    joint = np.array(joints, dtype=np.int64).reshape(-1, 3)

    def both(ahead: Ints, back: Ints, of_joints: Ints) -> Ints:
        return np.concatenate([ahead[forward], back[backward], of_joints])

    none = np.full(len(joint), -1)
    return _Arcs(
        tail=both(leave_tail, leave_head, joint[:, 0]),
        head=both(arrive_head, arrive_tail, joint[:, 1]),
        plain_ms=both(plain_ms, plain_ms, joint[:, 2]),
        siren_ms=both(siren_ms, siren_ms, joint[:, 2]),
        edge=both(edges, edges, none),
        drawn_way=both(np.ones(len(edges), bool), np.zeros(len(edges), bool), np.zeros(len(joint), bool)),
        place=np.array(place),
    ), applied


def _ends_at_special(drawn: Drawn, pieces: _Pieces) -> dict[int, list[tuple[int, int]]]:
    """Return, for each OSM node to split, the ends of edges that meet there (`turns.End`)."""
    special = _special(drawn, pieces.osm)
    points = np.searchsorted(pieces.osm, special)
    ends: dict[int, list[tuple[int, int]]] = {int(node): [] for node in special}
    by_point = dict(zip(points.tolist(), special.tolist(), strict=True))
    for side, column in enumerate((pieces.tail, pieces.head)):
        for edge in np.flatnonzero(np.isin(column, points)):
            ends[by_point[int(column[edge])]].append((int(edge), side))
    return ends


def _largest_part(drawn: Drawn, pieces: _Pieces, arcs: _Arcs, turns: int) -> tuple[RoadGraph, LeftOut]:
    used = np.zeros(len(arcs.place), dtype=bool)
    used[arcs.tail] = used[arcs.head] = True
    start, order = _rows(arcs.tail, len(used))
    part = _strong_parts(start, arcs.head[order])
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
    on_edge = np.zeros(len(pieces.tail), dtype=bool)
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
    counts = np.diff(pieces.start)[edges]
    edge_start = np.concatenate([[0], np.cumsum(counts)])
    shape = pieces.shape[np.repeat(pieces.start[edges] - edge_start[:-1], counts) + np.arange(edge_start[-1])]
    kinds = pieces.kind[edges]
    lat_e7, lon_e7 = pieces.lat_e7[shape].astype(np.int32), pieces.lon_e7[shape].astype(np.int32)
    cell_start, cell_stretch = cells_of(edge_start, lat_e7, lon_e7)
    encoded = [name.encode() for name in drawn.names]
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
    }
    graph = RoadGraph(
        **{name: array.astype(np.int32) for name, array in arrays.items()},
        edge_m=pieces.metres[edges],
        edge_road=np.array([CLASS_NUMBERS[kind.road] for kind in drawn.kinds], dtype=np.uint8)[kinds],
        name_bytes=np.frombuffer(b"".join(encoded), dtype=np.uint8),
    )
    left = LeftOut(
        nodes=int(used.sum()) - len(members),
        km=float(pieces.metres[~on_edge].sum()) / 1000,
        parts=int((sizes > 0).sum()) - 1,
        turns_applied=turns,
    )
    return graph, left


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


@kernel
def _chains(starts: Ints, following: Ints) -> tuple[Ints, Ints]:
    """Follow each chain of stretches from its start: all of them in order, and where each chain begins."""
    order = np.empty(len(following), np.int64)
    edge_start = np.empty(len(starts) + 1, np.int64)
    filled = 0
    for number in range(len(starts)):
        edge_start[number] = filled
        stretch = starts[number]
        while stretch >= 0:
            order[filled] = stretch
            filled += 1
            stretch = following[stretch]
    edge_start[len(starts)] = filled
    return order[:filled], edge_start


@kernel
def _strong_parts(start: Ints, head: Ints) -> Ints:
    """Return the strongly connected part of each node (Tarjan 1972, with its recursion on an own stack)."""
    nodes = len(start) - 1
    part = np.full(nodes, -1, np.int64)
    index = np.full(nodes, -1, np.int64)
    low = np.zeros(nodes, np.int64)
    cursor = start[:-1].copy()
    stack = np.empty(nodes, np.int64)
    path = np.empty(nodes, np.int64)
    stacked = parts = seen = 0
    for root in range(nodes):
        if index[root] >= 0:
            continue
        depth = 1
        path[0] = root
        index[root] = low[root] = seen
        seen += 1
        stack[stacked] = root
        stacked += 1
        while depth > 0:
            node = path[depth - 1]
            if cursor[node] < start[node + 1]:
                other = head[cursor[node]]
                cursor[node] += 1
                if index[other] < 0:
                    index[other] = low[other] = seen
                    seen += 1
                    stack[stacked] = other
                    stacked += 1
                    path[depth] = other
                    depth += 1
                elif part[other] < 0:
                    low[node] = min(low[node], index[other])
                continue
            depth -= 1
            if depth > 0:
                low[path[depth - 1]] = min(low[path[depth - 1]], low[node])
            if low[node] == index[node]:
                while True:
                    stacked -= 1
                    member = stack[stacked]
                    part[member] = parts
                    if member == node:
                        break
                parts += 1
    return part
