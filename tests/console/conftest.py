"""A small made-up city, built once a session, and a real browser, started once a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from routing.mapbuild import build_map
from routing.synth import City, write_city
from tests.console.browser import launched


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> tuple[City, Path]:
    """A made-up city of about 600 junctions with its map: roads, places and tiles."""
    folder = tmp_path_factory.mktemp("city")
    city = write_city(folder / "city.osm.pbf", nodes=600, seed=3)
    build_map(folder / "city.osm.pbf", folder / "map")
    return city, folder / "map"


@pytest.fixture(scope="module")
def city(small_city: tuple[City, Path]) -> City:
    """The city that the service runs."""
    return small_city[0]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A real Chromium."""
    with launched(chromium) as started:
        yield started
