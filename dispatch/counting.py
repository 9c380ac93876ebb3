"""Counting: the kernels that count lengths of time by the million, whole and by group. Pure; compiled.

Quantiles are exact: lengths are counted by whole seconds, and only those of the seconds that hold a wanted
rank are looked at to the millisecond. All lengths are int32 ms; `columns.NO_LENGTH` is one that is not known.
Half of the lengths of some intervals are not known, in no order that a processor could foresee, so the loops
choose by values and not by branches, and count in unsigned places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from routing.compiled import kernel

Array = npt.NDArray[Any]

# Longer than this many seconds (18 h 12 min) counts as this many; such lengths are told apart by their ms.
LONGEST_S = 65_534
SECONDS = LONGEST_S + 1
# Behind the seconds are counted those that lie in none.
NEGATIVE_PLACE, UNKNOWN_PLACE = SECONDS, SECONDS + 1
PLACES = SECONDS + 2
# What is summed up of a group: the sum, ms; negative ones; unknown ones; those within their norm.
SUM, NEGATIVE, UNKNOWN, WITHIN = 0, 1, 2, 3
SUMS = 4
_NO_LENGTH = np.int32(-(2**31))


@kernel
def count_seconds(  # noqa: PLR0917  # compiled: it takes no names
    lengths: Array, norms: Array, rows: Array, norm_ms: int, usual_ms: int, places: Array
) -> tuple[int, int]:
    """Add to `places` how many of the rows' lengths lie in each second; return their sum and those within.

    Args:
        lengths: of all responses of a chunk, ms.
        norms: each response's own norm, ms, or not known.
        rows: which responses.
        norm_ms: the norm for all; below 0: each response's own.
        usual_ms: the norm of those that have none.
        places: `PLACES` counts.
    """
    total, within = 0, 0
    for row in rows:
        length = lengths[row]
        known, unknown = length >= 0, length == _NO_LENGTH
        second = min(np.uint32(length) // np.uint32(1000), np.uint32(LONGEST_S))
        nowhere = np.uint32(NEGATIVE_PLACE) + np.uint32(unknown)
        places[second * np.uint32(known) + nowhere * np.uint32(not known)] += 1
        total += np.int64(length) * known
        norm = norm_ms
        if norm_ms < 0:
            own = norms[row]
            norm = usual_ms if own == _NO_LENGTH else int(own)
        within += known & (length <= norm)
    return total, within


@kernel
def lengths_of(lengths: Array, rows: Array, wanted: Array, out: Array, at: int) -> int:
    """Put the lengths that lie in wanted seconds into `out` from `at` on; return where the next would go."""
    for row in rows:
        length = lengths[row]
        if wanted[min(np.uint32(length) // np.uint32(1000), np.uint32(LONGEST_S))] and length >= 0:
            out[at] = length
            at += 1
    return at


@kernel
def count_groups(  # noqa: PLR0917  # compiled: it takes no names
    lengths: Array,
    norms: Array,
    rows: Array,
    groups: Array,
    norm_ms: int,
    usual_ms: int,
    counts: Array,
    sums: Array,
) -> None:
    """Add how many lengths each group has to `counts`, and the rest to `sums` (group × `SUMS`).

    Args:
        lengths: of all responses of a chunk, ms.
        norms: each response's own norm, ms, or not known.
        rows: which responses.
        groups: the group of each of the `rows`.
        norm_ms: the norm for all; below 0: each response's own.
        usual_ms: the norm of those that have none.
        counts: one a group.
        sums: `SUMS` a group.
    """
    for place in range(len(rows)):
        row, group = rows[place], groups[place]
        length = lengths[row]
        norm = norm_ms
        if norm_ms < 0:
            own = norms[row]
            norm = usual_ms if own == _NO_LENGTH else int(own)
        unknown = length == _NO_LENGTH
        known = length >= 0
        counts[group] += known
        sums[group, SUM] += np.int64(length) * known
        sums[group, NEGATIVE] += (not known) & (not unknown)
        sums[group, UNKNOWN] += unknown
        sums[group, WITHIN] += known & (length <= norm)


@kernel
def sort_into_groups(lengths: Array, rows: Array, groups: Array, places: Array, out: Array) -> None:
    """Put each length to those of its group; `places` says where a group's next one goes in `out`."""
    for place in range(len(rows)):
        length = lengths[rows[place]]
        if length >= 0:
            group = groups[place]
            out[places[group]] = length
            places[group] += 1
