from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from routing import tiles
from routing.synth import write_city


def decoded(folder: Path, *extra: str) -> dict[str, list[dict[str, Any]]]:
    """Decode a tile file with tippecanoe's own reader: layer → properties of its features."""
    program = tiles.find_tippecanoe().with_name("tippecanoe-decode")
    done = subprocess.run(
        [str(program), "-c", *extra, tiles.FILE], cwd=folder, capture_output=True, text=True, check=True
    )
    layers: dict[str, list[dict[str, Any]]] = {}
    for line in done.stdout.splitlines():
        feature = json.loads(line)
        layer = feature.get("tippecanoe", {}).get("layer")
        layers.setdefault(layer, []).append(feature["properties"])
    return layers


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a city and its tiles once."""
    folder = tmp_path_factory.mktemp("tiles")
    write_city(folder / "city.osm.pbf", nodes=800, seed=3)
    tiles.build_tiles(folder / "city.osm.pbf", folder)
    return folder


def test_the_header_tells_zooms_and_bounds(made: Path) -> None:
    """The file is PMTiles 3 of zooms 6 to 14 around the city, and nothing else is left behind."""
    header = tiles.read_header(made / tiles.FILE)
    assert (header["least_zoom"], header["most_zoom"]) == (6, 14)
    assert header["tiles"] > 10
    assert header["west"] < 62.75 < header["east"]
    assert header["south"] < 55.65 < header["north"]
    assert sorted(path.name for path in made.iterdir()) == ["city.osm.pbf", "tiles.pmtiles"]


def test_every_layer_is_there_with_its_attributes(made: Path) -> None:
    """At zoom 14 every layer holds features, and each value is one that docs/map.md lists."""
    layers = decoded(made, "-z", "14", "-Z", "14")
    assert set(layers) == set(tiles.LAYERS)
    classes = Counter(properties["class"] for properties in layers["roads"])
    assert set(classes) == {"trunk", "primary", "secondary", "tertiary", "street", "service", "path"}
    assert any(properties.get("oneway") == 1 for properties in layers["roads"])
    assert any(properties.get("bridge") == 1 for properties in layers["roads"])
    assert any(properties.get("private") == 1 for properties in layers["roads"])
    assert any(properties.get("name") == "улица Ленина" for properties in layers["roads"])
    assert {p["kind"] for p in layers["water"]} == {"area", "river"}
    assert {p["kind"] for p in layers["rail"]} == {"rail"}
    assert {"park"} <= {p["kind"] for p in layers["green"]}
    assert {"city", "substation", "hospital", "school"} <= {p["kind"] for p in layers["places"]}
    assert all(p["number"] for p in layers["house_numbers"])


def test_nothing_is_dropped_at_the_last_zoom(made: Path) -> None:
    """Every address of the extract has its number on the map (points at tiles' edges may be there twice)."""
    import osmium  # noqa: PLC0415  # counts the source by another way than the tiles'

    wanted = Counter(
        entity.tags["addr:housenumber"]
        for entity in osmium.FileProcessor(str(made / "city.osm.pbf"))
        if "addr:housenumber" in entity.tags
    )
    drawn = Counter(p["number"] for p in decoded(made, "-z", "14", "-Z", "14")["house_numbers"])
    assert wanted.keys() == drawn.keys()
    assert all(drawn[number] >= count for number, count in wanted.items())


def test_far_zooms_hold_only_what_is_seen_from_afar(made: Path) -> None:
    """Houses and side streets wait for their zoom; highways and the river do not."""
    layers = decoded(made, "-z", "7", "-Z", "7")
    assert "buildings" not in layers
    assert {p["class"] for p in layers["roads"]} == {"trunk"}


def test_the_same_extract_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    """Neither the folder nor the hour shows in the file."""
    tiles.build_tiles(made / "city.osm.pbf", tmp_path)
    assert (tmp_path / tiles.FILE).read_bytes() == (made / tiles.FILE).read_bytes()


@pytest.mark.shared
def test_a_real_extract_becomes_tiles(shared: Path, tmp_path: Path) -> None:
    """The Moscow fragment gives a whole file with its streets and houses, multipolygons included."""
    tiles.build_tiles(shared / "data" / "maps" / "moscow.osm.gz", tmp_path)
    layers = decoded(tmp_path, "-z", "14", "-Z", "14")
    assert any(p.get("name") == "улица Академика Королёва" for p in layers["roads"])
    assert any(p["number"] == "12" for p in layers["house_numbers"])
    assert len(layers["buildings"]) > 500


def test_without_tippecanoe_the_reason_is_told(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the program is missing or broken, the error says so and no file appears."""
    broken = tmp_path / "tippecanoe"
    broken.write_text("#!/bin/sh\necho no such luck >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(tiles, "find_tippecanoe", lambda: broken)
    folder = tmp_path / "map"
    folder.mkdir()
    with pytest.raises(tiles.TilesUnavailable, match="status 3: no such luck"):
        tiles.build_tiles(made / "city.osm.pbf", folder)
    broken.write_bytes(b"\x00\x01")
    with pytest.raises(tiles.TilesUnavailable, match="could not run"):
        tiles.build_tiles(made / "city.osm.pbf", folder)
    assert not list(folder.iterdir())


def test_a_broken_extract_is_refused(tmp_path: Path) -> None:
    """Garbage, half a file and an empty file are errors that name the file."""
    garbage = tmp_path / "bad.osm.pbf"
    garbage.write_bytes(b"\x00\x00\x00\x0dgarbage garbage")
    with pytest.raises(ValueError, match=r"bad\.osm\.pbf"):
        tiles.build_tiles(garbage, tmp_path)
    empty = tmp_path / "empty.osm"
    empty.write_text("<?xml version='1.0'?><osm version='0.6'></osm>")
    with pytest.raises(tiles.TilesUnavailable, match="nothing"):
        tiles.build_tiles(empty, tmp_path)


@pytest.mark.parametrize("damage", ["cut", "foreign", "empty"])
def test_a_damaged_tile_file_is_known(made: Path, tmp_path: Path, damage: str) -> None:
    """The header check finds a file that is cut short, of another format, or empty."""
    whole = (made / tiles.FILE).read_bytes()
    path = tmp_path / tiles.FILE
    path.write_bytes({"cut": whole[: len(whole) // 2], "foreign": b"x" * 500, "empty": b""}[damage])
    with pytest.raises(ValueError, match=r"tiles\.pmtiles"):
        tiles.read_header(path)
