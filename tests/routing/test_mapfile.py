from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.cells import cells_of
from routing.graph import MapError, RoadGraph
from routing.mapfile import DTYPES, META, check_target, finish, info, load, read_meta, save
from routing.osm import Roads, read_roads

Draw = Callable[..., Path]

ROAD = {"highway": "residential", "name": "улица Мира"}

# The grid of one edge of 111 m.
CELLS = cells_of(np.array([0, 2]), np.array([550000000, 550010000]), np.array([370000000, 370000000]))


@pytest.fixture
def graph(draw: Draw) -> RoadGraph:
    """A crossing of two streets."""
    nodes = {1: (55.01, 37.0), 2: (55.0, 37.017), 3: (54.99, 37.0), 4: (55.0, 36.983), 5: (55.0, 37.0)}
    return read_roads(draw(nodes, [(10 + arm, [arm, 5], ROAD) for arm in (1, 2, 3, 4)])).graph


@pytest.fixture
def folder(graph: RoadGraph, tmp_path: Path) -> Path:
    """That crossing, saved."""
    made = tmp_path / "map"
    made.mkdir()
    save(graph, made, {"nodes": graph.nodes, "source": "drawn"})
    return made


def test_a_saved_graph_loads_as_it_was(graph: RoadGraph, folder: Path) -> None:
    """Every array comes back with its values and type, and nobody can write to it."""
    loaded = load(folder)
    for field in fields(RoadGraph):
        array = getattr(loaded, field.name)
        assert array.dtype == np.dtype(DTYPES[field.name])
        assert not array.flags.writeable
        if field.name not in ("arc_m", "back_plain_ms", "back_siren_ms"):
            np.testing.assert_array_equal(array, getattr(graph, field.name))
    np.testing.assert_array_equal(loaded.arc_m, graph.arc_metres)
    np.testing.assert_array_equal(loaded.back_siren_ms, graph.arc_siren_ms[graph.back_arc])
    assert loaded.name(0) == "улица Мира"


def test_a_large_map_is_mapped_and_not_read(porto_roads: Roads, tmp_path: Path) -> None:
    """Porto's arrays stay on disk until they are touched."""
    save(porto_roads.graph, tmp_path, {})
    assert isinstance(load(tmp_path).arc_head.base, np.memmap)


