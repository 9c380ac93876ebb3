"""The HTTP API and the feed, over a real service: every journey that a page or a crew makes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from console.feed import decode_positions
from routing.synth import City
from tests.console.served import DEVICE_SECRET, PASSWORD, Served, rmc, write_config

ADDRESS = {"label": "ул. Ленина, 5", "lat_deg": 0.0, "lon_deg": 0.0}


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; every crew is on duty."""
    made, map_folder = small_city
    with Served(write_config(tmp_path_factory.mktemp("served"), made, map_folder)) as running:
        running.on_duty(range(1, 7))
        yield running


def place_of(city: City, number: int) -> dict[str, Any]:
    """Return one of the city's addresses as a call's place."""
    one = city.addresses[number % len(city.addresses)]
    return {"label": one.label, "lat_deg": one.lat_deg, "lon_deg": one.lon_deg}


def new_call(client: httpx.Client, city: City, number: int = 0, **more: object) -> dict[str, Any]:
    """Take a call; return its view."""
    body = {"place": place_of(city, number), "reason": "abdominal_pain", **more}
    answer = client.post("/api/incidents", json=body)
    assert answer.status_code == 201, answer.text
    incident: dict[str, Any] = answer.json()["incident"]
    return incident


def feed(served: Served, since: str | None = None) -> ClientConnection:
    """Open the feed."""
    url = served.url.replace("http", "ws") + "/feed" + (f"?since={since}" if since else "")
    return connect(url, additional_headers={"Authorization": "Bearer token-dispatcher"}, max_size=None)


def frames(connection: ClientConnection, seconds: float = 10.0) -> Iterator[Any]:
    """Yield decoded frames until the time is up: dicts for text, position lists for binary."""
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        try:
            frame = connection.recv(timeout=left_s)
        except TimeoutError:
            return
        yield json.loads(frame) if isinstance(frame, str) else decode_positions(frame)


def test_a_call_goes_from_the_phone_to_the_report(served: Served, city: City) -> None:
    """Taken, recommended, sent, every button pressed, taken to a hospital, closed, and found in the log."""
    with served.client("dispatcher") as dispatcher:
        incident = new_call(dispatcher, city, 1, priority=1, reason="chest_pain", phone="+7 000 111-22-33")
        assert incident["phase"] == "waiting"
        assert incident["norm_ends_ms"] - incident["called_at_ms"] == 20 * 60_000
        shown = dispatcher.get(f"/api/incidents/{incident['id']}/recommendation").json()
        assert [crew["rank"] for crew in shown["crews"]] == list(range(1, len(shown["crews"]) + 1))
        assert {crew["unit"] for crew in shown["crews"]} | {out["unit"] for out in shown["left_out"]} == set(
            "123456"
        )
        assert all(crew["reasons"] for crew in shown["crews"] + shown["left_out"])
        first = shown["crews"][0]
        sent = dispatcher.post(f"/api/incidents/{incident['id']}/assignments", json={"unit": first["unit"]})
        assert sent.status_code == 201
        assignment = sent.json()["assignment"]
        assert assignment["recommended_rank"] == 1
        assert assignment["eta_s"] == pytest.approx(first["eta_s"], abs=5)
        with served.client(f"crew-{first['unit']}") as crew:
            mine = crew.get("/api/crew").json()
            assert mine["incident"]["id"] == incident["id"]
            assert mine["assignment"]["id"] == assignment["id"]
            way = crew.get(f"/api/assignments/{assignment['id']}/route").json()
            assert way["geometry"]["type"] == "LineString"
            assert not way["properties"]["degraded"]
            press = f"/api/assignments/{assignment['id']}/status"
            for status in ("acknowledged", "en_route", "on_scene", "at_patient"):
                assert crew.post(press, json={"status": status}).json()["assignment"]["status"] == status
            ranked = crew.get(f"/api/assignments/{assignment['id']}/hospitals").json()["hospitals"]
            assert {one["id"] for one in ranked} == {one.id for one in city.hospitals}
            left = crew.post(press, json={"status": "left_scene", "hospital": ranked[0]["id"]})
            assert left.json()["assignment"]["hospital"] == ranked[0]["id"]
            for status in ("at_hospital", "handed_over", "cleared"):
                assert crew.post(press, json={"status": status}).status_code == 200
            assert crew.get("/api/crew").json()["assignment"] is None
        card = dispatcher.get(f"/api/incidents/{incident['id']}").json()
        kinds = [entry["kind"] for entry in card["timeline"]]
        assert kinds[:2] == ["incident_created", "crew_assigned"]
        assert kinds.count("status_changed") == 8
        assert card["incident"]["phase"] == "closed"
        report = dispatcher.get("/api/reports/responses?by=substation").json()
        row = next(row for row in report["responses"] if row["assignment"] == assignment["id"])
        assert row["response_s"] is not None
        assert report["groups"][row["substation"]]["response"]["n"] >= 1


