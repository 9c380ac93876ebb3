"""Proposals, outlooks and the ranking that was shown, over a real service."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from websockets.sync.client import connect

from routing.synth import Address, City
from tests.console.served import Served, rmc, write_config

WAIT_S = 20

Json = dict[str, Any]
T = TypeVar("T")


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; every crew is on duty."""
    made, map_folder = small_city
    with Served(write_config(tmp_path_factory.mktemp("served"), made, map_folder)) as running:
        running.on_duty(range(1, 7))
        yield running


@pytest.fixture
def dispatcher(served: Served) -> Iterator[httpx.Client]:
    """A dispatcher's client; afterwards every call is closed."""
    with served.client("dispatcher") as client:
        yield client
        with connect(
            served.url.replace("http", "ws") + "/feed",
            additional_headers={"Authorization": "Bearer token-dispatcher"},
            max_size=None,
        ) as feed:
            for incident in json.loads(feed.recv())["incidents"]:
                client.post(f"/api/incidents/{incident['id']}/close", json={"outcome": "test"})


def until(found: Callable[[], T | None]) -> T:
    """Ask until there is an answer."""
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        if answer := found():
            return answer
        time.sleep(0.2)
    raise AssertionError("nothing came")


def call_at(client: httpx.Client, place: Address, reason: str = "abdominal_pain") -> str:
    """Take a call at an address of the city."""
    body = {
        "place": {"label": place.label, "lat_deg": place.lat_deg, "lon_deg": place.lon_deg},
        "reason": reason,
    }
    incident: str = client.post("/api/incidents", json=body).json()["incident"]["id"]
    return incident


def report_position(device: socket.socket, place: Address) -> None:
    """Say where a unit stands."""
    device.sendall(rmc(time.time(), place.lat_deg, place.lon_deg))


def test_a_nearer_crew_is_proposed_taken_once_and_recorded_with_its_gain(
    served: Served, city: City, dispatcher: httpx.Client
) -> None:
    """The far crew is on its way, a near one is free: one click swaps both, a second does nothing."""
    here = city.addresses[0]
    far = max(
        city.addresses, key=lambda one: abs(one.lat_deg - here.lat_deg) + abs(one.lon_deg - here.lon_deg)
    )
    with served.device("2") as near_unit, served.device("4") as far_unit:
        report_position(near_unit, here)
        report_position(far_unit, far)
        incident = call_at(dispatcher, here)
        sent = dispatcher.post(f"/api/incidents/{incident}/assignments", json={"unit": "4"})
        assert sent.status_code == 201

        def proposed() -> Json | None:
            report_position(near_unit, here)
            report_position(far_unit, far)
            listed = dispatcher.get("/api/proposals").json()["proposals"]
            return next((one for one in listed if one["moves"][0]["incident"] == incident), None)

        def took() -> tuple[Json, httpx.Response] | None:
            """Take what is proposed, before the next look: on a busy machine it may be gone by then."""
            if (seen := proposed()) is None:
                return None
            answered = dispatcher.post(f"/api/proposals/{seen['id']}/take", json={"command_id": "swap-1"})
            return (seen, answered) if answered.status_code == 200 else None

        proposal, taken = until(took)
        assert proposal["kind"] == "swap"
        (move,) = proposal["moves"]
        assert (move["taken"], move["assignment"]) == ("4", sent.json()["assignment"]["id"])
        assert proposal["gain_s"] == pytest.approx(move["before_s"] - move["after_s"], abs=0.1)
        assert proposal["gain_s"] > 120
        take = f"/api/proposals/{proposal['id']}/take"
        assert {one["id"]: one["state"] for one in taken.json()["units"]} == {
            "4": "free",
            move["sent"]: "notified",
        }
        again = dispatcher.post(take, json={"command_id": "swap-1"})
        assert again.json()["assignments"] == taken.json()["assignments"]
        assert dispatcher.post(take, json={}).json()["error"]["code"] == "proposal-gone"
    timeline = dispatcher.get(f"/api/incidents/{incident}").json()["timeline"]
    swapped = next(entry for entry in timeline if entry["kind"] == "crews_swapped")
    assert swapped["data"]["gain_s"] == proposal["gain_s"]
    assert [entry["kind"] for entry in timeline][-3:] == ["crews_swapped", "status_changed", "crew_assigned"]


def test_an_unknown_proposal_and_a_stranger_are_refused(served: Served, dispatcher: httpx.Client) -> None:
    """409 with a code for what is not proposed, 403 for who may not dispatch."""
    assert dispatcher.post("/api/proposals/x/take", json={}).status_code == 409
    with served.client("crew-1") as crew:
        assert crew.get("/api/proposals").status_code == 403
        assert crew.post("/api/proposals/x/take", json={}).status_code == 403


