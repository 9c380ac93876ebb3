"""⚙ Reading: the columns that one pass over an extract fills, object by object."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from osmium.osm.types import Node, Relation, Way

from routing.access import WayUse, barrier_s, directions, way_use
from routing.divides import Divides, divides_of
from routing.drawn import Drawn, Halt, Kind
from routing.ferries import carries_us, crossing_s
from routing.speeds import travel_speeds
from routing.times import great_circle_m
from routing.turncosts import halt
from routing.turns import Restriction, restrictions
from routing.wayhours import keeps

# libosmium's "no position known": the node is not in the extract, which is cut through the way.
UNKNOWN = 2_147_483_647

# Progress is told each time this many objects of interest were read.
STRIDE = 20_000

WATER_LINES = frozenset({"river", "canal"})
RAILWAYS = frozenset({"rail", "light_rail", "narrow_gauge"})
LEAST_WATER_E7 = 4_000  # a pond narrower than this (some 40 m) is walked round


class OutOfRangeError(Exception):
    """A position that is none on Earth."""


class Reading:
    """What was read so far.

    Args:
        progress: told how many objects of interest are through.
    """

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._taken = 0
        self._nodes, self._xs, self._ys = array("q"), array("i"), array("i")
        self._way_start, self._way_kind = array("q", [0]), array("i")
        self.way_ids = array("q")
        # By kind under the Russian law; beside it, that kind under the law of elsewhere.
        self._kinds: dict[tuple[Kind, Kind], int] = {}
        self._names: dict[str, int] = {}
        self._rules: dict[str, int] = {}
        self._barriers: dict[int, float | None] = {}
        self._halts: dict[int, Halt] = {}
        self._restrictions: list[Restriction] = []
        self._line_start, self._line_kind = array("i", [0]), array("b")
        self._line_xs, self._line_ys = array("i"), array("i")
        self.restrictions_seen = self.closed = self.ferries = self.timed = 0
        self.unknown: set[str] = set()

    def take(self, entity: object) -> None:
        """Take one object of the extract.

        Raises:
            OutOfRangeError: it lies nowhere on Earth.
        """
        self._taken += 1
        if self._taken % STRIDE == 0:
            self._progress(self._taken)
        if isinstance(entity, Way):
            if not entity.deleted and len(entity.nodes) > 1:
                self._way(entity)
        elif isinstance(entity, Node):
            if not entity.deleted:
                self._node(entity)
        elif isinstance(entity, Relation) and not entity.deleted:
            self.restrictions_seen += 1
            members = [(member.role, member.type, member.ref) for member in entity.members]
            rules, unknown = restrictions(dict(entity.tags), members)
            self._restrictions += rules
            self.unknown.update(unknown)

    def _node(self, node: Node) -> None:
        if "barrier" in node.tags:
            cost_s = barrier_s(dict(node.tags))
            if cost_s != 0:
                self._barriers[node.id] = cost_s
        elif (cost := halt(dict(node.tags))) is not None:
            self._halts[node.id] = cost

    def _way(self, way: Way) -> None:
        tags = dict(way.tags)
        ferry = tags.get("route") == "ferry"
        if "highway" not in tags and not (ferry and carries_us(tags)):
            self._line(way, tags)
            return
        kept = keeps(tags)
        if kept.unknown:
            self.unknown.add(kept.unknown)
        if kept.opens:
            tags |= {"motor_vehicle": "yes"}
        use = _ferry_use(tags) if ferry else way_use(tags)
        if use is None or kept.closed:
            self.closed += 1
            return
        first = len(self._xs)
        for reference in way.nodes:
            location = reference.location
            x, y = location.x, location.y
            if abs(y) > 900_000_000 and y != UNKNOWN:
                raise OutOfRangeError(f"node {reference.ref} of way {way.id} lies at latitude {y / 1e7:g}")
            if abs(x) > 1_800_000_000 and x != UNKNOWN:
                raise OutOfRangeError(f"node {reference.ref} of way {way.id} lies at longitude {x / 1e7:g}")
            self._nodes.append(reference.ref)
            self._xs.append(x)
            self._ys.append(y)
        self._way_start.append(len(self._nodes))
        self.way_ids.append(way.id)
        rule = -1
        if kept.rule:
            rule = self._rules.setdefault(kept.rule, len(self._rules))
            self.timed += 1
        kmh = self._ferry_kmh(tags, first) if ferry else None
        self.ferries += ferry
        self._way_kind.append(self._kind(tags, use, rule, kmh))

    def _ferry_kmh(self, tags: Mapping[str, str], first: int) -> float:
        spots = [
            (y / 1e7, x / 1e7)
            for y, x in zip(self._ys[first:], self._xs[first:], strict=True)
            if x != UNKNOWN
        ]
        metres = sum(great_circle_m(a, b) for a, b in pairwise(spots))
        return max(0.01, metres / crossing_s(tags, metres) * 3.6)

    def _kind(self, tags: Mapping[str, str], use: WayUse, rule: int, kmh: float | None) -> int:
        name = tags.get("name") or tags.get("ref")
        number = self._names.setdefault(name, len(self._names)) if name else -1
        round_about = tags.get("junction") in ("roundabout", "circular")

        def kind(*, russia: bool) -> Kind:
            speeds = (
                travel_speeds(use.road, tags, private=use.private, russia=russia)
                if kmh is None
                else (kmh, kmh)
            )
            return Kind(use.road, use.forward, use.backward, *speeds, number, rule, round_about)

        both = kind(russia=True), kind(russia=False)
        return self._kinds.setdefault(both, len(self._kinds))

    def _line(self, way: Way, tags: Mapping[str, str]) -> None:
        """Keep a water or a railway that divides the ground; in a tunnel or on a bridge it does not."""
        water = tags.get("waterway") in WATER_LINES or tags.get("natural") in ("water", "coastline")
        if not water and tags.get("railway") not in RAILWAYS:
            return
        if tags.get("tunnel", "no") != "no" or (not water and tags.get("bridge", "no") != "no"):
            return
        spots = [(ref.location.x, ref.location.y) for ref in way.nodes if ref.location.valid()]
        if len(spots) < 2:
            return
        if tags.get("natural") == "water":
            xs, ys = zip(*spots, strict=True)
            if max(max(xs) - min(xs), max(ys) - min(ys)) < LEAST_WATER_E7:
                return
        self._divide(spots, 0 if water else 1)

    def shore(self, spots: Sequence[tuple[int, int]]) -> None:
        """Take a line of a water's shore: (x, y) of its points."""
        self._divide(spots, 0)

    def _divide(self, spots: Sequence[tuple[int, int]], kind: int) -> None:
        xs, ys = zip(*spots, strict=True)
        self._line_xs.extend(xs)
        self._line_ys.extend(ys)
        self._line_start.append(len(self._line_xs))
        self._line_kind.append(kind)

    def in_russia(self) -> bool:
        """Say whether the Russian speed table holds: most streets' names are Cyrillic, or none has one.

        (Belarus, Kazakhstan and others that write Cyrillic have the same limits.)
        """
        cyrillic = sum(any("а" <= letter <= "я" for letter in name.lower()) for name in self._names)
        return 2 * cyrillic >= len(self._names)

    def drawn(self, *, russia: bool) -> Drawn:
        """Return the ways that were read; to be called once."""
        xs, ys = np.array(self._xs, dtype=np.int32), np.array(self._ys, dtype=np.int32)
        drawn = Drawn(
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
            halts=self._halts,
            restrictions=self._restrictions,
            rules=list(self._rules),
        )
        self._nodes, self._xs, self._ys = array("q"), array("i"), array("i")  # half of the memory
        return drawn

    def divides(self) -> Divides:
        """Return the waters and railways that were read."""
        lat, lon = (np.array(column, dtype=np.int32) for column in (self._line_ys, self._line_xs))
        return divides_of(self._line_start, self._line_kind, lat, lon)


def _ferry_use(tags: Mapping[str, Any]) -> WayUse | None:
    driven = directions(tags)
    return None if driven is None else WayUse("ferry", *driven, private=False)
