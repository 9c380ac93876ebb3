"""What other systems' own issue trackers and inquiries tell went wrong: each a test of what must not happen.

TicketsCAD and Resgrid by their issues' numbers; London: the inquiry into the failure of 26 October 1992.
"""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from console.views import assignment_view, incident_view, unit_view
from console.whereabouts import Whereabouts, position_of
from dispatch import commands
from dispatch.candidate import Freshness, PositionOf
from dispatch.recommend import recommend
from dispatch.timers import alarms, timers
from routing.times import StraightLine
from tests.dispatch.conftest import PLACE, World
from tracking.fix import Fix
from tracking.fleet import Fleet


def at(unit: str, north_km: float, age_s: float, freshness: Freshness) -> PositionOf:
    """A position so many kilometres north of the call."""
    lat_deg = PLACE.lat_deg + north_km / 111.195
    return PositionOf(unit=unit, lat_deg=lat_deg, lon_deg=PLACE.lon_deg, age_s=age_s, freshness=freshness)


def test_65_a_reopened_incident_does_not_close_itself_without_a_trace(world: World) -> None:
    """No silent way back and no silent end: an ending is an entry, which says if it was automatic."""
    incident = world.call()
    world.press(world.send(incident, "u1"), "on_scene", "cleared")
    closings = [entry for entry in world.journal if entry.kind == "incident_closed"]
    assert [entry.event.automatic for entry in closings] == [True]  # type: ignore[union-attr]  # an IncidentClosed
    for command in (
        commands.AssignCrew(incident=incident, unit="u2"),
        commands.CloseIncident(incident=incident, outcome="again"),
        commands.CancelIncident(incident=incident, why="again"),
    ):
        assert world.no(command).code == "already-closed"
    world.now_ms += 10_000_000
    assert world.region.phase(incident) == "closed"


def test_71_the_board_and_the_map_do_not_disagree_about_a_units_age(world: World) -> None:
    """The age on the map and the age in a recommendation come from one fix by one clock."""
    fleet = Fleet(["u1"])
    now_ms = 1_800_000_000_000
    fix = Fix(
        unit="u1",
        taken_ms=now_ms - 7_000,
        time_of_day_ms=None,
        received_ms=now_ms - 1_000,
        lat_deg=55.0,
        lon_deg=61.0,
        quality="valid",
    )
    fleet.apply(fix, now_ms - 1_000)
    board = position_of(fleet, "u1", now_ms)
    units = world.region.units
    (shown,) = Whereabouts(fleet, lambda: units, lambda: now_ms).everyone()
    assert board is not None
    assert board.age_s == shown.age_s


def test_82_a_second_call_does_not_reset_a_units_status(world: World) -> None:
    """On scene it stays on scene, whatever is asked of it for another call."""
    world.press(world.send(world.call(), "u1"), "on_scene")
    second = world.call()
    assert world.no(commands.AssignCrew(incident=second, unit="u1")).code == "unit-busy"
    assert world.region.unit_state("u1") == "on_scene"


@pytest.mark.parametrize("freshness", ["stale", "suspect"])
def test_83_a_warning_that_is_shown_is_also_enforced(world: World, freshness: Freshness) -> None:
    """A position that is marked is ranked by what the mark means, ahead of no crew that is surely as near."""
    places = {
        "u1": at("u1", 1.0, 400.0, freshness),
        "u2": at("u2", 1.5, 1.0, "live"),
        "u3": at("u3", 20.0, 1.0, "live"),
        "u4": at("u4", 20.0, 1.0, "live"),
    }
    made = recommend(world.region, world.call(), places, StraightLine(), world.now_ms)
    marked = made.crew("u1")
    assert marked is not None
    assert made.crews[0].unit == "u2"
    assert marked.eta_s < made.crews[0].eta_s
    assert f"position_{freshness}" in {reason.code for reason in marked.reasons}


