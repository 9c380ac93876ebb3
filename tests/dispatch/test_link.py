from __future__ import annotations

import itertools

import pytest

from dispatch import callcommands as ask
from dispatch import commands
from dispatch.advise import look
from dispatch.condition import Condition
from dispatch.majorcommands import DeclareMajor
from dispatch.timers import timers
from tests.dispatch.conftest import World


@pytest.mark.parametrize(("main", "other"), [*itertools.product((1, 2, 3), repeat=2)])
def test_a_link_never_lowers_a_priority(world: World, main: int, other: int) -> None:
    """The main call gets the graver of the two and keeps it; the other one's stays its own, linked or not."""
    first, second = world.call("other", main), world.call("other", other)
    world.do(ask.LinkIncident(incident=second, main=first))
    assert world.incident(first).priority == min(main, other)
    assert world.incident(second).priority == other
    world.do(ask.UnlinkIncident(incident=second, why="another house"))
    assert world.incident(first).priority == min(main, other)
    assert world.incident(second).priority == other


def test_link_and_unlink_undo_each_other(world: World) -> None:
    """As often as one likes; number, times, phone and patient of the linked call stay what they were."""
    first, second = world.call(), world.call("other", phone="112", patient="Иванов")
    before = world.incident(second)
    for _ in range(3):
        world.do(ask.LinkIncident(incident=second, main=first))
        assert world.incident(second).follows == first
        assert world.do(ask.LinkIncident(incident=second, main=first)) == []
        world.do(ask.UnlinkIncident(incident=second))
        assert world.incident(second) == before
        assert world.do(ask.UnlinkIncident(incident=second)) == []


def test_a_linked_call_for_the_same_patient_asks_for_no_crew_and_another_patients_does(world: World) -> None:
    """The first is looked after with its main call; the second goes on waiting as loudly as before."""
    first, same, other = world.call(), world.call(), world.call()
    world.do(ask.LinkIncident(incident=same, main=first, same_patient=True))
    world.do(ask.LinkIncident(incident=other, main=first, same_patient=False))
    now_ms = world.now_ms + 200_000
    assert {each.incident for each in timers(world.region, now_ms)} == {first, other}
    calls = look(world.region, {}, [], now_ms).calls
    assert {each.call.incident for each in calls} == {first, other}


def test_a_second_patient_is_not_closed_away_with_the_first(world: World) -> None:
    """The main call's end ends the same patient's other call; the other patient's stands by itself again."""
    first, same, other = world.call(), world.call(), world.call()
    more = world.call("other", patients=("ребёнок",))
    world.do(ask.LinkIncident(incident=same, main=first))
    world.do(ask.LinkIncident(incident=other, main=first, same_patient=False))
    world.do(ask.LinkIncident(incident=more, main=first))
    world.do(commands.CloseIncident(incident=first, outcome="done"))
    assert world.region.phase(same) == "closed"
    assert world.incident(same).outcome == "linked"
    for each in (other, more):
        assert world.region.phase(each) == "waiting"
        assert world.incident(each).linked_to is None


def test_a_cancelled_main_call_takes_nobody_with_it(world: World) -> None:
    """The first caller says it was nothing; the second one's patient waits on."""
    first, second = world.call(), world.call()
    world.do(ask.LinkIncident(incident=second, main=first))
    world.do(commands.CancelIncident(incident=first, why="ошибся", how="false"))
    assert world.region.phase(second) == "waiting"
    assert world.incident(second).linked_to is None


def test_the_last_crews_clearing_ends_the_linked_call_too(world: World) -> None:
    """What is closed by itself closes those of the same patient by itself."""
    first, second = world.call(), world.call()
    world.do(ask.LinkIncident(incident=second, main=first))
    world.press(world.send(first, "u1"), "on_scene", "cleared")
    assert world.region.phase(first) == world.region.phase(second) == "closed"


def test_a_crew_that_is_sent_to_a_linked_call_unlinks_it(world: World) -> None:
    """Whoever sends a crew there knows that it is needed there."""
    first, second = world.call(), world.call()
    world.do(ask.LinkIncident(incident=second, main=first))
    world.send(second, "u1")
    assert world.incident(second).linked_to is None


def test_a_worse_answer_on_a_linked_call_raises_the_main_one(world: World) -> None:
    """The patient is the same: whoever hears it, the crew hurries."""
    first, second = world.call("fever"), world.call("fever")
    world.do(ask.LinkIncident(incident=second, main=first))
    world.do(ask.AssessPatient(incident=second, condition=Condition(breathing="no")))
    assert world.incident(first).priority == world.incident(second).priority == 1
    assert world.no(ask.SetPriority(incident=first, priority=3, why="x")).code == "linked-call-is-graver"


def test_what_cannot_be_linked(world: World) -> None:
    """Itself, a chain, a call with a crew on its way, what has ended: each with its reason."""
    first, second, third, ended = (world.call() for _ in range(4))
    world.do(commands.CloseIncident(incident=ended, outcome="done"))
    assert world.no(ask.LinkIncident(incident=first, main=first)).code == "bad-link"
    assert world.no(ask.LinkIncident(incident=first, main=ended)).code == "already-closed"
    world.do(ask.LinkIncident(incident=second, main=first))
    assert world.no(ask.LinkIncident(incident=third, main=second)).values["main"] == first
    assert world.no(ask.LinkIncident(incident=first, main=third)).values["linked"] == second
    assert world.no(ask.LinkIncident(incident=second, main=third)).code == "bad-link"
    world.send(third, "u1")
    assert world.no(ask.LinkIncident(incident=third, main=first)).code == "crew-bound"
    world.do(ask.LinkIncident(incident=third, main=first, same_patient=False))


def test_a_major_incident_is_never_hidden_behind_another_call(world: World) -> None:
    """It cannot follow a call for the same patient, and one that follows stands alone once it is declared."""
    main, second = world.call(), world.call()
    link = ask.LinkIncident(incident=second, main=main)
    world.do(link)
    world.do(DeclareMajor(incident=second))
    assert world.incident(second).linked_to is None
    assert world.no(link).code == "major-cannot-follow"
    world.do(commands.CloseIncident(incident=main, outcome="done"))
    assert world.incident(second).open
