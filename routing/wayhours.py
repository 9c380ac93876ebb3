"""Wayhours: by which hours a ferry, a bridge, a winter road or a pass is open, from its tags.

Signs that only forbid ("no motor vehicles 7–10") do not stop an ambulance, as little as they do all day long
(`routing.access`); hours that mean something physical do. Those are told by what carries them: a ferry, a
movable bridge, a winter or ice road, a seasonal road, a road with opening hours of its own, and any ban for a
season of the year (snow on a pass). What is physical and not understood is closed, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from routing.hours import schedule, seasonal
from routing.timetable import open_while, shut_while

Tags = Mapping[str, str]

CONDITIONAL = ("emergency", "motor_vehicle", "motorcar", "vehicle", "access")
HOUR_KEYS = ("opening_hours", *(f"{key}:conditional" for key in CONDITIONAL))
OPEN = frozenset({"yes", "designated", "official", "permissive", "destination", "private"})
SEASONS = {
    "spring": "Mar-May",
    "summer": "Jun-Aug",
    "autumn": "Sep-Nov",
    "fall": "Sep-Nov",
    "winter": "Dec-Feb",
}
FROZEN = ("ice_road", "winter_road")
_CLAUSE = re.compile(r"([^@;]+)@\s*(\([^()]*\)|[^;()]+)\s*(?:;|\Z)")


class Kept(NamedTuple):
    """What a way's tags say about its hours."""

    rule: str = ""  # as `routing.timetable` reads it; "": none
    closed: bool = False  # never promised: physical, and no hours that could be read
    opens: bool = False  # the rule lifts a ban of the way's own access tags
    unknown: str = ""  # hours that were not understood


def keeps(tags: Tags) -> Kept:
    """Return by which hours a way is open.

    Args:
        tags: of a way that has `highway`, or is a ferry.
    """
    frozen = any(tags.get(key) == "yes" for key in FROZEN)
    season = tags.get("seasonal", "no")
    movable = tags.get("bridge") == "movable" or "bridge:movable" in tags
    physical = frozen or movable or season != "no" or tags.get("route") == "ferry"
    if not physical and not any(key in tags for key in HOUR_KEYS):
        return Kept()
    kept = _conditional(tags, physical=physical)
    if kept.rule or kept.unknown:
        return kept
    if hours := tags.get("opening_hours"):
        if schedule(hours) is not None:
            return Kept(open_while(hours))
        return Kept(closed=physical, unknown=hours)
    if season != "no":
        months = [SEASONS.get(name.strip()) for name in re.split(r"[;,]", season)]
        if all(months):
            return Kept(open_while(",".join(month for month in months if month)))
        return Kept(closed=True, unknown=f"seasonal={season}")
    return Kept(closed=frozen, unknown="winter road without months" if frozen else "")


def _conditional(tags: Tags, *, physical: bool) -> Kept:
    banned = (tags.get("motor_vehicle") or tags.get("vehicle") or tags.get("access")) == "no"
    for key in CONDITIONAL:
        for clause in _CLAUSE.finditer(tags.get(f"{key}:conditional", "")):
            value = clause[1].strip()
            hours = clause[2].strip().removeprefix("(").removesuffix(")").strip()
            if value != "no" and not (value in OPEN and banned):
                continue
            rules = schedule(hours)
            if rules is None:
                if physical and "weight" not in hours:
                    return Kept(closed=True, unknown=hours)
            elif physical or seasonal(rules):
                if value == "no":
                    return Kept(shut_while(hours))
                return Kept(open_while(hours), opens=True)
    return Kept()
