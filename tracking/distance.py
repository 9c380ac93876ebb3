"""Distance: metres between two positions, as cheaply as a hot path needs them."""

from __future__ import annotations

import math

METRES_PER_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371,009 m


def metres_between(lat_a_deg: float, lon_a_deg: float, lat_b_deg: float, lon_b_deg: float) -> float:
    """Return the distance on a plane laid through both: right to 1% up to some hundred kilometres.

    Farther away it is only "very far", which is all that quality control asks. The date line is no wall.
    """
    east_deg = lon_b_deg - lon_a_deg
    if east_deg > 180.0:
        east_deg -= 360.0
    elif east_deg < -180.0:
        east_deg += 360.0
    east_deg *= math.cos((lat_a_deg + lat_b_deg) * 0.008726646259971648)  # half of it, in radians
    north_deg = lat_b_deg - lat_a_deg
    return math.sqrt(east_deg * east_deg + north_deg * north_deg) * METRES_PER_DEGREE
