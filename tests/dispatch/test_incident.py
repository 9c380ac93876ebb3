from __future__ import annotations

from dispatch import commands
from dispatch.assignment import STATUSES
from dispatch.incident import PHASE_OF_STATUS, PHASES, TRANSITIONS
from tests.dispatch.conftest import World


def test_every_status_of_a_crew_gives_the_incident_a_phase() -> None:
    """No status is forgotten, and each names a phase that exists."""
    assert set(PHASE_OF_STATUS) == set(STATUSES)
    assert set(PHASE_OF_STATUS.values()) <= set(PHASES)


def test_one_way_leads_out_of_an_ended_incident() -> None:
    """Closed and cancelled are closed, but for a recorded reopening."""
    assert TRANSITIONS["closed"] == TRANSITIONS["cancelled"] == ("open",)


def test_the_furthest_crew_decides_the_phase(world: World) -> None:
    """With one crew transporting and another on its way, the incident is transporting."""
    incident = world.call()
    assert world.region.phase(incident) == "waiting"
    first, second = world.send(incident, "u1"), world.send(incident, "u2")
    assert world.region.phase(incident) == "assigned"
    world.press(first, "on_scene")
    assert world.region.phase(incident) == "on_scene"
    world.press(first, "left_scene")
    world.press(second, "en_route")
    assert world.region.phase(incident) == "transporting"


def test_an_incident_whose_crew_refuses_waits_again(world: World) -> None:
    """A refusal frees the crew and puts the call back among the waiting ones."""
    incident = world.call()
    world.press(world.send(incident, "u1"), "refused")
    assert world.region.phase(incident) == "waiting"
    assert world.region.unit_state("u1") == "free"
    world.send(incident, "u1")  # and the same crew may be asked again


def test_the_norm_that_held_when_the_call_came_stays_with_it(world: World) -> None:
    """A later change of the norm moves no earlier call's deadline."""
    incident = world.call()
    before = world.region.incidents[incident].norm_ends_ms
    settings = world.region.settings
    world.do(commands.ConfigureRegion(settings=type(settings)(id="test", name=settings.name, norm_s=900)))
    assert world.region.incidents[incident].norm_ends_ms == before
