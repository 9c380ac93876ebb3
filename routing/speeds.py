"""Speeds: road class, posted limit, surface and siren → how fast an ambulance travels.

Two figures a class, both *travel* speeds (junctions, lights and bends included), not limits:

- without siren, what a careful car makes: a fraction of the limit that falls with the class, because the more
  a road is a street of houses, the more of the time on it goes to crossings and parked cars;
- with siren, faster by 15 to 25%: it buys right of way at lights and between lanes, but does not straighten
  bends or widen courtyards.

These figures are a judgement to start from, not measured on Russian runs; a fleet's own runs correct them.
The hour of day (`hour_factor`) follows 97,000 German blue-light runs: rush hour mattered little to them and
the night was slower, so the congestion that cars meet is not copied to runs with siren.

Limits are those of the Russian road code (ПДД РФ 10.2-10.3): 60 km/h in towns, 20 in living zones and
courtyards, 90 outside towns, 110 on motorways; elsewhere (`ELSEWHERE_KMH`) 50 in towns and 30 in streets of
houses, as most of Europe posts them. Where a way carries `maxspeed`, both travel speeds scale with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class ClassSpeed(NamedTuple):
    """Speeds of one road class, km/h."""

    limit_kmh: float  # what the law allows where nothing is posted
    plain_kmh: float  # travel speed without siren at that limit
    siren_kmh: float  # travel speed with siren at that limit


# The order is the class's number in a saved map: append, never reorder without a new map version.
CLASSES: dict[str, ClassSpeed] = {
    "motorway": ClassSpeed(110, 95, 115),
    "motorway_link": ClassSpeed(60, 50, 60),
    "trunk": ClassSpeed(90, 70, 85),
    "trunk_link": ClassSpeed(60, 45, 54),
    "primary": ClassSpeed(60, 42, 52),
    "primary_link": ClassSpeed(60, 38, 46),
    "secondary": ClassSpeed(60, 40, 49),
    "secondary_link": ClassSpeed(60, 36, 43),
    "tertiary": ClassSpeed(60, 37, 45),
    "tertiary_link": ClassSpeed(60, 33, 40),
    "unclassified": ClassSpeed(60, 35, 42),
    "residential": ClassSpeed(60, 28, 33),
    "road": ClassSpeed(60, 28, 33),  # class unknown: as a residential street
    "living_street": ClassSpeed(20, 14, 17),
    "service": ClassSpeed(20, 14, 17),  # courtyards: the code's living-zone limit holds there too
    "busway": ClassSpeed(60, 38, 46),
    "track": ClassSpeed(60, 18, 20),
    "pedestrian": ClassSpeed(20, 8, 10),  # among people on foot: walking pace and a little more
    "path": ClassSpeed(20, 7, 8),  # a footway marked as open to emergency vehicles
    "barrier": ClassSpeed(20, 14, 17),  # a gate: no length, only the time to pass it
    "ferry": ClassSpeed(10, 10, 10),  # each takes its own time, with the wait for it (`routing.ferries`)
}

# Outside Russia the law's limit of these classes is another; travel speeds scale with it.
ELSEWHERE_KMH = {
    "motorway": 120.0,
    "trunk": 90.0,
    **dict.fromkeys(("primary", "secondary", "tertiary", "unclassified", "busway"), 50.0),
    **dict.fromkeys(("motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link"), 50.0),
    **dict.fromkeys(("residential", "road"), 50.0),
}

# How many times as long a road takes, by the hours from … up to …, without siren: what cars meet in a city.
CITY_HOURS = (
    (0, 6, 0.90),
    (6, 7, 1.0),
    (7, 10, 1.25),
    (10, 16, 1.10),
    (16, 20, 1.25),
    (20, 22, 1.0),
    (22, 24, 0.90),
)
# With siren: rush hour hardly matters. At night German runs were 22% slower; half of that is taken here,
# since it is not known how much of it is the roads' and how much the runs' own (fewer crews, farther calls).
SIREN_HOURS = (
    (0, 6, 1.10),
    (6, 7, 1.0),
    (7, 10, 1.04),
    (10, 16, 1.0),
    (16, 20, 1.04),
    (20, 22, 1.0),
    (22, 24, 1.10),
)
# Where no queue forms, only the siren's night counts.
QUIET = frozenset({"service", "track", "pedestrian", "path", "barrier", "living_street", "ferry"})

CLASS_NUMBERS = {name: number for number, name in enumerate(CLASSES)}

# No travel speed leaves these bounds, whatever a map says.
SLOWEST_KMH, FASTEST_KMH = 4.0, 130.0

# Zone values of maxspeed and of ZONE_KEYS (wiki.openstreetmap.org/wiki/Key:maxspeed).
ZONES = {
    "urban": 60.0,
    "rural": 90.0,
    "trunk": 90.0,
    "motorway": 110.0,
    "living_street": 20.0,
}
ZONES_ELSEWHERE = {"urban": 50.0, "rural": 90.0, "trunk": 100.0, "motorway": 120.0, "living_street": 10.0}
ZONE_KEYS = ("maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic")

# Caps by what the wheels stand on, km/h: (without siren, with).
ROUGH = {
    "unpaved": (30, 34),
    "gravel": (35, 40),
    "fine_gravel": (35, 40),
    "compacted": (40, 46),
    "dirt": (22, 25),
    "earth": (22, 25),
    "ground": (22, 25),
    "grass": (15, 17),
    "sand": (12, 13),
    "mud": (8, 9),
    "cobblestone": (30, 34),
    "unhewn_cobblestone": (22, 25),
    "sett": (35, 40),
    "concrete:plates": (35, 40),
}
BROKEN = {"bad": (32, 36), "very_bad": (20, 22), "horrible": (12, 13), "very_horrible": (8, 9)}

# Private roads are open to an ambulance, but are not a way through: slower, so that they are used to arrive.
PRIVATE_FACTOR = 0.7

_NUMBER = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?\s*\Z", re.IGNORECASE)
_UNITS = {"mph": 1.609344, "knots": 1.852}


def parse_maxspeed(text: str) -> float | None:
    """Return a posted limit in km/h, or None where the text names none.

    Understands "60", "40 mph", zones ("RU:urban", "urban", "DE:rural"), "walk" and lists ("60;40",
    "60|40|40": the lowest). "none", "signals", "variable" and anything else give None: the class decides.
    """
    limits = [limit for part in re.split(r"[;|,]", text) if (limit := _one_limit(part.strip())) is not None]
    return min(limits, default=None)


def _one_limit(text: str) -> float | None:
    if match := _NUMBER.match(text):
        limit = float(match[1]) * _UNITS.get((match[2] or "").lower(), 1.0)
        return limit if 3 <= limit <= 200 else None
    if text.lower() in ("walk", "ru:walk"):
        return 5.0
    country, _, zone = text.rpartition(":")
    zone = zone.lower()
    if zone.startswith("zone") and zone[4:].isdigit():  # "DE:zone30"
        return float(zone[4:]) if 3 <= float(zone[4:]) <= 200 else None
    return (ZONES if country.upper() in ("", "RU", "BY", "KZ") else ZONES_ELSEWHERE).get(zone)


def posted_limit(tags: Mapping[str, str]) -> float | None:
    """Return the limit that a way's tags state, km/h: its maxspeed, else its zone, else None."""
    for key in ("maxspeed", "maxspeed:forward", "maxspeed:backward", *ZONE_KEYS):
        if (text := tags.get(key)) and (limit := parse_maxspeed(text)) is not None:
            return limit
    return None


