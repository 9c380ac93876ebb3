"""When driving crews are due, coverage, and what happens without roads, over a real service."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from routing.router import Router, UnitPlace
from routing.synth import City
from tests.console.served import Served, rmc, write_config

WAIT_S = 20

Json = dict[str, Any]


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; two crews are on duty."""
    made, map_folder = small_city
    with Served(write_config(tmp_path_factory.mktemp("arrivals"), made, map_folder)) as running:
        running.on_duty((1, 2))
        yield running


def arrival(served: Served, assignment: str, other_than: Json | None = None) -> tuple[Json, int]:
    """Return what a pulse says of an assignment's arrival, once it says another thing, and its time."""
    with connect(
        served.url.replace("http", "ws") + "/feed",
        additional_headers={"Authorization": "Bearer token-dispatcher"},
        max_size=None,
    ) as feed:
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            frame = feed.recv(timeout=WAIT_S)
            word = json.loads(frame) if isinstance(frame, str) else {}
            found = word.get("arrivals", {}).get(assignment)
            if found is not None and (other_than is None or found["due_ms"] < other_than["due_ms"] - 1_000):
                return found, word["now_ms"]
    raise AssertionError("no pulse says it")


def test_a_driving_crew_is_due_by_the_roads_from_where_it_is(
    served: Served, small_city: tuple[City, Path]
) -> None:
    """The pulse carries what a query would answer from its position; nearer, it is due sooner."""
    city, map_folder = small_city
    here, start = city.addresses[0], city.addresses[-1]
    router = Router.open(map_folder)
    with served.client("dispatcher") as client, served.device("1") as device:
        device.sendall(rmc(time.time(), start.lat_deg, start.lon_deg))
        place = {"label": here.label, "lat_deg": here.lat_deg, "lon_deg": here.lon_deg}
        body = {"place": place, "reason": "abdominal_pain"}
        incident = client.post("/api/incidents", json=body).json()["incident"]["id"]
        sent = client.post(f"/api/incidents/{incident}/assignments", json={"unit": "1"}).json()["assignment"]
        device.sendall(rmc(time.time() + 1, start.lat_deg, start.lon_deg))
        found, now_ms = arrival(served, sent["id"])
        (eta,) = router.nearest(here.lat_deg, here.lon_deg, [UnitPlace("1", start.lat_deg, start.lon_deg)], 1)
        # The service adds the hour: a tenth at night, some percent at rush hour.
        assert (found["due_ms"] - now_ms) / 1000 == pytest.approx(eta.seconds_s, rel=0.12, abs=5)
        assert found["p90_ms"] > found["due_ms"]
        assert found["degraded"] is False
        device.sendall(rmc(time.time() + 2, here.lat_deg, here.lon_deg))
        way = client.get(f"/api/assignments/{sent['id']}/route", params={"alternative": True}).json()
        assert "alternative" in way["properties"]
        nearer, later_ms = arrival(served, sent["id"], other_than=found)
        assert nearer["due_ms"] - later_ms < 30_000
        client.post(f"/api/incidents/{incident}/close", json={"outcome": "test"})


def test_coverage_follows_a_change_within_two_seconds_and_says_when_nothing_changed(
    served: Served, small_city: tuple[City, Path]
) -> None:
    """Asked as the page asks: 204 while all stands; once a crew is sent off duty, another picture in time."""
    far = small_city[0].addresses[-1]
    with served.client("dispatcher") as client, served.client("crew-2") as crew, served.device("2") as device:
        device.sendall(rmc(time.time() + 3, far.lat_deg, far.lon_deg))
        time.sleep(2)
        first = client.get("/api/coverage").json()
        again = client.get("/api/coverage", params={"known_ms": first["made_at_ms"]})
        assert again.status_code == 204
        assert crew.post("/api/units/2/duty", json={"duty": "break"}).status_code == 200
        asked_s = time.monotonic()
        while True:
            answer = client.get("/api/coverage", params={"known_ms": first["made_at_ms"]})
            if answer.status_code == 200 and answer.json()["units"] < first["units"]:
                break
            time.sleep(0.2)
        assert time.monotonic() - asked_s < WAIT_S
        assert answer.json()["roads"] <= first["roads"]
        assert crew.post("/api/units/2/duty", json={"duty": "on"}).status_code == 200


def test_another_way_is_told_where_there_is_one(served: Served, small_city: tuple[City, Path]) -> None:
    """With `alternative` the route carries a second way that is no quicker and runs elsewhere, or null."""
    addresses = small_city[0].addresses
    found = 0
    with served.client("dispatcher") as client:
        for one in addresses[:: max(1, len(addresses) // 12)]:
            ends = {
                "from": f"{one.lat_deg},{one.lon_deg}",
                "to": f"{addresses[0].lat_deg},{addresses[0].lon_deg}",
            }
            plain = client.get("/api/route", params=ends).json()
            both = client.get("/api/route", params={**ends, "alternative": True}).json()
            assert "alternative" not in plain["properties"]
            other = both["properties"].pop("alternative")
            assert both == plain
            if other is not None:
                found += 1
                assert other["properties"]["seconds"] >= plain["properties"]["seconds"]
                assert other["geometry"]["coordinates"] != plain["geometry"]["coordinates"]
    assert found > 0


def test_without_a_map_everything_is_by_straight_line_and_says_so(tmp_path: Path) -> None:
    """A service without a map ranks by straight line, marked degraded on the answer and on each line."""
    with Served(write_config(tmp_path, None, None)) as running, running.client("dispatcher") as client:
        with running.client("crew-1") as crew, running.device("1") as device:
            assert crew.post("/api/units/1/duty", json={"duty": "on"}).status_code == 200
            device.sendall(rmc(time.time(), 55.01, 60.0))
            time.sleep(1)
            body = {"place": {"label": "?", "lat_deg": 55.0, "lon_deg": 60.0}, "reason": "abdominal_pain"}
            incident = client.post("/api/incidents", json=body).json()["incident"]["id"]
            shown = client.get(f"/api/incidents/{incident}/recommendation").json()
            assert (shown["degraded"], shown["degraded_why"]) == (True, "no_map")
            assert all(
                any(reason["code"] == "straight_line" for reason in line["reasons"])
                for line in shown["crews"]
            )
            sent = client.post(f"/api/incidents/{incident}/assignments", json={"unit": "1"}).json()
            found, _ = arrival(running, sent["assignment"]["id"])
            assert found["degraded"] is True
            ends = {"from": "55.0,60.0", "to": "55.01,60.0", "alternative": True}
            way = client.get("/api/route", params=ends).json()["properties"]
            assert (way["degraded"], way["alternative"]) == (True, None)
        parts = client.get("/api/health").json()["degraded"]
        assert "map" in [part["part"] for part in parts]
