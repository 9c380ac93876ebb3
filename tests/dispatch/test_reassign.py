from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dispatch.reassign import OpenCall, Proposal, reassign

FAR = np.inf


def call(incident: str, crew: str | None = None, priority: int = 2, **more: object) -> OpenCall:
    """An open call that has waited a minute, with the norm far away."""
    stated = {"waited_s": 60.0, "left_s": 1140.0, **more}
    assignment = None if crew is None else f"{incident}.1"
    return OpenCall(incident=incident, priority=priority, crew=crew, assignment=assignment, **stated)  # type: ignore[arg-type]  # the test states numbers and flags


def times(*rows: list[float]) -> NDArray[np.float64]:
    """[calls, units] seconds."""
    return np.array(rows, dtype=np.float64)


def moves(proposals: list[Proposal]) -> dict[str, tuple[str | None, str | None]]:
    """From which crew to which, by call."""
    return {move.incident: (move.taken, move.sent) for each in proposals for move in each.moves}


def test_a_crew_that_is_three_minutes_closer_is_proposed() -> None:
    """Crew 7 became free nearer to the call than crew 4, which is on its way: swap, and say the gain."""
    found = reassign([call("a", "4")], ["4", "7"], times([400, 220]))
    assert [(each.kind, each.gain_s, moves([each])) for each in found] == [("swap", 180.0, {"a": ("4", "7")})]


def test_a_crew_that_is_a_minute_closer_is_not_worth_a_swap() -> None:
    """Below two minutes nothing is proposed: estimates are not so good, and a crew that turns back costs."""
    assert reassign([call("a", "4")], ["4", "7"], times([400, 290])) == []


def test_a_call_has_its_crew_changed_once_at_most() -> None:
    """A settled call keeps its crew however near another one is, and its crew goes nowhere else."""
    assert reassign([call("a", "4", settled=True)], ["4", "7"], times([1400, 10])) == []
    found = reassign([call("a", "4", settled=True), call("b")], ["4"], times([900], [10]))
    assert found == []


def test_two_calls_share_two_crews_in_the_better_way() -> None:
    """The nearest crew of the first call is the only near one of the second: the sum decides."""
    found = reassign([call("a"), call("b")], ["1", "2"], times([100, 200], [120, 900]))
    assert moves(found) == {"a": (None, "2"), "b": (None, "1")}
    assert {each.kind for each in found} == {"send"}


def test_a_crew_on_its_way_to_a_lighter_call_is_turned_around() -> None:
    """A crew passes by a graver call: it goes there, and the lighter call gets another or waits."""
    light, grave = call("light", "1", priority=3), call("grave", priority=1)
    found = reassign([light, grave], ["1", "2"], times([300, 500], [60, 900]))
    assert moves(found) == {"grave": (None, "1"), "light": ("1", "2")}
    assert found[0].kind == "turn_around"
    assert found[0].gain_s == (900 - 60) + (300 - 500)
    alone = reassign([light, grave], ["1"], times([300], [60]))
    assert moves(alone) == {"grave": (None, "1"), "light": ("1", None)}
    assert alone[0].moves[1].after_s is None


def test_no_sum_buys_a_delay_of_a_call_with_danger_to_life() -> None:
    """An arrest reached at 23 instead of 21 minutes would bring another from 21 to 19: never proposed."""
    arrest = call("arrest", "1", priority=1, waited_s=0.0, left_s=1200.0)
    other = call("other", "2", waited_s=0.0, left_s=1200.0)
    assert reassign([arrest, other], ["1", "2"], times([1260, 1380], [300, 1260])) == []


def test_a_waiting_call_with_danger_to_life_is_not_given_a_farther_crew_for_a_better_sum() -> None:
    """Its nearest free crew stays its own, though another call would gain twenty minutes by it."""
    found = reassign([call("b"), call("a", priority=1)], ["1", "2"], times([110, 1400], [100, 160]))
    assert moves(found) == {"a": (None, "1"), "b": (None, "2")}


