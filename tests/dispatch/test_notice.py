from __future__ import annotations

import random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import alarmevents, commands, events
from dispatch.alarm import ALARM_KINDS, MOST_PARTIES, REMEMBERED, TOGETHER_MS, Evidence, Seen
from dispatch.events import WHAT_OF_STAGE, Stage
from dispatch.notice import disagreement_s
from dispatch.region import Region
from dispatch.workplace import workplaces
from tests.dispatch.conftest import START_MS, World, make_world

SEEN = Seen(lat_deg=55.0, lon_deg=61.0, taken_ms=START_MS)


def panic(unit: str, at_ms: int | None = None) -> commands.RaiseAlarm:
    """A crew's button."""
    return commands.RaiseAlarm(
        alarm_kind="panic", unit=unit, at_ms=at_ms, evidence=Evidence(at=SEEN, said_by="crew")
    )


def replayed(world: World) -> Region:
    """The region as its journal alone makes it."""
    region = Region("test")
    region.apply_all(world.journal)
    return region


def test_an_alarm_is_raised_seen_and_acknowledged(world: World) -> None:
    """It stands until a person acknowledges it; the region says who and when, and a replay the same."""
    world.do(panic("u1", world.now_ms - 30_000))
    (alarm,) = world.region.alarms.values()
    assert (alarm.kind, alarm.unit, alarm.open) == ("panic", "u1", True)
    assert alarm.learned_ms - alarm.raised_ms == 31_000
    assert alarm.evidence.at == SEEN
    assert world.region.touched(world.journal[-1]).alarms == (alarm.id,)
    world.do(commands.AcknowledgeAlarm(alarm=alarm.id))
    seen = world.region.alarms[alarm.id]
    assert (seen.open, seen.acknowledged_by, seen.acknowledged_ms) == (False, "anna", world.now_ms)
    assert world.do(commands.AcknowledgeAlarm(alarm=alarm.id)) == []
    assert replayed(world).fingerprint() == world.region.fingerprint()


def test_an_alarm_collapses_with_its_like_until_it_is_acknowledged(world: World) -> None:
    """Ten thousand of one kind about one unit are one; another kind, or another unit, is another."""
    world.do(panic("u1"))
    assert [world.do(panic("u1")) for _ in range(100)] == [[]] * 100
    world.do(panic("u2"))
    world.do(commands.RaiseAlarm(alarm_kind="spoofing", unit="u1"))
    assert len(world.region.alarms) == 3
    world.do(commands.AcknowledgeAlarm(alarm=next(iter(world.region.alarms))))
    assert len(world.do(panic("u1"))) == 1


def spoofed(unit: str) -> commands.RaiseAlarm:
    """A position that is a lie."""
    return commands.RaiseAlarm(
        alarm_kind="spoofing", unit=unit, evidence=Evidence(reasons=("jump",), at=SEEN, said_by="quality")
    )


def test_lies_about_several_units_at_once_are_one_alarm(world: World) -> None:
    """Who follows within half a minute joins it, once, each with its own evidence in the journal."""
    (raised,) = world.do(spoofed("u1"))
    assert isinstance(raised.event, alarmevents.AlarmRaised)
    world.now_ms += TOGETHER_MS - 5_000
    (joined,) = world.do(spoofed("u2"))
    assert joined.event == alarmevents.AlarmJoined(raised.event.alarm, "u2", spoofed("u2").evidence)
    assert world.region.touched(world.journal[-1]).alarms == (raised.event.alarm,)
    assert world.do(spoofed("u1")) == world.do(spoofed("u2")) == []
    world.now_ms += TOGETHER_MS - 5_000  # it counts from the one before, and not from the first
    world.do(spoofed("u3"))
    (alarm,) = world.region.alarms.values()
    assert (alarm.units, alarm.unit, alarm.open) == (("u1", "u2", "u3"), "u1", True)
    world.do(panic("u2"))  # a cry for help stays one of its own
    assert len(world.region.alarms) == 2
    assert replayed(world).fingerprint() == world.region.fingerprint()


