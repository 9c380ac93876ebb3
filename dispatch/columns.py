"""Columns: the warehouse's responses as arrays in memory, in chunks that never change once made. Pure.

They hold data and no results: every figure is counted from them when it is asked for. A change replaces the
chunks that it touches, so whoever counts keeps the state that the question began with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from dispatch.cut import WHY_SQL, Why

Array = npt.NDArray[Any]
Value = str | int

# Rows of a chunk: the columns that one condition reads fit a core's own cache.
CHUNK = 131_072
# What stands for "not known": in lengths and norms (int32), instants (int64), small numbers, codes of names.
NO_LENGTH = -(2**31)
NO_INSTANT = -(2**63)
NO_NAME = -1

# Dimensions whose values are names, each held as its place in `Columns.names`; and those that are numbers,
# each with its column's type, the least value of which stands for "not known".
NAMED = ("source", "region", "district", "substation", "crew_kind", "reason", "hospital", "unit")
NUMBERED: dict[str, type[np.signedinteger[Any]]] = {
    "priority": np.int8,
    "hour": np.int8,
    "weekday": np.int8,
    "day": np.int32,
    "month": np.int16,
}

# One byte says the rest: whether the crew was the first, and each kind of doubt.
FIRST = 1
DOUBTS: dict[Why, int] = {why: 2 << index for index, why in enumerate(WHY_SQL)}


class Chunk(msgspec.Struct, frozen=True):
    """Up to `CHUNK` responses.

    Attributes:
        arrays: by column: `id`, `called_at`, `norm_ms`, `flags`, the dimensions, and each interval's `_ms`.
        first_id, last_id: the least and the greatest id.
        first_call, last_call: of those calls whose time is known, ms since 1970 UTC; `NO_INSTANT`: of none.
    """

    arrays: dict[str, Array]
    first_id: int
    last_id: int
    first_call: int
    last_call: int

    @property
    def count(self) -> int:
        """How many responses it holds."""
        return len(self.arrays["id"])


class Columns(msgspec.Struct, frozen=True):
    """All responses, and what the codes of their names mean."""

    chunks: tuple[Chunk, ...] = ()
    names: dict[str, tuple[str, ...]] = {}

    @property
    def count(self) -> int:
        """How many responses there are."""
        return sum(chunk.count for chunk in self.chunks)

    @property
    def last_id(self) -> int:
        """The greatest id, 0 for no responses."""
        return max((chunk.last_id for chunk in self.chunks), default=0)

    def nbytes(self) -> int:
        """Return what the arrays take."""
        return sum(array.nbytes for chunk in self.chunks for array in chunk.arrays.values())


def no_number(dimension: str) -> int:
    """Return what stands for an unknown value in a dimension of numbers."""
    return int(np.iinfo(NUMBERED[dimension]).min)


def chunk_of(arrays: dict[str, Array]) -> Chunk:
    """Return arrays of equal length, at least one response, as a chunk."""
    ids, calls = arrays["id"], arrays["called_at"]
    known = calls[calls != NO_INSTANT]
    first, last = (int(known.min()), int(known.max())) if len(known) else (NO_INSTANT, NO_INSTANT)
    return Chunk(arrays, int(ids.min()), int(ids.max()), first, last)


def with_names(columns: Columns, found: Mapping[str, Sequence[str]]) -> Columns:
    """Return the columns with names that were found added behind those that are known already."""
    names = dict(columns.names)
    for dimension in NAMED:
        known = names.get(dimension, ())
        seen = set(known)
        names[dimension] = known + tuple(name for name in found.get(dimension, ()) if name not in seen)
    return Columns(columns.chunks, names)


def with_rows(columns: Columns, arrays: dict[str, Array], most: int = CHUNK) -> Columns:
    """Return the columns with more responses; the last chunk is filled up before a new one is begun.

    Args:
        columns: what is there.
        arrays: the new ones, by column.
        most: how many a chunk holds.
    """
    count = len(arrays["id"])
    if count == 0:
        return columns
    chunks, at = list(columns.chunks), 0
    if chunks and chunks[-1].count < most:
        last = chunks.pop()
        at = min(count, most - last.count)
        chunks.append(
            chunk_of({name: np.concatenate((last.arrays[name], arrays[name][:at])) for name in arrays})
        )
    chunks += [
        chunk_of({name: np.ascontiguousarray(each[start : start + most]) for name, each in arrays.items()})
        for start in range(at, count, most)
    ]
    return Columns(tuple(chunks), columns.names)


def without_ids(columns: Columns, ids: Sequence[int]) -> Columns:
    """Return the columns without the responses of these ids."""
    if not ids:
        return columns
    gone = np.unique(np.asarray(ids, dtype=np.int64))
    return _filtered(columns, lambda chunk: _outside(chunk, gone))


def without_source(columns: Columns, source: str) -> Columns:
    """Return the columns without the responses of a source."""
    known = columns.names.get("source", ())
    if source not in known:
        return columns
    code = known.index(source)
    return _filtered(columns, lambda chunk: chunk.arrays["source"] != code)


def _outside(chunk: Chunk, gone: Array) -> Array | None:
    near = gone[np.searchsorted(gone, chunk.first_id) : np.searchsorted(gone, chunk.last_id, side="right")]
    return None if len(near) == 0 else ~np.isin(chunk.arrays["id"], near)


def _filtered(columns: Columns, kept_of: Any) -> Columns:  # noqa: ANN401  # chunk → which rows are kept, or None for all
    chunks = []
    for chunk in columns.chunks:
        kept = kept_of(chunk)
        if kept is None or kept.all():
            chunks.append(chunk)
        elif kept.any():
            chunks.append(chunk_of({name: each[kept] for name, each in chunk.arrays.items()}))
    return Columns(tuple(chunks), columns.names)
