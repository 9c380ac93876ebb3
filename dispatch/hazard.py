"""Hazard: something at an address that a crew must know before it rings the bell. Pure.

Each has an author and an end: what somebody wrote years ago must not mark a door for ever. It is shown on
every call at that address to the dispatcher and to the crew, and the sending of a crew records which ones
were shown.
"""

from __future__ import annotations

from math import cos, floor, hypot, radians

import msgspec

from dispatch.callevents import AboutHazard, HazardWithdrawn
from dispatch.incident import Place

# Two places within this many metres are one address, when their names do not say so already.
SAME_ADDRESS_M = 25.0
LONGEST_MS = 366 * 86_400_000
# What ended so long ago leaves the fold; the journal keeps it.
KEPT_MS = 2 * 86_400_000
# 222 m, and at least 230 m up to 78° of latitude: more than two names of one address may lie apart.
CELL_LAT_DEG, CELL_LON_DEG = 0.002, 0.01
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


def fold_hazard(
    hazards: dict[str, Hazard], cells: dict[str, tuple[str, ...]], event: AboutHazard, at_ms: int, by: str
) -> None:
    """Fold an event in.

    Args:
        hazards: what is known, the oldest first.
        cells: the ids of those in each cell of a grid, so that an address need not be held against all.
        event: what happened.
        at_ms: when, ms since 1970 UTC.
        by: who says so.
    """
    if isinstance(event, HazardWithdrawn):
        hazards[event.hazard] = msgspec.structs.replace(hazards[event.hazard], withdrawn=event.why)
        return
    for old in [each for each in hazards.values() if each.until_ms < at_ms - KEPT_MS]:
        del hazards[old.id]
        name = _cell(*_cell_of(old.place))
        if left := tuple(each for each in cells[name] if each != old.id):
            cells[name] = left
        else:
            del cells[name]
    hazards[event.hazard] = Hazard(
        id=event.hazard,
        place=event.place,
        text=event.text,
        since_ms=at_ms,
        until_ms=event.until_ms,
        by=by,
    )
    name = _cell(*_cell_of(event.place))
    cells[name] = (*cells.get(name, ()), event.hazard)


def hazards_at(
    hazards: dict[str, Hazard], cells: dict[str, tuple[str, ...]], place: Place, at_ms: int
) -> list[Hazard]:
    """Return the hazards that hold at a place at an instant, the newest first; see `fold_hazard`."""
    if not hazards:
        return []
    north, east = _cell_of(place)
    near = [
        hazards[each]
        for row in range(north - 1, north + 2)
        for column in range(east - 1, east + 2)
        for each in cells.get(_cell(row, column), ())
    ]
    found = [
        each
        for each in near
        if each.withdrawn is None and each.until_ms > at_ms and same_address(each.place, place)
    ]
    return sorted(found, key=lambda each: (each.since_ms, each.id), reverse=True)


def _cell_of(place: Place) -> tuple[int, int]:
    """Return the place's cell; up to 78° of latitude its neighbours hold all that may be the same address."""
    return floor(place.lat_deg / CELL_LAT_DEG), floor(place.lon_deg / CELL_LON_DEG)


def _cell(north: int, east: int) -> str:
    return f"{north}:{east}"


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
