from __future__ import annotations

import pytest

from dispatch import callcommands as ask
from dispatch import commands
from dispatch.callback import AGAIN_S, due
from dispatch.condition import Condition
from dispatch.timers import alarms, timers
from tests.dispatch.conftest import World

EVERY_S = {1: 300, 2: 600, 3: 1800}


@pytest.mark.parametrize(("priority", "every_s"), EVERY_S.items())
def test_a_waiting_patient_is_to_be_rung_by_the_rule_of_the_priority(
    world: World, priority: int, every_s: int
) -> None:
    """Due that long after the call and again that long after each talk."""
    incident = world.call("other", priority, phone="112")
    ring = due(world.region, world.incident(incident))
    assert ring is not None
    assert ring.at_ms == world.incident(incident).created_at_ms + every_s * 1000
    world.now_ms += every_s * 1000
    assert [each.name for each in timers(world.region, world.now_ms + 1) if each.name == "call_back_due"]
    world.do(ask.RecordCallBack(incident=incident, reached=True, change="same"))
    ring = due(world.region, world.incident(incident))
    assert ring is not None
    assert ring.at_ms == world.now_ms + every_s * 1000


@pytest.mark.parametrize(
    ("before", "heard", "change", "after"),
    [
        (3, Condition(conscious="no"), None, 1),
        (3, Condition(breathing="no"), "better", 1),
        (3, Condition(), "worse", 2),
        (2, Condition(), "worse", 1),
        (1, Condition(), "worse", 1),
        (2, Condition(conscious="yes", breathing="yes"), "better", 2),
        (1, Condition(conscious="yes", breathing="yes"), "same", 1),
    ],
)
def test_a_worse_answer_raises_the_priority_and_a_better_one_does_not_lower_it(
    world: World, before: int, heard: Condition, change: None, after: int
) -> None:
    """What is heard on a call-back, as a table."""
    incident = world.call("other", before, phone="112")
    world.do(ask.RecordCallBack(incident=incident, reached=True, condition=heard, change=change))
    assert world.incident(incident).priority == after


def test_who_does_not_answer_is_rung_again_soon(world: World) -> None:
    """A try without an answer is recorded, is no talk, and the next is due in two minutes."""
    incident = world.call("fever", phone="112")
    world.do(ask.RecordCallBack(incident=incident, reached=False, condition=Condition(breathing="no")))
    rung = world.incident(incident)
    ring = due(world.region, rung)
    assert ring is not None
    assert ring.at_ms == world.now_ms + AGAIN_S * 1000
    assert (rung.tries, rung.spoken_ms, rung.priority, rung.condition) == (1, None, 3, None)


def test_who_is_not_rung(world: World) -> None:
    """No phone, a crew on its way within the norm, a crew there, an ended call: nobody has to be rung."""
    assert due(world.region, world.incident(world.call())) is None
    incident = world.call("other", phone="112")
    assignment = world.send(incident, "u1")
    ring = due(world.region, world.incident(incident))
    assert ring is not None
    assert ring.at_ms == world.incident(incident).norm_ends_ms
    world.press(assignment, "on_scene")
    assert due(world.region, world.incident(incident)) is None
    ended = world.call("other", phone="112")
    world.do(commands.CloseIncident(incident=ended, outcome="done"))
    assert due(world.region, world.incident(ended)) is None


def test_a_call_back_that_is_long_overdue_is_an_alarm_once_each_time(world: World) -> None:
    """A mark when it is due, an alarm at twice the time; after a talk it can become one again."""
    first, second = world.call("other", phone="112"), world.call("other", phone="113")
    world.now_ms += 601_000
    marks = [each for each in timers(world.region, world.now_ms) if each.name == "call_back_due"]
    assert {each.loud for each in marks} == {None}
    world.now_ms += 600_000
    raised = alarms(world.region, timers(world.region, world.now_ms), world.now_ms)
    (ring,) = [each for each in raised if each.alarm_kind == "call_back"]
    assert ring.unit == ""
    assert set(ring.evidence.incidents) == {first, second}
    world.do(ring)
    (alarm,) = world.region.alarms.values()
    world.do(commands.AcknowledgeAlarm(alarm=alarm.id))
    world.now_ms += 60_000
    again = alarms(world.region, timers(world.region, world.now_ms), world.now_ms)
    assert [each for each in again if each.alarm_kind == "call_back"] == []
    world.do(ask.RecordCallBack(incident=first, reached=True))
    world.now_ms += 1_202_000
    again = alarms(world.region, timers(world.region, world.now_ms), world.now_ms)
    assert [each.evidence.incidents for each in again if each.alarm_kind == "call_back"] == [(first,)]
