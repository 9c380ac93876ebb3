from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.__main__ import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def skoraya(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; return (exit status, stdout, stderr)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small made-up city, built by the command itself."""
    folder = tmp_path_factory.mktemp("maps") / "city"
    assert main(["map", "synth", str(folder), "--nodes", "300", "--seed", "2"]) == 0
    return folder


def middle(city: Path) -> tuple[float, float]:
    """Return the middle of a map."""
    west, south, east, north = json.loads((city / "meta.json").read_text())["bounds"]
    return (south + north) / 2, (west + east) / 2


def test_info_describes_a_made_up_city_in_the_agreed_keys(skoraya: Run, city: Path) -> None:
    """`map info` prints the keys that others rely on, and behind them what was left out."""
    status, out, _ = skoraya("map", "info", city)
    shown: dict[str, Any] = json.loads(out)
    keys = ["nodes", "arcs", "km", "turn_restrictions", "places", "bounds", "source", "built_at", "bytes"]
    assert (status, list(shown)[: len(keys)]) == (0, keys)
    assert {"left_out_nodes", "left_out_km", "left_out_parts", "timed_ways", "version"} <= set(shown)
    assert 200 < shown["nodes"] < shown["arcs"]
    assert shown["places"] > 100
    assert shown["source"] == "synth --nodes 300 --seed 2"


def test_the_same_seed_makes_the_same_city(skoraya: Run, city: Path, tmp_path: Path) -> None:
    """A second city of the same size and seed has the same roads, another seed has others."""
    arrays = {}
    for seed in (2, 3):
        status, _, err = skoraya("map", "synth", tmp_path / str(seed), "--nodes", 300, "--seed", seed)
        assert status == 0, err
        arrays[seed] = (tmp_path / str(seed) / "shape_lat_e7.npy").read_bytes()
    assert arrays[2] == (city / "shape_lat_e7.npy").read_bytes() != arrays[3]


@pytest.mark.shared
@pytest.mark.slow
def test_porto_is_built_described_and_asked(skoraya: Run, shared: Path, tmp_path: Path) -> None:
    """The whole chain on a real extract: build, info, nearest and route give one another's figures."""
    folder = tmp_path / "porto"
    status, out, err = skoraya("map", "build", shared / "data" / "maps" / "porto_portugal.osm.pbf", folder)
    assert (status, out) == (0, "")
    assert "left out" in err
    assert "turn restrictions: " in err
    assert json.loads(skoraya("map", "info", folder)[1])["turn_restrictions"] > 300
    units = tmp_path / "units.csv"
    units.write_text("unit,lat,lon,heading_deg\nA,41.1500,-8.6100,\nB,41.1600,-8.6200,\nC,41.2,-8.55\n")
    _, out, _ = skoraya("nearest", folder, "--to", "41.155,-8.615", "--units", units, "-k", 2)
    answer = json.loads(out)
    assert [eta["unit"] for eta in answer] == ["B", "A"]
    _, out, _ = skoraya("route", folder, "--from", "41.1600,-8.6200", "--to", "41.155,-8.615")
    way = json.loads(out)
    assert way["type"] == "Feature"
    assert way["properties"]["seconds"] == answer[0]["seconds"]
    assert way["properties"]["metres"] == answer[0]["metres"]
    assert all(-8.7 < lon < -8.5 and 41.1 < lat < 41.2 for lon, lat in way["geometry"]["coordinates"])


def test_equal_ends_are_nothing_apart(skoraya: Run, city: Path) -> None:
    """A route from a point to itself has 0 seconds and 0 metres."""
    lat, lon = middle(city)
    status, out, _ = skoraya("route", city, "--from", f"{lat},{lon}", "--to", f"{lat},{lon}")
    properties = json.loads(out)["properties"]
    assert (status, properties["seconds"], properties["metres"]) == (0, 0, 0)


def test_a_siren_is_quicker_and_the_hour_counts(skoraya: Run, city: Path, tmp_path: Path) -> None:
    """--no-siren takes longer over the same way; in the dead of night so does a siren; --at is checked."""
    lat, lon = middle(city)
    units = tmp_path / "units.csv"
    units.write_text(f"unit,lat,lon\nскорая-1,{lat + 0.004},{lon}\n", encoding="utf-8")
    ask = ("nearest", city, "--to", f"{lat},{lon}", "--units", units)
    (fast,) = json.loads(skoraya(*ask)[1])
    (slow,) = json.loads(skoraya(*ask, "--no-siren")[1])
    assert fast["unit"] == slow["unit"] == "скорая-1"
    assert 0 < fast["seconds"] < slow["seconds"]
    (night,) = json.loads(skoraya(*ask, "--at", "2026-11-20T22:00:00Z")[1])  # two or three o'clock there
    assert fast["seconds"] < night["seconds"] < slow["seconds"]
    assert skoraya(*ask, "--at", "yesterday")[0] == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no units"),
        (b"unit,lat,lon\n", "holds no units"),
        (b"name,lat,lon\nA,55,37\n", "line 1: no column 'unit'"),
        (b"unit,lat,lon\nA,55.0,37.0\nB,north,37.0\n", "line 3, column lat: 'north' is not a number"),
        (b"unit,lat,lon\nA,95,37\n", "line 2, column lat: 95 is not within -90 to 90"),
        (b"unit,lat,lon\nA,nan,37\n", "line 2, column lat: nan is not within"),
        (b"unit,lat,lon\nA,55,\n", "line 2, column lon: '' is not a number"),
        (b"unit,lat,lon,heading_deg\nA,55,37,east\n", "line 2, column heading_deg: 'east' is not a number"),
        (b"unit,lat,lon\n,55,37\n", "line 2, column unit: empty"),
        (b"unit,lat,lon\nA,55,37\n\nA,55,37\n", "line 4, column unit: 'A' is there twice"),
        (b"unit,lat,lon\nA,55\n", "line 2: 2 columns instead of 3"),
        (b'unit,lat,lon\n"A,55,37\n', "line 2"),
        (b"unit,lat,lon\nA\xff,55,37\n", "byte 14: not UTF-8"),
        (b"unit,lat,lon\nA\x00,55,37\n", "line 2, column unit"),
    ],
)
def test_a_bad_units_file_is_named_with_line_and_column(
    skoraya: Run, city: Path, tmp_path: Path, content: bytes, says: str
) -> None:
    """Each mistake in UNITS.csv: exit 1 and one line that says where it is; no traceback."""
    units = tmp_path / "units.csv"
    units.write_bytes(content)
    status, out, err = skoraya("nearest", city, "--to", "55.6,62.7", "--units", units)
    assert (status, out) == (1, "")
    assert "units.csv" in err
    assert says in err
    assert err.count("\n") == 1


