from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import commands
from dispatch.assignment import STATUSES, TRANSITIONS, Status
from dispatch.callevents import PriorityChanged
from dispatch.events import Dated, unseal
from dispatch.ownership import owner_of
from dispatch.polyclinic import timed_out
from dispatch.refusal import Code, Refusal
from dispatch.region import Region
from dispatch.timers import alarms, timers
from dispatch.workplace import workplaces
from tests.dispatch.anything import MAKERS, Chance, anything
from tests.dispatch.conftest import World, make_world

CODES = frozenset(get_args(Code))


def kinds(union: Any) -> Iterator[type]:  # noqa: ANN401  # a type that is built of types
    """Yield the types of a union, and of those within it."""
    for each in get_args(union):
        yield from kinds(each) if get_args(each) else [each]


def onward_of(status: Status) -> set[Status]:
    """Every status that the table leads to from one, itself included."""
    found, todo = {status}, [status]
    while todo:
        new = set(TRANSITIONS[todo.pop()]) - found
        found |= new
        todo += new
    return found


ONWARD = {status: onward_of(status) for status in STATUSES}


def units_are_in_one_place(region: Region) -> None:
    """Each busy unit has one open assignment, and its state is that one's status; a free one has no queue."""
    binding = [each for each in region.assignments.values() if each.open]
    assert {each.unit: each.id for each in binding} == region.active
    assert len(binding) == len(region.active), "a unit is in two places"
    for unit in region.units:
        assert (unit in region.active) == (region.unit_state(unit) in STATUSES)
    waiting = [each.incident for queue in region.queues.values() for each in queue]
    assert len(waiting) == len(set(waiting)), "a call waits for two crews"
    for unit, several in region.queues.items():
        active = region.active_assignment(unit)
        assert several
        assert active is not None, "a free crew keeps a call waiting"
        assert region.units[unit].duty == "on"
        assert active.incident not in {each.incident for each in several}
    assert all(region.incidents[each].open for each in waiting), "an ended call waits"


def calls_are_sound(region: Region) -> None:
    """An ended call binds nobody; an open one has an owner, and nothing hides its patient."""
    desks = {each.id for each in workplaces(region.settings)}
    for call in region.incidents.values():
        assert call.open == (call.id in region.open_incidents) == (call.id not in region.ended)
        bound = [each for each in region.assignments_of(call.id) if each.open]
        if not call.open:
            assert not bound, "a crew is bound to an ended call"
            continue
        assert call.hand_over is None or call.hand_over.state != "accepted", (
            "a polyclinic took it: it is open"
        )
        assert owner_of(region, call.id) in desks
        if call.follows is not None:
            main = region.incidents[call.follows]
            assert main.open, "a patient's call follows one that has ended"
            assert not bound
            assert main.linked_to is None
            assert main.priority <= call.priority, "a link has lowered a priority"
        if call.hand_over is not None and call.hand_over.state == "offered":
            assert call.priority == 3
            assert not bound
    for major in region.majors.values():
        assert not major.open or region.incidents[major.incident].open


def nothing_bleeds(before: Region, after: Region, command: commands.Command) -> None:
    """What has ended stays as it was, and a button moves no assignment but its own."""
    corrected = (
        before.assignments.get(command.assignment) if isinstance(command, commands.CorrectTime) else None
    )
    for name, was in before.incidents.items():
        now = after.incidents[name]
        reopened = isinstance(command, commands.ReopenIncident) and command.incident == name
        if not was.open and not reopened:
            is_corrected = corrected is not None and corrected.incident == name
            arrived_at_ms = now.arrived_at_ms if is_corrected else was.arrived_at_ms
            assert now == msgspec.structs.replace(was, arrived_at_ms=arrived_at_ms), "an ended call changed"
    for name, old in before.assignments.items():
        new = after.assignments[name]
        if old is corrected or new is old:
            continue
        assert new.status in ONWARD[old.status], "a status went back"
        assert old.times.items() <= new.times.items()
        times = list(new.times.values())
        assert times[: len(old.times)] == list(old.times.values())
        if not old.open:
            assert new == msgspec.structs.replace(old, inferred=new.inferred), "an ended assignment moved"
        if isinstance(command, commands.SetStatus):
            assert name == command.assignment, "a button moved another crew's assignment"


def only_a_person_lowers_a_priority(before: Region, after: Region, decided: list[Dated]) -> None:
    """Whatever else happens, a call's priority only goes up."""
    facts = [each.event for each in decided]
    by_hand = {
        each.incident for each in facts if isinstance(each, PriorityChanged) and each.because == "person"
    }
    for name, was in before.incidents.items():
        assert after.incidents[name].priority <= was.priority or name in by_hand


def asked(world: World, dice: random.Random) -> list[commands.Command]:
    """What people do next; or the service looks: what timed out comes back, what is due is an alarm."""
    if dice.random() < 0.03:
        found = timers(world.region, world.now_ms)
        return [*timed_out(world.region, world.now_ms), *alarms(world.region, found, world.now_ms)]
    return [anything(Chance(world.region, world.now_ms, dice))]


def ask(world: World, command: commands.Command) -> None:
    """Ask for something, sensible or not, and see that all still holds."""
    before = world.region.fork()
    decided = world.ask(command)
    if isinstance(decided, Refusal):
        assert decided.code in CODES
        assert decided.message
        assert not {"status", "code", "message"} & decided.values.keys()
        assert world.region.seq == before.seq
    else:
        only_a_person_lowers_a_priority(before, world.region, decided)
    units_are_in_one_place(world.region)
    calls_are_sound(world.region)
    nothing_bleeds(before, world.region, command)


def replay(world: World) -> Region:
    """Return the fold of what the journal holds, through its bytes."""
    replayed = Region("test")
    for envelope in world.journal:
        body = msgspec.json.encode(msgspec.structs.replace(envelope, hash=""))
        replayed.apply(unseal(body, envelope.hash))
    return replayed


def test_every_command_that_there_is_is_made_up() -> None:
    """A command that is added to the vocabulary is added here, too, or this fails."""
    assert set(MAKERS) == set(kinds(commands.Command))


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 200))
def test_over_any_commands_no_unit_is_in_two_places_and_nothing_closed_moves(seed: int, steps: int) -> None:
    """Calls, crews, desks, queues, swaps, links, majors in any order: it stays sound, and replays equal."""
    world, dice = make_world(), random.Random(seed)
    for _ in range(steps):
        world.now_ms += dice.choice((0, 0, 1_000, 60_000))
        for command in asked(world, dice):
            ask(world, command)
    assert replay(world).fingerprint() == world.region.fingerprint()


def test_random_commands_are_taken_as_well_as_refused() -> None:
    """It is no empty proof: within four thousand, every kind of command is taken at least once."""
    world, dice = make_world(6), random.Random(5)
    taken: set[type] = set()
    for _ in range(4_000):
        world.now_ms += dice.choice((0, 1_000, 60_000))
        command = anything(Chance(world.region, world.now_ms, dice))
        if isinstance(decided := world.ask(command), list) and decided:
            taken.add(type(command))
    assert taken == set(MAKERS)
