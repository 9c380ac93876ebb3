from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely

from routing.osm import read_roads
from routing.router import Router
from routing.snap import LIMIT_M, TURN_ROUND_MS, Snapper

Draw = Callable[..., Path]

# An avenue of two one-way carriageways 20 m apart, north on the east side; a two-way street across each end.
AVENUE = {
    1: (55.000, 37.0), 2: (55.010, 37.0), 3: (55.000, 37.000313), 4: (55.010, 37.000313),
    5: (55.000, 37.01), 6: (55.010, 37.01),
}  # fmt: skip
WAYS = [
    (1, [2, 1], {"highway": "primary", "oneway": "yes", "name": "south"}),
    (2, [3, 4], {"highway": "primary", "oneway": "yes", "name": "north"}),
    (3, [1, 3, 5], {"highway": "residential", "name": "cross"}),
    (4, [2, 4, 6], {"highway": "residential", "name": "cross"}),
]


def name_at(snapper: Snapper, path: Path, lat: float, lon: float, heading: float | None) -> str | None:
    """Return the street that a position snaps to."""
    headings = np.array([np.nan if heading is None else heading])
    place = snapper.snap(np.array([lat]), np.array([lon]), headings)
    return read_roads(path).graph.name(int(place.edge[0]))


def test_the_heading_decides_between_carriageways(draw: Draw) -> None:
    """Nearer to the wrong carriageway, the heading finds the right one; without one it is the nearest."""
    path = draw(AVENUE, WAYS)
    snapper = Snapper(read_roads(path).graph)
    nearer_south = (55.005, 37.00010)
    assert name_at(snapper, path, *nearer_south, None) == "south"
    assert name_at(snapper, path, *nearer_south, 180) == "south"
    assert name_at(snapper, path, *nearer_south, 3) == "north"
    assert name_at(snapper, path, 55.005, 37.0002, 178) == "south"


def test_the_heading_does_not_pull_to_a_road_too_far(draw: Draw) -> None:
    """A vehicle that crosses the avenue heading east is not put on the cross street 500 m away."""
    path = draw(AVENUE, WAYS)
    assert name_at(Snapper(read_roads(path).graph), path, 55.005, 36.9999, 90) == "south"


def test_a_vehicle_on_a_two_way_street_pays_for_turning_round(draw: Draw) -> None:
    """Leaving against the heading costs the turn; without a heading, and on one-way streets, nothing does."""
    snapper = Snapper(read_roads(draw(AVENUE, WAYS)).graph)
    lat, lon = np.array([55.0, 55.0, 55.0, 55.005]), np.array([37.005, 37.005, 37.005, 37.0])
    places = snapper.snap(lat, lon, np.array([90, 270, np.nan, 0]))
    costs = list(zip(places.round_forward_ms.tolist(), places.round_backward_ms.tolist(), strict=True))
    assert costs == [(0, TURN_ROUND_MS), (TURN_ROUND_MS, 0), (0, 0), (0, 0)]


def test_the_fraction_is_measured_along_the_road(draw: Draw) -> None:
    """A quarter of the way from south to north is a quarter of the edge, counted as the edge is drawn."""
    graph = read_roads(draw(AVENUE, WAYS)).graph
    snapper = Snapper(graph)
    places = snapper.snap(np.array([55.0025, 55.0025]), np.array([36.9999, 37.0004]))
    assert [graph.name(int(edge)) for edge in places.edge] == ["south", "north"]
    assert np.allclose(places.fraction, [0.75, 0.25], atol=1e-6)
    assert np.allclose(places.off_m, [6.4, 5.6], atol=0.2)


def test_far_from_every_road_there_is_no_place(draw: Draw) -> None:
    """Just within the limit there is a road, just beyond it and at the ends of the world there is none."""
    snapper = Snapper(read_roads(draw(AVENUE, WAYS)).graph)
    degrees = LIMIT_M / 111_195
    lat = np.array([55.0 - 0.98 * degrees, 55.0 - 1.02 * degrees, -90.0, 90.0, 0.0])
    places = snapper.snap(lat, np.array([37.0, 37.0, 0.0, 180.0, -180.0]), np.full(5, 90.0))
    assert (places.edge >= 0).tolist() == [True, False, False, False, False]


def test_porto_snaps_as_a_brute_force_search_does(porto: Router) -> None:
    """For random points, no edge is nearer than the one found, measured against every edge of the city."""
    graph = porto.graph
    generator = np.random.default_rng(7)
    picked = generator.integers(0, len(graph.shape_lat_e7), 200)
    lat = graph.shape_lat_e7[picked] / 1e7 + generator.uniform(-0.002, 0.002, 200)
    lon = graph.shape_lon_e7[picked] / 1e7 + generator.uniform(-0.002, 0.002, 200)
    places = Snapper(graph).snap(lat, lon)
    edge = np.repeat(np.arange(graph.edges), np.diff(graph.edge_start))
    for number in range(0, 200, 10):
        # Metres around the point itself: an independent projection, and every edge of the city.
        east = (graph.shape_lon_e7 / 1e7 - lon[number]) * 111_195.08 * np.cos(np.radians(lat[number]))
        north = (graph.shape_lat_e7 / 1e7 - lat[number]) * 111_195.08
        lines = shapely.linestrings(np.column_stack([east, north]), indices=edge)
        assert places.off_m[number] <= shapely.distance(lines, shapely.Point(0, 0)).min() + 0.1
