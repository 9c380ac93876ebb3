from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch import commands, majorcommands, majorevents
from dispatch.advise import advise, look
from dispatch.assignment import STATUSES
from dispatch.attendance import attendance, beds_left, beds_used, reserve_of
from dispatch.candidate import PositionOf
from dispatch.catalogue import MajorPlan, Scale
from dispatch.events import SwapMove, unseal
from dispatch.incident import Place
from dispatch.majorcommands import CountTriage, DeclareMajor, PromiseBeds, SetReserve, SetStaging, StandDown
from dispatch.queued import CallUnqueued
from dispatch.recommend import Recommendation, recommend
from dispatch.refusal import Refusal
from dispatch.region import Region
from routing.times import StraightLine
from tests.dispatch.conftest import SETTINGS, World, make_world

STAGING = Place(label="площадь", lat_deg=55.001, lon_deg=61.001)
PLAN = MajorPlan(
    scales=(
        Scale(id="small", ru="малое", en="small", casualties=5, crews=(("doctor", 1), ("paramedic", 1))),
        Scale(id="large", ru="большое", en="large", casualties=None, crews=(("doctor", 2), ("paramedic", 4))),
    ),
    reserve_share=0.25,
    reserve_least=1,
)


def make_city(units: int = 8) -> World:
    """Return a region of some crews, half of them doctors', with a plan of two scales."""
    world = make_world(units)
    world.do(commands.ConfigureRegion(settings=msgspec.structs.replace(SETTINGS, major=PLAN)))
    return world


@pytest.fixture
def city() -> World:
    """A region of eight crews."""
    return make_city()


def line_of(world: World) -> dict[str, PositionOf]:
    """Return where the crews are: one behind the other."""
    return {
        unit: PositionOf(unit=unit, lat_deg=55.0 + number / 100, lon_deg=61.0, age_s=1.0, freshness="live")
        for number, unit in enumerate(world.region.units, start=1)
    }


def ranked(world: World, incident: str) -> Recommendation:
    """Rank the crews."""
    return recommend(world.region, incident, line_of(world), StraightLine(), world.now_ms)


def all_but(world: World, free: int) -> list[str]:
    """Send all crews but so many to calls of their own; return the calls."""
    units = [*world.region.units][: len(world.region.units) - free]
    calls = [world.call() for _ in units]
    for call, unit in zip(calls, units, strict=True):
        world.press(world.send(call, unit), "on_scene")
    return calls


def test_one_command_declares_and_another_stands_down(city: World) -> None:
    """The plan of that moment is kept with it; declared twice it is one; stood down it can be led no more."""
    call = city.call()
    declared = city.do(DeclareMajor(incident=call))
    assert declared[0].event == majorevents.MajorDeclared(
        incident=call, scale="small", crews=(("doctor", 1), ("paramedic", 1))
    )
    assert city.region.incidents[call].priority == 1
    assert city.ask(DeclareMajor(incident=call)) == []
    city.do(DeclareMajor(incident=call, scale="large"))
    assert city.region.majors[call].crews == (("doctor", 2), ("paramedic", 4))
    city.do(StandDown(incident=call, note="отбой"))
    assert not city.region.majors[call].open
    assert city.no(StandDown(incident=call)).code == "not-major"
    assert city.no(CountTriage(incident=call, red=1, yellow=0, green=0, black=0)).code == "not-major"


def test_what_is_known_of_it_is_updated_in_time(city: World) -> None:
    """Triage, staging, beds and reserve: the last word holds, and each word is in the timeline."""
    call = city.call()
    city.do(DeclareMajor(incident=call))
    city.do(CountTriage(incident=call, red=2, yellow=3, green=0, black=0))
    city.do(CountTriage(incident=call, red=2, yellow=4, green=5, black=1))
    city.do(SetStaging(incident=call, place=STAGING))
    city.do(PromiseBeds(incident=call, hospital="h1", beds=3))
    city.do(SetReserve(incident=call, reserve=4, why="футбол"))
    major = city.region.majors[call]
    assert major.triage is not None
    assert (major.triage.red, major.triage.yellow, major.triage.green, major.triage.black) == (2, 4, 5, 1)
    assert (major.triage.at_ms, major.triage.by) == (city.now_ms - 3000, "anna")
    assert (major.staging, major.beds, major.reserve) == (STAGING, {"h1": 3}, 4)
    told = [entry.kind for entry in city.journal if entry.seq in city.region.timeline[call]]
    assert told.count("triage_counted") == 2
    assert {"major_declared", "staging_set", "beds_promised", "reserve_set"} <= set(told)


