from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch import commands
from dispatch.assignment import STATUSES, TRANSITIONS
from dispatch.events import unseal
from dispatch.refusal import Code, Refusal
from dispatch.region import Region
from dispatch.unit import DUTIES
from tests.dispatch.conftest import PLACE, START_MS, World, make_world

UNITS = st.sampled_from(["u1", "u2", "u3", "u4", "ghost"])


class RandomDispatchers(RuleBasedStateMachine):
    """Dispatchers and crews who try anything, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World = make_world()
        self.seen: dict[str, tuple[str, dict[str, int]]] = {}

    def ask(self, command: commands.Command) -> None:
        """Every refusal says why with a known code and leaves the region as it was."""
        before = self.world.region.seq
        decided = self.world.ask(command)
        if isinstance(decided, Refusal):
            assert decided.code in get_args(Code)
            assert decided.message
            assert not {"status", "code", "message"} & decided.values.keys()
            assert self.world.region.seq == before

    def any_of(self, ids: list[str], pick: int) -> str:
        """Pick one of the ids, or one that does not exist."""
        return ids[pick % len(ids)] if ids else "none"

    @rule(reason=st.sampled_from(["chest_pain", "fever", "other", "dragon"]))
    def take_a_call(self, reason: str) -> None:
        """Somebody calls."""
        self.ask(commands.CreateIncident(place=PLACE, reason=reason))

    @rule(pick=st.integers(0, 9), unit=UNITS)
    def send(self, pick: int, unit: str) -> None:
        """Send any crew to any call."""
        incident = self.any_of(list(self.world.region.incidents), pick)
        self.ask(commands.AssignCrew(incident=incident, unit=unit))

    @rule(
        pick=st.integers(0, 19),
        status=st.sampled_from(STATUSES),
        late_s=st.one_of(st.none(), st.integers(-20, 4000)),
        acting=st.one_of(st.none(), UNITS),
    )
    def press(self, pick: int, status: str, late_s: int | None, acting: str | None) -> None:
        """Any crew or dispatcher presses any button, now or late."""
        assignment = self.any_of(list(self.world.region.assignments), pick)
        at_ms = None if late_s is None else self.world.now_ms - late_s * 1000
        self.ask(
            commands.SetStatus(assignment=assignment, status=status, at_ms=at_ms, acting_unit=acting)  # type: ignore[arg-type]  # from the list of all
        )

    @rule(pick=st.integers(0, 19), hospital=st.sampled_from(["h1", "h2", "h9"]))
    def choose(self, pick: int, hospital: str) -> None:
        """Name any hospital."""
        assignment = self.any_of(list(self.world.region.assignments), pick)
        self.ask(commands.ChooseHospital(assignment=assignment, hospital=hospital))

    @rule(pick=st.integers(0, 9), cancel=st.booleans())
    def end(self, pick: int, cancel: bool) -> None:  # drawn by hypothesis by name
        """Cancel or close any call."""
        incident = self.any_of(list(self.world.region.incidents), pick)
        self.ask(
            commands.CancelIncident(incident=incident, why="false")
            if cancel
            else commands.CloseIncident(incident=incident, outcome="done")
        )

    @rule(unit=UNITS, duty=st.sampled_from(DUTIES))
    def duty(self, unit: str, duty: str) -> None:
        """Declare any duty."""
        self.ask(commands.SetDuty(unit=unit, duty=duty))  # type: ignore[arg-type]  # from the list of all

    @rule(seconds=st.integers(1, 3600))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.world.now_ms += seconds * 1000

    @invariant()
    def no_unit_is_in_two_places(self) -> None:
        """Each unit has at most one open assignment, and the index of busy units says just that."""
        region = self.world.region
        open_ones = [each for each in region.assignments.values() if each.open]
        assert len({each.unit for each in open_ones}) == len(open_ones)
        assert {each.unit: each.id for each in open_ones} == region.active
        for unit in region.units:
            state = region.unit_state(unit)
            assert (unit in region.active) == (state in STATUSES)

    @invariant()
    def no_status_bleeds_and_none_goes_back(self) -> None:
        """An assignment changes along the table only, and keeps every time that it had."""
        for each in self.world.region.assignments.values():
            status, times = self.seen.get(each.id, ("notified", {}))
            reachable, todo = {status}, [status]
            while todo:
                for onward in TRANSITIONS[todo.pop()]:  # type: ignore[index]  # keys of the table
                    if onward not in reachable:
                        reachable.add(onward)
                        todo.append(onward)
            assert each.status in reachable
            assert times.items() <= each.times.items()
            assert list(each.times.values()) == sorted(each.times.values())
            self.seen[each.id] = (each.status, dict(each.times))

    @invariant()
    def what_has_ended_is_closed(self) -> None:
        """An ended incident has no open assignment, and is listed as ended and not as open."""
        region = self.world.region
        for incident in region.incidents.values():
            assert (
                incident.open == (incident.id in region.open_incidents) == (incident.id not in region.ended)
            )
            if not incident.open:
                assert not any(each.open for each in region.assignments_of(incident.id))

    def teardown(self) -> None:
        """The journal's fold, through its bytes, is the live region."""
        replayed = Region("test")
        for envelope in self.world.journal:
            body = msgspec.json.encode(msgspec.structs.replace(envelope, hash=""))
            replayed.apply(unseal(body, envelope.hash))
        assert replayed.fingerprint() == self.world.region.fingerprint()


TestRandomDispatchers = RandomDispatchers.TestCase
TestRandomDispatchers.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_an_entry_out_of_turn_is_not_folded(world: World) -> None:
    """A gap or a repetition in the sequence raises, and the region stays as it was."""
    before = world.region.fingerprint()
    with pytest.raises(ValueError, match="cannot follow"):
        world.region.apply(world.journal[-1])
    assert world.region.fingerprint() == before


def test_a_fork_runs_ahead_alone(world: World) -> None:
    """What happens to a fork does not show in the region it came from."""
    incident = world.call()
    before = world.region.fingerprint()
    fork, world.region = world.region, world.region.fork()
    world.press(world.send(incident, "u1"), "on_scene")
    assert fork.fingerprint() == before != world.region.fingerprint()


def test_recent_incidents_are_the_open_ones_and_the_newly_ended(world: World) -> None:
    """A board shows what is open, however old, and what ended since a given time."""
    old, ended_early, ended_late = world.call(), world.call(), world.call()
    world.do(commands.CloseIncident(incident=ended_early, outcome="done"))
    world.now_ms += 3_600_000
    since_ms = world.now_ms
    world.do(commands.CloseIncident(incident=ended_late, outcome="done"))
    assert [each.id for each in world.region.recent_incidents(since_ms)] == [old, ended_late]
    assert len(world.region.recent_incidents(START_MS)) == 3


def test_an_end_that_was_reported_late_hides_no_other(world: World) -> None:
    """A crew without a network clears hours late: its call shows as newly ended, as do others."""
    offline, other = world.call(), world.call()
    assignment = world.send(offline, "u1")
    world.press(assignment, "on_scene")
    cleared_ms = world.now_ms + 60_000
    world.now_ms += 7_200_000
    since_ms = world.now_ms
    world.do(commands.CloseIncident(incident=other, outcome="done"))
    world.do(commands.SetStatus(assignment=assignment, status="cleared", at_ms=cleared_ms))
    assert world.region.incidents[offline].ended_at_ms == cleared_ms
    assert [each.id for each in world.region.recent_incidents(since_ms)] == [offline, other]
