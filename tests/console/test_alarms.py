"""Alarms end to end: a real service, devices on its gateway, a crew's phone and a dispatcher's feed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.console.served import Served, rmc, write_config


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module, without a map."""
    with Served(write_config(tmp_path_factory.mktemp("alarms"), None, None, units=4)) as running:
        yield running


def snapshot(served: Served) -> dict[str, Any]:
    """The first frame of a new page."""
    url = served.url.replace("http", "ws") + "/feed"
    with connect(url, additional_headers={"Authorization": "Bearer token-dispatcher"}) as page:
        found: dict[str, Any] = json.loads(page.recv(timeout=10))
    return found


def alarms(served: Served, unit: str) -> list[dict[str, Any]]:
    """The alarms about a unit, as a new page sees them."""
    return [alarm for alarm in snapshot(served)["alarms"] if alarm["unit"] == unit]


def wait_for_alarm(served: Served, unit: str) -> dict[str, Any]:
    """Wait until there is one."""
    until_s = time.monotonic() + 20
    while time.monotonic() < until_s:
        if found := alarms(served, unit):
            return found[0]
        time.sleep(0.1)
    pytest.fail(f"no alarm about unit {unit} within 20 s")


def test_a_crew_cries_for_help_and_a_dispatcher_hears_it_at_once(served: Served) -> None:
    """The button on the crew's page is an event on every screen, and stands until it is acknowledged."""
    url = served.url.replace("http", "ws") + "/feed"
    headers = {"Authorization": "Bearer token-dispatcher"}
    with connect(url, additional_headers=headers) as page, served.client("crew-1") as crew:
        assert json.loads(page.recv(timeout=10))["t"] == "snapshot"
        body = {"lat_deg": 55.0, "lon_deg": 60.0, "note": "нападение"}
        cried = crew.post("/api/units/1/panic", json=body)
        assert cried.status_code == 201
        alarm = cried.json()["alarm"]
        assert (alarm["kind"], alarm["unit"], alarm["acknowledged_ms"]) == ("panic", "1", None)
        frame: dict[str, Any] = {}
        while frame.get("kind") != "alarm_raised":
            said = page.recv(timeout=10)
            frame = json.loads(said) if isinstance(said, str) else {}
        assert frame["alarms"] == [alarm]
        assert frame["alarms"][0]["evidence"]["note"] == "нападение"
        assert crew.post("/api/units/1/panic", json={}).json()["alarm"]["id"] == alarm["id"]
        assert crew.post(f"/api/alarms/{alarm['id']}/acknowledge", json={}).status_code == 403
    with served.client("dispatcher") as dispatcher:
        seen = dispatcher.post(f"/api/alarms/{alarm['id']}/acknowledge", json={}).json()["alarm"]
        assert seen["acknowledged_by"] == "dispatcher"
        assert dispatcher.post(f"/api/alarms/{alarm['id']}/acknowledge", json={}).json()["alarm"] == seen
        assert dispatcher.post("/api/alarms/none/acknowledge", json={}).status_code == 404
    assert alarms(served, "1") == [seen]


def test_who_may_cry_for_whom(served: Served) -> None:
    """A crew for itself alone; call takers and admins for nobody; of no unit there is no cry."""
    for user, unit, status in (
        ("crew-2", "1", 403),
        ("intake", "1", 403),
        ("admin", "1", 403),
        ("dispatcher", "99", 404),
    ):
        with served.client(user) as client:
            assert client.post(f"/api/units/{unit}/panic", json={}).status_code == status
    with served.client("crew-2") as crew:
        assert crew.post("/api/units/2/panic", json={"lat_deg": 91.0}).status_code == 422


def test_a_vehicle_that_is_lied_to_stays_where_it_was_and_raises_one_alarm(served: Served) -> None:
    """30 km away within a second, from a real device connection: suspect, one alarm, evidence by request."""
    with served.device("3") as device, served.client("dispatcher") as dispatcher:
        began_s = time.time() - 25
        for step in range(12):
            device.sendall(rmc(began_s + step, 55.0 + step * 1e-4, 60.0, 20, 0))
        for step in range(12, 24):
            device.sendall(rmc(began_s + step, 55.3, 60.0, 20, 0))
        alarm = wait_for_alarm(served, "3")
        assert alarm["kind"] == "spoofing"
        assert alarm["evidence"]["last_good"]["lat_deg"] == pytest.approx(55.0011, abs=2e-4)
        assert alarm["evidence"]["at"]["lat_deg"] == pytest.approx(55.3, abs=1e-4)
        time.sleep(0.5)
        shown = dispatcher.get("/api/units/3/position").json()
        assert shown["position"]["freshness"] == "suspect"
        assert shown["position"]["lat_deg"] == pytest.approx(55.0011, abs=2e-4)
        assert shown["doubt"]["reasons"] == ["jump"]
        assert shown["doubt"]["evidence"]
        assert len(alarms(served, "3")) == 1
        assert dispatcher.get("/api/units/99/position").status_code == 404


def test_one_identity_in_two_places_is_an_alarm(served: Served) -> None:
    """A second device with the same secret, while the first is speaking."""
    with served.device("4") as first:
        first.sendall(rmc(time.time() - 2, 55.0, 60.0) + rmc(time.time() - 1, 55.0, 60.0))
        time.sleep(1.5)
        with served.device("4"):
            alarm = wait_for_alarm(served, "4")
    assert alarm["kind"] == "two_places"
    assert len(alarm["evidence"]["parties"]) == 2


def test_a_doubt_outlives_a_restart(tmp_path: Path) -> None:
    """A service killed in the middle of a lie does not believe it when it comes back."""
    config = write_config(tmp_path, None, None, units=1)
    began_s = time.time() - 40
    with Served(config) as running:
        with running.device("1") as device:
            for step in range(24):
                lat_deg = 55.0 if step < 12 else 55.3
                device.sendall(rmc(began_s + step, lat_deg, 60.0))
            wait_for_alarm(running, "1")
            time.sleep(0.5)
        running.kill()
    with Served(config) as again, again.client("dispatcher") as dispatcher:
        shown = dispatcher.get("/api/units/1/position").json()
        assert shown["position"]["freshness"] == "suspect"
        assert shown["position"]["lat_deg"] == pytest.approx(55.0, abs=1e-4)
        assert [alarm["kind"] for alarm in alarms(again, "1")] == ["spoofing"]
