"""Pieces: drawn ways → edges between the points where something is decided.

Points where nothing is decided (two pieces of the same kind meet) are contracted into the edges' shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    order, edge_start, rings = _chains(following)
    if len(rings):  # streets that meet nothing, themselves neither: cut open anywhere
        passed[start[rings]] = False
        order, edge_start, _ = _chains(np.where(passed[end], going[end], -1))
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


def _chains(following: Ints) -> tuple[Ints, Ints, Ints]:
    """Follow each chain of stretches from its first: none leads into that one.

    Args:
        following: [stretches] the next of each, or -1; none follows two others.

    Returns:
        (order, start, rings): all stretches, chain by chain, and where each chain begins; chains in the
        order of their first stretches. Rings have no first stretch and are not in `order`: the stretch with
        the least number of each.
    """
    count = len(following)
    before = np.full(count, -1, dtype=np.int32)
    led = np.flatnonzero(following >= 0).astype(np.int32)
    before[following[led]] = led
    # From stretch to stretch backwards, twice as far each time, until all stand at the first of their chains.
    first = np.where(before >= 0, before, np.arange(count, dtype=np.int32))
    steps = (before >= 0).astype(np.int64)
    open_ = np.flatnonzero(before[first] >= 0)
    for _ in range(count.bit_length()):
        if len(open_) == 0:
            break
        via = first[open_]
        steps[open_], first[open_] = steps[open_] + steps[via], first[via]
        open_ = open_[before[first[open_]] >= 0]
    rings = np.zeros(0, dtype=np.int64)
    if len(open_):
        ring = np.zeros(count, dtype=np.bool_)
        ring[open_] = True
        least, at = np.arange(count), np.where(ring, before, np.arange(count, dtype=np.int32))
        for _ in range(len(open_).bit_length()):
            least[open_] = np.minimum(least[open_], least[at[open_]])
            at[open_] = at[at[open_]]
        rings = np.unique(least[open_])
    whole = np.flatnonzero(before[first] < 0)
    chain = np.cumsum(before < 0) - 1
    own = chain[first[whole]]
    start = np.concatenate([[0], np.cumsum(np.bincount(own, minlength=int((before < 0).sum())))])
    order = np.empty(len(whole), dtype=np.int64)
    order[start[own] + steps[whole]] = whole
    return order, start, rings
