from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.__main__ import main
from routing.gazetteer import build_places
from routing.places import FILE
from routing.synth import write_city


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index a small made-up city once."""
    folder = tmp_path_factory.mktemp("map")
    write_city(folder / "city.osm.pbf", nodes=400, seed=2)
    build_places(folder / "city.osm.pbf", folder)
    return folder


def test_find_prints_a_json_list_best_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each place has label, lat, lon and kind; nothing but the list is on stdout."""
    assert main(["find", str(folder), "ленина 5"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert set(found[0]) == {"label", "lat", "lon", "kind"}
    assert (found[0]["label"], found[0]["kind"]) == ("ул. Ленина, 5", "house")
    assert 55 < found[0]["lat"] < 56
    assert 62 < found[0]["lon"] < 63
    assert printed.err == ""


def test_an_address_that_does_not_exist_is_an_empty_list(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing found is no failure: [] on stdout, a note on stderr, exit 0."""
    assert main(["find", str(folder), "улица Которой Нет 17"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == []
    assert "улица Которой Нет 17" in printed.err


def test_the_limit_is_kept_and_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--limit cuts the list; a limit that is no number is a bad argument."""
    assert main(["find", str(folder), "а", "--limit", "1"]) == 0
    assert len(json.loads(capsys.readouterr().out)) <= 1
    for bad in ("0", "x", "-3", "99999"):
        assert main(["find", str(folder), "а", "--limit", bad]) == 2


@pytest.mark.parametrize("damage", ["missing", "no-index", "cut", "foreign"])
def test_a_bad_map_is_one_clear_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    """A map that is not there, has no index or a broken one: exit 1, one line, nothing on stdout."""
    path = tmp_path / "map"
    if damage != "missing":
        path.mkdir()
    if damage == "cut":
        (path / FILE).write_bytes((folder / FILE).read_bytes()[:9000])
    if damage == "foreign":
        (path / FILE).write_bytes(b"PK\x03\x04" * 100)
    assert main(["find", str(path), "ленина"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("skoraya find: ")
    assert printed.err.count("\n") == 1
    assert str(path) in printed.err