@pytest.mark.parametrize("why", ["late", "acknowledged"])
def test_a_later_lie_is_an_alarm_of_its_own(world: World, why: str) -> None:
    """Half a minute after the last unit, or behind an acknowledgement, another alarm is raised."""
    world.do(spoofed("u1"))
    if why == "late":
        world.now_ms += TOGETHER_MS + 1
    else:
        world.do(commands.AcknowledgeAlarm(alarm=next(iter(world.region.alarms))))
    world.do(spoofed("u2"))
    assert [alarm.units for alarm in world.region.alarms.values()] == [("u1",), ("u2",)]


def test_a_person_believes_a_position(world: World) -> None:
    """It is in the journal with what was doubted; the alarm about this unit alone has then been seen."""
    world.do(spoofed("u1"))
    believe = commands.BelievePosition(unit="u1", reasons=("jump",), doubted_ms=START_MS, at=SEEN)
    believed, seen = world.do(believe)
    assert believed.event == alarmevents.PositionBelieved("u1", ("jump",), START_MS, SEEN)
    assert isinstance(seen.event, alarmevents.AlarmAcknowledged)
    assert world.region.believed == {"u1": world.now_ms}
    assert not next(iter(world.region.alarms.values())).open
    assert world.region.touched(world.journal[-2]).units == ("u1",)
    world.now_ms += TOGETHER_MS + 1
    world.do(spoofed("u1"))
    world.do(spoofed("u2"))
    assert len(world.do(believe)) == 1  # one of two: the alarm goes on for the other
    assert world.no(commands.BelievePosition(unit="u9")).code == "unknown-unit"
    assert world.no(commands.BelievePosition(unit="u1", reasons=("x",) * 99)).code == "text-too-long"
    assert replayed(world).fingerprint() == world.region.fingerprint()


def test_the_list_of_alarms_is_bounded_and_loses_no_open_one(world: World) -> None:
    """Of acknowledged alarms the last are remembered; one that nobody has seen is never dropped."""
    world.do(panic("u2"))
    first = next(iter(world.region.alarms))
    for _ in range(REMEMBERED + 50):
        (raised,) = world.do(panic("u1"))
        assert isinstance(raised.event, alarmevents.AlarmRaised)
        world.do(commands.AcknowledgeAlarm(alarm=raised.event.alarm))
    assert len(world.region.alarms) <= REMEMBERED + 2
    assert world.region.alarms[first].open
    assert replayed(world).fingerprint() == world.region.fingerprint()


def test_what_is_no_alarm_is_refused(world: World) -> None:
    """Of no unit, of no kind, with too much evidence, or acknowledged without having been raised."""
    assert world.no(panic("u9")).code == "unknown-unit"
    assert world.no(commands.AcknowledgeAlarm(alarm="alarm-1")).code == "unknown-alarm"
    crowd = Evidence(peers=("x",) * (MOST_PARTIES + 1))
    for evidence, code in (
        (crowd, "text-too-long"),
        (Evidence(at=Seen(lat_deg=float("nan"), lon_deg=0.0)), "bad-position"),
        (Evidence(note="x" * 5000), "text-too-long"),
    ):
        refused = world.no(commands.RaiseAlarm(alarm_kind="spoofing", unit="u1", evidence=evidence))
        assert refused.code == code


def test_an_alarm_of_the_future_happens_now(world: World) -> None:
    """A device's clock that is ahead dates nothing ahead."""
    (raised,) = world.do(panic("u1", world.now_ms + 86_400_000))
    assert raised.at_ms == world.now_ms


