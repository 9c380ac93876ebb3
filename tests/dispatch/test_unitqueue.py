from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import commands
from dispatch.assignment import STATUSES
from dispatch.events import CrewAssigned
from dispatch.queued import CallUnqueued
from dispatch.region import Region
from dispatch.unit import DUTIES
from dispatch.unitqueue import LONGEST_QUEUE
from tests.dispatch.conftest import World, make_world


def busy(world: World, unit: str = "u1") -> str:
    """Send a crew to a call; return the assignment."""
    return world.send(world.call(), unit)


def queue(world: World, unit: str = "u1") -> list[str]:
    """The calls that wait for a crew."""
    return [each.incident for each in world.region.queues.get(unit, ())]


def test_a_queued_call_starts_when_its_crew_clears(world: World) -> None:
    """In order, one at a time, with since when it waited; until then the crew is at its first call alone."""
    assignment = busy(world)
    second, third = world.call(), world.call()
    world.do(commands.QueueCall(incident=second, unit="u1", why="рядом"))
    asked_ms = world.now_ms
    world.do(commands.QueueCall(incident=third, unit="u1"))
    assert queue(world) == [second, third]
    assert world.region.phase(second) == "waiting"
    assert world.region.active == {"u1": assignment}
    world.press(assignment, "on_scene")
    done = world.do(commands.SetStatus(assignment=assignment, status="cleared"))
    sent = [each.event for each in done if isinstance(each.event, CrewAssigned)]
    assert [(each.incident, each.unit, each.queued_at_ms) for each in sent] == [(second, "u1", asked_ms)]
    active = world.region.active_assignment("u1")
    assert active is not None
    assert (active.incident, active.status, active.override_reason) == (second, "notified", "рядом")
    assert queue(world) == [third]
    world.do(commands.CancelIncident(incident=second, why="taken back"))
    active = world.region.active_assignment("u1")
    assert active is not None
    assert active.incident == third
    assert queue(world) == []


def test_a_queued_call_can_be_taken_away(world: World) -> None:
    """By a person; twice changes nothing; when the crew clears it is free."""
    assignment, second = busy(world), world.call()
    world.do(commands.QueueCall(incident=second, unit="u1"))
    done = world.do(commands.UnqueueCall(incident=second, unit="u1"))
    assert done[0].event == CallUnqueued(incident=second, unit="u1", left="taken_away")
    assert world.do(commands.UnqueueCall(incident=second, unit="u1")) == []
    world.press(assignment, "on_scene", "cleared")
    assert world.region.unit_state("u1") == "free"


def test_a_queued_call_that_gets_another_crew_leaves_the_queue(world: World) -> None:
    """Nobody sends a second crew by having forgotten the queue."""
    assignment, second = busy(world), world.call()
    world.do(commands.QueueCall(incident=second, unit="u1"))
    done = world.do(commands.AssignCrew(incident=second, unit="u2"))
    assert done[-1].event == CallUnqueued(incident=second, unit="u1", left="another_crew")
    world.press(assignment, "on_scene", "cleared")
    assert world.region.unit_state("u1") == "free"


@pytest.mark.parametrize("how", ["refused", "out_of_order"])
def test_the_calls_of_a_crew_that_cannot_go_wait_openly_again(world: World, how: str) -> None:
    """It refused its call, or broke down: no call stays with a crew that will not come."""
    assignment, second = busy(world), world.call()
    world.do(commands.QueueCall(incident=second, unit="u1"))
    if how == "refused":
        done = world.do(commands.SetStatus(assignment=assignment, status="refused"))
    else:
        done = world.do(commands.SetDuty(unit="u1", duty="out_of_order"))
    assert done[-1].event == CallUnqueued(incident=second, unit="u1", left="crew_unavailable")
    assert queue(world) == []
    assert second in world.region.open_incidents


def test_a_call_that_ends_leaves_the_queue(world: World) -> None:
    """It needs nobody any more."""
    assignment, second = busy(world), world.call()
    world.do(commands.QueueCall(incident=second, unit="u1"))
    done = world.do(commands.CancelIncident(incident=second, why="false"))
    assert done[-1].event == CallUnqueued(incident=second, unit="u1", left="call_ended")
    world.press(assignment, "on_scene", "cleared")
    assert world.region.unit_state("u1") == "free"


def test_every_no_says_why(world: World) -> None:
    """A free crew, its own call, an ended call, a second queue, a full one, and what does not exist."""
    busy(world)
    own = world.region.active_assignment("u1")
    assert own is not None
    other, ended = world.call(), world.call()
    world.do(commands.CancelIncident(incident=ended, why="false"))
    for incident, unit, code in (
        (other, "u2", "unit-not-busy"),
        (own.incident, "u1", "already-assigned-here"),
        (ended, "u1", "already-closed"),
        ("no", "u1", "unknown-incident"),
        (other, "no", "unknown-unit"),
    ):
        assert world.no(commands.QueueCall(incident=incident, unit=unit)).code == code
    world.do(commands.QueueCall(incident=other, unit="u1"))
    assert world.do(commands.QueueCall(incident=other, unit="u1")) == []
    busy(world, "u2")
    assert world.no(commands.QueueCall(incident=other, unit="u2")).values["unit"] == "u1"
    for _ in range(LONGEST_QUEUE - 1):
        world.do(commands.QueueCall(incident=world.call(), unit="u1"))
    assert world.no(commands.QueueCall(incident=world.call(), unit="u1")).code == "queue-full"


