"""⚙ The address index: what a caller says → where it is, and what is near a point.

`Places.open` reads the names into memory; houses stay in the file. A search compares keys
(`routing.addresses`): every typed word must match a word of a name exactly, as its beginning, or with a
small typing error.
"""

from __future__ import annotations

import math
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from routing.addresses import Reading, coordinates, crossings, house_key, number_of, readings, retold
from routing.institutions import Hospital, Substation
from routing.names import Hit, Names
from routing.posts import MOST_BETWEEN_KM, Post, alike, asked, between, road_key

FILE = "places.sqlite"
APPLICATION = 0x536B5031  # "SkP1"
VERSION = 2
# Side of a cell of the grid by which places near a point are found, degrees (220 m of latitude).
CELL_DEG = 0.002
# Nothing farther than this is "near" a point, metres.
NEAR_M = 1000.0
# A house on file this near to the point is named before the street that passes closer, metres.
HOUSE_NEAR_M = 120.0
# How many house numbers to show when the one that was said is not on file.
NEXT_HOUSES = 3


class Place(msgspec.Struct, frozen=True):
    """One answer: what was found, in the words to show; degrees WGS-84; `kind` as docs/map.md lists them."""

    label: str
    lat_deg: float
    lon_deg: float
    kind: str


class PlacesError(Exception):
    """The address index is missing, cut short, foreign or of another version; says what to do."""


def stations(folder: Path) -> list[Substation]:
    """Return the substations of a built map, in the extract's order.

    Raises:
        PlacesError: the index cannot be read.
    """
    with Places.open(folder) as places:
        return places.stations()


def hospitals(folder: Path) -> list[Hospital]:
    """Return the hospitals of a built map with what each can treat, in the extract's order.

    Raises:
        PlacesError: the index cannot be read.
    """
    with Places.open(folder) as places:
        return places.hospitals()


def cell_of(lat: float, lon: float) -> tuple[int, int]:
    """Return row and column of the grid's cell of a point."""
    return math.floor(lat / CELL_DEG), math.floor(lon / CELL_DEG)