def test_a_crew_is_not_sent_twice(served: Served, city: City) -> None:
    """Of two dispatchers who send one crew to two calls at once, one wins and the other is told why."""
    with served.client("dispatcher") as one, served.client("second") as two:
        for round_number in range(5):
            calls = [new_call(one, city, 10 + round_number), new_call(two, city, 20 + round_number)]
            with ThreadPoolExecutor(2) as both:
                answers = list(
                    both.map(
                        lambda pair: pair[0].post(
                            f"/api/incidents/{pair[1]['id']}/assignments", json={"unit": "3"}
                        ),
                        zip((one, two), calls, strict=True),
                    )
                )
            assert sorted(answer.status_code for answer in answers) == [201, 409]
            loser = next(answer for answer in answers if answer.status_code == 409).json()["error"]
            assert loser["code"] == "unit-busy"
            assert loser["incident"] in {call["id"] for call in calls}
            for call in calls:
                assert (
                    one.post(f"/api/incidents/{call['id']}/cancel", json={"why": "test"}).status_code == 200
                )


def test_the_same_command_id_is_obeyed_once(served: Served, city: City) -> None:
    """A page that repeats a request after a cut link makes no second call."""
    with served.client("intake") as intake:
        body = {"place": place_of(city, 3), "reason": "injury", "command_id": "phone-17"}
        first, second = intake.post("/api/incidents", json=body), intake.post("/api/incidents", json=body)
        assert first.json()["incident"]["id"] == second.json()["incident"]["id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/api/incidents", "{", (400, "wrong-field")),
        ("POST", "/api/incidents", {}, (422, "wrong-field")),
        (
            "POST",
            "/api/incidents",
            {"place": ADDRESS | {"lat_deg": 91}, "reason": "injury"},
            (422, "wrong-field"),
        ),
        (
            "POST",
            "/api/incidents",
            {"place": ADDRESS | {"lat_deg": "55"}, "reason": "injury"},
            (422, "wrong-field"),
        ),
        (
            "POST",
            "/api/incidents",
            {"place": ADDRESS, "reason": "injury", "prioritty": 1},
            (422, "wrong-field"),
        ),
        ("POST", "/api/incidents", {"place": ADDRESS, "reason": "boredom"}, (422, "unknown-reason")),
        ("GET", "/api/incidents/nowhere", None, (404, "unknown-incident")),
        ("POST", "/api/incidents/nowhere/assignments", {"unit": "1"}, (404, "unknown-incident")),
        ("POST", "/api/assignments/nothing/status", {"status": "en_route"}, (404, "unknown-assignment")),
        ("POST", "/api/units/99/duty", {"duty": "on"}, (404, "unknown-unit")),
        ("POST", "/api/units/1/duty", {"duty": "asleep"}, (422, "wrong-field")),
        ("GET", "/api/tracks/99?from_ms=0&to_ms=1", None, (404, "unknown-unit")),
        ("GET", "/api/tracks/1?from_ms=5&to_ms=1", None, (422, "bad-period")),
        ("GET", "/api/route?from=1,2&to=x", None, (422, "bad-position")),
        ("GET", "/api/route?from=1,2&to=100,2", None, (422, "bad-position")),
        ("GET", "/api/reports/responses?by=shoe_size", None, (422, "wrong-field")),
        ("GET", "/api/demo", None, (404, "no-demo")),
        ("POST", "/api/demo", {"autopilot": True}, (404, "no-demo")),
        ("GET", "/api/nothing", None, (404, "not-found")),
        ("PUT", "/api/incidents", {}, (405, "method-not-allowed")),
    ],
)
def test_a_bad_request_is_answered_in_words(
    served: Served, method: str, path: str, body: object, said: tuple[int, str]
) -> None:
    """Whatever is wrong, the answer has the status, a code for the page and a sentence; never a traceback."""
    content = body if isinstance(body, str) else None if body is None else json.dumps(body)
    with served.client("dispatcher") as client:
        answer = client.request(method, path, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == said
    assert "Traceback" not in answer.text
    assert len(answer.json()["error"]["message"]) > 10


ROLES = ("dispatcher", "admin", "intake", "crew-1", "nobody")
ROUTES = [
    ("GET", "/api/session", {"dispatcher", "admin", "intake", "crew-1"}),
    ("GET", "/api/region", {"dispatcher", "admin", "intake", "crew-1"}),
    ("POST", "/api/incidents", {"dispatcher", "intake"}),
    ("GET", "/api/incidents/x", {"dispatcher", "admin"}),
    ("POST", "/api/incidents/x/cancel", {"dispatcher"}),
    ("POST", "/api/incidents/x/close", {"dispatcher"}),
    ("GET", "/api/incidents/x/recommendation", {"dispatcher"}),
    ("POST", "/api/incidents/x/assignments", {"dispatcher"}),
    ("GET", "/api/crew", {"dispatcher", "crew-1"}),
    ("GET", "/api/assignments/x/route", {"dispatcher", "crew-1"}),
    ("GET", "/api/assignments/x/hospitals", {"dispatcher", "crew-1"}),
    ("POST", "/api/assignments/x/status", {"dispatcher", "crew-1"}),
    ("POST", "/api/assignments/x/hospital", {"dispatcher", "crew-1"}),
    ("POST", "/api/units/1/duty", {"dispatcher", "crew-1"}),
    ("GET", "/api/units/1/position", {"dispatcher", "admin"}),
    ("POST", "/api/units/1/believe", {"dispatcher", "admin"}),
    ("GET", "/api/devices/strangers", {"admin"}),
    ("POST", "/api/devices/x/enrol", {"admin"}),
    ("GET", "/api/tracks/1.gpx?from_ms=0&to_ms=1", {"dispatcher", "admin"}),
    ("GET", "/api/places?q=x", {"dispatcher", "admin", "intake"}),
    ("GET", "/api/route?from=0,0&to=0,0", {"dispatcher", "admin", "intake", "crew-1"}),
    ("GET", "/api/reports/responses", {"dispatcher", "admin"}),
    ("GET", "/api/tracks/1?from_ms=0&to_ms=1", {"dispatcher", "admin"}),
    ("GET", "/map/tiles.pmtiles", {"dispatcher", "admin", "intake", "crew-1"}),
    ("GET", "/api/health", set(ROLES)),
]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[0]} {route[1]}")
def test_the_role_matrix_holds(served: Served, route: tuple[str, str, set[str]]) -> None:
    """Each role gets through to exactly the routes of its row; nobody gets 401, a wrong role 403."""
    method, path, allowed = route
    for role in ROLES:
        with served.client(role) as client:
            status = client.request(method, path, json={} if method == "POST" else None).status_code
        if role in allowed:
            assert status not in (401, 403) or path == "/api/crew", (role, status)
        else:
            assert status == (401 if role == "nobody" else 403), (role, status)


