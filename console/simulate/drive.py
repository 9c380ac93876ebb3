"""Drive: one vehicle's way along one line, as position, speed and course at any instant."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

METRES_PER_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371,009 m
TOP_MPS = 36.0  # about 130 km/h: no ambulance of the demo goes faster, whatever a route's ETA says
CREEP_MPS = 1.0  # what "standing" means inside the profile, so that no piece takes forever
STEP_M = 15.0  # the profile's longest piece
ACCELERATION_MPS2 = 1.6
BRAKING_MPS2 = 2.2


class Place(NamedTuple):
    """A point on the ground, degrees."""

    lat_deg: float
    lon_deg: float


class Spot(NamedTuple):
    """Where a vehicle is and how it moves; `course_deg` is clockwise from north, the last one when parked."""

    lat_deg: float
    lon_deg: float
    speed_mps: float
    course_deg: float

    @property
    def place(self) -> Place:
        """The spot without its motion."""
        return Place(self.lat_deg, self.lon_deg)


def offset_m(origin: Place, to: Place) -> tuple[float, float]:
    """Return `to` as metres (east, north) of `origin`; flat-earth, good to 0.3% within a city."""
    middle = math.radians((origin.lat_deg + to.lat_deg) / 2)
    return (
        (to.lon_deg - origin.lon_deg) * METRES_PER_DEGREE * math.cos(middle),
        (to.lat_deg - origin.lat_deg) * METRES_PER_DEGREE,
    )


def metres_between(a: Place, b: Place) -> float:
    """Return the straight distance."""
    return math.hypot(*offset_m(a, b))


def moved(origin: Place, east_m: float, north_m: float) -> Place:
    """Return the place `east_m`, `north_m` metres from `origin`."""
    per_degree_east = METRES_PER_DEGREE * max(math.cos(math.radians(origin.lat_deg)), 1e-6)
    return Place(origin.lat_deg + north_m / METRES_PER_DEGREE, origin.lon_deg + east_m / per_degree_east)


def course_deg(a: Place, b: Place) -> float:
    """Return the direction from `a` to `b`, degrees clockwise from north, 0 ≤ course < 360."""
    return math.degrees(math.atan2(*offset_m(a, b))) % 360.0


def line_from(here: Place, route: Iterable[Place]) -> list[Place]:
    """Join `route` to the vehicle's place, without a jump to the route's start or a turn back to it.

    The router starts at the road nearest to a fix that is some seconds old. Where the route's first 300 m
    pass within 30 m of the vehicle, the part already driven is cut off; the vehicle's place comes first.
    """
    points = list(route)
    best_m, cut, passed_m = math.inf, 0, 0.0
    for index, (a, b) in enumerate(pairwise(points)):
        if passed_m > 300.0:
            break
        away_m = _distance_to_piece_m(here, a, b)
        if away_m < best_m:
            best_m, cut = away_m, index + 1
        passed_m += metres_between(a, b)
    if best_m > 30.0:
        cut = 0
    return [here, *points[cut:]]


def _distance_to_piece_m(here: Place, a: Place, b: Place) -> float:
    (bx, by), (hx, hy) = offset_m(a, b), offset_m(a, here)
    length2 = bx * bx + by * by
    share = 0.0 if length2 == 0.0 else min(1.0, max(0.0, (hx * bx + hy * by) / length2))
    return math.hypot(hx - share * bx, hy - share * by)


class Drive:
    """A drive along `points`, started at `started_ms`, meant to take `wanted_s` seconds.

    The speed profile accelerates, brakes and slows at corners, and is then stretched so that the whole takes
    `wanted_s`; longer where that would need more than `TOP_MPS`. Not changed after it was made.
    """

    def __init__(
        self, points: Sequence[Place], started_ms: int, wanted_s: float, start_mps: float = 0.0
    ) -> None:
        self.started_ms = started_ms
        self._points = _without_repeats(points)
        self._along_m, self._at_s, self._speed_mps = _profile(self._points, wanted_s, start_mps)
        self._corner_m = [0.0]
        for a, b in pairwise(self._points):
            self._corner_m.append(self._corner_m[-1] + metres_between(a, b))
        self._courses = [course_deg(a, b) for a, b in pairwise(self._points)]

    @property
    def length_m(self) -> float:
        """How long the line is."""
        return self._along_m[-1]

    @property
    def ends_ms(self) -> int:
        """When the vehicle stands at the line's end."""
        return self.started_ms + math.ceil(self._at_s[-1] * 1000)

    @property
    def end(self) -> Place:
        """The line's end."""
        return self._points[-1]

    def at(self, now_ms: int) -> Spot:
        """Return where the vehicle is at `now_ms`: its start before the drive, its end after it."""
        elapsed_s = max(0.0, (now_ms - self.started_ms) / 1000)
        if elapsed_s >= self._at_s[-1]:
            return Spot(*self.end, 0.0, self._courses[-1] if self._courses else 0.0)
        piece = min(bisect_right(self._at_s, elapsed_s), len(self._at_s) - 1) - 1
        t0, t1 = self._at_s[piece], self._at_s[piece + 1]
        v0, v1 = self._speed_mps[piece], self._speed_mps[piece + 1]
        into_s = elapsed_s - t0
        slope = (v1 - v0) / (t1 - t0) if t1 > t0 else 0.0
        along_m = min(self._along_m[piece] + into_s * (v0 + slope * into_s / 2), self._along_m[piece + 1])
        return self._spot(along_m, v0 + slope * into_s)

    def _spot(self, along_m: float, speed_mps: float) -> Spot:
        piece = min(bisect_right(self._corner_m, along_m), len(self._corner_m) - 1) - 1
        a, b = self._points[piece], self._points[piece + 1]
        length_m = self._corner_m[piece + 1] - self._corner_m[piece]
        share = (along_m - self._corner_m[piece]) / length_m
        return Spot(
            a.lat_deg + (b.lat_deg - a.lat_deg) * share,
            a.lon_deg + (b.lon_deg - a.lon_deg) * share,
            speed_mps,
            self._courses[piece],
        )


