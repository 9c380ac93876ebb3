"""Where the units are, as dispatch and the feed want to know it: a reading of the fleet."""

from __future__ import annotations

from collections.abc import Callable

from console.feed import ESTIMATED, STALE, UnitPosition
from dispatch.recommend import PositionOf
from dispatch.region import Region
from tracking.fix import Fix
from tracking.fleet import Fleet

# Below walking pace the course of a receiver is noise: no heading for the router, no arrow on the map.
MOVING_MPS = 1.5


def position_of(fleet: Fleet, unit: str, now_ms: int) -> PositionOf | None:
    """Return a unit's last position with its age, or None when it was never heard."""
    fix, age_ms = fleet.last(unit), fleet.age_ms(unit, now_ms)
    if fix is None or age_ms is None:
        return None
    return PositionOf(
        unit=unit,
        lat_deg=fix.lat_deg,
        lon_deg=fix.lon_deg,
        age_s=age_ms / 1000,
        freshness="live" if fleet.freshness(unit, now_ms) == "live" else "stale",
        heading_deg=heading_deg(fix),
    )


def positions_of(fleet: Fleet, now_ms: int) -> dict[str, PositionOf]:
    """Return the last position of each unit that has one."""
    found = (position_of(fleet, unit, now_ms) for unit in fleet.units)
    return {position.unit: position for position in found if position is not None}


def heading_deg(fix: Fix) -> float | None:
    """Return the course of a unit that drives, or None."""
    return fix.course_deg if fix.speed_mps is not None and fix.speed_mps >= MOVING_MPS else None


class Whereabouts:
    """The feed's view of the fleet: everyone, or those that have moved on since the last look."""

    def __init__(self, fleet: Fleet, region: Callable[[], Region], now_ms: Callable[[], int]) -> None:
        """`region` returns the region as it is now: it numbers the units of a frame."""
        self._fleet = fleet
        self._region = region
        self._now_ms = now_ms
        self._shown: dict[str, tuple[int | None, bool]] = {}

    def everyone(self) -> list[UnitPosition]:
        """Return the position of each unit that has one."""
        return [
            position
            for unit in self._fleet.units
            if (position := self._position(unit, self._now_ms())) is not None
        ]

    def moved(self) -> list[UnitPosition]:
        """Return the units with a newer fix, or whose freshness changed, since the last call."""
        now_ms = self._now_ms()
        found = []
        for unit in self._fleet.units:
            fix = self._fleet.last(unit)
            if fix is None:
                continue
            seen = (fix.taken_ms, self._fleet.freshness(unit, now_ms) == "live")
            if self._shown.get(unit) != seen and (position := self._position(unit, now_ms)) is not None:
                self._shown[unit] = seen
                found.append(position)
        return found

    def _position(self, unit: str, now_ms: int) -> UnitPosition | None:
        fix, known = self._fleet.last(unit), self._region().units.get(unit)
        if fix is None or known is None:
            return None
        stale = self._fleet.freshness(unit, now_ms) != "live"
        return UnitPosition(
            index=known.index,
            lat_deg=fix.lat_deg,
            lon_deg=fix.lon_deg,
            course_deg=heading_deg(fix),
            speed_mps=fix.speed_mps,
            age_s=(self._fleet.age_ms(unit, now_ms) or 0) / 1000,
            flags=(STALE if stale else 0) | (ESTIMATED if fix.quality == "estimated" else 0),
        )
