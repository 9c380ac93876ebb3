from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmium
import pytest
import shapely
import shapely.ops

from routing.institutions import CAPABILITIES, capabilities_of
from routing.synth import City, write_city

NODES, SEED = 2000, 1


@dataclass
class Read:
    """A city as any reader of OpenStreetMap sees it."""

    city: City
    path: Path
    ways: list[tuple[list[int], dict[str, str]]] = field(default_factory=list)
    at: dict[int, tuple[float, float]] = field(default_factory=dict)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    restrictions: list[Any] = field(default_factory=list)

    def line(self, references: list[int]) -> shapely.LineString:
        """Return a way's line, degrees."""
        return shapely.LineString([self.at[reference] for reference in references])


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Make a city once and read it back."""
    path = tmp_path_factory.mktemp("city") / "city.osm.pbf"
    found = Read(write_city(path, nodes=NODES, seed=SEED), path)
    for entity in osmium.FileProcessor(str(path)):
        if isinstance(entity, osmium.osm.Node):
            found.at[entity.id] = (entity.lon, entity.lat)
            if entity.tags:
                found.node_tags[entity.id] = dict(entity.tags)
        elif isinstance(entity, osmium.osm.Way):
            found.ways.append(([node.ref for node in entity.nodes], dict(entity.tags)))
        elif isinstance(entity, osmium.osm.Relation):
            found.restrictions.append((dict(entity.tags), [(m.type, m.ref, m.role) for m in entity.members]))
    return found


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_city(tmp_path: Path) -> None:
    """A city is a function of its size and seed, to the byte."""
    one, two, other = (tmp_path / f"{name}.osm.pbf" for name in "abc")
    assert write_city(one, nodes=400, seed=7) == write_city(two, nodes=400, seed=7)
    assert one.read_bytes() == two.read_bytes()
    write_city(other, nodes=400, seed=8)
    assert other.read_bytes() != one.read_bytes()


@pytest.mark.parametrize(("nodes", "seed"), [(200, 1), (500, 2), (1000, 3), (NODES, 4)])
def test_a_city_has_about_as_many_junctions_as_asked_for(tmp_path: Path, nodes: int, seed: int) -> None:
    """The number of junctions is within a quarter of the wish, at every size."""
    city = write_city(tmp_path / "city.osm.pbf", nodes=nodes, seed=seed)
    assert 0.75 * nodes <= city.junctions <= 1.25 * nodes
    assert len(city.substations) >= 3
    assert len(city.hospitals) >= 3
    assert len(city.addresses) >= 100


@pytest.mark.parametrize("nodes", [-1, 0, 199, 1_000_001])
def test_an_impossible_size_is_refused(tmp_path: Path, nodes: int) -> None:
    """A size out of range is an error with the range in it, and leaves no file."""
    with pytest.raises(ValueError, match="200 to 1000000"):
        write_city(tmp_path / "city.osm.pbf", nodes=nodes, seed=1)
    assert not list(tmp_path.iterdir())


def test_an_unknown_ending_is_an_os_error_and_leaves_nothing(tmp_path: Path) -> None:
    """A format that osmium does not know is named in the error, and no half a file stays."""
    with pytest.raises(OSError, match=r"city\.txt"):
        write_city(tmp_path / "city.txt", nodes=200, seed=1)
    assert not list(tmp_path.iterdir())


def test_streets_cross_the_river_only_by_bridges(read: Read) -> None:
    """No way that is no bridge touches the river, there are a few bridges, and they do cross it."""
    (river,) = [shapely.Polygon(read.line(r).coords) for r, t in read.ways if t.get("water") == "river"]
    assert river.is_valid
    roads = [(read.line(r), t) for r, t in read.ways if "highway" in t or "railway" in t]
    wet = [tags for line, tags in roads if "bridge" not in tags and line.intersects(river)]
    assert wet == []
    bridges = [line for line, tags in roads if "bridge" in tags and "highway" in tags]
    assert 2 <= len(bridges) <= 12
    assert all(line.intersects(river) for line in bridges)


@pytest.mark.parametrize("seed", [2, 3, 4, 5, 6])
def test_bridges_go_straight_across(tmp_path: Path, seed: int) -> None:
    """Whatever the seed, no bridge runs along the river, and both banks belong to one city."""
    path = tmp_path / "city.osm.pbf"
    write_city(path, nodes=1500, seed=seed)
    graph: nx.Graph[int] = nx.Graph()
    lengths = []
    for way in osmium.FileProcessor(str(path)).with_locations():
        if isinstance(way, osmium.osm.Way) and way.tags.get("highway", "footway") != "footway":
            nx.add_path(graph, [node.ref for node in way.nodes])
            if "bridge" in way.tags:
                lengths.append(osmium.geom.haversine_distance(way.nodes))
    assert lengths
    assert max(lengths) < 900
    assert len(max(nx.connected_components(graph), key=len)) > 0.97 * len(graph)


def test_no_house_stands_in_the_river_or_on_a_street(read: Read) -> None:
    """Outlines of houses keep off water and roads, and off one another."""
    houses = np.array([shapely.Polygon(read.line(r).coords) for r, t in read.ways if "building" in t])
    assert shapely.is_valid(houses).all()
    obstacles: list[shapely.Geometry] = [read.line(r) for r, t in read.ways if "highway" in t]
    obstacles += [shapely.Polygon(read.line(r).coords) for r, t in read.ways if t.get("natural") == "water"]
    tree = shapely.STRtree(houses)
    assert tree.query(obstacles, predicate="intersects").size == 0
    pairs = tree.query(houses, predicate="intersects")
    assert (pairs[0] == pairs[1]).all()


def test_every_house_stands_on_a_street_that_exists_and_no_address_is_given_twice(read: Read) -> None:
    """Each addr:street is a highway, no address is given twice, numbers are written in all the ways."""
    streets = {tags["name"] for _, tags in read.ways if "highway" in tags and "name" in tags}
    addresses = Counter(
        (t["addr:street"], t["addr:housenumber"]) for _, t in read.ways if "addr:housenumber" in t
    )
    assert len(addresses) > 1500
    assert {street for street, _ in addresses} <= streets
    assert max(addresses.values()) == 1
    numbers = " ".join(number for _, number in addresses)
    for sign in ("к2", "А", "/"):
        assert sign in numbers
    assert {"улица Ленина", "проспект Мира"} <= {street for street, _ in addresses}


def test_a_house_stands_near_its_street(read: Read) -> None:
    """The middle of every house is within 350 m of the street whose number it carries."""
    streets: dict[str, list[shapely.LineString]] = defaultdict(list)
    for references, tags in read.ways:
        if "highway" in tags and "name" in tags:
            streets[tags["name"]].append(read.line(references))
    whole = {name: shapely.union_all(lines) for name, lines in streets.items()}
    for references, tags in read.ways:
        if "addr:street" in tags:
            house, street = read.line(references).centroid, whole[tags["addr:street"]]
            on_street = shapely.ops.nearest_points(house, street)[1]
            east = (house.x - on_street.x) * math.cos(math.radians(house.y))
            assert 111_320 * math.hypot(east, house.y - on_street.y) < 350, tags


def test_the_drive_graph_is_one_piece(read: Read) -> None:
    """At least 95% of the road's nodes lie in the largest strongly connected part, one-ways respected."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    for references, tags in read.ways:
        if tags.get("highway", "footway") == "footway":
            continue
        for a, b in pairwise(references):
            if tags.get("oneway") != "-1":
                graph.add_edge(a, b)
            if tags.get("oneway") != "yes":
                graph.add_edge(b, a)
    largest = max(nx.strongly_connected_components(graph), key=len)
    assert len(largest) >= 0.95 * len(graph)


