"""The page's circles: the same table as console/web/test/places.test.ts, answered by the fleet's own rule."""

from __future__ import annotations

import msgspec
import pytest

from console.feed import PARKED, STALE, SUSPECT
from console.whereabouts import FLAG_OF
from tracking.fix import Fix
from tracking.fleet import Fleet

NOW_MS = 1_790_000_000_000


def silent_since(age_s: float, *, stood: bool) -> Fleet:
    """Return a fleet whose unit drove or stood at its base until so long ago."""
    fleet = Fleet(["7"], bases={"7": (56.0, 60.0)})
    last_ms = NOW_MS - round(age_s * 1000)
    for step in range(20, -1, -1):
        taken_ms = last_ms - step * 10_000
        fix = Fix("7", taken_ms, None, taken_ms, 56.0, 60.0, 0.0)
        if not stood:
            fix = msgspec.structs.replace(fix, lat_deg=56.0 + step * 1e-4, speed_mps=2.0)
        fleet.apply(fix, taken_ms)
    return fleet


@pytest.mark.parametrize(
    ("age_s", "flag", "metres"),
    [
        (0, 0, 15),
        (20, 0, 815),
        (120, STALE, 4815),
        (120, PARKED, 2415),
        (40, PARKED, 1615),
        (90_000, STALE, 50_000),
    ],
)
def test_the_service_draws_the_same_circle(age_s: float, flag: int, metres: float) -> None:
    """A unit of that age and mark is within the radius that the page draws."""
    position = silent_since(age_s, stood=flag == PARKED).position("7", NOW_MS)
    assert position is not None
    assert (FLAG_OF[position.freshness], position.radius_m) == (flag, pytest.approx(metres))


def test_a_doubted_unit_is_within_the_same_circle() -> None:
    """A suspect one counts from its last good position, and its whole silence."""
    fleet = silent_since(600, stood=False)
    for second in range(5):
        taken_ms = NOW_MS - 5_000 + second * 1_000
        fleet.apply(Fix("7", taken_ms, None, taken_ms, 0.0, 0.0), taken_ms)
    position = fleet.position("7", NOW_MS)
    assert position is not None
    assert (FLAG_OF[position.freshness], position.radius_m) == (SUSPECT, pytest.approx(24_015))
