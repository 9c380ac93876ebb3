from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from routing.across import across, between
from routing.divides import no_divides
from routing.mapfile import load, load_divides, save
from routing.osm import read_roads
from routing.snap import Snapper

Draw = Callable[..., Path]

# A street that runs north at 37.000; east of it a river at 37.001, and west of it a railway at 36.999.
NODES = {
    1: (55.00, 37.000), 2: (55.01, 37.000),
    3: (55.00, 37.001), 4: (55.01, 37.001), 5: (55.00, 36.999), 6: (55.01, 36.999),
}  # fmt: skip
STREET = (1, [1, 2], {"highway": "residential"})
RIVER = (2, [3, 4], {"waterway": "river"})
RAILWAY = (3, [5, 6], {"railway": "rail"})
OVER_RIVER, OVER_RAIL, HERE = (55.005, 37.002), (55.005, 36.998), (55.005, 37.0005)


def seen(path: Path, spot: tuple[float, float]) -> str | None:
    """Return what lies between a place and its road."""
    roads = read_roads(path)
    return across(roads.graph, Snapper(roads.graph), roads.divides, *spot)


def test_a_place_beyond_a_river_or_a_railway_is_across_it(draw: Draw) -> None:
    """On this side nothing lies between; beyond either line the line is named; far out nothing is."""
    path = draw(NODES, [STREET, RIVER, RAILWAY])
    assert [seen(path, spot) for spot in (OVER_RIVER, OVER_RAIL, HERE)] == ["water", "railway", None]
    assert seen(path, (56.0, 37.0)) is None


@pytest.mark.parametrize(
    ("line", "tags", "what"),
    [
        ("lake", {"natural": "water"}, "water"),
        ("canal", {"waterway": "canal"}, "water"),
        ("stream", {"waterway": "stream"}, None),
        ("culvert", {"waterway": "river", "tunnel": "culvert"}, None),
        ("metro", {"railway": "subway", "tunnel": "yes"}, None),
        ("tunnel", {"railway": "rail", "tunnel": "yes"}, None),
        ("viaduct", {"railway": "rail", "bridge": "yes"}, None),
        ("tram", {"railway": "tram"}, None),
    ],
)
def test_only_what_stops_people_divides(
    draw: Draw, line: str, tags: dict[str, str], what: str | None
) -> None:
    """A lake and a canal do; a stream, a tram, and what runs below or above do not."""
    del line
    assert seen(draw(NODES, [STREET, (2, [3, 4], tags)]), OVER_RIVER) == what


def test_a_lake_of_several_untagged_ways_divides(draw: Draw) -> None:
    """A multipolygon's water lies between, its island has a shore too; a pond is walked round."""
    shore = [(2, [3, 4], {}), (3, [4, 3], {})]
    members = [("outer", "way", 2), ("outer", "way", 3)]

    def lake(**tags: str) -> Path:
        return draw(NODES, [STREET, *shore], [(9, members, {"type": "multipolygon", **tags})])

    assert seen(lake(natural="water"), OVER_RIVER) == "water"
    assert seen(lake(waterway="riverbank"), OVER_RIVER) == "water"
    assert seen(lake(landuse="forest"), OVER_RIVER) is None
    assert seen(lake(natural="water"), HERE) is None
    water = {"type": "multipolygon", "natural": "water"}
    island = draw(NODES, [STREET, *shore], [(9, [("inner", "way", 2)], water)])
    assert seen(island, OVER_RIVER) == "water"
    small = {**NODES, 3: (55.00499, 37.001), 4: (55.00501, 37.001)}
    pond = draw(small, [STREET, *shore], [(9, members, water)])
    assert seen(pond, OVER_RIVER) is None


def test_divides_are_saved_and_loaded(draw: Draw, tmp_path: Path) -> None:
    """A saved map knows its river; one saved without any knows none."""
    roads = read_roads(draw(NODES, [STREET, RIVER]))
    folder = tmp_path / "map"
    folder.mkdir()
    save(roads.graph, folder, {}, roads.divides)
    graph = load(folder)
    assert across(graph, Snapper(graph), load_divides(folder), *OVER_RIVER) == "water"
    save(roads.graph, folder, {})
    assert across(graph, Snapper(graph), load_divides(folder), *OVER_RIVER) is None
    assert between(no_divides(), (55.0, 37.0), (55.1, 37.0)) is None


@pytest.mark.shared
def test_the_other_side_of_heidelbergs_main_station_is_across_a_railway(shared: Path) -> None:
    """A line of sight over the tracks of Heidelberg's main station crosses them; one beside them does not."""
    roads = read_roads(shared / "data" / "maps" / "heidelberg.test.pbf")
    south, north, beside = (49.4010, 8.6755), (49.4060, 8.6755), (49.4060, 8.6785)
    assert between(roads.divides, south, north) == between(roads.divides, north, south) == "railway"
    assert between(roads.divides, north, beside) is None
