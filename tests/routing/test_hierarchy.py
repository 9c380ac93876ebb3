from __future__ import annotations

import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from routing.hierarchy import Hierarchy
from routing.router import Router, UnitPlace
from routing.times import great_circle_m
from routing.weights import Conditions
from tests.conftest import skip_or_fail
from tests.routing.test_closures import on_the_line
from tests.routing.test_tree import fleet, spots


@pytest.fixture(scope="module")
def quick(porto: Router) -> Router:
    """A router of Porto with a hierarchy that is asked whenever it may be."""
    if importlib.util.find_spec("pyroutingkit") is None:
        skip_or_fail("pyroutingkit, an optional extra, is not installed")
    router = Router(porto.graph)
    assert router.build_hierarchy()
    return router


PAYS = Hierarchy.pays


@pytest.fixture(autouse=True)
def whenever_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the hierarchy also where the kernel would be quicker: what is shown here is that they are equal."""
    monkeypatch.setattr(Hierarchy, "pays", lambda *_: True)


def test_a_matrix_equals_single_questions(porto: Router, quick: Router) -> None:
    """Forty units to seven incidents, one on a unit's own road: each figure is the kernel's."""
    units = fleet(porto, 40, 3)
    incidents = [*spots(porto, 5, 4), (units[3].lat_deg, units[3].lon_deg + 1e-5), (41.0, -10.0)]
    assert np.array_equal(quick.matrix(units, incidents), porto.matrix(units, incidents), equal_nan=True)


@pytest.mark.parametrize("siren", [True, False])
def test_the_soonest_of_few_crews_are_the_kernels(porto: Router, quick: Router, siren: bool) -> None:
    """50 incidents, 60 units of which some stand on the incident's own road: the same crews, order, times."""
    here = spots(porto, 50, 1)
    beside = [UnitPlace(f"b{n}", lat + 3e-5, lon, n * 7.0) for n, (lat, lon) in enumerate(here[:20])]
    units = [*fleet(porto, 40, 2), *beside]
    for lat, lon in here:
        known, found = (router.nearest(lat, lon, units, 12, siren=siren) for router in (porto, quick))
        assert [(eta.unit, eta.seconds_s, eta.p90_s) for eta in found] == [
            (eta.unit, eta.seconds_s, eta.p90_s) for eta in known
        ]
        for one, other in zip(found, known, strict=True):  # equally quick ways may differ in length
            assert one.metres_m == pytest.approx(other.metres_m, rel=0.05, abs=1)


def test_the_ways_of_few_crews_are_drawn_as_the_kernels(porto: Router, quick: Router) -> None:
    """Each drawn way is as long as it says; most are the very same line (equally quick ways may differ)."""
    units, same, total = fleet(porto, 30, 3), 0, 0
    for spot in spots(porto, 12, 4):
        known, found = (
            router.ways_of(router.ends([spot]), router.crews(units), 5) for router in (porto, quick)
        )
        for (eta, line), (_, other) in zip(found, known, strict=True):
            drawn = sum(great_circle_m((a[1], a[0]), (b[1], b[0])) for a, b in pairwise(line.tolist()))
            assert drawn == pytest.approx(eta.metres_m, rel=1e-3, abs=1)
            same += line.shape == other.shape and bool(abs(line - other).max() < 1e-7)
            total += 1
    assert same / total >= 0.85


def test_routes_and_ways_to_hospitals_are_the_kernels(porto: Router, quick: Router) -> None:
    """Single routes, also to oneself and along one road, and one to many: the same times, the line joins."""
    here = [*spots(porto, 14, 5), (41.0, -10.0)]
    for start in here[:8]:
        legs, known = (router.one_to_many(start, here[:12], 90.0) for router in (quick, porto))
        assert [leg.seconds_s for leg in legs] == [leg.seconds_s for leg in known]
        for end in (*here[8:], start, (start[0] + 4e-5, start[1])):
            way, other = quick.route(start, end), porto.route(start, end)
            assert (way.seconds_s, way.degraded) == (other.seconds_s, other.degraded)
            assert way.metres_m == pytest.approx(other.metres_m, rel=0.05, abs=1)
            assert way.line[0] == other.line[0]
            assert way.line[-1] == other.line[-1]


def test_a_closure_holds_at_once_and_again_after_customising(porto: Router, quick: Router) -> None:
    """Until a closure is customised the kernel answers, then the hierarchy: by the same new times."""
    router, other = quick, Router(porto.graph)
    start, end = spots(porto, 2, 6)
    open_s = router.route(start, end).seconds_s
    closed = Conditions(closed=frozenset(sorted(on_the_line(porto, router.route(start, end).line))[1:-1]))
    for each in (router, other):
        each.set_conditions(closed)
    at_once = router.route(start, end)
    router.customise()
    later = router.route(start, end)
    assert at_once.seconds_s == later.seconds_s == other.route(start, end).seconds_s > open_s
    units = fleet(porto, 30, 7)
    for lat, lon in spots(porto, 10, 8):
        found, known = router.nearest(lat, lon, units, 5), other.nearest(lat, lon, units, 5)
        assert [(eta.unit, eta.seconds_s) for eta in found] == [(eta.unit, eta.seconds_s) for eta in known]
    router.set_conditions(Conditions())
    router.customise()
    assert router.is_customised


def test_many_threads_at_once_get_the_answers_of_one(quick: Router) -> None:
    """Eight threads asking while conditions are customised anew: right answers, and no crash."""
    units, here = fleet(quick, 40, 9), spots(quick, 60, 10)
    alone = [quick.nearest(*spot, units, 5) for spot in here]
    stop = threading.Event()

    def customise() -> None:
        while not stop.is_set():
            quick.set_conditions(Conditions())
            quick.customise()

    busy = threading.Thread(target=customise)
    busy.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda spot: quick.nearest(*spot, units, 5), here * 3))
    finally:
        stop.set()
        busy.join()
    assert [[(eta.unit, eta.seconds_s) for eta in etas] for etas in found] == [
        [(eta.unit, eta.seconds_s) for eta in etas] for etas in alone * 3
    ]


def test_it_is_asked_for_few_units_and_not_for_many(quick: Router) -> None:
    """By its own estimate the soonest five of 30 units are its work, and of 1,000 units the kernel's."""
    hierarchy = quick._hierarchy
    assert hierarchy is not None
    assert PAYS(hierarchy, 30, 5)
    assert not PAYS(hierarchy, 1000, 5)
