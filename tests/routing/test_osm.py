from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from routing.graph import MapError
from routing.osm import Roads, read_roads
from routing.speeds import CLASS_NUMBERS

Draw = Callable[..., Path]

# A block of four corners, about 111 m by 64 m.
CORNERS = {1: (55.0, 37.0), 2: (55.001, 37.0), 3: (55.001, 37.001), 4: (55.0, 37.001)}
RING = (10, [1, 2, 3, 4, 1], {"highway": "residential", "name": "улица Ленина"})


def test_porto_becomes_one_connected_graph_of_the_known_size(porto_roads: Roads) -> None:
    """Porto gives about the nodes, arcs and kilometres of other loaders, and says what is left out."""
    graph = porto_roads.graph
    assert 55_000 < graph.nodes < 70_000
    assert 130_000 < graph.arcs < 160_000
    assert 8_500 < graph.km < 10_500
    assert porto_roads.turn_restrictions == 357
    assert 300 < porto_roads.left_out.turns_applied <= 357
    assert porto_roads.left_out.km < 0.02 * graph.km


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "least", "restrictions"), [("heidelberg.test.pbf", 15_000, 476), ("moscow.osm.gz", 500, 106)]
)
def test_other_real_extracts_build(shared: Path, name: str, least: int, restrictions: int) -> None:
    """Heidelberg as PBF and a fragment of Moscow as gzipped XML become graphs with their restrictions."""
    roads = read_roads(shared / "data" / "maps" / name)
    assert roads.graph.nodes > least
    assert roads.turn_restrictions == restrictions
    assert roads.left_out.turns_applied > 0.7 * restrictions


@pytest.mark.shared
def test_cyrillic_names_survive(shared: Path) -> None:
    """The streets of the Moscow fragment keep their names."""
    graph = read_roads(shared / "data" / "maps" / "moscow.osm.gz").graph
    names = {graph.name(edge) for edge in range(graph.edges)}
    assert any(name and "улица" in name for name in names)


def test_points_without_a_decision_become_shape(draw: Draw) -> None:
    """A ring of four corners with one side street has two nodes: where the street leaves, and its end."""
    roads = read_roads(draw({**CORNERS, 5: (55.002, 37.0)}, [RING, (11, [2, 5], {"highway": "service"})]))
    graph = roads.graph
    assert graph.nodes == 2
    assert graph.edges == 2
    assert len(graph.shape_lat_e7) == 5 + 2
    assert (
        graph.name(int(np.flatnonzero(graph.edge_road == CLASS_NUMBERS["residential"])[0])) == "улица Ленина"
    )


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress], ids=["gz", "bz2"])
def test_packed_xml_is_read(draw: Draw, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """The same file packed by gzip or bzip2 gives the same graph."""
    plain = draw(CORNERS, [RING])
    packed = tmp_path / f"packed.osm.{'gz' if pack is gzip.compress else 'bz2'}"
    packed.write_bytes(pack(plain.read_bytes()))
    assert read_roads(packed).graph.km == read_roads(plain).graph.km


def write(path: Path, content: bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(content)
    return path


@pytest.mark.shared
@pytest.mark.parametrize("kept", [0.05, 0.31, 0.5, 0.77, 0.999])
def test_a_truncated_extract_is_refused(shared: Path, tmp_path: Path, kept: float) -> None:
    """Wherever a download broke off, the error names the file and says what to do."""
    whole = (shared / "data" / "maps" / "heidelberg.test.pbf").read_bytes()
    path = write(tmp_path / "cut.osm.pbf", whole[: int(kept * len(whole))])
    with pytest.raises(MapError, match=r"cut\.osm\.pbf .*download it again") as refusal:
        read_roads(path)
    assert "\n" not in str(refusal.value)


PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
OSM = b"<osm version='0.6'>%s<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='%s'/>%s</way></osm>"
TWO_NODES = b"<node id='1' lat='55' lon='37'/><node id='2' lat='55.1' lon='37'/>"
OUTSIDE = b"<osm version='0.6'><node id='1' lat='%s' lon='%s'/><node id='2' lat='55' lon='37'/>\
<way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/></way></osm>"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.osm.pbf", b"", "is empty"),
        ("empty.osm", b"", "is empty"),
        ("foreign.osm.pbf", PNG, "is damaged or no OpenStreetMap file"),
        ("foreign.osm", PNG, "is damaged or no OpenStreetMap file"),
        ("foreign.osm.gz", PNG, "is damaged or no OpenStreetMap file"),
        ("foreign.osm.bz2", PNG, "is damaged or no OpenStreetMap file"),
        ("foreign.png", PNG, "the name must end in"),
        ("bare.osm", b"<osm version='0.6'></osm>", "holds no road"),
        ("north.osm", OUTSIDE % (b"95.0", b"37.0"), "latitude 95"),
        ("east.osm", OUTSIDE % (b"55.0", b"237.0"), "237.0"),
        ("words.osm", OUTSIDE % (b"north", b"37.0"), "north"),
        ("late.osm", OSM % (b"", b"primary", b""), "nodes must come before ways"),
        ("foot.osm", OSM % (TWO_NODES, b"footway", b""), "holds no road"),
        ("oneway.osm", OSM % (TWO_NODES, b"primary", b"<tag k='oneway' v='yes'/>"), "no two roads"),
    ],
)
def test_bad_files_are_refused_in_one_clear_line(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    """Empty, foreign, roadless and out-of-range files: the error names the file and what is wrong with it."""
    with pytest.raises(MapError) as refusal:
        read_roads(write(tmp_path / name, content))
    assert name in str(refusal.value)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path without a file says so."""
    with pytest.raises(MapError, match=r"nowhere\.osm\.pbf cannot be read: No such file"):
        read_roads(tmp_path / "nowhere.osm.pbf")
