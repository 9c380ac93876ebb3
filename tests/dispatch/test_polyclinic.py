from __future__ import annotations

import msgspec
import pytest

from dispatch import callcommands as ask
from dispatch import callevents, commands
from dispatch.condition import Condition
from dispatch.handover import TRANSITIONS, HandOverState
from dispatch.polyclinic import timed_out
from dispatch.timers import alarms, timers
from tests.dispatch.conftest import World

LIMIT_S = 900


def offered(world: World) -> str:
    """Return an urgent call that a polyclinic was asked to take."""
    incident = world.call("fever", phone="112")
    world.do(ask.OfferHandOver(incident=incident, polyclinic="p1"))
    return incident


def brought_to(world: World, state: HandOverState | None) -> str:
    """Return an urgent call whose hand-over is in that state."""
    if state is None:
        return world.call("fever")
    incident = offered(world)
    if state == "accepted":
        world.do(ask.AcceptHandOver(incident=incident, accepted_by="Петрова"))
    if state == "returned":
        world.do(ask.ReturnHandOver(incident=incident, why="declined"))
    return incident


@pytest.mark.parametrize("before", [None, "offered", "returned", "accepted"])
@pytest.mark.parametrize("after", ["offered", "accepted", "returned"])
def test_the_table_and_nothing_else(world: World, before: HandOverState | None, after: HandOverState) -> None:
    """Every pair of states: what the table allows is done, all else is refused."""
    incident = brought_to(world, before)
    command = {
        "offered": ask.OfferHandOver(incident=incident, polyclinic="p2"),
        "accepted": ask.AcceptHandOver(incident=incident, accepted_by="Петрова"),
        "returned": ask.ReturnHandOver(incident=incident, why="declined"),
    }[after]
    if after in TRANSITIONS[before]:
        world.do(command)
        standing = world.incident(incident).hand_over
        assert standing is not None
        assert standing.state == after
    else:
        assert world.no(command).code in ("bad-transition", "already-closed")


def test_a_call_is_ours_until_a_named_person_accepts(world: World) -> None:
    """While it is offered it waits as before: open, in its place, with its time running and its timers."""
    incident = offered(world)
    world.now_ms += 200_000
    assert world.region.phase(incident) == "waiting"
    assert "unassigned" in {each.name for each in timers(world.region, world.now_ms)}
    assert world.no(ask.AcceptHandOver(incident=incident, accepted_by=" ")).code == "field-missing"
    assert world.region.phase(incident) == "waiting"
    world.do(ask.AcceptHandOver(incident=incident, accepted_by="врач Петрова"))
    ended = world.incident(incident)
    assert (ended.ending, ended.outcome) == ("closed", "handed_to_polyclinic")
    taken = next(each.event for each in world.journal if each.kind == "hand_over_accepted")
    assert isinstance(taken, callevents.HandOverAccepted)
    assert taken.accepted_by == "врач Петрова"


def test_nobody_answers_and_the_call_comes_back_with_an_alarm(world: World) -> None:
    """Not a second before the time is up; then once, by itself, with an alarm about the call."""
    incident = offered(world)
    early = ask.ReturnHandOver(incident=incident, why="timed_out")
    assert world.no(early).code == "bad-transition"
    world.now_ms += (LIMIT_S - 10) * 1000
    assert timed_out(world.region, world.now_ms) == []
    world.now_ms += 10_000
    (back,) = timed_out(world.region, world.now_ms)
    world.do(back)
    assert timed_out(world.region, world.now_ms) == []
    raised = {
        each.alarm_kind: each
        for each in alarms(world.region, timers(world.region, world.now_ms + 1), world.now_ms + 1)
    }
    assert raised["polyclinic_returned"].evidence.incidents == (incident,)
    world.send(incident, "u1")
    assert "polyclinic_returned" not in {each.name for each in timers(world.region, world.now_ms + 1)}


def test_nobody_is_stood_down_awaiting_a_clinician(world: World) -> None:
    """A call with a crew on its way is not offered, and a crew that is sent ends the offer."""
    with_crew = world.call("fever")
    assignment = world.send(with_crew, "u1")
    assert world.no(ask.OfferHandOver(incident=with_crew, polyclinic="p1")).code == "crew-bound"
    assert world.region.assignments[assignment].open
    incident = offered(world)
    sent = world.send(incident, "u2")
    standing = world.incident(incident).hand_over
    assert standing is not None
    assert (standing.state, standing.why) == ("returned", "crew_sent")
    assert world.no(ask.AcceptHandOver(incident=incident, accepted_by="Петрова")).code == "bad-transition"
    assert world.region.assignments[sent].open


def test_whose_patient_gets_worse_comes_back_at_once(world: World) -> None:
    """An answer on a call-back takes the call out of the polyclinic's hands."""
    incident = offered(world)
    worse = ask.RecordCallBack(incident=incident, reached=True, condition=Condition(breathing="no"))
    world.do(worse)
    standing = world.incident(incident).hand_over
    assert standing is not None
    assert (standing.state, standing.why, world.incident(incident).priority) == ("returned", "worse", 1)


def test_an_emergency_is_not_offered(world: World) -> None:
    """Only priority 3 can wait for another service; and there must be such a polyclinic."""
    for priority in (1, 2):
        incident = world.call("fever", priority=priority)
        assert world.no(ask.OfferHandOver(incident=incident, polyclinic="p1")).code == "not-urgent-only"
    incident = world.call("fever")
    assert world.no(ask.OfferHandOver(incident=incident, polyclinic="p9")).code == "unknown-polyclinic"


def test_the_time_to_answer_is_the_regions(world: World) -> None:
    """A region with five minutes gets its calls back after five."""
    settings = world.region.settings
    assert settings is not None
    world.do(commands.ConfigureRegion(settings=msgspec.structs.replace(settings, polyclinic_s=300)))
    incident = offered(world)
    assert [each.incident for each in timed_out(world.region, world.now_ms + 300_000)] == [incident]
