"""Call-taking by keys alone, in a real browser over a real service whose polyclinic has two seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from routing.synth import City
from tests.console.browser import at, watched_page
from tests.console.served import PASSWORD, Served, write_config
from tests.console.test_calltaking import CALL_TAKING

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE: ViewportSize = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; six crews stand at their bases, on duty."""
    made, map_folder = small_city
    config = write_config(tmp_path_factory.mktemp("calltaking"), made, map_folder)
    # Callers are to be rung after two seconds, so that a test can wait for it.
    rules = CALL_TAKING.replace("[5.0, 10.0, 30.0]", "[0.03, 0.03, 0.03]")
    config.write_text(config.read_text(encoding="utf-8") + rules, encoding="utf-8")
    with Served(config) as running:
        running.on_duty(range(1, 7))
        running.stand(made)
        yield running


@pytest.fixture(scope="module")
def desk(browser: Browser, served: Served) -> Iterator[Page]:
    """A dispatcher's desk, kept open for the module."""
    context = browser.new_context(viewport=WIDE, locale="ru-RU", color_scheme="dark")
    body = {"user": "dispatcher", "password": PASSWORD}
    assert context.request.post(f"{served.url}/api/session", data=body, headers={"Origin": served.url}).ok
    with watched_page(context, served.url, "/") as page:
        expect(at(page, "connection")).to_have_attribute("data-state", "live", timeout=20_000)
        yield page


def place_of(city: City, number: int) -> dict[str, Any]:
    """Return one of the city's addresses as a call's place; 11 apart, so that tests do not meet."""
    one = city.addresses[number * 11 % len(city.addresses)]
    return {"label": one.label, "lat_deg": one.lat_deg, "lon_deg": one.lon_deg}


def rings(served: Served, city: City, number: int, **more: object) -> dict[str, Any]:
    """Somebody calls, and another call-taker writes it down."""
    with served.client("intake") as intake:
        body = {"place": place_of(city, number), "reason": "fever", **more}
        made: dict[str, Any] = intake.post("/api/incidents", json=body).json()["incident"]
    return made


def told(served: Served, incident: str) -> dict[str, Any]:
    """Return the call as the service has it."""
    with served.client("dispatcher") as client:
        view: dict[str, Any] = client.get(f"/api/incidents/{incident}").json()["incident"]
    return view


def choose(desk: Page, number: int) -> None:
    """Open a call by a click on its row."""
    at(desk, f"call-{number}").click()
    expect(at(desk, "call-panel")).to_contain_text(f"№ {number}")


def finish(desk: Page, served: Served, *incidents: str) -> None:
    """End calls, so that they are in no other test's way."""
    with served.client("dispatcher") as client:
        for incident in incidents:
            client.post(f"/api/incidents/{incident}/cancel", json={"why": "end of the test"})
    desk.keyboard.press("Escape")


def test_who_does_not_breathe_gets_instructions_and_a_crew_by_six_keys(
    desk: Page, served: Served, city: City
) -> None:
    """`n`, the address, Enter, 2, 2, Ctrl+Enter, 1: the steps are open at the second No, and stay open."""
    pressed = 0

    def press(key: str) -> None:
        nonlocal pressed
        desk.keyboard.press(key)
        pressed += 1

    press("n")
    desk.keyboard.type(place_of(city, 0)["label"])
    expect(at(desk, "address-input")).to_have_attribute("aria-busy", "false")
    expect(at(desk, "address-option").first).to_be_visible()
    press("Enter")
    expect(at(desk, "conscious-yes")).to_be_focused()
    press("2")
    expect(at(desk, "instruction-cpr")).to_have_count(0)
    press("2")
    expect(at(desk, "instruction-cpr")).to_contain_text("Основание ладони")
    expect(at(desk, "instruction-cpr")).to_contain_text("не утверждён")
    press("Control+Enter")
    panel = at(desk, "call-panel")
    expect(at(desk, "instruction-cpr")).to_be_visible()
    expect(at(desk, "crew-option-1")).to_be_visible(timeout=20_000)  # the first question to the roads
    desk.wait_for_timeout(700)  # a rank that has just changed hands takes no key
    press("1")
    expect(panel).to_have_attribute("data-phase", "assigned")
    assert pressed == 6
    expect(at(desk, "timeline")).to_contain_text("сознание: нет, дыхание: нет")
    expect(at(desk, "timeline")).to_contain_text("Инструкция: Реанимация")
    incident = desk.locator("[data-incident][aria-current=true]").get_attribute("data-incident")
    assert incident is not None
    view = told(served, incident)
    assert (view["priority"], view["reason"], view["arrest"]) == (1, "not_breathing", True)
    finish(desk, served, incident)


