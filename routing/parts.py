"""Parts: which nodes reach one another and back (the strongly connected parts of a graph).

A road map is one large part and many small ones. The large one is found from a node of it, as what it reaches
and what reaches it, wave by wave over whole arrays; the rest, node by node.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
Bools = NDArray[np.bool_]

# So many nodes, evenly spread, are tried for one of the large part.
TRIES = 8


def strong_parts(start: Ints, head: Ints) -> Ints:
    """Return the number of each node's part, [N].

    Args:
        start: [N+1] into `head`.
        head: [A] where the arcs of each node lead.
    """
    nodes = len(start) - 1
    tail = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(start))
    back = np.argsort(head, kind="stable")
    back_start = np.concatenate([[0], np.cumsum(np.bincount(head, minlength=nodes))])
    back_tail = tail[back]
    part = np.full(nodes, -1, dtype=np.int64)
    # Where nothing leads out, or nothing in, a node is alone.
    alone = np.flatnonzero((np.diff(start) == 0) | (np.diff(back_start) == 0))
    part[alone] = np.arange(len(alone))
    parts, rest = len(alone), np.flatnonzero(part < 0)
    for pivot in rest[np.linspace(0, len(rest) - 1, TRIES).astype(np.int64)].tolist() if len(rest) else ():
        if part[pivot] >= 0:
            continue
        both = _reached(start, head, pivot) & _reached(back_start, back_tail, pivot)
        part[both] = parts
        parts += 1
        if 2 * int(both.sum()) > len(rest):
            break
    rest = np.flatnonzero(part < 0)
    number = np.full(nodes, -1, dtype=np.int64)
    number[rest] = np.arange(len(rest))
    inner = (number[tail] >= 0) & (number[head] >= 0)
    heads: list[list[int]] = [[] for _ in range(len(rest))]
    for one, other in zip(number[tail[inner]].tolist(), number[head[inner]].tolist(), strict=True):
        heads[one].append(other)
    part[rest] = parts + np.array(_by_node(heads), dtype=np.int64)
    return part


def _reached(start: Ints, head: Ints, pivot: int) -> Bools:
    """Return which nodes a node reaches."""
    seen = np.zeros(len(start) - 1, dtype=np.bool_)
    seen[pivot] = True
    wave = np.array([pivot])
    while len(wave):
        first = start[wave]
        counts = start[wave + 1] - first
        begun = np.cumsum(counts) - counts
        found = head[np.repeat(first - begun, counts) + np.arange(int(counts.sum()))]
        wave = np.unique(found[~seen[found]])
        seen[wave] = True
    return seen


def _by_node(heads: list[list[int]]) -> list[int]:
    """Return the part of each node (Tarjan 1972, with its recursion on an own stack)."""
    part, index, low = [-1] * len(heads), [-1] * len(heads), [0] * len(heads)
    stack: list[int] = []
    parts = seen = 0
    for root in range(len(heads)):
        if index[root] >= 0:
            continue
        path = [(root, iter(heads[root]))]
        index[root] = low[root] = seen
        seen += 1
        stack.append(root)
        while path:
            node, others = path[-1]
            for other in others:
                if index[other] < 0:
                    index[other] = low[other] = seen
                    seen += 1
                    stack.append(other)
                    path.append((other, iter(heads[other])))
                    break
                if part[other] < 0:
                    low[node] = min(low[node], index[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == index[node]:
                    while part[node] < 0:
                        part[stack.pop()] = parts
                    parts += 1
    return part
