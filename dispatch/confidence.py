"""Confidence: how far a figure of few calls may lie from what it would be with many. Pure.

Shares by Wilson's score interval (E. B. Wilson, 1927), quantiles by order statistics: the values at two ranks
bracket the true quantile with the stated probability, whatever the distribution (binomial ranks; David and
Nagaraja, Order Statistics, 7.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist

# Two-sided 95 %.
Z95 = NormalDist().inv_cdf(0.975)
# Beyond this n the binomial is summed by its normal approximation: the ranks then differ by at most one.
EXACT_UP_TO = 2_000


def wilson(within: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """Return the interval of a share, both ends in 0…1; None for no calls."""
    if n == 0:
        return None
    share, square = within / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # exact ends where the share is 0 or 1: floating point leaves them a hair off
    low = 0.0 if within == 0 else max(0.0, middle - half)
    high = 1.0 if within == n else min(1.0, middle + half)
    return low, high


@lru_cache(maxsize=8192)
def quantile_ranks(n: int, quantile: Fraction, level: float = 0.95) -> tuple[int, int] | None:
    """Return the ranks (1 … n) whose values bracket a quantile, or None when n is too small for the level.

    The value at rank l lies above the quantile with P(B < l), the one at rank u below it with P(B ≥ u), for
    B binomial(n, quantile); each is kept at or below half of 1 − level.
    """
    tail = (1 - level) / 2
    p = float(quantile)
    if n > EXACT_UP_TO:
        z = NormalDist().inv_cdf(1 - tail)
        half = z * math.sqrt(n * p * (1 - p))
        return math.floor(n * p - half), math.ceil(n * p + half) + 1
    below, low, high = 0.0, 0, 0
    for k in range(n + 1):
        # P(B < k + 1) after adding P(B = k)
        below += math.exp(
            math.lgamma(n + 1)
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * math.log(p)
            + (n - k) * math.log1p(-p)
        )
        if below <= tail:
            low = k + 1
        if 1 - below <= tail:
            high = k + 1
            break
    return (low, high) if low >= 1 and 1 <= high <= n else None


def is_noise(one: tuple[int, int], rest: tuple[int, int], comparisons: int = 1, level: float = 0.95) -> bool:
    """Say whether the difference of two shares may well be chance.

    A two-proportion z-test with pooled variance, its level divided by the number of comparisons (Bonferroni):
    in a league of twenty equal substations one would otherwise stand out by chance alone.

    Args:
        one: (within, n) of one group.
        rest: the same of all others.
        comparisons: how many groups are compared in the same table.
        level: of the whole table.
    """
    (a, n), (b, m) = one, rest
    if n == 0 or m == 0:
        return True
    pooled = (a + b) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    if error == 0:
        return True
    z = NormalDist().inv_cdf(1 - (1 - level) / 2 / max(1, comparisons))
    return abs(a / n - b / m) / error <= z


def nearest_rank(values: Sequence[int], quantile: Fraction) -> int:
    """Return the value at rank ceil(quantile·n) of sorted values; there must be one."""
    return values[math.ceil(quantile * len(values)) - 1]
