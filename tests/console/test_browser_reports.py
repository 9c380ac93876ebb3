"""The reports in a real browser, over the demo with its made-up past."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from console.demo_tracks import DONE
from tests.conftest import skip_or_fail
from tests.console.browser import Demo, at, running_demo, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "console/web/node_modules/axe-core/axe.min.js"
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo city at its own pace, when the tracks of its past are laid."""
    data = tmp_path_factory.mktemp("demo")
    with running_demo(data, 1) as running:
        until_s = time.monotonic() + 150
        while not (data / DONE).exists():
            assert time.monotonic() < until_s, "the past has no tracks yet"
            time.sleep(0.5)
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A dispatcher's page, signed in; for axe the page's policy is lifted."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, locale="ru-RU", color_scheme="dark", bypass_csp=True
    )
    with watched_page(context, demo.url, demo.link.removeprefix(demo.url)) as opened:
        expect(at(opened, "connection")).to_have_attribute("data-state", "live", timeout=20_000)
        yield opened


def open_reports(page: Page, demo: Demo, rest: str = "") -> None:
    """Open the reports at an address of theirs, and wait for what they show."""
    page.goto(f"{demo.url}/#/reports{rest}")
    expect(at(page, "reports")).to_be_visible(timeout=20_000)


def of_api(page: Page, path: str) -> Any:  # noqa: ANN401  # whatever JSON it is
    """Return an answer of the reports' API, asked as the page asks."""
    return page.evaluate("path => fetch('/api/reports/' + path).then(answer => answer.json())", path)


def test_from_the_worst_hour_to_a_calls_replay_in_three_clicks(page: Page, demo: Demo) -> None:
    """The hour, its latest call, play: the crew moves on the map; Back leads back twice."""
    open_reports(page, demo)
    worst = at(page, "heat-worst")
    expect(worst).to_be_visible(timeout=30_000)
    drawn = at(page, "report-map-box").locator(".plainmap")
    expect(drawn).to_have_attribute("data-ready", "true", timeout=30_000)
    assert drawn.evaluate("map => map.clientHeight") > 200
    worst.click()  # 1
    expect(at(page, "report-responses")).to_be_visible(timeout=20_000)
    lates = page.locator("[data-testid^=report-row-]")
    assert lates.first.get_attribute("data-late") == "true", "the late ones come first"
    shown = lates.count()
    assert at(page, "report-total").inner_text().endswith(str(shown))
    page.locator("[data-testid^=opencall-]").first.click()  # 2
    expect(at(page, "timeline")).to_be_visible(timeout=20_000)
    expect(at(page, "replay-slider")).to_be_visible(timeout=20_000)
    begun = at(page, "replay-time").inner_text()
    at(page, "replay-play").click()  # 3
    expect(at(page, "replay-time")).not_to_have_text(begun)
    expect(at(page, "replay")).to_have_attribute("data-tracks", re.compile("[1-9]"))
    page.go_back()
    expect(at(page, "report-responses")).to_be_visible(timeout=20_000)
    expect(lates).to_have_count(shown, timeout=20_000)
    page.go_back()
    expect(worst).to_be_visible(timeout=20_000)


def test_a_link_opens_the_same_figures_and_every_count_its_rows(page: Page, demo: Demo) -> None:
    """Filters stand in the address; the list behind a figure is as long as the figure says."""
    open_reports(page, demo)
    at(page, "filter-priority").click()
    with page.expect_response(re.compile(r"/api/reports/overview\?.*priority=1")):
        at(page, "value-priority-1").check()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("priority=1"))
    within = at(page, "hero-response-within_norm")
    expect(at(page, "report-overview")).to_have_attribute("data-loading", "false", timeout=20_000)
    said, address = within.inner_text(), page.url
    late = int(re.sub(r"\D", "", at(page, "open-late").inner_text()))
    assert late > 0
    at(page, "open-late").click()
    expect(at(page, "report-total")).to_have_text(re.compile(rf"\b{late}\b"), timeout=20_000)
    doubts = page.context.new_page()
    doubts.goto(address)
    expect(at(doubts, "hero-response-within_norm")).to_have_text(re.compile(re.escape(said.split("\n")[1])))
    count = at(doubts, "doubt-missing").inner_text()
    at(doubts, "doubt-missing").click()
    expect(at(doubts, "report-total")).to_have_text(re.compile(rf"\b{count}\b"), timeout=20_000)
    doubts.close()


def test_every_export_opens_and_equals_the_screen(page: Page, demo: Demo, tmp_path: Path) -> None:
    """CSV, XLSX, Parquet and JSON by button: as many rows as the page says, the same lengths and times."""
    open_reports(page, demo, "/files?p=week&hour=18&hour=19")
    expect(at(page, "export-csv")).to_be_enabled(timeout=20_000)
    query = page.url.split("?", 1)[1]
    with page.expect_request(re.compile(r"/api/reports/calls\?.*limit=100")) as asked:
        page.goto(f"{demo.url}/#/reports/calls?{query}")
    expect(at(page, "report-responses")).to_be_visible(timeout=20_000)
    screen = of_api(page, "calls?" + asked.value.url.split("?", 1)[1].replace("limit=100", "limit=1000"))
    shown = {row["assignment"]: row for row in screen["rows"]}
    assert len(shown) == screen["total"] > 0
    page.goto(f"{demo.url}/#/reports/files?{query}")
    for name in ("csv", "xlsx", "parquet", "json"):
        with page.expect_download() as waiting:
            at(page, f"export-{name}").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        rows = read_back(path)
        assert {row["assignment"] for row in rows} == set(shown), name
        for row in rows:
            length = shown[row["assignment"]]["response_s"]
            assert (None if row["response_s"] in (None, "") else float(row["response_s"])) == length, name
            assert "lat_deg" not in row
        expect(at(page, f"export-{name}")).to_be_enabled(timeout=20_000)
    at(page, "export-personal").check()
    expect(at(page, "export-csv")).to_be_disabled()
    at(page, "export-why").fill("проверка")
    with page.expect_download() as waiting:
        at(page, "export-csv").click()
    waiting.value.save_as(tmp_path / "personal.csv")
    assert all(float(row["lat_deg"]) > 0 for row in read_back(tmp_path / "personal.csv"))


