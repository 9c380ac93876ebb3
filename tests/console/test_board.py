"""Hospitals' boards, invitations, presence and what lies at a point, over a real service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from console.feed import Looking, parse_looking
from routing.synth import City
from tests.console.served import Served, write_config

UNITS = 3


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; every crew is on duty."""
    made, map_folder = small_city
    with Served(write_config(tmp_path_factory.mktemp("board"), made, map_folder, UNITS)) as running:
        running.on_duty(range(1, UNITS + 1))
        yield running


def coming_to(served: Served, city: City, hospital: str) -> dict[str, Any]:
    """Send a crew to a call and on to a hospital; return its assignment."""
    one = city.addresses[0]
    place = {"label": one.label, "lat_deg": one.lat_deg, "lon_deg": one.lon_deg}
    with served.client("dispatcher") as dispatcher:
        made = dispatcher.post("/api/incidents", json={"place": place, "reason": "stroke"}).json()["incident"]
        shown = dispatcher.get(f"/api/incidents/{made['id']}/recommendation").json()
        sent = dispatcher.post(
            f"/api/incidents/{made['id']}/assignments", json={"unit": shown["crews"][0]["unit"]}
        ).json()["assignment"]
        press = f"/api/assignments/{sent['id']}/status"
        assert dispatcher.post(press, json={"status": "on_scene"}).status_code == 200
        pressed = dispatcher.post(press, json={"status": "left_scene", "hospital": hospital})
        assert pressed.status_code == 200, pressed.text
    found: dict[str, Any] = pressed.json()["assignment"]
    return found


def test_a_hospital_sees_who_comes_is_ready_and_takes_over(
    served: Served, small_city: tuple[City, Path]
) -> None:
    """The board names the crew and its time; "ready" reaches crew and feed; "handed over" is journalled."""
    city = small_city[0]
    assignment = coming_to(served, city, city.hospitals[0].id)
    with served.client("board") as board:
        (row,) = board.get("/api/hospital").json()["coming"]
        assert (row["assignment"], row["reason"], row["ready_ms"]) == (assignment["id"], "stroke", None)
        assert row["eta_s"] > 0
        assert board.post("/api/hospital/ready", json={"assignment": assignment["id"]}).json()["ready_ms"]
        with served.client(f"crew-{assignment['unit']}") as crew:
            assert crew.get("/api/crew").json()["ready_ms"] is not None
        with feed(served) as watching:
            assert list(json.loads(watching.recv(timeout=10))["ready"]) == [assignment["id"]]
        done = board.post("/api/hospital/handed_over", json={"assignment": assignment["id"]})
        assert done.json()["assignment"]["status"] == "handed_over"
    with served.client("dispatcher") as dispatcher:
        timeline = dispatcher.get(f"/api/incidents/{assignment['incident']}").json()["timeline"]
        assert (timeline[-1]["source"], timeline[-1]["by"]) == ("hospital", "board")


def test_a_board_may_touch_nothing_but_its_own(served: Served, small_city: tuple[City, Path]) -> None:
    """Another hospital's patient is unknown to it, and so are calls, the feed's data and the reports."""
    city = small_city[0]
    assert len(city.hospitals) > 1
    assignment = coming_to(served, city, city.hospitals[1].id)
    with served.client("board") as board:
        for act in ("ready", "handed_over"):
            refused = board.post(f"/api/hospital/{act}", json={"assignment": assignment["id"]})
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown-assignment")
        assert board.get(f"/api/incidents/{assignment['incident']}").status_code == 403
        assert board.get("/api/reports/responses").status_code == 403
        own = board.get("/api/hospital", params={"hospital": city.hospitals[1].id}).json()["hospital"]["id"]
        assert own == city.hospitals[0].id


def test_a_link_signs_a_crew_in_once(served: Served) -> None:
    """A dispatcher invites a crew or a board; the link opens one session, and nobody else may invite."""
    with served.client("dispatcher") as dispatcher:
        made = dispatcher.post("/api/links", json={"unit": "2"})
        assert (made.status_code, made.json()["user"]) == (201, "crew-2")
        assert dispatcher.post("/api/links", json={}).status_code == 422
        assert dispatcher.post("/api/links", json={"unit": "nobody"}).status_code == 404
    with httpx.Client(base_url=served.url) as tablet:
        assert tablet.get(made.json()["path"]).headers["location"] == "/"
        assert tablet.get("/api/session").json()["unit"] == "2"
        assert tablet.post("/api/links", json={"unit": "2"}).status_code == 403
    with httpx.Client(base_url=served.url) as late:
        assert late.get(made.json()["path"]).headers["location"] == "/?link=expired"


def test_dispatchers_see_each_others_choice(served: Served) -> None:
    """What one page has open reaches the others by name, and goes when the page goes."""
    with feed(served) as watching:
        with feed(served, "second") as other:
            other.send(json.dumps({"t": "looking", "page": "p2", "incident": "x-1"}))
            assert presence(watching, wanted=1) == [{"page": "p2", "name": "Second", "incident": "x-1"}]
        assert presence(watching, wanted=0) == []


def test_what_a_page_says_is_read_strictly() -> None:
    """Pings, foreign words and floods are dropped without a word."""
    assert parse_looking('{"t":"looking","page":"p","incident":null}') == Looking("p", None)
    for text in (None, "", "{", "[]", '{"t":"ping"}', '{"t":"looking"}', '{"t":"looking","page":""}'):
        assert parse_looking(text) is None
    assert parse_looking('{"t":"looking","page":"' + "p" * 2000 + '"}') is None


def test_a_point_has_an_address(served: Served, small_city: tuple[City, Path]) -> None:
    """A point of the city is named by its nearest address; one in the ocean by nothing."""
    one = small_city[0].addresses[0]
    with served.client("dispatcher") as dispatcher:
        found = dispatcher.get("/api/places/near", params={"lat": one.lat_deg, "lon": one.lon_deg}).json()
        assert found["place"]["label"]
        nowhere = dispatcher.get("/api/places/near", params={"lat": 0, "lon": -30})
        assert nowhere.json() == {"place": None, "across": None}


def feed(served: Served, user: str = "dispatcher") -> ClientConnection:
    """Open the feed."""
    headers = {"Authorization": f"Bearer token-{user}"}
    return connect(served.url.replace("http", "ws") + "/feed", additional_headers=headers, max_size=None)


def presence(connection: ClientConnection, wanted: int) -> list[dict[str, Any]]:
    """Read until the word on who looks at what has so many in it."""
    while True:
        frame = connection.recv(timeout=10)
        if isinstance(frame, str) and (said := json.loads(frame))["t"] == "presence":
            who: list[dict[str, Any]] = said["who"]
            if len(who) == wanted:
                return who
