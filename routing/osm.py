"""⚙ OSM: an OpenStreetMap extract → the roads of a RoadGraph, in one pass.

Only this module and its siblings `places` and `tiles` know the file formats, all through pyosmium.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import osmium

from routing.divides import Divides
from routing.graph import MapError, RoadGraph
from routing.junctions import LeftOut, build
from routing.orientation import signs
from routing.reading import LEAST_WATER_E7, OutOfRangeError, Reading
from routing.shores import shores

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")

# A second part that is at least this share of the largest is an island of its own, not a rest.
ISLAND_SHARE = 0.5

Progress = Callable[[int], None]
"""Called with how many objects are through."""


class Roads(NamedTuple):
    """What one extract gave."""

    graph: RoadGraph
    left_out: LeftOut
    ways: int  # that an ambulance may use
    closed_ways: int  # with a highway tag, not for us
    cut_points: int  # points of ways whose node is not in the extract
    speeds: str  # "Russia" or "elsewhere": whose limits hold where none is posted
    turn_restrictions: int  # relations seen; left_out.turns_applied of them are in the graph
    divides: Divides  # waters and railways between places and roads
    ferries: int  # ways, that carry vehicles
    timed_ways: int  # open by the hour or the season only
    unknown_hours: tuple[str, ...]  # hours that were not understood, as they are written, each once


def check_input(path: Path) -> None:
    """Raise MapError where `path` cannot be an extract: no file, empty, or named otherwise."""
    if not path.name.lower().endswith(SUFFIXES):
        raise MapError(f"{path}: the name must end in one of {', '.join(SUFFIXES)}")
    try:
        if path.stat().st_size == 0:
            raise MapError(f"{path} is empty; download the extract again")
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise MapError(f"{path} cannot be read: {error.strerror}") from None


def read_roads(path: Path, progress: Progress | None = None, *, islands: bool = False) -> Roads:
    """Read an extract and return its road graph.

    Args:
        path: `.osm.pbf`, `.pbf`, `.osm`, `.osm.gz` or `.osm.bz2`; nodes before ways.
        progress: told how far it is.
        islands: whether the largest island may stand for a place of several.

    Raises:
        MapError: the file is missing, truncated, foreign, has coordinates out of range or exchanged, holds no
            roads, or two islands of which one would be lost.
    """
    check_input(path)
    reading = Reading(progress or (lambda _count: None))
    bits = osmium.osm.osm_entity_bits
    # The filters run behind the location cache, so that every way still gets its positions. Each is for one
    # kind of object; objects of other kinds pass it.
    filters = [
        (bits.NODE, osmium.filter.KeyFilter("highway", "barrier")),
        (bits.WAY, osmium.filter.KeyFilter("highway", "route", "railway", "waterway", "natural")),
        (bits.RELATION, osmium.filter.TagFilter(("type", "restriction"))),
    ]
    try:
        processor = osmium.FileProcessor(str(path)).with_locations("sparse_mem_array")
        for kinds, one in filters:
            one.enable_for(kinds)
            processor = processor.with_filter(one)
        for entity in processor:
            reading.take(entity)
        for line in shores(path, LEAST_WATER_E7):
            reading.shore(line)
    except (RuntimeError, osmium.InvalidLocationError, ValueError) as error:
        what = " ".join(str(error).split())
        raise MapError(f"{path} is damaged or no OpenStreetMap file ({what}); download it again") from None
    except OutOfRangeError as error:
        raise MapError(f"{path}: {error}; are its latitudes and longitudes exchanged?") from None
    if not reading.way_ids:
        raise MapError(f"{path} holds no road that an ambulance may use ({reading.closed} other ways)")
    divides = reading.divides()
    russia = reading.in_russia()
    drawn = reading.drawn(russia=russia)
    seen = signs(drawn)
    if seen.exchanged:
        raise MapError(
            f"{path}: latitude and longitude are exchanged, the roads are their own mirror image "
            f"({seen.words}); "
            "exchange them in the file, or download it again"
        )
    built = build(drawn)
    if built is None:
        raise MapError(
            f"{path} has ways but no positions for them; nodes must come before ways: osmium sort {path.name}"
        )
    graph, left_out = built
    if graph.edges == 0:
        raise MapError(f"{path} holds no two roads that lead to each other; is it a cut of one-way streets?")
    if left_out.second_km >= ISLAND_SHARE * graph.km and not islands:
        raise MapError(
            f"{path} is two islands: {graph.km:,.1f} km of roads and {left_out.second_km:,.1f} km that no "
            "road and no ferry for vehicles joins to them; take an extract of one of them or of all that "
            "lies between, or build the larger one alone: --largest-island"
        )
    return Roads(
        graph=graph,
        left_out=left_out,
        ways=len(reading.way_ids),
        closed_ways=reading.closed,
        cut_points=int((~drawn.known).sum()),
        turn_restrictions=reading.restrictions_seen,
        speeds="Russia" if russia else "elsewhere",
        divides=divides,
        ferries=reading.ferries,
        timed_ways=reading.timed,
        unknown_hours=tuple(sorted(reading.unknown)),
    )
