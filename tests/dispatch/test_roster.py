from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import commands
from dispatch.advise import advise, look
from dispatch.candidate import PositionOf
from dispatch.crewshift import CrewShiftOpened, Warned
from dispatch.defaults import CREW_KINDS
from dispatch.equipment import EQUIPMENT
from dispatch.qualification import QUALIFICATIONS, Held, Member
from dispatch.recommend import recommend
from dispatch.region import Region
from routing.times import StraightLine
from tests.dispatch.conftest import SETTINGS, World, make_world

HOUR_MS = 3_600_000
# The world's day is 2027-01-15.
VALID, SOON, ENDED = "2027-12-31", "2027-02-01", "2027-01-14"


@pytest.fixture
def staffed(world: World) -> World:
    """The region with the default crew kinds, a doctor, a paramedic, and a driver whose licence ended."""
    world.do(
        commands.ConfigureRegion(
            settings=msgspec.structs.replace(
                SETTINGS,
                crew_kinds=CREW_KINDS,
                equipment=EQUIPMENT,
                qualifications=QUALIFICATIONS,
            )
        )
    )
    for member in (
        Member(id="m1", name="Иванова", qualifications=(Held(kind="doctor", until=VALID),)),
        Member(id="m2", name="Петров", qualifications=(Held(kind="driver", until=ENDED),)),
        Member(
            id="m3", name="Сидоров", qualifications=(Held(kind="driver"), Held(kind="doctor", until=SOON))
        ),
    ):
        world.do(commands.RegisterMember(member=member))
    world.do(commands.SetDuty(unit="u1", duty="off"))
    return world


def opened(world: World, **what: object) -> CrewShiftOpened:
    """Open the shift of u1; return the event."""
    done = world.do(commands.OpenCrewShift(unit="u1", **what))  # type: ignore[arg-type]  # the command's fields
    event = done[0].event
    assert isinstance(event, CrewShiftOpened)
    assert world.region.units["u1"].duty == "on"
    return event


def plan(world: World, members: tuple[str, ...] = ("m1", "m3"), crew_kind: str | None = None) -> str:
    """Plan u1 for the next twelve hours; return the plan."""
    world.do(
        commands.PlanCrew(
            unit="u1",
            starts_ms=world.now_ms + HOUR_MS,
            ends_ms=world.now_ms + 13 * HOUR_MS,
            members=members,
            crew_kind=crew_kind,
        )
    )
    return next(reversed(world.region.planned))


def test_a_shift_opens_by_the_roster(staffed: World) -> None:
    """The plan's crew is on the vehicle; that a qualification ends within 30 days is said."""
    name = plan(staffed)
    event = opened(staffed)
    assert (event.planned, event.members) == (name, ("m1", "m3"))
    assert event.warnings == (Warned(trouble="expires_soon", member="m3", kind="doctor", until=SOON),)
    shift = staffed.region.crew_shifts["u1"]
    assert (shift.members, shift.ends_ms, shift.by) == (("m1", "m3"), event.ends_ms, "anna")
    staffed.do(commands.SetDuty(unit="u1", duty="off"))
    assert "u1" not in staffed.region.crew_shifts


def test_what_is_not_in_order_is_recorded_and_keeps_nobody_from_going(staffed: World) -> None:
    """An ended licence, a kind that nobody holds, an unknown name, no plan, a missing ventilator."""
    event = opened(staffed, members=("m2", "stranger"), missing=("ventilator",))
    assert set(event.warnings) == {
        Warned(trouble="not_planned"),
        Warned(trouble="unknown_member", member="stranger"),
        Warned(trouble="expired", member="m2", kind="driver", until=ENDED),
        Warned(trouble="not_held", kind="doctor"),
        Warned(trouble="not_held", kind="driver"),
        Warned(trouble="equipment_missing", kind="ventilator"),
    }
    assert staffed.region.unit_state("u1") == "free"
    replayed = Region("test")
    replayed.apply_all(staffed.journal)
    assert replayed.fingerprint() == staffed.region.fingerprint()


def test_no_warning_changes_who_is_recommended(staffed: World) -> None:
    """Qualifications send no farther crew: the ranking before and after is the same, line by line."""
    incident = staffed.call("chest_pain")
    positions = {
        unit: PositionOf(unit=unit, lat_deg=55.0 + number / 100, lon_deg=61.0, age_s=1.0, freshness="live")
        for number, unit in enumerate(staffed.region.units)
    }
    staffed.do(commands.SetDuty(unit="u1", duty="on"))
    before = recommend(staffed.region, incident, positions, StraightLine(), staffed.now_ms)
    opened(staffed, members=("m2",))
    after = recommend(staffed.region, incident, positions, StraightLine(), before.made_at_ms)
    assert after == before
    assert after.crews[0].unit == "u1"


def test_the_vehicle_is_what_its_crew_makes_of_it_until_the_shift_ends(staffed: World) -> None:
    """A doctor's vehicle that a paramedics' crew takes is one of theirs; a restart's registration agrees."""
    same = commands.RegisterUnit(unit="u1", call_sign="1", crew_kind="doctor", substation="s1")
    opened(staffed, crew_kind="paramedic", missing=("ecg",))
    unit = staffed.region.units["u1"]
    assert (unit.crew_kind, unit.usual_kind, unit.missing) == ("paramedic", "doctor", ("ecg",))
    assert staffed.do(same) == []
    staffed.do(commands.SetDuty(unit="u1", duty="off"))
    unit = staffed.region.units["u1"]
    assert (unit.crew_kind, unit.usual_kind, unit.missing) == ("doctor", None, ())


