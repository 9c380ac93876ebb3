"""Hazard: something at an address that a crew must know before it rings the bell. Pure.

Each has an author and an end: what somebody wrote years ago must not mark a door for ever. It is shown on
every call at that address to the dispatcher and to the crew, and the sending of a crew records which ones
were shown.
"""

from __future__ import annotations

from math import cos, hypot, radians

import msgspec

from dispatch.callevents import AboutHazard, HazardWithdrawn
from dispatch.incident import Place

# Two places within this many metres are one address, when their names do not say so already.
SAME_ADDRESS_M = 25.0
LONGEST_MS = 366 * 86_400_000
M_PER_DEG = 111_195.0


class Hazard(msgspec.Struct, frozen=True, kw_only=True):
    """One hazard.

    Attributes:
        since_ms, by: when it was noted, and by whom; until_ms: when it ends by itself.
        withdrawn: why it is not there any more, or None.
    """

    id: str
    place: Place
    text: str
    since_ms: int
    until_ms: int
    by: str
    withdrawn: str | None = None


def fold_hazard(hazards: dict[str, Hazard], event: AboutHazard, at_ms: int, by: str) -> None:
    """Fold an event in."""
    if isinstance(event, HazardWithdrawn):
        hazards[event.hazard] = msgspec.structs.replace(hazards[event.hazard], withdrawn=event.why)
        return
    hazards[event.hazard] = Hazard(
        id=event.hazard,
        place=event.place,
        text=event.text,
        since_ms=at_ms,
        until_ms=event.until_ms,
        by=by,
    )


def hazards_at(hazards: dict[str, Hazard], place: Place, at_ms: int) -> list[Hazard]:
    """Return the hazards that hold at a place at an instant, the newest first."""
    return [
        each
        for each in reversed(hazards.values())
        if each.withdrawn is None and each.until_ms > at_ms and same_address(each.place, place)
    ]


def same_address(one: Place, other: Place) -> bool:
    """Say whether two places are one address: by their names close by, or by where they are."""
    away_m = distance_m(one, other)
    named_alike = _plain(one.label) == _plain(other.label) != ""
    return away_m <= SAME_ADDRESS_M or (named_alike and away_m <= 8 * SAME_ADDRESS_M)


def distance_m(one: Place, other: Place) -> float:
    """Return metres between two places of one city: equirectangular, off by less than 0.5% within 50 km."""
    north_m = (one.lat_deg - other.lat_deg) * M_PER_DEG
    east_m = (one.lon_deg - other.lon_deg) * M_PER_DEG * cos(radians((one.lat_deg + other.lat_deg) / 2))
    return hypot(north_m, east_m)


def _plain(label: str) -> str:
    return "".join(sign for sign in label.casefold() if sign.isalnum())
