"""Zone: a part of the region that somebody watches: some substations' surroundings, or a polygon. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from dispatch.catalogue import Substation, Zone


def zone_of(
    zones: Iterable[Zone], substations: Mapping[str, Substation], lat_deg: float, lon_deg: float
) -> str | None:
    """Return the zone that a place lies in, or None where there are no zones.

    The first zone whose polygon holds the place; else the zone of the nearest substation that belongs to one,
    as the crow flies: every place of the region is in a zone as soon as one has a substation.
    """
    several = list(zones)
    for zone in several:
        if len(zone.polygon) > 2 and _inside(zone.polygon, lat_deg, lon_deg):
            return zone.id
    near = [
        (_apart(substations[base], lat_deg, lon_deg), zone.id)
        for zone in several
        for base in zone.substations
        if base in substations
    ]
    return min(near)[1] if near else None


def _inside(polygon: Iterable[tuple[float, float]], lat_deg: float, lon_deg: float) -> bool:
    """Return whether a ray to the east crosses the outline an odd number of times."""
    corners = list(polygon)
    inside = False
    for (lat, lon), (next_lat, next_lon) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (lat > lat_deg) != (next_lat > lat_deg):
            crosses_lon = lon + (lat_deg - lat) / (next_lat - lat) * (next_lon - lon)
            inside ^= lon_deg < crosses_lon
    return inside


def _apart(base: Substation, lat_deg: float, lon_deg: float) -> float:
    """Return the distance in degrees of latitude, near enough to tell which base is nearer."""
    east = (base.lon_deg - lon_deg) * math.cos(math.radians(lat_deg))
    return math.hypot(base.lat_deg - lat_deg, east)


def bad_zones(zones: Iterable[Zone], substations: Iterable[str]) -> tuple[str, str] | None:
    """Return the first zone that cannot be meant and why, or None."""
    known = set(substations)
    taken: dict[str, str] = {}
    seen: set[str] = set()
    for zone in zones:
        if zone.id in seen:
            return zone.id, "its id is given twice"
        seen.add(zone.id)
        if not zone.substations and len(zone.polygon) < 3:
            return zone.id, "it has neither substations nor a polygon of three corners"
        for base in zone.substations:
            if known and base not in known:
                return zone.id, f"there is no substation {base!r}"
            if base in taken:
                return zone.id, f"the substation {base!r} belongs to {taken[base]!r} already"
            taken[base] = zone.id
        if not all(_on_earth(corner) for corner in zone.polygon):
            return zone.id, "a corner of its polygon is no position"
    return None


def _on_earth(corner: tuple[float, float]) -> bool:
    lat_deg, lon_deg = corner
    return -90 <= lat_deg <= 90 and -180 <= lon_deg <= 180
