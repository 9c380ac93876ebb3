"""Stand-in: when a phone's reading makes a fix, and what the fleet makes of it."""

from __future__ import annotations

import msgspec
import pytest

from tracking.fix import Fix
from tracking.fleet import Fleet
from tracking.standin import Declined, Reading, is_silent, stand_in

NOW_MS = 1_790_000_000_000
READING = Reading(lat_deg=56.0, lon_deg=60.0, taken_ms=NOW_MS - 1_000, accuracy_m=40.0)


def device_fix(age_ms: int) -> Fix:
    """Return a fix of the receiver, so old."""
    taken_ms = NOW_MS - age_ms
    return Fix("7", taken_ms, None, taken_ms, 56.0, 60.001)


@pytest.mark.parametrize(
    ("last", "changes", "expected"),
    [
        (None, {}, None),
        (device_fix(31_000), {}, None),
        (device_fix(30_000), {}, "receiver-speaks"),
        (device_fix(0), {}, "receiver-speaks"),
        (device_fix(90_000), {"accuracy_m": 500.0}, None),
        (device_fix(90_000), {"accuracy_m": 501.0}, "too-coarse"),
        (device_fix(90_000), {"taken_ms": NOW_MS - 61_000}, "too-old"),
        (device_fix(90_000), {"taken_ms": NOW_MS + 3_600_000}, "too-old"),
        (device_fix(40_000), {"taken_ms": NOW_MS - 40_000}, "not-newer"),
    ],
)
def test_a_phone_counts_only_while_the_receiver_is_silent(
    last: Fix | None, changes: dict[str, float], expected: Declined | None
) -> None:
    """Each reason to decline, at its bound; else a fix that says that it is a phone's."""
    made = stand_in("7", msgspec.structs.replace(READING, **changes), last, NOW_MS)
    if expected is not None:
        assert made == expected
    else:
        assert isinstance(made, Fix)
        assert made.source == "phone"


def test_the_fleet_believes_it_with_a_mark_and_the_receiver_takes_over_again() -> None:
    """The unit is where the phone is, marked, with the phone's radius; the receiver's next word ends that."""
    fleet = Fleet(["7"])
    assert fleet.apply(device_fix(90_000), NOW_MS - 90_000) == "moved"
    made = stand_in("7", READING, fleet.last("7"), NOW_MS)
    assert isinstance(made, Fix)
    assert fleet.apply(made, NOW_MS) == "moved"
    here = fleet.position("7", NOW_MS)
    assert here is not None
    assert (here.freshness, here.reasons, here.age_ms) == ("live", ("by_phone",), 1_000)
    assert here.radius_m == pytest.approx(40.0 + 40.0)  # its accuracy, and a second at top speed
    assert is_silent(fleet.last("7"), NOW_MS)
    assert fleet.apply(device_fix(0), NOW_MS) == "moved"
    after = fleet.position("7", NOW_MS)
    assert after is not None
    assert after.reasons == ()
    assert stand_in("7", READING, fleet.last("7"), NOW_MS) == "receiver-speaks"


def test_a_phone_that_falls_silent_is_stale_and_never_parked() -> None:
    """What the receiver's standing taught does not excuse the phone's silence."""
    fleet = Fleet(["7"], bases={"7": (56.0, 60.001)})
    for age_ms in range(200_000, 100_000, -10_000):
        fleet.apply(msgspec.structs.replace(device_fix(age_ms), speed_mps=0.0), NOW_MS - age_ms)
    assert fleet.freshness("7", NOW_MS) == "parked"
    made = stand_in("7", READING, fleet.last("7"), NOW_MS)
    assert isinstance(made, Fix)
    fleet.apply(made, NOW_MS)
    assert fleet.freshness("7", NOW_MS + 300_000) == "stale"
