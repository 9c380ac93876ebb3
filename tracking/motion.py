"""Motion: when a unit drove off and where it stopped, told from its fixes alone. Pure.

A unit stops when its fixes stay within `STOP_M` of the first of them, at no more than walking pace, for
`STOP_MS` with `STOP_FIXES` of them (or for `SPARSE_MS` with two, for a device that speaks seldom). It starts
when `AWAY_FIXES` in a row are farther than `LEAVE_M` from there, one of which says that it drives, or which
are farther than `FAR_M`. What a receiver does while it stands (drift, an echo, a lost minute) is neither.

Both are dated back to the fix at which they began; across a gap nobody knows, so each also carries the last
fix at which it had not yet happened: the truth lies between the two.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tracking.distance import metres_between
from tracking.fix import Fix

State = Literal["unknown", "standing", "moving"]

TRANSITIONS: dict[tuple[State, str], State] = {
    ("unknown", "stopped"): "standing",
    ("unknown", "drives"): "moving",
    ("standing", "started"): "moving",
    ("moving", "stopped"): "standing",
}

STOP_M = 35.0
STOP_MPS = 2.0
STOP_FIXES = 3
STOP_MS = 20_000
SPARSE_MS = 45_000

LEAVE_M = 75.0
FAR_M = 200.0
AWAY_FIXES = 3
DRIVING_MPS = 3.0

# How near a stop is to a place for the unit to have arrived there: a crew parks where it can.
ARRIVED_M = 150.0


class Started(msgspec.Struct, frozen=True):
    """The unit drove off.

    Attributes:
        at_ms: the first fix away; not_before_ms: the last one on the spot.
        lat_deg, lon_deg: from where.
    """

    at_ms: int
    not_before_ms: int
    lat_deg: float
    lon_deg: float


class Stopped(msgspec.Struct, frozen=True):
    """The unit stopped.

    Attributes:
        at_ms: the first fix on the spot; not_before_ms: the last one before it, or None at the first sight.
        lat_deg, lon_deg: where.
    """

    at_ms: int
    not_before_ms: int | None
    lat_deg: float
    lon_deg: float


class _Spot(msgspec.Struct):
    """Fixes that have stayed together."""

    lat_deg: float
    lon_deg: float
    first_ms: int
    last_ms: int
    before_ms: int | None
    fixes: int = 1

    def metres_to(self, fix: Fix) -> float:
        return metres_between(self.lat_deg, self.lon_deg, fix.lat_deg, fix.lon_deg)

    def long_enough(self) -> bool:
        lasted_ms = self.last_ms - self.first_ms
        return (self.fixes >= STOP_FIXES and lasted_ms >= STOP_MS) or (
            self.fixes >= 2 and lasted_ms >= SPARSE_MS
        )


class Motion:
    """One unit's motion. Tell it the fixes that moved the unit (`tracking.fleet`), oldest first.

    Attributes:
        state: `standing`, `moving`, or `unknown` before either was seen.
        stop: where and since when it stands, while it does.
        started: how it drove off the last time, or None.
    """

    def __init__(self) -> None:
        self.state: State = "unknown"
        self.stop: Stopped | None = None
        self.started: Started | None = None
        self._last_ms: int | None = None
        self._stand: _Spot | None = None  # where it stands
        self._spot: _Spot | None = None  # where it may be about to stand
        self._away_ms = 0
        self._away = 0
        self._drove = False

    @property
    def moving(self) -> bool:
        """Whether it drives, as far as its fixes tell."""
        return self.state == "moving"

    def observe(self, fix: Fix) -> list[Started | Stopped]:
        """Take the next fix; return what it has made certain. One that is not newer changes nothing."""
        taken_ms = fix.taken_ms
        if taken_ms is None or (self._last_ms is not None and taken_ms <= self._last_ms):
            return []
        self._gather(fix, taken_ms)
        self._last_ms = taken_ms
        if self._stand is not None:
            return self._watch(self._stand, fix, taken_ms)
        return self._settle(fix)

    def arrived(self, lat_deg: float, lon_deg: float, within_m: float = ARRIVED_M) -> Stopped | None:
        """Return the present stop if it is at a destination, else None: driving past is not arriving."""
        stop = self.stop
        if stop is None or metres_between(lat_deg, lon_deg, stop.lat_deg, stop.lon_deg) > within_m:
            return None
        return stop

    def _gather(self, fix: Fix, taken_ms: int) -> None:
        """Put the fix to those before it if it stayed with them, else begin anew."""
        slow = fix.speed_mps is None or fix.speed_mps <= STOP_MPS
        spot = self._spot
        if spot is not None and slow and spot.metres_to(fix) <= STOP_M:
            spot.last_ms = taken_ms
            spot.fixes += 1
        elif slow:
            self._spot = _Spot(fix.lat_deg, fix.lon_deg, taken_ms, taken_ms, self._last_ms)
        else:
            self._spot = None

    def _watch(self, stand: _Spot, fix: Fix, taken_ms: int) -> list[Started | Stopped]:
        """Look whether it has left the place where it stands."""
        away_m = stand.metres_to(fix)
        if away_m <= LEAVE_M:
            stand.last_ms = taken_ms
            self._away, self._drove = 0, False
            return []
        if not self._away:
            self._away_ms = taken_ms
        self._away += 1
        self._drove = self._drove or away_m > FAR_M or (fix.speed_mps or 0.0) >= DRIVING_MPS
        if self._away < AWAY_FIXES or not self._drove:
            return []
        self._go("started")
        self.started = Started(self._away_ms, stand.last_ms, stand.lat_deg, stand.lon_deg)
        self._stand = self.stop = None
        self._away, self._drove = 0, False
        return [self.started, *self._settle(fix)]

    def _settle(self, fix: Fix) -> list[Started | Stopped]:
        """Look whether it has stopped."""
        spot = self._spot
        if spot is None or not spot.long_enough():
            if self.state == "unknown" and (fix.speed_mps or 0.0) >= DRIVING_MPS:
                self._go("drives")
            return []
        self._go("stopped")
        self._stand = spot
        self.stop = Stopped(spot.first_ms, spot.before_ms, spot.lat_deg, spot.lon_deg)
        return [self.stop]

    def _go(self, event: str) -> None:
        self.state = TRANSITIONS[self.state, event]
