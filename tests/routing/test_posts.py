from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.gazetteer import build_places
from routing.places import Places
from routing.posts import Post, alike, asked, between, kilometre, road_key
from routing.times import great_circle_m

Draw = Callable[..., Path]


@pytest.mark.parametrize(
    ("text", "road", "km"),
    [
        ("М-11 54 км", "m11", 54),
        ("м11, 54 км", "m11", 54),
        ("M11 km 54", "m11", 54),
        ("54-й км трассы М-11", "m11", 54),
        ("54 километр М-11", "m11", 54),
        ("А-108 12,5 км", "a108", 12.5),
        ("М-7 101+300", "m7", 101.3),
        ("М7 км 101+300", "m7", 101.3),
        ("A1 km 54", "a1", 54),
        ("М-11 км 55", "m11", 55),
        ("М-11, 54 км 300 м", "m11", 54.3),
        ("54 км + 300 м М-11", "m11", 54.3),
        ("Киевское шоссе 31 км", road_key("Киевское шоссе"), 31),
        ("31-й километр Киевского шоссе", road_key("Киевского шоссе"), 31),
    ],
)
def test_a_kilometre_is_read_however_it_is_said(text: str, road: str, km: float) -> None:
    """Number before or after, in Cyrillic or Latin letters, with metres: one road's key and one kilometre."""
    said = asked(text)
    assert said is not None
    assert (road_key(said[0]), said[1]) == (road, km)


@pytest.mark.parametrize("text", ["ул. Ленина, 54", "54 км", "Мира 5 к 2", "", "м-н Южный 3"])
def test_an_address_asks_for_no_kilometre(text: str) -> None:
    """A house is no kilometre, and a kilometre without a road is none."""
    assert asked(text) is None


def test_letters_that_look_alike_stand_for_each_other() -> None:
    """Р-258 typed with a Latin P has the key that the road has by sight."""
    assert road_key("Р-258") != road_key("P-258")
    assert alike(road_key("Р-258")) == alike(road_key("P-258"))


def test_a_place_between_posts_lies_between_them_and_far_apart_there_is_none() -> None:
    """Half way between two posts in kilometres is half way on the map; ten kilometres apart says nothing."""
    posts = [Post(10, 55.0, 37.0), Post(12, 55.02, 37.0), Post(40, 56.0, 37.0)]
    assert between(posts, 11) == Post(11, pytest.approx(55.01), 37.0)
    assert between(posts, 12) == posts[1]
    assert between(posts, 30) is None
    assert between(posts, 9) is None
    assert between([], 1) is None


@pytest.mark.parametrize(
    ("text", "km"), [("54", 54.0), ("54.5", 54.5), ("54,5 км", 54.5), ("x", None), ("", None), (None, None)]
)
def test_what_stands_on_a_post_is_read(text: str | None, km: float | None) -> None:
    """A number with or without its unit; anything else is no post."""
    assert kilometre(text) == km


@given(st.text(max_size=60))
def test_no_text_whatever_raises(text: str) -> None:
    """Reading a kilometre out of any text ends in an answer or in none."""
    said = asked(text)
    assert said is None or said[1] >= 0
    road_key(text)


@pytest.fixture
def highway(draw: Draw, tmp_path: Path) -> Iterator[Places]:
    """A highway М-11 with posts at 53, 54 and 56 km, and a street with an interpolation line."""
    nodes = {n: (55.0 + n / 100, 37.0) for n in range(1, 6)} | {
        11: (55.5, 37.5), 12: (55.5, 37.51), 21: (55.5003, 37.501), 22: (55.5003, 37.509),
    }  # fmt: skip
    marks = {
        1: {"highway": "milestone", "distance": "53"},
        2: {"highway": "milestone", "distance": "54"},
        4: {"highway": "milestone", "distance": "56"},
        21: {"addr:street": "улица Ленина", "addr:housenumber": "1"},
        22: {"addr:street": "улица Ленина", "addr:housenumber": "9"},
    }
    ways = [
        (1, [1, 2, 3, 4, 5], {"highway": "motorway", "ref": "М-11;E 105", "name": "Нева"}),
        (2, [11, 12], {"highway": "residential", "name": "улица Ленина"}),
        (3, [21, 22], {"addr:interpolation": "odd"}),
    ]
    build_places(draw(nodes, ways, marks=marks), tmp_path)
    with Places.open(tmp_path) as places:
        yield places


@pytest.mark.parametrize(
    ("typed", "label", "lat"),
    [
        ("М-11 54 км", "М-11, 54 км", 55.02),
        ("m11 54 km", "М-11, 54 км", 55.02),
        ("M-11 км 55", "М-11, 55 км ≈", 55.03),
        ("Нева 53+500", "Нева, 53.5 км ≈", 55.015),
        ("М-11, 55 км ≈", "М-11, 55 км ≈", 55.03),
        ("ленина 5", "ул. Ленина, 5 ≈", 55.5003),
        ("ул. Ленина, 5 ≈", "ул. Ленина, 5 ≈", 55.5003),
        ("ленина 9", "ул. Ленина, 9", 55.5003),
    ],
)
def test_kilometres_and_houses_between_are_found_first(
    highway: Places, typed: str, label: str, lat: float
) -> None:
    """At its post, between two, by name; and houses of an interpolation line, marked as estimates."""
    first = highway.find(typed)[0]
    assert (first.label, first.lat_deg) == (label, pytest.approx(lat, abs=1e-5))


def test_interpolated_houses_lie_evenly_on_their_line(highway: Places) -> None:
    """Of odd numbers from 1 to 9 the house 5 is in the middle; even ones are not made up."""
    found = [highway.find(f"Ленина {number}")[0] for number in (1, 3, 5, 7, 9)]
    assert [round(place.lon_deg, 4) for place in found] == [37.501, 37.503, 37.505, 37.507, 37.509]
    assert not highway.find("Ленина 4")[0].label.startswith("ул. Ленина, 4")


@pytest.mark.shared
def test_heidelbergs_motorway_is_known_by_its_kilometres(shared: Path, tmp_path: Path) -> None:
    """On real data: the A 5 at a mapped post, and half a kilometre from it, lie as far apart as they say."""
    build_places(shared / "data" / "maps" / "heidelberg.test.pbf", tmp_path)
    with Places.open(tmp_path) as places:
        (post, *_), (beside, *_) = places.find("A5 575 km"), places.find("a 5 km 575,5")
        assert (post.kind, post.label) == ("kilometre", "A 5, 575 км")
        assert beside.label == "A 5, 575.5 км ≈"
        apart_m = great_circle_m((post.lat_deg, post.lon_deg), (beside.lat_deg, beside.lon_deg))
        assert apart_m == pytest.approx(500, rel=0.1)
