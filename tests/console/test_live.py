"""Many pages on one feed: every event to each, a frozen page beside them, all of them cut off at once."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from routing.synth import City
from tests.console.served import Served, write_config

PAGES = 8
EVENTS = 15


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module."""
    made, map_folder = small_city
    with Served(write_config(tmp_path_factory.mktemp("live"), made, map_folder, 2)) as running:
        yield running


def page(served: Served, since: str | None = None) -> ClientConnection:
    """Connect a page."""
    url = served.url.replace("http", "ws") + "/feed" + (f"?since={since}" if since else "")
    headers = {"Authorization": "Bearer token-dispatcher"}
    return connect(url, additional_headers=headers, max_size=None)


def cut(connection: ClientConnection) -> None:
    """Drop a page without a goodbye."""
    with suppress(OSError):
        connection.socket.shutdown(socket.SHUT_RDWR)


def happen(served: Served, city: City, count: int) -> None:
    """Let `count` events happen: calls that are taken."""
    one = city.addresses[0]
    place = {"label": one.label, "lat_deg": one.lat_deg, "lon_deg": one.lon_deg}
    with served.client("intake") as intake:
        for _ in range(count):
            body = {"place": place, "reason": "abdominal_pain"}
            assert intake.post("/api/incidents", json=body).status_code == 201


def read_to(connection: ClientConnection, last: int) -> tuple[list[int], bool, str]:
    """Read until event `last`; return the numbers, whether a snapshot came, and the epoch if one did."""
    numbers: list[int] = []
    epoch, snapshot = "", False
    while not numbers or numbers[-1] < last:
        frame = connection.recv(timeout=20)
        if isinstance(frame, bytes):
            continue
        said = json.loads(frame)
        if said["t"] == "snapshot":
            snapshot, epoch = True, said["epoch"]
            numbers.append(said["seq"])
        elif said["t"] == "event":
            numbers.append(said["seq"])
    return numbers, snapshot, epoch


def test_all_get_everything_beside_a_frozen_page_and_again_after_a_cut(
    served: Served, small_city: tuple[City, Path]
) -> None:
    """No number is missing or doubled on any page, and after a cut of all each resumes where it was."""
    city = small_city[0]
    with ExitStack() as open_pages, ThreadPoolExecutor(PAGES) as reading:
        pages = [page(served) for _ in range(PAGES + 1)]
        for each in pages:
            open_pages.callback(cut, each)
        pages.pop()  # the frozen one: it never reads
        first = [json.loads(each.recv(timeout=20))["seq"] for each in pages]
        happen(served, city, EVENTS)
        last = first[0] + EVENTS
        heard = list(reading.map(lambda each: read_to(each, last), pages))
        for numbers, snapshot, _ in heard:
            assert not snapshot
            assert numbers == list(range(last - EVENTS + 1, last + 1))
    watching = page(served)
    epoch = json.loads(watching.recv(timeout=20))["epoch"]
    cut(watching)
    happen(served, city, EVENTS)
    with ExitStack() as open_pages, ThreadPoolExecutor(PAGES) as reading:
        back = list(reading.map(lambda _: page(served, f"{epoch}:{last}"), range(PAGES)))
        for each in back:
            open_pages.callback(cut, each)
        for numbers, snapshot, _ in reading.map(lambda each: read_to(each, last + EVENTS), back):
            assert not snapshot
            assert numbers == list(range(last + 1, last + EVENTS + 1))
