"""Figures: picked responses → the cells of an interval, whole or by group. Pure.

Every quantile is the value at its nearest rank among the raw lengths; `counting` says how that is quick.
"""

from __future__ import annotations

import numpy as np

from dispatch.columns import NO_LENGTH, Array, chunk_of
from dispatch.counting import (
    NEGATIVE,
    NEGATIVE_PLACE,
    PLACES,
    SECONDS,
    SUM,
    SUMS,
    WITHIN,
    count_groups,
    count_seconds,
    lengths_of,
    sort_into_groups,
)
from dispatch.measure import Cell, Sums, cell_of, ranks_of
from dispatch.pick import Grouped, Part, Picked


def warm_up() -> None:
    """Compile the kernels (seconds the first time ever, then cached): before anybody asks, not while."""
    lengths = np.array([60_000, NO_LENGTH], dtype=np.int32)
    arrays: dict[str, Array] = {
        "id": np.array([1, 2], dtype=np.int64),
        "called_at": np.zeros(2, dtype=np.int64),
        "norm_ms": lengths,
        "response_ms": lengths,
    }
    rows = np.arange(2, dtype=np.uint32)
    picked = Picked((Part(chunk_of(arrays), rows),), {}, -1, 1_200_000)
    whole_cell(picked, "response")
    grouped_cells(picked, Grouped([()], [np.zeros(2, dtype=np.uint32)], [2]), "response")


def whole_cell(picked: Picked, interval: str) -> Cell:
    """Return the cell of all responses."""
    seconds, sums = _counted(picked, interval)
    n = int(seconds.sum())
    ranks = ranks_of(n)
    reached = np.cumsum(seconds)
    of_rank = [int(np.searchsorted(reached, rank)) for rank in ranks]
    wanted = np.zeros(SECONDS, dtype=np.bool_)
    wanted[[second for second, rank in zip(of_rank, ranks, strict=True) if rank]] = True
    lengths, at = np.empty(int(seconds[wanted].sum()), dtype=np.int32), 0
    for part in picked.parts:
        at = lengths_of(part.chunk.arrays[f"{interval}_ms"], part.rows, wanted, lengths, at)
    lengths.sort()
    # Before a rank's second were looked at the lengths of the wanted seconds before it, and no others.
    before = np.cumsum(np.where(wanted, seconds, 0)) - seconds
    values = [
        int(lengths[before[second] + rank - 1 - (reached[second] - seconds[second])]) if rank else 0
        for second, rank in zip(of_rank, ranks, strict=True)
    ]
    return cell_of(picked.count, n, sums, ranks, values)


def grouped_cells(picked: Picked, grouped: Grouped, interval: str) -> list[Cell]:
    """Return the cell of each group, in their order."""
    many = len(grouped.keys)
    counts, sums = np.zeros(many, dtype=np.int64), np.zeros((many, SUMS), dtype=np.int64)
    column = f"{interval}_ms"
    for part, groups in zip(picked.parts, grouped.groups, strict=True):
        arrays = part.chunk.arrays
        count_groups(
            arrays[column],
            arrays["norm_ms"],
            part.rows,
            groups,
            picked.norm_ms,
            picked.usual_ms,
            counts,
            sums,
        )
    ends = np.cumsum(counts)
    values, places = np.empty(int(counts.sum()), dtype=np.int32), ends - counts
    for part, groups in zip(picked.parts, grouped.groups, strict=True):
        sort_into_groups(part.chunk.arrays[column], part.rows, groups, places, values)
    cells = []
    for responses, n, end, own in zip(
        grouped.responses, counts.tolist(), ends.tolist(), sums.tolist(), strict=True
    ):
        lengths, ranks = values[end - n : end], ranks_of(n)
        if n:
            lengths.partition([rank - 1 for rank in ranks if rank])
        found = [int(lengths[rank - 1]) if rank else 0 for rank in ranks]
        whole = Sums(sum_ms=own[SUM], negative=own[NEGATIVE], within=own[WITHIN])
        cells.append(cell_of(responses, n, whole, ranks, found))
    return cells


def seconds_of(picked: Picked, interval: str) -> dict[int, int]:
    """Return how many lengths lie in each whole second that has any."""
    seconds, _ = _counted(picked, interval)
    some = np.flatnonzero(seconds)
    return dict(zip(some.tolist(), seconds[some].tolist(), strict=True))


def _counted(picked: Picked, interval: str) -> tuple[Array, Sums]:
    places, total, within = np.zeros(PLACES, dtype=np.int64), 0, 0
    for part in picked.parts:
        arrays = part.chunk.arrays
        own = count_seconds(
            arrays[f"{interval}_ms"], arrays["norm_ms"], part.rows, picked.norm_ms, picked.usual_ms, places
        )
        total, within = total + own[0], within + own[1]
    return places[:SECONDS], Sums(sum_ms=total, negative=int(places[NEGATIVE_PLACE]), within=within)
