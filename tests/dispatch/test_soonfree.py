from __future__ import annotations

import msgspec

from dispatch import commands
from dispatch.candidate import PositionOf
from dispatch.soonfree import AT_LEAST_S, HORIZON_S, PRIOR_WEIGHT, PRIORS_S, clear_times, soon_free
from tests.dispatch.conftest import World


def handed_over(world: World, unit: str) -> str:
    """Send a crew through a whole call up to the handover; return the assignment."""
    assignment = world.send(world.call(), unit)
    world.press(assignment, "on_scene", "left_scene", "at_hospital", "handed_over")
    return assignment


def test_before_the_fleet_has_shown_its_times_the_priors_stand(world: World) -> None:
    """No finished assignment, no median: the documented priors."""
    assert clear_times(world.region) == PRIORS_S


def test_the_fleets_own_median_takes_over_as_cases_come(world: World) -> None:
    """N cases weigh n against the prior's 20; only cleared assignments count."""
    for _ in range(10):
        assignment = handed_over(world, "u1")
        world.now_ms += 100_000 - 1_000
        world.press(assignment, "cleared")
    handed_over(world, "u2")
    expected = (10 * 100.0 + PRIOR_WEIGHT * PRIORS_S["handed_over"]) / (10 + PRIOR_WEIGHT)
    assert clear_times(world.region)["handed_over"] == expected


def test_a_crew_is_soon_free_where_its_hospital_is(world: World) -> None:
    """It clears after what is usual, less what has passed, and starts from the hospital."""
    assignment = world.send(world.call(), "u1")
    world.press(assignment, "on_scene")
    world.do(commands.SetStatus(assignment=assignment, status="left_scene", hospital="h2"))
    world.press(assignment, "at_hospital")
    now_ms = world.region.assignments[assignment].since_ms + 1_000_000
    (one,) = soon_free(world.region, {}, {"at_hospital": 1500.0}, now_ms)
    assert (one.unit, one.clears_in_s, one.state) == ("u1", 500.0, "at_hospital")
    assert (one.place.lat_deg, one.place.lon_deg) == (55.0, 61.2)


def test_an_overdue_crew_is_not_taken_for_free_and_a_distant_end_is_not_forecast(world: World) -> None:
    """Three minutes at least; beyond a quarter of an hour nothing is said; nor of a broken vehicle."""
    assignment = handed_over(world, "u1")
    place = {"u1": PositionOf(unit="u1", lat_deg=55.0, lon_deg=61.0, age_s=1.0, freshness="live")}
    now_ms = world.region.assignments[assignment].since_ms + 5_000_000
    (one,) = soon_free(world.region, place, {"handed_over": 420.0}, now_ms)
    assert one.clears_in_s == AT_LEAST_S
    assert soon_free(world.region, place, {"handed_over": 5_000.0 + HORIZON_S + 1}, now_ms) == []
    assert soon_free(world.region, {}, {"handed_over": 420.0}, now_ms) == []
    world.do(commands.SetDuty(unit="u1", duty="out_of_order"))
    assert soon_free(world.region, place, {"handed_over": 420.0}, now_ms) == []


def test_a_crew_on_scene_is_never_forecast(world: World) -> None:
    """Whether it will carry the patient is not known."""
    world.press(world.send(world.call(), "u1"), "on_scene")
    found = soon_free(world.region, {}, clear_times(world.region), world.now_ms)
    assert msgspec.json.encode(found) == b"[]"
