"""The reports over a real service: from the journal to every figure, file, form and mail."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import duckdb
import httpx
import msgspec
import openpyxl
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from websockets.sync.client import ClientConnection, connect

from console.__main__ import main
from console.access import hash_token
from console.delivery import deliver, owed
from console.settings import Mail, MorningSetting
from dispatch.dictionary import columns
from dispatch.morning import Morning
from tests.console.served import TOKENS, Served, write_config

PATIENT = "Иванов Иван Иванович"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with a few finished calls, one cancelled, one under way."""
    config = write_config(tmp_path_factory.mktemp("served"), None, None)
    with config.open("a", encoding="utf-8") as more:
        more.write(
            f'\n[[user]]\nid = "ministry"\nrole = "federal"\ntoken_hash = "{hash_token("token-ministry")}"\n'
        )
    with Served(config) as running:
        for unit in range(1, 5):
            with running.client(f"crew-{unit}") as crew:
                assert crew.post(f"/api/units/{unit}/duty", json={"duty": "on"}).status_code == 200
        with running.client("dispatcher") as dispatcher:
            for unit in (1, 2, 3):
                finish(dispatcher, call(dispatcher, priority=unit), str(unit))
            lost = call(dispatcher)
            assert (
                dispatcher.post(f"/api/incidents/{lost}/cancel", json={"why": "false call"}).status_code
                == 200
            )
            send(dispatcher, call(dispatcher), "4")
        yield running


def call(client: httpx.Client, priority: int = 2) -> str:
    """Take a call; return its id."""
    answer = client.post(
        "/api/incidents",
        json={
            "place": {"label": "ул. Ленина, 5", "lat_deg": 55.01, "lon_deg": 60.01},
            "reason": "chest_pain",
            "priority": priority,
            "patient": PATIENT,
            "phone": "+7 000",
        },
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["incident"]["id"])


def send(client: httpx.Client, incident: str, unit: str) -> str:
    """Send a crew; return the assignment's id."""
    answer = client.post(f"/api/incidents/{incident}/assignments", json={"unit": unit})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["assignment"]["id"])


def finish(client: httpx.Client, incident: str, unit: str) -> str:
    """Send a crew and press every button."""
    assignment = send(client, incident, unit)
    for status in ("en_route", "on_scene", "at_patient", "cleared"):
        assert (
            client.post(f"/api/assignments/{assignment}/status", json={"status": status}).status_code == 200
        )
    return assignment


