"""Pick: which responses of the columns a cut is about, and how they fall into groups. Pure.

It means by every filter what `Cut.where` means in SQL; a test holds the two against each other.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from dispatch.columns import (
    DOUBTS,
    FIRST,
    NAMED,
    NO_INSTANT,
    NO_LENGTH,
    NO_NAME,
    Array,
    Chunk,
    Columns,
    Value,
    no_number,
)
from dispatch.cut import Cut, Dimension

# Beyond so many possible groups only those that occur are numbered.
MOST_POSSIBLE = 4_000_000


class Part(msgspec.Struct, frozen=True):
    """The rows of one chunk."""

    chunk: Chunk
    rows: Array


class Picked(msgspec.Struct, frozen=True):
    """The responses of a cut.

    Attributes:
        norm_ms: the norm for all, or −1: each its own.
        usual_ms: the norm of those that have none of their own.
    """

    parts: tuple[Part, ...]
    names: dict[str, tuple[str, ...]]
    norm_ms: int
    usual_ms: int

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(len(part.rows) for part in self.parts)

    def flags(self) -> dict[str, int]:
        """Count them by doubt."""
        counted = dict.fromkeys(DOUBTS, 0)
        for part in self.parts:
            flags = part.chunk.arrays["flags"][part.rows]
            for why, bit in DOUBTS.items():
                counted[why] += int(np.count_nonzero(flags & bit))
        return {str(why): count for why, count in counted.items()}

    def period(self) -> tuple[int, int] | None:
        """Return the first and the last call, ms since 1970 UTC."""
        ends: list[int] = []
        for part in self.parts:
            calls = part.chunk.arrays["called_at"][part.rows]
            calls = calls[calls != NO_INSTANT]
            if len(calls):
                ends += [int(calls.min()), int(calls.max())]
        return (min(ends), max(ends)) if ends else None


class Grouped(msgspec.Struct, frozen=True):
    """Picked responses in groups.

    Attributes:
        keys: one value a dimension for each group, None where there is none; in order, None last.
        groups: for each part of the picked, the group of each of its rows.
        responses: how many are in each group.
    """

    keys: list[tuple[Value | None, ...]]
    groups: list[Array]
    responses: list[int]


def pick(columns: Columns, cut: Cut) -> Picked:
    """Return the responses of a cut.

    Raises:
        CutError: a filter cannot be meant.
    """
    cut.where()  # says what cannot be meant
    parts = []
    for chunk in columns.chunks:
        rows = _rows(columns, chunk, cut)
        if len(rows):
            parts.append(Part(chunk, rows))
    return Picked(
        tuple(parts),
        columns.names,
        -1 if cut.norm_s is None else cut.norm_s * 1000,
        cut.usual_norm_s * 1000,
    )


def group(picked: Picked, by: tuple[Dimension, ...], most: int) -> Grouped | None:
    """Return the responses by one or two dimensions; None when there are more than `most` groups."""
    scales = [_Scale.of(picked, each) for each in by]
    possible = 1
    for scale in scales:
        possible *= scale.size
    places = []
    for part in picked.parts:
        place = scales[0].places(part)
        for scale in scales[1:]:
            place = place * scale.size + scale.places(part)
        places.append(place)
    if possible <= MOST_POSSIBLE:
        counted = np.zeros(possible, dtype=np.int64)
        for place in places:
            counted += np.bincount(place, minlength=possible)
        occurring = np.flatnonzero(counted)
        responses = counted[occurring]
        number = np.zeros(possible, dtype=np.uint32)
        number[occurring] = np.arange(len(occurring), dtype=np.uint32)
        groups = [number[place] for place in places]
    else:
        joined = np.concatenate(places)
        occurring, inverse, responses = np.unique(joined, return_inverse=True, return_counts=True)
        ends = np.cumsum([len(place) for place in places])[:-1]
        groups = [each.astype(np.uint32) for each in np.split(inverse, ends)]
    if len(occurring) > most:
        return None
    keys = []
    for number_of_key in occurring.tolist():
        key: list[Value | None] = []
        rest: int = number_of_key
        for scale in reversed(scales):
            rest, own = divmod(rest, scale.size)
            key.insert(0, scale.values[own])
        keys.append(tuple(key))
    return Grouped(keys, groups, responses.tolist())


class _Scale(msgspec.Struct, frozen=True):
    """A dimension's values in the order in which a table shows them, None last.

    Attributes:
        order: of names: the place of each code in that order, the last for none; None: of numbers.
        low: of numbers: the least that occurs.
    """

    dimension: Dimension
    values: list[Value | None]
    order: Array | None
    low: int

    @property
    def size(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, picked: Picked, dimension: Dimension) -> _Scale:
        if dimension in NAMED:
            names = picked.names.get(dimension, ())
            ordered = sorted(range(len(names)), key=lambda code: names[code])
            order = np.empty(len(names) + 1, dtype=np.int64)
            order[ordered] = np.arange(len(names))
            order[NO_NAME] = len(names)  # −1 is the last
            return cls(dimension, [*(names[code] for code in ordered), None], order, 0)
        none = no_number(dimension)
        low, high = 0, -1
        for part in picked.parts:
            own = part.chunk.arrays[dimension][part.rows]
            own = own[own != none]
            if len(own):
                least, most = int(own.min()), int(own.max())
                low, high = (least, most) if high < low else (min(low, least), max(high, most))
        return cls(dimension, [*range(low, high + 1), None], None, low)

    def places(self, part: Part) -> Array:
        own = part.chunk.arrays[self.dimension][part.rows].astype(np.int64)
        if self.order is not None:
            return np.asarray(self.order[own])
        own[own == no_number(self.dimension)] = self.low + self.size - 1
        own -= self.low
        return own


def _rows(columns: Columns, chunk: Chunk, cut: Cut) -> Array:
    """Return the places of the chunk's rows that the cut is about."""
    arrays, kept = chunk.arrays, np.ones(chunk.count, dtype=np.bool_)
    if cut.source is not None:
        kept &= _named(columns, chunk, "source", (cut.source,))
    kept &= _called(chunk, cut.from_ms, cut.to_ms)
    for dimension, wanted in cut.only.items():
        if not kept.any():
            break
        kept &= (_named if dimension in NAMED else _numbered)(columns, chunk, dimension, wanted)
    if cut.crews == "first":
        kept &= (arrays["flags"] & FIRST) > 0
    if cut.with_interval is not None:
        kept &= arrays[f"{cut.with_interval}_ms"] >= 0
    if cut.late_by is not None:
        kept &= arrays[f"{cut.late_by}_ms"] > _norms(chunk, cut)
    if cut.why is not None:
        kept &= (arrays["flags"] & DOUBTS[cut.why]) > 0
    if cut.without_doubtful:
        doubtful = sum(bit for why, bit in DOUBTS.items() if why != "missing")
        kept &= (arrays["flags"] & doubtful) == 0
    return np.flatnonzero(kept).astype(np.uint32)