def test_a_crew_goes_to_a_place_and_the_rest_is_told_later(desk: Page, served: Served, city: City) -> None:
    """No reason, no answer: the call is there; the form goes on in its panel while the crew drives."""
    desk.keyboard.press("n")
    desk.keyboard.type(place_of(city, 1)["label"])
    expect(at(desk, "address-input")).to_have_attribute("aria-busy", "false")
    expect(at(desk, "address-option").first).to_be_visible()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Control+Enter")
    expect(at(desk, "more-reason")).to_be_focused()
    incident = desk.locator("[data-incident][aria-current=true]").get_attribute("data-incident")
    assert incident is not None
    assert told(served, incident)["reason"] == "unclear"
    desk.keyboard.type("травма")
    desk.keyboard.press("Enter")
    desk.keyboard.type("кв. 7")
    desk.keyboard.press("Control+Enter")
    expect(at(desk, "describe")).to_have_count(0)
    expect(at(desk, "call-panel")).to_contain_text("кв. 7")
    view = told(served, incident)
    assert (view["reason"], view["priority"], view["place"]["detail"]) == ("injury", 2, "кв. 7")
    finish(desk, served, incident)


def test_a_duplicate_is_offered_linked_and_unlinked(desk: Page, served: Served, city: City) -> None:
    """Two calls from one house: marked in the queue, linked by a press, shown on both, undone by a press."""
    first = rings(served, city, 2, phone="8 900 000 00 02")
    expect(at(desk, f"call-{first['number']}")).to_be_visible()
    second = rings(served, city, 2, phone="+7 900 000 00 02", reason="breathless")
    expect(at(desk, f"notes-{second['number']}")).to_contain_text(f"похоже на № {first['number']}")
    choose(desk, second["number"])
    expect(at(desk, "duplicates")).to_contain_text("то же место, тот же телефон")
    at(desk, f"link-same-{first['number']}").click()
    expect(at(desk, "links")).to_contain_text(f"№ {first['number']}")
    expect(at(desk, f"notes-{second['number']}")).to_contain_text(f"= № {first['number']}")
    assert told(served, first["id"])["priority"] == 1  # the graver of the two
    at(desk, "unlink").click()
    expect(at(desk, "links")).to_have_count(0)
    view = told(served, second["id"])
    assert (view["linked_to"], view["phase"], view["priority"]) == (None, "waiting", 1)
    # and by keys alone
    desk.keyboard.press("f")
    expect(at(desk, "steps")).to_be_visible()
    desk.keyboard.press("5")
    desk.keyboard.type(str(first["number"]))
    desk.keyboard.press("Enter")
    desk.keyboard.press("1")
    expect(at(desk, "links")).to_be_visible()
    finish(desk, served, second["id"], first["id"])


def test_a_call_back_is_due_and_a_worse_answer_raises_the_priority(
    desk: Page, served: Served, city: City
) -> None:
    """After the rule's time the row and the panel say it; the talk is recorded by digits."""
    made = rings(served, city, 3, phone="8 900 000 00 03")
    choose(desk, made["number"])
    expect(at(desk, "call-back")).to_have_attribute("data-due", "true", timeout=10_000)
    expect(at(desk, f"marks-{made['number']}")).to_contain_text("перезвонить", timeout=10_000)
    desk.keyboard.press("f")
    desk.keyboard.press("2")
    for step, digit in (("reached", "1"), ("conscious", "1"), ("breathing", "2"), ("change", "3")):
        expect(at(desk, "steps")).to_have_attribute("data-step", step)
        desk.keyboard.press(digit)
    expect(at(desk, "step-input")).to_be_focused()
    desk.keyboard.type("синеет")
    desk.keyboard.press("Enter")
    expect(at(desk, "steps")).to_have_count(0)
    expect(at(desk, "timeline")).to_contain_text("Перезвонили: сознание: да, дыхание: нет, хуже, синеет")
    expect(at(desk, "timeline")).to_contain_text("3 → 1")
    assert told(served, made["id"])["priority"] == 1
    finish(desk, served, made["id"])


def test_a_polyclinic_that_does_not_answer_gives_the_call_back(
    desk: Page, served: Served, city: City
) -> None:
    """Offered, still in the queue as ours; after the time is up it says so by itself, with an alarm."""
    made = rings(served, city, 4)
    choose(desk, made["number"])
    desk.keyboard.press("f")
    at(desk, "step-polyclinic").click()
    desk.keyboard.press("1")
    expect(at(desk, "hand-over")).to_have_attribute("data-state", "offered")
    expect(at(desk, "call-panel")).to_have_attribute("data-phase", "waiting")
    expect(at(desk, "hand-over")).to_have_attribute("data-state", "returned", timeout=15_000)
    expect(at(desk, "timeline")).to_contain_text("не ответили, вызов наш")
    expect(at(desk, "alarms")).to_contain_text("Поликлиника не ответила", timeout=10_000)
    finish(desk, served, made["id"])