def test_motion_is_offered_once_and_changes_no_status(world: World) -> None:
    """What satellites tell stands beside the buttons, once a stage, and the status waits for the crew."""
    assignment = world.send(world.call(), "u1")
    world.press(assignment, "acknowledged")
    note = commands.NoteMotion(assignment=assignment, stage="en_route", at_ms=world.now_ms - 10_000)
    (noted,) = world.do(note)
    assert isinstance(noted.event, events.MotionInferred)
    assert (noted.event.what, noted.event.button_ms, noted.event.disagreement_s) == ("departed", None, None)
    assert world.do(note) == []
    after = world.region.assignments[assignment]
    assert after.status == "acknowledged"
    assert after.inferred == {"en_route": noted.at_ms}
    assert "en_route" not in after.times
    assert world.region.timeline[after.incident][-1] == world.journal[-1].seq
    assert replayed(world).fingerprint() == world.region.fingerprint()


def test_a_button_pressed_long_before_the_crew_arrived_is_flagged(world: World) -> None:
    """`on_scene` at the first corner: the entry says by how much the button was early."""
    assignment = world.send(world.call(), "u1")
    world.press(assignment, "acknowledged", "en_route", "on_scene")
    pressed_ms = world.region.assignments[assignment].times["on_scene"]
    world.now_ms += 400_000
    (noted,) = world.do(
        commands.NoteMotion(
            assignment=assignment,
            stage="on_scene",
            at_ms=pressed_ms + 300_000,
            not_before_ms=pressed_ms + 290_000,
        )
    )
    assert isinstance(noted.event, events.MotionInferred)
    assert noted.event.button_ms == pressed_ms
    assert noted.event.disagreement_s == -290


def test_motion_of_nothing_or_of_the_future_is_refused(world: World) -> None:
    """There must be such an assignment, and it must have happened."""
    ghost = commands.NoteMotion(assignment="ghost", stage="on_scene", at_ms=world.now_ms)
    assert world.no(ghost).code == "unknown-assignment"
    assignment = world.send(world.call(), "u1")
    ahead = commands.NoteMotion(assignment=assignment, stage="on_scene", at_ms=world.now_ms + 60_000)
    assert world.no(ahead).code == "time-in-the-future"


@pytest.mark.parametrize(
    ("button_s", "not_before_s", "at_s", "expected"),
    [
        (None, 100, 110, None),
        (105, 100, 110, None),
        (150, 100, 110, None),
        (170, 100, 110, 60),
        (45, 100, 110, None),
        (40, 100, 110, -60),
        (40, None, 110, -70),
        (40, 30, 900, None),  # a gap: it may have happened when the button says
    ],
)
def test_a_button_disagrees_only_beyond_what_satellites_know(
    button_s: int | None, not_before_s: int | None, at_s: int, expected: float | None
) -> None:
    """Within a minute of when it may have happened, a button is right."""
    ms = [None if each is None else each * 1000 for each in (button_s, not_before_s)]
    assert disagreement_s(ms[0], ms[1], at_s * 1000) == expected


def test_every_stage_has_its_word() -> None:
    """The literal table of stages is whole."""
    assert set(WHAT_OF_STAGE) == set(get_args(Stage))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_cried_the_list_is_bounded_and_nothing_leaves_it_unseen(seed: int) -> None:
    """Of each kind one stands open about a unit, or at a desk; only an acknowledgement takes one away."""
    chance, world = random.Random(seed), make_world(6)
    calls = [world.call() for _ in range(3)]
    region = world.region
    for _ in range(600):
        before = {alarm.id for alarm in region.alarms.values() if alarm.open}
        unit = chance.choice([*region.units, ""])
        seen = chance.choice([*before, None]) if chance.random() < 0.1 and before else None
        evidence = Evidence(incident=chance.choice(calls)) if unit == "" else Evidence()
        world.ask(
            commands.RaiseAlarm(alarm_kind=chance.choice(ALARM_KINDS), unit=unit, evidence=evidence)
            if seen is None
            else commands.AcknowledgeAlarm(alarm=seen)
        )
        now_open = {alarm.id for alarm in region.alarms.values() if alarm.open}
        assert before - now_open <= {seen}
        assert len(now_open) <= len(ALARM_KINDS) * (len(region.units) + len(workplaces(region.settings)))
        assert len(region.alarms) <= len(now_open) + REMEMBERED + 1