def _named(columns: Columns, chunk: Chunk, dimension: str, wanted: tuple[str, ...]) -> Array:
    names = columns.names.get(dimension, ())
    # one more, the last, for the code of none, which is −1; "" asks for those, but a source is never none
    allowed = np.zeros(len(names) + 1, dtype=np.bool_)
    for code, name in enumerate(names):
        allowed[code] = name in wanted and (name != "" or dimension == "source")
    allowed[NO_NAME] = "" in wanted and dimension != "source"
    return np.asarray(allowed[chunk.arrays[dimension]])


def _numbered(_columns: Columns, chunk: Chunk, dimension: Dimension, wanted: tuple[str, ...]) -> Array:
    numbers = [int(each) if each else no_number(dimension) for each in wanted]
    return np.isin(chunk.arrays[dimension], np.asarray(numbers, dtype=np.int64))


def _called(chunk: Chunk, from_ms: int | None, to_ms: int | None) -> Array | np.bool_:
    if from_ms is None and to_ms is None:
        return np.bool_(True)
    least = NO_INSTANT + 1 if from_ms is None else from_ms
    beyond = 2**63 - 1 if to_ms is None else to_ms
    if chunk.first_call == NO_INSTANT or chunk.last_call < least or chunk.first_call >= beyond:
        return np.bool_(False)
    calls = chunk.arrays["called_at"]
    return np.asarray((calls >= least) & (calls < beyond))


def _norms(chunk: Chunk, cut: Cut) -> Any:  # noqa: ANN401  # one number, or one a response
    if cut.norm_s is not None:
        return cut.norm_s * 1000
    norms = chunk.arrays["norm_ms"]
    return np.where(norms == NO_LENGTH, cut.usual_norm_s * 1000, norms)
