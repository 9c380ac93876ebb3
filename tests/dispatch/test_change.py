"""What changed between two cells, and whether chance alone may have made it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.change import changes
from dispatch.measure import Cell, Sums, cell_of, ranks_of


def cell(lengths_s: list[int], norm_s: int = 600) -> Cell:
    """Return the cell of lengths in whole seconds."""
    ordered, n = sorted(each * 1000 for each in lengths_s), len(lengths_s)
    sums = Sums(sum_ms=sum(ordered), negative=0, within=sum(each <= norm_s for each in lengths_s))
    ranks = ranks_of(n)
    return cell_of(n, n, sums, ranks, [ordered[rank - 1] if rank else 0 for rank in ranks])


def test_a_large_change_is_no_noise_and_a_small_one_is() -> None:
    """Of 400 responses ten minutes longer, the p90 and the share have changed; of one second longer, not."""
    before = [300 + each % 200 for each in range(400)]
    later = changes(cell([each + 600 for each in before]), cell(before))
    assert (later["p90"].by, later["p90"].noise) == (600, False)
    assert (later["within_norm"].by, later["within_norm"].noise) == (-1.0, False)
    assert (later["n"].by, later["n"].noise) == (0, True)
    hardly = changes(cell([each + 1 for each in before]), cell(before))
    assert hardly["p90"].noise
    assert later["mean"].noise is None
    assert later["max"].noise is None


def test_of_few_nothing_is_certain() -> None:
    """Three against three: no confidence interval exists, so the change is called chance."""
    found = changes(cell([100, 200, 300]), cell([1000, 2000, 3000]))
    assert found["p90"].noise
    assert found["p50"].noise


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=60), st.lists(st.integers(0, 4000), max_size=60))
def test_both_ways_agree(one: list[int], other: list[int]) -> None:
    """The change from A to B is that from B to A with its sign turned, and the verdict is the same."""
    there, back = changes(cell(one), cell(other)), changes(cell(other), cell(one))
    assert there.keys() == back.keys()
    for name, change in there.items():
        assert change.by == -back[name].by
        assert change.noise == back[name].noise


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=60))
def test_nothing_has_changed_against_itself(lengths: list[int]) -> None:
    """The same cell: every difference is 0, and none is called certain."""
    for change in changes(cell(lengths), cell(lengths)).values():
        assert change.by == 0
        assert change.noise is not False
