"""Workplaces and major incidents over a real service: who is there, whose a call is, and who is told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from routing.synth import City
from tests.console.served import Served, write_config
from tests.console.test_api import new_call

# A second of silence and somebody is gone.
ABSENT_MIN = 1 / 60


def write_centre(folder: Path, city: City, map_folder: Path, units: int = 6) -> Path:
    """Write a configuration with two zones, a desk for each, and a senior's; return its path."""
    path = write_config(folder, city, map_folder, units)
    bases = [base.id for base in city.substations]
    half = max(1, len(bases) // 2)
    lines = [
        f'[[zone]]\nid = "west"\nru = "Запад"\nen = "West"\nsubstations = {json.dumps(bases[:half])}',
        f'[[zone]]\nid = "east"\nru = "Восток"\nen = "East"\nsubstations = {json.dumps(bases[half:])}',
        '[[workplace]]\nid = "senior"\nru = "Старший"\nen = "Senior"\nkind = "senior"',
        '[[workplace]]\nid = "d-west"\nru = "Запад"\nen = "West"\nkind = "zone"\nzones = ["west"]',
        '[[workplace]]\nid = "d-east"\nru = "Восток"\nen = "East"\nkind = "zone"\nzones = ["east"]',
        "[major]\nreserve_share = 0.3\nreserve_least = 1",
        '[[major.scale]]\nid = "bus"\nru = "автобус"\nen = "bus"\ncasualties = 9',
        "crews = { doctor = 1, paramedic = 2 }",
    ]
    text = path.read_text(encoding="utf-8")
    path.write_text(f"absent_min = {ABSENT_MIN}\n{text}\n" + "\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; every crew is on duty."""
    made, map_folder = small_city
    with Served(write_centre(tmp_path_factory.mktemp("desks"), made, map_folder)) as running:
        running.on_duty(range(1, 7))
        yield running


@pytest.fixture
def anna(served: Served) -> Iterator[httpx.Client]:
    """A dispatcher; nobody is at any desk when the test begins."""
    with served.client("dispatcher") as client:
        for desk in ("d-west", "d-east", "senior"):
            client.post(f"/api/workplaces/{desk}/end", json={})
        for row in client.get("/api/workplaces").json()["workplaces"]:
            for call in row["calls"]:
                client.post(f"/api/incidents/{call}/cancel", json={"why": "tidy"})
            client.post(f"/api/workplaces/{row['id']}/end", json={})
        yield client


@pytest.fixture
def boris(served: Served) -> Iterator[httpx.Client]:
    """Another dispatcher."""
    with served.client("second") as client:
        yield client


def posted(client: httpx.Client, path: str, **body: object) -> dict[str, Any]:
    """Post what must be accepted; return the answer."""
    answer = client.post(path, json=body)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


def in_zone(client: httpx.Client, city: City, zone: str) -> dict[str, Any]:
    """Take a call in a zone."""
    for number in range(len(city.addresses)):
        call = new_call(client, city, number)
        if call["zone"] == zone:
            return call
        posted(client, f"/api/incidents/{call['id']}/cancel", why="elsewhere")
    raise AssertionError(f"no address lies in {zone}")


def test_a_call_is_its_zones_and_goes_through_a_shifts_end_to_the_successor(
    anna: httpx.Client, boris: httpx.Client, city: City
) -> None:
    """Taken by zone, handed over at the end of the shift, taken back by one request; never without owner."""
    posted(anna, "/api/workplaces/d-west/open")
    posted(boris, "/api/workplaces/d-east/open")
    call = in_zone(anna, city, "west")
    assert call["owner"] == "d-west"
    ended = posted(anna, "/api/workplaces/d-west/end", successor="d-east")
    assert ended["calls"] == [call["id"]]
    assert ended["post"]["user"] is None
    assert anna.get(f"/api/incidents/{call['id']}").json()["incident"]["owner"] == "d-east"
    back = posted(anna, f"/api/incidents/{call['id']}/owner", workplace="senior")
    assert back["incident"]["owner"] == "senior"
    rows = anna.get("/api/workplaces").json()["workplaces"]
    assert {row["id"]: row["calls"] for row in rows}["senior"] == [call["id"]]
    told = [entry["kind"] for entry in anna.get(f"/api/incidents/{call['id']}").json()["timeline"]]
    assert told.count("owner_changed") == 2


def test_what_cannot_be_is_refused_with_its_reason(anna: httpx.Client, city: City) -> None:
    """An unknown desk is 404, an empty one 409; a crew or the intake may not man a desk at all."""
    call = new_call(anna, city)
    assert anna.post("/api/workplaces/attic/open", json={}).status_code == 404
    refused = anna.post(f"/api/incidents/{call['id']}/owner", json={"workplace": "d-east"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nobody-there")
    wrong = anna.post(f"/api/incidents/{call['id']}/owner", json={"workplace": 7})
    assert wrong.status_code == 422


def test_the_feed_tells_who_sits_where_and_whose_a_call_is(
    served: Served, anna: httpx.Client, city: City
) -> None:
    """The snapshot has every post; an opened shift and a hand-over come as events with the new state."""
    url = served.url.replace("http", "ws") + "/feed"
    with connect(url, additional_headers={"Authorization": "Bearer token-second"}, max_size=None) as socket:
        first = json.loads(socket.recv(10))
        assert {post["workplace"]: post["user"] for post in first["posts"]} == {
            "senior": None,
            "d-west": None,
            "d-east": None,
        }
        call = new_call(anna, city)
        posted(anna, "/api/workplaces/senior/open")
        posted(anna, f"/api/workplaces/d-{call['zone']}/open")
        seen: dict[str, Any] = {}
        while "owner_changed" not in seen:
            frame = socket.recv(10)
            if isinstance(frame, str) and (event := json.loads(frame))["t"] == "event":
                seen[event["kind"]] = event
        assert seen["shift_opened"]["posts"][0]["user"] == "dispatcher"
        assert seen["owner_changed"]["incidents"][0]["owner"] == f"d-{call['zone']}"


def alarms(client: httpx.Client) -> int:
    """Return how many alarms stand at the senior's desk."""
    rows = client.get("/api/workplaces").json()["workplaces"]
    return int(next(row["alarms"] for row in rows if row["id"] == "senior"))


def test_a_dispatcher_who_vanishes_is_offered_to_the_senior(
    served: Served, anna: httpx.Client, boris: httpx.Client, city: City
) -> None:
    """While a page is connected nothing happens; some time after it is gone, the senior has an alarm."""
    posted(anna, "/api/workplaces/senior/open")
    url = served.url.replace("http", "ws") + "/feed"
    with connect(url, additional_headers={"Authorization": "Bearer token-second"}, max_size=None) as socket:
        posted(boris, "/api/workplaces/d-west/open")
        socket.recv(10)
        call = in_zone(anna, city, "west")
        before = alarms(anna)
        until_s = time.monotonic() + 2.5
        while time.monotonic() < until_s:
            assert alarms(anna) == before
            time.sleep(0.3)
    until_s = time.monotonic() + 15
    while alarms(anna) == before and time.monotonic() < until_s:
        time.sleep(0.2)
    row = {row["id"]: row for row in anna.get("/api/workplaces").json()["workplaces"]}["d-west"]
    assert alarms(anna) == before + 1
    assert row["post"]["silent_ms"] is not None
    assert row["calls"] == [call["id"]]
    taken = posted(anna, "/api/workplaces/d-west/end")
    assert taken["calls"] == [call["id"]]
    assert anna.get(f"/api/incidents/{call['id']}").json()["incident"]["owner"] == "senior"


def test_a_major_incident_from_declaration_to_stand_down(anna: httpx.Client, city: City) -> None:
    """Crews by plan and none of the reserve, triage, staging, beds; a refusal says why; then it is over."""
    call = new_call(anna, city, reason="road_accident")
    path = f"/api/incidents/{call['id']}/major"
    assert anna.get(f"{path}/plan").status_code == 409
    major = posted(anna, path)["incident"]["major"]
    assert (major["scale"], major["reserve"]) == ("bus", 2)
    assert [(line["kind"], line["wanted"], line["sent"]) for line in major["plan"]] == [
        ("doctor", 1, 0),
        ("paramedic", 2, 0),
    ]
    plan = anna.get(f"{path}/plan").json()
    named = [unit for line in plan["plan"] for unit in line["next"]]
    assert len(named) == 3
    ranked = anna.get(f"/api/incidents/{call['id']}/recommendation").json()["crews"]
    held = [crew["unit"] for crew in ranked if crew["held"]]
    assert len(held) == 2
    done = posted(anna, f"{path}/send", units=[*named, held[0]], shown_at_ms=plan["made_at_ms"])
    assert [each["unit"] for each in done["sent"]] == named
    assert [(each["unit"], each["code"]) for each in done["refused"]] == [(held[0], "kept-in-reserve")]
    refused = anna.post(f"/api/incidents/{call['id']}/assignments", json={"unit": held[0]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "kept-in-reserve")
    posted(anna, f"/api/incidents/{call['id']}/assignments", unit=held[0], override_reason="ещё двое")
    posted(anna, f"{path}/triage", red=1, yellow=2, green=3, black=0)
    posted(anna, f"{path}/staging", place={**call["place"], "detail": None})
    hospital = anna.get("/api/region").json()["hospitals"][0]["id"]
    posted(anna, f"{path}/beds", hospital=hospital, beds=4)
    view = posted(anna, f"{path}/reserve", reserve=0, why="все нужны")["incident"]
    assert (view["major"]["triage"]["yellow"], view["major"]["reserve"], view["priority"]) == (2, 0, 1)
    assert view["major"]["beds"] == [{"hospital": hospital, "beds": 4, "coming": 0, "there": 0}]
    assert view["major"]["staging"]["label"] == call["place"]["label"]
    assert (
        anna.post(f"{path}/triage", json={"red": -1, "yellow": 0, "green": 0, "black": 0}).status_code == 422
    )
    over = posted(anna, f"{path}/stand_down", note="отбой")["incident"]
    assert over["major"]["stood_down_ms"] is not None
    posted(anna, f"/api/incidents/{call['id']}/close", outcome="done")
