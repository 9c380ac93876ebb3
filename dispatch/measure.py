"""Measure: counted seconds → one cell of a report with its confidence. Pure.

Values are counted by whole seconds; the value at a rank is then looked up among the few raw values of the
second that holds it, so quantiles are exact to the millisecond and never come from other quantiles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

import msgspec

from dispatch.confidence import quantile_ranks, wilson
from dispatch.reports import QUANTILES

Range = tuple[float, float]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one interval comes to in one group of responses; lengths in seconds.

    Attributes:
        responses: how many there are in the group, with this interval or not.
        n: how many are in the figures; with none of them, the figures are None.
        within: how many of the n are not longer than the norm; `within_norm` is their share.
        negative: how many were left out because their times are in the wrong order.
        missing: how many have not both times.
        within_ci: 95 % confidence interval of the share (Wilson).
        p50_ci: the same of the median, by order statistics; None when n is too small to say, or so large
            (thousands in a grouped table) that it is not computed.
        p90_ci: the same of p90.
    """

    responses: int
    n: int
    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    max: float | None = None
    within: int = 0
    within_norm: float | None = None
    negative: int = 0
    missing: int = 0
    within_ci: Range | None = None
    p50_ci: Range | None = None
    p90_ci: Range | None = None


class Counted(msgspec.Struct, frozen=True):
    """One interval of a group, counted: whole seconds → how many values lie in each.

    Attributes:
        sum_ms: of all values.
        within: how many values are not longer than their norm; None: `norm_s` is everybody's.
    """

    seconds: dict[int, int]
    sum_ms: int
    negative: int = 0
    missing: int = 0
    within: int | None = None
    norm_s: int = 0

    @property
    def n(self) -> int:
        """How many values there are."""
        return sum(self.seconds.values())

    def ranks(self) -> list[int]:
        """Return the ranks whose values a cell needs: the quantiles', those of their confidence, the last."""
        n = self.n
        if n == 0:
            return []
        wanted = {math.ceil(quantile * n) for quantile in QUANTILES} | {n}
        for quantile in QUANTILES[:2]:
            wanted |= set(quantile_ranks(n, quantile) or ())
        return sorted(wanted)

    def wanted_seconds(self) -> list[int]:
        """Return the seconds whose raw values are needed: those of the ranks, and the norm's own."""
        found = {second for second, _ in self._places(self.ranks()).values()}
        if self.within is None and self.norm_s in self.seconds:
            found.add(self.norm_s)
        return sorted(found)

    def cell(self, raw_ms: Mapping[int, Sequence[int]]) -> Cell:
        """Return the cell.

        Args:
            raw_ms: the sorted raw values of each of the `wanted_seconds`.
        """
        n = self.n
        responses = n + self.negative + self.missing
        if n == 0:
            return Cell(responses=responses, n=0, negative=self.negative, missing=self.missing)
        places = self._places(self.ranks())

        def value(rank: int) -> float:
            second, index = places[rank]
            return raw_ms[second][index] / 1000

        def between(ranks: tuple[int, int] | None) -> Range | None:
            return None if ranks is None else (value(ranks[0]), value(ranks[1]))

        within = self.within
        if within is None:
            # to the norm and not beyond: of its own second only what is exactly as long
            within = sum(count for second, count in self.seconds.items() if second < self.norm_s)
            within += sum(length <= self.norm_s * 1000 for length in raw_ms.get(self.norm_s, ()))
        p50, p90, p95 = (value(math.ceil(quantile * n)) for quantile in QUANTILES)
        return Cell(
            responses=responses,
            n=n,
            mean=round(self.sum_ms / n / 1000, 3),
            p50=p50,
            p90=p90,
            p95=p95,
            max=value(n),
            within=within,
            within_norm=round(within / n, 5),
            negative=self.negative,
            missing=self.missing,
            within_ci=wilson(within, n),
            p50_ci=between(quantile_ranks(n, QUANTILES[0])),
            p90_ci=between(quantile_ranks(n, QUANTILES[1])),
        )

    def _places(self, ranks: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return where each rank's value is: its second, and its index among that second's values."""
        found = {}
        seconds = sorted(self.seconds)
        ends = list(accumulate(self.seconds[second] for second in seconds))
        at = 0
        for rank in ranks:
            while ends[at] < rank:
                at += 1
            found[rank] = (seconds[at], rank - 1 - (ends[at] - self.seconds[seconds[at]]))
        return found


def cell_of(
    responses: int,
    values: Sequence[int | None],
    quantiles_ms: Sequence[int] | None,
    small_ms: Sequence[int] | None,
) -> Cell:
    """Return the cell of one group that the database has summed up.

    Args:
        responses: how many are in the group.
        values: n, negative, sum ms, max ms, within.
        quantiles_ms: at `QUANTILES`; None for no values.
        small_ms: the group's sorted values when there are few, for the confidence of its quantiles.
    """
    n, negative, sum_ms, max_ms, within = (value or 0 for value in values)
    missing = responses - n - negative
    if n == 0 or quantiles_ms is None:
        return Cell(responses=responses, n=0, negative=negative, missing=missing)

    def between(ranks: tuple[int, int] | None) -> Range | None:
        if ranks is None or small_ms is None or len(small_ms) != n:
            return None
        return small_ms[ranks[0] - 1] / 1000, small_ms[ranks[1] - 1] / 1000

    return Cell(
        responses=responses,
        n=n,
        mean=round(sum_ms / n / 1000, 3),
        p50=quantiles_ms[0] / 1000,
        p90=quantiles_ms[1] / 1000,
        p95=quantiles_ms[2] / 1000,
        max=max_ms / 1000,
        within=within,
        within_norm=round(within / n, 5),
        negative=negative,
        missing=missing,
        within_ci=wilson(within, n),
        p50_ci=between(quantile_ranks(n, QUANTILES[0])),
        p90_ci=between(quantile_ranks(n, QUANTILES[1])),
    )
