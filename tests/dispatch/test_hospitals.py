from __future__ import annotations

from dispatch.catalogue import Hospital
from dispatch.hospitals import hospitals_for, rank_hospitals
from routing.times import Leg, StraightLine
from tests.dispatch.conftest import World

NEAR = Hospital(id="near", name="Near", lat_deg=0, lon_deg=0)
HEART = Hospital(id="heart", name="Heart", lat_deg=0, lon_deg=0, capabilities=("infarction", "stroke"))
FAR = Hospital(id="far", name="Far", lat_deg=0, lon_deg=0, capabilities=("infarction",))


def test_those_that_can_come_first_and_the_nearest_is_marked() -> None:
    """Both times are there: the capable hospital leads; the nearest of all is marked, with what it lacks."""
    legs = [
        Leg(60.0, 500.0, degraded=False),
        Leg(300.0, 3000.0, degraded=False),
        Leg(900.0, 9000.0, degraded=True),
    ]
    ranked = rank_hospitals([NEAR, HEART, FAR], ("infarction",), legs)
    assert [each.id for each in ranked] == ["heart", "far", "near"]
    assert [each.nearest for each in ranked] == [False, False, True]
    assert ranked[2].missing == ("infarction",)
    assert (ranked[0].seconds, ranked[0].metres, ranked[1].degraded) == (300.0, 3000.0, True)


def test_without_a_need_the_nearest_comes_first() -> None:
    """A call that asks for nothing special is taken to the nearest."""
    legs = [Leg(60.0, 500.0, degraded=False), Leg(30.0, 300.0, degraded=False)]
    assert [each.id for each in rank_hospitals([NEAR, HEART], (), legs)] == ["heart", "near"]


def test_the_incidents_reason_says_what_is_needed(world: World) -> None:
    """Chest pain goes past the near hospital to the one that treats infarctions; other calls do not."""
    start = (55.0, 61.0)
    pain = hospitals_for(world.region, world.call("chest_pain"), start, StraightLine())
    assert [each.id for each in pain] == ["h2", "h1"]
    other = hospitals_for(world.region, world.call("other"), start, StraightLine())
    assert [each.id for each in other] == ["h1", "h2"]


def test_a_region_without_hospitals_has_none_to_offer(world: World) -> None:
    """No hospital is no error."""
    world.region.hospitals.clear()
    assert hospitals_for(world.region, world.call(), (55.0, 61.0), StraightLine()) == []
