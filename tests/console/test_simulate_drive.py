"""The demo's vehicles move as vehicles do."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.simulate.drive import (
    TOP_MPS,
    Drive,
    Place,
    Spot,
    course_deg,
    line_from,
    metres_between,
    moved,
)

HOME = Place(55.9, 60.6)


def _walk(legs: list[tuple[float, float]]) -> list[Place]:
    places = [HOME]
    for east_m, north_m in legs:
        places.append(moved(places[-1], east_m, north_m))
    return places


# Lines of 1 to 12 points, each up to some hundred metres from the last, in any direction, or on it.
lines = st.lists(
    st.tuples(st.floats(-400, 400), st.floats(-400, 400)) | st.just((0.0, 0.0)), min_size=0, max_size=11
).map(_walk)
etas_s = st.floats(0, 3600) | st.sampled_from([0.0, 1e-9, 1e9])


@given(lines, etas_s, st.floats(0, 40), st.integers(50, 5000))
def test_a_vehicle_never_teleports(line: list[Place], eta_s: float, start_mps: float, step_ms: int) -> None:
    """Between two looks a vehicle covers no more ground than its top speed allows, whatever the ETA."""
    drive = Drive(line, 1_000_000, eta_s, start_mps)
    for index in range(60):
        now_ms = 1_000_000 + index * step_ms
        before, after = drive.at(now_ms), drive.at(now_ms + step_ms)
        away_m = metres_between(before.place, after.place)
        assert away_m <= TOP_MPS * step_ms / 1000 * 1.01 + 0.01
        assert 0 <= after.speed_mps <= TOP_MPS * 1.01
        assert 0 <= after.course_deg < 360


@given(lines, etas_s, st.floats(0, 40))
def test_a_drive_begins_at_its_beginning_and_ends_at_its_end(
    line: list[Place], eta_s: float, start_mps: float
) -> None:
    """Before the start a vehicle is at the first point, from `ends_ms` on it stands at the last one."""
    drive = Drive(line, 5_000, eta_s, start_mps)
    assert metres_between(drive.at(0).place, line[0]) < 0.01
    assert metres_between(drive.at(5_000).place, line[0]) < 0.01
    assert drive.at(drive.ends_ms) == drive.at(drive.ends_ms + 10**9)
    assert metres_between(drive.at(drive.ends_ms).place, line[-1]) <= 0.06 * len(line)
    assert drive.at(drive.ends_ms).speed_mps == 0


@given(lines, st.floats(1, 3600))
def test_a_drive_never_goes_back(line: list[Place], eta_s: float) -> None:
    """The ground covered since the start only grows, and no more than the line's length is ever covered."""
    drive = Drive(line, 0, eta_s)
    covered_m, last = 0.0, drive.at(0)
    for index in range(1, 201):
        now = drive.at(drive.ends_ms * index // 200)
        covered_m += metres_between(last.place, now.place)
        last = now
    assert covered_m <= drive.length_m + 0.1


def test_a_route_takes_what_the_router_said() -> None:
    """A kilometre with a right angle in 100 s ends after 100 s, slow in the bend, fast on the straights."""
    corner = moved(HOME, 500, 0)
    drive = Drive([HOME, corner, moved(corner, 0, 500)], 0, 100.0)
    assert drive.ends_ms == pytest.approx(100_000, abs=2)
    speeds = [drive.at(second * 1000) for second in range(100)]
    at_bend = min(speeds, key=lambda spot: metres_between(spot.place, corner))
    assert at_bend.speed_mps < 0.6 * max(spot.speed_mps for spot in speeds)
    assert drive.at(20_000).course_deg == pytest.approx(90, abs=0.1)
    assert drive.at(80_000).course_deg % 360 == pytest.approx(0, abs=0.1)


def test_an_impossible_estimate_is_not_driven() -> None:
    """Ten kilometres "in one second" take as long as the top speed needs."""
    drive = Drive([HOME, moved(HOME, 10_000, 0)], 0, 1.0)
    assert drive.ends_ms >= 10_000 / TOP_MPS * 1000


def test_a_route_made_for_an_older_position_is_joined_ahead() -> None:
    """A vehicle that drove on while the route was made does not turn back to where the route starts."""
    route = [HOME, moved(HOME, 100, 0), moved(HOME, 100, 300)]
    here = moved(HOME, 60, 4)
    line = line_from(here, route)
    assert line == [here, *route[1:]]


def test_a_vehicle_off_the_road_drives_to_the_routes_start_first() -> None:
    """From a courtyard 80 m away the whole route is kept, with the way to it in front."""
    route = [HOME, moved(HOME, 500, 0)]
    here = moved(HOME, -20, -80)
    assert line_from(here, route) == [here, *route]


@pytest.mark.parametrize("route", [[], [HOME]])
def test_a_route_of_nothing_is_a_drive_to_nowhere_else(route: list[Place]) -> None:
    """Equal ends give a route without length: the vehicle is there already."""
    drive = Drive(line_from(HOME, route), 0, 0.0)
    assert drive.ends_ms == 0
    assert drive.at(0) == Spot(*HOME, 0.0, 0.0)


@given(st.floats(-70, 70), st.floats(-179, 179), st.floats(-900, 900), st.floats(-900, 900))
def test_offsets_and_distances_agree(lat_deg: float, lon_deg: float, east_m: float, north_m: float) -> None:
    """Moving by metres and measuring the way back gives the same distance and direction."""
    start = Place(lat_deg, lon_deg)
    end = moved(start, east_m, north_m)
    away_m = math.hypot(east_m, north_m)
    assert metres_between(start, end) == pytest.approx(away_m, rel=2e-3, abs=0.02)
    if away_m > 1:
        turn = (course_deg(start, end) - math.degrees(math.atan2(east_m, north_m)) + 180) % 360 - 180
        assert abs(turn) < 0.2
