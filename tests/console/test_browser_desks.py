"""Two dispatchers in two real browsers: shifts, hand-over, and a major incident, by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from routing.synth import City
from tests.console.browser import at
from tests.console.served import Served
from tests.console.test_browser_journeys import AXE, context_of, new_call, signed_in
from tests.console.test_desks import write_centre

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service of two zones for the module; six crews stand at their bases, on duty."""
    made, map_folder = small_city
    with Served(write_centre(tmp_path_factory.mktemp("desks"), made, map_folder)) as running:
        running.on_duty(range(1, 7))
        running.stand(made)
        yield running


@pytest.fixture(scope="module")
def anna(browser: Browser, served: Served) -> Iterator[Page]:
    """The first dispatcher's desk, kept open for the module."""
    with signed_in(browser, served, "dispatcher") as page:
        yield page


@pytest.fixture(scope="module")
def boris(browser: Browser, served: Served) -> Iterator[Page]:
    """The second dispatcher's desk."""
    with signed_in(browser, served, "second") as page:
        yield page


@pytest.fixture(autouse=True)
def tidy(served: Served) -> Iterator[None]:
    """Nobody sits anywhere and no call is open when a test begins."""
    yield
    with served.client("dispatcher") as client:
        rows = client.get("/api/workplaces").json()["workplaces"]
        for row in rows:
            for call in row["calls"]:
                client.post(f"/api/incidents/{call}/cancel", json={"why": "tidy"})
        for row in rows:
            client.post(f"/api/workplaces/{row['id']}/end", json={})


def call_in(served: Served, city: City, zone: str, **more: object) -> dict[str, Any]:
    """Take a call that lies in a zone."""
    for number in range(len(city.addresses)):
        call = new_call(served, city, number, **more)
        if call["zone"] == zone:
            return call
        with served.client("dispatcher") as client:
            client.post(f"/api/incidents/{call['id']}/cancel", json={"why": "elsewhere"})
    raise AssertionError(f"no address lies in {zone}")


def sit(page: Page, digit: str, desk: str) -> None:
    """Take a desk by keys: W, its digit, Escape."""
    page.keyboard.press("w")
    expect(at(page, "desk-sheet")).to_be_visible()
    page.keyboard.press(digit)
    expect(at(page, f"desk-act-{desk}")).to_contain_text("Сдать смену")
    page.keyboard.press("Escape")
    expect(at(page, "desk-sheet")).to_have_count(0)


def test_a_shift_is_handed_over_to_a_named_successor_by_keys(
    anna: Page, boris: Page, served: Served, city: City
) -> None:
    """Anna at the west and Boris at the east see their own queues; Anna leaves, and Boris has her calls."""
    sit(anna, "2", "d-west")
    sit(boris, "3", "d-east")
    call = call_in(served, city, "west")
    row = f"call-{call['number']}"
    expect(at(anna, row)).to_be_visible()
    expect(at(boris, row)).to_have_count(0)
    expect(at(boris, "hidden-calls")).to_contain_text("1")
    boris.keyboard.press("ArrowRight")  # to all
    expect(at(boris, row)).to_be_visible()
    expect(at(boris, f"owner-{call['number']}")).to_have_text("Запад")
    boris.keyboard.press("ArrowRight")
    while at(boris, "view-mine").get_attribute("aria-pressed") != "true":
        boris.keyboard.press("ArrowRight")
    expect(at(boris, row)).to_have_count(0)
    anna.keyboard.press("w")
    anna.keyboard.press("2")
    expect(at(anna, "successors")).to_be_visible()
    anna.keyboard.press("1")
    expect(at(anna, "desk-done")).to_contain_text("1")
    anna.keyboard.press("Escape")
    expect(at(boris, row)).to_be_visible()
    assert (
        served.client("dispatcher").get(f"/api/incidents/{call['id']}").json()["incident"]["owner"]
        == "d-east"
    )


def test_a_call_is_taken_and_given_by_keys(anna: Page, boris: Page, served: Served, city: City) -> None:
    """E and E takes the chosen call; E and a digit gives it to a colleague, whose queue has it at once."""
    sit(anna, "2", "d-west")
    sit(boris, "3", "d-east")
    call = call_in(served, city, "east")
    while at(anna, "view-all").get_attribute("aria-pressed") != "true":
        anna.keyboard.press("ArrowRight")
    at(anna, f"call-{call['number']}").click()
    expect(at(anna, "owner")).to_have_attribute("data-owner", "d-east")
    anna.keyboard.press("e")
    expect(at(anna, "hand-over")).to_be_visible()
    anna.keyboard.press("e")
    expect(at(anna, "owner")).to_have_attribute("data-owner", "d-west")
    expect(at(boris, f"call-{call['number']}")).to_have_count(0)
    anna.keyboard.press("e")
    at(anna, "hand-to-d-east").wait_for()
    anna.keyboard.press("2")  # after the senior's desk
    expect(at(anna, "owner")).to_have_attribute("data-owner", "d-east")
    expect(at(boris, f"call-{call['number']}")).to_be_visible()
    expect(at(anna, "timeline")).to_contain_text("Вызов передан: Запад → Восток")


