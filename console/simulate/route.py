"""Route: what the router answers, read with suspicion, and the straight line that stands in for it."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from console.simulate.drive import Place, metres_between

STRAIGHT_MPS = 8.0  # as the crow flies, streets being a third longer


class Route(NamedTuple):
    """A way on the ground and how long the router says that it takes."""

    points: list[Place]
    seconds: float


class _Geometry(msgspec.Struct):
    type: str
    coordinates: list[tuple[float, float]]


class _Properties(msgspec.Struct):
    seconds: float


class _Feature(msgspec.Struct):
    geometry: _Geometry
    properties: _Properties


def read_route(answer: bytes) -> Route | None:
    """Return the route in a GeoJSON Feature (LineString, longitude first), or None when it holds none."""
    try:
        feature = msgspec.json.decode(answer, type=_Feature)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    points = [Place(lat, lon) for lon, lat in feature.geometry.coordinates]
    sound = all(abs(p.lat_deg) <= 90 and abs(p.lon_deg) <= 180 for p in points)
    seconds = feature.properties.seconds
    if not points or not sound or feature.geometry.type != "LineString":
        return None
    if not math.isfinite(seconds) or seconds < 0:
        return None
    return Route(points, seconds)


def straight(here: Place, there: Place) -> Route:
    """Return the straight line, at a pace that a city allows."""
    return Route([here, there], metres_between(here, there) / STRAIGHT_MPS)
