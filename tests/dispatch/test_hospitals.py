from __future__ import annotations

from dispatch.catalogue import Hospital
from dispatch.commands import SetOpening, SetStatus
from dispatch.hospitals import (
    HANDOVER_S,
    PRIOR_WEIGHT,
    handover_times,
    hospitals_for,
    rank_hospitals,
    waiting_at,
)
from dispatch.opening import Opening
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


def leg(seconds_s: float) -> Leg:
    """A drive."""
    return Leg(seconds_s, seconds_s * 10, degraded=False)


def test_drive_and_handover_are_added_up() -> None:
    """A hospital five minutes farther whose crews wait half an hour less is the sooner one."""
    ranked = rank_hospitals([HEART, FAR], (), [leg(300), leg(600)], handovers_s={"heart": 3_000, "far": 900})
    assert [(each.id, each.handover_s) for each in ranked] == [("far", 900), ("heart", 3_000)]


def test_a_closed_hospital_comes_last_and_says_by_whom_and_until_when() -> None:
    """It is neither the nearest nor capable while it is closed, and it does not disappear."""
    closed = Opening(hospital="heart", state="closed", until_ms=5, by="anna", why="no beds")
    ranked = rank_hospitals(
        [NEAR, HEART, FAR], ("infarction",), [leg(60), leg(30), leg(900)], openings={"heart": closed}
    )
    assert [each.id for each in ranked] == ["far", "near", "heart"]
    assert [each.nearest for each in ranked] == [False, True, False]
    assert [each.capable for each in ranked] == [True, False, False]
    last = ranked[-1]
    assert (last.suits, last.state, last.said_by, last.until_ms, last.why) == (
        False,
        "closed",
        "anna",
        5,
        "no beds",
    )


def test_a_restricted_hospital_does_not_suit_whom_it_refuses() -> None:
    """Without thrombectomy today it takes infarctions, and no strokes."""
    restricted = {"heart": Opening(hospital="heart", state="restricted", refuses=("stroke",), until_ms=5)}
    legs = [leg(60), leg(900)]
    stroke = rank_hospitals([HEART, FAR], ("stroke",), legs, openings=restricted)
    assert [(each.id, each.suits, each.missing) for each in stroke] == [
        ("heart", False, ("stroke",)),
        ("far", False, ("stroke",)),
    ]
    assert rank_hospitals([HEART, FAR], ("infarction",), legs, openings=restricted)[0].suits


def test_the_regions_rule_limits_how_far_a_crew_drives_past_the_nearest() -> None:
    """Fifteen minutes more at most: the capable centre beyond that comes second, marked, with both times."""
    legs = [leg(300), leg(1_500)]
    ranked = rank_hospitals([NEAR, HEART], ("infarction",), legs, bypass_s=900)
    assert [(each.id, each.capable, each.within_rule) for each in ranked] == [
        ("near", False, True),
        ("heart", True, False),
    ]
    assert rank_hospitals([NEAR, HEART], ("infarction",), legs, bypass_s=1_200)[0].id == "heart"


def test_what_nobody_renews_ends_by_itself(world: World) -> None:
    """Closed for an hour: after it the hospital is open, though nobody said so."""
    until_ms = world.now_ms + 3_600_000
    world.do(SetOpening(hospital="h2", state="closed", until_ms=until_ms, why="no beds"))
    assert world.do(SetOpening(hospital="h2", state="closed", until_ms=until_ms)) == []
    start = (55.0, 61.0)
    pain = world.call("chest_pain")
    closed = hospitals_for(world.region, pain, start, StraightLine(), now_ms=until_ms - 1)
    assert [(each.id, each.state) for each in closed] == [("h1", "open"), ("h2", "closed")]
    assert closed[1].said_by == "anna"
    again = hospitals_for(world.region, pain, start, StraightLine(), now_ms=until_ms)
    assert [(each.id, each.state) for each in again] == [("h2", "open"), ("h1", "open")]


def test_an_opening_that_makes_no_sense_is_refused(world: World) -> None:
    """An unknown hospital, no end, an end in the past or beyond a week, a state that there is not."""
    week_ms = 7 * 86_400_000
    for command, code in (
        (SetOpening(hospital="h9", state="open"), "unknown-hospital"),
        (SetOpening(hospital="h1", state="closed"), "field-missing"),
        (SetOpening(hospital="h1", state="closed", until_ms=1), "time-too-old"),
        (
            SetOpening(hospital="h1", state="closed", until_ms=world.now_ms + week_ms + 60_000),
            "time-in-the-future",
        ),
        (SetOpening(hospital="h1", state="ajar"), "unknown-status"),  # type: ignore[arg-type]  # what a bad client sends
    ):
        assert world.no(command).code == code


def test_the_wait_at_a_hospital_is_learned_from_its_own_handovers(world: World) -> None:
    """Its median takes over from the prior as cases come; crews that stand there now are counted."""
    for _ in range(10):
        assignment = world.send(world.call(), "u1")
        world.press(assignment, "on_scene")
        world.do(SetStatus(assignment=assignment, status="left_scene", hospital="h1"))
        world.press(assignment, "at_hospital")
        assert waiting_at(world.region) == {"h1": 1}
        world.now_ms += 599_000
        world.press(assignment, "handed_over", "cleared")
    assert waiting_at(world.region) == {}
    expected = (10 * 600 + PRIOR_WEIGHT * HANDOVER_S) / (10 + PRIOR_WEIGHT)
    assert handover_times(world.region) == {"h1": expected}
