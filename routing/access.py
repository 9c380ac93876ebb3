"""Access: which ways an ambulance may use, in which directions, and what a barrier on the way costs it.

An ambulance is no car: courtyards, private ground, bus lanes and emergency ways are its daily bread, while
the law that keeps cars out of a street of people on foot lets it in at walking pace. What it cannot pass
physically (steps, bollards, a height of 2.5 m) stays closed. Tags are those of wiki.openstreetmap.org; every
decision is a line of a table here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from routing.speeds import CLASSES


class WayUse(NamedTuple):
    """How an ambulance may use one way."""

    road: str  # a key of speeds.CLASSES
    forward: bool  # in the direction in which the way is drawn
    backward: bool
    private: bool


Tags = Mapping[str, str]

YES = frozenset(
    {"yes", "designated", "official", "permissive", "destination", "private", "customers", "delivery"}
)
PRIVATE = frozenset({"private", "permit", "agricultural", "forestry", "residents", "military"})

# Roads by their own right; everything else (construction, proposed, steps, platform, …) is no road.
ROADS = frozenset(CLASSES) - {"path", "barrier", "ferry"}

# For people on foot or on bicycles: roads only where tagged open to emergency or to motor vehicles.
# Steps are not here: no tag makes a vehicle climb them.
FOOT = frozenset({"footway", "cycleway", "path", "bridleway"})

# Field and forest tracks that an ambulance passes in most weather: by grade, else by what they are made of.
GOOD_GRADES = frozenset({"grade1", "grade2", "grade3"})
GOOD_SURFACES = frozenset(
    {
        "paved",
        "asphalt",
        "concrete",
        "concrete:plates",
        "paving_stones",
        "sett",
        "compacted",
        "gravel",
        "fine_gravel",
    }
)

# Any of these means that there is nothing to drive on; winter and ice roads keep hours (`routing.wayhours`).
GONE = ("abandoned", "disused", "razed", "proposed", "construction", "impassable")

# What the vehicle itself needs: a van of class B or C with its lights on the roof and a stretcher in it.
NEEDED = {"maxheight": 2.8, "maxwidth": 2.2, "maxweight": 3.5}  # m, m, t

# One-way signs that a bus lane against the stream, or the law for emergency vehicles, lifts.
CONTRAFLOW_NO = ("oneway:emergency", "oneway:bus", "oneway:psv")
CONTRAFLOW_LANES = ("busway", "busway:left", "busway:right", "busway:both")

# Seconds that a barrier costs; None: closed. A barrier that is not named here costs UNKNOWN_BARRIER_S.
BARRIERS: dict[str, float | None] = {
    **dict.fromkeys(
        ("no", "entrance", "border_control", "cattle_grid", "height_restrictor", "kerb", "hump"), 0.0
    ),
    **dict.fromkeys(("toll_booth", "sally_port"), 5.0),
    **dict.fromkeys(("checkpoint", "lift_gate"), 20.0),
    **dict.fromkeys(("gate", "swing_gate", "sliding_gate", "sliding_beam", "rope"), 30.0),
    **dict.fromkeys(("hampshire_gate", "wire_gate", "chain"), 60.0),
    **dict.fromkeys(
        ("bollard", "block", "jersey_barrier", "cycle_barrier", "motorcycle_barrier", "log", "bar")
    ),
    **dict.fromkeys(
        ("kissing_gate", "wicket_gate", "stile", "horse_stile", "turnstile", "full-height_turnstile")
    ),
    **dict.fromkeys(("debris", "wall", "fence", "hedge", "ditch", "planter", "guard_rail", "barrier_board")),
    **dict.fromkeys(("step", "bus_trap", "sump_buster", "tank_trap")),
}
UNKNOWN_BARRIER_S = 60.0
MOVABLE_BOLLARDS = frozenset({"removable", "rising", "retractable", "foldable", "flexible", "automatic"})
MOVABLE_BOLLARD_S = 45.0
PRIVATE_BARRIER_S = 60.0  # somebody must be called or a code be known
LOCKED_BARRIER_S = 120.0
EMERGENCY_BARRIER_S = 15.0  # made to be opened by crews

_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:m|t)?\s*\Z")


def way_use(tags: Tags) -> WayUse | None:
    """Return how an ambulance may use a way, or None where it may or can not.

    Args:
        tags: the OSM tags of a way that has `highway`.
    """
    road = _road(tags)
    if road is None or any(tags.get(key) == "yes" for key in GONE) or tags.get("area") == "yes":
        return None
    if tags.get("smoothness") == "impassable" or _too_small(tags):
        return None
    admitted = _admitted(tags, road)
    driven = directions(tags)
    if admitted is None or driven is None:
        return None
    return WayUse(admitted[0], *driven, private=admitted[1])


def _road(tags: Tags) -> str | None:
    highway = tags.get("highway", "").split(";")[0].strip()
    open_to_us = tags.get("emergency") in YES or tags.get("motor_vehicle") in YES
    if highway in FOOT:
        return "path" if open_to_us else None
    if highway not in ROADS:
        return None
    if highway == "track" and not open_to_us:
        grade = tags.get("tracktype")
        good = grade in GOOD_GRADES if grade else tags.get("surface") in GOOD_SURFACES
        return "track" if good else None
    return highway


def _too_small(tags: Tags) -> bool:
    limits = ((tags.get(key), needed) for key, needed in NEEDED.items())
    return any(
        text and (match := _NUMBER.match(text)) and float(match[1]) < needed for text, needed in limits
    )


def _admitted(tags: Tags, road: str) -> tuple[str, bool] | None:
    """Return the class to travel at and whether the ground is private; None: closed."""
    emergency = tags.get("emergency")
    if emergency == "no":
        return None
    ground = tags.get("motor_vehicle") or tags.get("vehicle") or tags.get("access") or "yes"
    private = ground in PRIVATE or tags.get("access") in PRIVATE
    if emergency in YES or tags.get("service") == "emergency_access":
        return road, False
    if any(tags.get(key) in YES for key in ("psv", "bus")):
        return road, private
    if tags.get("access") == "no" and ground == "no":
        return None
    if ground == "no":  # "no motor vehicles" binds cars; the carriageway is there
        return ("pedestrian" if CLASSES[road].siren_kmh > CLASSES["pedestrian"].siren_kmh else road), private
    return road, private


def directions(tags: Tags) -> tuple[bool, bool] | None:
    """Return (forward, backward); None where the direction of the hour is not known."""
    sign = tags.get("oneway") or tags.get("oneway:motor_vehicle") or tags.get("oneway:vehicle") or ""
    if not sign and (tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"):
        sign = "yes"
    lifted = any(tags.get(key) == "no" for key in CONTRAFLOW_NO) or any(
        tags.get(key, "").startswith("opposite") for key in CONTRAFLOW_LANES
    )
    if lifted:
        return True, True
    if sign == "reversible":  # by the hour, and the map does not know which: never promised
        return None
    forward, backward = sign not in ("-1", "reverse"), sign not in ("yes", "true", "1")
    for key in ("vehicle", "motor_vehicle"):
        forward = forward and tags.get(f"{key}:forward") != "no"
        backward = backward and tags.get(f"{key}:backward") != "no"
    return (forward, backward) if forward or backward else None


def barrier_s(tags: Tags) -> float | None:
    """Return the seconds that a barrier node costs an ambulance; 0: nothing; None: it is closed.

    Args:
        tags: the OSM tags of a node that has `barrier`.
    """
    kind = tags.get("barrier", "no")
    cost = BARRIERS.get(kind, UNKNOWN_BARRIER_S)
    if tags.get("emergency") == "no" or _too_small(tags):
        return None
    if cost == 0:
        return 0.0
    if tags.get("emergency") in YES:
        return EMERGENCY_BARRIER_S
    if kind == "bollard" and tags.get("bollard") in MOVABLE_BOLLARDS:
        return MOVABLE_BOLLARD_S
    if cost is None:
        return None
    ground = tags.get("motor_vehicle") or tags.get("vehicle") or tags.get("access") or ""
    if tags.get("locked") == "yes":
        return max(cost, LOCKED_BARRIER_S)
    return max(cost, PRIVATE_BARRIER_S) if ground in PRIVATE or ground == "no" else cost