def test_the_pulse_carries_what_each_waiting_call_can_hope_for(
    served: Served, city: City, dispatcher: httpx.Client
) -> None:
    """Best ETA, what remains of the norm, and what takes too long: within seconds of the call."""
    incident = call_at(dispatcher, city.addresses[3])
    with connect(
        served.url.replace("http", "ws") + "/feed",
        additional_headers={"Authorization": "Bearer token-dispatcher"},
        max_size=None,
    ) as feed:

        def outlook() -> Json | None:
            frame = feed.recv(timeout=WAIT_S)
            word = json.loads(frame) if isinstance(frame, str) else {}
            outlooks: dict[str, Json] = word.get("outlooks", {})
            return outlooks.get(incident)

        found = until(outlook)
    assert found["best_eta_s"] > 0
    assert found["cannot_meet"] is False
    assert found["remaining_s"] == pytest.approx(1200 - found["best_eta_s"], abs=WAIT_S)


def test_the_ranking_that_was_shown_is_the_one_that_is_stored(city: City, dispatcher: httpx.Client) -> None:
    """A page answers an older list: its rank and lines are recorded, not those of the click's moment."""
    incident = call_at(dispatcher, city.addresses[5])
    shown = dispatcher.get(f"/api/incidents/{incident}/recommendation").json()
    assert all(crew["eta_p90_s"] > crew["eta_s"] for crew in shown["crews"])
    dispatcher.get(f"/api/incidents/{incident}/recommendation")
    second = shown["crews"][1]
    body = {"unit": second["unit"], "shown_at_ms": shown["made_at_ms"], "shown_rank": 2}
    sent = dispatcher.post(f"/api/incidents/{incident}/assignments", json=body).json()["assignment"]
    assert sent["recommended_rank"] == 2
    timeline = dispatcher.get(f"/api/incidents/{incident}").json()["timeline"]
    stored = next(entry["data"] for entry in timeline if entry["kind"] == "crew_assigned")
    assert stored["shown_at_ms"] == shown["made_at_ms"]
    assert [line["unit"] for line in stored["ranking"]] == [crew["unit"] for crew in shown["crews"]][:10]


def test_a_rank_that_was_seen_before_a_restart_is_stored_as_the_page_says(
    city: City, dispatcher: httpx.Client
) -> None:
    """The list is forgotten here; what the dispatcher pressed beside is not."""
    incident = call_at(dispatcher, city.addresses[6])
    shown = dispatcher.get(f"/api/incidents/{incident}/recommendation").json()
    body = {"unit": shown["crews"][0]["unit"], "shown_at_ms": 1, "shown_rank": 3}
    sent = dispatcher.post(f"/api/incidents/{incident}/assignments", json=body).json()["assignment"]
    assert sent["recommended_rank"] == 3


def test_a_hospital_that_is_closed_goes_last_until_it_opens(
    served: Served, city: City, dispatcher: httpx.Client
) -> None:
    """A dispatcher closes it with an end; the crew's list says so; a crew may not; opening it ends it."""
    incident = call_at(dispatcher, city.addresses[8])
    sent = dispatcher.post(f"/api/incidents/{incident}/assignments", json={"unit": "3"}).json()["assignment"]
    listed = f"/api/assignments/{sent['id']}/hospitals"
    first = dispatcher.get(listed).json()["hospitals"][0]
    door = f"/api/hospitals/{first['id']}/opening"
    until_ms = round(time.time() * 1000) + 3_600_000
    closed = dispatcher.post(door, json={"state": "closed", "until_ms": until_ms, "why": "нет мест"})
    assert closed.status_code == 200
    assert closed.json()["hospital"]["by"] == "dispatcher"
    last = dispatcher.get(listed).json()["hospitals"][-1]
    assert (last["id"], last["state"], last["said_by"], last["why"]) == (
        first["id"],
        "closed",
        "dispatcher",
        "нет мест",
    )
    with served.client("crew-3") as crew:
        assert crew.post(door, json={"state": "open"}).status_code == 403
    assert dispatcher.post(door, json={"state": "open"}).json()["hospital"]["state"] == "open"
    assert dispatcher.get(listed).json()["hospitals"][0]["id"] == first["id"]
    states = {one["id"]: one["state"] for one in dispatcher.get("/api/hospitals").json()["hospitals"]}
    assert set(states.values()) == {"open"}


def test_where_to_wait_is_off_by_default(served: Served, dispatcher: httpx.Client) -> None:
    """Nobody is sent about the town unless the installation asks for it; a crew does not see the list."""
    assert dispatcher.get("/api/proposals/standby").json() == {"on": False, "standby": []}
    with served.client("crew-1") as crew:
        assert crew.get("/api/proposals/standby").status_code == 403


def test_where_to_wait_is_told_when_it_is_on(
    small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With calls on record the question is answered from the roads: free crews, and other bases."""
    made, map_folder = small_city
    config = write_config(tmp_path_factory.mktemp("standby"), made, map_folder)
    config.write_text("standby = true\n" + config.read_text(encoding="utf-8"), encoding="utf-8")
    with Served(config) as running, running.client("dispatcher") as client:
        with running.client("crew-1") as crew:
            assert crew.post("/api/units/1/duty", json={"duty": "on"}).status_code == 200
        for number in range(3):
            call_at(client, made.addresses[number])
        found = client.get("/api/proposals/standby").json()
        assert found["on"] is True
        bases = {base.id for base in made.substations}
        assert all(one["unit"] == "1" and one["base"] in bases - {one["own"]} for one in found["standby"])
