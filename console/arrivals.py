"""⚙ Arrivals: when each crew that drives will be there, by the roads from where it is now.

What was estimated when a crew was sent grows wrong with every red light and closed street. Every two seconds
each crew on its way is looked up in the tree of its destination.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from console.views import View
from dispatch.assignment import Assignment
from dispatch.candidate import PositionOf
from dispatch.engine import Engine
from dispatch.region import Region
from routing.destinations import Destinations
from routing.router import Router
from routing.times import Eta, Point, RoadTimes, StraightLine, UnitPlace

TO_PATIENT = frozenset({"notified", "acknowledged", "en_route"})
TO_HOSPITAL = "left_scene"
# Where a unit is only known to have been is no place to count from.
KNOWN = frozenset({"live", "parked"})

log = logging.getLogger("skoraya.arrivals")


class Arrivals:
    """The arrivals of one region's crews.

    Args:
        engine: the region's engine.
        positions: the last position of each unit that has one, now.
        roads: returns who answers now: a `Router`, or what stands in for one.
        now_ms: the service's clock.
    """

    def __init__(
        self,
        engine: Engine,
        positions: Callable[[], Mapping[str, PositionOf]],
        roads: Callable[[], RoadTimes],
        now_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._positions = positions
        self._roads = roads
        self._now_ms = now_ms
        self._destinations: Destinations | None = None
        self._due: dict[str, View] = {}

    async def look(self, positions: Mapping[str, PositionOf] | None = None) -> None:
        """Look up every crew that drives, from `positions` where they are at hand; in a thread."""
        region = self._engine.region
        bound = {active: place for active in region.active.values() if (place := bound_for(region, active))}
        if not bound:
            self._due = {}
            return
        now_ms = self._now_ms()
        positions = self._positions() if positions is None else positions
        driving: dict[Point, list[UnitPlace]] = {}
        by_unit: dict[str, str] = {}
        for active, place in bound.items():
            unit = region.assignments[active].unit
            at = positions.get(unit)
            if at is not None and at.freshness in KNOWN:
                by_unit[unit] = active
                driving.setdefault(place, []).append(UnitPlace(unit, at.lat_deg, at.lon_deg, at.heading_deg))
        found = await asyncio.to_thread(self._ask, driving)
        self._due = {by_unit[unit]: _due(eta, now_ms) for unit, eta in found.items()}

    def view(self) -> dict[str, View]:
        """Show when each crew on its way is due, by assignment; none where its position is not known."""
        return self._due

    def _ask(self, driving: Mapping[Point, list[UnitPlace]]) -> dict[str, Eta]:
        roads = self._roads()
        if isinstance(roads, Router):
            if self._destinations is None or self._destinations.router is not roads:
                self._destinations = Destinations(roads)
            try:
                return self._destinations.etas(driving)
            except Exception:  # dispatching goes on by what was estimated before
                log.exception("arrivals are by straight line")
        straight = StraightLine()
        return {
            eta.unit: eta
            for point, units in driving.items()
            for eta in straight.nearest(*point, units, len(units))
        }


def bound_for(region: Region, active: str) -> Point | None:
    """Return where an assignment's crew drives to (lat, lon); None while it does not drive to anyone."""
    assignment: Assignment = region.assignments[active]
    if assignment.status in TO_PATIENT:
        place = region.incidents[assignment.incident].place
        return place.lat_deg, place.lon_deg
    hospital = None if assignment.hospital is None else region.hospitals.get(assignment.hospital)
    if assignment.status == TO_HOSPITAL and hospital is not None:
        return hospital.lat_deg, hospital.lon_deg
    return None


def _due(eta: Eta, now_ms: int) -> View:
    p90_s = eta.seconds_s if eta.p90_s is None else eta.p90_s
    return {
        "due_ms": now_ms + round(eta.seconds_s * 1000),
        "p90_ms": now_ms + round(p90_s * 1000),
        "degraded": eta.degraded,
    }