def test_what_cannot_be_meant_is_refused(city: World) -> None:
    """An unknown scale or hospital, fewer than no patients, a reserve without reason, an ended call."""
    call = city.call()
    assert city.no(DeclareMajor(incident=call, scale="huge")).code == "unknown-scale"
    assert city.no(CountTriage(incident=call, red=0, yellow=0, green=0, black=0)).code == "not-major"
    city.do(DeclareMajor(incident=call))
    assert city.no(CountTriage(incident=call, red=-1, yellow=0, green=0, black=0)).code == "not-a-number"
    assert city.no(PromiseBeds(incident=call, hospital="h9", beds=1)).code == "unknown-hospital"
    assert city.no(SetReserve(incident=call, reserve=1, why=" ")).code == "field-missing"
    assert city.no(DeclareMajor(incident="2027-01-15-99")).code == "unknown-incident"
    city.do(commands.CancelIncident(incident=call, why="ложный"))
    assert city.no(DeclareMajor(incident=call)).code == "already-closed"


def test_the_reserve_is_held_back_visibly_and_only_from_the_major_incident(city: World) -> None:
    """Two of eight crews are kept: marked on the major's ranking, and plain on any other call's."""
    call, other = city.call(), city.call()
    assert not any(crew.held for crew in ranked(city, call).crews)
    city.do(DeclareMajor(incident=call))
    lines = ranked(city, call).crews
    assert [crew.held for crew in lines] == [False] * 6 + [True] * 2
    kept = [reason for reason in lines[-1].reasons if reason.code == "kept_in_reserve"]
    assert kept[0].values == {"reserve": 2, "free": 8}
    assert not any(crew.held for crew in ranked(city, other).crews)
    city.do(SetReserve(incident=call, reserve=0, why="все туда"))
    assert not any(crew.held for crew in ranked(city, call).crews)
    city.do(SetReserve(incident=call, reserve=None, why="как в плане"))
    city.do(StandDown(incident=call))
    assert not any(crew.held for crew in ranked(city, call).crews)


def test_no_proposal_and_no_swap_gives_the_reserve_to_a_major_incident(city: World) -> None:
    """With two crews free and two kept, no proposal sends one there, and a swap that would is refused."""
    all_but(city, free=2)
    major = city.call()
    assert advise(look(city.region, line_of(city), [], city.now_ms), StraightLine(), city.now_ms).proposals
    city.do(DeclareMajor(incident=major))
    advice = advise(look(city.region, line_of(city), [], city.now_ms), StraightLine(), city.now_ms)
    assert advice.proposals == ()
    assert advice.outlooks[major].best_eta_s is not None  # when somebody could be there is said all the same
    swap = commands.SwapCrews(proposal="p", moves=(SwapMove(incident=major, sent="u7", after_s=60.0),))
    assert city.no(swap).code == "kept-in-reserve"
    ordinary = city.call()
    taken = commands.SwapCrews(proposal="p", moves=(SwapMove(incident=ordinary, sent="u7", after_s=60.0),))
    city.do(taken)
    city.do(SetReserve(incident=major, reserve=0, why="все туда"))
    city.do(commands.SwapCrews(proposal="p", moves=(SwapMove(incident=major, sent="u8", after_s=60.0),)))


