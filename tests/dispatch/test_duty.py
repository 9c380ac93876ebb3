from __future__ import annotations

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch import commands
from dispatch.catalogue import Workplace, Zone
from dispatch.deskcommands import EndShift, GiveCall, NoteAttendance, OpenShift
from dispatch.deskevents import ShiftEnded, ShiftOpened
from dispatch.events import unseal
from dispatch.incident import Place
from dispatch.ownership import owner_of, queue_of
from dispatch.refusal import Refusal
from dispatch.region import Region
from dispatch.workplace import is_manned, senior_desk, workplaces
from tests.dispatch.conftest import SETTINGS, World, make_world

SOUTH = Place(label="юг", lat_deg=55.01, lon_deg=61.0)
NORTH = Place(label="север", lat_deg=55.1, lon_deg=61.1)
DESKS = ("senior", "south", "north", "calls", "doctor")


def make_centre() -> World:
    """Return a region with two zones, a desk for each, a senior, a call-taker and a doctor."""
    world = make_world()
    world.do(
        commands.ConfigureRegion(
            settings=msgspec.structs.replace(
                SETTINGS,
                zones=(
                    Zone(id="s", ru="Юг", en="South", substations=("s1",)),
                    Zone(id="n", ru="Север", en="North", substations=("s2",)),
                ),
                workplaces=(
                    Workplace(id="senior", ru="Старший", en="Senior", kind="senior"),
                    Workplace(id="south", ru="Юг", en="South", kind="zone", zones=("s",)),
                    Workplace(id="north", ru="Север", en="North", kind="zone", zones=("n",)),
                    Workplace(id="calls", ru="Приём", en="Calls", kind="call_taker"),
                    Workplace(id="doctor", ru="Врач", en="Doctor", kind="doctor", staff=("olga",)),
                ),
            )
        )
    )
    return world


@pytest.fixture
def centre() -> World:
    """A fresh dispatch centre that nobody has come to yet."""
    return make_centre()


def sit(world: World, workplace: str, user: str) -> None:
    """Open a shift."""
    world.do(OpenShift(workplace=workplace, user=user, name=user.title()))


def call_at(world: World, place: Place) -> str:
    """Take a call at a place; return its id."""
    world.do(commands.CreateIncident(place=place, reason="other"))
    return next(reversed(world.region.incidents))


def test_a_new_call_belongs_to_its_zones_desk_while_somebody_is_there(centre: World) -> None:
    """South and north each get their own; the zone of a desk that nobody sits at falls to the senior."""
    sit(centre, "south", "anna")
    assert owner_of(centre.region, call_at(centre, SOUTH)) == "south"
    assert owner_of(centre.region, call_at(centre, NORTH)) == "senior"
    sit(centre, "north", "boris")
    assert owner_of(centre.region, call_at(centre, NORTH)) == "north"


def test_what_fell_to_the_senior_for_want_of_anybody_comes_home(centre: World) -> None:
    """Who opens a zone's shift finds its calls there, and not what the senior was given on purpose."""
    fell, kept = call_at(centre, SOUTH), call_at(centre, SOUTH)
    sit(centre, "senior", "vera")
    sit(centre, "north", "boris")
    centre.do(GiveCall(incident=kept, workplace="north", user="vera"))
    centre.do(GiveCall(incident=kept, workplace="senior", user="vera"))
    sit(centre, "south", "anna")
    assert owner_of(centre.region, fell) == "south"
    assert owner_of(centre.region, kept) == "senior"
    assert centre.region.incidents[fell].handed == "came_home"


def test_a_shifts_end_hands_its_calls_to_the_named_successor(centre: World) -> None:
    """Each call gets an entry of its own in its timeline, and the end of the shift names them all."""
    sit(centre, "south", "anna")
    sit(centre, "north", "boris")
    first, second = call_at(centre, SOUTH), call_at(centre, SOUTH)
    decided = centre.do(EndShift(workplace="south", successor="north"))
    assert queue_of(centre.region, "north") == [first, second]
    assert queue_of(centre.region, "south") == []
    assert [each.event for each in decided][-1] == ShiftEnded(
        workplace="south", user="anna", successor="north", calls=(first, second)
    )
    assert len(centre.region.timeline[first]) == 3  # created, handed over, the shift's end
    assert "south" not in centre.region.posts


def test_without_a_named_successor_the_senior_has_them(centre: World) -> None:
    """It needs no senior to be there: the senior's queue is on every screen then."""
    sit(centre, "south", "anna")
    call = call_at(centre, SOUTH)
    centre.do(EndShift(workplace="south"))
    assert owner_of(centre.region, call) == "senior"


