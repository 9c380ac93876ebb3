"""What a demo crew does next, as its table says."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.simulate.chance import chance
from console.simulate.city import ENDED, Assignment
from console.simulate.duty import FORGETS, ORDER, STEPS, Intentions, Progress, after, follow, intend
from console.simulate.plan import ReasonPlan
from dispatch.assignment import TERMINAL, TRANSITIONS, Status

statuses = st.sampled_from([*STEPS])


def _seen(status: str, hospital: str | None = None, id_: str = "a1") -> Assignment:
    return Assignment(id=id_, incident="i1", unit="12", status=status, hospital=hospital)


def test_the_table_is_total() -> None:
    """Every status of an assignment is either a row of the crew's table or an end, and never both."""
    assert set(STEPS) | ENDED == set(get_args(Status))
    assert not set(STEPS) & ENDED
    assert set(TERMINAL) == ENDED


@pytest.mark.parametrize("status", STEPS)
def test_every_button_is_one_that_the_service_allows(status: Status) -> None:
    """From each status the crew's next button is a transition of dispatch, and so is every later one."""
    assert STEPS[status].then in TRANSITIONS[status]
    assert "cleared" in TRANSITIONS[status]
    later = STEPS[status].then
    while later != "cleared":
        later = STEPS[later].then
        assert later in TRANSITIONS[status]


@given(statuses, st.booleans(), st.none() | st.just("h1"))
def test_every_assignment_comes_to_an_end(status: str, transports: bool, hospital: str | None) -> None:
    """Whatever the crew intends, the table leads from any status to `cleared`, only ever forward."""
    intentions = Intentions({}, transports, frozenset())
    progress = Progress("a1", status, hospital)
    for _ in range(len(STEPS)):
        nxt = after(progress, intentions)
        assert ORDER[nxt] > ORDER[progress.status]
        if nxt == "cleared":
            return
        progress = progress._replace(status=nxt)
    pytest.fail("never cleared")


def test_a_patient_goes_to_hospital_if_either_crew_or_dispatcher_wants_it() -> None:
    """Treated on the spot means `cleared`, unless the dispatcher has named a hospital."""
    on_the_spot = Intentions({}, transports=False, forgets=frozenset())
    to_hospital = Intentions({}, transports=True, forgets=frozenset())
    assert after(Progress("a1", "at_patient"), on_the_spot) == "cleared"
    assert after(Progress("a1", "at_patient", "h1"), on_the_spot) == "left_scene"
    assert after(Progress("a1", "at_patient"), to_hospital) == "left_scene"


@given(statuses, statuses)
def test_a_crew_heeds_what_others_press_and_not_its_own_echo(mine: str, seen: str) -> None:
    """A status ahead of the crew's own is taken over; one behind (echo, forgotten button) changes nothing."""
    progress = Progress("a1", mine, None)
    told = follow(progress, _seen(seen))
    assert told is not None
    assert told.status == max(mine, seen, key=ORDER.__getitem__)
    assert follow(told, _seen(seen)) == told


@given(st.none() | st.builds(Progress, st.just("a0"), statuses, st.none()), statuses)
def test_a_new_assignment_is_taken_from_where_it_stands(old: Progress | None, seen: str) -> None:
    """Whatever the crew did before, another assignment replaces it, at the status in which it is seen."""
    assert follow(old, _seen(seen, "h2")) == Progress("a1", seen, "h2")


@given(statuses)
def test_a_crew_breaks_off_when_its_assignment_is_taken_away(mine: str) -> None:
    """With no running assignment on the feed, nothing is left to do, whatever the crew was at."""
    assert follow(Progress("a1", mine, "h1"), None) is None


def test_another_hospital_is_heeded_and_an_unknown_status_is_not() -> None:
    """A dispatcher may redirect a crew; a status that a later version invents does not stop it."""
    progress = Progress("a1", "left_scene", "h1")
    assert follow(progress, _seen("left_scene", "h2")) == progress._replace(hospital="h2")
    assert follow(progress, _seen("left_scene", None)) == progress
    assert follow(progress, _seen("invented_later", "h1")) == progress
    assert follow(None, _seen("invented_later")) is None


def test_intentions_are_repeatable_and_within_the_table() -> None:
    """The same stream draws the same; waits keep to the table's bounds, scene times to the reason's."""
    reason = ReasonPlan(id="x", priority=1, scene_min=20, transport_share=0.6)
    assert intend(chance(1, "a"), reason) == intend(chance(1, "a"), reason)
    drawn = [intend(chance(1, number), reason) for number in range(2000)]
    for one in drawn:
        for status, step in STEPS.items():
            if step.does != "scene":
                assert step.low_s <= one.wait_s(status, rolling=False) <= step.high_s
        assert 0.4 * 1200 <= one.wait_s("at_patient", rolling=False) <= 2.5 * 1200
        assert one.wait_s("acknowledged", rolling=True) < one.wait_s("acknowledged", rolling=False)
    assert sum(one.transports for one in drawn) / 2000 == pytest.approx(0.6, abs=0.05)


def test_some_buttons_are_forgotten_but_never_the_needed_ones() -> None:
    """About 3% of the forgettable buttons; `left_scene` carries the hospital and `cleared` frees the crew."""
    drawn = [intend(chance(3, number), None).forgets for number in range(4000)]
    forgettable = [step.then for step in STEPS.values() if step.forgettable]
    assert not {"left_scene", "cleared"} & set().union(*drawn)
    share = sum(len(one) for one in drawn) / (4000 * len(forgettable))
    assert share == pytest.approx(FORGETS, abs=0.01)