def read_back(path: Path) -> list[dict[str, Any]]:
    """Read an export with another library than wrote it, where there is one."""
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    if path.suffix == ".json":
        rows: list[dict[str, Any]] = json.loads(path.read_bytes())["responses"]
        return rows
    if path.suffix == ".xlsx":
        lines = list(openpyxl.load_workbook(path)["responses"].values)
        return [dict(zip(map(str, lines[0]), line, strict=True)) for line in lines[1:]]
    table = duckdb.read_parquet(str(path))
    return [dict(zip(table.columns, line, strict=True)) for line in table.fetchall()]


def test_two_dimensions_cross_and_open_their_calls(page: Page, demo: Demo) -> None:
    """Substations by priority: a cell's calls have both of its values. The city's districts are told too."""
    districts = of_api(page, "table?by=district")["rows"]
    assert len(districts) > 2
    assert None not in [row["key"][0] for row in districts]
    open_reports(page, demo, "/table?by=substation&by=priority")
    cell = at(page, "report-cross").locator("tbody a").first
    expect(cell).to_be_visible(timeout=20_000)
    cell.click()
    expect(at(page, "report-responses")).to_be_visible(timeout=20_000)
    assert re.search(r"substation=\w+.*priority=\d|priority=\d.*substation=\w+", page.url)


def test_the_work_of_the_service_is_there(page: Page, demo: Demo) -> None:
    """Queue, endings, utilisation, hospitals, disputed buttons, overrides: each with rows."""
    open_reports(page, demo, "/work")
    for part in ("endings", "use", "hospitals", "disputes", "overrides"):
        expect(at(page, f"work-{part}").locator("tbody tr").first).to_be_visible(timeout=20_000)
    expect(at(page, "work-queue").locator("svg rect")).to_have_count(24)
    waiting = at(page, "ended-cancelled_waiting")
    said = re.sub(r"\D", "", waiting.inner_text())
    waiting.click()
    expect(at(page, "ended-total")).to_have_text(re.compile(rf"\b{said}\b"), timeout=20_000)
    expect(page.locator("[data-testid^=ended-row-]").first).to_be_visible()


def test_the_forms_are_printed_without_the_page_around_them(page: Page, demo: Demo) -> None:
    """The journal of yesterday has its lines; on paper is what was chosen, and no bar and no button."""
    open_reports(page, demo, "/files")
    at(page, "form109-open").click()
    line = page.locator("[data-testid^=form109-]").nth(1)
    expect(line).to_be_visible(timeout=20_000)
    page.emulate_media(media="print")
    expect(page.locator(".topbar")).to_be_hidden()
    expect(at(page, "form-personal")).to_be_hidden()
    expect(page.locator(".printonly").first).to_be_visible()
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    page.emulate_media(media="screen")


def test_the_heat_map_by_keyboard_alone(page: Page, demo: Demo) -> None:
    """One stop for Tab; arrows go from cell to cell, Enter opens the calls, Escape comes back."""
    open_reports(page, demo)
    expect(at(page, "heat-worst")).to_be_visible(timeout=30_000)
    cells = at(page, "report-heat").locator("[data-at]")
    assert at(page, "report-heat").locator("[data-at][tabindex='0']").count() == 1
    cells.first.focus()
    before = page.evaluate("document.activeElement.dataset.at")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.at") != before
    page.keyboard.press("Enter")
    expect(at(page, "report-responses")).to_be_visible(timeout=20_000)
    page.keyboard.press("Escape")
    expect(at(page, "report-heat")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize(("theme", "lang"), [("dark", "ru"), ("light", "en")])
def test_a_screen_reader_finds_no_fault_in_the_reports(page: Page, demo: Demo, theme: str, lang: str) -> None:
    """axe-core's rules (WCAG 2 A and AA) on each view, in both themes and languages; nothing runs over."""
    if not AXE.exists():
        skip_or_fail("axe-core is not installed: run `npm ci` in console/web")
    page.goto(demo.url)
    page.evaluate(
        "([theme, lang]) => { localStorage.setItem('skoraya.theme', theme);"
        " localStorage.setItem('skoraya.lang', lang); }",
        [theme, lang],
    )
    page.reload()
    faults: list[str] = []
    views = ("/overview", "/work", "/table", "/files", "/calls", f"/call/{some_call(page)}")
    for view in views:
        open_reports(page, demo, view)
        with contextlib.suppress(PlaywrightTimeout):  # a page that lives is never quiet for certain
            page.wait_for_load_state("networkidle", timeout=3_000)
        page.wait_for_timeout(600)
        page.add_script_tag(path=AXE)
        for fault in page.evaluate(RULES)["violations"]:
            nodes = [node["target"] for node in fault["nodes"][:3]]
            faults.append(f"{view}: {fault['id']}: {json.dumps(nodes)}")
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], f"{view} runs over the window's width"
    assert faults == []


def some_call(page: Page) -> str:
    """Return a call of the past."""
    rows = of_api(page, "calls?limit=1&order=longest&crews=first")["rows"]
    return str(rows[0]["incident"])
