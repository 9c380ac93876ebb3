from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from dispatch import commands
from dispatch.assignment import STATUSES, TERMINAL, TRANSITIONS
from tests.dispatch.conftest import World

FORWARD = STATUSES[: STATUSES.index("cleared") + 1]


def test_the_table_names_every_status_and_nothing_else() -> None:
    """No status is missing from the table, and none leads to a status that does not exist."""
    assert set(TRANSITIONS) == set(STATUSES)
    for status, onward in TRANSITIONS.items():
        assert set(onward) <= set(STATUSES)
        assert status not in onward


def test_skipping_forward_is_allowed_and_going_back_never() -> None:
    """Between the nine usual statuses exactly the later ones can be reached."""
    for before, after in product(FORWARD, FORWARD):
        allowed = FORWARD.index(after) > FORWARD.index(before)
        assert (after in TRANSITIONS[before]) == allowed, (before, after)


def test_a_terminal_status_is_terminal() -> None:
    """Cleared, refused, pre-empted and cancelled lead nowhere."""
    assert frozenset({"cleared", "refused", "pre_empted", "cancelled"}) == TERMINAL


@pytest.mark.parametrize("before", STATUSES)
def test_every_pair_of_statuses_is_either_obeyed_or_refused_with_its_reason(
    new_world: Callable[[], World], before: str
) -> None:
    """Asking for any status in any status does what the table says, and a No names both statuses."""
    for after in STATUSES:
        world = new_world()
        assignment = world.send(world.call(), "u1")
        # A second crew keeps the incident open, so that only the table decides.
        world.send(world.region.assignments[assignment].incident, "u2")
        if before != "notified":
            world.press(assignment, before)
        command = commands.SetStatus(assignment=assignment, status=after)  # type: ignore[arg-type]  # from the list of all
        if after == before:
            assert world.do(command) == []
        elif after in TRANSITIONS[before]:  # type: ignore[index]  # the same
            world.do(command)
            assert world.region.assignments[assignment].status == after
        else:
            refused = world.no(command)
            assert refused.code == "bad-transition"
            assert refused.values == {"assignment": assignment, "from": before, "to": after}


def test_a_skipped_button_still_stops_the_countdown(world: World) -> None:
    """A crew that first presses `left_scene` was there by then at the latest."""
    incident = world.call()
    assignment = world.send(incident, "u1")
    world.press(assignment, "left_scene")
    times = world.region.assignments[assignment].times
    assert world.region.incidents[incident].arrived_at_ms == times["left_scene"]
    assert "on_scene" not in times
