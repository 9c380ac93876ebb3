"""The console in a real browser, over the demo as a newcomer starts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.browser import Demo, at, running_demo, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# So fast that a whole response, 40 minutes of a crew's life, takes less than a minute of a test's.
SPEED = 60


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo city, its clock fast."""
    with running_demo(tmp_path_factory.mktemp("demo"), SPEED) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A dispatcher's page, signed in by the printed link."""
    context = browser.new_context(viewport={"width": 1600, "height": 900}, locale="ru-RU")
    with watched_page(context, demo.url, demo.link.removeprefix(demo.url)) as opened:
        expect(at(opened, "connection")).to_have_attribute("data-state", "live")
        yield opened


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
    expect(at(page, "address-input")).to_have_attribute("aria-busy", "false")
    expect(at(page, "address-option").first).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("1")  # conscious
    page.keyboard.press("1")  # breathing normally
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
    watch(page, unit)
    expect(row).not_to_have_attribute("data-state", "free")
    expect(row).to_have_attribute("data-state", "free", timeout=150_000)
    # At this clock a crew may drive off and arrive between two looks: what was recorded is what counts.
    assert len(page.evaluate("window.places")) > 1, "the crew arrived without moving on the map"
    expect(at(page, "timeline")).to_contain_text(unit)
    # A crew around the corner is there, sixty times as fast, before it has pressed that it drives.
    for status in ("принял вызов", "на месте", "у пациента"):
        expect(at(page, "timeline")).to_contain_text(status)
    page.keyboard.press("r")
    expect(at(page, "report-table")).to_be_visible()
    log = page.evaluate("fetch('/api/reports/responses').then(answer => answer.json())")
    own = [row for row in log["responses"] if row["unit"] == unit]
    assert own[-1]["task_s"] > 0
    assignment = own[-1]["assignment"]
    page.goto(f"{demo.url}/#/reports/calls?crews=each&order=called&unit={unit}")
    expect(at(page, f"report-row-{assignment}")).to_be_visible(timeout=20_000)


def watch(page: Page, unit: str) -> None:
    """Let the page write down each place at which it draws a unit."""
    page.evaluate(
        """unit => {
            window.places = [];
            setInterval(() => {
                const { lat, lon } = window.skorayaDebug.unit(unit);
                if (window.places.at(-1) !== `${lat} ${lon}`) window.places.push(`${lat} ${lon}`);
            }, 100);
        }""",
        unit,
    )