def test_a_call_may_wait_for_a_crew_that_is_about_to_be_free_and_danger_to_life_never_does() -> None:
    """No far crew is sent where a near one clears in a minute; for danger to life it is sent at once."""
    assert reassign([call("a")], ["1", "2"], times([1000, 200]), soon={"2"}) == []
    found = reassign([call("a", priority=1)], ["1", "2"], times([1000, 200]), soon={"2"})
    assert moves(found) == {"a": (None, "1")}


def test_a_crew_whose_own_time_is_not_known_is_left_alone() -> None:
    """Without its time to its own call a change cannot be judged: neither call nor crew takes part."""
    found = reassign([call("a", "1"), call("b")], ["1", "2"], times([FAR, 10], [10, 900]))
    assert moves(found) == {"b": (None, "2")}


def test_the_same_change_keeps_its_name() -> None:
    """A proposal's id does not depend on seconds that pass, so that a dispatcher's click finds it again."""
    first = reassign([call("a", "4")], ["4", "7"], times([400, 220]))
    later = reassign([call("a", "4")], ["7", "4"], times([200, 390]))
    other = reassign([call("a", "4")], ["4", "8"], times([400, 220]))
    assert first[0].id == later[0].id != other[0].id


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), calls=st.integers(1, 8), free=st.integers(0, 6), soon=st.integers(0, 3))
def test_whatever_the_state_no_proposal_delays_danger_to_life_or_sends_a_crew_twice(
    seed: int, calls: int, free: int, soon: int
) -> None:
    """Random regions: the hard rules hold, and each proposal may be taken by itself."""
    chance = random.Random(seed)
    known = []
    units = [f"free{number}" for number in range(free)] + [f"soon{number}" for number in range(soon)]
    for number in range(calls):
        crew = f"way{number}" if chance.random() < 0.6 else None
        units += [crew] if crew is not None else []
        known.append(
            call(
                f"c{number}",
                crew,
                priority=chance.choice([1, 1, 2, 3]),
                waited_s=chance.uniform(0, 2000),
                left_s=chance.uniform(-800, 1200),
                settled=chance.random() < 0.2,
            )
        )
    eta_s = np.array([[chance.uniform(10, 2000) for _ in units] for _ in known]).reshape(calls, len(units))
    eta_s[np.random.default_rng(seed % 2**32).random(eta_s.shape) < 0.15] = np.inf
    proposals = reassign(known, units, eta_s, {unit for unit in units if unit.startswith("soon")})
    by_name = {each.incident: each for each in known}
    every = [move for each in proposals for move in each.moves]
    sent = [move.sent for move in every if move.sent is not None]
    assert len(set(sent)) == len(sent)
    assert len({move.incident for move in every}) == len(every)
    assert not any(unit.startswith("soon") for unit in sent)
    idle = [unit for unit in units if unit.startswith("free")]
    for each in proposals:
        released = {move.taken for move in each.moves}
        # Whole by itself: whoever is sent is free, or released by the same proposal.
        assert all(m.sent is None or m.sent in released or m.sent.startswith("free") for m in each.moves)
        assert any(move.sent is not None for move in each.moves)
    for move in every:
        its = by_name[move.incident]
        row, own = known.index(its), None if its.crew is None else units.index(its.crew)
        assert move.taken == its.crew
        assert not (its.settled and its.crew is not None)
        if move.sent is not None:
            assert move.after_s == pytest.approx(eta_s[row, units.index(move.sent)])
        if its.priority == 1 and own is not None:
            assert move.sent is not None
            assert eta_s[row, units.index(move.sent)] <= eta_s[row, own]
    # A waiting call with danger to life gets a crew no later than the nearest free one left to it.
    left = set(idle)
    waiting = [each for each in known if each.priority == 1 and each.crew is None]
    after = {move.incident: move for move in every}
    for grave in sorted(waiting, key=lambda one: -one.waited_s):
        row = known.index(grave)
        near = min(left, key=lambda unit: eta_s[row, units.index(unit)], default=None)
        if near is not None and np.isfinite(eta_s[row, units.index(near)]):
            left.discard(near)
            found = after[grave.incident].after_s
            assert found is not None
            assert found <= eta_s[row, units.index(near)]
