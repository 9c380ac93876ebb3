"""Pieces: drawn ways → edges between the points where something is decided.

Points where nothing is decided (two pieces of the same kind meet) are contracted into the edges' shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel
from routing.drawn import Drawn

Ints = NDArray[Any]

EARTH_M = 6_371_008.8  # mean radius


@dataclass
class Pieces:
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
    halt_ms: Ints  # [4, E] lights and signs: plain and siren as drawn, plain and siren against it
    start: Ints  # [E+1] into shape
    shape: Ints  # point numbers


def pieces_of(drawn: Drawn) -> Pieces | None:
    """Return the pieces of drawn ways; None where no two points of a way have a position."""
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
    passed[np.searchsorted(osm, kept_nodes(drawn, osm))] = False
    following = np.where(passed[end], going[end], -1)
    rings = _rings(np.flatnonzero(~passed[start]), following)
    if len(rings):  # streets that meet nothing, themselves neither: cut open anywhere
        passed[start[rings]] = False
        following = np.where(passed[end], going[end], -1)
    starts = np.flatnonzero(~passed[start])
    order, edge_start = _chains(starts, following)
    lengths = _stretch_m(lat_e7, lon_e7, start, end)
    at = edge_start[:-1]
    shape = np.empty(len(order) + len(at), dtype=np.int64)
    number = np.repeat(np.arange(len(at)), np.diff(edge_start))
    shape[np.arange(len(order)) + number + 1] = end[order]
    shape[at + np.arange(len(at))] = start[order[at]]
    last = order[edge_start[1:] - 1]
    return Pieces(
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        osm=osm,
        tail=start[order[at]],
        head=end[last],
        kind=kind[order[at]],
        first_way=way[order[at]],
        last_way=way[last],
        metres=np.add.reduceat(lengths[order], at),
        halt_ms=_halts(drawn, osm, (start[order], end[order]), at),
        start=edge_start + np.arange(len(edge_start)),
        shape=shape,
    )


def kept_nodes(drawn: Drawn, osm: Ints) -> Ints:
    """Return the OSM nodes at which a road must not be contracted, those of them that are on a road."""
    nodes = {node for node, cost_s in drawn.barriers.items() if cost_s != 0}
    nodes.update(rule.via for rule in drawn.restrictions if rule.via >= 0)
    for way in restricted_ways(drawn).values():
        nodes.update(drawn.node[drawn.way_start[way] : drawn.way_start[way + 1]].tolist())
    wanted = np.array(sorted(nodes), dtype=np.int64)
    return wanted[np.isin(wanted, osm)]


def restricted_ways(drawn: Drawn) -> dict[int, int]:
    """Return the ways over which restrictions lead: OSM id → number of the way."""
    wanted = np.array(sorted({way for rule in drawn.restrictions for way in rule.ways}), dtype=np.int64)
    numbers = np.flatnonzero(np.isin(drawn.way_id, wanted)) if len(wanted) else wanted
    return {int(drawn.way_id[number]): int(number) for number in numbers}


def _halts(drawn: Drawn, osm: Ints, stretches: tuple[Ints, Ints], at: Ints) -> Ints:
    """Return what lights and signs cost on each piece, by direction: each costs those who arrive at it."""
    found = np.zeros((4, len(at)), dtype=np.int32)
    nodes = np.array(sorted(drawn.halts), dtype=np.int64)
    nodes = nodes[np.isin(nodes, osm)]
    if len(nodes) == 0:
        return found
    points = np.searchsorted(osm, nodes)
    halts = [drawn.halts[int(node)] for node in nodes]
    start, end = stretches
    columns = (
        (end, [halt.plain_ms * halt.forward for halt in halts]),
        (end, [halt.siren_ms * halt.forward for halt in halts]),
        (start, [halt.plain_ms * halt.backward for halt in halts]),
        (start, [halt.siren_ms * halt.backward for halt in halts]),
    )
    cost = np.zeros(len(osm), dtype=np.int32)
    for row, (arrives, costs) in enumerate(columns):
        cost[points] = costs
        found[row] = np.add.reduceat(cost[arrives], at)
    return found


def _stretch_m(lat_e7: Ints, lon_e7: Ints, start: Ints, end: Ints) -> NDArray[np.float64]:
    lat, lon = np.radians(lat_e7 / 1e7), np.radians(lon_e7 / 1e7)
    half = np.sin((lat[end] - lat[start]) / 2) ** 2
    half += np.cos(lat[end]) * np.cos(lat[start]) * np.sin((lon[end] - lon[start]) / 2) ** 2
    metres: NDArray[np.float64] = 2 * EARTH_M * np.arcsin(np.sqrt(half))
    return metres


@kernel
def _rings(starts: Ints, following: Ints) -> Ints:
    """Return one stretch of each ring: of the chains that no start leads into."""
    seen = np.zeros(len(following), np.bool_)
    for first in starts:
        stretch = first
        while stretch >= 0:
            seen[stretch] = True
            stretch = following[stretch]
    found = np.empty(len(following), np.int64)
    count = 0
    for first in range(len(following)):
        if seen[first]:
            continue
        found[count] = first
        count += 1
        stretch = first
        while not seen[stretch]:
            seen[stretch] = True
            stretch = following[stretch]
    return found[:count].copy()


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
