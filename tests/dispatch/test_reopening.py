from __future__ import annotations

import pytest

from dispatch import commands
from dispatch.assignment import TERMINAL
from dispatch.events import IncidentReopened
from tests.dispatch.conftest import World


def closed(world: World) -> tuple[str, str]:
    """A call whose crew was there and cleared, which closed it."""
    incident = world.call()
    assignment = world.send(incident, "u1")
    world.press(assignment, "en_route", "on_scene", "cleared")
    assert world.region.phase(incident) == "closed"
    return incident, assignment


def test_an_ended_call_is_taken_up_again_with_who_and_why(world: World) -> None:
    """TicketsCAD #65: it waits again, the entry says by whom, why and how it had ended."""
    incident, _ = closed(world)
    done = world.do(commands.ReopenIncident(incident=incident, why="пациенту хуже"))
    assert [type(each.event) for each in done] == [IncidentReopened]
    assert (world.journal[-1].by, world.journal[-1].event) == ("anna", done[0].event)
    assert done[0].event == IncidentReopened(incident=incident, why="пациенту хуже", before="closed")
    call = world.region.incidents[incident]
    assert (world.region.phase(incident), call.outcome, call.ended_at_ms) == ("waiting", None, None)
    assert incident in world.region.open_incidents
    assert incident not in world.region.ended
    assert call in world.region.recent_incidents(0)


def test_the_norm_counts_anew_and_the_first_response_stays_as_it_was(world: World) -> None:
    """The patient waits since the reopening; nobody is there; the first crew's times are untouched."""
    incident, first = closed(world)
    before = world.region.assignments[first]
    world.now_ms += 7_200_000
    world.do(commands.ReopenIncident(incident=incident, why="again"))
    call = world.region.incidents[incident]
    assert call.arrived_at_ms is None
    assert call.norm_ends_ms == world.now_ms + 1_200_000
    assert world.region.assignments[first] == before
    second = world.send(incident, "u1")
    assert second != first
    world.press(second, "on_scene")
    assert world.region.incidents[incident].arrived_at_ms == world.now_ms
    world.press(second, "cleared")
    world.do(commands.CorrectTime(assignment=first, what="on_scene", to_ms=before.times["en_route"], why="x"))
    assert (
        world.region.incidents[incident].arrived_at_ms == world.region.assignments[second].times["on_scene"]
    )


def test_crews_that_were_there_do_not_come_back_with_it(world: World) -> None:
    """An ended assignment has no way back: a reopening binds nobody."""
    incident, first = closed(world)
    world.do(commands.ReopenIncident(incident=incident, why="again"))
    assert world.region.active == {}
    for status in ("on_scene", "notified"):
        refused = world.no(commands.SetStatus(assignment=first, status=status))  # type: ignore[arg-type]  # literals
        assert refused.code == "bad-transition"
    assert world.region.assignments[first].status in TERMINAL


@pytest.mark.parametrize("why", ["", "   ", "x" * 5_000])
def test_without_a_reason_nothing_is_reopened(world: World, why: str) -> None:
    """Nobody reopens a call in silence."""
    incident, _ = closed(world)
    assert world.no(commands.ReopenIncident(incident=incident, why=why)).values["field"] == "why"


def test_what_is_open_or_unknown_cannot_be_reopened(world: World) -> None:
    """The No says which."""
    incident = world.call()
    assert world.no(commands.ReopenIncident(incident=incident, why="x")).code == "not-ended"
    assert world.no(commands.ReopenIncident(incident="no", why="x")).code == "unknown-incident"


def test_a_cancelled_call_is_reopened_too(world: World) -> None:
    """A false call that was none after all."""
    incident = world.call()
    world.do(commands.CancelIncident(incident=incident, why="false"))
    world.do(commands.ReopenIncident(incident=incident, why="it was none"))
    assert world.region.phase(incident) == "waiting"
    world.do(commands.CloseIncident(incident=incident, outcome="done"))
    assert world.region.phase(incident) == "closed"