class Places:
    """The index of one map; safe to use from several threads."""

    def __init__(self, base: sqlite3.Connection, names: Names) -> None:
        self._base = base
        self._names = names
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> Places:
        """Open the index in a map's folder.

        Raises:
            PlacesError: it is missing, cut short, foreign or of another version.
        """
        path = folder / FILE
        _check(path)
        try:
            base = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            names = Names(
                base.execute("SELECT id, kind, label, keys, lat, lon, houses FROM names ORDER BY id")
            )
        except (sqlite3.Error, ValueError, TypeError) as problem:
            raise PlacesError(
                f"{path}: the address index is damaged ({problem}); build the map again"
            ) from problem
        return cls(base, names)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; a closed index finds nothing any more."""
        self._base.close()

    def __len__(self) -> int:
        """Return the number of names and houses."""
        (count,) = self._rows("SELECT count(*) FROM houses")[0]
        return int(count) + len(self._names)

    def find(self, text: str, limit: int = 8) -> list[Place]:
        """Return what the text may mean, best first; nothing where nothing is like it.

        A label always names what lies at the point: where a house is not on file, the street and its nearest
        numbers are shown under their own labels.

        Raises:
            PlacesError: the file turns out to be damaged.
        """
        with self._guarded():
            return self._find(text, limit) or next(
                (found for other in retold(text) if (found := self._find(other, limit))), []
            )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn what a damaged file can cause into a PlacesError."""
        try:
            yield
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise PlacesError(f"the address index is damaged ({problem}); build the map again") from problem

    def _find(self, text: str, limit: int) -> list[Place]:
        if limit < 1 or not text.strip():
            return []
        if (point := coordinates(text)) is not None:
            return [Place(f"{point[0]:.5f}, {point[1]:.5f}", *point, "point")]
        scored: list[tuple[float, Place]] = []
        for pair in crossings(text):
            scored += self._crossings(*pair)
        scored += self._labelled(text)
        if (post := asked(text)) is not None:
            scored += self._kilometres(*post)
        for reading in readings(text):
            scored += self._read(reading, limit)
        scored.sort(key=lambda entry: -entry[0])
        answer: list[Place] = []
        seen: set[str] = set()
        for _, place in scored:
            if place.label not in seen:
                seen.add(place.label)
                answer.append(place)
                if len(answer) == limit:
                    break
        return answer

    def near(self, lat_deg: float, lon_deg: float) -> Place | None:
        """Return the place nearest to a point within 1 km, a house before its street; or None.

        Raises:
            PlacesError: the file turns out to be damaged.
        """
        with self._guarded():
            return self._near(lat_deg, lon_deg)

    def _near(self, lat_deg: float, lon_deg: float) -> Place | None:
        row, col = cell_of(lat_deg, lon_deg)
        best: tuple[float, int, str, float, float] | None = None
        shrink = max(0.05, math.cos(math.radians(lat_deg)))
        rings = math.ceil(NEAR_M / (111_320.0 * CELL_DEG))
        for reach in (1, rings):
            wide = math.ceil(reach / shrink)
            for name, house, lat, lon in self._rows(
                "SELECT name, house, lat, lon FROM grid WHERE row BETWEEN ? AND ? AND col BETWEEN ? AND ?",
                (row - reach, row + reach, col - wide, col + wide),
            ):
                metres = 111_320.0 * math.hypot(lat - lat_deg, (lon - lon_deg) * shrink)
                rank = metres - HOUSE_NEAR_M if house and metres < HOUSE_NEAR_M else metres
                if metres <= NEAR_M and (best is None or rank < best[0]):
                    best = (rank, name, house, lat, lon)
            if best is not None:
                break
        if best is None:
            return None
        _, name, house, lat, lon = best
        if house:
            (label,) = self._rows("SELECT label FROM houses WHERE street = ? AND key = ?", (name, house))[0]
            return Place(label, lat, lon, "house")
        known = self._names.by_id(name)
        return Place(known.label, lat, lon, known.kind)

    def stations(self) -> list[Substation]:
        """Return the map's substations."""
        with self._guarded():
            return [Substation(*row[:4]) for row in self._institutions("substation")]

    def hospitals(self) -> list[Hospital]:
        """Return the map's hospitals."""
        with self._guarded():
            return [
                Hospital(identity, name, lat, lon, tuple(capabilities.split()))
                for identity, name, lat, lon, capabilities in self._institutions("hospital")
            ]

    def settlements(self) -> list[Place]:
        """Return the cities, towns, villages and suburbs that the map names, each at its centre."""
        return [
            Place(name.label, name.lat_deg, name.lon_deg, name.kind)
            for name in self._names.of_kinds(("city", "town", "village", "suburb"))
        ]

    def houses(self, limit: int) -> list[Place]:
        """Return up to `limit` houses of the map, spread evenly over it: for making up calls."""
        ((count,),) = self._rows("SELECT count(*) FROM houses")
        step = max(1, int(count) // max(1, limit))
        rows = self._rows(
            "SELECT label, lat, lon FROM (SELECT label, lat, lon, row_number() "
            "OVER (ORDER BY street, key) AS n FROM houses) WHERE (n - 1) % ? = 0 LIMIT ?",
            (step, limit),
        )
        return [Place(label, lat, lon, "house") for label, lat, lon in rows]

    def _institutions(self, kind: str) -> list[Any]:
        return self._rows(
            "SELECT id, name, lat, lon, capabilities FROM institutions WHERE kind = ? "
            "ORDER BY CAST(substr(id, 2) AS INTEGER)",
            (kind,),
        )

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._base.execute(query, values).fetchall()
        except sqlite3.Error as problem:
            raise PlacesError(f"the address index is damaged ({problem}); build the map again") from problem

    def _labelled(self, text: str) -> list[tuple[float, Place]]:
        """Return what bears the very label that was typed (or chosen from an earlier answer)."""
        found = [
            (3.0, Place(name.label, name.lat_deg, name.lon_deg, name.kind))
            for name in self._names.labelled(text)
        ]
        head, comma, tail = text.rpartition(",")
        if comma and (house := house_key(tail)):
            for street in self._names.labelled(head):
                for label, lat, lon in self._rows(
                    "SELECT label, lat, lon FROM houses WHERE street = ? AND key = ?", (street.id, house)
                ):
                    found.append((3.0, Place(label, lat, lon, "house")))
        return found

    def _read(self, reading: Reading, limit: int) -> list[tuple[float, Place]]:
        found: list[tuple[float, Place]] = []
        hits = self._names.search(reading.name, limit, streets=bool(reading.house))
        for hit in hits:
            name = hit.name
            street = Place(name.label, name.lat_deg, name.lon_deg, name.kind)
            if not reading.house:
                found.append((hit.score, street))
            else:
                found += self._on_street(hit, street, reading.house)
        return found

    def _on_street(self, hit: Hit, street: Place, house: str) -> list[tuple[float, Place]]:
        """Return the house and those that begin like it; or, where it is not on file, street and next."""
        rows = self._rows(
            "SELECT key, number, label, lat, lon FROM houses "
            "WHERE street = ? AND key >= ? AND key < ? ORDER BY key",
            (hit.name.id, house, house + "~"),
        )
        found = []
        for key, number, label, lat, lon in rows:
            if key == house:
                score = hit.score + 0.2
            elif number == number_of(house):  # 5 → 5А, 5к2: the same number, more exactly
                score = hit.score + 0.06
            else:  # 5 → 51: the number is still being typed
                score = hit.score - 0.02
            found.append((score - 1e-4 * len(key) - 1e-6 * number, Place(label, lat, lon, "house")))
        if found and any(key == house for key, *_ in rows):
            return found
        found.append((hit.score - 0.04, street))
        wanted = number_of(house)
        for _, number, label, lat, lon in self._rows(
            "SELECT key, number, label, lat, lon FROM houses "
            "WHERE street = ? ORDER BY abs(number - ?), key LIMIT ?",
            (hit.name.id, wanted, NEXT_HOUSES),
        ):
            nearness = 0.01 if number == wanted else -1e-4 * min(abs(number - wanted), 100)
            found.append((hit.score - 0.045 + nearness, Place(label, lat, lon, "house")))
        return found

    def _kilometres(self, road: str, km: float) -> list[tuple[float, Place]]:
        """Return the place of a kilometre of a road, at its post or between two."""
        key = road_key(road)
        found = []
        for score, column, wanted in ((2.0, "key", key), (1.9, "alike", alike(key))):
            for number, label in self._rows(f"SELECT id, label FROM roads WHERE {column} = ?", (wanted,)):  # noqa: S608  # one of two columns
                posts = self._rows(
                    "SELECT km, lat, lon FROM posts WHERE road = ? AND km BETWEEN ? AND ?",
                    (number, km - MOST_BETWEEN_KM, km + MOST_BETWEEN_KM),
                )
                post = between((Post(*row) for row in posts), km)
                if post is not None:
                    exact = any(row[0] == km for row in posts)
                    shown = f"{label}, {km:g} км" + ("" if exact else " ≈")
                    found.append((score, Place(shown, post.lat_deg, post.lon_deg, "kilometre")))
        return found

    def _crossings(self, one: str, other: str) -> list[tuple[float, Place]]:
        found = []
        firsts = self._names.search(readings(one)[0].name, 24, streets=True)
        seconds = [
            hit for hit in self._names.search(readings(other)[0].name, 24) if hit.name.kind == "street"
        ]
        for first in firsts:
            for second in seconds:
                a, b = sorted((first.name.id, second.name.id))
                for lat, lon in self._rows("SELECT lat, lon FROM crossings WHERE a = ? AND b = ?", (a, b)):
                    label = f"{first.name.label} / {second.name.label}"
                    found.append(((first.score + second.score) / 2 + 0.2, Place(label, lat, lon, "crossing")))
        return found


def _check(path: Path) -> None:
    """Read the header of the SQLite file (https://sqlite.org/fileformat2.html) before SQLite trusts it."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        raise PlacesError(f"{path}: this map has no address index; build the map again") from None
    except OSError as problem:
        raise PlacesError(f"{path}: cannot be read ({problem.strerror})") from problem
    if len(head) < 100 or head[:16] != b"SQLite format 3\0":
        raise PlacesError(f"{path}: is no address index (at byte 0); build the map again")
    page, pages = struct.unpack_from(">H", head, 16)[0], struct.unpack_from(">I", head, 28)[0]
    version, application = struct.unpack_from(">I", head, 60)[0], struct.unpack_from(">I", head, 68)[0]
    if application != APPLICATION:
        raise PlacesError(f"{path}: is a database, but no address index (at byte 68); build the map again")
    if version != VERSION:
        raise PlacesError(
            f"{path}: is of version {version}, this program reads {VERSION}; build the map again"
        )
    whole = pages * (65536 if page == 1 else page)
    if size < whole:
        raise PlacesError(f"{path}: is cut short at byte {size} of {whole}; build the map again")
