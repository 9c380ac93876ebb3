from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.__main__ import main


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small made-up city with addresses."""
    folder = tmp_path_factory.mktemp("maps") / "city"
    assert main(["map", "synth", str(folder), "--nodes", "300", "--seed", "2"]) == 0
    return folder


def units_at(path: Path, *spots: tuple[float, float]) -> Path:
    """Write a CSV of units; return its path."""
    rows = [f"u{number},{lat},{lon}" for number, (lat, lon) in enumerate(spots)]
    path.write_text("\n".join(["unit,lat,lon", *rows]))
    return path


def middle(city: Path) -> tuple[float, float]:
    """Return the middle of a map."""
    west, south, east, north = json.loads((city / "meta.json").read_text())["bounds"]
    return (south + north) / 2, (west + east) / 2


def covered(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    """Run the command; return its JSON."""
    capsys.readouterr()
    assert main(["coverage", *map(str, arguments)]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_more_time_covers_more_until_all_is_covered(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From one unit in the middle the shares grow with the minutes, and two hours reach every road."""
    units = units_at(tmp_path / "units.csv", middle(city))
    shares = [covered(capsys, city, "--units", units, "--minutes", minutes) for minutes in (0.5, 1, 120)]
    roads, addresses = [one["roads"] for one in shares], [one["addresses"] for one in shares]
    assert 0 < roads[0] < roads[1] < roads[2] == 1
    assert 0 < addresses[0] < addresses[1] < addresses[2] == 1
    assert shares[0]["minutes"] == 0.5


def test_geojson_gives_every_road_its_minutes(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --geojson each road is a line with minutes, and the shares are in the collection's properties."""
    units = units_at(tmp_path / "units.csv", middle(city))
    drawn = covered(capsys, city, "--units", units, "--minutes", 0.5, "--geojson")
    assert drawn["type"] == "FeatureCollection"
    assert 0 < drawn["properties"]["roads"] < 1
    minutes = [feature["properties"]["minutes"] for feature in drawn["features"]]
    assert min(minutes) < 0.5 < max(minutes)
    assert drawn["features"][0]["geometry"]["type"] == "LineString"


def test_units_on_another_map_are_an_error(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Units that are all far from every road are most likely another city's: one clear line."""
    units = units_at(tmp_path / "units.csv", (10.0, 10.0))
    assert main(["coverage", str(city), "--units", str(units)]) == 1
    assert "no unit is within 2 km of a road" in capsys.readouterr().err


@pytest.mark.parametrize("minutes", ["0", "-5", "nan", "soon", "1e9"])
def test_minutes_must_be_minutes(city: Path, minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no number of minutes within a day is a bad argument."""
    assert main(["coverage", str(city), "--units", "units.csv", f"--minutes={minutes}"]) == 2
    assert "minutes" in capsys.readouterr().err