def test_a_short_line_may_leave_out_the_heading(skoraya: Run, city: Path, tmp_path: Path) -> None:
    """heading_deg is optional in the header and on every line; a BOM and blank lines do no harm."""
    lat, lon = middle(city)
    units = tmp_path / "units.csv"
    lines = ("\ufeffunit,lat,lon,heading_deg", f"A,{lat},{lon}", "", f"B,{lat},{lon},90", "")
    units.write_text("\r\n".join(lines), encoding="utf-8", newline="")
    status, out, err = skoraya("nearest", city, "--to", f"{lat},{lon}", "--units", units)
    assert status == 0, err
    assert [(eta["unit"], eta["seconds"]) for eta in json.loads(out)] == [("A", 0), ("B", 0)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nearest", "CITY", "--to", "north", "--units", "u.csv"), "is not LAT,LON"),
        (("nearest", "CITY", "--to", "95,37", "--units", "u.csv"), "latitude"),
        (("nearest", "CITY", "--to", "-33.9,181", "--units", "u.csv"), "longitude"),
        (("nearest", "CITY", "--to", "55,37", "--units", "u.csv", "-k", "0"), "is not a number from 1"),
        (("nearest", "CITY", "--to", "55,37"), "required"),
        (("route", "CITY", "--from", "55,37"), "required"),
        (("map",), "required"),
        (("map", "burn", "CITY"), "invalid choice"),
    ],
)
def test_bad_arguments_exit_2(skoraya: Run, city: Path, arguments: tuple[str, ...], says: str) -> None:
    """What cannot be meant is said in argparse's words, with exit status 2."""
    status, _, err = skoraya(*(city if argument == "CITY" else argument for argument in arguments))
    assert status == 2
    assert says in err


def test_a_point_off_the_map_says_what_the_map_covers(skoraya: Run, city: Path, tmp_path: Path) -> None:
    """Far outside there is no road time: exit 1, and the bounds to compare with; a leading minus is read."""
    units = tmp_path / "units.csv"
    units.write_text("unit,lat,lon\nA,55.6,62.7\n")
    for command in (
        ("nearest", city, "--units", units, "--to", "-33.9,151.2"),
        ("route", city, "--from", "-33.9,151.2", "--to", "55.6,62.7"),
    ):
        status, _, err = skoraya(*command)
        assert status == 1
        assert "-33.9,151.2 is more than 2 km from every road" in err


