from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.distance import METRES_PER_DEGREE
from tracking.fix import Fix
from tracking.motion import ARRIVED_M, Motion, Started, Stopped

NOW_MS = 1_795_273_200_000
LAT_DEG, LON_DEG = 55.75, 37.62


def fix_at(at_s: float, north_m: float, east_m: float = 0.0, speed_mps: float | None = None) -> Fix:
    """A fix in metres from a point in Moscow."""
    taken_ms = NOW_MS + round(at_s * 1000)
    lat_deg = LAT_DEG + north_m / METRES_PER_DEGREE
    lon_deg = LON_DEG + east_m / METRES_PER_DEGREE / math.cos(math.radians(LAT_DEG))
    return Fix("1", taken_ms, taken_ms % 86_400_000, taken_ms, lat_deg, lon_deg, speed_mps)


def at_s(event: Started | Stopped) -> float:
    """When it happened, in seconds."""
    return (event.at_ms - NOW_MS) / 1000


def run(noise_m: float, chance: random.Random, *, speeds: bool = True) -> Iterator[Fix]:
    """Two minutes at the base, 3 km with a red light half-way, ten minutes at the patient's."""
    north_m = 0.0
    for second in range(120 + 212 + 600):
        driving = 120 <= second < 332 and not 220 <= second < 232
        north_m += 15.0 if driving else 0.0
        speed_mps = max(0.0, (15.0 if driving else 0.0) + chance.gauss(0, 0.3)) if speeds else None
        yield fix_at(second, north_m + chance.gauss(0, noise_m), chance.gauss(0, noise_m), speed_mps)


def told(fixes: list[Fix]) -> tuple[Motion, list[Started | Stopped]]:
    """Observe them all."""
    motion = Motion()
    return motion, [event for fix in fixes for event in motion.observe(fix)]


@pytest.mark.parametrize("noise_m", [0.0, 3.0, 6.0])
@pytest.mark.parametrize("speeds", [True, False])
def test_a_run_has_one_start_and_one_arrival(noise_m: float, speeds: bool) -> None:
    """Driving off and arriving are dated to within seconds, and a red light is neither."""
    motion, events = told(list(run(noise_m, random.Random(3), speeds=speeds)))
    assert [type(event) for event in events] == [Stopped, Started, Stopped]
    assert at_s(events[1]) == pytest.approx(120, abs=10)
    assert at_s(events[2]) == pytest.approx(332, abs=10)
    assert motion.arrived(LAT_DEG + 3100 / METRES_PER_DEGREE, LON_DEG) == events[2]
    assert motion.arrived(LAT_DEG + 2500 / METRES_PER_DEGREE, LON_DEG) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32), st.floats(0.0, 0.6), st.floats(0.0, 8.0))
def test_noise_and_losses_invent_nothing(seed: int, lost: float, noise_m: float) -> None:
    """With up to 60% of fixes lost and 8 m of noise there is the same start and the same arrival."""
    chance = random.Random(seed)
    fixes = [fix for fix in run(noise_m, chance) if chance.random() >= lost]
    _, events = told(fixes)
    assert [type(event) for event in events] == [Stopped, Started, Stopped]
    assert at_s(events[1]) == pytest.approx(120, abs=25)
    assert at_s(events[2]) == pytest.approx(332, abs=25)


def test_a_gap_says_between_which_moments_it_happened() -> None:
    """Departure and arrival in a dead spot: the truth lies between the two instants of each."""
    standing = [fix_at(second, 0, speed_mps=0) for second in range(60)]
    there = [fix_at(second, 5_000, speed_mps=0) for second in range(600, 660)]
    _, events = told([*standing, *there])
    _, started, stopped = events
    assert isinstance(started, Started)
    assert isinstance(stopped, Stopped)
    assert (started.not_before_ms, started.at_ms) == (NOW_MS + 59_000, NOW_MS + 600_000)
    assert (stopped.not_before_ms, stopped.at_ms) == (NOW_MS + 59_000, NOW_MS + 600_000)


def test_an_outlier_and_a_slow_drift_are_no_departure() -> None:
    """One echo of 300 m, and 90 m of drift without any speed, leave a standing unit standing."""
    fixes = [fix_at(second, 300 if second == 70 else 0, speed_mps=0) for second in range(120)]
    fixes += [fix_at(120 + second, 0.3 * second, speed_mps=0.1) for second in range(300)]
    motion, events = told(fixes)
    assert [type(event) for event in events] == [Stopped]
    assert not motion.moving


def test_driving_past_is_not_arriving() -> None:
    """Slowly past the door, and on."""
    motion = Motion()
    for second in range(120):
        motion.observe(fix_at(second, 5.0 * second - 300, speed_mps=5))
        assert motion.arrived(LAT_DEG, LON_DEG) is None
    assert motion.moving


def test_a_device_that_speaks_once_a_minute_is_understood() -> None:
    """Standing, driving and standing again, at one fix a minute."""
    fixes = [fix_at(60 * n, 0, speed_mps=0) for n in range(5)]
    fixes += [fix_at(300 + 60 * n, 600 * (n + 1), speed_mps=10) for n in range(5)]
    fixes += [fix_at(600 + 60 * n, 3_200, speed_mps=0) for n in range(5)]
    _, events = told(fixes)
    assert [(type(event), at_s(event)) for event in events] == [(Stopped, 0), (Started, 300), (Stopped, 600)]


@settings(deadline=None)
@given(st.integers(0, 1 << 32))
def test_what_comes_late_or_twice_changes_nothing(seed: int) -> None:
    """Repetitions and old fixes between the new ones give the same events."""
    chance = random.Random(seed)
    fixes = list(run(2.0, random.Random(1)))[:400:3]
    mixed: list[Fix] = []
    for number, fix in enumerate(fixes):
        mixed.append(fix)
        if chance.random() < 0.3:
            mixed.append(fixes[chance.randrange(number + 1)])
    assert told(mixed)[1] == told(fixes)[1]


def test_who_stands_at_the_door_already_has_arrived() -> None:
    """A unit first seen at its destination is there; nobody knows since when."""
    motion, _ = told([fix_at(second, 0, speed_mps=0) for second in range(30)])
    stop = motion.arrived(LAT_DEG + (ARRIVED_M - 10) / METRES_PER_DEGREE, LON_DEG)
    assert stop is not None
    assert stop.not_before_ms is None


@pytest.mark.shared
def test_real_receivers_that_stand_are_seen_to_stand(
    gpsd_logs: list[Path], decoded: Callable[[bytes], list[Fix]]
) -> None:
    """Of the real logs of a minute or more in which nothing moved, none tells of a departure."""
    standing = 0
    for log in gpsd_logs:
        fixes = [fix for fix in decoded(log.read_bytes()) if fix.taken_ms is not None]
        if len(fixes) < 60:
            continue
        reach_m = max(
            math.hypot(
                (fix.lat_deg - fixes[0].lat_deg) * METRES_PER_DEGREE,
                (fix.lon_deg - fixes[0].lon_deg) * METRES_PER_DEGREE,
            )
            for fix in fixes
        )
        motion, events = told([msgspec.structs.replace(fix, unit="u") for fix in fixes])
        if reach_m < 30:
            standing += 1
            assert not [event for event in events if isinstance(event, Started)], log.name
            assert motion.state == "standing", log.name
    assert standing >= 3
