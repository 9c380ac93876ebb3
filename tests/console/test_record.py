"""The record under faults: database gone, disk full, a service lost, a service that hung; and the past."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.browser import launched
from tests.console.served import PASSWORD as DISPATCHER
from tests.console.served import Served, write_config
from tests.dispatch.postgres import PASSWORD
from tests.dispatch.storage import Storage

T = TypeVar("T")
PLACE = {"label": "55.01, 60.01", "lat_deg": 55.01, "lon_deg": 60.01}


def call(client: httpx.Client, command_id: str | None = None) -> httpx.Response:
    """Take a call."""
    return client.post("/api/incidents", json={"place": PLACE, "reason": "injury", "command_id": command_id})


def journal_part(client: httpx.Client) -> str | None:
    """Return what the consoles say of the journal, or None when it is well."""
    parts = client.get("/api/health").json()["degraded"]
    return next((part["message"] for part in parts if part["part"] == "journal"), None)


def until(found: Callable[[], T], seconds: float = 20) -> T:
    """Return what was found, as soon as it is true."""
    until_s = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < until_s, "it did not come"
        time.sleep(0.1)
    return value


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration without a map."""
    return write_config(tmp_path, None, None, units=2)


@pytest.fixture
def environment(storage: Storage) -> dict[str, str]:
    """What sends the service to each database in turn: one setting."""
    return {"SKORAYA_JOURNAL": storage.where}


