"""Gateways in processes of their own, a service beside them, devices on real sockets; each of them killed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack
from typing import Any, Self

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from console.feed import UnitPosition, decode_positions
from tests.console.served import DEVICE_SECRET, START_TIMEOUT_S, Served, write_config
from tracking.fix import Fix
from tracking.protocols.egts_packet import Framer, write_packet
from tracking.protocols.egts_record import EPOCH_MS, write_record, write_subrecord
from tracking.upload import Entry, Upload

TERMINAL = 71


class GatewayProcess:
    """A running `skoraya gateway`."""

    def __init__(self, config: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "console", "gateway", "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "log in at" in line, line
        self.port = int(line.rpartition(":")[2])
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def __enter__(self) -> Self:
        """It runs already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it as an operator would."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def kill(self) -> None:
        """`kill -9`: no goodbye."""
        self.process.kill()
        self.process.wait(20)


class Vehicle:
    """A vehicle's program: Wialon IPS 2.0, a fix every 100 ms of its own time; it knows what it was told."""

    def __init__(self, unit: str, began_ms: int) -> None:
        self.unit = unit
        self.acknowledged: list[int] = []
        self._taken_ms = began_ms
        self._waiting: list[int] = []

    def drive(self, port: int, stop: threading.Event) -> None:
        """Send packets and hear their answers until told to stop, or until the link breaks."""
        upload = Upload(self.unit, DEVICE_SECRET.format(unit=self.unit))
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
                link.sendall(upload.log_in())
                upload.receive(link.recv(1000))
                assert upload.state == "open", upload.refusal
                while not stop.is_set():
                    self._packet(link, upload)
        except OSError:
            return

    def _packet(self, link: socket.socket, upload: Upload) -> None:
        while len(self._waiting) < 20:
            self._taken_ms += 100
            self._waiting.append(self._taken_ms)
        fixes = [Fix(self.unit, taken_ms, None, taken_ms, 55.0, 60.0, 0.0) for taken_ms in self._waiting]
        link.sendall(upload.backlog([Entry(i, fix) for i, fix in enumerate(fixes)]))
        while True:
            data = link.recv(1000)
            if not data:
                raise ConnectionResetError
            if settled := upload.receive(data):
                assert settled[0].taken == len(fixes)
                self.acknowledged += self._waiting
                self._waiting = []
                return


@contextmanager
def driving(vehicle: Vehicle, port: int) -> Iterator[threading.Thread]:
    """Let a vehicle send beside the test."""
    stop = threading.Event()
    thread = threading.Thread(target=vehicle.drive, args=(port, stop))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that is going to happen."""
    until_s = time.monotonic() + START_TIMEOUT_S
    while not condition():
        assert time.monotonic() < until_s, what
        time.sleep(0.02)


@contextmanager
def feed(served: Served) -> Iterator[ClientConnection]:
    """A dispatcher's page."""
    url = served.url.replace("http", "ws") + "/feed"
    with connect(url, additional_headers={"Authorization": "Bearer token-dispatcher"}) as page:
        yield page


def snapshot(page: ClientConnection) -> dict[str, Any]:
    """Its first frame."""
    found: dict[str, Any] = json.loads(page.recv(timeout=20))
    assert found["t"] == "snapshot"
    return found


def wait_for(page: ClientConnection, seen: Callable[[dict[str, Any] | list[UnitPosition]], bool]) -> None:
    """Read the feed until a frame shows it."""
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        said = page.recv(timeout=30)
        if seen(json.loads(said) if isinstance(said, str) else decode_positions(said)[2]):
            return
    pytest.fail("the feed did not show it within 30 s")


def position(taken_ms: int, *, source: int = 0, lat_deg: float = 55.0, lon_deg: float = 60.0) -> bytes:
    """An EGTS packet of one position of a terminal."""
    place = pack("<II", round(lat_deg / 90 * 0xFFFFFFFF), round(lon_deg / 180 * 0xFFFFFFFF))
    seconds = (taken_ms - EPOCH_MS) // 1000
    data = pack("<I", seconds) + place + pack("<BHB3sBB", 0x01, 0, 0, b"\0\0\0", 0, source)
    return write_packet(7, 1, write_record(7, 2, write_subrecord(16, data)))


