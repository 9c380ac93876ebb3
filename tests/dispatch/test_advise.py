from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import commands
from dispatch.advise import Advice, advise, look
from dispatch.candidate import PositionOf
from dispatch.incident import Place
from dispatch.reassign import DANGER_TO_LIFE, Proposal
from dispatch.soonfree import clear_times, soon_free
from routing.times import StraightLine
from tests.dispatch.conftest import World, make_world

KM_LAT_DEG = 1 / 111.195


def at_km(unit: str, north_km: float, age_s: float = 1.0) -> PositionOf:
    """A position so many kilometres north of the call's place, live while it is young."""
    freshness = "live" if age_s < 30 else "stale"
    lat_deg = 55.0 + north_km * KM_LAT_DEG
    return PositionOf(unit=unit, lat_deg=lat_deg, lon_deg=61.0, age_s=age_s, freshness=freshness)  # type: ignore[arg-type]  # one of two literals


def call_at(world: World, reason: str, north_km: float = 0.0) -> str:
    """Take a call so many kilometres north."""
    place = Place(label="x", lat_deg=55.0 + north_km * KM_LAT_DEG, lon_deg=61.0)
    world.do(commands.CreateIncident(place=place, reason=reason))
    return next(reversed(world.region.incidents))


def advice(world: World, positions: dict[str, PositionOf]) -> Advice:
    """Advise on the world as it is, by straight lines (7.9 m/s along the line)."""
    soon = soon_free(world.region, positions, clear_times(world.region), world.now_ms)
    return advise(look(world.region, positions, soon, world.now_ms), StraightLine(), world.now_ms)


def taking(proposal: Proposal) -> commands.SwapCrews:
    """The command that takes the proposal."""
    return commands.SwapCrews(
        proposal=proposal.id, moves=proposal.swap_moves(), gain_s=proposal.gain_s, late_fewer=0
    )


def test_a_crew_that_became_free_nearer_is_proposed_and_can_be_taken(world: World) -> None:
    """Crew u3 stands 1 km from the call to which u1 drives from 8 km away: a swap that gains ten minutes."""
    incident = call_at(world, "chest_pain")
    world.press(world.send(incident, "u1"), "en_route")
    found = advice(world, {"u1": at_km("u1", 8), "u3": at_km("u3", 1)})
    (proposal,) = found.proposals
    assert (proposal.kind, proposal.moves[0].taken, proposal.moves[0].sent) == ("swap", "u1", "u3")
    assert proposal.gain_s > 360
    world.do(taking(proposal))
    active = world.region.active_assignment("u3")
    assert active is not None
    assert active.incident == incident


def test_a_crew_whose_position_is_stale_is_not_swapped(world: World) -> None:
    """A wrong estimate of the present crew's time makes a swap worse than none."""
    world.press(world.send(call_at(world, "chest_pain"), "u1"), "en_route")
    assert advice(world, {"u1": at_km("u1", 8, age_s=200), "u3": at_km("u3", 1)}).proposals == ()


def test_a_crew_that_is_nearly_there_is_not_called_back(world: World) -> None:
    """A minute before its patient's door a crew goes on, though a graver call is near."""
    world.do(commands.SetDuty(unit="u3", duty="off"))
    world.do(commands.SetDuty(unit="u2", duty="off"))
    world.do(commands.SetDuty(unit="u4", duty="off"))
    world.press(world.send(call_at(world, "other"), "u1"), "en_route")
    call_at(world, "chest_pain", 0.1)
    assert advice(world, {"u1": at_km("u1", 0.5)}).proposals == ()
    turned = advice(world, {"u1": at_km("u1", 2)}).proposals
    assert [each.kind for each in turned] == ["turn_around"]


def test_a_crew_that_refused_is_not_proposed_for_the_same_call(world: World) -> None:
    """Nor is one that was taken from it."""
    for unit in ("u2", "u4"):
        world.do(commands.SetDuty(unit=unit, duty="off"))
    incident = call_at(world, "chest_pain")
    world.press(world.send(incident, "u3"), "refused")
    world.press(world.send(incident, "u1"), "en_route")
    assert advice(world, {"u1": at_km("u1", 8), "u3": at_km("u3", 1)}).proposals == ()


