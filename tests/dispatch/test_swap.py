from __future__ import annotations

import asyncio
import random
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import commands
from dispatch.catalogue import Substation
from dispatch.commands import SwapCrews
from dispatch.engine import Accepted, Answer, Engine
from dispatch.events import CrewsSwapped, SwapMove
from dispatch.journal_sqlite import SqliteJournal
from dispatch.refusal import Refusal
from tests.dispatch.conftest import PLACE, SETTINGS, START_MS, World, make_world


def swap(*moves: SwapMove) -> SwapCrews:
    """Take a proposal of these moves."""
    return SwapCrews(proposal="p1", moves=moves, gain_s=180.0, late_fewer=1)


def move(world: World, incident: str, taken: str | None, sent: str | None, **times: float) -> SwapMove:
    """What changes for one incident; the assignment is the taken crew's present one."""
    active = None if taken is None else world.region.active_assignment(taken)
    return SwapMove(
        incident=incident,
        taken=taken,
        assignment=None if active is None else active.id,
        sent=sent,
        **({"before_s": 400.0, "after_s": 220.0} | times),
    )


def test_a_nearer_crew_takes_over_in_one_decision_with_the_gain_in_the_record(world: World) -> None:
    """What was proposed, the release and the sending are written together; the old crew is free again."""
    incident = world.call("chest_pain")
    world.press(world.send(incident, "u1"), "en_route")
    decided = world.do(swap(move(world, incident, "u1", "u3")))
    assert [each.event.__class__.__name__ for each in decided] == [
        "CrewsSwapped",
        "StatusChanged",
        "CrewAssigned",
    ]
    shown = decided[0].event
    assert isinstance(shown, CrewsSwapped)
    assert (shown.gain_s, shown.late_fewer, shown.moves[0].before_s) == (180.0, 1, 400.0)
    assert world.region.unit_state("u1") == "free"
    active = world.region.active_assignment("u3")
    assert active is not None
    assert (active.incident, active.eta_s) == (incident, 220.0)
    assert world.region.phase(incident) == "assigned"


def test_a_crew_turned_around_leaves_the_lighter_call_to_another(world: World) -> None:
    """One batch: the crew changes calls and is never in two places; the lighter call has its new one."""
    light, grave = world.call("fever"), world.call("chest_pain")
    world.press(world.send(light, "u1"), "en_route")
    world.do(swap(move(world, light, "u1", "u2", after_s=500.0), move(world, grave, None, "u1")))
    assert {unit: world.region.assignments[each].incident for unit, each in world.region.active.items()} == {
        "u1": grave,
        "u2": light,
    }


def test_a_call_with_danger_to_life_never_loses_time_or_its_crew(world: World) -> None:
    """Whoever asks: later, or with nobody in exchange, or with times unknown, is refused."""
    incident = world.call("chest_pain")
    world.send(incident, "u1")
    for wrong in (
        move(world, incident, "u1", "u3", after_s=401.0),
        move(world, incident, "u1", None),
        msgspec.structs.replace(move(world, incident, "u1", "u3"), before_s=None),
    ):
        assert world.no(swap(wrong)).code == "delays-danger-to-life"


def test_a_call_has_its_crew_taken_once_at_most(world: World) -> None:
    """The second swap of one call is refused."""
    incident = world.call("other")
    world.send(incident, "u1")
    world.do(swap(move(world, incident, "u1", "u3")))
    assert world.no(swap(move(world, incident, "u3", "u1"))).code == "already-swapped"


def test_what_is_no_longer_as_proposed_is_refused_whole(world: World) -> None:
    """The crew arrived, another was sent, the new one is busy, the call is closed: nothing happens at all."""
    first, second = world.call("other"), world.call("other")
    world.press(world.send(first, "u1"), "en_route")
    proposed = swap(move(world, first, "u1", "u2"), move(world, second, None, "u1"))
    world.press(world.region.active["u1"], "on_scene")
    assert world.no(proposed).code == "swap-outdated"
    world.send(second, "u3")
    assert world.no(swap(move(world, second, None, "u4"))).code == "swap-outdated"
    third = world.call("other")
    assert world.no(swap(move(world, third, None, "u3"))).code == "unit-busy"
    world.do(commands.SetDuty(unit="u2", duty="break"))
    assert world.no(swap(move(world, third, None, "u2"))).code == "unit-off-duty"
    world.do(commands.CancelIncident(incident=third, why="taken back"))
    assert world.no(swap(move(world, third, None, "u4"))).code == "already-closed"
    assert world.no(swap(move(world, "ghost", None, "u4"))).code == "unknown-incident"
    fourth = world.call("other")
    assert world.no(swap(move(world, fourth, None, "ghost"))).code == "unknown-unit"


