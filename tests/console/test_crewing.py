"""Rosters, queues, reopenings and the printable board through the API of a real service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from routing.synth import City
from tests.console.served import TOKENS, Served, write_config

MEMBERS = """
[[member]]
id = "m1"
name = "Иванова А. П."
qualifications = { doctor = "2030-01-01", driver = "" }

[[member]]
id = "m2"
name = "Петров"
qualifications = { driver = "2020-01-01" }
"""


def write_equipped(folder: Path, city: City | None, map_folder: Path | None) -> Path:
    """Write the settings of a service with members and equipped vehicles of doctors; return its file."""
    config = write_config(folder, city, map_folder)
    text = config.read_text(encoding="utf-8")
    text = text.replace('crew_kind = "doctor"', 'crew_kind = "doctor"\nequipment = ["ecg", "ventilator"]')
    config.write_text(text + MEMBERS, encoding="utf-8")
    return config


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service without a map, with six crews off duty and two members."""
    folder = tmp_path_factory.mktemp("crewing")
    config = write_config(folder, None, None)
    text = config.read_text(encoding="utf-8")
    text = text.replace('crew_kind = "doctor"', 'crew_kind = "doctor"\nequipment = ["ecg"]')
    config.write_text(text + MEMBERS, encoding="utf-8")
    with Served(config) as running:
        yield running


def client(served: Served, who: str = "dispatcher") -> httpx.Client:
    """Somebody signed in by a token."""
    token = TOKENS.get(who, f"token-{who}")
    return httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {token}"}, timeout=20)


def done(response: httpx.Response, status: int = 200) -> Any:  # noqa: ANN401  # JSON of many shapes
    """The body of an answer that went well."""
    assert response.status_code == status, response.text
    return response.json()


def call(dispatcher: httpx.Client, **more: object) -> str:
    """Take a call; return its id."""
    place = {"label": "ул. Печатная, 7", "lat_deg": 55.0, "lon_deg": 60.0}
    body = {"place": place, "reason": "fever", **more}
    return str(done(dispatcher.post("/api/incidents", json=body), 201)["incident"]["id"])


def on_duty(dispatcher: httpx.Client, unit: str) -> None:
    """Bring a crew on duty."""
    done(dispatcher.post(f"/api/units/{unit}/duty", json={"duty": "on"}))


def send(dispatcher: httpx.Client, incident: str, unit: str) -> str:
    """Send a crew; return the assignment."""
    answer = done(dispatcher.post(f"/api/incidents/{incident}/assignments", json={"unit": unit}), 201)
    return str(answer["assignment"]["id"])


def test_a_shift_is_planned_and_opened_with_its_warnings(served: Served) -> None:
    """The plan's crew comes on; the ended licence is said and recorded, and the crew is free all the same."""
    with client(served) as dispatcher, client(served, "crew-1") as crew, client(served, "crew-2") as other:
        now_ms = int(time.time() * 1000)
        plan = {"unit": "1", "starts_ms": now_ms, "ends_ms": now_ms + 12 * 3_600_000, "members": ["m1", "m2"]}
        made = done(dispatcher.post("/api/roster", json=plan), 201)["planned"]
        assert made["members"] == ["m1", "m2"]
        assert dispatcher.post("/api/roster", json={**plan, "starts_ms": now_ms + 1}).status_code == 409
        assert other.post("/api/units/1/shift", json={}).status_code == 403
        opened = done(crew.post("/api/units/1/shift", json={}))
        assert opened["unit"]["state"] == "free"
        troubles = {(each["trouble"], each["member"], each["kind"]) for each in opened["shift"]["warnings"]}
        assert ("expired", "m2", "driver") in troubles
        assert [each["name"] for each in opened["unit"]["shift"]["members"]] == ["Иванова А. П.", "Петров"]
        roster = done(dispatcher.get("/api/roster"))
        assert [each["unit"] for each in roster["shifts"]] == ["1"]
        assert [(each["member"], each["stage"]) for each in roster["expiring"]] == [("m2", "expired")]
        dropped = dispatcher.post(f"/api/roster/{made['id']}/drop", json={"why": "заболел"})
        assert dropped.status_code == 200
        assert made["id"] not in {each["id"] for each in done(dispatcher.get("/api/roster"))["planned"]}


def test_an_admin_keeps_members_and_sees_what_ends_within_90_days(served: Served) -> None:
    """A member is added; one whose paper ends in 60 days is on the list; a crew sees none of it."""
    until = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    with client(served, "admin") as admin, client(served, "crew-1") as crew:
        body = {"id": "m3", "name": "Сидоров", "qualifications": [{"kind": "doctor", "until": until}]}
        done(admin.post("/api/members", json=body))
        stages = {each["member"]: each["stage"] for each in done(admin.get("/api/roster"))["expiring"]}
        assert stages["m3"] == "90"
        wrong = {**body, "qualifications": [{"kind": "flying"}]}
        assert admin.post("/api/members", json=wrong).json()["error"]["code"] == "unknown-qualification"
        assert crew.get("/api/roster").status_code == 403
        assert crew.post("/api/members", json=body).status_code == 403