def test_patients_and_hazards_are_told_by_keys_and_reach_the_crew(
    browser: Browser, desk: Page, served: Served, city: City
) -> None:
    """A second patient and a dog: on the row, in the panel, on the crew's tablet; and struck out by keys."""
    made = rings(served, city, 5)
    choose(desk, made["number"])
    desk.keyboard.press("f")
    at(desk, "step-patient").click()
    desk.keyboard.type("ребёнок 3 лет")
    desk.keyboard.press("Enter")
    expect(at(desk, "patients")).to_contain_text("ребёнок 3 лет")
    expect(at(desk, "steps")).to_have_count(0)  # the answer has come, and the question is gone
    desk.keyboard.press("f")
    at(desk, "step-hazard").click()
    desk.keyboard.type("злая собака")
    desk.keyboard.press("Enter")
    desk.keyboard.press("2")
    expect(at(desk, "hazards")).to_contain_text("злая собака")
    expect(at(desk, f"notes-{made['number']}")).to_contain_text("Пациентов: 2")
    with served.client("dispatcher") as client:
        unit = client.get(f"/api/incidents/{made['id']}/recommendation").json()["crews"][0]["unit"]
        client.post(f"/api/incidents/{made['id']}/assignments", json={"unit": unit})
        path = client.post("/api/links", json={"unit": unit}).json()["path"]
    context = browser.new_context(viewport={"width": 1024, "height": 768}, locale="ru-RU")
    context.request.get(served.url + path, max_redirects=0)
    with watched_page(context, served.url, "/#/crew") as tablet:
        expect(at(tablet, "hazards")).to_contain_text("злая собака")
        expect(at(tablet, "crew-page")).to_contain_text("ребёнок 3 лет")
        for act, gone in (("hazard", "hazards"), ("patient", "patients")):  # both were told wrongly
            desk.keyboard.press("f")
            at(desk, f"step-{act}").click()
            desk.keyboard.press("2")
            desk.keyboard.type("ошиблись домом")
            desk.keyboard.press("Enter")
            expect(at(desk, gone)).to_have_count(0)
            expect(at(desk, "steps")).to_have_count(0)
        expect(at(tablet, "hazards")).to_have_count(0)
    finish(desk, served, made["id"])


def test_a_transfer_for_tonight_stands_apart(desk: Page, served: Served, city: City) -> None:
    """It is in the queue, behind the calls, under a heading of its own, with its hour."""
    due_ms = int(time.time() * 1000) + 6 * 3_600_000
    journey = {"kind": "transfer", "due_ms": due_ms, "hospital": city.hospitals[0].id}
    made = rings(served, city, 6, reason="transfer", journey=journey)
    other = rings(served, city, 7)
    expect(at(desk, f"call-{made['number']}")).to_be_visible()
    rows = desk.locator(".queuebreak, [data-testid^=call-][data-phase]")
    texts = rows.all_inner_texts()
    heading = next(i for i, text in enumerate(texts) if "Плановые" in text)
    assert any(f"№ {other['number']}" in text for text in texts[:heading])
    assert f"№ {made['number']}" in texts[heading + 1]
    finish(desk, served, made["id"], other["id"])


def test_a_call_is_entered_afterwards_and_says_so(desk: Page, served: Served, city: City) -> None:
    """The form takes the time of day; the row and the panel carry the mark."""
    with served.client("dispatcher") as client:
        zone_hour = client.get("/api/region").json()["timezone"]
    assert zone_hour
    desk.keyboard.press("n")
    desk.keyboard.type(place_of(city, 8)["label"])
    expect(at(desk, "address-input")).to_have_attribute("aria-busy", "false")
    expect(at(desk, "address-option").first).to_be_visible()
    desk.keyboard.press("Enter")
    at(desk, "later").locator("summary").click()
    earlier = desk.evaluate(
        "zone => new Date(Date.now() - 3600e3).toLocaleTimeString('ru-RU', "
        "{timeZone: zone, hour: '2-digit', minute: '2-digit'})",
        zone_hour,
    )
    at(desk, "later-called").fill(earlier)
    desk.keyboard.press("Control+Enter")
    expect(at(desk, "call-panel")).to_contain_text("внесён позже")
    incident = desk.locator("[data-incident][aria-current=true]").get_attribute("data-incident")
    assert incident is not None
    view = told(served, incident)
    late_s = (view["created_at_ms"] - view["called_at_ms"]) / 1000
    assert 3_500 < late_s < 3_720
    finish(desk, served, incident)