@contextmanager
def terminal(port: int) -> Iterator[socket.socket]:
    """An EGTS terminal that has logged in by its number."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        data = write_subrecord(1, pack("<IB", TERMINAL, 0))
        link.sendall(write_packet(1, 1, write_record(1, 1, data)))
        answers(link, 2)  # its response, and the result of the login
        yield link


def answers(link: socket.socket, count: int = 1) -> int:
    """Hear so many packets, or fewer if the gateway hangs up; return how many."""
    framer, heard = Framer(), 0
    while heard < count:
        try:
            data = link.recv(4096)
        except ConnectionResetError:
            data = b""
        if not data:
            break
        heard += sum(1 for _ in framer.feed(data))
    return heard


def track_of(client: httpx.Client, unit: str, from_ms: int) -> list[int]:
    """The instants of a unit's track since then."""
    span = {"from_ms": from_ms, "to_ms": from_ms + 3_600_000}
    taken: list[int] = client.get(f"/api/tracks/{unit}", params=span).json()["properties"]["taken_ms"]
    return taken


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A region whose gateways are outside; unit 2 has an EGTS terminal on a private network."""
    path = write_config(tmp_path, None, None, units=3)
    text = path.read_text(encoding="utf-8").replace(
        "[gateway]\nport = 0",
        f'[gateway]\nport = 0\nexternal = true\n[[device]]\nid = "{TERMINAL}"\nunit = "2"',
    )
    path.write_text(text, encoding="utf-8")
    return path


def start(config: Path) -> Served:
    """Start the service; it opens no port for devices."""
    served = Served(config).begin()
    served.says("the console")
    served.url = next(
        word.rstrip("/") for word in "".join(served.printed).split() if word.startswith("http://")
    )
    return served


def stop(served: Served) -> None:
    """Stop it."""
    served.__exit__(None, None, None)


def test_what_a_device_says_to_a_gateway_process_reaches_the_console(config: Path) -> None:
    """A fix on a gateway's socket comes out of the service's feed; an alarm button, as an event, at once."""
    served = start(config)
    try:
        with GatewayProcess(config) as gateway, feed(served) as page:
            index = {unit["id"]: unit["index"] for unit in snapshot(page)["units"]}
            now_ms = int(time.time() * 1000)
            with terminal(gateway.port) as link:
                link.sendall(position(now_ms - 1000, lat_deg=55.25))
                assert answers(link) == 1
                wait_for(
                    page,
                    lambda frame: (
                        isinstance(frame, list)
                        and any(one.index == index["2"] and abs(one.lat_deg - 55.25) < 1e-5 for one in frame)
                    ),
                )
                link.sendall(position(now_ms, source=13, lat_deg=55.25))
                wait_for(
                    page,
                    lambda frame: (
                        isinstance(frame, dict)
                        and frame.get("kind") == "alarm_raised"
                        and (frame["alarms"][0]["kind"], frame["alarms"][0]["unit"]) == ("panic", "2")
                        and frame["alarms"][0]["evidence"]["said_by"] == "EGTS SRC 13"
                    ),
                )
                assert answers(link) == 1
    finally:
        stop(served)


def test_a_killed_gateway_loses_nothing_that_it_acknowledged(config: Path) -> None:
    """`kill -9` of a gateway in the middle of uploads; another goes on: every acknowledged fix, and once."""
    served = start(config)
    began_ms = int(time.time() * 1000) - 3_000_000
    vehicles = [Vehicle("1", began_ms), Vehicle("3", began_ms)]
    try:
        for killed in (True, True, False):
            with GatewayProcess(config) as gateway:
                wanted = [len(vehicle.acknowledged) + 100 for vehicle in vehicles]
                with driving(vehicles[0], gateway.port), driving(vehicles[1], gateway.port):
                    until(
                        lambda wanted=wanted: all(  # type: ignore[misc]  # mypy does not infer a default's type
                            len(vehicle.acknowledged) >= least
                            for vehicle, least in zip(vehicles, wanted, strict=True)
                        ),
                        "uploads are not acknowledged",
                    )
                    if killed:
                        gateway.kill()
        with served.client("dispatcher") as client:
            for vehicle in vehicles:
                taken = track_of(client, vehicle.unit, began_ms)
                assert len(taken) == len(set(taken))
                assert set(vehicle.acknowledged) <= set(taken)
                assert len(vehicle.acknowledged) >= 300
    finally:
        stop(served)


def test_a_killed_service_is_waited_for(config: Path) -> None:
    """While the service is dead, fixes are stored and acknowledged, a cry is not; then both arrive."""
    served = start(config)
    began_ms = int(time.time() * 1000) - 3_000_000
    vehicle = Vehicle("1", began_ms)
    with GatewayProcess(config) as gateway, driving(vehicle, gateway.port):
        until(lambda: len(vehicle.acknowledged) >= 40, "uploads are not acknowledged")
        served.kill()
        alone = len(vehicle.acknowledged)
        until(lambda: len(vehicle.acknowledged) >= alone + 60, "a gateway alone does not acknowledge")
        now_ms = int(time.time() * 1000)
        with terminal(gateway.port) as link:
            link.sendall(position(now_ms - 1000, lat_deg=55.25))
            assert answers(link) == 1
        with terminal(gateway.port) as link:
            link.sendall(position(now_ms, source=13, lat_deg=55.25))
            assert answers(link) == 0  # hung up on: it will be said again
        served = start(config)
        try:
            with feed(served) as page:
                index = {unit["id"]: unit["index"] for unit in snapshot(page)["units"]}
                wait_for(
                    page,
                    lambda frame: (
                        isinstance(frame, list)
                        and any(one.index == index["2"] and abs(one.lat_deg - 55.25) < 1e-5 for one in frame)
                    ),
                )
                heard = 0
                until_s = time.monotonic() + 30
                while not heard and time.monotonic() < until_s:
                    with terminal(gateway.port) as link:
                        link.sendall(position(now_ms, source=13, lat_deg=55.25))
                        heard = answers(link)
                assert heard
                wait_for(page, lambda frame: isinstance(frame, dict) and frame.get("kind") == "alarm_raised")
            more = len(vehicle.acknowledged) + 40
            until(lambda: len(vehicle.acknowledged) >= more, "uploads do not go on")
            with served.client("dispatcher") as client:
                acknowledged = list(vehicle.acknowledged)
                taken = track_of(client, "1", began_ms)
                assert len(taken) == len(set(taken))
                assert set(acknowledged) <= set(taken)
        finally:
            stop(served)


def test_a_stranger_at_a_gateway_process_is_listed_and_enrolled_there(config: Path) -> None:
    """Who could not log in at a gateway is on the service's list; once enrolled, the gateway lets it in."""
    served = start(config)
    try:
        with GatewayProcess(config) as gateway, served.client("admin") as admin:

            def answer(secret: str) -> bytes:
                with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as link:
                    link.sendall(f"LOGIN phone-9 {secret}\r\n".encode())
                    return link.recv(100)

            def listed() -> bool:
                found = admin.get("/api/devices/strangers").json()["strangers"]
                return any((one["unit"], one["why"]) == ("phone-9", "unknown-unit") for one in found)

            assert answer("x") == b"ERR unknown-unit\n"
            until(listed, "the stranger is not listed")
            secret = admin.post("/api/devices/phone-9/enrol", json={"unit": "3"}).json()["secret"]
            until(lambda: answer(secret) == b"OK phone-9\n", "the gateway does not let it in")
            until(lambda: not listed(), "it is still listed")
    finally:
        stop(served)