@pytest.mark.parametrize("case", ["empty", "twice", "nothing", "nan"])
def test_a_swap_that_makes_no_sense_is_refused(world: World, case: str) -> None:
    """No moves, a crew sent twice, a move that moves nobody, a time that is no number."""
    one, two = world.call("other"), world.call("other")
    asked, code = {
        "empty": (swap(), "field-missing"),
        "twice": (
            swap(move(world, one, None, "u1"), move(world, two, None, "u1")),
            "swap-contradicts-itself",
        ),
        "nothing": (swap(move(world, one, None, None)), "field-missing"),
        "nan": (swap(move(world, one, None, "u1", after_s=float("nan"))), "not-a-number"),
    }[case]
    assert world.no(asked).code == code


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_swap_puts_a_unit_in_two_places(seed: int) -> None:
    """Random swaps on random regions: after each, every busy unit has one open assignment, or was refused."""
    chance = random.Random(seed)
    world = make_world(6)
    units = list(world.region.units)
    incidents = [world.call(chance.choice(["chest_pain", "fever", "other"])) for _ in range(5)]
    for incident in incidents[:3]:
        world.ask(commands.AssignCrew(incident=incident, unit=chance.choice(units)))
    for _ in range(8):
        moves = []
        for incident in chance.sample(incidents, chance.randint(1, 3)):
            bound = [each for each in world.region.assignments_of(incident) if each.open]
            taken = chance.choice(bound).unit if bound and chance.random() < 0.8 else None
            sent = chance.choice([*units, None])
            moves.append(move(world, incident, taken, sent))
        decided = world.ask(swap(*moves))
        assert decided or isinstance(decided, Refusal)
        held = [each.unit for each in world.region.assignments.values() if each.open]
        assert len(held) == len(set(held))
        assert set(held) == set(world.region.active)


async def test_a_swap_and_an_assignment_that_want_one_unit_never_both_get_it(tmp_path: Path) -> None:
    """150 races on a durable journal: one dispatcher wins, the other is told; nobody is in two places."""
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        engine = await Engine.open(journal, "test", lambda: START_MS)

        async def ask(command: commands.Command) -> Answer:
            return await engine.submit(command, by="anna", source="test")

        base = Substation(id="s1", name="№ 1", lat_deg=55.0, lon_deg=61.0)
        await ask(commands.ConfigureRegion(settings=SETTINGS))
        await ask(commands.RegisterSubstation(substation=base))
        for unit in ("u1", "u2"):
            await ask(commands.RegisterUnit(unit=unit, call_sign=unit, crew_kind="doctor", substation="s1"))
            await ask(commands.SetDuty(unit=unit, duty="on"))
        winners = set()
        for race in range(150):
            first, second = [
                (await ask(commands.CreateIncident(place=PLACE, reason="other"))).incident  # type: ignore[union-attr]  # accepted
                for _ in range(2)
            ]
            assert first is not None
            assert second is not None
            sent = await ask(commands.AssignCrew(incident=first, unit="u1"))
            assert isinstance(sent, Accepted)
            wish = SwapMove(
                incident=first, taken="u1", assignment=sent.assignment, sent="u2", before_s=9.0, after_s=1.0
            )
            rivals: list[commands.Command] = [swap(wish), commands.AssignCrew(incident=second, unit="u2")]
            answers = await asyncio.gather(*(ask(each) for each in (rivals if race % 2 else rivals[::-1])))
            refused = [each for each in answers if isinstance(each, Refusal)]
            assert [each.code for each in refused] == ["unit-busy"]
            busy = engine.region.active_assignment("u2")
            assert busy is not None
            winners.add(busy.incident == first)
            assert len({each.unit for each in engine.region.assignments.values() if each.open}) == len(
                engine.region.active
            )
            for incident in (first, second):
                await ask(commands.CancelIncident(incident=incident, why="next race"))
        await engine.close()
    assert winners == {True, False}