def test_a_crew_touches_nobody_elses_assignment_or_duty(served: Served, city: City) -> None:
    """A crew's token presses its own buttons alone."""
    with served.client("dispatcher") as dispatcher, served.client("crew-2") as other:
        incident = new_call(dispatcher, city, 30)
        sent = dispatcher.post(f"/api/incidents/{incident['id']}/assignments", json={"unit": "1"}).json()[
            "assignment"
        ]
        for path in ("status", "hospital"):
            body = {"status": "en_route"} if path == "status" else {"hospital": city.hospitals[0].id}
            assert other.post(f"/api/assignments/{sent['id']}/{path}", json=body).status_code == 403
        assert other.get(f"/api/assignments/{sent['id']}/route").status_code == 403
        assert other.post("/api/units/1/duty", json={"duty": "off"}).status_code == 403
        dispatcher.post(f"/api/incidents/{incident['id']}/cancel", json={"why": "test"})


def test_a_browser_signs_in_by_cookie_and_other_pages_cannot_use_it(served: Served) -> None:
    """The cookie is HttpOnly and SameSite=Strict, and a request from another origin is refused."""
    with httpx.Client(base_url=served.url) as browser:
        assert browser.get("/api/session").status_code == 401
        wrong = browser.post("/api/session", json={"user": "dispatcher", "password": "wrong"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "wrong-password")
        right = browser.post("/api/session", json={"user": "dispatcher", "password": PASSWORD})
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert browser.get("/api/session").json()["role"] == "dispatcher"
        foreign = browser.post("/api/incidents", json={}, headers={"Origin": "https://evil.example"})
        assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "foreign-origin")
        same = browser.post("/api/incidents", json={}, headers={"Origin": served.url})
        assert same.status_code == 422
        assert browser.delete("/api/session").status_code == 204
        assert browser.get("/api/session").status_code == 401


