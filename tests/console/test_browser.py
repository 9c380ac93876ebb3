"""The console in a real browser, over the demo as a newcomer starts it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Software WebGL, and none of Chromium's own calls to the outside: this machine may have no network.
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# So fast that a whole response, 40 minutes of a crew's life, takes less than a minute of a test's.
SPEED = 60


@dataclass
class Demo:
    """A running `skoraya demo`."""

    link: str
    address: str  # one that exists in the city
    process: subprocess.Popen[str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo city on a free port, its clock fast."""
    data = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "console", "demo", "--no-browser", "--port", "0", "--data", str(data)]
    process = subprocess.Popen([*command, "--speed", str(SPEED)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if found := re.search(r"the console: (http\S+)", line):
            city = json.loads((data / "city-1.json").read_text(encoding="utf-8"))
            yield Demo(found.group(1), city["addresses"][0]["label"], process)
            break
    else:
        pytest.fail("the demo printed no address: " + "".join(printed))
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A real Chromium."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=list(FLAGS)) as launched,
    ):
        yield launched


@pytest.fixture(scope="module")
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A dispatcher's page, signed in by the printed link; whatever it asks of another host fails the test."""
    context = browser.new_context(viewport={"width": 1600, "height": 900}, locale="ru-RU")
    opened = context.new_page()
    outside: list[str] = []
    errors: list[str] = []
    own = demo.link.split("/sign-in")[0]
    local = (own, own.replace("http", "ws"), "data:", "blob:")
    opened.on(
        "request", lambda request: None if request.url.startswith(local) else outside.append(request.url)
    )
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(demo.link)
    yield opened
    context.close()
    assert outside == []
    assert errors == []


def at(page: Page, test_id: str) -> Any:  # noqa: ANN401  # playwright's Locator, whose assertions take Any
    """Return the element of a test id."""
    return page.get_by_test_id(test_id)


def test_the_link_signs_in_and_the_city_lives(page: Page, demo: Demo) -> None:
    """The printed link opens a connected console with sixty moving units, and works only once."""
    expect(at(page, "connection")).to_have_attribute("data-state", "live", timeout=20_000)
    expect(page.locator("[data-testid^=unit-row-]")).to_have_count(60)
    expect(at(page, "map")).to_have_attribute("data-ready", "true", timeout=30_000)
    expect(at(page, "map")).to_have_attribute("data-units", "60", timeout=20_000)
    expect(page.locator("[data-testid^=call-][data-phase]").first).to_be_visible(timeout=30_000)
    stranger = page.context.browser.new_context().new_page()  # type: ignore[union-attr]  # a launched browser is there
    stranger.goto(demo.link)
    expect(at(stranger, "sign-in-user")).to_be_visible()
    stranger.context.close()


def test_a_call_by_keyboard_alone_from_the_phone_to_the_report(page: Page, demo: Demo) -> None:
    """Type an address of the city, send the first crew, see it move and arrive, and find it in the log."""
    page.keyboard.press("p")  # a person takes over: the autopilot is off
    expect(at(page, "autopilot-switch")).to_have_attribute("aria-checked", "false")
    page.keyboard.press("n")
    expect(at(page, "address-input")).to_be_focused()
    page.keyboard.type(demo.address)
    expect(at(page, "address-option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(at(page, "reason-input")).to_be_focused()
    page.keyboard.type("травма")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    first = at(page, "crew-option-1")
    expect(first).to_be_visible()
    page.wait_for_timeout(700)  # a rank that has just changed hands takes no key, lest the wrong crew be sent
    unit = first.get_attribute("data-unit")
    assert unit is not None
    page.keyboard.press("1")
    row = at(page, f"unit-row-{unit}")
    expect(row).to_have_attribute("data-state", re.compile("notified|acknowledged|en_route"))
    expect(row).to_have_attribute("data-state", "en_route", timeout=20_000)
    where = position(page, unit)
    expect(row).to_have_attribute("data-state", re.compile("on_scene|at_patient"), timeout=60_000)
    assert position(page, unit) != where, "the crew arrived without moving on the map"
    expect(row).to_have_attribute("data-state", "free", timeout=120_000)
    expect(at(page, "timeline")).to_contain_text(unit)
    page.keyboard.press("r")
    expect(at(page, "report-table")).to_be_visible()
    log = page.evaluate("fetch('/api/reports/responses').then(answer => answer.json())")
    own = [row for row in log["responses"] if row["unit"] == unit]
    assert own[-1]["task_s"] > 0
    assignment = own[-1]["assignment"]
    if own[-1]["response_s"] is not None:
        expect(at(page, f"report-row-{assignment}")).to_be_visible()
    else:  # of a hundred crews three forget a button; the log says so, and the page lists it
        assert assignment in {line["assignment"] for line in log["left_out"]}
        expect(at(page, "report-left-out")).to_be_attached()


def position(page: Page, unit: str) -> tuple[float, float]:
    """Return where the page has a unit."""
    found = page.evaluate("unit => window.skorayaDebug.unit(unit)", unit)
    return found["lat"], found["lon"]
