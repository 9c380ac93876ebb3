"""Stand-in: the crew's phone says where the unit is while its receiver is silent, and never otherwise."""

from __future__ import annotations

from typing import Literal

import msgspec

from tracking.device_clock import TOLERANCE_MS
from tracking.fix import Fix
from tracking.fleet import HDOP_M, STALE_AFTER_MS

COARSE_M = 500.0  # by mobile masts, not by satellites: no help in a town
OLD_MS = 60_000

Declined = Literal["receiver-speaks", "too-coarse", "too-old", "not-newer"]


class Reading(msgspec.Struct, frozen=True):
    """What a phone says of where it is.

    Attributes:
        taken_ms: when, by the service's clock, as the page knows it.
        accuracy_m: the phone is within this with 95% (W3C Geolocation).
    """

    lat_deg: float
    lon_deg: float
    taken_ms: int
    accuracy_m: float
    speed_mps: float | None = None
    course_deg: float | None = None


def is_silent(last: Fix | None, now_ms: int) -> bool:
    """Say whether a receiver does not speak; `last` is the unit's newest fix that is believed."""
    if last is None or last.taken_ms is None or last.source == "phone":
        return True
    return now_ms - last.taken_ms > STALE_AFTER_MS


def stand_in(unit: str, reading: Reading, last: Fix | None, now_ms: int) -> Fix | Declined:
    """Return the fix that a phone's reading makes, or why it makes none.

    Args:
        unit: whose crew carries the phone.
        reading: what the phone says.
        last: the unit's newest fix that is believed, of any source.
        now_ms: the service's clock.
    """
    if not is_silent(last, now_ms):
        return "receiver-speaks"
    if not reading.accuracy_m <= COARSE_M:
        return "too-coarse"
    if not now_ms - OLD_MS <= reading.taken_ms <= now_ms + TOLERANCE_MS:
        return "too-old"
    if last is not None and last.taken_ms is not None and reading.taken_ms <= last.taken_ms:
        return "not-newer"
    return Fix(
        unit=unit,
        taken_ms=reading.taken_ms,
        time_of_day_ms=None,
        received_ms=now_ms,
        lat_deg=reading.lat_deg,
        lon_deg=reading.lon_deg,
        speed_mps=reading.speed_mps,
        course_deg=reading.course_deg,
        hdop=reading.accuracy_m / HDOP_M,  # so that the fleet's radius is the phone's own
        source="phone",
    )