def test_the_page_comes_with_a_strict_policy(served: Served) -> None:
    """The page may load nothing from other hosts, and the API's answers are not cached."""
    page = httpx.get(served.url + "/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert httpx.get(served.url + "/api/health").headers["cache-control"] == "no-store"


def test_the_tiles_are_served_by_ranges(served: Served) -> None:
    """MapLibre asks for pieces of one file; the first bytes are a PMTiles header."""
    with served.client("dispatcher") as client:
        answer = client.get("/map/tiles.pmtiles", headers={"Range": "bytes=0-6"})
    assert (answer.status_code, answer.content) == (206, b"PMTiles")


def test_an_address_is_found_as_it_is_typed_and_nonsense_is_not(served: Served, city: City) -> None:
    """The whole label finds its house first; an address that does not exist gives an empty list."""
    wanted = city.addresses[7]
    with served.client("intake") as client:
        found = client.get("/api/places", params={"q": wanted.label}).json()["places"]
        assert found[0]["kind"] == "house"
        assert found[0]["lat_deg"] == pytest.approx(wanted.lat_deg, abs=1e-5)
        assert found[0]["lon_deg"] == pytest.approx(wanted.lon_deg, abs=1e-5)
        assert client.get("/api/places", params={"q": "щщщщщ 999"}).json() == {"places": []}
        assert client.get("/api/places", params={"q": "x" * 300}).status_code == 422


def test_the_feed_gives_a_snapshot_then_every_event_once(served: Served, city: City) -> None:
    """Events are numbered without a gap from the snapshot on, each with the new state of what it changed."""
    with feed(served) as page, served.client("dispatcher") as dispatcher:
        stream = frames(page)
        first = next(stream)
        assert first["t"] == "snapshot"
        assert {unit["id"] for unit in first["units"]} == set("123456")
        incident = new_call(dispatcher, city, 40)
        dispatcher.post(f"/api/incidents/{incident['id']}/assignments", json={"unit": "4"})
        dispatcher.post(f"/api/incidents/{incident['id']}/cancel", json={"why": "test"})
        events = []
        for frame in stream:
            if isinstance(frame, dict) and frame["t"] == "event":
                events.append(frame)
                if any(one["phase"] == "cancelled" for one in frame["incidents"]):
                    break
    assert [event["seq"] for event in events] == list(range(first["seq"] + 1, first["seq"] + 1 + len(events)))
    assert events[0]["kind"] == "incident_created"
    freed = [unit for event in events for unit in event["units"] if unit["id"] == "4"]
    assert freed[-1]["state"] == "free"


def test_a_page_that_was_cut_off_takes_up_where_it_was(served: Served, city: City) -> None:
    """With `since` it gets what it missed and nothing twice; with a stranger's epoch, a snapshot."""
    with feed(served) as page:
        known = next(frames(page))
    with served.client("dispatcher") as dispatcher:
        incident = new_call(dispatcher, city, 41)
        dispatcher.post(f"/api/incidents/{incident['id']}/cancel", json={"why": "test"})
    with feed(served, since=f"{known['epoch']}:{known['seq']}") as page:
        stream = frames(page)
        missed = [next(stream), next(stream)]
        assert [frame["seq"] for frame in missed] == [known["seq"] + 1, known["seq"] + 2]
        assert missed[0]["incidents"][0]["id"] == incident["id"]
    for since in (f"other:{known['seq']}", f"{known['epoch']}:999999999", "nonsense"):
        with feed(served, since=since) as page:
            assert next(frames(page))["t"] == "snapshot"


def test_a_stranger_gets_no_feed(served: Served) -> None:
    """Nobody without a session, no crew, and no page of another origin may listen."""
    url = served.url.replace("http", "ws") + "/feed"
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer token-crew-1"}, 403),
        ({"Authorization": "Bearer token-dispatcher", "Origin": "https://evil.example"}, 403),
    ):
        with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers):
            pass
        assert refused.value.response.status_code == status


