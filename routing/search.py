"""Search: the kernels. Dijkstra's algorithm in integer milliseconds, stopped once the answer is known.

One kernel serves all questions. It grows a tree from seeds (points part-way along arcs) over one CSR, and
settles *targets* that hang on nodes with an offset each:

- nearest crews: the tree grows backwards from the incident, the crews hang on the heads of the arcs that they
  are on, and it stops when k are settled;
- one to many, and a route: it grows forwards from the start, the ends hang on the tails of their arcs.

Where a target and a seed lie on one arc, in driving order, the stretch between them is a direct answer that
enters the same race. A target is settled when nothing in the heap can be earlier, so the answers are exact.

What makes it quick: keys are a time and a node packed into 64 bits in a 4-ary heap; a label holds the query's
number in its upper half, so nothing is reset between queries; the tree's parents are not stored but found
again (`trace`): on a shortest way, the times of neighbours differ by exactly the arc between them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.compiled import kernel

Ints = NDArray[Any]

FAR = 0x7FFFFFFF  # later than any time: 24 days
NEVER = FAR


class Scratch:
    """What one query writes to; a query borrows one and nobody else may use it meanwhile.

    Args:
        nodes: of the graph.
    """

    def __init__(self, nodes: int) -> None:
        self.label = np.zeros(nodes, dtype=np.int64)  # query << 32 | ms
        self.hook = np.zeros(nodes, dtype=np.int64)  # query << 32 | the first item that hangs here
        self.heap = np.empty(1 << 14, dtype=np.int64)
        self.query = 0

    def next_query(self) -> int:
        """Return a number that no label bears yet."""
        self.query += 1
        if self.query >= 1 << 30:
            self.label[:] = 0
            self.hook[:] = 0
            self.query = 1
        return self.query


def settle(
    scratch: Scratch,
    rows: tuple[Ints, Ints, Ints],
    *,
    seeds: tuple[Ints, Ints],
    items: tuple[Ints, Ints, Ints],
    direct_ms: Ints,
    k: int,
) -> tuple[Ints, Ints]:
    """Return the k targets that are settled first, and when.

    Args:
        scratch: borrowed; afterwards its labels hold the tree, for `trace`.
        rows: (start [N+1], neighbour [A], ms [A]) of the CSR to grow over.
        seeds: (node, ms): where the tree begins.
        items: (node, ms, target): how targets hang on nodes, any number each.
        direct_ms: [targets] time from a seed's arc straight to the target, or -1.
        k: how many to settle; fewer come back where not all can be reached.

    Returns:
        (target, ms), both of one length, soonest first, ties by the target's number.
    """
    found = np.empty(min(k, len(direct_ms)), dtype=np.int64)
    times = np.empty(len(found), dtype=np.int64)
    if len(found) == 0:
        return found, times
    marks = (scratch.label, scratch.hook, scratch.heap)
    count = _settle(rows, marks, scratch.next_query(), seeds, items, direct_ms, found, times)
    return found[:count], times[:count]


@kernel
def _push(heap: Ints, size: int, key: int) -> Ints:
    """Add a key; return the heap, which is another array where it had to grow."""
    if size == len(heap):
        larger = np.empty(2 * size, np.int64)
        larger[:size] = heap
        heap = larger
    at = size
    while at > 0:
        above = (at - 1) >> 2
        if heap[above] <= key:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = key
    return heap


@kernel
def _sink(heap: Ints, size: int) -> None:
    """Mend a heap of `size` keys whose first was taken and whose last waits at heap[size]."""
    key = heap[size]
    at = 0
    while True:
        child = 4 * at + 1
        if child >= size:
            break
        least = child
        for other in range(child + 1, min(child + 4, size)):
            if heap[other] < heap[least]:
                least = other
        if heap[least] >= key:
            break
        heap[at] = heap[least]
        at = least
    heap[at] = key


@kernel
def _settle(  # noqa: PLR0917  # compiled code takes its arguments by position
    rows: tuple[Ints, Ints, Ints],
    marks: tuple[Ints, Ints, Ints],
    query: int,
    seeds: tuple[Ints, Ints],
    items: tuple[Ints, Ints, Ints],
    direct_ms: Ints,
    found: Ints,
    times: Ints,
) -> int:
    hook = marks[1]
    item_node = items[0]
    stamp = query << 32
    following = np.empty(len(item_node), np.int64)
    for item in range(len(item_node)):
        node = item_node[item]
        following[item] = (hook[node] & 0xFFFFFFFF) if hook[node] >= stamp else -1
        hook[node] = stamp | item
    hung = (hook, following, items[1], items[2])
    winner = np.empty(len(direct_ms), np.int64)
    return grow(rows, marks[0], marks[2], query, seeds, hung, stamp, direct_ms, (found, times, winner))


@kernel
def grow(  # noqa: C901, PLR0915, PLR0917  # one loop, in one piece so that it compiles to one
    rows: tuple[Ints, Ints, Ints],
    label: Ints,
    heap: Ints,
    query: int,
    seeds: tuple[Ints, Ints],
    hung: tuple[Ints, Ints, Ints, Ints],
    hook_stamp: int,
    direct_ms: Ints,
    out: tuple[Ints, Ints, Ints],
) -> int:
    """Grow a tree until as many targets are settled as `out` has room for; return how many were.

    Args:
        rows: (start, neighbour, ms) of the CSR; an arc of negative time is closed.
        label: of the scratch.
        heap: of the scratch.
        query: this query's number.
        seeds: (node, ms).
        hung: (hook, following, ms, target): the items on a node are hook[node] and, from each, following,
            until it is negative; a hook less than `hook_stamp` holds nothing.
        hook_stamp: see there.
        direct_ms: [targets] or -1.
        out: (found, times, winner): winner[target] is the item that reached it, -1 for the direct way.
    """
    start, neighbour, arc_ms = rows
    seed_node, seed_ms = seeds
    hook, following, item_ms, item_target = hung
    found, times, winner = out
    nodes = len(start) - 1
    stamp = query << 32
    low = 0xFFFFFFFF
    best = np.empty(len(direct_ms), np.int64)
    size = 0
    for target in range(len(direct_ms)):
        best[target] = FAR
        if direct_ms[target] >= 0:
            best[target] = direct_ms[target]
            winner[target] = -1
            heap = _push(heap, size, (direct_ms[target] << 32) | (nodes + target))
            size += 1
    for seed in range(len(seed_node)):
        node = seed_node[seed]
        mark = stamp | seed_ms[seed]
        if label[node] < stamp or mark < label[node]:
            label[node] = mark
            heap = _push(heap, size, (seed_ms[seed] << 32) | node)
            size += 1
    count = 0
    while size > 0:
        key = heap[0]
        size -= 1
        if size > 0:
            _sink(heap, size)
        node = key & low
        now = key >> 32
        if node >= nodes:
            target = node - nodes
            if now == best[target]:
                best[target] = -1  # settled: no later key of this target counts
                found[count] = target
                times[count] = now
                count += 1
                if count == len(found):
                    break
            continue
        if label[node] != stamp | now:
            continue
        if hook[node] >= hook_stamp:
            item = hook[node] & low
            while item >= 0:
                when = now + item_ms[item]
                target = item_target[item]
                if when < best[target]:
                    best[target] = when
                    winner[target] = item
                    heap = _push(heap, size, (when << 32) | (nodes + target))
                    size += 1
                item = following[item]
        for entry in range(start[node], start[node + 1]):
            step = arc_ms[entry]
            if step < 0:
                continue
            other = neighbour[entry]
            mark = stamp | (now + step)
            if label[other] < stamp or mark < label[other]:
                label[other] = mark
                heap = _push(heap, size, ((now + step) << 32) | other)
                size += 1
    return count


def tree(scratch: Scratch, rows: tuple[Ints, Ints, Ints], seeds: tuple[Ints, Ints]) -> Ints:
    """Return the time from the nearest seed to each node: [N] int32 ms, `NEVER` where no way leads."""
    times = np.empty(len(scratch.label), dtype=np.int32)
    _tree(rows, scratch.heap, seeds, times)
    return times


@kernel
def _tree(rows: tuple[Ints, Ints, Ints], heap: Ints, seeds: tuple[Ints, Ints], times: Ints) -> None:
    start, neighbour, arc_ms = rows
    seed_node, seed_ms = seeds
    for node in range(len(times)):
        times[node] = NEVER
    size = 0
    for seed in range(len(seed_node)):
        if seed_ms[seed] < times[seed_node[seed]]:
            times[seed_node[seed]] = seed_ms[seed]
            heap = _push(heap, size, (seed_ms[seed] << 32) | seed_node[seed])
            size += 1
    while size > 0:
        key = heap[0]
        size -= 1
        if size > 0:
            _sink(heap, size)
        node = key & 0xFFFFFFFF
        now = key >> 32
        if times[node] != now:
            continue
        for entry in range(start[node], start[node + 1]):
            step = arc_ms[entry]
            if step >= 0 and now + step < times[neighbour[entry]]:
                times[neighbour[entry]] = now + step
                heap = _push(heap, size, ((now + step) << 32) | neighbour[entry])
                size += 1


@kernel
def trace(
    node: int, rows: tuple[Ints, Ints, Ints], label: Ints, query: int, seeds: tuple[Ints, Ints]
) -> tuple[Ints, int]:
    """Return the way from a settled node back to its seed.

    Args:
        node: a node that the query settled.
        rows: the CSR opposite to the one that the tree grew over.
        label: of the scratch that the query used.
        query: its number.
        seeds: of the query.

    Returns:
        Entries of `rows`, from the node on, and the seed's number (-1 where the node was not settled).
    """
    start, neighbour, arc_ms = rows
    seed_node, seed_ms = seeds
    stamp = query << 32
    low = 0xFFFFFFFF
    entries = np.empty(64, np.int64)
    count = 0
    while True:
        now = label[node] & low
        for seed in range(len(seed_node)):
            if seed_node[seed] == node and seed_ms[seed] == now:
                return entries[:count], seed
        step = -1
        for entry in range(start[node], start[node + 1]):
            if arc_ms[entry] >= 0 and label[neighbour[entry]] == stamp | (now - arc_ms[entry]):
                step = entry
                break
        if step < 0:
            return entries[:count], -1
        if count == len(entries):
            larger = np.empty(2 * count, np.int64)
            larger[:count] = entries
            entries = larger
        entries[count] = step
        count += 1
        node = neighbour[step]
