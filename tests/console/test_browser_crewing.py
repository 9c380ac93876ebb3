"""Queues, reopenings, shifts and hospitals' openings in a real browser, by keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from routing.synth import City
from tests.console.browser import at
from tests.console.served import Served
from tests.console.test_browser_journeys import AXE, context_of, new_call, send, signed_in
from tests.console.test_crewing import write_equipped

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with members; six crews stand at their bases, on duty."""
    made, map_folder = small_city
    config = write_equipped(tmp_path_factory.mktemp("crewing"), made, map_folder)
    with Served(config) as running:
        running.on_duty(range(1, 7))
        running.stand(made)
        yield running


@pytest.fixture
def desk(browser: Browser, served: Served) -> Iterator[Page]:
    """A dispatcher's desk."""
    with signed_in(browser, served, "dispatcher") as page:
        expect(page.locator("[data-testid^=unit-row-]")).to_have_count(6)
        yield page


def shot(page: Page, name: str) -> None:
    """Keep a picture where whoever runs the test asks for them."""
    if folder := os.environ.get("SKORAYA_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def at_hospital(served: Served, city: City, number: int) -> tuple[str, str]:
    """Send the first crew to a call and let it wait at a hospital; return the unit and its assignment."""
    assignment = send(served, new_call(served, city, number)["id"])
    with served.client("dispatcher") as dispatcher:
        for status in ("on_scene", "left_scene", "at_hospital", "handed_over"):
            body = {
                "status": status,
                **({"hospital": city.hospitals[0].id} if status == "left_scene" else {}),
            }
            answer = dispatcher.post(f"/api/assignments/{assignment['id']}/status", json=body)
            assert answer.status_code == 200, answer.text
    return assignment["unit"], assignment["id"]


def test_a_call_is_queued_behind_a_crew_by_one_key_and_taken_away(
    desk: Page, served: Served, city: City
) -> None:
    """= puts it behind the crew that clears soonest; the call and the crew show it, and it goes off again."""
    unit, assignment = at_hospital(served, city, 1)
    call = new_call(served, city, 2)
    at(desk, f"call-{call['number']}").click()
    expect(at(desk, "soon")).to_contain_text("Скоро освободятся")
    shot(desk, "queue-soon")
    desk.keyboard.press("=")
    expect(at(desk, "queued-behind")).to_contain_text("Ждёт бригаду")
    shot(desk, "queue-behind")
    desk.keyboard.press("=")
    expect(at(desk, "queued-behind")).to_have_count(0)
    at(desk, f"queue-{unit}").click()
    expect(at(desk, "queued-behind")).to_be_visible()
    desk.keyboard.press("Escape")
    at(desk, f"unit-row-{unit}").locator("button.sign").click()
    expect(at(desk, "unit-queue")).to_contain_text(str(call["number"]))
    shot(desk, "unit-queue")
    with served.client("dispatcher") as dispatcher:
        dispatcher.post(f"/api/assignments/{assignment}/status", json={"status": "cleared"})
    expect(at(desk, "unit-queue")).to_have_count(0)
    with served.client("dispatcher") as dispatcher:
        crews = dispatcher.get(f"/api/incidents/{call['id']}").json()["assignments"]
        assert [each["unit"] for each in crews] == [unit]
        dispatcher.post(f"/api/incidents/{call['id']}/cancel", json={"why": "end"})


def test_an_ended_call_is_reopened_by_keys_with_a_reason(desk: Page, served: Served, city: City) -> None:
    """X asks how a call ended, by a digit, and why; X again reopens it, marked, and the timeline says why."""
    call = new_call(served, city, 3)
    at(desk, f"call-{call['number']}").click()
    desk.keyboard.press("x")
    expect(at(desk, "how-cancelled")).to_be_focused()
    desk.keyboard.press("2")  # false
    expect(at(desk, "cancel-text")).to_be_focused()
    desk.keyboard.type("ложный")
    desk.keyboard.press("Enter")
    expect(at(desk, "reopen")).to_be_visible(timeout=20_000)  # the service has answered
    desk.keyboard.press("x")
    expect(at(desk, "reopen-why")).to_be_focused()
    shot(desk, "reopen")
    desk.keyboard.type("перезвонили: хуже")
    desk.keyboard.press("Enter")
    expect(at(desk, "reopened")).to_be_visible()
    expect(at(desk, "call-panel")).to_have_attribute("data-phase", "waiting")
    expect(at(desk, "timeline")).to_contain_text("Вызов открыт снова: перезвонили: хуже")
    with served.client("dispatcher") as dispatcher:
        dispatcher.post(f"/api/incidents/{call['id']}/cancel", json={"why": "end"})


def test_shifts_are_planned_and_opened_and_hospitals_closed_on_one_page(
    desk: Page, served: Served, city: City
) -> None:
    """- opens it; a plan is made, the ended licence listed, a hospital closed until a time and opened."""
    desk.keyboard.press("-")
    expect(at(desk, "resources")).to_be_visible()
    expect(at(desk, "expiring")).to_contain_text("Петров")
    at(desk, "plan-unit").select_option("6")
    at(desk, "plan-member-m1").check()
    at(desk, "plan-member-m2").check()
    at(desk, "plan-confirm").click()
    expect(at(desk, "plan-6")).to_contain_text("Иванова")
    hospital = city.hospitals[0].id
    at(desk, f"say-closed-{hospital}").click()
    at(desk, f"say-confirm-{hospital}").click()
    expect(at(desk, f"opening-{hospital}")).to_have_attribute("data-state", "closed")
    shot(desk, "resources")
    with served.client("dispatcher") as dispatcher:
        said = next(
            each for each in dispatcher.get("/api/hospitals").json()["hospitals"] if each["id"] == hospital
        )
        assert (said["by"], said["until_ms"] > 0) == ("dispatcher", True)
    at(desk, f"say-open-{hospital}").click()
    expect(at(desk, f"opening-{hospital}")).to_have_attribute("data-state", "open")
    desk.keyboard.press("Escape")
    at(desk, "unit-row-6").locator("button.sign").click()
    at(desk, "shift-open").click()
    at(desk, "shift-open-confirm").click()
    expect(at(desk, "shift-warnings")).to_contain_text("Петров")
    shot(desk, "unit-shift")
    desk.keyboard.press("Shift+4")  # out of order
    at(desk, "until-60").click()
    expect(at(desk, "duty-until")).to_contain_text("до ")
    desk.keyboard.press("Shift+1")
    expect(at(desk, "duty-on")).to_have_attribute("aria-pressed", "true")


def test_the_board_is_printed_by_a_key(desk: Page) -> None:
    """0 opens the page to print in a window of its own; it names the crews, whatever the console shows."""
    desk.context.add_init_script("window.print = () => { window.printed = true; }")
    with desk.expect_popup() as opened:
        desk.keyboard.press("0")
    paper = opened.value
    expect(paper.locator("h2").nth(1)).to_contain_text("Бригады на смене")
    paper.wait_for_function("window.printed === true")
    paper.emulate_media(media="print")
    shot(paper, "paper")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_new_page_is_accessible(browser: Browser, served: Served, scheme: str) -> None:
    """Axe finds nothing on shifts and hospitals, in either theme."""
    context = context_of(browser, served, "dispatcher", bypass_csp=True)
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{served.url}/#/resources")
    expect(at(page, "expiring")).to_contain_text("Петров")
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "axe.run().then(result => result.violations.map(one => [one.id, one.nodes.map(n => n.html)]))"
    )
    shot(page, f"resources-{scheme}")
    context.close()
    assert found == []