def test_a_senior_who_leaves_names_a_successor_while_there_is_one(centre: World) -> None:
    """As long as anybody is on duty, no call is left at a desk where nobody is."""
    sit(centre, "senior", "vera")
    call = call_at(centre, SOUTH)
    sit(centre, "north", "boris")
    assert centre.no(EndShift(workplace="senior")).code == "successor-needed"
    centre.do(EndShift(workplace="senior", successor="north"))
    assert owner_of(centre.region, call) == "north"
    assert centre.no(EndShift(workplace="north", successor="south")).code == "nobody-there"
    centre.do(EndShift(workplace="north"))
    assert owner_of(centre.region, call) == "senior"


def test_relief_keeps_the_calls_and_names_who_was_relieved(centre: World) -> None:
    """The next shift sits down at the same desk: the calls stay, and each one's timeline tells it."""
    sit(centre, "south", "anna")
    call = call_at(centre, SOUTH)
    sit(centre, "south", "boris")
    relief = centre.journal[-1].event
    assert relief == ShiftOpened(
        workplace="south", user="boris", name="Boris", relieved="anna", calls=(call,)
    )
    assert owner_of(centre.region, call) == "south"
    assert centre.region.timeline[call][-1] == centre.region.seq
    assert centre.ask(OpenShift(workplace="south", user="boris", name="Boris")) == []


def test_a_call_is_taken_and_given_and_never_to_an_empty_desk(centre: World) -> None:
    """Taken by who sits there, given by anybody else; a desk without anybody refuses, the senior's never."""
    sit(centre, "south", "anna")
    sit(centre, "north", "boris")
    call = call_at(centre, SOUTH)
    centre.do(GiveCall(incident=call, workplace="north", user="boris"))
    assert (owner_of(centre.region, call), centre.region.incidents[call].handed) == ("north", "taken")
    centre.do(GiveCall(incident=call, workplace="senior", user="boris"))
    assert (owner_of(centre.region, call), centre.region.incidents[call].handed) == ("senior", "given")
    assert centre.ask(GiveCall(incident=call, workplace="senior", user="boris")) == []
    assert centre.no(GiveCall(incident=call, workplace="doctor", user="anna")).code == "nobody-there"
    assert centre.no(GiveCall(incident=call, workplace="attic", user="anna")).code == "unknown-workplace"
    centre.do(commands.CancelIncident(incident=call, why="ошибка"))
    assert centre.no(GiveCall(incident=call, workplace="south", user="anna")).code == "already-closed"


def test_a_desk_may_have_a_staff_of_its_own(centre: World) -> None:
    """A senior doctor's workplace is no dispatcher's."""
    refused = centre.no(OpenShift(workplace="doctor", user="anna", name="Anna"))
    assert refused.code == "not-your-workplace"
    sit(centre, "doctor", "olga")


def test_a_dispatcher_who_vanishes_is_told_to_the_senior_and_gets_no_new_calls(centre: World) -> None:
    """One alarm offers the calls; the senior ends the shift for the one who is gone, and has them."""
    sit(centre, "senior", "vera")
    sit(centre, "south", "anna")
    call = call_at(centre, SOUTH)
    gone = NoteAttendance(workplace="south", user="anna", silent_ms=centre.now_ms)
    centre.do(gone)
    (alarm,) = centre.region.alarms.values()
    assert (alarm.kind, alarm.evidence.workplace, alarm.evidence.note) == ("desk_silent", "south", "Anna")
    assert centre.ask(gone) == []
    assert owner_of(centre.region, call) == "south"  # offered, and not taken away
    assert owner_of(centre.region, call_at(centre, SOUTH)) == "senior"
    centre.do(EndShift(workplace="south"))
    assert set(queue_of(centre.region, "senior")) == set(centre.region.open_incidents)


def test_a_console_that_comes_back_is_on_duty_again_and_the_alarm_waits_for_a_person(centre: World) -> None:
    """The alarm is not withdrawn, and a second silence adds nothing while it is open."""
    sit(centre, "south", "anna")
    centre.do(NoteAttendance(workplace="south", user="anna", silent_ms=1))
    centre.do(NoteAttendance(workplace="south", user="anna"))
    assert is_manned(centre.region.posts, "south")
    assert [alarm.open for alarm in centre.region.alarms.values()] == [True]
    centre.do(NoteAttendance(workplace="south", user="anna", silent_ms=2))
    assert len(centre.region.alarms) == 1
    assert centre.ask(NoteAttendance(workplace="south", user="boris", silent_ms=3)) == []
    (alarm,) = centre.region.alarms.values()
    centre.do(commands.AcknowledgeAlarm(alarm=alarm.id))


def test_calls_of_an_older_journal_belong_to_the_senior(centre: World) -> None:
    """An entry that knows no owner reads as it always did, and its call is not nobody's."""
    call = call_at(centre, SOUTH)
    centre.region.incidents[call] = msgspec.structs.replace(centre.region.incidents[call], owner=None)
    assert owner_of(centre.region, call) == "senior"
    centre.region.incidents[call] = msgspec.structs.replace(centre.region.incidents[call], owner="abolished")
    assert owner_of(centre.region, call) == "senior"


