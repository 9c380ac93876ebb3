from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.search import Scratch, settle, trace


@dataclass
class Puzzle:
    """A small random graph, seeds, and targets that hang on its nodes."""

    nodes: int
    arcs: list[tuple[int, int, int]]
    seeds: list[tuple[int, int]]
    items: list[tuple[int, int, int]]
    targets: int
    direct: list[int]


@st.composite
def puzzles(draw: st.DrawFn) -> Puzzle:
    """Draw a graph of up to 12 nodes with parallel arcs and loops, up to 3 seeds and up to 6 targets."""
    nodes = draw(st.integers(1, 12))
    node = st.integers(0, nodes - 1)
    arcs = draw(st.lists(st.tuples(node, node, st.integers(1, 20)), max_size=40))
    seeds = draw(st.lists(st.tuples(node, st.integers(0, 30)), min_size=1, max_size=3))
    targets = draw(st.integers(1, 6))
    items = draw(st.lists(st.tuples(node, st.integers(0, 30), st.integers(0, targets - 1)), max_size=12))
    direct = draw(st.lists(st.integers(-1, 40).map(lambda ms: ms), min_size=targets, max_size=targets))
    return Puzzle(nodes, arcs, seeds, items, targets, direct)


def rows(nodes: int, arcs: list[tuple[int, int, int]], *, back: bool) -> tuple[np.ndarray, ...]:
    """Return the CSR of the arcs, or of the arcs reversed."""
    ordered = sorted((head, tail, ms) if back else (tail, head, ms) for tail, head, ms in arcs)
    start = np.zeros(nodes + 1, dtype=np.int32)
    for row, _, _ in ordered:
        start[row + 1 :] += 1
    return (
        start,
        np.array([arc[1] for arc in ordered], np.int32),
        np.array([arc[2] for arc in ordered], np.int32),
    )


def columns(tuples: list[tuple[int, ...]], width: int) -> tuple[np.ndarray, ...]:
    """Return the columns of a list of tuples."""
    return tuple(np.array(tuples, dtype=np.int64).reshape(-1, width).T.copy())


def solve(puzzle: Puzzle, k: int, scratch: Scratch | None = None) -> list[tuple[int, int]]:
    """Run the kernel on a puzzle."""
    found, times = settle(
        scratch or Scratch(puzzle.nodes),
        rows(puzzle.nodes, puzzle.arcs, back=False),
        seeds=columns(puzzle.seeds, 2),
        items=columns(puzzle.items, 3),
        direct_ms=np.array(puzzle.direct, dtype=np.int64),
        k=k,
    )
    return list(zip(found.tolist(), times.tolist(), strict=True))


def oracle(puzzle: Puzzle) -> list[tuple[int, int]]:
    """Solve a puzzle with networkx: every reachable target with its time, soonest first, ties by number."""
    graph = nx.DiGraph()
    graph.add_node("start")

    def arc(tail: object, head: object, ms: int) -> None:
        if not graph.has_edge(tail, head) or graph[tail][head]["weight"] > ms:
            graph.add_edge(tail, head, weight=ms)

    for tail, head, ms in puzzle.arcs:
        arc(tail, head, ms)
    for node, ms in puzzle.seeds:
        arc("start", node, ms)
    for node, ms, target in puzzle.items:
        arc(node, ("target", target), ms)
    for target, ms in enumerate(puzzle.direct):
        if ms >= 0:
            arc("start", ("target", target), ms)
    times = nx.single_source_dijkstra_path_length(graph, "start")
    reached = [
        (times["target", target], target) for target in range(puzzle.targets) if ("target", target) in times
    ]
    return [(target, int(ms)) for ms, target in sorted(reached)]


@settings(max_examples=200, deadline=None)
@given(puzzles())
def test_all_targets_settle_as_networkx_says(puzzle: Puzzle) -> None:
    """On random graphs with parallel arcs, loops and unreachable parts: the same targets, times and order."""
    assert solve(puzzle, puzzle.targets) == oracle(puzzle)


@settings(max_examples=100, deadline=None)
@given(puzzles())
def test_the_k_first_are_a_prefix_of_the_k_plus_one_first(puzzle: Puzzle) -> None:
    """Stopping early changes nothing in what is found before."""
    answers = [solve(puzzle, k) for k in range(puzzle.targets + 2)]
    assert answers[0] == []
    for shorter, longer in pairwise(answers):
        assert longer[: len(shorter)] == shorter


@settings(max_examples=50, deadline=None)
@given(st.lists(puzzles(), min_size=2, max_size=4))
def test_a_scratch_used_before_gives_the_same_answers(sequence: list[Puzzle]) -> None:
    """Nothing of an earlier query leaks into a later one, also where the query's number starts anew."""
    scratch = Scratch(12)
    scratch.query = (1 << 30) - 3
    for puzzle in sequence:
        wide = Puzzle(12, puzzle.arcs, puzzle.seeds, puzzle.items, puzzle.targets, puzzle.direct)
        assert solve(wide, wide.targets, scratch) == oracle(wide)


@settings(max_examples=100, deadline=None)
@given(puzzles())
def test_a_traced_way_adds_up_to_its_time(puzzle: Puzzle) -> None:
    """The arcs from a settled node back to a seed, with the seed's offset, make exactly the node's time."""
    puzzle.items, puzzle.direct = [(node, 0, node) for node in range(puzzle.nodes)], [-1] * puzzle.nodes
    scratch, back = Scratch(puzzle.nodes), rows(puzzle.nodes, puzzle.arcs, back=True)
    seeds = columns(puzzle.seeds, 2)
    for node, ms in solve(puzzle, puzzle.nodes, scratch):
        entries, seed = trace(node, back, scratch.label, scratch.query, seeds)
        assert int(back[2][entries].sum()) + puzzle.seeds[seed][1] == ms
        assert (puzzle.seeds[seed][0] if len(entries) == 0 else back[1][entries[-1]]) == puzzle.seeds[seed][0]


@settings(max_examples=50, deadline=None)
@given(puzzles())
def test_times_obey_the_triangle_inequality(puzzle: Puzzle) -> None:
    """Between nodes, no detour over a third node is quicker than the answer."""
    puzzle.items, puzzle.direct = [(node, 0, node) for node in range(puzzle.nodes)], [-1] * puzzle.nodes
    times = {}
    for start in range(puzzle.nodes):
        puzzle.seeds = [(start, 0)]
        times.update({(start, end): ms for end, ms in solve(puzzle, puzzle.nodes)})
    for (start, middle), first in times.items():
        for end in range(puzzle.nodes):
            if (middle, end) in times:
                assert times[start, end] <= first + times[middle, end]


def test_the_heap_grows_beyond_its_scratch() -> None:
    """A star with more arms than the heap has room for is still settled whole, in order."""
    arms = 40_000
    scratch = Scratch(arms + 1)
    assert len(scratch.heap) < arms
    generator = np.random.default_rng(1)
    ms = generator.permutation(arms).astype(np.int32) + 1
    start = np.full(arms + 2, arms, dtype=np.int32)
    start[0] = 0
    nodes = np.arange(arms, dtype=np.int64)
    found, times = settle(
        scratch,
        (start, np.arange(1, arms + 1, dtype=np.int32), ms),
        seeds=(np.zeros(1, np.int64), np.zeros(1, np.int64)),
        items=(nodes + 1, np.zeros(arms, np.int64), nodes),
        direct_ms=np.full(arms, -1, dtype=np.int64),
        k=arms,
    )
    assert times.tolist() == list(range(1, arms + 1))
    assert (ms[found] == times).all()
