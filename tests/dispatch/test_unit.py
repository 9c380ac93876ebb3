from __future__ import annotations

from collections.abc import Callable
from itertools import product

from dispatch import commands
from dispatch.unit import DUTIES, TRANSITIONS
from tests.dispatch.conftest import World


def test_every_pair_of_duties_is_either_obeyed_or_refused_with_its_reason(
    new_world: Callable[[], World],
) -> None:
    """Asking for any duty in any duty does what the table says, and a No names both."""
    assert set(TRANSITIONS) == set(DUTIES)
    ways = {duty: [] if duty == "on" else [duty] for duty in DUTIES}
    for before, after in product(DUTIES, DUTIES):
        world = new_world()
        for duty in ways[before]:
            world.do(commands.SetDuty(unit="u1", duty=duty))
        if after == before:
            assert world.do(commands.SetDuty(unit="u1", duty=after)) == []
        elif after in TRANSITIONS[before]:
            world.do(commands.SetDuty(unit="u1", duty=after))
            assert world.region.unit_state("u1") == ("free" if after == "on" else after)
        else:
            refused = world.no(commands.SetDuty(unit="u1", duty=after))
            assert (refused.code, refused.values["from"], refused.values["to"]) == (
                "duty-transition",
                before,
                after,
            )


def test_a_pause_says_until_when_and_its_end_may_be_moved(world: World) -> None:
    """The expected end is kept, may be changed without another duty, lies ahead, and goes with the pause."""
    until_ms = world.now_ms + 3_600_000
    world.do(commands.SetDuty(unit="u1", duty="out_of_order", until_ms=until_ms, why="шина"))
    unit = world.region.units["u1"]
    assert (unit.duty_until_ms, unit.duty_why) == (until_ms, "шина")
    assert world.do(commands.SetDuty(unit="u1", duty="out_of_order", until_ms=until_ms)) == []
    world.do(commands.SetDuty(unit="u1", duty="out_of_order", until_ms=until_ms + 60_000))
    assert world.region.units["u1"].duty_until_ms == until_ms + 60_000
    for wrong_ms in (world.now_ms - 1, world.now_ms + 63 * 86_400_000):
        refused = world.no(commands.SetDuty(unit="u1", duty="out_of_order", until_ms=wrong_ms))
        assert refused.values["field"] == "until_ms"
    world.do(commands.SetDuty(unit="u1", duty="on"))
    assert world.region.units["u1"].duty_until_ms is None


def test_a_bound_crew_cannot_leave_yet_can_report_a_broken_vehicle(world: World) -> None:
    """Break and off are refused with the incident's id; out of order is taken, and the call stays."""
    incident = world.call()
    world.send(incident, "u1")
    for duty in ("break", "off"):
        refused = world.no(commands.SetDuty(unit="u1", duty=duty))
        assert (refused.code, refused.values["incident"]) == ("unit-busy", incident)
    world.do(commands.SetDuty(unit="u1", duty="out_of_order"))
    assert world.region.unit_state("u1") == "notified"


def test_a_units_state_is_its_assignments_status_and_then_its_duty(world: World) -> None:
    """The state follows the buttons of the active assignment, with its times, and ends as free."""
    assignment = world.send(world.call(), "u1")
    for status in ("acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital"):
        world.press(assignment, status)
        assert world.region.unit_state("u1") == status
        assert world.region.unit_state_since_ms("u1") == world.now_ms
    world.press(assignment, "cleared")
    assert world.region.unit_state("u1") == "free"
    assert world.region.unit_state_since_ms("u1") == world.now_ms


def test_registering_again_changes_what_changed_and_keeps_the_index(world: World) -> None:
    """The same unit again is no event; another call sign is one; index and duty stay."""
    same = commands.RegisterUnit(unit="u2", call_sign="2", crew_kind="paramedic", substation="s1")
    assert world.do(same) == []
    world.do(commands.RegisterUnit(unit="u2", call_sign="Б-2", crew_kind="paramedic", substation="s2"))
    unit = world.region.units["u2"]
    assert (unit.index, unit.duty, unit.call_sign, unit.substation) == (1, "on", "Б-2", "s2")
