"""⚙ A made-up Russian city, written as OpenStreetMap, so that everything runs with nothing downloaded.

The plan is pure (`routing.city`); this module gives the elements their numbers and writes the file. The
same nodes and seed give the same bytes.
"""

from __future__ import annotations

import math
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import osmium
from osmium.osm import mutable

from routing.city.drawing import Drawing, Tags
from routing.city.ground import Array, make_ground
from routing.city.houses import build_houses, draw_houses
from routing.city.institutions import draw_institutions
from routing.city.roads import draw_land, draw_roads
from routing.city.streets import plan_town
from routing.institutions import Hospital, Substation, capabilities_of

LEAST_NODES = 200
MOST_NODES = 1_000_000
# Radius of a city of one junction, metres: a city's area grows with its junctions. Measured over sizes and
# seeds.
RADIUS_OF_ONE_M = 78.0


class Address(msgspec.Struct, frozen=True):
    """A house of the city, for making up calls; degrees WGS-84."""

    label: str
    lat_deg: float
    lon_deg: float


class City(msgspec.Struct, frozen=True):
    """What was made up: `bounds` are west, south, east, north in degrees; `addresses` a sample."""

    name: dict[str, str]
    timezone: str
    bounds: tuple[float, float, float, float]
    substations: tuple[Substation, ...]
    hospitals: tuple[Hospital, ...]
    addresses: tuple[Address, ...]
    junctions: int


def write_city(path: Path, *, nodes: int = 5000, seed: int = 1) -> City:
    """Make up a city and write it as an OpenStreetMap file.

    Args:
        path: where to write; the name's ending says the format (`.osm.pbf`, `.osm`, `.osm.gz`, `.osm.bz2`).
            An existing file is replaced.
        nodes: about how many junctions the streets shall have (within a quarter), 200 to 1,000,000.
        seed: of everything random.

    Returns:
        The city's name, bounds, substations, hospitals and a sample of its addresses.

    Raises:
        ValueError: `nodes` is out of range.
        OSError: the file cannot be written.
    """
    if not LEAST_NODES <= nodes <= MOST_NODES:
        raise ValueError(f"a made-up city has {LEAST_NODES} to {MOST_NODES} junctions, not {nodes}")
    # The file appears only when it is whole; osmium reads the format from the ending, which stays.
    unfinished = path.with_name("unfinished-" + path.name)
    drawing = _draw(nodes, Random(f"{nodes}/{seed}"))  # noqa: S311  # a city is no secret; it must repeat
    try:
        city = _write(drawing, unfinished)
        unfinished.replace(path)
    except RuntimeError as problem:  # how osmium reports a format it does not know, or a full disk
        raise OSError(f"cannot write {path.name}: {problem}") from problem
    finally:
        unfinished.unlink(missing_ok=True)
    return city


def _draw(nodes: int, random: Random) -> Drawing:
    radius_m = RADIUS_OF_ONE_M * math.sqrt(nodes)
    tries = 6
    # Streets cost little beside houses: lay them again in a larger or smaller circle until their number fits.
    while True:
        tries -= 1
        ground = make_ground(radius_m, random)
        town = plan_town(ground, random)
        drawing = Drawing(town.plan, ground)
        draw_roads(drawing, town, ground, random)
        made = sum(degree != 2 for degree in _degrees(drawing).values())
        if 0.9 < made / nodes < 1.1 or not tries:
            break
        radius_m *= math.sqrt(nodes / made)
    draw_land(drawing, town, ground, random)
    houses = build_houses(drawing, town, ground, random)
    taken = draw_institutions(drawing, town, houses, random)
    draw_houses(drawing, [house for number, house in enumerate(houses) if number not in taken])
    return drawing