def get(client: httpx.Client, path: str, **query: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return an answer of the reports."""
    answer = client.get(f"/api/reports/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_main_page_opens_every_figure(served: Served) -> None:
    """Each cell of the page counts as many responses as its calls list, at once after the last button."""
    with served.client("admin") as admin:
        page = get(admin, "overview")
        cell = page["intervals"]["response"]
        assert cell["n"] == 3
        assert get(admin, "calls", with_interval="response")["total"] == 3
        for row in page["heat"]:
            weekday, hour = row["key"]
            behind = get(admin, "calls", weekday=weekday, hour=hour)
            assert behind["total"] == row["cells"]["response"]["responses"]
        assert sum(row["cells"]["response"]["n"] for row in page["trend"]) == 3
        assert sum(n for _, n in page["distribution"]) == 3
        rows = get(admin, "table", by=["priority", "unit"], interval=["response", "task"])["rows"]
        assert [row["key"] for row in rows] == [[1, "1"], [2, "2"], [3, "3"]]
        first = get(admin, "calls", order="longest", limit=1)["rows"][0]
        detail = admin.get(f"/api/incidents/{first['incident']}").json()
        assert detail["incident"]["number"] == first["number"]
        doubts = get(admin, "left-out")
        assert [each["unit"] for each in doubts["not_finished"]] == ["4"]
        assert get(admin, "calls", why="missing")["total"] == doubts["counts"]["missing"] == 0


def test_queues_endings_hours_and_overrides_are_there(served: Served) -> None:
    """Three treated, one cancelled while waiting; crews on duty are committed for a part of it."""
    with served.client("admin") as admin:
        ended = get(admin, "endings")["rows"]
        assert [(row["calls"], row["treated"], row["cancelled_waiting"]) for row in ended] == [(4, 3, 1)]
        hours = get(admin, "queue")["hours"]
        assert sum(hour["calls"] for hour in hours) == 4
        busy = get(admin, "utilisation", by="unit")["rows"]
        assert [row["key"] for row in busy] == ["1", "2", "3", "4"]
        assert all(0 < row["share"] <= 1 for row in busy[:3])
        assert busy[3]["committed_h"] == 0
        assert get(admin, "overrides")["responses"] == 3
        assert get(admin, "disagreements") == {"stages": [], "rows": []}
        assert get(admin, "league")["rows"][0]["noise"]


def test_a_correction_shows_at_once_and_says_so(served: Served) -> None:
    """The corrected response changes, its assignment is listed as entered late, the timeline keeps both."""
    with served.client("dispatcher") as dispatcher, served.client("admin") as admin:
        incident = call(dispatcher)
        assignment = finish(dispatcher, incident, "1")
        row = next(row for row in get(admin, "calls")["rows"] if row["assignment"] == assignment)
        answer = admin.post(
            f"/api/reports/corrections/{assignment}",
            json={"what": "on_scene", "to_ms": row["on_scene_ms"] + 1, "why": "radio log"},
        )
        assert answer.status_code == 200, answer.text
        after = next(row for row in get(admin, "calls")["rows"] if row["assignment"] == assignment)
        assert after["on_scene_ms"] == row["on_scene_ms"] + 1
        kinds = [each["kind"] for each in admin.get(f"/api/incidents/{incident}").json()["timeline"]]
        assert "time_corrected" in kinds
        forbidden = dispatcher.post(
            f"/api/reports/corrections/{assignment}",
            json={"what": "on_scene", "to_ms": row["on_scene_ms"], "why": "no"},
        )
        assert forbidden.status_code == 403


@pytest.mark.parametrize("personal", [False, True])
def test_every_export_holds_what_the_screen_shows(served: Served, tmp_path: Path, *, personal: bool) -> None:
    """CSV, XLSX, Parquet and JSON read back: the same rows, the dictionary's columns, personal if asked."""
    wanted = [each.name for each in columns(with_personal=personal)]
    assert ("lat_deg" in wanted) == personal
    with served.client("admin") as admin:
        shown = {row["assignment"]: row for row in get(admin, "calls", limit=1000)["rows"]}
        tables: dict[str, list[dict[str, Any]]] = {}
        for file_format in ("csv", "xlsx", "parquet", "json"):
            answer = admin.get(
                "/api/reports/export",
                params={"format": file_format, "personal": personal, "purpose": "checked by a test"},
            )
            assert answer.status_code == 200, answer.text
            path = tmp_path / f"responses.{file_format}"
            path.write_bytes(answer.content)
            tables[file_format] = read_back(path)
        for file_format, rows in tables.items():
            assert len(rows) == len(shown), file_format
            for row in rows:
                assert list(row) == wanted
                on_screen = shown[row["assignment"]]
                assert float(row["response_s"]) == on_screen["response_s"]
                assert row["unit"] == on_screen["unit"]
                called = datetime.fromisoformat(row["eTimes.01"])
                assert called == datetime.fromtimestamp(on_screen["called_ms"] / 1000, UTC)
        assert PATIENT not in str(tables)
        silent = admin.get("/api/reports/export", params={"personal": True, "purpose": "  "})
        assert (silent.status_code, silent.json()["error"]["field"]) == (422, "purpose")
        dictionary = get(admin, "dictionary", personal=personal)["columns"]
        assert [each["name"] for each in dictionary] == wanted
        assert all(each["meaning"] for each in dictionary)


def read_back(path: Path) -> list[dict[str, Any]]:
    """Read an export with another library than wrote it, where there is one."""
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    if path.suffix == ".json":
        document = json.loads(path.read_bytes())
        assert document["dictionary"]
        rows: list[dict[str, Any]] = document["responses"]
        return rows
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["responses", "dictionary"]
        lines = list(book["responses"].values)
        return [dict(zip(map(str, lines[0]), line, strict=True)) for line in lines[1:]]
    table = duckdb.read_parquet(str(path))
    return [dict(zip(table.columns, line, strict=True)) for line in table.fetchall()]


def test_who_may_not_see_patients_does_not(served: Served) -> None:
    """The ministry compares regions without a patient; an admin's look is journalled before it is shown."""
    with served.client("ministry") as ministry, served.client("admin") as admin:
        row = get(ministry, "calls", source="*", limit=1)["rows"][0]
        assert admin.get("/api/reports/overview", params={"source": "*"}).status_code == 403
        masked = get(ministry, f"forms/110/{row['assignment']}")["card"]
        assert (masked["patient"], masked["phone"], masked["place"]) == ("•••", "•••", "•••")
        assert ministry.get(f"/api/reports/forms/110/{row['assignment']}?personal=true").status_code == 403
        assert ministry.get("/api/reports/export?personal=true").status_code == 403
        seq = admin.get("/api/health").json()["counts"]["seq"]
        card = get(admin, f"forms/110/{row['assignment']}", personal=True)["card"]
        assert card["patient"] == PATIENT
        assert admin.get("/api/health").json()["counts"]["seq"] == seq + 1
        get(admin, f"forms/110/{row['assignment']}", personal=True)
        assert admin.get("/api/health").json()["counts"]["seq"] == seq + 1
        seen = ministry.get(f"/api/incidents/{row['incident']}")
        assert seen.status_code == 200
        assert PATIENT not in seen.text
        assert "+7 000" not in seen.text


def test_what_an_admin_watches_tells_nothing_of_the_patients(served: Served) -> None:
    """Message by message beside a dispatcher's page: the same calls, and no name, number or note in any.

    In the snapshot, in every event of a call's life, after a cut, and on a hospital's board; only the call
    itself tells, when it is asked for, and that is journalled.
    """
    secret = ("Петрова Анна", "+7 999 123", "кашляет кровью", "кв. 77", "второй больной", "злая собака")
    told: list[tuple[Any, Any]] = []

    def both(*pages: ClientConnection) -> None:
        told.append(tuple(numbered(page) for page in pages))  # type: ignore[arg-type]  # two pages

    with (
        watching(served, "dispatcher") as dispatchers,
        watching(served, "admin") as admins,
        served.client("dispatcher") as dispatcher,
        served.client("admin") as admin,
    ):
        both(dispatchers, admins)
        since = f"{told[0][0]['epoch']}:{told[0][0]['seq']}"
        place = {"label": "ул. Мира, 1", "lat_deg": 55.02, "lon_deg": 60.02, "detail": secret[3]}
        body = {"place": place, "reason": "chest_pain", "patient": secret[0], "phone": secret[1]}
        incident = dispatcher.post("/api/incidents", json=body).json()["incident"]["id"]
        assert dispatcher.post("/api/hazards", json={
            "place": place, "text": secret[5], "until_ms": served_now(admin) + 86_400_000
        }).status_code == 201  # fmt: skip
        for path, more in (
            ("description", {"note": secret[2]}),
            ("patients", {"who": secret[4], "note": secret[2]}),
            ("cancel", {"why": "false call"}),
        ):
            answered = dispatcher.post(f"/api/incidents/{incident}/{path}", json=more)
            assert answered.status_code in {200, 201}, answered.text
        last = admin.get("/api/health").json()["counts"]["seq"]
        while told[-1][0]["seq"] < last:
            both(dispatchers, admins)
        with watching(served, "admin") as late, watching(served, "admin", since) as resumed:
            again = [numbered(late)] + [numbered(resumed) for _ in told[1:]]
        for plain, hidden in told:
            assert [each["id"] for each in plain["incidents"]] == [each["id"] for each in hidden["incidents"]]
            assert {**plain, "incidents": 0} == {**hidden, "incidents": 0} or plain["t"] == "snapshot"
        shown = json.dumps([plain for plain, _ in told], ensure_ascii=False)
        assert all(each in shown for each in secret)
        for frame in (*(hidden for _, hidden in told), *again):
            text = json.dumps(frame, ensure_ascii=False)
            assert not [each for each in (*secret, PATIENT, "+7 000") if each in text], frame["t"]
        assert [each["seq"] for each in again[1:]] == [hidden["seq"] for _, hidden in told[1:]]
        assert secret[0] not in admin.get(f"/api/incidents/{incident}").text
        assert admin.get("/api/health").json()["counts"]["seq"] == last
        assert secret[0] in admin.get(f"/api/incidents/{incident}", params={"personal": True}).text
        assert admin.get("/api/health").json()["counts"]["seq"] == last + 1


def watching(served: Served, user: str, since: str | None = None) -> ClientConnection:
    """Connect a page to the feed."""
    url = served.url.replace("http", "ws") + "/feed" + (f"?since={since}" if since else "")
    return connect(url, additional_headers={"Authorization": f"Bearer {TOKENS[user]}"}, max_size=None)


def numbered(page: ClientConnection) -> Any:  # noqa: ANN401  # a frame of the feed
    """Return the next snapshot or event."""
    while True:
        frame = page.recv(timeout=20)
        if isinstance(frame, str) and (said := json.loads(frame))["t"] in {"snapshot", "event"}:
            return said


def served_now(client: httpx.Client) -> int:
    """Return the service's time."""
    return int(client.get("/api/roster").json()["now_ms"])


def test_the_forms_have_a_line_for_every_call(served: Served) -> None:
    """The journal of today: sent, cancelled and under way, in order of calls."""
    with served.client("admin") as admin:
        today = datetime.now(UTC).astimezone().date()
        days = [
            get(admin, "forms/109", day=(today + timedelta(days=shift)).isoformat()) for shift in (-1, 0, 1)
        ]
        lines = [line for day in days for line in day["lines"]]
        assert len(lines) >= 5
        assert any(line["assignment"] is None for line in lines)
        assert {line["patient"] for line in lines} == {"•••"}


@pytest.mark.shared
def test_a_log_from_elsewhere_stands_beside_the_regions_own(served: Served, shared: Path) -> None:
    """Read in over HTTP it gives the golden figures, and changes none of ours; a bad one names its place."""
    log = (shared / "data/calls/sffd_shared.csv").read_bytes()
    golden = json.loads((shared / "data/calls/sffd_shared_golden.json").read_text(encoding="utf-8"))
    with served.client("admin") as admin, served.client("dispatcher") as dispatcher:
        before = get(admin, "overview")["intervals"]
        answer = admin.post("/api/reports/imports", params={"name": "sffd"}, content=log)
        assert answer.status_code == 201, answer.text
        assert answer.json()["import"]["rows"] == golden["rows"]
        cell = get(admin, "overview", source="sffd", norm_s=1200)["intervals"]["response"]
        for name in ("n", "mean", "p50", "p90", "p95", "max"):
            assert cell[name] == golden["all"]["response"][name]
        assert get(admin, "overview")["intervals"] == before
        bad = log.replace(b"2016-12-31T23:59:31", b"yesterday", 1)
        refused = admin.post("/api/reports/imports", params={"name": "sffd"}, content=bad)
        assert refused.status_code == 422
        assert "line 2, column entered" in refused.json()["error"]["message"]
        assert dispatcher.post("/api/reports/imports", params={"name": "x"}, content=log).status_code == 403
        assert [each["name"] for each in get(admin, "imports")["imports"]] == ["sffd"]
        assert admin.delete("/api/reports/imports/sffd").status_code == 204
        assert admin.delete("/api/reports/imports/sffd").status_code == 404


def test_the_command_reads_a_log_into_the_service(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides' figures come back; a bad cell is named by its place, other failures by what to do."""
    log = tmp_path / "neighbours.csv"
    head = "incident,unit,received,entered,dispatched,enroute,on_scene,left_scene,at_hospital,available"
    log.write_text(
        f"{head}\ni1,u1,2017-01-01T00:00:00,,2017-01-01T00:01:00,,2017-01-01T00:11:00,,,\n", encoding="utf-8"
    )
    command = ["report", str(log), "--into", served.url]

    def fails(*arguments: str) -> str:
        assert main(list(arguments)) == 1
        return capsys.readouterr().err

    monkeypatch.delenv("SKORAYA_TOKEN", raising=False)
    assert "SKORAYA_TOKEN" in fails(*command)
    monkeypatch.setenv("SKORAYA_TOKEN", "nobody's")
    assert "not known there" in fails(*command)
    monkeypatch.setenv("SKORAYA_TOKEN", TOKENS["dispatcher"])
    assert "the role admin may" in fails(*command)
    monkeypatch.setenv("SKORAYA_TOKEN", TOKENS["admin"])
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["import"]["name"] == "neighbours"
    assert (told["log"]["response"]["n"], told["log"]["response"]["p50"]) == (1, 660)
    assert told["own_less_log"]["response"]["p50"]["by"] == told["own"]["response"]["p50"] - 660
    assert "no zone" in fails(*command, "--timezone", "Mars/Olympus")
    assert "is `skoraya serve` running there?" in fails("report", str(log), "--into", "http://127.0.0.1:1")
    log.write_text(f"{head}\ni1,u1,2017-01-01T00:00:00,,noon,,,,,\n", encoding="utf-8")
    assert "neighbours.csv: line 2, column dispatched" in fails(*command)
    with served.client("admin") as admin:
        assert admin.delete("/api/reports/imports/neighbours").status_code == 204


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("table?by=colour", "by"),
        ("table?by=hour&by=hour", "by"),
        ("overview?interval=patience", "interval"),
        ("overview?hour=25", "hour"),
        ("calls?why=because", "why"),
        ("calls?limit=0", "limit"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_named(served: Served, path: str, field: str) -> None:
    """422 with the field, never a figure of something else."""
    with served.client("admin") as admin:
        answer = admin.get(f"/api/reports/{path}")
        assert answer.status_code == 422
        assert answer.json()["error"]["field"].startswith(field)


def test_the_warehouse_survives_a_kill_and_a_loss(tmp_path: Path) -> None:
    """After kill -9, and after the file was deleted, the same figures come from the journal.

    The morning report that a webhook refused is said to be owed, and arrives after the restart.
    """
    hook = HTTPServer(("127.0.0.1", 0), Broken)
    Thread(target=hook.serve_forever, daemon=True).start()
    config = write_config(tmp_path, None, None)
    with config.open("a", encoding="utf-8") as more:
        more.write(f'\n[morning]\nat = "00:00"\nwebhook = "http://127.0.0.1:{hook.server_port}/"\n')
    owing = tmp_path / "data" / "reports"
    running = Served(config)
    with running:
        with running.client("crew-1") as crew:
            crew.post("/api/units/1/duty", json={"duty": "on"})
        with running.client("dispatcher") as dispatcher:
            finish(dispatcher, call(dispatcher), "1")
            first = get(dispatcher, "overview")["intervals"]
            until_s = time.monotonic() + 30
            while "the webhook answers 500" not in dispatcher.get("/api/health").text:
                assert time.monotonic() < until_s, "nobody says that the report did not arrive"
                time.sleep(0.2)
        running.kill()
    assert [path.read_text(encoding="utf-8") for path in owing.glob("*.undelivered")] == ["webhook\n"]
    Broken.status, Broken.got[:] = 204, []
    for _ in range(2):
        with Served(config) as again, again.client("dispatcher") as dispatcher:
            assert get(dispatcher, "overview")["intervals"] == first
            until_s = time.monotonic() + 30
            while list(owing.glob("*.undelivered")):
                assert time.monotonic() < until_s, "what is owed was not sent again"
                time.sleep(0.2)
        for path in (tmp_path / "data").glob("warehouse.duckdb*"):
            path.unlink()
    assert len(Broken.got) == 1, "it is sent once more, not at every start"
    hook.shutdown()
    hook.server_close()


class Broken(BaseHTTPRequestHandler):
    """A webhook's end that is out of order until it is mended."""

    status: ClassVar[int] = 500
    got: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """Keep which day's report came, and answer as things stand."""
        self.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["date"])
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class Hook(BaseHTTPRequestHandler):
    """A webhook's end."""

    got: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        """Keep what came."""
        self.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204 if self.path == "/ok" else 500)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class Inbox:
    """A mail server's end."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Keep what came."""
        self.got.append(envelope)
        return "250 OK"


async def test_the_morning_report_arrives_by_file_webhook_and_mail(served: Served, tmp_path: Path) -> None:
    """The same figures in all three; what does not answer is said and keeps nothing else from arriving."""
    with served.client("admin") as admin:
        document = get(admin, "morning", day=datetime.now(UTC).astimezone().date().isoformat())
    report = msgspec.convert(document, Morning)
    assert "В норме 20 мин" in report.text or "Ни одна бригада" in report.text
    hook = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=hook.serve_forever, daemon=True).start()
    inbox = Inbox()
    mail = await asyncio.get_running_loop().create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
    try:
        port = mail.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{hook.server_port}"
        to = Mail(
            host="127.0.0.1",
            port=port,
            sender="skoraya@example.org",
            to=("chief@example.org",),
            starttls=False,
        )
        failed = await deliver(report, MorningSetting(webhook=f"{url}/ok", mail=to), tmp_path)
        assert failed == {}
        assert owed(tmp_path, "test") == {}
        assert Hook.got[-1]["text"] == report.text
        stored = msgspec.json.decode((tmp_path / f"test-{report.date}.json").read_bytes(), type=Morning)
        assert stored == report
        (arrived,) = inbox.got
        assert arrived.rcpt_tos == ["chief@example.org"]
        content = arrived.content or b""
        assert b"application/json" in (content if isinstance(content, bytes) else content.encode())
        nobody = msgspec.structs.replace(to, port=1)
        failed = await deliver(report, MorningSetting(webhook=f"{url}/broken", mail=nobody), tmp_path)
        assert list(failed) == ["webhook", "mail"]
        assert "500" in failed["webhook"]
        assert "takes no mail" in failed["mail"]
        # a service that starts now finds what is owed, sends that again and nothing else
        ((path, ways),) = owed(tmp_path, "test").items()
        again = msgspec.json.decode(path.read_bytes(), type=Morning)
        assert await deliver(again, MorningSetting(webhook=f"{url}/ok", mail=nobody), tmp_path, ways) == {
            "mail": failed["mail"]
        }
        assert owed(tmp_path, "test") == {path: ("mail",)}
        assert len(inbox.got) == 1
    finally:
        mail.close()
        hook.shutdown()
        hook.server_close()


def test_a_report_is_never_older_than_the_last_button(served: Served) -> None:
    """Asked at once after a call was finished, it is in the figures."""
    with served.client("dispatcher") as dispatcher:
        before = get(dispatcher, "overview")["intervals"]["task"]["n"]
        for number in range(5):
            finish(dispatcher, call(dispatcher), "2")
            assert get(dispatcher, "overview")["intervals"]["task"]["n"] == before + number + 1
