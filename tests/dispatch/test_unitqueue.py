from __future__ import annotations

from collections.abc import Callable

import pytest

from dispatch import callcommands, commands
from dispatch.events import CrewAssigned
from dispatch.queued import CallUnqueued
from dispatch.unitqueue import LONGEST_QUEUE
from tests.dispatch.conftest import World


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


def test_a_queued_call_that_starts_is_nobody_elses_any_more(world: World) -> None:
    """Its crew goes: the polyclinic's offer ends with that, as it does when a person sends the crew."""
    assignment, second = busy(world), world.call(priority=3)
    world.do(commands.QueueCall(incident=second, unit="u1"))
    world.do(callcommands.OfferHandOver(incident=second, polyclinic="p1"))
    world.press(assignment, "on_scene", "cleared")
    standing = world.incident(second).hand_over
    assert standing is not None
    assert (standing.state, standing.why) == ("returned", "crew_sent")


def test_a_queued_call_that_is_linked_leaves_the_queue(world: World) -> None:
    """The other call's crew comes for the same patient: no second one starts by itself."""
    busy(world)
    main, second = world.call(), world.call()
    world.do(commands.QueueCall(incident=second, unit="u1"))
    done = world.do(callcommands.LinkIncident(incident=second, main=main))
    assert done[-1].event == CallUnqueued(incident=second, unit="u1", left="linked")
    assert queue(world) == []
