from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.parts import strong_parts
from routing.pieces import _chains


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 40).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))
    )
)
def test_the_parts_are_those_of_networkx(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    """For random graphs, with loops, doubled arcs and nodes without any: the same nodes together."""
    nodes, arcs = drawn
    arcs.sort()
    tails = np.array([tail for tail, _ in arcs], dtype=np.int64)
    start = np.concatenate([[0], np.cumsum(np.bincount(tails, minlength=nodes))])
    found = strong_parts(start, np.array([head for _, head in arcs], dtype=np.int64))
    known = nx.DiGraph(arcs)
    known.add_nodes_from(range(nodes))
    together = {frozenset(np.flatnonzero(found == part).tolist()) for part in found.tolist()}
    assert together == {frozenset(part) for part in nx.strongly_connected_components(known)}


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(25)), st.lists(st.booleans(), min_size=25, max_size=25))
def test_chains_are_followed_to_their_ends_and_rings_are_told(follows: list[int], ends: list[bool]) -> None:
    """Each stretch is in the chain that leads to it, in driving order; or in a ring, which is told once."""
    following = [-1 if end else nxt for nxt, end in zip(follows, ends, strict=True)]
    order, start, rings = _chains(np.array(following))
    chains = [order[a:b].tolist() for a, b in pairwise(start)]
    assert [chain[0] for chain in chains] == sorted(set(range(25)) - set(following))
    for chain in chains:
        assert [following[stretch] for stretch in chain] == [*chain[1:], -1]
    left = set(range(25)) - set(order.tolist())
    for ring in rings.tolist():
        stretch, seen = following[ring], [ring]
        while stretch != ring:
            seen.append(stretch)
            stretch = following[stretch]
        assert ring == min(seen)
        left -= set(seen)
    assert not left


def test_building_a_map_needs_no_compiler() -> None:
    """Numba would cost a build 150 MB and two seconds: it is for those who ask the map."""
    code = "import sys, routing.mapbuild; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
