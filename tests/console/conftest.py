"""A small made-up city, built once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.mapbuild import build_map
from routing.synth import City, write_city


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> tuple[City, Path]:
    """A made-up city of about 600 junctions with its map: roads, places and tiles."""
    folder = tmp_path_factory.mktemp("city")
    city = write_city(folder / "city.osm.pbf", nodes=600, seed=3)
    build_map(folder / "city.osm.pbf", folder / "map")
    return city, folder / "map"