def _degrees(drawing: Drawing) -> dict[int, int]:
    """Count the pieces of drivable ways that meet in each node."""
    degrees: dict[int, int] = {}
    for references, tags in drawing.ways:
        if tags.get("highway", "footway") != "footway":
            for reference in references:
                degrees[reference] = degrees.get(reference, 0) + 2
            degrees[references[0]] -= 1
            degrees[references[-1]] -= 1
    return degrees


def _write(drawing: Drawing, path: Path) -> City:
    lat, lon, point_lat, point_lon = drawing.placed()
    planned = len(lat)
    header = osmium.io.Header()
    header.set("generator", "skoraya")
    used = {reference for references, _ in drawing.ways for reference in references if reference >= 0}
    used.update(reference for reference in drawing.node_tags if reference >= 0)
    numbers = {reference: number for number, reference in enumerate(sorted(used), start=1)}
    first_point = len(numbers)

    def number_of(reference: int) -> int:
        return numbers[reference] if reference >= 0 else first_point - reference

    lats, lons = [*lat.tolist(), *point_lat.tolist()], [*lon.tolist(), *point_lon.tolist()]
    with osmium.SimpleWriter(str(path), 4 << 20, header, True) as writer:
        tags = drawing.node_tags
        for reference, number in numbers.items():
            writer.add_node(
                mutable.Node(
                    id=number,
                    location=(lons[reference], lats[reference]),
                    tags=tags.get(reference),
                    version=1,
                )
            )
        for index in range(len(point_lat)):
            writer.add_node(
                mutable.Node(
                    id=first_point + index + 1,
                    location=(lons[planned + index], lats[planned + index]),
                    tags=tags.get(-index - 1),
                    version=1,
                )
            )
        for way, (references, way_tags) in enumerate(drawing.ways, start=1):
            writer.add_way(
                mutable.Way(id=way, nodes=[number_of(r) for r in references], tags=way_tags, version=1)
            )
        for relation, (start, via, end, kind) in enumerate(drawing.restrictions, start=1):
            members: list[Any] = [
                ("w", start + 1, "from"),
                ("n", number_of(via), "via"),
                ("w", end + 1, "to"),
            ]
            writer.add_relation(
                mutable.Relation(
                    id=relation, members=members, tags={"type": "restriction", "restriction": kind}, version=1
                )
            )
    return _city(drawing, lat, lon, point_lat, point_lon)


def _city(drawing: Drawing, lat: Array, lon: Array, point_lat: Array, point_lon: Array) -> City:
    def middle(references: list[int]) -> tuple[float, float]:
        own = [-reference - 1 for reference in references[:-1]]
        return round(float(point_lat[own].mean()), 6), round(float(point_lon[own].mean()), 6)

    substations: list[Substation] = []
    hospitals: list[Hospital] = []
    houses: list[tuple[list[int], Tags]] = []
    ends = _degrees(drawing)
    for references, tags in drawing.ways:
        if tags.get("emergency") == "ambulance_station":
            at = middle(references)
            substations.append(Substation(f"s{len(substations) + 1}", tags["name"], *at))
        elif tags.get("amenity") == "hospital":
            at = middle(references)
            hospitals.append(Hospital(f"h{len(hospitals) + 1}", tags["name"], *at, capabilities_of(tags)))
        elif "addr:housenumber" in tags:
            houses.append((references, tags))
    sample = []
    for references, tags in houses[:: max(1, len(houses) // 600)]:
        sample.append(Address(f"{tags['addr:street']}, {tags['addr:housenumber']}", *middle(references)))
    roads = list(ends)
    west, east = float(lon[roads].min()), float(lon[roads].max())
    return City(
        name={"ru": "Новоречинск", "en": "Novorechinsk"},
        timezone="Asia/Yekaterinburg",
        bounds=(west, float(lat[roads].min()), east, float(lat[roads].max())),
        substations=tuple(substations),
        hospitals=tuple(hospitals),
        addresses=tuple(sample),
        junctions=sum(degree != 2 for degree in ends.values()),
    )