@pytest.mark.parametrize("why", [None, "там тридцать пострадавших"])
def test_a_queue_gives_the_reserve_to_a_major_incident_only_with_a_reason(
    city: World, why: str | None
) -> None:
    """The crew that clears is kept for ordinary calls; the next call in its queue starts instead."""
    first = all_but(city, free=1)[0]
    major, ordinary = city.call(), city.call()
    city.do(DeclareMajor(incident=major))
    city.do(commands.QueueCall(incident=major, unit="u1", why=why))
    city.do(commands.QueueCall(incident=ordinary, unit="u1"))
    done = [each.event for each in city.do(commands.CloseIncident(incident=first, outcome="done"))]
    active = city.region.active_assignment("u1")
    assert active is not None
    assert active.incident == (ordinary if why is None else major)
    dropped = CallUnqueued(incident=major, unit="u1", left="kept_in_reserve")
    assert (dropped in done) == (why is None)


def test_crews_are_named_by_plan_and_never_from_the_reserve(city: World) -> None:
    """The soonest of each kind; whoever is sent counts; what the reserve keeps stays missing."""
    call = city.call()
    city.do(DeclareMajor(incident=call, scale="large"))
    region = city.region
    lines = attendance(region, region.majors[call], ranked(city, call).crews)
    assert [(line.kind, line.wanted, line.sent, line.next) for line in lines] == [
        ("doctor", 2, 0, ("u1", "u3")),
        ("paramedic", 4, 0, ("u2", "u4", "u6", "u5")),  # a doctor's crew stands in for the last
    ]
    for unit in ("u1", "u3", "u2", "u5"):
        city.send(call, unit)
    city.press(city.region.active["u3"], "refused")
    lines = attendance(region, region.majors[call], ranked(city, call).crews)
    assert [(line.sent, line.wanted) for line in lines] == [(2, 2), (1, 4)]
    assert {unit for line in lines for unit in line.next} == {"u3", "u4", "u6"}  # five are free, two are kept


def test_beds_fill_as_patients_are_distributed(city: World) -> None:
    """A crew that goes to a hospital takes a bed; one that treats on the spot or is called off takes none."""
    call = city.call()
    city.do(DeclareMajor(incident=call))
    city.do(PromiseBeds(incident=call, hospital="h1", beds=2))
    first, second, third = (city.send(call, unit) for unit in ("u1", "u2", "u3"))
    for assignment in (first, second, third):
        city.press(assignment, "on_scene")
        city.do(commands.ChooseHospital(assignment=assignment, hospital="h1"))
    city.press(first, "left_scene", "at_hospital", "cleared")
    city.press(third, "cleared")
    (used,) = beds_used(city.region, city.region.majors[call])
    assert (used.hospital, used.beds, used.coming, used.there) == ("h1", 2, 1, 1)
    assert beds_left(city.region, call) == {"h1": 0}
    assert beds_left(city.region, city.call()) == {}


def test_the_last_crews_clearing_does_not_close_a_major_incident(city: World) -> None:
    """More may be needed: a person stands it down, and with that the call is closed."""
    call = city.call()
    city.do(DeclareMajor(incident=call))
    city.press(city.send(call, "u1"), "on_scene", "left_scene", "at_hospital", "cleared")
    assert city.region.incidents[call].open
    city.do(StandDown(incident=call))
    incident = city.region.incidents[call]
    assert (incident.ending, incident.outcome) == ("closed", "transported")


def test_ending_the_call_stands_it_down(city: World) -> None:
    """No major incident is left open behind a call that is over, and no reserve is kept for it."""
    call = city.call()
    city.do(DeclareMajor(incident=call))
    decided = city.do(commands.CloseIncident(incident=call, outcome="сделано"))
    assert majorevents.MajorStoodDown(incident=call) in [each.event for each in decided]
    assert not city.region.majors[call].open


def test_what_happened_reads_back_from_the_journal(city: World) -> None:
    """Entries survive the journal's bytes, and a replay of them gives the same region."""
    call = city.call()
    for command in (
        DeclareMajor(incident=call, note="автобус"),
        DeclareMajor(incident=call, scale="large"),
        CountTriage(incident=call, red=1, yellow=2, green=3, black=4),
        SetStaging(incident=call, place=STAGING),
        PromiseBeds(incident=call, hospital="h2", beds=9),
        SetReserve(incident=call, reserve=1, why="ночь"),
        StandDown(incident=call),
    ):
        city.do(command)
    replayed = Region("test")
    for envelope in city.journal:
        body = msgspec.json.encode(msgspec.structs.replace(envelope, hash=""))
        replayed.apply(unseal(body, envelope.hash))
    assert replayed.fingerprint() == city.region.fingerprint()


