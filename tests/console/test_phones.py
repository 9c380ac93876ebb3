"""The crew's phone over a real service: stored, shown with its mark, declined while the receiver speaks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routing.synth import City
from tests.console.served import Served, rmc, write_config


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose receivers are silent unless a test speaks for them."""
    made, map_folder = small_city
    with Served(write_config(tmp_path_factory.mktemp("phones"), made, map_folder)) as running:
        yield running


def reading(city: City, **changes: object) -> dict[str, Any]:
    """Return what a phone in the middle of the city says now."""
    base = city.substations[0]
    said = {"lat_deg": base.lat_deg, "lon_deg": base.lon_deg, "taken_ms": int(time.time() * 1000)}
    return {**said, "accuracy_m": 30.0, **changes}


def test_a_phone_stands_in_and_the_receiver_takes_over(served: Served, small_city: tuple[City, Path]) -> None:
    """Used while the receiver is silent, kept in the track, marked for dispatchers; then no more."""
    city = small_city[0]
    with served.client("crew-2") as crew, served.client("dispatcher") as dispatcher:
        assert crew.get("/api/crew").json()["receiver_silent"] is True
        sent = reading(city)
        assert crew.post("/api/units/2/phone", json=sent).json() == {"used": True, "why": None}
        shown = dispatcher.get("/api/units/2/position").json()["position"]
        assert shown["reasons"] == ["by_phone"]
        assert shown["lat_deg"] == pytest.approx(sent["lat_deg"], abs=1e-6)
        track = dispatcher.get(
            "/api/tracks/2", params={"from_ms": sent["taken_ms"] - 1, "to_ms": sent["taken_ms"] + 1}
        ).json()
        assert track["properties"]["taken_ms"] == [sent["taken_ms"]]
        with served.device("2") as device:
            device.sendall(rmc(time.time(), sent["lat_deg"], sent["lon_deg"]))
            until_s = time.monotonic() + 10
            while crew.get("/api/crew").json()["receiver_silent"]:
                assert time.monotonic() < until_s
                time.sleep(0.1)
        declined = crew.post("/api/units/2/phone", json=reading(city)).json()
        assert declined == {"used": False, "why": "receiver-speaks"}


def test_only_the_crew_itself_shares_its_phone(served: Served, small_city: tuple[City, Path]) -> None:
    """Another crew, a dispatcher and the intake are refused; nonsense is a wrong field, not a position."""
    city = small_city[0]
    for user, status in (("crew-3", 403), ("dispatcher", 403), ("intake", 403)):
        with served.client(user) as client:
            assert client.post("/api/units/2/phone", json=reading(city)).status_code == status
    with served.client("crew-3") as crew:
        for wrong in ({"lat_deg": 91.0}, {"accuracy_m": -1.0}, {"taken_ms": "now"}, {"speed_mps": 1e9}):
            answer = crew.post("/api/units/3/phone", json=reading(city, **wrong))
            assert (answer.status_code, answer.json()["error"]["field"]) == (422, next(iter(wrong)))
        coarse = crew.post("/api/units/3/phone", json=reading(city, accuracy_m=3_000.0)).json()
        assert coarse == {"used": False, "why": "too-coarse"}
