"""⚙ What an OpenStreetMap extract names: streets, where they meet, houses, landmarks; in one pass."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

import osmium

from routing.addresses import house_key, name_of, number_of
from routing.landmarks import Tags, landmark_kind
from routing.posts import kilometre

_KEYS = (
    "highway", "addr:housenumber", "place", "amenity", "shop", "emergency", "healthcare",
    "railway", "tourism",
    "leisure", "office", "addr:interpolation",
)  # fmt: skip
# Names by which people may also know a thing.
OTHER_NAMES = (
    "alt_name",
    "old_name",
    "short_name",
    "loc_name",
    "official_name",
    "name:ru",
    "name:en",
    "int_name",
)
_KEPT = ("name", "amenity", "addr:street", "addr:housenumber", "healthcare:speciality", *OTHER_NAMES)
_NOT_DRIVEN = frozenset(
    {"bus_stop", "platform", "proposed", "construction", "rest_area", "services", "elevator"}
)

# An interpolation line of more house numbers is a mapping error.
MOST_BETWEEN = 400

Point = tuple[float, float]


@dataclass(slots=True)
class Street:
    """All ways of one name: how it is written and how often, where it passes, other names."""

    spelled: Counter[str] = field(default_factory=Counter)
    points: list[Point] = field(default_factory=list)
    others: dict[str, Point] = field(default_factory=dict)


@dataclass(slots=True)
class Landmark:
    """A thing with a name that is no street; the tags are those that its label and its abilities need."""

    kind: str
    name: str
    at: Point
    tags: dict[str, str]


@dataclass(slots=True)
class Found:
    """What one pass over the extract brings together."""

    streets: dict[tuple[str, ...], Street] = field(default_factory=lambda: defaultdict(Street))
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    names: list[tuple[str, ...]] = field(default_factory=list)
    # Node of the road network: the streets that meet there, by number, and its place.
    corners: dict[int, tuple[Point, set[int]]] = field(default_factory=dict)
    first_at: dict[int, int] = field(default_factory=dict)
    houses: list[tuple[tuple[str, ...], str, str, Point]] = field(default_factory=list)
    landmarks: list[Landmark] = field(default_factory=list)
    # Node with an address → its number in `houses`; houses between the ends of an interpolation line.
    addressed: dict[int, int] = field(default_factory=dict)
    between: list[tuple[tuple[str, ...], str, str, Point]] = field(default_factory=list)
    # Kilometre posts by node, and by road: its number or name → (km, place).
    milestones: dict[int, tuple[float, Point]] = field(default_factory=dict)
    posts: dict[str, dict[float, Point]] = field(default_factory=lambda: defaultdict(dict))


def read(osm_path: Path) -> Found:
    """Read an extract; raises what pyosmium raises."""
    found = Found()
    relations = osmium.filter.KeyFilter("addr:housenumber", "amenity", "healthcare", "shop", "tourism")
    relations.enable_for(osmium.osm.osm_entity_bits.RELATION)
    processor = (
        osmium.FileProcessor(str(osm_path)).with_areas(relations).with_filter(osmium.filter.KeyFilter(*_KEYS))
    )
    for entity in processor:
        tags = entity.tags
        if isinstance(entity, osmium.osm.Node):
            at = (entity.lat, entity.lon)
            if tags.get("highway") == "milestone":
                _milestone(found, tags, entity.id, at)
            count = len(found.houses)
            _thing(found, tags, at)
            if len(found.houses) > count:
                found.addressed[entity.id] = count
        elif isinstance(entity, osmium.osm.Way):
            points = [(n.lat, n.lon, n.ref) for n in entity.nodes if n.location.valid()]
            if not points:
                continue
            if "highway" in tags and tags.get("name") and tags.get("highway") not in _NOT_DRIVEN:
                _highway(found, tags, points)
            if found.milestones and "highway" in tags:
                _posts(found, tags, points)
            if "addr:interpolation" in tags:
                _interpolate(found, tags["addr:interpolation"], points)
                continue
            _thing(found, tags, _middle(points))
        elif isinstance(entity, osmium.osm.Area) and not entity.from_way():
            ring = [(n.lat, n.lon, 0) for n in next(iter(entity.outer_rings()), ())]
            if ring:
                _thing(found, tags, _middle(ring))
    return found


def _middle(points: list[tuple[float, float, int]]) -> Point:
    own = points[:-1] if len(points) > 1 and points[0][:2] == points[-1][:2] else points
    return sum(p[0] for p in own) / len(own), sum(p[1] for p in own) / len(own)


def _highway(found: Found, tags: Tags, points: list[tuple[float, float, int]]) -> None:
    name = " ".join(tags["name"].split())
    key = name_of(name).whole
    if not key:
        return
    street = found.streets[key]
    street.spelled[name] += 1
    street.points += [(lat, lon) for lat, lon, _ in points]
    for other in OTHER_NAMES:
        if other in tags:
            street.others.setdefault(tags[other], points[0][:2])
    number = found.numbers.get(key)
    if number is None:
        number = found.numbers[key] = len(found.names)
        found.names.append(key)
    for lat, lon, reference in points:
        first = found.first_at.setdefault(reference, number)
        if first != number:
            corner = found.corners.setdefault(reference, ((lat, lon), {first}))
            corner[1].add(number)


def _milestone(found: Found, tags: Tags, node: int, at: Point) -> None:
    km = kilometre(tags.get("distance") or tags.get("pk"))
    if km is None:
        return
    found.milestones[node] = (km, at)
    for road in _roads_of(tags):  # some say themselves whose they are
        found.posts[road].setdefault(km, at)


def _posts(found: Found, tags: Tags, points: list[tuple[float, float, int]]) -> None:
    """Give the posts on a way to the roads that it is part of."""
    there = [found.milestones[node] for _, _, node in points if node in found.milestones]
    for road in _roads_of(tags) if there else ():
        for km, at in there:
            found.posts[road].setdefault(km, at)


def _roads_of(tags: Tags) -> list[str]:
    numbers = [part.strip() for part in (tags.get("ref") or "").split(";")]
    return [road for road in (*numbers, " ".join((tags.get("name") or "").split())) if road]


def _interpolate(found: Found, rule: str, points: list[tuple[float, float, int]]) -> None:
    """Place the houses between the addressed nodes of an interpolation line, evenly."""
    step = {"all": 1, "odd": 2, "even": 2}.get(rule) or (int(rule) if rule.isdecimal() else 0)
    known = [(at, found.houses[found.addressed[node]]) for at, (_, _, node) in enumerate(points)
             if node in found.addressed]  # fmt: skip
    for (begin, first), (end, last) in pairwise(known):
        low, high = number_of(house_key(first[2])), number_of(house_key(last[2]))
        if step < 1 or first[0] != last[0] or not step < abs(high - low) <= MOST_BETWEEN:
            continue
        line = points[begin : end + 1]
        lengths = [0.0, *accumulate(math.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(line))]
        sign = 1 if high > low else -1
        for number in range(low + sign * step, high, sign * step):
            wanted = lengths[-1] * (number - low) / (high - low)
            after = min(max(bisect_left(lengths, wanted), 1), len(line) - 1)
            part = (wanted - lengths[after - 1]) / max(lengths[after] - lengths[after - 1], 1e-12)
            (lat, lon, _), (lat2, lon2, _) = line[after - 1], line[after]
            at = lat + part * (lat2 - lat), lon + part * (lon2 - lon)
            found.between.append((first[0], first[1], str(number), at))


def _thing(found: Found, tags: Tags, at: Point) -> None:
    """Take an address and a landmark from the tags of anything that lies at a point."""
    number = tags.get("addr:housenumber")
    street = tags.get("addr:street") or tags.get("addr:place")
    if number and street and number_of(house_key(number)) >= 0:
        street = " ".join(street.split())
        if key := name_of(street).whole:
            found.houses.append((key, street, " ".join(number.split()), at))
    kind = landmark_kind(tags)
    if kind == "substation" or (kind == "hospital" and "name" in tags) or (kind and tags.get("name")):
        name = " ".join((tags.get("name") or tags.get("ref") or "").split())
        if name or kind == "substation":
            found.landmarks.append(Landmark(kind, name, at, {key: tags[key] for key in _KEPT if key in tags}))