def test_a_call_that_cannot_be_met_is_said_to_be_so_as_soon_as_it_is_true(world: World) -> None:
    """Remaining = norm − elapsed − best ETA: below zero minutes before the norm itself has run out."""
    incident = call_at(world, "chest_pain")
    positions = {unit: at_km(unit, 5) for unit in world.region.units}
    first = advice(world, positions).outlooks[incident]
    assert first.best_eta_s is not None
    assert 620 < first.best_eta_s < 640
    assert first.remaining_s is not None
    assert not first.cannot_meet
    world.now_ms += round(first.remaining_s * 1000) + 1000
    later = advice(world, positions).outlooks[incident]
    assert later.cannot_meet
    assert world.now_ms < world.region.incidents[incident].norm_ends_ms


def test_with_nobody_free_the_outlook_is_the_crew_about_to_be_free(world: World) -> None:
    """Its time to clear and its drive are added up and marked; with nobody there is no time to tell."""
    for unit in ("u2", "u3", "u4"):
        world.do(commands.SetDuty(unit=unit, duty="off"))
    world.press(world.send(call_at(world, "other"), "u1"), "on_scene", "handed_over")
    incident = call_at(world, "chest_pain")
    found = advice(world, {"u1": at_km("u1", 1)}).outlooks[incident]
    assert (found.unit, found.soon, found.cannot_meet) == ("u1", True, False)
    assert found.best_eta_s is not None
    assert found.best_eta_s > 180 + 100
    world.do(commands.SetDuty(unit="u1", duty="out_of_order"))
    nobody = advice(world, {"u1": at_km("u1", 1)}).outlooks[incident]
    assert (nobody.best_eta_s, nobody.cannot_meet) == (None, False)
    world.now_ms += 1_300_000
    assert advice(world, {"u1": at_km("u1", 1)}).outlooks[incident].cannot_meet


def test_reached_calls_and_those_with_several_crews_are_left_alone(world: World) -> None:
    """Nothing is proposed for them, and their crews go nowhere."""
    reached, several = call_at(world, "other"), call_at(world, "other")
    world.press(world.send(reached, "u1"), "on_scene")
    world.send(several, "u2")
    world.send(several, "u3")
    found = advice(world, {unit: at_km(unit, 8) for unit in ("u1", "u2", "u3")} | {"u4": at_km("u4", 0.2)})
    assert (found.proposals, found.outlooks) == ((), {})


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_proposal_can_be_taken_by_itself_and_none_delays_danger_to_life(seed: int) -> None:
    """Random regions: `decide` accepts each proposal; nobody in danger is reached later than before it."""
    chance = random.Random(seed)
    world = make_world(8)
    for _ in range(chance.randint(1, 6)):
        incident = call_at(world, chance.choice(["chest_pain", "fever", "other"]), chance.uniform(-9, 9))
        unit = chance.choice(list(world.region.units))
        if chance.random() < 0.6 and world.region.active_assignment(unit) is None:
            world.press(world.send(incident, unit), "en_route")
        world.now_ms += chance.randint(0, 400_000)
    positions = {
        unit: at_km(unit, chance.uniform(-9, 9), chance.choice([1.0, 1.0, 100.0]))
        for unit in world.region.units
    }
    found = advice(world, positions)
    assert set(found.outlooks) == set(world.region.open_incidents)
    proposals = list(found.proposals)
    chance.shuffle(proposals)
    for proposal in proposals:
        for move in proposal.moves:
            if move.priority == DANGER_TO_LIFE and move.taken is not None:
                assert move.after_s is not None
                assert move.before_s is not None
                assert move.after_s <= move.before_s
        world.do(taking(proposal))


def test_more_calls_at_one_place_than_nearest_crews_are_looked_at_still_share_all_crews() -> None:
    """A bus crash: 25 calls at one place and 25 crews, of which 20 would be asked for: all are proposed."""
    world = make_world(25)
    for _ in range(25):
        call_at(world, "other")
    positions = {unit: at_km(unit, 1 + number) for number, unit in enumerate(world.region.units)}
    found = advice(world, positions)
    assert len({move.sent for each in found.proposals for move in each.moves}) == 25