def test_a_call_waits_behind_a_busy_crew_and_starts_when_it_clears(served: Served) -> None:
    """It is shown on both, can be taken away, and is sent by itself; in between the crew is in one place."""
    with client(served) as dispatcher:
        on_duty(dispatcher, "2")
        first, second, third = call(dispatcher), call(dispatcher), call(dispatcher)
        assert dispatcher.post(f"/api/incidents/{first}/queue", json={"unit": "2"}).status_code == 409
        assignment = send(dispatcher, first, "2")
        shown = done(dispatcher.post(f"/api/incidents/{second}/queue", json={"unit": "2", "why": "рядом"}))
        assert (shown["unit"]["queue"], shown["incident"]["queued"]["unit"]) == ([second], "2")
        assert shown["unit"]["incident"] == first
        done(dispatcher.post(f"/api/incidents/{third}/queue", json={"unit": "2"}))
        shown = done(dispatcher.post(f"/api/incidents/{third}/unqueue", json={"unit": "2"}))
        assert (shown["unit"]["queue"], shown["incident"]["queued"]) == ([second], None)
        for status in ("on_scene", "cleared"):
            done(dispatcher.post(f"/api/assignments/{assignment}/status", json={"status": status}))
        detail = done(dispatcher.get(f"/api/incidents/{second}"))
        assert [each["unit"] for each in detail["assignments"]] == ["2"]
        kinds = [each["kind"] for each in detail["timeline"]]
        assert kinds == ["incident_created", "call_queued", "call_unqueued", "crew_assigned"]


def test_an_ended_call_is_reopened_on_record(served: Served) -> None:
    """With a reason alone; by whom stands in the timeline; a second time it is open already."""
    with client(served) as dispatcher, client(served, "crew-1") as crew:
        incident = call(dispatcher)
        done(dispatcher.post(f"/api/incidents/{incident}/cancel", json={"why": "false"}))
        assert dispatcher.post(f"/api/incidents/{incident}/reopen", json={"why": ""}).status_code == 422
        assert crew.post(f"/api/incidents/{incident}/reopen", json={"why": "x"}).status_code == 403
        again = done(dispatcher.post(f"/api/incidents/{incident}/reopen", json={"why": "перезвонили"}))
        assert (again["incident"]["phase"], again["incident"]["outcome"]) == ("waiting", None)
        assert dispatcher.post(f"/api/incidents/{incident}/reopen", json={"why": "x"}).status_code == 409
        last = done(dispatcher.get(f"/api/incidents/{incident}"))["timeline"][-1]
        assert (last["kind"], last["by"], last["data"]["why"]) == (
            "incident_reopened",
            "dispatcher",
            "перезвонили",
        )


def test_a_repair_says_until_when(served: Served) -> None:
    """The expected end is on the unit, in the recommendation, and gone with the repair."""
    with client(served) as dispatcher:
        until_ms = int(time.time() * 1000) + 3_600_000
        body = {"duty": "out_of_order", "until_ms": until_ms, "why": "шина"}
        unit = done(dispatcher.post("/api/units/5/duty", json=body))["unit"]
        assert (unit["state"], unit["duty_until_ms"], unit["duty_why"]) == ("out_of_order", until_ms, "шина")
        left_out = done(dispatcher.get(f"/api/incidents/{call(dispatcher)}/recommendation"))["left_out"]
        reasons = next(each["reasons"] for each in left_out if each["unit"] == "5")
        assert reasons[0]["values"]["until_ms"] == until_ms
        on_duty(dispatcher, "5")
        done(dispatcher.post("/api/units/5/duty", json={"duty": "refuelling"}))


def test_the_board_can_be_printed_while_we_run_and_after_we_are_gone(tmp_path: Path) -> None:
    """It names the waiting call and the crews; killed, the service leaves it on disk, whole and recent."""
    with Served(write_config(tmp_path, None, None)) as running:
        with client(running) as dispatcher, client(running, "intake") as intake:
            on_duty(dispatcher, "1")
            call(dispatcher, note="<b>код 3</b>")
            page = dispatcher.get("/api/board/print")
            assert page.headers["content-type"].startswith("text/html")
            for text in ("ул. Печатная, 7", "Температура", "&lt;b&gt;код 3&lt;/b&gt;", "свободна / free"):
                assert text in page.text
            assert "<script" not in page.text
            assert intake.get("/api/board/print").status_code == 403
        kept = tmp_path / "data" / "board.html"
        assert kept.stat().st_mode & 0o077 == 0  # it names patients
        running.process.kill()
        running.process.wait()
        text = kept.read_text(encoding="utf-8")
        assert text.endswith("</html>\n")
        assert time.time() - kept.stat().st_mtime < 60
