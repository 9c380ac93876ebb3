from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.distance import metres_between

EARTH_M = 6_371_008.8


def haversine_m(lat_a_deg: float, lon_a_deg: float, lat_b_deg: float, lon_b_deg: float) -> float:
    """The distance on a sphere, exactly."""
    a, b = math.radians(lat_a_deg), math.radians(lat_b_deg)
    half_lon = math.radians(lon_b_deg - lon_a_deg) / 2
    root = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(half_lon) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, root)))


@settings(deadline=None)
@given(st.floats(-78, 78), st.floats(-180, 180), st.floats(-1, 1), st.floats(-1, 1))
def test_it_is_right_to_a_hundredth_within_a_region(
    lat_deg: float, lon_deg: float, north_deg: float, east_deg: float
) -> None:
    """Up to some hundred kilometres, on either side of the date line too."""
    lon_b_deg = (lon_deg + east_deg + 180) % 360 - 180
    expected_m = haversine_m(lat_deg, lon_deg, lat_deg + north_deg, lon_b_deg)
    assert metres_between(lat_deg, lon_deg, lat_deg + north_deg, lon_b_deg) == pytest.approx(
        expected_m, rel=0.01, abs=0.01
    )


def test_the_date_line_is_no_wall() -> None:
    """Chukotka lies on both sides of it."""
    assert metres_between(66.0, 179.999, 66.0, -179.999) < 100
