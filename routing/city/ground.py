"""The ground under the made-up city: a plane in metres, bent so that straight streets become living ones.

The town is planned on a flat plane and then bent by a smooth one-to-one map. Bending keeps what touches
touching and what is apart apart, so no street can come to cross the river by accident, whatever the
meanders.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Fields of the Kurgan region, with no town within 25 km: a made-up city must not hide a real one.
CENTRE_LAT_DEG = 55.65
CENTRE_LON_DEG = 62.75
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Ground:
    """The bend and the place of one city.

    `river_y_m` is the river's axis on the plane and `river_half_m` half the distance between its embankments;
    `waves` are rows of (amplitude m, wave vector x, y in rad/m, phase, axis 0 or 1).
    """

    radius_m: float
    river_y_m: float
    river_half_m: float
    meander: tuple[tuple[float, float, float], ...]
    meander_reach_m: float
    waves: tuple[tuple[float, float, float, float, int], ...]

    def bend(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Move points of the plan (metres east, north of the centre) to where they lie (metres)."""
        swing = np.zeros_like(x)
        for amplitude, wave, phase in self.meander:
            swing += amplitude * np.sin(wave * x + phase)
        by = y + swing * np.exp(-(((y - self.river_y_m) / self.meander_reach_m) ** 2))
        bx = x.copy()
        px, py = bx.copy(), by.copy()
        for amplitude, kx, ky, phase, axis in self.waves:
            shift = amplitude * np.sin(kx * px + ky * py + phase)
            if axis == 0:
                bx += shift
            else:
                by += shift
        return bx, by

    def in_river(self, y: float) -> bool:
        """Say whether a point of the plan lies between the embankments (and not just on one)."""
        return abs(y - self.river_y_m) < 0.6 * self.river_half_m


def to_degrees(x: Array, y: Array) -> tuple[Array, Array]:
    """Turn metres east and north of the city's centre into latitude and longitude, degrees (7 decimals)."""
    lat = CENTRE_LAT_DEG + y / METRES_PER_DEGREE
    lon = CENTRE_LON_DEG + x / (METRES_PER_DEGREE * math.cos(math.radians(CENTRE_LAT_DEG)))
    return np.round(lat, 7), np.round(lon, 7)


def make_ground(radius_m: float, random: Random) -> Ground:
    """Choose the bend for this radius; amplitudes keep every slope below one, so nothing folds over."""
    scale = min(1.0, radius_m / 6000)
    tau = 2 * math.pi
    meander = (
        (330 * scale, tau / (5600 * scale), random.uniform(0, tau)),
        (150 * scale, tau / (2900 * scale), random.uniform(0, tau)),
    )
    waves: list[tuple[float, float, float, float, int]] = []
    for amplitude, length in ((150.0, 5200.0), (70.0, 2600.0), (24.0, 1300.0)):
        for axis in (0, 1):
            angle = random.uniform(0, tau)
            wave = tau / (length * scale)
            waves.append(
                (
                    amplitude * scale,
                    wave * math.cos(angle),
                    wave * math.sin(angle),
                    random.uniform(0, tau),
                    axis,
                )
            )
    return Ground(
        radius_m=radius_m,
        river_y_m=-random.uniform(0.2, 0.26) * radius_m,
        river_half_m=max(75.0, 120.0 * scale),
        meander=meander,
        meander_reach_m=1150 * scale,
        waves=tuple(waves),
    )
