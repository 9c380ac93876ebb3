"""What a caller may name instead of an address: settlements, squares, stations, hospitals, schools, shops."""

from __future__ import annotations

from typing import Protocol

_PLACES = {
    "city": "city",
    "town": "town",
    "village": "village",
    "hamlet": "village",
    "isolated_dwelling": "village",
    "allotments": "village",
    "suburb": "suburb",
    "borough": "suburb",
    "quarter": "quarter",
    "neighbourhood": "quarter",
    "square": "square",
    "locality": "other",
}
_AMENITIES = {
    "hospital": "hospital",
    "clinic": "hospital",
    "school": "school",
    "kindergarten": "school",
    "university": "school",
    "college": "school",
    "pharmacy": "pharmacy",
    "marketplace": "shop",
}
# Amenities that have a name but that nobody gives as a place.
_NO_LANDMARKS = frozenset(
    {"parking", "parking_space", "bench", "waste_basket", "atm", "vending_machine", "recycling"}
)


class Tags(Protocol):
    """Tags of an OpenStreetMap object: a dictionary, or pyosmium's view into its buffer."""

    def __contains__(self, key: str, /) -> bool:
        """Say whether the key is there."""

    def __getitem__(self, key: str, /) -> str:
        """Return the value of a key that is there."""

    def get(self, key: str, /) -> str | None:
        """Return the value, or None."""


def landmark_kind(tags: Tags) -> str | None:
    """Return the kind of place that these OpenStreetMap tags describe, or None.

    The kinds are those of docs/map.md; whether the thing has a name is the caller's to ask.
    """
    get = tags.get
    if get("emergency") == "ambulance_station" or get("amenity") == "ambulance_station":
        return "substation"
    place, amenity = get("place"), get("amenity")
    if place is not None and place in _PLACES:
        return _PLACES[place]
    if amenity is not None and amenity in _AMENITIES:
        return _AMENITIES[amenity]
    if get("healthcare") in {"hospital", "clinic"}:
        return "hospital"
    if get("railway") in {"station", "halt"}:
        return "station"
    if get("shop") is not None:
        return "shop"
    named = amenity is not None and amenity not in _NO_LANDMARKS
    if named or get("tourism") is not None or get("leisure") is not None or get("office") is not None:
        return "other"
    return None
