from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.speeds import CLASSES, FASTEST_KMH, SLOWEST_KMH, parse_maxspeed, travel_speeds


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("60", 60.0),
        ("60 km/h", 60.0),
        ("RU:urban", 60.0),
        ("RU:rural", 90.0),
        ("RU:motorway", 110.0),
        ("RU:living_street", 20.0),
        ("DE:urban", 50.0),
        ("DE:zone30", 30.0),
        ("60;40", 40.0),
        ("80|60|60", 60.0),
        ("walk", 5.0),
        ("none", None),
        ("signals", None),
        ("", None),
        ("-20", None),
        ("0", None),
        ("9999", None),
        ("RU:", None),
        ("сорок", None),
    ],
)
def test_posted_limits_are_read_in_every_usual_form(text: str, kmh: float | None) -> None:
    """A number, a zone of a country and a list are read; what is no limit leaves it to the road's class."""
    assert parse_maxspeed(text) == kmh


def test_miles_an_hour_are_converted() -> None:
    """40 mph is 64.4 km/h."""
    assert parse_maxspeed("40 mph") == pytest.approx(64.37376)


@given(st.text())
def test_any_text_as_a_limit_gives_a_speed_or_none(text: str) -> None:
    """Whatever mappers write, the answer is None or a limit that a sign could show."""
    limit = parse_maxspeed(text)
    assert limit is None or 3 <= limit <= 200 * 1.852


@given(
    st.sampled_from(sorted(CLASSES)),
    st.dictionaries(st.sampled_from(["maxspeed", "surface", "smoothness"]), st.sampled_from(
        ["20", "60", "199", "RU:rural", "mud", "gravel", "very_bad", "good", "asphalt"])),
    st.booleans(),
)  # fmt: skip
def test_travel_speeds_stay_in_bounds_and_a_siren_never_slows(
    road: str, tags: dict[str, str], private: bool
) -> None:
    """For every class, limit and surface: within the bounds, and with siren at least as fast as without."""
    plain, siren = travel_speeds(road, tags, private=private)
    assert SLOWEST_KMH <= plain <= siren <= FASTEST_KMH


def test_a_posted_limit_scales_the_speed_of_its_class() -> None:
    """A street with a limit of 30 takes twice as long as one of its class at 60."""
    at_60, at_30 = travel_speeds("secondary", {}), travel_speeds("secondary", {"maxspeed": "30"})
    assert [fast / slow for fast, slow in zip(at_60, at_30, strict=True)] == pytest.approx([2, 2], rel=0.01)


def test_private_ground_is_slower_than_public() -> None:
    """A private courtyard is driven to, not through."""
    assert travel_speeds("service", {}, private=True) < travel_speeds("service", {})
