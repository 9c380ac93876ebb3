"""⚙ Makes the address index of a map: every name, house, crossing and landmark of an OpenStreetMap extract.

Streets of one name that lie apart (two villages, one "rua da Igreja") are told apart, and their labels say
where each is. The result is one SQLite file; `routing.places` reads it.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium

from routing.addresses import Name, house_key, name_of, number_of, short_street
from routing.extract import OTHER_NAMES, Found, Landmark, Point, Street, read
from routing.institutions import capabilities_of
from routing.places import APPLICATION, FILE, VERSION, cell_of
from routing.posts import alike, road_key

# Streets of one name nearer than about this belong together, degrees of latitude (about 1.1 km).
APART_DEG = 0.01

_SCHEMA = """
CREATE TABLE names (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, label TEXT NOT NULL, keys TEXT NOT NULL,
                    lat REAL NOT NULL, lon REAL NOT NULL, houses INTEGER NOT NULL);
CREATE TABLE houses (street INTEGER NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL, label TEXT NOT NULL,
                     lat REAL NOT NULL, lon REAL NOT NULL, PRIMARY KEY (street, key)) WITHOUT ROWID;
CREATE TABLE crossings (a INTEGER NOT NULL, b INTEGER NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL,
                        PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE grid (row INTEGER NOT NULL, col INTEGER NOT NULL, name INTEGER NOT NULL, house TEXT NOT NULL,
                   lat REAL NOT NULL, lon REAL NOT NULL, PRIMARY KEY (row, col, name, house)) WITHOUT ROWID;
CREATE TABLE roads (id INTEGER PRIMARY KEY, key TEXT NOT NULL, alike TEXT NOT NULL, label TEXT NOT NULL);
CREATE INDEX roads_by_key ON roads (key);
CREATE INDEX roads_by_sight ON roads (alike);
CREATE TABLE posts (road INTEGER NOT NULL, km REAL NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL,
                    PRIMARY KEY (road, km)) WITHOUT ROWID;
CREATE TABLE institutions (kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, lat REAL NOT NULL,
                           lon REAL NOT NULL, capabilities TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT
                           ROWID;
"""


def build_places(osm_path: Path, folder: Path) -> int:
    """Index an extract into `places.sqlite` of `folder`; return the number of places (names and houses).

    The file appears only when it is whole.

    Raises:
        ValueError: the extract cannot be read.
    """
    try:
        found = read(osm_path)
    except (RuntimeError, osmium.InvalidLocationError) as problem:
        raise ValueError(f"{osm_path.name} cannot be read as OpenStreetMap: {problem}") from problem
    unfinished = folder / (FILE + ".unfinished")
    unfinished.unlink(missing_ok=True)
    base = sqlite3.connect(unfinished, isolation_level=None)
    try:
        base.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA page_size=4096;" + _SCHEMA
        )
        base.execute(f"PRAGMA application_id={APPLICATION}")
        base.execute(f"PRAGMA user_version={VERSION}")
        base.execute("BEGIN")
        count = _Writer(base, found).write()
        base.execute("COMMIT")
    finally:
        base.close()
    unfinished.replace(folder / FILE)
    return count


@dataclass(slots=True)
class _Part:
    """One street on the ground: the points of a name that lie together."""

    name: str
    points: list[Point]
    others: set[str]
    key: tuple[str, ...]
    id: int = 0
    label: str = ""
    where: str = ""
    houses: int = 0


class _Writer:
    """Turns what was found into rows, in the extract's own order: the same extract, the same index."""

    def __init__(self, base: sqlite3.Connection, found: Found) -> None:
        self.base = base
        self.found = found
        self.parts: dict[tuple[str, ...], list[_Part]] = {}
        self.next_id = 1
        self.grid: dict[tuple[int, int, int, str], Point] = {}
        self.meeting: dict[Point, set[int]] = defaultdict(set)
        self.passing: dict[tuple[int, int], list[tuple[Point, str]]] = defaultdict(list)

    def write(self) -> int:
        for key, name, _, at in self.found.houses:  # a street that only its houses know
            if key not in self.found.numbers:
                street = self.found.streets[key]
                street.spelled[name] += 1
                street.points.append(at)
        for key, street in self.found.streets.items():
            self.parts[key] = _apart(key, street)
        self._label()
        houses = self._houses()
        self._crossings()
        names = self._names()
        landmarks = self._landmarks()
        self._posts()
        self.base.executemany(
            "INSERT OR IGNORE INTO grid VALUES (?,?,?,?,?,?)",
            [(*cell, *at) for cell, at in sorted(self.grid.items())],
        )
        return houses + names + landmarks

    def _label(self) -> None:
        settled = [
            (m.at, m.name) for m in self.found.landmarks
            if m.kind in {"city", "town", "village", "suburb", "quarter"} and m.name
        ]  # fmt: skip
        for parts in self.parts.values():
            taken: set[str] = set()
            for part in parts:
                part.id = self.next_id
                self.next_id += 1
                near = None
                if len(parts) > 1:
                    near = _nearest(settled, _representative(part.points)) or self._met_by(part)
                where, number = near or "", 2
                while where in taken:
                    where = f"{near or ''} № {number}".strip()
                    number += 1
                taken.add(where)
                part.where = where
                part.label = short_street(part.name) + (f" ({where})" if where else "")

    def _met_by(self, part: _Part) -> str | None:
        """Return the name of the street that this one meets most often."""
        if not self.meeting:
            for at, streets in self.found.corners.values():
                if any(len(self.parts[self.found.names[number]]) > 1 for number in streets):
                    self.meeting[at] |= streets
        own = self.found.numbers.get(part.key)
        met: Counter[int] = Counter()
        for point in part.points:
            met.update(other for other in self.meeting.get(point, ()) if other != own)
        if not met:
            return None
        number = min(met, key=lambda other: (-met[other], other))
        return short_street(self.found.streets[self.found.names[number]].spelled.most_common(1)[0][0])

    def _part_at(self, key: tuple[str, ...], at: Point) -> _Part:
        parts = self.parts[key]
        if len(parts) == 1:
            return parts[0]
        return min(parts, key=lambda part: min(_far(at, point) for point in part.points))

    def _houses(self) -> int:
        rows: dict[tuple[int, str], tuple[Any, ...]] = {}
        exact = len(self.found.houses)
        for turn, (key, _, number, at) in enumerate([*self.found.houses, *self.found.between]):
            part = self._part_at(key, at)
            house = house_key(number)
            if (part.id, house) in rows:
                continue
            part.houses += 1
            rows[part.id, house] = (
                part.id,
                house,
                number_of(house),
                f"{part.label}, {number}" + (" ≈" if turn >= exact else ""),
                *_rounded(at),
            )
            self.grid[(*cell_of(*at), part.id, house)] = _rounded(at)
        self.base.executemany("INSERT INTO houses VALUES (?,?,?,?,?,?)", sorted(rows.values()))
        return len(rows)

    def _posts(self) -> None:
        roads = [(road, at) for road, at in sorted(self.found.posts.items()) if road_key(road)]
        for number, (road, at) in enumerate(roads, start=1):
            key = road_key(road)
            self.base.execute("INSERT INTO roads VALUES (?,?,?,?)", (number, key, alike(key), road))
            self.base.executemany(
                "INSERT INTO posts VALUES (?,?,?,?)",
                [(number, km, *_rounded(place)) for km, place in sorted(at.items())],
            )

    def _crossings(self) -> None:
        rows: dict[tuple[int, int], Point] = {}
        for at, streets in self.found.corners.values():
            ids = sorted(self._part_at(self.found.names[number], at).id for number in streets)
            for i, a in enumerate(ids):
                for b in ids[i + 1 :]:
                    rows.setdefault((a, b), _rounded(at))
        self.base.executemany(
            "INSERT INTO crossings VALUES (?,?,?,?)", [(*ab, *at) for ab, at in sorted(rows.items())]
        )

    def _names(self) -> int:
        rows = []
        for parts in self.parts.values():
            for part in parts:
                for point in part.points:  # one point of a street in each cell
                    self.grid.setdefault((*cell_of(*point), part.id, ""), _rounded(point))
                keys = [
                    _key(name_of(part.name), part.where),
                    *(_key(name_of(other), part.where) for other in sorted(part.others)),
                ]
                at = _rounded(_representative(part.points))
                rows.append((part.id, "street", part.label, _joined(keys), *at, part.houses))
        self.base.executemany("INSERT INTO names VALUES (?,?,?,?,?,?,?)", rows)
        return len(rows)

    def _landmarks(self) -> int:
        rows, institutions = [], []
        named = Counter(landmark.name for landmark in self.found.landmarks)
        seen: list[Landmark] = []
        numbers: Counter[str] = Counter()
        index: dict[tuple[str, str], list[Point]] = defaultdict(list)
        for landmark in self.found.landmarks:
            # Both the area and the building of one hospital are often tagged; they are one place.
            twins = index[landmark.kind, landmark.name]
            if any(_far(landmark.at, twin) < 250 for twin in twins):
                continue
            twins.append(landmark.at)
            seen.append(landmark)
        for landmark in seen:
            tags, label = landmark.tags, landmark.name
            if landmark.kind in {"substation", "hospital"} and tags.get("amenity") != "clinic":
                numbers[landmark.kind] += 1
                number = numbers[landmark.kind]
                label = label or f"№ {number}"
                institutions.append(
                    (landmark.kind, f"{landmark.kind[0]}{number}", label, *_rounded(landmark.at),
                     " ".join(capabilities_of(tags)) if landmark.kind == "hospital" else "")
                )  # fmt: skip
            where = ""
            if named[landmark.name] > 1:
                street, number_ = tags.get("addr:street"), tags.get("addr:housenumber")
                where = short_street(street) if street else self._street_near(landmark.at) or ""
                if street and number_:
                    where += f", {number_}"
            if where:
                label += f" ({where})"
            known = (landmark.name or label, *(tags[other] for other in OTHER_NAMES if other in tags))
            keys = [_key(name_of(name), where) for name in known]
            at = _rounded(landmark.at)
            rows.append((self.next_id, landmark.kind, label, _joined(keys), *at, 0))
            self.grid[(*cell_of(*at), self.next_id, "")] = at
            self.next_id += 1
        self.base.executemany("INSERT INTO names VALUES (?,?,?,?,?,?,?)", rows)
        self.base.executemany("INSERT INTO institutions VALUES (?,?,?,?,?,?)", institutions)
        return len(rows)

    def _street_near(self, at: Point) -> str | None:
        """Return the label of a street that passes the cell of a point, or one beside it."""
        if not self.passing:
            labels = {part.id: part.label for parts in self.parts.values() for part in parts}
            for (row, col, name, house), point in self.grid.items():
                if not house and name in labels:
                    self.passing[row, col].append((point, labels[name]))
        row, col = cell_of(*at)
        rows, cols = (row - 1, row, row + 1), (col - 1, col, col + 1)
        near = [entry for r in rows for c in cols for entry in self.passing.get((r, c), ())]
        return min(near, key=lambda entry: _far(entry[0], at))[1] if near else None


def _key(name: Name, where: str = "") -> str:
    """Write a name as the index keeps it: its type, its core, and where it is, between bars."""
    return "|".join((name.type, " ".join(name.core), " ".join(name_of(where).core) if where else ""))


def _joined(keys: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(keys))


def _rounded(at: Point) -> Point:
    return round(at[0], 6), round(at[1], 6)


def _far(a: Point, b: Point) -> float:
    """Return the distance of two near points, metres."""
    east = (a[1] - b[1]) * math.cos(math.radians(a[0]))
    return 111_320.0 * math.hypot(a[0] - b[0], east)


def _representative(points: list[Point]) -> Point:
    """Return the point of a street that is nearest to its middle, so that it lies on the street."""
    lat, lon = sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
    return min(points, key=lambda point: _far(point, (lat, lon)))


def _nearest(settled: list[tuple[Point, str]], at: Point) -> str | None:
    near = min(settled, key=lambda place: _far(place[0], at), default=None)
    return near[1] if near is not None and _far(near[0], at) < 8000 else None


def _apart(key: tuple[str, ...], street: Street) -> list[_Part]:
    """Divide the points of one name into streets that lie apart (cells joined with their neighbours)."""
    name = street.spelled.most_common(1)[0][0]
    cells: dict[tuple[int, int], list[Point]] = defaultdict(list)
    for lat, lon in street.points:
        cells[math.floor(lat / APART_DEG), math.floor(lon / APART_DEG)].append((lat, lon))
    parts = []
    while cells:
        pending = [next(iter(cells))]
        together: list[Point] = []
        while pending:
            cell = pending.pop()
            if cell not in cells:
                continue
            together += cells.pop(cell)
            row, col = cell
            pending += [
                (r, c) for r in (row - 1, row, row + 1) for c in (col - 2, col - 1, col, col + 1, col + 2)
            ]
        within = set(together)
        others = {other for other, at in street.others.items() if at in within}
        parts.append(_Part(name, together, others, key))
    return parts
