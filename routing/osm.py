"""⚙ OSM: an OpenStreetMap extract → the roads of a RoadGraph, in one pass.

Only this module and its siblings `places` and `tiles` know the file formats, all through pyosmium.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import osmium
from osmium.osm.types import Node, Relation, Way

from routing.access import barrier_s, way_use
from routing.graph import MapError, RoadGraph
from routing.junctions import Drawn, Kind, LeftOut, build
from routing.speeds import travel_speeds
from routing.turns import Restriction, restriction

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")

# libosmium's "no position known": the node is not in the extract, which is cut through the way.
UNKNOWN = 2_147_483_647

# Progress is told each time this many objects of interest were read.
STRIDE = 20_000

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


def read_roads(path: Path, progress: Progress | None = None) -> Roads:
    """Read an extract and return its road graph.

    Args:
        path: `.osm.pbf`, `.pbf`, `.osm`, `.osm.gz` or `.osm.bz2`; nodes before ways.
        progress: told how far it is.

    Raises:
        MapError: the file is missing, truncated, foreign, has coordinates out of range, or holds no roads.
    """
    check_input(path)
    reading = _Reading(progress or (lambda _count: None))
    wanted = osmium.filter.KeyFilter("highway", "barrier", "restriction", "restriction:conditional")
    try:
        # The filter runs behind the location cache, so that every way still gets its positions.
        for entity in osmium.FileProcessor(str(path)).with_locations("sparse_mem_array").with_filter(wanted):
            reading.take(entity)
    except (RuntimeError, osmium.InvalidLocationError, ValueError) as error:
        what = " ".join(str(error).split())
        raise MapError(f"{path} is damaged or no OpenStreetMap file ({what}); download it again") from None
    except _OutOfRangeError as error:
        raise MapError(f"{path}: {error}; the file's coordinates are wrong") from None
    if not reading.way_ids:
        raise MapError(f"{path} holds no road that an ambulance may use ({reading.closed} other ways)")
    russia = reading.in_russia()
    drawn = reading.drawn(russia=russia)
    built = build(drawn)
    if built is None:
        raise MapError(
            f"{path} has ways but no positions for them; nodes must come before ways: osmium sort {path.name}"
        )
    graph, left_out = built
    if graph.edges == 0:
        raise MapError(f"{path} holds no two roads that lead to each other; is it a cut of one-way streets?")
    return Roads(
        graph=graph,
        left_out=left_out,
        ways=len(reading.way_ids),
        closed_ways=reading.closed,
        cut_points=int((~drawn.known).sum()),
        turn_restrictions=reading.restrictions_seen,
        speeds="Russia" if russia else "elsewhere",
    )


class _OutOfRangeError(Exception):
    """A position that is none on Earth."""


class _Reading:
    """The columns that a pass over the file fills."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._taken = 0
        self._nodes, self._xs, self._ys = array("q"), array("i"), array("i")
        self._way_start, self._way_kind = array("q", [0]), array("i")
        self.way_ids = array("q")
        # By kind under the Russian law; beside it, that kind under the law of elsewhere.
        self._kinds: dict[tuple[Kind, Kind], int] = {}
        self._names: dict[str, int] = {}
        self._barriers: dict[int, float | None] = {}
        self._restrictions: list[Restriction] = []
        self.restrictions_seen = self.closed = 0

    def take(self, entity: object) -> None:
        self._taken += 1
        if self._taken % STRIDE == 0:
            self._progress(self._taken)
        if isinstance(entity, Way):
            if not entity.deleted and "highway" in entity.tags:
                self._way(entity)
        elif isinstance(entity, Node):
            if not entity.deleted and "barrier" in entity.tags:
                cost_s = barrier_s(dict(entity.tags))
                if cost_s != 0:
                    self._barriers[entity.id] = cost_s
        elif isinstance(entity, Relation) and not entity.deleted and entity.tags.get("type") == "restriction":
            self.restrictions_seen += 1
            members = ((member.role, member.type, member.ref) for member in entity.members)
            if rule := restriction(dict(entity.tags), members):
                self._restrictions.append(rule)

    def _way(self, way: Way) -> None:
        tags = dict(way.tags)
        use = way_use(tags)
        if use is None or len(way.nodes) < 2:
            self.closed += 1
            return
        for reference in way.nodes:
            location = reference.location
            x, y = location.x, location.y
            if abs(y) > 900_000_000 and y != UNKNOWN:
                raise _OutOfRangeError(f"node {reference.ref} of way {way.id} lies at latitude {y / 1e7:g}")
            if abs(x) > 1_800_000_000 and x != UNKNOWN:
                raise _OutOfRangeError(f"node {reference.ref} of way {way.id} lies at longitude {x / 1e7:g}")
            self._nodes.append(reference.ref)
            self._xs.append(x)
            self._ys.append(y)
        self._way_start.append(len(self._nodes))
        self.way_ids.append(way.id)
        self._way_kind.append(self._kind(tags, use))

    def _kind(self, tags: Mapping[str, str], use: tuple[str, bool, bool, bool]) -> int:
        road, forward, backward, private = use
        name = tags.get("name") or tags.get("ref")
        number = self._names.setdefault(name, len(self._names)) if name else -1
        both = tuple(
            Kind(road, forward, backward, *travel_speeds(road, tags, private=private, russia=russia), number)
            for russia in (True, False)
        )
        return self._kinds.setdefault((both[0], both[1]), len(self._kinds))

    def in_russia(self) -> bool:
        """Say whether the Russian speed table holds: most streets' names are Cyrillic, or none has one.

        (Belarus, Kazakhstan and others that write Cyrillic have the same limits.)
        """
        cyrillic = sum(any("а" <= letter <= "я" for letter in name.lower()) for name in self._names)
        return 2 * cyrillic >= len(self._names)

    def drawn(self, *, russia: bool) -> Drawn:
        xs, ys = np.array(self._xs, dtype=np.int32), np.array(self._ys, dtype=np.int32)
        return Drawn(
            node=np.array(self._nodes, dtype=np.int64),
            lat_e7=ys,
            lon_e7=xs,
            known=(xs != UNKNOWN) & (ys != UNKNOWN),
            way_start=np.array(self._way_start, dtype=np.int64),
            way_id=np.array(self.way_ids, dtype=np.int64),
            way_kind=np.array(self._way_kind, dtype=np.int64),
            kinds=[both[0] if russia else both[1] for both in self._kinds],
            names=list(self._names),
            barriers=self._barriers,
            restrictions=self._restrictions,
        )