def test_a_region_without_workplaces_has_the_usual_ones(world: World) -> None:
    """One zone over everything, a senior, a call-taker and a doctor, so that nothing need be configured."""
    assert {each.kind for each in workplaces(world.region.settings)} == {
        "senior",
        "zone",
        "call_taker",
        "doctor",
    }
    sit(world, "dispatch", "anna")
    assert owner_of(world.region, world.call()) == "dispatch"


def test_what_happened_at_the_desks_reads_back_from_the_journal(centre: World) -> None:
    """Entries survive the journal's bytes, and a replay of them gives the same region."""
    sit(centre, "south", "anna")
    call_at(centre, SOUTH)
    centre.do(NoteAttendance(workplace="south", user="anna", silent_ms=7))
    centre.do(EndShift(workplace="south"))
    replayed = Region("test")
    for envelope in centre.journal:
        body = msgspec.json.encode(msgspec.structs.replace(envelope, hash=""))
        replayed.apply(unseal(body, envelope.hash))
    assert replayed.fingerprint() == centre.region.fingerprint()


class Centre(RuleBasedStateMachine):
    """Whatever dispatchers do in whatever order, with consoles that vanish at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.world = make_centre()

    def ask(self, command: commands.Command) -> None:
        """Decide it; no hand-over may end or lose a call."""
        before = list(self.world.region.open_incidents)
        decided = self.world.ask(command)
        if isinstance(decided, Refusal):
            assert decided.message
        elif isinstance(command, OpenShift | EndShift | NoteAttendance | GiveCall):
            assert list(self.world.region.open_incidents) == before, "a hand-over ended or lost a call"

    @rule(place=st.sampled_from([SOUTH, NORTH]))
    def ring(self, place: Place) -> None:
        """Somebody calls."""
        self.ask(commands.CreateIncident(place=place, reason="other"))

    @rule(desk=st.sampled_from([*DESKS, "attic"]), user=st.sampled_from(["anna", "boris", "olga"]))
    def come(self, desk: str, user: str) -> None:
        """Somebody sits down."""
        self.ask(OpenShift(workplace=desk, user=user, name=user))

    @rule(desk=st.sampled_from(DESKS), successor=st.sampled_from([None, *DESKS]))
    def go(self, desk: str, successor: str | None) -> None:
        """Somebody leaves."""
        self.ask(EndShift(workplace=desk, successor=successor))

    @rule(desk=st.sampled_from(DESKS), gone=st.booleans())
    def vanish(self, desk: str, gone: bool) -> None:
        """A console falls silent, or is back."""
        post = self.world.region.posts.get(desk)
        user = "nobody" if post is None else post.user
        self.ask(NoteAttendance(workplace=desk, user=user, silent_ms=self.world.now_ms if gone else None))

    @rule(desk=st.sampled_from(DESKS), which=st.integers(0, 20))
    def give(self, desk: str, which: int) -> None:
        """A call is handed over."""
        calls = list(self.world.region.incidents)
        if calls:
            self.ask(GiveCall(incident=calls[which % len(calls)], workplace=desk, user="anna"))

    @rule(which=st.integers(0, 20))
    def end(self, which: int) -> None:
        """A call is cancelled."""
        calls = list(self.world.region.open_incidents)
        if calls:
            self.ask(commands.CancelIncident(incident=calls[which % len(calls)], why="ошибка"))

    @invariant()
    def every_open_call_has_exactly_one_owner(self) -> None:
        """It stands in one queue, and in no other."""
        region = self.world.region
        desks = [each.id for each in workplaces(region.settings)]
        queues = [call for desk in desks for call in queue_of(region, desk)]
        assert sorted(queues) == sorted(region.open_incidents)

    @invariant()
    def whoever_owns_a_call_is_on_duty_or_the_senior_or_was_offered(self) -> None:
        """Nobody's desk owns nothing, but for the senior's."""
        region = self.world.region
        senior = senior_desk(region.settings, region.posts)
        for call in region.open_incidents:
            owner = owner_of(region, call)
            assert owner == senior or owner in region.posts


Centre.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestRandomShifts = Centre.TestCase


def test_of_several_desks_of_a_zone_the_one_with_the_fewest_calls_gets_the_next(world: World) -> None:
    """Two dispatchers over the same zone share what comes."""
    assert world.region.settings is not None
    desks = tuple(
        Workplace(id=name, ru=name, en=name, kind="senior" if name == "senior" else "zone")
        for name in ("senior", "first", "second")
    )
    world.do(
        commands.ConfigureRegion(settings=msgspec.structs.replace(world.region.settings, workplaces=desks))
    )
    sit(world, "first", "anna")
    sit(world, "second", "boris")
    calls = [world.call() for _ in range(4)]
    assert [owner_of(world.region, call) for call in calls] == ["first", "second", "first", "second"]