@pytest.mark.parametrize("storage", ["postgres"], indirect=True)
def test_a_service_on_postgresql_starts_again_where_it_was_killed(
    config: Path, environment: dict[str, str]
) -> None:
    """What was acknowledged before `kill -9` is there after it, `verify` passes, no password is printed."""
    with Served(config, environment) as served, served.client("dispatcher") as client:
        made = [call(client, f"c{number}").json()["incident"]["id"] for number in range(5)]
        served.kill()
    assert PASSWORD not in "".join(served.printed)
    with Served(config, environment) as served, served.client("dispatcher") as client:
        assert [client.get(f"/api/incidents/{each}").status_code for each in made] == [200] * 5
        assert call(client, "c3").json()["incident"]["id"] == made[3]
    verify = subprocess.run(
        [sys.executable, "-m", "console", "verify", "--config", str(config)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert verify.returncode == 0, verify.stderr
    assert '"sound":true' in verify.stdout
    assert PASSWORD not in verify.stdout + verify.stderr


def test_when_a_service_dies_the_standby_serves_every_acknowledged_call(
    config: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """The second one waits; the first is killed; the second serves, with all calls, and takes new ones."""
    elsewhere = {**environment, "SKORAYA_DATA": str(tmp_path / "standby")}
    with Served(config, environment) as first:
        standby = Served(config, elsewhere).begin()
        try:
            standby.says("standing by")
            with first.client("dispatcher") as client:
                made = [call(client, f"c{number}").json()["incident"]["id"] for number in range(20)]
            assert standby.url == ""
            first.kill()
            standby.ready()
            with standby.client("dispatcher") as client:
                assert {client.get(f"/api/incidents/{each}").status_code for each in made} == {200}
                assert call(client, "c19").json()["incident"]["id"] == made[19]
                assert call(client).status_code == 201
        finally:
            standby.__exit__(None, None, None)


@pytest.mark.parametrize("storage", ["postgres"], indirect=True)
def test_a_service_that_hung_and_was_replaced_says_so_and_takes_nothing_more(
    config: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """It stands still, another takes over by order; awake again it takes nothing and tells its consoles."""
    elsewhere = {**environment, "SKORAYA_DATA": str(tmp_path / "standby")}
    with Served(config, environment) as first, first.client("dispatcher") as old:
        before = call(old).json()["incident"]["id"]
        first.process.send_signal(signal.SIGSTOP)
        with Served(config, elsewhere, ("--take-over",)) as second, second.client("dispatcher") as new:
            assert new.get(f"/api/incidents/{before}").status_code == 200
            after = call(new).json()["incident"]["id"]
            first.process.send_signal(signal.SIGCONT)
            message = until(lambda: journal_part(old))
            assert "another engine took over" in message
            assert "use the other one's console" in message
            assert until(lambda: not listens(first.gateway)), "the devices' port stays with the deposed one"
            assert listens(second.gateway)
            refused = call(old)
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "journal-unavailable"
            assert old.get(f"/api/incidents/{before}").status_code == 200
            assert call(new).status_code == 201
            assert after != before
            first.kill()
            third = Served(config, {**environment, "SKORAYA_DATA": str(tmp_path / "third")}).begin()
            try:
                third.says("standing by")  # for the second, which has the lease by now
                assert call(new).status_code == 201
            finally:
                third.kill()


def listens(address: tuple[str, int]) -> bool:
    """Say whether somebody takes connections there."""
    try:
        with socket.create_connection(address, timeout=2):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("storage", ["postgres"], indirect=True)
def test_while_the_database_is_away_nothing_is_acknowledged_and_everything_else_goes_on(
    config: Path, environment: dict[str, str], storage: Storage
) -> None:
    """Refused with 503, alarmed before anyone asks, recommended still; back without a restart."""
    assert storage.server is not None
    with Served(config, environment) as served, served.client("dispatcher") as client:
        client.post("/api/units/1/duty", json={"duty": "on"})
        incident = call(client).json()["incident"]["id"]
        storage.server.stop(signal.SIGQUIT)
        try:
            message = until(lambda: journal_part(client))
            assert "send by voice, write it down" in message
            assert PASSWORD not in message
            assert call(client, "lost").status_code == 503
            shown = client.get(f"/api/incidents/{incident}/recommendation")
            assert [each["unit"] for each in shown.json()["crews"]] == ["1"]
            known = client.get(f"/api/incidents/{incident}").json()  # all but what only the journal tells
            assert (known["incident"]["id"], known["timeline"], known["timeline_missing"]) == (
                incident,
                [],
                True,
            )
        finally:
            storage.server.start()
        until(lambda: journal_part(client) is None)
        again = call(client, "lost")
        assert again.status_code == 201
        found = client.get(f"/api/incidents/{again.json()['incident']['id']}").json()
        assert len(found["timeline"]) == 1


@contextmanager
def console(chromium: str, served: Served) -> Iterator[Page]:
    """A dispatcher's page."""
    with launched(chromium) as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="ru-RU")
        body = {"user": "dispatcher", "password": DISPATCHER}
        assert context.request.post(f"{served.url}/api/session", data=body, headers={"Origin": served.url}).ok
        page = context.new_page()
        page.goto(served.url)
        yield page


@pytest.mark.browser
def test_while_the_disk_is_full_nothing_is_acknowledged_and_everything_else_goes_on(
    config: Path, chromium: str
) -> None:
    """The kernel refuses the journal's writes: 503 and an alarm; with space again it goes on by itself."""
    with (
        Served(config) as served,
        served.client("dispatcher") as client,
        console(chromium, served) as page,
    ):
        client.post("/api/units/1/duty", json={"duty": "on"})
        incident = call(client).json()["incident"]["id"]
        unlimited = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
        full = max(path.stat().st_size for path in (config.parent / "data").glob("journal.sqlite*"))
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (full, unlimited[1]))
        answers = [call(client, f"c{number}").status_code for number in range(60)]
        assert answers[-1] == 503
        assert set(answers) <= {201, 503}
        message = journal_part(client)
        assert message is not None
        assert "send by voice, write it down" in message
        down = page.get_by_test_id("journal-down")
        expect(down).to_contain_text("Посылайте бригады голосом, всё записывайте на бумагу", timeout=20_000)
        page.keyboard.press("g")
        expect(page.get_by_test_id("journal-down-seen")).to_have_count(0)
        expect(down).to_be_visible()  # it has been seen, and is not over
        shown = client.get(f"/api/incidents/{incident}/recommendation")
        assert [each["unit"] for each in shown.json()["crews"]] == ["1"]
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, unlimited)
        until(lambda: journal_part(client) is None)
        expect(down).to_have_count(0, timeout=20_000)
        answers = [call(client, f"c{number}").status_code for number in range(60)]
        assert answers == [201] * 60
        snapshot = client.get("/api/past", params={"at_ms": int(time.time() * 1000)}).json()
        assert len(snapshot["incidents"]) == 61


@pytest.mark.parametrize("storage", ["sqlite"], indirect=True)
def test_any_past_instant_is_shown_as_it_was_known_then(config: Path, environment: dict[str, str]) -> None:
    """Before, between and after two events the frame is that of then; what came later is not in it."""

    def now_ms() -> int:
        time.sleep(0.01)
        at_ms = int(time.time() * 1000)
        time.sleep(0.01)
        return at_ms

    with Served(config, environment) as served, served.client("dispatcher") as client:
        client.post("/api/units/1/duty", json={"duty": "on"})
        before_ms = now_ms()
        incident = call(client).json()["incident"]["id"]
        called_ms = now_ms()
        sent = client.post(f"/api/incidents/{incident}/assignments", json={"unit": "1"}).json()["assignment"]
        sent_ms = now_ms()
        client.post(f"/api/assignments/{sent['id']}/status", json={"status": "en_route"})
        client.post(f"/api/incidents/{incident}/cancel", json={"why": "test"})

        def past(at_ms: int) -> dict[str, Any]:
            shown: dict[str, Any] = client.get("/api/past", params={"at_ms": at_ms}).json()
            return shown

        assert past(0)["seq"] == 0
        assert past(before_ms)["incidents"] == []
        assert past(before_ms)["units"][0]["duty"] == "on"
        assert [each["phase"] for each in past(called_ms)["incidents"]] == ["waiting"]
        frame = past(sent_ms)
        assert (frame["t"], frame["now_ms"]) == ("snapshot", sent_ms)
        assert [each["phase"] for each in frame["incidents"]] == ["assigned"]
        assert [each["status"] for each in frame["assignments"]] == ["notified"]
        assert frame["units"][0]["incident"] == incident
        assert [each["phase"] for each in past(now_ms())["incidents"]] == ["cancelled"]
        assert client.get("/api/past", params={"at_ms": 10**15}).status_code == 422
        assert client.get("/api/past", params={"at_ms": "noon"}).status_code == 422
        with served.client("crew-1") as crew, served.client("intake") as intake:
            assert crew.get("/api/past", params={"at_ms": 0}).status_code == 403
            assert intake.get("/api/past", params={"at_ms": 0}).status_code == 403
        with served.client("admin") as admin:
            assert admin.get("/api/past", params={"at_ms": sent_ms}).json() == frame