def hour_factor(road: str, hour: int, *, siren: bool) -> float:
    """Return how many times as long a road of this class takes at a local hour (0–23)."""
    if road in QUIET:
        return 1.0
    table = SIREN_HOURS if siren else CITY_HOURS
    return next(factor for first, end, factor in table if first <= hour < end)


def travel_speeds(
    road: str, tags: Mapping[str, str], *, private: bool = False, russia: bool = True
) -> tuple[float, float]:
    """Return the travel speeds on a way, km/h: (without siren, with siren).

    Args:
        road: a key of `CLASSES`.
        tags: the way's OSM tags.
        private: whether it is private ground.
        russia: whether the Russian law's limits hold where none is posted.
    """
    speed = CLASSES[road]
    lawful_kmh = speed.limit_kmh if russia else ELSEWHERE_KMH.get(road, speed.limit_kmh)
    scale = (posted_limit(tags) or lawful_kmh) / speed.limit_kmh
    plain, siren = speed.plain_kmh * scale, speed.siren_kmh * scale
    for caps, key in ((ROUGH, "surface"), (BROKEN, "smoothness")):
        if cap := caps.get(tags.get(key, "")):
            plain, siren = min(plain, cap[0]), min(siren, cap[1])
    if private:
        plain, siren = plain * PRIVATE_FACTOR, siren * PRIVATE_FACTOR
    return _bounded(plain), _bounded(siren)


def _bounded(kmh: float) -> float:
    return round(min(max(kmh, SLOWEST_KMH), FASTEST_KMH), 1)
