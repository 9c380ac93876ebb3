"""Measure: what is counted of a group's lengths → one cell of a report with its confidence. Pure.

A cell needs the values at a few ranks; they are raw lengths, to the millisecond, and never come from other
quantiles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

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
        p50_ci: the same of the median, by order statistics; None when n is too small to say.
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


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What a group's lengths come to: their sum, how many are negative, how many within their norm."""

    sum_ms: int
    negative: int
    within: int


def ranks_of(n: int) -> list[int]:
    """Return the ranks that a group's cell needs, 0 for one that n is too small for.

    Those of `QUANTILES`, the last, and the two that bracket each of the first two quantiles.
    """
    if n == 0:
        return [0] * 8
    ranks = [*(math.ceil(quantile * n) for quantile in QUANTILES), n]
    for quantile in QUANTILES[:2]:
        ranks += quantile_ranks(n, quantile) or (0, 0)
    return ranks


def cell_of(responses: int, n: int, sums: Sums, ranks: Sequence[int], values_ms: Sequence[int]) -> Cell:
    """Return the cell of one group.

    Args:
        responses: how many are in the group.
        n: how many lengths.
        sums: what they come to.
        ranks: from `ranks_of`.
        values_ms: the value at each of the ranks.
    """
    negative, missing = sums.negative, responses - n - sums.negative
    if n == 0:
        return Cell(responses=responses, n=0, negative=negative, missing=missing)

    def between(place: int) -> Range | None:
        return None if ranks[place] == 0 else (values_ms[place] / 1000, values_ms[place + 1] / 1000)

    within = sums.within
    return Cell(
        responses=responses,
        n=n,
        mean=round(sums.sum_ms / n / 1000, 3),
        p50=values_ms[0] / 1000,
        p90=values_ms[1] / 1000,
        p95=values_ms[2] / 1000,
        max=values_ms[3] / 1000,
        within=within,
        within_norm=round(within / n, 5),
        negative=negative,
        missing=missing,
        within_ci=wilson(within, n),
        p50_ci=between(4),
        p90_ci=between(6),
    )
