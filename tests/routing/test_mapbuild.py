from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from routing.graph import MapError
from routing.mapbuild import STAGES, build_map
from routing.mapfile import info
from routing.router import Router

Draw = Callable[..., Path]

NODES = {1: (55.01, 37.0), 2: (55.0, 37.017), 3: (54.99, 37.0), 4: (55.0, 36.983), 5: (55.0, 37.0)}
WAYS = [(10 + arm, [arm, 5], {"highway": "residential", "name": f"{arm}-я улица"}) for arm in (1, 2, 3, 4)]


def test_a_built_map_opens_and_says_what_it_is(draw: Draw, tmp_path: Path) -> None:
    """From an extract to a folder with roads, places and tiles, stage by stage; and the router opens it."""
    told: list[str] = []
    source = draw(NODES, WAYS)
    built = build_map(source, tmp_path / "map", progress=lambda stage, _count: told.append(stage))
    assert told == list(STAGES)
    assert (built["nodes"], built["arcs"], built["source"]) == (5, 8, "drawn.osm")
    assert built["places"] >= 4
    assert {key: built[key] for key in info(tmp_path / "map")} == info(tmp_path / "map")
    router = Router.open(tmp_path / "map")
    router.warm_up()
    assert router.bounds == (36.983, 54.99, 37.017, 55.01)
    assert router.info["source"] == "drawn.osm"


def test_a_failed_build_leaves_the_old_map_and_no_rubbish(draw: Draw, tmp_path: Path) -> None:
    """A bad extract over a good map: the error, the good map as it was, nothing else in the folder."""
    folder = tmp_path / "maps" / "town"
    build_map(draw(NODES, WAYS), folder)
    before = info(folder)
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(MapError, match=r"bad\.osm\.pbf"):
        build_map(bad, folder)
    assert info(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["town"]
