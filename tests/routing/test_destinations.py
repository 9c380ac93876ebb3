from __future__ import annotations

import random

from routing.destinations import Destinations
from routing.router import Router, UnitPlace
from routing.weights import Conditions
from tests.routing.test_tree import fleet, spots


def test_etas_of_moving_units_are_the_kernels_all_the_way(porto: Router) -> None:
    """Units that move towards three places, ten steps long: each look-up is what a query would answer."""
    kept, places = Destinations(porto), spots(porto, 3, 1)
    units = fleet(porto, 30, 2)
    for step in range(10):
        chance = random.Random(step)
        moved = [
            UnitPlace(one.unit, one.lat_deg + chance.gauss(0, 1e-3), one.lon_deg + chance.gauss(0, 1e-3))
            for one in units
        ]
        driving = {place: moved[number::3] for number, place in enumerate(places)}
        found = kept.etas(driving)
        for place, there in driving.items():
            for eta in porto.nearest(*place, there, len(there)):
                assert (found[eta.unit].seconds_s, found[eta.unit].p90_s) == (eta.seconds_s, eta.p90_s)
    assert len(kept) == 3


def test_a_tree_is_grown_anew_when_other_times_hold(porto: Router) -> None:
    """After a road is slowed the next look-up is by the new times."""
    router = Router(porto.graph)
    kept, (place, *_), units = Destinations(router), spots(porto, 1, 3), fleet(porto, 5, 4)
    before = kept.etas({place: units})
    slow = dict.fromkeys(range(router.graph.edges), 2.0)
    router.set_conditions(Conditions(slow=slow))
    after = kept.etas({place: units})
    assert len(kept) == 1
    for eta in router.nearest(*place, units, 5):
        assert after[eta.unit].seconds_s == eta.seconds_s > before[eta.unit].seconds_s


def test_more_places_than_the_memory_holds_are_asked_for_one_by_one(porto: Router) -> None:
    """With room for two trees, six places are answered all the same, and two trees stand."""
    kept = Destinations(porto, most_bytes=2 * 4 * porto.graph.nodes)
    driving = {place: [unit] for place, unit in zip(spots(porto, 6, 5), fleet(porto, 6, 6), strict=True)}
    found = kept.etas(driving)
    assert len(kept) == 2
    for place, (unit,) in driving.items():
        (eta,) = porto.nearest(*place, [unit], 1)
        assert found[unit.unit].seconds_s == eta.seconds_s


def test_who_is_off_the_map_is_estimated_and_marked(porto: Router) -> None:
    """A unit at sea, and one that drives to a place at sea, get the straight line's time, marked degraded."""
    sea, town = (41.0, -10.0), (41.15, -8.61)
    found = Destinations(porto).etas({town: [UnitPlace("a", *sea)], sea: [UnitPlace("b", *town)]})
    assert found["a"].degraded
    assert found["b"].degraded
    assert found["a"].seconds_s > 0