def test_bad_maps_are_named(skoraya: Run, tmp_path: Path) -> None:
    """No folder, a foreign folder, a foreign extract, a target that holds other things: exit 1, one line."""
    foreign = tmp_path / "foreign.osm.pbf"
    foreign.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    for command, says in (
        (("map", "info", tmp_path / "nowhere"), "does not exist"),
        (("map", "info", tmp_path), "is not a map"),
        (("route", foreign, "--from", "1,1", "--to", "1,1"), "is a file, not a map folder"),
        (("map", "build", foreign, tmp_path / "out"), "is damaged or no OpenStreetMap file"),
        (("map", "build", tmp_path / "no.osm.pbf", tmp_path / "out"), "cannot be read"),
        (("map", "build", foreign, tmp_path), "holds other files"),
    ):
        status, out, err = skoraya(*command)
        assert (status, out) == (1, "")
        assert says in err
        assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


# Two rings of 1.7 km of streets each, a hundred kilometres apart.
ISLANDS = "".join(
    f"<node id='{10 * ring + corner}' lat='{54 + ring + dlat}' lon='{37 + dlon}'/>"
    for ring in (1, 2)
    for corner, (dlat, dlon) in enumerate(((0, 0), (0.005, 0), (0.005, 0.005), (0, 0.005)), 1)
) + "".join(
    f"<way id='{ring}'><nd ref='{ring}1'/><nd ref='{ring}2'/><nd ref='{ring}3'/><nd ref='{ring}4'/>"
    f"<nd ref='{ring}1'/><tag k='highway' v='residential'/></way>"
    for ring in (1, 2)
)
BAD_EXTRACTS = {
    "empty.osm": (b"", "is empty"),
    "bare.osm": (b"<osm version='0.6'></osm>", "holds no road"),
    "foreign.osm.pbf": (b"\x89PNG\r\n" + bytes(64), "is damaged or no OpenStreetMap file"),
    "truncated.osm": (f"<osm version='0.6'>{ISLANDS}".encode()[:-40], "is damaged or no OpenStreetMap file"),
    "islands.osm": (f"<osm version='0.6'>{ISLANDS}</osm>".encode(), "is two islands"),
    "pole.osm": (
        f"<osm version='0.6'>{ISLANDS}</osm>".replace("lat='55", "lat='137")
        .replace("lat='56", "lat='137")
        .encode(),
        "exchanged",
    ),
}


@pytest.mark.parametrize("name", BAD_EXTRACTS)
def test_a_bad_extract_leaves_the_old_map(skoraya: Run, city: Path, tmp_path: Path, name: str) -> None:
    """Truncated, empty, without roads, with coordinates exchanged, two islands: one line, and the old map."""
    content, says = BAD_EXTRACTS[name]
    (tmp_path / name).write_bytes(content)
    shutil.copytree(city, tmp_path / "map")
    before = skoraya("map", "info", tmp_path / "map")
    status, out, err = skoraya("map", "build", tmp_path / name, tmp_path / "map")
    assert (status, out) == (1, "")
    assert name in err
    assert says in err
    assert err.count("\n") == 1
    assert skoraya("map", "info", tmp_path / "map") == before


@pytest.mark.shared
def test_moscow_with_coordinates_exchanged_leaves_the_old_map(
    skoraya: Run, city: Path, shared: Path, tmp_path: Path
) -> None:
    """A real extract with latitude and longitude exchanged is told from a place in Iran."""
    text = gzip.decompress((shared / "data" / "maps" / "moscow.osm.gz").read_bytes()).decode()
    text = re.sub(r'\blat=("[^"]*")(\s+)lon=("[^"]*")', r"lat=\3\2lon=\1", text)
    (tmp_path / "moscow.osm").write_text(text, encoding="utf-8")
    shutil.copytree(city, tmp_path / "map")
    status, _, err = skoraya("map", "build", tmp_path / "moscow.osm", tmp_path / "map")
    assert status == 1
    assert "latitude and longitude are exchanged" in err
    assert skoraya("map", "info", tmp_path / "map")[0] == 0