def _without_repeats(points: Sequence[Place]) -> list[Place]:
    """Drop points that lie on the one before: a piece without length has no course."""
    kept = [points[0]]
    for point in points[1:]:
        if metres_between(kept[-1], point) > 0.05:
            kept.append(point)
    return kept


def _profile(
    points: Sequence[Place], wanted_s: float, start_mps: float
) -> tuple[list[float], list[float], list[float]]:
    """Return metres along, seconds since the start and m/s at each sample of the line, all of one length."""
    along_m, limit_mps = _limits(points, wanted_s)
    if len(along_m) == 1:
        return [0.0], [0.0], [0.0]
    speed = list(limit_mps)
    speed[0] = min(max(start_mps, CREEP_MPS), TOP_MPS)
    speed[-1] = CREEP_MPS
    for i in range(1, len(speed)):
        reach2 = speed[i - 1] ** 2 + 2 * ACCELERATION_MPS2 * (along_m[i] - along_m[i - 1])
        speed[i] = min(speed[i], math.sqrt(reach2))
    for i in range(len(speed) - 2, -1, -1):
        reach2 = speed[i + 1] ** 2 + 2 * BRAKING_MPS2 * (along_m[i + 1] - along_m[i])
        speed[i] = min(speed[i], math.sqrt(reach2))
    at_s = [0.0]
    for i in range(1, len(speed)):
        at_s.append(at_s[-1] + 2 * (along_m[i] - along_m[i - 1]) / (speed[i] + speed[i - 1]))
    stretch = max(wanted_s / at_s[-1], max(speed) / TOP_MPS, 0.5)
    return along_m, [t * stretch for t in at_s], [v / stretch for v in speed]


def _limits(points: Sequence[Place], wanted_s: float) -> tuple[list[float], list[float]]:
    """Return the samples' metres along the line, and the speed that road and corners allow at each."""
    lengths = [metres_between(a, b) for a, b in pairwise(points)]
    cruise_mps = max(3.0, 1.3 * sum(lengths) / max(wanted_s, 1.0))
    along_m, limit = [0.0], [cruise_mps]
    for i, length_m in enumerate(lengths):
        pieces = max(1, math.ceil(length_m / STEP_M))
        start_m = along_m[-1]
        for piece in range(1, pieces + 1):
            along_m.append(start_m + length_m * piece / pieces)
            limit.append(cruise_mps)
        if i + 1 < len(lengths):
            limit[-1] = min(cruise_mps, _corner_mps(points[i], points[i + 1], points[i + 2]))
    return along_m, limit


def _corner_mps(a: Place, b: Place, c: Place) -> float:
    """Return the speed for the bend at `b`: 13 m/s if gentle, 4 for a right angle, 2.5 to turn back."""
    turn_deg = abs((course_deg(b, c) - course_deg(a, b) + 180.0) % 360.0 - 180.0)
    return TOP_MPS if turn_deg < 10.0 else max(2.5, 14.0 * (1.0 - turn_deg / 130.0))
