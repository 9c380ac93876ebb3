from __future__ import annotations

import pytest

from dispatch import commands
from tests.dispatch.conftest import START_MS, World


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