def test_the_larger_of_two_islands_is_built_where_that_is_asked_for(skoraya: Run, tmp_path: Path) -> None:
    """--largest-island takes one and says what was left out."""
    (tmp_path / "islands.osm").write_bytes(BAD_EXTRACTS["islands.osm"][0])
    ask = ("map", "build", tmp_path / "islands.osm", tmp_path / "map", "--largest-island")
    status, _, err = skoraya(*ask)
    assert status == 0, err
    shown = json.loads(skoraya("map", "info", tmp_path / "map")[1])
    assert shown["left_out_km"] == pytest.approx(shown["km"], rel=0.05)
    assert shown["left_out_parts"] == 1


def test_ready_tiles_may_be_dropped_in(skoraya: Run, city: Path, tmp_path: Path) -> None:
    """--tiles takes a ready PMTiles file as it is; one that is none is refused before anything is built."""
    (tmp_path / "islands.osm").write_bytes(BAD_EXTRACTS["islands.osm"][0])
    ask = ("map", "build", tmp_path / "islands.osm", tmp_path / "map", "--largest-island", "--tiles")
    status, _, err = skoraya(*ask, city / "tiles.pmtiles")
    assert status == 0, err
    assert (tmp_path / "map" / "tiles.pmtiles").read_bytes() == (city / "tiles.pmtiles").read_bytes()
    for bad in (tmp_path / "islands.osm", tmp_path / "nowhere.pmtiles"):
        status, _, err = skoraya(*ask, bad)
        assert status == 1
        assert bad.name in err
        assert err.count("\n") == 1


# Two banks, joined by a drawbridge in the west and a long way round in the east.
BANKS = (
    "<osm version='0.6'>"
    + "".join(
        f"<node id='{number}' lat='{lat}' lon='{lon}'/>"
        for number, lat, lon in (
            *((1, 55.00, 37.02), (2, 55.00, 37.00), (3, 55.01, 37.00)),
            *((4, 55.01, 37.02), (5, 55.00, 37.10), (6, 55.01, 37.10)),
        )
    )
    + "".join(
        f"<way id='{way}'>{nodes}<tag k='highway' v='residential'/>{tags}</way>"
        for way, nodes, tags in (
            (1, "<nd ref='1'/><nd ref='2'/>", ""),
            (2, "<nd ref='3'/><nd ref='4'/>", ""),
            (3, "<nd ref='1'/><nd ref='5'/><nd ref='6'/><nd ref='4'/>", ""),
            (
                4,
                "<nd ref='2'/><nd ref='3'/>",
                "<tag k='bridge' v='movable'/><tag k='opening_hours' v='05:00-01:30'/>",
            ),
        )
    )
    + "</osm>"
)


def test_a_drawbridge_is_shut_at_its_hours(skoraya: Run, tmp_path: Path) -> None:
    """`nearest --at` drives over the bridge by day and round it at three at night; `map build` tells."""
    (tmp_path / "banks.osm").write_text(BANKS, encoding="utf-8")
    status, _, err = skoraya("map", "build", tmp_path / "banks.osm", tmp_path / "map")
    assert status == 0, err
    assert "by the hour or the season: 1 ways" in err
    units = tmp_path / "units.csv"
    units.write_text("unit,lat,lon\nA,55.01,37.005\n")
    ask = ("nearest", tmp_path / "map", "--to", "55.00,37.005", "--units", units, "--at")
    day, night = (
        json.loads(skoraya(*ask, f"2026-06-01T{hour}:00:00Z")[1])[0]["metres"] for hour in ("10", "01")
    )
    assert day < 2_500
    assert night > 10_000


def test_a_map_of_an_older_version_is_read_or_named(skoraya: Run, city: Path, tmp_path: Path) -> None:
    """A map of version 2 still opens, though it knows no hours; one of version 1 says how to rebuild it."""
    shutil.copytree(city, tmp_path / "map")
    meta = json.loads((tmp_path / "map" / "meta.json").read_text())
    for version, status in ((2, 0), (1, 1)):
        (tmp_path / "map" / "meta.json").write_text(json.dumps({**meta, "version": version}))
        done, _, err = skoraya("map", "info", tmp_path / "map")
        assert done == status
    assert f"rebuild it with: skoraya map build EXTRACT {tmp_path / 'map'}" in err


def test_place_without_osmnx_says_how_to_get_it(
    skoraya: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the extra is not installed, `map place` names it, and the way without it."""
    monkeypatch.setitem(sys.modules, "osmnx", None)
    status, _, err = skoraya("map", "place", "Tver, Russia", tmp_path / "tver")
    assert status == 1
    assert "pip install 'skoraya[place]'" in err