class City(RuleBasedStateMachine):
    """Whatever is asked of whichever call, in whatever order."""

    def __init__(self) -> None:
        """Two calls to begin with."""
        super().__init__()
        self.world = make_city()
        self.calls = [self.world.call(), self.world.call()]

    def ask(self, command: commands.Command) -> None:
        """Decide it; a refusal says why."""
        decided = self.world.ask(command)
        if isinstance(decided, Refusal):
            assert decided.message

    @rule(which=st.integers(0, 1), scale=st.sampled_from([None, "small", "large", "huge"]))
    def declare(self, which: int, scale: str | None) -> None:
        """Somebody declares or rescales."""
        self.ask(DeclareMajor(incident=self.calls[which], scale=scale))

    @rule(which=st.integers(0, 1))
    def stand_down(self, which: int) -> None:
        """Somebody ends it."""
        self.ask(StandDown(incident=self.calls[which]))

    @rule(which=st.integers(0, 1), red=st.integers(-1, 9))
    def triage(self, which: int, red: int) -> None:
        """Somebody counts."""
        self.ask(CountTriage(incident=self.calls[which], red=red, yellow=0, green=0, black=0))

    @rule(which=st.integers(0, 1), reserve=st.sampled_from([None, 0, 3, 99]))
    def keep(self, which: int, reserve: int | None) -> None:
        """Somebody keeps another reserve."""
        self.ask(SetReserve(incident=self.calls[which], reserve=reserve, why="x"))

    @rule(which=st.integers(0, 1), beds=st.integers(0, 3), hospital=st.sampled_from(["h1", "h2"]))
    def promise(self, which: int, beds: int, hospital: str) -> None:
        """A hospital promises."""
        self.ask(PromiseBeds(incident=self.calls[which], hospital=hospital, beds=beds))

    @rule(which=st.integers(0, 1), unit=st.sampled_from([f"u{number}" for number in range(1, 9)]))
    def send(self, which: int, unit: str) -> None:
        """A crew is sent."""
        self.ask(commands.AssignCrew(incident=self.calls[which], unit=unit))

    @rule(unit=st.sampled_from([f"u{number}" for number in range(1, 9)]), status=st.sampled_from(STATUSES))
    def press(self, unit: str, status: str) -> None:
        """A crew presses."""
        if (active := self.world.region.active.get(unit)) is not None:
            self.ask(commands.SetStatus(assignment=active, status=status))  # type: ignore[arg-type]  # a name of STATUSES

    @rule(which=st.integers(0, 1))
    def close(self, which: int) -> None:
        """A call ends."""
        self.ask(commands.CloseIncident(incident=self.calls[which], outcome="сделано"))

    @invariant()
    def none_is_open_behind_a_call_that_is_over(self) -> None:
        """And each is about a call that exists."""
        region = self.world.region
        for major in region.majors.values():
            assert not major.open or region.incidents[major.incident].open

    @invariant()
    def the_reserve_is_kept_from_them_and_from_nobody_else(self) -> None:
        """What the ranking does not mark and the plan names never eats into the reserve."""
        region = self.world.region
        for call in self.calls:
            lines = ranked(self.world, call).crews
            major = region.majors.get(call)
            if major is None or not major.open:
                assert not any(crew.held for crew in lines)
                continue
            assert sum(crew.held for crew in lines) == min(len(lines), reserve_of(region, major))
            held = {crew.unit for crew in lines if crew.held}
            named = [unit for line in attendance(region, major, lines) for unit in line.next]
            assert len(named) == len(set(named))
            assert not held & set(named)
            for line in attendance(region, major, lines):
                assert 0 <= line.sent <= line.wanted
                assert line.sent + len(line.next) <= line.wanted


City.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestRandomMajorIncidents = City.TestCase


def test_every_command_and_event_names_its_call() -> None:
    """So that each stands in the call's timeline."""
    for kinds in (majorcommands.MajorCommand, majorevents.MajorEvent):
        for kind in get_args(kinds):
            assert "incident" in kind.__struct_fields__
