"""Where the units are, as dispatch and the feed want to know it: a reading of the fleet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.feed import AGING, ESTIMATED, PARKED, PHONE, STALE, SUSPECT, UnitPosition
from dispatch.candidate import PositionOf
from dispatch.unit import Unit
from tracking.fix import Fix
from tracking.fleet import STALE_AFTER_MS, Fleet, Freshness, Glance

# Below walking pace the course of a receiver is noise: no heading for the router, no arrow on the map.
MOVING_MPS = 1.5

# Silence changes flags without any fix: all units are looked at this often.
SWEEP_MS = 1_000

FLAG_OF: dict[Freshness, int] = {
    "live": 0,
    "parked": PARKED,
    "stale": STALE,
    "suspect": SUSPECT,
    "none": STALE,
}


def position_of(fleet: Fleet, unit: str, now_ms: int) -> PositionOf | None:
    """Return a unit's last position with its age, or None when it was never heard."""
    position = fleet.position(unit, now_ms)
    if position is None:
        return None
    return PositionOf(
        unit=unit,
        lat_deg=position.fix.lat_deg,
        lon_deg=position.fix.lon_deg,
        age_s=position.age_ms / 1000,
        freshness=position.rankable,
        heading_deg=heading_deg(position.fix),
        may_have_driven_s=position.may_have_driven_s,
        radius_m=position.radius_m,
    )


def positions_of(fleet: Fleet, now_ms: int) -> dict[str, PositionOf]:
    """Return the last position of each unit that has one."""
    found = (position_of(fleet, unit, now_ms) for unit in fleet.units)
    return {position.unit: position for position in found if position is not None}


def heading_deg(fix: Fix) -> float | None:
    """Return the course of a unit that drives, or None."""
    return fix.course_deg if fix.speed_mps is not None and fix.speed_mps >= MOVING_MPS else None


def flags_of(seen: Glance) -> int:
    """Return what the feed says of a position: every one that is older than 30 s carries a mark."""
    flags = FLAG_OF[seen.freshness]
    if seen.marked and seen.freshness != "suspect":
        flags |= ESTIMATED
    if seen.fix.source == "phone":
        flags |= PHONE
    if not flags & ~(ESTIMATED | PHONE) and seen.age_ms > STALE_AFTER_MS:
        flags |= AGING
    return flags


def shown_position(fleet: Fleet, unit: Unit, now_ms: int) -> UnitPosition | None:
    """Return where a map shows a unit, or None when it was never heard."""
    seen = fleet.glance(unit.id, now_ms)
    if seen is None:
        return None
    return UnitPosition(
        index=unit.index,
        lat_deg=seen.fix.lat_deg,
        lon_deg=seen.fix.lon_deg,
        course_deg=heading_deg(seen.fix),
        speed_mps=seen.fix.speed_mps,
        age_s=seen.age_ms / 1000,
        flags=flags_of(seen),
    )


class Whereabouts:
    """The feed's view of the fleet: everyone, or those that have moved on since the last look."""

    def __init__(
        self, fleet: Fleet, units: Callable[[], Mapping[str, Unit]], now_ms: Callable[[], int]
    ) -> None:
        """`units` returns the region's units as they are now: it numbers those of a frame."""
        self._fleet = fleet
        self._units = units
        self._now_ms = now_ms
        self._flags: dict[str, int] = {}
        self._swept_ms: int | None = None

    def everyone(self) -> list[UnitPosition]:
        """Return the position of each unit that has one."""
        return self._shown(self._fleet.units, self._now_ms())

    def moved(self) -> list[UnitPosition]:
        """Return the units with a newer fix, or whose flags changed, since the last call."""
        now_ms = self._now_ms()
        changed = dict.fromkeys(self._fleet.take_changed())
        if self._swept_ms is None or not 0 <= now_ms - self._swept_ms < SWEEP_MS:
            self._swept_ms = now_ms
            for unit in self._fleet.silent(now_ms):
                if unit not in changed:
                    seen = self._fleet.glance(unit, now_ms)
                    if seen is not None and flags_of(seen) != self._flags.get(unit):
                        changed[unit] = None
        return self._shown(changed, now_ms)

    def _shown(self, units: Mapping[str, None] | tuple[str, ...], now_ms: int) -> list[UnitPosition]:
        known = self._units()
        shown = []
        for unit in units:
            one = shown_position(self._fleet, known[unit], now_ms) if unit in known else None
            if one is None:
                continue
            self._flags[unit] = one.flags
            shown.append(one)
        return shown
