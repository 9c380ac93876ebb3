"""Duplicate: which open calls may tell of the same event, by place, time and phone. Pure.

It only offers; a person links (`dispatch.link`). Nothing is merged, and nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from dispatch.hazard import distance_m
from dispatch.incident import Incident, Place
from dispatch.region import Region

Sign = Literal["place", "near", "phone"]

# The same house or crossing, and a street's length for calls that come close after one another.
PLACE_M, PLACE_MS = 150.0, 60 * 60_000
NEAR_M, NEAR_MS = 300.0, 15 * 60_000
PHONE_MS = 4 * 60 * 60_000
# Numbers are compared by their last digits: +7, 8 and no prefix at all are one number.
PHONE_DIGITS = 10
FEWEST_DIGITS = 6
MOST = 5


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """An open call that may be about the same event.

    Attributes:
        signs: why: within 150 m and an hour, within 300 m and a quarter of an hour, the same phone.
        apart_s: between the two calls.
    """

    incident: str
    signs: tuple[Sign, ...]
    distance_m: float
    apart_s: float


def alike(
    region: Region, place: Place, phone: str | None, at_ms: int, *, without: str | None = None
) -> list[Alike]:
    """Return the open calls that may tell of the same event, the likeliest first.

    Args:
        region: the state of things.
        place: where the caller says it is.
        phone: from where they call, where that is known.
        at_ms: when they called.
        without: the call itself, when it is taken already.
    """
    incidents = (region.incidents[each] for each in region.open_incidents if each != without)
    found = [_alike(each, place, digits(phone), at_ms) for each in incidents if each.journey is None]
    sure = [each for each in found if each is not None]
    return sorted(sure, key=lambda each: (-len(each.signs), each.distance_m))[:MOST]


def pairs(incidents: Iterable[Incident]) -> dict[str, str]:
    """Return call → the likeliest older one among these, for calls that are not linked yet.

    Sorted by latitude, so that a large queue costs little.
    """
    queue = sorted((each for each in incidents if each.journey is None), key=lambda each: each.place.lat_deg)
    by_phone: dict[str, list[Incident]] = {}
    for each in queue:
        if number := digits(each.phone):
            by_phone.setdefault(number, []).append(each)
    found: dict[str, list[tuple[int, float, str]]] = {}
    for index, one in enumerate(queue):
        close = list(by_phone.get(digits(one.phone), ()))
        for other in queue[index + 1 :]:
            if (other.place.lat_deg - one.place.lat_deg) * 111_195.0 > NEAR_M:
                break
            close.append(other)
        for other in close:
            if other.id == one.id:
                continue
            older, newer = sorted((one, other), key=lambda each: (each.created_at_ms, each.number))
            if newer.linked_to is not None or older.linked_to is not None:
                continue
            likely = _alike(older, newer.place, digits(newer.phone), newer.called_at_ms)
            if likely is not None:
                found.setdefault(newer.id, []).append((-len(likely.signs), likely.distance_m, older.id))
    return {newer: min(several)[2] for newer, several in found.items()}


def digits(phone: str | None) -> str:
    """Return what a phone number is compared by; empty when it is too short to tell anything."""
    only = "".join(sign for sign in phone or "" if sign.isdecimal())
    return only[-PHONE_DIGITS:] if len(only) >= FEWEST_DIGITS else ""


def _alike(known: Incident, place: Place, number: str, at_ms: int) -> Alike | None:
    apart_ms = abs(known.called_at_ms - at_ms)
    away_m = distance_m(known.place, place)
    signs: list[Sign] = []
    if away_m <= PLACE_M and apart_ms <= PLACE_MS:
        signs.append("place")
    elif away_m <= NEAR_M and apart_ms <= NEAR_MS:
        signs.append("near")
    if number and number == digits(known.phone) and apart_ms <= PHONE_MS:
        signs.append("phone")
    if not signs:
        return None
    return Alike(incident=known.id, signs=tuple(signs), distance_m=round(away_m, 1), apart_s=apart_ms / 1000)
