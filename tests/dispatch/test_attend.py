"""Answers, priorities, what becomes known of a call, and instructions."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from dispatch import callcommands as ask
from dispatch import callevents, commands
from dispatch.condition import ANSWERS, Condition, after
from dispatch.priority import PRIORITIES
from dispatch.recommend import recommend
from routing.times import StraightLine
from tests.dispatch.conftest import PLACE, World

ANSWERED = [
    Condition(conscious=one, breathing=other) for one, other in itertools.product((None, *ANSWERS), repeat=2)
]


def test_whom_the_answers_call_lifeless() -> None:
    """Not conscious and not, or not surely, breathing normally: resuscitate. No other pair says so."""
    arrests = {(each.conscious, each.breathing) for each in ANSWERED if each.arrest}
    assert arrests == {("no", "no"), ("no", "unknown")}


@pytest.mark.parametrize("answered", ANSWERED)
@pytest.mark.parametrize("priority", PRIORITIES)
def test_an_answer_raises_the_priority_and_never_lowers_it(
    world: World, answered: Condition, priority: int
) -> None:
    """Of every call with every pair of answers: a No makes it danger to life, all else leaves it."""
    incident = world.call("other", priority=priority)
    world.ask(ask.AssessPatient(incident=incident, condition=answered))
    grave = "no" in (answered.conscious, answered.breathing)
    assert world.incident(incident).priority == (1 if grave else priority)
    world.ask(ask.AssessPatient(incident=incident, condition=Condition(conscious="yes", breathing="yes")))
    assert world.incident(incident).priority == (1 if grave else priority)


def test_answers_are_in_the_journal_as_they_were_given(world: World) -> None:
    """What was asked when is an entry of the call, whatever was answered later."""
    incident = world.call(condition=Condition(conscious="no"))
    world.do(ask.AssessPatient(incident=incident, condition=Condition(breathing="unknown")))
    told = [each.event for each in world.journal if each.kind == "patient_assessed"]
    assert told == [
        callevents.PatientAssessed(incident=incident, conscious="no"),
        callevents.PatientAssessed(incident=incident, breathing="unknown"),
    ]
    assert world.incident(incident).condition == Condition(conscious="no", breathing="unknown")
    assert world.region.timeline[incident][-1] == world.region.seq


def test_a_question_that_was_not_asked_again_keeps_its_answer() -> None:
    """A later answer replaces only its own question's."""
    known = after(Condition(conscious="no", breathing="yes"), Condition(breathing="no"))
    assert known == Condition(conscious="no", breathing="no")


def test_a_crew_is_sent_on_the_place_alone(world: World) -> None:
    """A call without a reason is danger to life for any crew until it is described; the crew goes on."""
    incident = world.call(None)
    assert world.incident(incident).reason == "unclear"
    assert world.incident(incident).priority == 1
    assert recommend(world.region, incident, {}, StraightLine(), world.now_ms).crews
    assignment = world.send(incident, "u2")
    world.do(
        ask.DescribeIncident(incident=incident, reason="fever", phone="+7 900", detail="кв. 4", note="с утра")
    )
    told = world.incident(incident)
    assert (told.reason, told.phone, told.place.detail, told.priority) == ("fever", "+7 900", "кв. 4", 1)
    assert world.region.assignments[assignment].status == "notified"


def test_a_person_lowers_a_priority_and_the_answers_forbid_it(world: World) -> None:
    """Whoever describes the call may judge it lighter, not lighter than what was answered."""
    incident = world.call(None)
    world.do(ask.DescribeIncident(incident=incident, reason="fever", priority=3))
    assert world.incident(incident).priority == 3
    changed = world.journal[-1].event
    assert isinstance(changed, callevents.PriorityChanged)
    assert changed.because == "person"
    world.do(ask.AssessPatient(incident=incident, condition=Condition(breathing="no")))
    refused = world.no(ask.DescribeIncident(incident=incident, note="х", priority=3))
    assert refused.code == "answers-are-graver"
    world.do(ask.SetPriority(incident=incident, priority=2, why="crew on the phone: breathing well"))
    assert world.incident(incident).priority == 2


def test_a_graver_reason_raises_and_a_lighter_one_does_not_lower(world: World) -> None:
    """Without a person's word the priority only goes up."""
    incident = world.call("fever")
    world.do(ask.DescribeIncident(incident=incident, reason="chest_pain"))
    assert world.incident(incident).priority == 1
    world.do(ask.DescribeIncident(incident=incident, reason="fever"))
    assert world.incident(incident).priority == 1


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (ask.AssessPatient(incident="none", condition=Condition()), "unknown-incident"),
        (ask.SetPriority(incident="C", priority=4, why="x"), "bad-priority"),
        (ask.SetPriority(incident="C", priority=2, why=" "), "field-missing"),
        (ask.DescribeIncident(incident="C", reason="dragon"), "unknown-reason"),
        (ask.DescribeIncident(incident="C", priority=0), "bad-priority"),
        (ask.DescribeIncident(incident="C", phone="x" * 500), "text-too-long"),
        (ask.GiveInstruction(incident="C", instruction="tea"), "unknown-instruction"),
        (
            ask.AssessPatient(incident="C", condition=Condition(conscious="maybe")),  # type: ignore[arg-type]  # what a program may send
            "unknown-status",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(world: World, command: ask.CallTaking, code: str) -> None:
    """Each bad command is one refusal with a code, and changes nothing."""
    incident = world.call()
    if command.incident == "C":
        command = msgspec.structs.replace(command, incident=incident)
    assert world.no(command).code == code


def test_nothing_is_recorded_for_an_ended_call(world: World) -> None:
    """Call-taking commands are about open calls."""
    incident = world.call()
    world.do(commands.CloseIncident(incident=incident, outcome="done"))
    for command in (
        ask.AssessPatient(incident=incident, condition=Condition(breathing="no")),
        ask.RecordCallBack(incident=incident, reached=False),
        ask.NotePatient(incident=incident, who="ребёнок"),
        ask.OfferHandOver(incident=incident, polyclinic="p1"),
    ):
        assert world.no(command).code == "already-closed"


def test_an_instruction_that_was_read_out_is_recorded(world: World) -> None:
    """When the caller was told what to do is an entry of the call."""
    incident = world.call()
    world.do(ask.GiveInstruction(incident=incident, instruction="cpr"))
    assert world.journal[-1].event == callevents.InstructionGiven(incident=incident, instruction="cpr")


def test_a_call_without_place_or_reason_is_refused_where_the_region_has_no_unclear_reason(
    world: World,
) -> None:
    """A region whose rules do not say what an unknown reason is asks for one."""
    settings = world.region.settings
    assert settings is not None
    world.do(commands.ConfigureRegion(settings=msgspec.structs.replace(settings, unclear=None)))
    assert world.no(commands.CreateIncident(place=PLACE)).code == "field-missing"