def test_plans_do_not_overlap_and_may_be_changed_or_dropped(staffed: World) -> None:
    """The same beginning again is a change, the same plan again nothing, another one over it a No."""
    name = plan(staffed)
    known = staffed.region.planned[name]
    again = commands.PlanCrew(
        unit="u1", starts_ms=known.starts_ms, ends_ms=known.ends_ms, members=known.members
    )
    assert staffed.do(again) == []
    staffed.do(msgspec.structs.replace(again, members=("m1",)))
    assert staffed.region.planned[name].members == ("m1",)
    over = msgspec.structs.replace(again, starts_ms=known.starts_ms + HOUR_MS)
    assert staffed.no(over).values["planned"] == name
    assert staffed.no(commands.DropCrewPlan(planned=name, why=" ")).code == "field-missing"
    staffed.do(commands.DropCrewPlan(planned=name, why="больна"))
    assert name not in staffed.region.planned
    assert staffed.no(commands.DropCrewPlan(planned=name, why="x")).code == "unknown-plan"


def test_a_crew_on_a_call_is_not_changed_under_it(staffed: World) -> None:
    """The shift of a bound unit does not open anew."""
    opened(staffed)
    staffed.send(staffed.call(), "u1")
    assert staffed.no(commands.OpenCrewShift(unit="u1")).code == "unit-busy"


def test_one_person_in_two_crews_is_said(staffed: World) -> None:
    """With the other unit; it refuses nothing."""
    opened(staffed, members=("m1", "m3"))
    done = staffed.do(commands.OpenCrewShift(unit="u3", members=("m3",)))[0].event
    assert isinstance(done, CrewShiftOpened)
    assert Warned(trouble="double", member="m3", unit="u1") in done.warnings


def test_what_cannot_be_meant_is_refused_by_its_field(staffed: World) -> None:
    """An unknown kind, qualification, equipment, unit; a date that is none; times that are none."""
    now, later = staffed.now_ms, staffed.now_ms + 63 * 24 * HOUR_MS

    def member(*held: Held) -> commands.RegisterMember:
        return commands.RegisterMember(member=Member(id="x", name="x", qualifications=held))

    for command, code in (
        (member(Held(kind="?")), "unknown-qualification"),
        (member(Held(kind="driver", until="31.12.27")), "not-a-date"),
        (commands.RegisterMember(member=Member(id=" ", name="x")), "field-missing"),
        (commands.PlanCrew(unit="no", starts_ms=now, ends_ms=now + 1), "unknown-unit"),
        (commands.PlanCrew(unit="u1", starts_ms=now, ends_ms=now), "not-a-number"),
        (commands.PlanCrew(unit="u1", starts_ms=now - HOUR_MS, ends_ms=now - 1), "time-too-old"),
        (commands.PlanCrew(unit="u1", starts_ms=later, ends_ms=later + 1), "time-in-the-future"),
        (
            commands.PlanCrew(unit="u1", starts_ms=now, ends_ms=now + 1_000, crew_kind="?"),
            "unknown-crew-kind",
        ),
        (commands.OpenCrewShift(unit="u1", missing=("?",)), "unknown-equipment"),
        (commands.OpenCrewShift(unit="u1", members=("m1", "m1")), "bad-text"),
        (commands.OpenCrewShift(unit="u1", planned="no"), "unknown-plan"),
        (
            commands.RegisterUnit(unit="u9", call_sign="9", crew_kind="doctor", equipment=("?",)),
            "unknown-equipment",
        ),
    ):
        assert staffed.no(command).code == code  # type: ignore[arg-type]  # each of them is a command


def city(seed: int, until: str | None) -> tuple[World, str, dict[str, PositionOf]]:
    """A region of twelve crews with one member each, whose qualification ends then; a call; who is where."""
    chance, world = random.Random(seed), make_world(12)
    settings = msgspec.structs.replace(SETTINGS, crew_kinds=CREW_KINDS, qualifications=QUALIFICATIONS)
    world.do(commands.ConfigureRegion(settings=settings))
    for unit in world.region.units:
        ends = until if chance.random() < 0.5 else None  # of some crews nothing ends
        held = tuple(Held(kind=each.id, until=ends) for each in QUALIFICATIONS if chance.random() < 0.5)
        world.do(commands.RegisterMember(member=Member(id=f"m-{unit}", name=unit, qualifications=held)))
        world.do(commands.OpenCrewShift(unit=unit, members=(f"m-{unit}",)))
    positions = {
        unit: PositionOf(
            unit=unit, lat_deg=55 + chance.uniform(-0.1, 0.1), lon_deg=61.0, age_s=1.0, freshness="live"
        )
        for unit in world.region.units
    }
    return world, world.call(chance.choice(["chest_pain", "fever", "other"])), positions


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), until=st.sampled_from([ENDED, "2027-01-16", SOON, VALID]))
def test_a_qualification_that_ends_never_sends_a_farther_crew(seed: int, until: str) -> None:
    """Whatever ends when, each ranking and proposal is the one of the same crews of whom nothing ends."""
    told = []
    for ends in (None, until):
        world, call, positions = city(seed, ends)
        now_ms, roads = world.now_ms, StraightLine()
        made = recommend(world.region, call, positions, roads, now_ms)
        advice = advise(look(world.region, positions, [], now_ms), roads, now_ms)
        told.append((made.crews, made.left_out, advice.proposals))
    assert told[0] == told[1]