def test_a_city_has_what_an_ambulance_meets(read: Read) -> None:
    """One-ways, gated and private courtyards, living streets, a bypass, limits, level crossings, lights."""
    kinds = Counter(tags["highway"] for _, tags in read.ways if "highway" in tags)
    for kind in (
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "residential",
        "living_street",
        "service",
        "footway",
    ):
        assert kinds[kind] > 0, kind
    tags = [tags for _, tags in read.ways]
    assert any(t.get("oneway") == "yes" for t in tags)
    assert any(t.get("access") == "private" for t in tags)
    assert {t["maxspeed"] for t in tags if "maxspeed" in t} >= {"40", "60", "90"}
    barriers = {t.get("barrier") for t in read.node_tags.values()}
    assert {"gate", "lift_gate"} <= barriers
    nodes = Counter(t.get("railway") or t.get("highway") or "" for t in read.node_tags.values())
    assert nodes["level_crossing"] > 0
    assert nodes["traffic_signals"] > 0


def test_turn_restrictions_name_ways_that_meet_in_their_node(read: Read) -> None:
    """Every restriction's from and to ways begin or end in its via node."""
    ways = {number: references for number, (references, _) in enumerate(read.ways, start=1)}
    assert read.restrictions
    for tags, members in read.restrictions:
        assert tags["restriction"] == "no_left_turn"
        by_role = {role: reference for _, reference, role in members}
        for role in ("from", "to"):
            assert by_role["via"] in (ways[by_role[role]][0], ways[by_role[role]][-1])


def test_substations_and_hospitals_are_told_with_what_they_can_do(read: Read) -> None:
    """The returned city names its substations and hospitals; together the hospitals can treat everything."""
    city = read.city
    assert [s.name for s in city.substations[:2]] == ["Подстанция № 1", "Подстанция № 2"]
    written = [t["name"] for _, t in read.ways if t.get("emergency") == "ambulance_station"]
    assert written == [substation.name for substation in city.substations]
    assert {c for hospital in city.hospitals for c in hospital.capabilities} == set(CAPABILITIES)
    west, south, east, north = city.bounds
    points = [(place.lon_deg, place.lat_deg) for place in city.substations]
    points += [(place.lon_deg, place.lat_deg) for place in city.hospitals]
    points += [(place.lon_deg, place.lat_deg) for place in city.addresses]
    assert all(west <= lon <= east and south <= lat <= north for lon, lat in points)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"healthcare:speciality": "neurology;Cardiology"}, ("stroke", "infarction")),
        ({"name": "Областная детская больница"}, ("children",)),
        ({"name": "Родильный дом № 2"}, ("obstetrics",)),
        ({"name": "Maternidade Júlio Dinis"}, ("obstetrics",)),
        ({"name": "Городская больница № 5"}, ()),
        ({}, ()),
    ],
)
def test_capabilities_come_from_tags_and_names(tags: dict[str, str], expected: tuple[str, ...]) -> None:
    """Specialities and telling names become capabilities; a bare hospital claims none."""
    assert capabilities_of(tags) == expected