def sound(region: Region) -> None:
    """What must hold whatever was asked."""
    open_ones = [each for each in region.assignments.values() if each.open]
    assert {each.unit: each.id for each in open_ones} == region.active
    assert len(open_ones) == len(region.active), "a unit is in two places"
    waiting = [each.incident for queue in region.queues.values() for each in queue]
    assert len(waiting) == len(set(waiting)), "a call waits for two crews"
    for unit, several in region.queues.items():
        assert several
        assert unit in region.active, "a free crew keeps a call waiting"
        assert region.units[unit].duty == "on"
        active = region.active_assignment(unit)
        assert active is not None
        assert all(each.incident != active.incident for each in several)
    for each in waiting:
        assert region.incidents[each].open, "an ended call waits"
    for incident in region.incidents.values():
        assert incident.open == (incident.id in region.open_incidents) == (incident.id not in region.ended)
        if not incident.open:
            assert not any(each.open for each in region.assignments_of(incident.id))


WHAT = ("call", "send", "press", "duty", "queue", "unqueue", "cancel", "close", "reopen", "man")
STEP = st.tuples(
    st.sampled_from(WHAT),
    st.integers(0, 30),
    st.integers(0, 30),
)


def step(world: World, what: str, first: int, second: int) -> None:
    """Ask for something, sensible or not."""
    region = world.region
    units, incidents = [*region.units, "nobody"], [*region.incidents, "none"]
    assignments, statuses = [*region.assignments, "none"], STATUSES
    unit, incident = units[second % len(units)], incidents[first % len(incidents)]
    before = {each.id: each for each in region.incidents.values() if not each.open}
    terminal = {each.id: each for each in region.assignments.values() if not each.open}
    if what == "call":
        world.call()
    elif what == "send":
        world.ask(commands.AssignCrew(incident=incident, unit=unit))
    elif what == "press":
        name = assignments[first % len(assignments)]
        world.ask(commands.SetStatus(assignment=name, status=statuses[second % len(statuses)]))
    elif what == "duty":
        world.ask(commands.SetDuty(unit=unit, duty=DUTIES[first % len(DUTIES)]))
    elif what == "queue":
        world.ask(commands.QueueCall(incident=incident, unit=unit))
    elif what == "unqueue":
        world.ask(commands.UnqueueCall(incident=incident, unit=unit))
    elif what == "cancel":
        world.ask(commands.CancelIncident(incident=incident, why="x"))
    elif what == "close":
        world.ask(commands.CloseIncident(incident=incident, outcome="x"))
    elif what == "man":
        world.ask(commands.OpenCrewShift(unit=unit))
    else:
        world.ask(commands.ReopenIncident(incident=incident, why="x"))
    for each in before.values():
        if what != "reopen":
            assert region.incidents[each.id] == each, "an ended call changed without a reopening"
    for each in terminal.values():
        assert region.assignments[each.id] == each, "an ended assignment changed"


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEP, max_size=60))
def test_over_any_commands_no_unit_is_in_two_places_and_nothing_closed_moves(
    steps: list[tuple[str, int, int]],
) -> None:
    """Sending, pressing, queueing, ending, reopening in any order: it stays sound, and replays equal."""
    world = make_world()
    for what, first, second in steps:
        step(world, what, first, second)
        sound(world.region)
    replayed = Region("test")
    replayed.apply_all(world.journal)
    assert replayed.fingerprint() == world.region.fingerprint()


def test_a_crew_that_is_taken_for_another_call_keeps_its_queue(new_world: Callable[[], World]) -> None:
    """A swap sends it elsewhere: the queue waits on; one that is freed by it starts its next call."""
    world = new_world()
    first, second, waiting = world.call(priority=2), world.call(priority=2), world.call(priority=3)
    assignment = world.send(first, "u1")
    world.do(commands.QueueCall(incident=waiting, unit="u1"))
    moves = (
        commands.SwapMove(
            incident=first, taken="u1", assignment=assignment, sent="u3", before_s=300.0, after_s=100.0
        ),
        commands.SwapMove(incident=second, sent="u1", after_s=100.0),
    )
    world.do(commands.SwapCrews(proposal="p", moves=moves))
    active = world.region.active_assignment("u1")
    assert active is not None
    assert active.incident == second
    assert queue(world) == [waiting]
    sound(world.region)