def test_a_sentence_becomes_a_position_on_the_screen(served: Served, city: City) -> None:
    """What a receiver says over TCP is on the feed within seconds, and in the track."""
    base = city.substations[0]
    with feed(served) as page, served.device("5") as device:
        stream = frames(page, 15)
        index = next(unit["index"] for unit in next(stream)["units"] if unit["id"] == "5")
        sent_ms = int(time.time() * 1000)
        for step in range(3):
            device.sendall(rmc(time.time() + step * 0.01, base.lat_deg + step * 1e-4, base.lon_deg, 20, 0))
            time.sleep(0.05)
        seen = None
        for frame in stream:
            if isinstance(frame, tuple) and (rows := [row for row in frame[2] if row.index == index]):
                seen = rows[-1]
                if abs(seen.lat_deg - base.lat_deg - 2e-4) < 2e-6:
                    break
    assert seen is not None
    assert seen.lat_deg == pytest.approx(base.lat_deg + 2e-4, abs=2e-6)
    assert seen.course_deg == 0
    with served.client("admin") as admin:
        track = admin.get(
            "/api/tracks/5", params={"from_ms": sent_ms - 2000, "to_ms": sent_ms + 60_000}
        ).json()
    assert len(track["geometry"]["coordinates"]) == 3


def test_devices_that_may_not_speak_are_told_so_and_counted(served: Served) -> None:
    """An unknown unit, a wrong secret and garbage are refused in words; the service lives on."""
    import socket  # noqa: PLC0415  # only here

    answers = {
        b"LOGIN 99 x\r\n": b"ERR unknown-unit",
        b"LOGIN 1 wrong\r\n": b"ERR wrong-secret",
        b"\x00\xff" * 200 + b"\r\n": b"ERR not-a-login",
        b"hello\r\n": b"ERR not-a-login",
    }
    for said, answered in answers.items():
        with socket.create_connection(served.gateway, timeout=5) as connection:
            connection.sendall(said)
            assert connection.recv(100).strip() == answered
    counts = httpx.get(served.url + "/api/health").json()["counts"]["gateway"]
    assert counts["refused: unknown-unit"] >= 1
    assert counts["refused: wrong-secret"] >= 1
    assert counts["refused: not-a-login"] >= 2
    assert DEVICE_SECRET.format(unit="1") not in "".join(served.printed)