@pytest.mark.parametrize("name", sorted(DTYPES))
def test_a_truncated_array_is_named(folder: Path, name: str) -> None:
    """A file that lost its last byte, all of itself, or is gone: the error names it and says what to do."""
    path = folder / f"{name}.npy"
    whole = path.read_bytes()
    for broken in (whole[:-1], b""):
        path.write_bytes(broken)
        with pytest.raises(MapError, match=rf"{name}\.npy has .* build the map again"):
            load(folder)
    path.unlink()
    with pytest.raises(MapError, match=rf"{name}\.npy is missing; build the map again"):
        load(folder)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_byte_is_changed_nothing_but_a_map_error_comes(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One changed byte anywhere gives a map whose indices are all inside it, or a MapError: never a crash."""
    made = tmp_path_factory.mktemp("map")
    save(tiny(), made, {})
    path = made / data.draw(st.sampled_from([META, *(f"{name}.npy" for name in DTYPES)]))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    with contextlib.suppress(MapError):
        loaded = load(made)
        assert loaded.arc_head.max() < loaded.nodes
        assert loaded.back_arc.max() < loaded.arcs


def tiny() -> RoadGraph:
    """One two-way street between two nodes, made by hand."""

    def ints(*values: int) -> np.ndarray:
        return np.array(values, dtype=np.int32)

    return RoadGraph(
        node_lat_e7=ints(550000000, 550010000),
        node_lon_e7=ints(370000000, 370000000),
        arc_start=ints(0, 1, 2),
        arc_tail=ints(0, 1),
        arc_head=ints(1, 0),
        arc_edge=ints(0, 0),
        arc_plain_ms=ints(9000, 9000),
        arc_siren_ms=ints(8000, 8000),
        back_start=ints(0, 1, 2),
        back_tail=ints(1, 0),
        back_arc=ints(1, 0),
        edge_forward=ints(0),
        edge_backward=ints(1),
        edge_m=np.array([111.2]),
        edge_road=np.array([0], dtype=np.uint8),
        edge_name=ints(-1),
        edge_start=ints(0, 2),
        shape_lat_e7=ints(550000000, 550010000),
        shape_lon_e7=ints(370000000, 370000000),
        cell_start=ints(*CELLS[0]),
        cell_stretch=ints(*CELLS[1]),
        name_start=ints(0),
        name_bytes=np.zeros(0, dtype=np.uint8),
    )


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\x89PNG\r\n", "cannot be read"),
        (b"[]", "is not the meta of a Skoraya map"),
        (b'{"format": "other"}', "is not the meta of a Skoraya map"),
        (
            b'{"format": "skoraya-map", "version": 99}',
            "is a map of version 99, .* rebuild it with: skoraya map build",
        ),
        (b'{"format": "skoraya-map", "version": 2}', "lists no arrays"),
        (b'{"format": "skoraya-map", "version": 1, "arrays": {}}', "is a map of version 1, "),
    ],
)
def test_a_foreign_meta_is_refused(folder: Path, meta: bytes, says: str) -> None:
    """Truncated, foreign and newer metas each say what is wrong."""
    (folder / META).write_bytes(meta)
    with pytest.raises(MapError, match=says):
        load(folder)


def test_what_is_no_map_folder_says_so(tmp_path: Path) -> None:
    """A missing folder, one with other things in it and a file are told apart, each with what to do."""
    with pytest.raises(MapError, match="does not exist; make one with: skoraya map build"):
        load(tmp_path / "nowhere")
    with pytest.raises(MapError, match="is not a map: it has no meta"):
        load(tmp_path)
    (tmp_path / "porto.osm.pbf").write_bytes(b"x")
    with pytest.raises(MapError, match="is a file, not a map folder"):
        load(tmp_path / "porto.osm.pbf")


def test_a_new_map_takes_the_place_of_the_old_and_of_nothing_else(folder: Path, tmp_path: Path) -> None:
    """`finish` swaps a map in; whoever has the old one open keeps it; a folder of other things is safe."""
    opened = load(folder)
    aside = tmp_path / "aside"
    aside.mkdir()
    save(tiny(), aside, {})
    finish(aside, folder)
    assert load(folder).nodes == 2
    assert opened.nodes == 5
    assert opened.name(0) == "улица Мира"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drawn.osm", "map"]
    foreign = tmp_path / "photos"
    foreign.mkdir()
    (foreign / "cat.png").write_bytes(b"x")
    for target in (foreign, foreign / "cat.png"):
        with pytest.raises(MapError):
            check_target(target)
    assert (foreign / "cat.png").exists()


def test_info_shows_the_counts_and_the_size(folder: Path) -> None:
    """`info` has the keys of `map info`; bytes is what lies on disk."""
    shown = info(folder)
    keys = ["nodes", "arcs", "km", "turn_restrictions", "places", "bounds", "source", "built_at", "bytes"]
    assert list(shown) == [*keys, "version"]
    assert shown["nodes"] == 5
    assert shown["bytes"] == sum(path.stat().st_size for path in folder.iterdir())
    assert json.loads(json.dumps(read_meta(folder)))["source"] == "drawn"


def test_there_is_never_an_instant_without_a_map(graph: RoadGraph, tmp_path: Path) -> None:
    """While maps replace one another in a folder, whoever opens it always finds a whole one."""
    folder, stop, missed = tmp_path / "live", threading.Event(), []
    tmp_path.joinpath("first").mkdir()
    save(graph, tmp_path / "first", {"number": -1})
    finish(tmp_path / "first", folder)

    def look() -> None:
        while not stop.is_set():
            try:
                read_meta(folder)
            except MapError as error:
                missed.append(str(error))

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(20):
        aside = tmp_path / f"next-{number}"
        aside.mkdir()
        save(graph, aside, {"number": number})
        finish(aside, folder)
    stop.set()
    looking.join()
    assert read_meta(folder)["number"] == 19
    assert missed == [] or sys.platform != "linux"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir() and path.name != "drawn"] == ["live"]
