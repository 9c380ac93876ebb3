"""RoadTimes: what is asked of the roads; and StraightLine, which answers when there is no map.

Values and arithmetic only: importing this costs nothing, while `routing.router` brings the compiled kernels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import msgspec

Point = tuple[float, float]
"""(lat_deg, lon_deg), WGS-84."""


class UnitPlace(msgspec.Struct, frozen=True):
    """Where a unit is. Give the heading only while it drives: the course of a standing receiver is noise."""

    unit: str
    lat_deg: float
    lon_deg: float
    heading_deg: float | None = None  # from true north


class Eta(msgspec.Struct, frozen=True):
    """How long one unit needs to a point."""

    unit: str
    seconds_s: float
    metres_m: float
    degraded: bool  # no road answer: straight line × detour factor
    p90_s: float | None = None  # nine runs in ten take no longer; None where nothing is known


class Leg(msgspec.Struct, frozen=True):
    """Time and length of the fastest way to one of many ends."""

    seconds_s: float
    metres_m: float
    degraded: bool


class Way(msgspec.Struct, frozen=True):
    """The fastest way from one point to another."""

    seconds_s: float
    metres_m: float
    line: tuple[tuple[float, float], ...]  # (lon_deg, lat_deg) pairs, as in GeoJSON
    degraded: bool


class RoadTimes(Protocol):
    """What `Router` and `StraightLine` both answer; callers type against this."""

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees; None without a map."""
        ...

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the `k` units that are there first, best first."""
        ...

    def route(self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True) -> Way:
        """Return the fastest way from `start` to `end`, both (lat, lon)."""
        ...

    def one_to_many(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None = None, *, siren: bool = True
    ) -> list[Leg]:
        """Return time and length from `start` to each of `ends`, in their order."""
        ...


# A city's roads are this much longer than the straight line (measured ratios lie between 1.2 and 1.6; a river
# makes more of it), and a city ambulance's mean speed over a whole run is this.
DETOUR = 1.4
SIREN_MPS = 40 / 3.6
PLAIN_MPS = 30 / 3.6


class StraightLine:
    """Straight line × detour factor at a mean speed, always marked degraded: what is left without a map."""

    @property
    def bounds(self) -> None:
        """None: there is no map."""
        return

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the `k` units that are nearest as the crow flies, best first."""
        legs = [self.leg((unit.lat_deg, unit.lon_deg), (lat_deg, lon_deg), siren=siren) for unit in units]
        etas = [
            Eta(unit.unit, leg.seconds_s, leg.metres_m, degraded=True)
            for unit, leg in zip(units, legs, strict=True)
        ]
        return sorted(etas, key=lambda eta: eta.seconds_s)[: max(k, 0)]

    def route(self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True) -> Way:
        """Return the straight line from `start` to `end`."""
        del heading_deg
        leg = self.leg(start, end, siren=siren)
        return Way(leg.seconds_s, leg.metres_m, ((start[1], start[0]), (end[1], end[0])), degraded=True)

    def one_to_many(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None = None, *, siren: bool = True
    ) -> list[Leg]:
        """Return an estimate from `start` to each of `ends`, in their order."""
        del heading_deg
        return [self.leg(start, end, siren=siren) for end in ends]

    def leg(self, start: Point, end: Point, *, siren: bool = True) -> Leg:
        """Estimate one way."""
        metres_m = DETOUR * great_circle_m(start, end)
        return Leg(metres_m / (SIREN_MPS if siren else PLAIN_MPS), metres_m, degraded=True)


def great_circle_m(start: Point, end: Point) -> float:
    """Return the distance on the sphere of the Earth's mean radius (haversine), metres."""
    lat1, lon1, lat2, lon2 = (math.radians(angle) for angle in (*start, *end))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6_371_008.8 * math.asin(math.sqrt(min(1.0, half)))
