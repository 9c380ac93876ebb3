from __future__ import annotations

import pytest

from dispatch import callcommands as ask
from dispatch import commands
from dispatch.patients import MOST_PATIENTS, unattended
from dispatch.timers import alarms, timers
from tests.dispatch.conftest import World


def test_further_patients_are_numbered_told_more_of_and_withdrawn(world: World) -> None:
    """From 2 on; a number is never given twice, and a withdrawn one keeps its reason."""
    incident = world.call("other", patients=("женщина", "ребёнок"))
    world.do(ask.NotePatient(incident=incident, who="мужчина", note="не дышит"))
    world.do(ask.NotePatient(incident=incident, patient=3, who="ребёнок 5 лет"))
    world.do(ask.WithdrawPatient(incident=incident, patient=2, why="ушла сама"))
    world.do(ask.NotePatient(incident=incident, who="ещё один"))
    told = [(each.number, each.who, each.withdrawn) for each in world.incident(incident).patients]
    assert told == [
        (2, "женщина", "ушла сама"),
        (3, "ребёнок 5 лет", None),
        (4, "мужчина", None),
        (5, "ещё один", None),
    ]
    assert world.incident(incident).heads == 4
    assert world.no(ask.WithdrawPatient(incident=incident, patient=2, why="x")).code == "unknown-patient"
    assert world.no(ask.NotePatient(incident=incident, patient=9, who="x")).code == "unknown-patient"


@pytest.mark.parametrize(("patients", "crews", "left"), [(1, 1, 0), (2, 1, 1), (2, 2, 0), (3, 1, 2)])
def test_a_call_with_more_patients_than_crews_does_not_close_itself(
    world: World, patients: int, crews: int, left: int
) -> None:
    """It waits again, with an alarm, until a crew comes or a person closes it."""
    incident = world.call("other", patients=("ещё",) * (patients - 1))
    sent = [world.send(incident, f"u{number + 1}") for number in range(crews)]
    for assignment in sent:
        world.press(assignment, "on_scene")
    for assignment in sent:
        world.press(assignment, "cleared")
    assert unattended(world.region, incident) == left
    assert world.region.phase(incident) == ("waiting" if left else "closed")
    raised = [
        each.alarm_kind
        for each in alarms(world.region, timers(world.region, world.now_ms + 1000), world.now_ms + 1000)
    ]
    assert raised == (["patients_left"] if left else [])
    if left:
        world.do(commands.CloseIncident(incident=incident, outcome="both taken by one crew"))


def test_a_patient_of_a_linked_call_counts(world: World) -> None:
    """A second caller, about the same patient, also sees a child: the crew of one does not end it."""
    first, second = world.call(), world.call("other", patients=("ребёнок",))
    world.do(ask.LinkIncident(incident=second, main=first))
    world.press(world.send(first, "u1"), "on_scene", "cleared")
    assert world.region.phase(first) == "waiting"


def test_so_many_patients_are_a_major_incident(world: World) -> None:
    """Past fifty names nobody can keep them apart; the refusal says what to do."""
    incident = world.call("other", patients=("x",) * (MOST_PATIENTS - 1))
    assert world.no(ask.NotePatient(incident=incident, who="x")).code == "too-many"