@pytest.mark.parametrize("priority", [1, 2, 3])
def test_87_the_severity_shown_is_the_one_that_was_saved(world: World, priority: int) -> None:
    """What the caller's form says is in the journal, in the region and in the view: one value."""
    incident = world.call("other", priority=priority)
    saved = next(entry.event for entry in world.journal if entry.kind == "incident_created")
    assert saved.priority == priority  # type: ignore[union-attr]  # an IncidentCreated
    shown = incident_view(world.region, world.region.incidents[incident])
    assert shown["priority"] == world.region.incidents[incident].priority == priority


def test_116_and_141_a_status_of_one_call_does_not_bleed_into_the_next(world: World) -> None:
    """The next assignment begins as notified, which is the reserved state, with no time of the last."""
    world.press(world.send(world.call(), "u1"), "acknowledged", "en_route", "on_scene", "cleared")
    second = world.region.assignments[world.send(world.call(), "u1")]
    assert set(second.times) == {"notified"}
    assert unit_view(world.region, world.region.units["u1"])["state"] == "notified"
    assert assignment_view(second)["status"] == "notified"


@pytest.mark.parametrize("end", ["close", "cancel"])
def test_resgrid_273_no_unit_stays_assigned_after_a_close(world: World, end: str) -> None:
    """Closing releases everybody in the same decision, and the entry that every screen gets names them."""
    incident = world.call()
    for unit in ("u1", "u2", "u3"):
        world.send(incident, unit)
    before = len(world.journal)
    if end == "close":
        world.do(commands.CloseIncident(incident=incident, outcome="done"))
    else:
        world.do(commands.CancelIncident(incident=incident, why="false alarm"))
    assert world.region.active == {}
    touched = {unit for entry in world.journal[before:] for unit in world.region.touched(entry).units}
    assert touched == {"u1", "u2", "u3"}
    assert {world.region.unit_state(unit) for unit in touched} == {"free"}


def test_london_1992_a_farther_crew_is_not_sent_because_a_position_was_wrong(world: World) -> None:
    """A crew seen next door twenty minutes ago goes after one that is surely five minutes away."""
    places = {
        "u1": at("u1", 0.1, 1_200.0, "stale"),
        "u2": at("u2", 2.4, 1.0, "live"),
        "u3": at("u3", 30.0, 1.0, "live"),
        "u4": at("u4", 30.0, 1.0, "live"),
    }
    made = recommend(world.region, world.call("chest_pain"), places, StraightLine(), world.now_ms)
    assert made.crews[0].unit == "u2"


def test_london_1992_no_alarm_scrolls_off_the_screen(world: World) -> None:
    """However often the same goes wrong, an alarm stays, once, until a person acknowledges it."""
    world.do(commands.RaiseAlarm(alarm_kind="panic", unit="u2"))
    world.send(world.call(), "u1")
    world.now_ms += 4_000_000
    for _ in range(1_000):
        for command in alarms(world.region, timers(world.region, world.now_ms), world.now_ms):
            world.do(command)
        world.do(commands.RaiseAlarm(alarm_kind="panic", unit="u2"))
    kinds = Counter((alarm.kind, alarm.unit) for alarm in world.region.alarms.values() if alarm.open)
    assert kinds == {("panic", "u2"): 1, ("not_acknowledged", "u1"): 1, ("not_moving", "u1"): 1}
    assert msgspec.json.encode(list(world.region.alarms.values()))


def test_london_1992_a_crew_that_was_sent_is_not_lost_sight_of(world: World) -> None:
    """Nobody has to remember that a crew has not answered: from 60 s on it is told, until it answers."""
    assignment = world.send(world.call(), "u1")
    assert [timer.name for timer in timers(world.region, world.now_ms + 61_000)] == ["not_acknowledged"]
    world.press(assignment, "acknowledged")
    assert timers(world.region, world.now_ms + 61_000) == []
