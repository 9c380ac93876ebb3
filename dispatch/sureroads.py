"""Sure roads: road times that always answer; by straight line, labelled, when the router fails. Pure.

A dispatcher must get an answer whatever the router does. One that raises is asked no more for a while, so
that a slow failure is not paid for at every call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from routing.times import Eta, Leg, Point, RoadTimes, StraightLine, UnitPlace, Way

# How many questions go straight to the straight line after a failure.
RESTED = 20

T = TypeVar("T")


class SureRoads:
    """A router that stands in for itself when it fails; answers then are `degraded`.

    Attributes:
        failure: what the router last raised, in words; None while it answers.
    """

    def __init__(self, roads: RoadTimes) -> None:
        """`roads` is who is asked first."""
        self.failure: str | None = None
        self._roads = roads
        self._straight = StraightLine()
        self._rests = 0

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees; None without a map."""
        return self._roads.bounds

    def nearest(
        self, lat_deg: float, lon_deg: float, units: Sequence[UnitPlace], k: int, *, siren: bool = True
    ) -> list[Eta]:
        """Return the `k` units that are there first, best first."""
        return self._ask(
            lambda: self._roads.nearest(lat_deg, lon_deg, units, k, siren=siren),
            lambda: self._straight.nearest(lat_deg, lon_deg, units, k, siren=siren),
        )

    def route(self, start: Point, end: Point, heading_deg: float | None = None, *, siren: bool = True) -> Way:
        """Return the fastest way from `start` to `end`, both (lat, lon)."""
        return self._ask(
            lambda: self._roads.route(start, end, heading_deg, siren=siren),
            lambda: self._straight.route(start, end, heading_deg, siren=siren),
        )

    def one_to_many(
        self, start: Point, ends: Sequence[Point], heading_deg: float | None = None, *, siren: bool = True
    ) -> list[Leg]:
        """Return time and length from `start` to each of `ends`, in their order."""
        return self._ask(
            lambda: self._roads.one_to_many(start, ends, heading_deg, siren=siren),
            lambda: self._straight.one_to_many(start, ends, heading_deg, siren=siren),
        )

    def _ask(self, roads: Callable[[], T], straight: Callable[[], T]) -> T:
        if self._rests:
            self._rests -= 1
            return straight()
        try:
            answer = roads()
        except Exception as error:  # noqa: BLE001  # whatever breaks there, a crew must be found here
            self.failure = f"{type(error).__name__}: {error}"
            self._rests = RESTED
            return straight()
        self.failure = None
        return answer