def test_danger_to_life_that_nobody_goes_to_stands_on_every_desk(
    boris: Page, anna: Page, served: Served, city: City
) -> None:
    """Another zone's arrest is in every queue until a crew goes, and an unmanned zone's call always."""
    sit(anna, "2", "d-west")
    sit(boris, "3", "d-east")
    graver = call_in(served, city, "west", reason="not_breathing")
    lighter = call_in(served, city, "west")
    expect(at(boris, f"call-{graver['number']}")).to_be_visible()
    expect(at(boris, f"call-{lighter['number']}")).to_have_count(0)
    with served.client("second") as client:
        first = client.get(f"/api/incidents/{graver['id']}/recommendation").json()["crews"][0]["unit"]
        client.post(f"/api/incidents/{graver['id']}/assignments", json={"unit": first})
    expect(at(boris, f"call-{graver['number']}")).to_have_count(0)
    with served.client("dispatcher") as client:
        client.post("/api/workplaces/d-west/end", json={})
    expect(at(boris, f"call-{lighter['number']}")).to_be_visible()  # the senior's, where nobody is


def test_a_major_incident_is_declared_led_and_stood_down_by_keys(
    anna: Page, served: Served, city: City
) -> None:
    """! declares, D sends by plan, triage and beds are typed, ! and 1 stand it down."""
    sit(anna, "1", "senior")
    call = new_call(served, city, 3, reason="road_accident")
    at(anna, f"call-{call['number']}").click()
    expect(at(anna, "declare-major")).to_be_visible()
    anna.keyboard.press("Shift+Digit1")
    expect(at(anna, "major-panel")).to_be_visible()
    expect(at(anna, f"major-{call['number']}")).to_be_visible()
    expect(at(anna, "reserve")).to_contain_text("2")
    expect(at(anna, "plan-send")).to_contain_text("3")
    anna.keyboard.press("d")
    expect(at(anna, "plan-sent")).to_contain_text("3")
    expect(at(anna, "plan-doctor")).to_contain_text("1/1")
    at(anna, "triage-red").fill("2")
    at(anna, "triage-yellow").fill("3")
    anna.keyboard.press("Enter")
    expect(at(anna, f"major-{call['number']}")).to_contain_text("3")
    hospital = served.client("dispatcher").get("/api/region").json()["hospitals"][0]["id"]
    at(anna, f"beds-input-{hospital}").fill("4")
    # What is being typed stays when the call changes meanwhile.
    counts = {"red": 2, "yellow": 3, "green": 1, "black": 0}
    with served.client("dispatcher") as other:
        assert other.post(f"/api/incidents/{call['id']}/major/triage", json=counts).status_code == 200
    expect(at(anna, "triage-green")).to_have_value("1")
    expect(at(anna, f"beds-input-{hospital}")).to_have_value("4")
    anna.keyboard.press("Tab")
    at(anna, "staging-text").fill(city.addresses[5].label)
    anna.keyboard.press("Enter")
    expect(at(anna, "staging")).not_to_have_text("у места вызова")
    expect(at(anna, "timeline")).to_contain_text("Объявлена ЧС")
    view = served.client("dispatcher").get(f"/api/incidents/{call['id']}").json()["incident"]["major"]
    assert (view["triage"]["red"], view["triage"]["yellow"]) == (2, 3)
    assert view["beds"][0]["beds"] == 4
    at(anna, f"major-{call['number']}").focus()
    anna.keyboard.press("Shift+Digit1")
    expect(at(anna, "stand-down-ask")).to_be_visible()
    anna.keyboard.press("1")
    expect(at(anna, "major-panel")).to_have_count(0)
    expect(at(anna, "majors")).to_have_count(0)


def test_what_was_on_the_screen_goes_with_the_choice(anna: Page, served: Served, city: City) -> None:
    """A press of 1 stores the ranking that the page showed, and the rank there."""
    call = new_call(served, city, 4)
    at(anna, f"call-{call['number']}").click()
    expect(at(anna, "send-1")).to_be_visible()
    anna.wait_for_timeout(700)  # a press right after a change of order is not believed
    with anna.expect_request(lambda request: request.url.endswith("/assignments")) as pressed:
        anna.keyboard.press("1")
    body = pressed.value.post_data_json
    assert body["shown_rank"] == 1
    expect(at(anna, "timeline")).to_contain_text("Отправлена бригада")
    timeline = served.client("dispatcher").get(f"/api/incidents/{call['id']}").json()["timeline"]
    sent = next(entry for entry in timeline if entry["kind"] == "crew_assigned")
    assert sent["data"]["shown_at_ms"] == body["shown_at_ms"]


@pytest.mark.parametrize(("theme", "lang"), [("dark", "ru"), ("light", "en")])
def test_axe_finds_nothing_on_the_sheet_and_the_panel(
    browser: Browser, served: Served, city: City, theme: str, lang: str
) -> None:
    """With the workplaces' sheet open, and with a major incident and its hand-over open."""
    call = new_call(served, city, 5, reason="road_accident")
    with served.client("dispatcher") as client:
        client.post("/api/workplaces/senior/open", json={})
        client.post(f"/api/incidents/{call['id']}/major", json={})
        client.post(
            f"/api/incidents/{call['id']}/major/triage",
            json={"red": 1, "yellow": 2, "green": 3, "black": 1},
        )
    context = context_of(browser, served, "dispatcher", bypass_csp=True)
    page = context.new_page()
    page.add_init_script(
        f"localStorage.setItem('skoraya.theme', '{theme}'); localStorage.setItem('skoraya.lang', '{lang}')"
    )
    page.goto(served.url)
    page.add_script_tag(path=AXE)
    at(page, f"call-{call['number']}").click()
    expect(at(page, "major-panel")).to_be_visible()
    page.keyboard.press("e")
    expect(at(page, "hand-over")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(at(page, "desk-sheet")).to_be_visible()
    assert violations(page) == []
    context.close()


def violations(page: Page) -> list[str]:
    """Return what axe finds, by rule and place."""
    found: list[dict[str, Any]] = page.evaluate("axe.run(document).then((result) => result.violations)")
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]
