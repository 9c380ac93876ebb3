"""Receiver: the satellite receiver of one vehicle: where it is, as the receiver believes it."""

from __future__ import annotations

import math
import random

from console.simulate.drive import Spot, moved
from tracking.fix import Fix

# Errors of a real receiver wander (multipath, ionosphere); they are not drawn afresh every second.
WANDER_S = 25.0
MOVING_SIGMA_M = 2.5
PARKED_SIGMA_M = 0.6  # receivers hold their position still when they see no speed
TALKERS = ("GN",) * 8 + ("GP", "GL")


class Receiver:
    """Turns the truth into fixes, with an error that wanders; one per vehicle, fed in order of time."""

    def __init__(self, unit: str, rng: random.Random) -> None:
        self._unit = unit
        self._rng = rng
        self.talker = rng.choice(TALKERS)
        self._altitude_m = rng.uniform(120.0, 260.0)
        self._hdop = rng.uniform(0.6, 1.4)
        self._satellites = rng.randint(9, 17) if self.talker == "GN" else rng.randint(6, 10)
        self._east, self._north = rng.gauss(0, 1), rng.gauss(0, 1)  # the error, in sigmas
        self._sigma_m = PARKED_SIGMA_M
        self._last_ms: int | None = None

    def observe(self, spot: Spot, taken_ms: int) -> Fix:
        """Return the fix taken at `taken_ms` by a receiver that is truly at `spot`."""
        rng = self._rng
        passed_s = 0.0 if self._last_ms is None else max(0.0, (taken_ms - self._last_ms) / 1000)
        self._last_ms = taken_ms
        keep = math.exp(-passed_s / WANDER_S)
        fresh = math.sqrt(1.0 - keep * keep)
        self._east = keep * self._east + fresh * rng.gauss(0, 1)
        self._north = keep * self._north + fresh * rng.gauss(0, 1)
        moving = spot.speed_mps > 0.3
        # The error's size changes slowly too, or a vehicle that stops would seem to jump.
        target_m = MOVING_SIGMA_M if moving else PARKED_SIGMA_M
        self._sigma_m += (target_m - self._sigma_m) * (1.0 - math.exp(-passed_s / 10.0))
        place = moved(spot.place, self._east * self._sigma_m, self._north * self._sigma_m)
        self._hdop = min(2.4, max(0.5, self._hdop + rng.gauss(0, 0.01)))
        if rng.random() < 0.05:
            self._satellites = min(19, max(5, self._satellites + rng.choice((-1, 1))))
        return Fix(
            unit=self._unit,
            taken_ms=taken_ms,
            time_of_day_ms=taken_ms % 86_400_000,
            received_ms=taken_ms,
            lat_deg=place.lat_deg,
            lon_deg=place.lon_deg,
            speed_mps=max(0.0, spot.speed_mps + rng.gauss(0, 0.1)) if moving else 0.0,
            # A standing receiver knows no course and leaves the field empty.
            course_deg=(spot.course_deg + rng.gauss(0, 1.0)) % 360.0 if moving else None,
            altitude_m=self._altitude_m + rng.gauss(0, 0.8),
            hdop=round(self._hdop, 2),
            satellites=self._satellites,
        )
