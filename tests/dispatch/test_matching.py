from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from dispatch.matching import cheapest


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(0, 9),
    more=st.integers(0, 9),
    seed=st.integers(0, 2**32 - 1),
    forbidden=st.sampled_from([0.0, 0.3, 0.8]),
    whole=st.booleans(),
)
def test_the_sum_is_scipys_and_no_column_is_given_twice(
    rows: int, more: int, seed: int, forbidden: float, whole: bool
) -> None:
    """On random costs, with ties and forbidden pairs, the sum equals scipy's; what it refuses is refused."""
    chance = np.random.default_rng(seed)
    cost = chance.uniform(-50, 500, (rows, rows + more))
    if whole:
        cost = np.floor(cost / 100)
    cost[chance.random(cost.shape) < forbidden] = np.inf
    try:
        expected = cost[linear_sum_assignment(cost)].sum()
    except ValueError:
        with pytest.raises(ValueError, match="no way"):
            cheapest(cost)
        return
    found = cheapest(cost)
    assert len(set(found.tolist())) == rows
    assert cost[np.arange(rows), found].sum() == pytest.approx(expected)


def test_more_rows_than_columns_are_refused() -> None:
    """Two calls cannot each have the one crew."""
    with pytest.raises(ValueError, match="2 rows"):
        cheapest(np.zeros((2, 1)))
