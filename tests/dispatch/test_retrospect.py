from __future__ import annotations

from dispatch import commands
from dispatch.response import responses_of
from tests.dispatch.conftest import PLACE, World


def test_a_paper_call_is_entered_with_all_its_times_and_is_marked(world: World) -> None:
    """Called, sent, there, done: as on paper, in order, each of them told to be entered late."""
    world.now_ms += 7_200_000
    called_ms = world.now_ms - 7_000_000
    world.do(commands.CreateIncident(place=PLACE, reason="other", called_at_ms=called_ms))
    incident = next(reversed(world.region.incidents))
    world.do(commands.AssignCrew(incident=incident, unit="u1", at_ms=called_ms + 60_000))
    assignment = f"{incident}.1"
    for status, after_s in (("en_route", 120), ("on_scene", 600), ("cleared", 1_800)):
        at_ms = called_ms + after_s * 1000
        world.do(commands.SetStatus(assignment=assignment, status=status, at_ms=at_ms))  # type: ignore[arg-type]  # statuses
    (response,) = responses_of(world.region)
    assert response.times["notified"] - called_ms == 60_000
    assert response.times["on_scene"] - called_ms == 600_000
    assert set(response.entered_late) == {"called", "notified", "en_route", "on_scene", "cleared"}
    assert world.region.phase(incident) == "closed"


def test_a_crew_was_not_on_two_calls_in_the_past_either(world: World) -> None:
    """A sending entered later lies behind the end of the crew's last call, and not before the call."""
    called_ms = world.now_ms
    world.press(world.send(world.call(), "u1"), "on_scene", "cleared")
    world.now_ms += 600_000
    second = world.call("other", called_at_ms=called_ms)
    early = commands.AssignCrew(incident=second, unit="u1", at_ms=called_ms + 1_000)
    assert world.no(early).code == "time-before-previous"
    before = commands.AssignCrew(incident=second, unit="u2", at_ms=called_ms - 60_000)
    assert world.no(before).code == "time-before-call"
    later = commands.AssignCrew(incident=second, unit="u2", at_ms=world.now_ms + 600_000)
    assert world.no(later).code == "time-in-the-future"
