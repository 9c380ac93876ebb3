from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from dispatch.confidence import EXACT_UP_TO, is_noise, quantile_ranks, wilson


@given(st.integers(1, 3000), st.floats(0, 1))
def test_wilsons_interval_is_scipys(n: int, share: float) -> None:
    """Both ends agree with an independent implementation, and hold the share."""
    within = round(n * share)
    ours = wilson(within, n)
    theirs = binomtest(within, n).proportion_ci(0.95, method="wilson")
    assert ours is not None
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert ours[0] <= within / n <= ours[1]


def test_no_calls_have_no_interval() -> None:
    """Of nothing, nothing is said."""
    assert wilson(0, 0) is None
    assert quantile_ranks(0, Fraction(1, 2)) is None


@given(st.integers(1, EXACT_UP_TO), st.sampled_from([Fraction(1, 2), Fraction(9, 10)]))
def test_the_ranks_bracket_the_quantile_with_95_percent(n: int, quantile: Fraction) -> None:
    """By the binomial of scipy each tail is at most 2.5 %, and one rank nearer would be more."""
    ranks = quantile_ranks(n, quantile)
    p = float(quantile)
    if ranks is None:
        assert binom.cdf(0, n, p) > 0.025 - 1e-9 or binom.sf(n - 1, n, p) > 0.025 - 1e-9
        return
    low, high = ranks
    assert 1 <= low < high <= n
    assert binom.cdf(low - 1, n, p) <= 0.025 + 1e-9 < binom.cdf(low, n, p) + 2e-9
    assert binom.sf(high - 1, n, p) <= 0.025 + 1e-9 < binom.sf(high - 2, n, p) + 2e-9


def test_a_large_n_continues_a_small_one() -> None:
    """Where the normal approximation takes over, the ranks move by two at most."""
    for quantile in (Fraction(1, 2), Fraction(9, 10)):
        exact, near = quantile_ranks(EXACT_UP_TO, quantile), quantile_ranks(EXACT_UP_TO + 1, quantile)
        assert exact is not None
        assert near is not None
        assert all(abs(one - other) <= 2 for one, other in zip(exact, near, strict=True))


def test_of_equal_substations_few_stand_out_and_a_bad_one_does() -> None:
    """In 300 leagues of twenty equal ones at most 5 % (and chance) name anybody; a late one is named."""
    chance = random.Random(5)
    wrong = 0
    for _ in range(300):
        counts = [sum(chance.random() < 0.9 for _ in range(100)) for _ in range(20)]
        total = sum(counts)
        wrong += any(not is_noise((each, 100), (total - each, 1900), 20) for each in counts)
    assert wrong / 300 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)
    assert not is_noise((600, 1000), (17_100, 19_000), 20)
    assert is_noise((5, 5), (0, 0))
    assert is_noise((5, 5), (7, 7))
