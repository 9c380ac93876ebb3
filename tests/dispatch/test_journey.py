from __future__ import annotations

from dispatch import commands
from dispatch.advise import look
from dispatch.duplicate import alike
from dispatch.journey import Journey
from dispatch.lead import stands_among_calls
from dispatch.response import out_of_order, responses_of
from dispatch.timers import timers
from tests.dispatch.conftest import PLACE, World

HOUR_MS = 3_600_000


def planned(world: World, hours: float, hospital: str | None = "h1") -> str:
    """Ask for a transfer that is due in so many hours; return its id."""
    due_ms = world.now_ms + round(hours * HOUR_MS)
    journey = Journey(kind="transfer", due_ms=due_ms, hospital=hospital)
    return world.call("fever", journey=journey)


def test_a_journey_waits_apart_until_it_is_nearly_due(world: World) -> None:
    """Before its hour it takes no crew from the calls, is no duplicate and raises nothing."""
    journey = planned(world, 3)
    call = world.call()
    now_ms = world.now_ms + HOUR_MS
    assert {each.call.incident for each in look(world.region, {}, [], now_ms).calls} == {call}
    assert journey not in {each.incident for each in timers(world.region, now_ms)}
    assert journey not in {each.incident for each in alike(world.region, PLACE, None, world.now_ms)}


def test_a_journey_appears_when_it_is_due_and_its_norm_runs_from_then(world: World) -> None:
    """An hour before it is among the calls; it is late a norm after it was due, not after the asking."""
    journey = planned(world, 3)
    incident = world.incident(journey)
    assert incident.journey is not None
    due_ms = incident.journey.due_ms
    assert not stands_among_calls(world.region, incident, due_ms - HOUR_MS - 1)
    assert stands_among_calls(world.region, incident, due_ms - HOUR_MS)
    (sought,) = look(world.region, {}, [], due_ms - HOUR_MS).calls
    assert (sought.call.incident, sought.call.waited_s) == (journey, 0.0)
    assert "late" not in {each.name for each in timers(world.region, due_ms + 1_199_000)}
    assert {"late", "unassigned"} == {each.name for each in timers(world.region, due_ms + 1_201_000)}


def test_a_journey_to_nowhere_or_to_next_year_is_refused(world: World) -> None:
    """The hospital must exist, and the hour lie within three months."""
    now_ms = world.now_ms
    for journey, code in (
        (Journey(kind="planned", due_ms=now_ms + 100 * 24 * HOUR_MS), "bad-end"),
        (Journey(kind="transfer", due_ms=now_ms + HOUR_MS, hospital="h9"), "unknown-hospital"),
    ):
        refused = world.no(commands.CreateIncident(place=PLACE, reason="fever", journey=journey))
        assert refused.code == code


def test_a_journey_that_was_ordered_ahead_is_in_no_norm(world: World) -> None:
    """Its response is not the hours since the telephone rang: the reports leave it out, and list it."""
    journey = planned(world, 3)
    world.now_ms += 2 * HOUR_MS + HOUR_MS // 2
    world.press(world.send(journey, "u1"), "en_route", "on_scene", "cleared")
    (response,) = responses_of(world.region)
    assert out_of_order(response.times) is not None
