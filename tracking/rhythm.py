"""Rhythm: how often a device speaks, driving and standing, and for how long it has stood."""

from __future__ import annotations

import msgspec

from tracking.distance import metres_between
from tracking.fix import Fix

# Below this a vehicle stands; receivers report some tenths while they do.
STANDING_MPS = 1.5
# A position that wanders within this of where it began to stand, stands.
STANDING_M = 40.0

FIRST_MS = 10_000.0
# An interval is never taken for longer: a vehicle silent for a quarter of an hour is stale anyway.
LONGEST_MS = 300_000.0


class Rhythm(msgspec.Struct):
    """One device's habit, learned from the fixes that moved its unit.

    Attributes:
        driving_ms, standing_ms: about the median interval in each state.
        standing: whether the last fix was one of standing.
        stood_fixes, stood_since_ms: how many in a row, and since when.
        prompt: the last fix came as it was taken, and not out of a buffer.
    """

    driving_ms: float = FIRST_MS
    standing_ms: float = FIRST_MS
    standing: bool = False
    prompt: bool = True
    stood_fixes: int = 0
    stood_since_ms: int = 0
    _lat_deg: float = 0.0
    _lon_deg: float = 0.0
    _last_ms: int | None = None

    @property
    def interval_ms(self) -> float:
        """How often it speaks in its present state."""
        return self.standing_ms if self.standing else self.driving_ms

    @property
    def stood_ms(self) -> int:
        """For how long its last fixes say that it stood."""
        return 0 if self._last_ms is None or not self.standing else self._last_ms - self.stood_since_ms

    def follow(self, fix: Fix, taken_ms: int, *, prompt: bool) -> None:
        """Learn from a fix that is newer than all before it."""
        if self._last_ms is not None:
            since_ms = float(taken_ms - self._last_ms)
            if self.standing:
                self.standing_ms = _towards(self.standing_ms, since_ms, 1.5)
            else:
                self.driving_ms = _towards(self.driving_ms, since_ms, 1.1)
        self._last_ms = taken_ms
        self.prompt = prompt
        if fix.speed_mps is None or fix.speed_mps < STANDING_MPS:
            here = metres_between(self._lat_deg, self._lon_deg, fix.lat_deg, fix.lon_deg) <= STANDING_M
            if self.stood_fixes and here:
                self.stood_fixes += 1
                self.standing = True
                return
            self._lat_deg, self._lon_deg = fix.lat_deg, fix.lon_deg
            self.stood_fixes, self.stood_since_ms = 1, taken_ms
        else:
            self.stood_fixes = 0
        self.standing = False


def _towards(interval_ms: float, since_ms: float, growth: float) -> float:
    """Follow about the median, by small steps: an outage, however long, counts as one long interval.

    While a vehicle stands the steps are larger: its device soon speaks seldom, and an outage hides less.
    """
    if since_ms > interval_ms:
        return min(since_ms, interval_ms * growth, LONGEST_MS)
    return max(since_ms, interval_ms * 0.9)
