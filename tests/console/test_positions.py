"""How sure a position is, and a person's word on it, against a real service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.served import Served, rmc, write_config

GSA = (
    b"$GNGSA,A,3,02,05,13,15,,,,,,,,,1.24,0.73,1.00,1*0A\r\n",
    b"$GNGSA,A,3,65,66,,,,,,,,,,,1.24,0.73,1.00,2*0B\r\n",
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A region of six units, without a map."""
    return write_config(tmp_path_factory.mktemp("positions"), None, None, units=6)


@pytest.fixture(scope="module")
def served(config: Path) -> Iterator[Served]:
    """One service for the module."""
    with Served(config) as running:
        yield running


def until(client: httpx.Client, unit: str, true: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Wait until what is known of a unit's position is so."""
    until_s = time.monotonic() + 20
    while True:
        shown: dict[str, Any] = client.get(f"/api/units/{unit}/position").json()
        if true(shown):
            return shown
        assert time.monotonic() < until_s, shown
        time.sleep(0.1)


def lie(served: Served, unit: str, began_s: float, *, end: int = 24) -> None:
    """Twelve good fixes, and twelve from 30 km to the north."""
    with served.device(unit) as device:
        for step in range(end):
            device.sendall(rmc(began_s + step, 55.0 if step < 12 else 55.3, 60.0))
        time.sleep(0.3)


def test_a_position_says_on_what_it_rests(served: Served) -> None:
    """The unit's card gets satellites' systems from the receiver's GSA, beside dilution and age."""
    with served.device("1") as device, served.client("dispatcher") as client:
        now_s = time.time()
        for step in (-3, -2, -1):
            device.sendall(rmc(now_s + step, 55.0, 60.0) + b"".join(_checked(gsa) for gsa in GSA))
        shown = until(client, "1", lambda seen: seen["position"] and seen["position"]["constellations"])
    assert shown["position"]["constellations"] == ["GLONASS", "GPS"]
    assert shown["position"]["freshness"] == "live"
    assert shown["doubt"] is None


def _checked(line: bytes) -> bytes:
    body = line[1 : line.index(b"*")]
    value = 0
    for byte in body:
        value ^= byte
    return b"$%s*%02X\r\n" % (body, value)


def test_a_person_says_that_a_position_is_right(served: Served) -> None:
    """The doubt ends at once, and its alarm is acknowledged; pressed again, it changes nothing."""
    began_s = time.time() - 30
    with served.client("dispatcher") as client:
        lie(served, "2", began_s)
        doubted = until(client, "2", lambda seen: seen["doubt"] is not None)
        assert doubted["position"]["freshness"] == "suspect"
        for user, status in (("crew-2", 403), ("intake", 403), ("crew-1", 403)):
            with served.client(user) as other:
                assert other.post("/api/units/2/believe", json={}).status_code == status
        assert client.post("/api/units/99/believe", json={}).status_code == 404
        with served.client("admin") as admin:
            said = admin.post("/api/units/2/believe", json={"command_id": "b1"}).json()
        assert said["doubt"]["ended_ms"] is not None
        assert said["position"]["lat_deg"] == pytest.approx(55.3, abs=1e-4)
        assert said["position"]["freshness"] == "live"
        # Pressed again, or sent again after a cut, it changes nothing.
        assert client.post("/api/units/2/believe", json={}).status_code == 200
        alarm = _alarm(client, "2")
        assert (alarm["acknowledged_by"], alarm["kind"]) == ("admin", "spoofing")
        seq = client.get("/api/health").json()["counts"]["seq"]
        assert client.post("/api/units/2/believe", json={"command_id": "b1"}).status_code == 200
        assert client.get("/api/health").json()["counts"]["seq"] == seq


def _alarm(client: httpx.Client, unit: str) -> dict[str, Any]:
    """The latest alarm in whose list a unit is."""
    found = client.get("/api/past", params={"at_ms": int(time.time() * 1000) - 1}).json()["alarms"]
    alarms: list[dict[str, Any]] = [one for one in found if unit in one["units"]]
    assert alarms
    return alarms[-1]


def test_what_a_person_has_believed_is_believed_after_a_restart(tmp_path: Path) -> None:
    """A service that is killed afterwards does not doubt again because of the alarm of before."""
    config = write_config(tmp_path, None, None, units=1)
    with Served(config) as running:
        lie(running, "1", time.time() - 30)
        with running.client("dispatcher") as client:
            until(client, "1", lambda seen: seen["doubt"] is not None)
            assert client.post("/api/units/1/believe", json={}).status_code == 200
        running.kill()
    with Served(config) as again, again.client("dispatcher") as client:
        shown = client.get("/api/units/1/position").json()
        assert shown["doubt"] is None
        assert shown["position"]["lat_deg"] == pytest.approx(55.3, abs=1e-4)
