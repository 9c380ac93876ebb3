from __future__ import annotations

import pytest

from routing.learning import Factors
from routing.router import Router, UnitPlace
from routing.speeds import CLASSES, QUIET, hour_factor
from routing.weights import Conditions, weights


def test_the_hour_counts_for_cars_and_hardly_for_sirens() -> None:
    """At rush hour a car needs a quarter more and a siren 4%; courtyards are the same all day."""
    assert hour_factor("primary", 8, siren=False) == 1.25
    assert hour_factor("primary", 8, siren=True) == 1.04
    for road in CLASSES:
        factors = [hour_factor(road, hour, siren=siren) for hour in range(24) for siren in (True, False)]
        assert all(0.8 < factor < 1.3 for factor in factors)
        assert road not in QUIET or set(factors) == {1.0}


def test_conditions_hold_from_the_next_query_on_for_crews_prepared_before(porto: Router) -> None:
    """Crews made ready before the roads became twice as slow are answered by the new times."""
    router = Router(porto.graph)
    units, here = [UnitPlace("a", 41.15, -8.61), UnitPlace("b", 41.16, -8.62)], (41.155, -8.615)
    crews, end = router.crews(units), router.ends([here])
    before = router.nearest_of(end, crews, 2)
    router.set_conditions(Conditions(learned=Factors(by_siren={True: 2.0}, p90=1.5)))
    after = router.nearest_of(end, crews, 2)
    for one, other in zip(before, after, strict=True):
        # Gates, and crossing an avenue on foot, take as long as before.
        assert 1.5 * one.seconds_s < other.seconds_s <= 2 * one.seconds_s + 0.1
        assert other.p90_s == pytest.approx(1.5 * other.seconds_s)
    assert router.nearest(*here, units, 2) == after


def test_no_time_is_ever_less_than_a_millisecond(porto: Router) -> None:
    """However quick a fleet is, no loop of roads is free."""
    quick = weights(porto.graph, Conditions(learned=Factors(by_siren={True: 1e-9})), siren=True)
    assert quick.own_ms.min() == 1


def test_an_eta_says_what_nine_in_ten_runs_keep(porto: Router) -> None:
    """Without learned runs the p90 is the median times the spread of generic car ETAs."""
    (eta,) = porto.nearest(41.155, -8.615, [UnitPlace("a", 41.15, -8.61)], 1)
    assert eta.p90_s == pytest.approx(1.4688 * eta.seconds_s, rel=1e-3)
