from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from routing.graph import MapError
from routing.osm import read_roads

Draw = Callable[..., Path]


def exchange(text: str) -> str:
    """Return an OSM file with each node's latitude and longitude exchanged."""
    swapped = re.sub(r'\blat=(["\'])', r"\0=\1", text)
    return re.sub(r'\blon=(["\'])', r"lat=\1", swapped).replace("\0=", "lon=")


@pytest.mark.shared
@pytest.mark.parametrize("turns", [True, False])
def test_exchanged_coordinates_of_a_real_city_are_refused(shared: Path, tmp_path: Path, turns: bool) -> None:
    """Moscow with latitude and longitude exchanged lies in Iran and is its own mirror image.

    Its restrictions show that, and without them its corners.
    """
    text = gzip.decompress((shared / "data" / "maps" / "moscow.osm.gz").read_bytes()).decode()
    if not turns:
        text = text.replace('"restriction"', '"something"')
    path = tmp_path / "exchanged.osm"
    path.write_text(exchange(text), encoding="utf-8")
    with pytest.raises(MapError, match=r"exchanged\.osm: latitude and longitude are exchanged") as refusal:
        read_roads(path)
    assert "\n" not in str(refusal.value)
    path.write_text(text, encoding="utf-8")
    read_roads(path)


def test_exchanged_coordinates_beyond_the_pole_are_refused(draw: Draw) -> None:
    """Where the exchange puts latitudes above 90 degrees, the message asks whether that is what happened."""
    nodes = {1: (131.9, 43.1), 2: (131.91, 43.1)}
    with pytest.raises(MapError, match="exchanged"):
        read_roads(draw(nodes, [(1, [1, 2], {"highway": "residential"})]))


def test_a_small_drawing_is_believed(draw: Draw) -> None:
    """A dozen streets with no restriction say nothing either way, and are taken as they are."""
    nodes = {
        row * 10 + column: (37 + row / 500, 55 + column / 300) for row in range(4) for column in range(4)
    }
    ways = [
        (row + 1, [row * 10 + column for column in range(4)], {"highway": "residential"}) for row in range(4)
    ]
    ways += [(9 + c, [row * 10 + c for row in range(4)], {"highway": "residential"}) for c in range(4)]
    assert read_roads(draw(nodes, ways)).graph.edges > 20
