"""What dispatchers, crews, hospitals and walls do with the console, in a real browser over a real service.

The service is `skoraya serve` with a small city and six crews whose receivers are silent unless a test speaks
for them: nothing happens here but what a test does.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, WebSocket, expect
from playwright.sync_api import Error as PlaywrightError

from routing.synth import City
from tests.console.browser import FLAGS, Line, at, watched_page
from tests.console.served import PASSWORD, Served, rmc, write_config

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE: ViewportSize = {"width": 1280, "height": 720}
AXE = Path(__file__).resolve().parents[2] / "console" / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; six crews stand at their bases, on duty."""
    made, map_folder = small_city
    with Served(write_config(tmp_path_factory.mktemp("journeys"), made, map_folder)) as running:
        running.on_duty(range(1, 7))
        running.stand(made)
        yield running


@pytest.fixture(scope="module")
def desk(browser: Browser, served: Served) -> Iterator[Page]:
    """The first dispatcher's desk, kept open for the module."""
    with signed_in(browser, served, "dispatcher") as page:
        yield page


def context_of(browser: Browser, served: Served, user: str, *, bypass_csp: bool = False) -> BrowserContext:
    """Sign a user in with the password; return the browser's context."""
    context = browser.new_context(viewport=WIDE, locale="ru-RU", color_scheme="dark", bypass_csp=bypass_csp)
    answer = context.request.post(
        f"{served.url}/api/session", data={"user": user, "password": PASSWORD}, headers={"Origin": served.url}
    )
    assert answer.ok, answer.text()
    return context


def signed_in(browser: Browser, served: Served, user: str, path: str = "/") -> Any:  # noqa: ANN401  # a context manager
    """Open the console for a user."""
    return watched_page(context_of(browser, served, user), served.url, path)


def by_link(browser: Browser, served: Served, *, bypass_csp: bool = False, **bound: str) -> BrowserContext:
    """Invite a crew or a board as a dispatcher does; return a context that followed the link."""
    with served.client("dispatcher") as dispatcher:
        path = dispatcher.post("/api/links", json=bound).json()["path"]
    context = browser.new_context(
        viewport={"width": 1024, "height": 768}, locale="ru-RU", bypass_csp=bypass_csp
    )
    context.request.get(served.url + path, max_redirects=0)
    return context


def place_of(city: City, number: int) -> dict[str, Any]:
    """Return one of the city's addresses as a call's place."""
    one = city.addresses[number % len(city.addresses)]
    return {"label": one.label, "lat_deg": one.lat_deg, "lon_deg": one.lon_deg}


def new_call(served: Served, city: City, number: int, **more: object) -> dict[str, Any]:
    """Take a call from elsewhere."""
    with served.client("intake") as intake:
        body = {"place": place_of(city, number), "reason": "abdominal_pain", **more}
        made: dict[str, Any] = intake.post("/api/incidents", json=body).json()["incident"]
    return made


def send(served: Served, incident: str) -> dict[str, Any]:
    """Send the first recommended crew."""
    with served.client("dispatcher") as dispatcher:
        first = dispatcher.get(f"/api/incidents/{incident}/recommendation").json()["crews"][0]["unit"]
        made: dict[str, Any] = dispatcher.post(
            f"/api/incidents/{incident}/assignments", json={"unit": first}
        ).json()["assignment"]
    return made


def finish(served: Served, incident: str) -> None:
    """End a call, so that its crews are free for the next test."""
    with served.client("dispatcher") as dispatcher:
        dispatcher.post(f"/api/incidents/{incident}/cancel", json={"why": "end of the test"})


def listened(page: Page) -> tuple[list[str], list[str]]:
    """Return the addresses of the feeds that a page opens from now on, and the kinds of what they bring."""
    asked: list[str] = []
    kinds: list[str] = []

    def take(payload: str | bytes) -> None:
        if isinstance(payload, str):
            kinds.append(json.loads(payload)["t"])

    def opened(feed: WebSocket) -> None:
        asked.append(feed.url)
        feed.on("framereceived", take)

    page.on("websocket", opened)
    return asked, kinds


def hold(crew: Page) -> None:
    """Hold a crew's panic button for longer than a second."""
    at(crew, "panic").hover()
    crew.mouse.down()
    crew.wait_for_timeout(1_300)
    crew.mouse.up()


def test_a_call_by_keys_alone_and_an_override_with_its_reason(desk: Page, served: Served, city: City) -> None:
    """From `n` to a sent crew in under 15 keystrokes beside the address; the second crew asks why."""
    expect(at(desk, "connection")).to_have_attribute("data-state", "live", timeout=20_000)
    pressed = 0

    def press(key: str) -> None:
        nonlocal pressed
        desk.keyboard.press(key)
        pressed += 1

    press("n")
    desk.keyboard.type(city.addresses[3].label)
    expect(at(desk, "address-input")).to_have_attribute("aria-busy", "false")
    expect(at(desk, "address-option").first).to_be_visible()
    press("Enter")
    press("1")  # conscious
    press("1")  # breathing normally
    desk.keyboard.type("травм")
    pressed += len("травм")
    press("Enter")
    press("Control+Enter")
    expect(at(desk, "crew-option-2")).to_be_visible()
    desk.wait_for_timeout(700)  # a rank that has just changed hands takes no key
    press("2")
    expect(at(desk, "override")).to_be_visible()
    press("1")
    assert pressed < 15
    panel = at(desk, "call-panel")
    expect(panel).to_have_attribute("data-phase", "assigned")
    expect(at(desk, "timeline")).to_contain_text("На деле ближе")
    incident = desk.locator("[data-incident][aria-current=true]").get_attribute("data-incident")
    assert incident is not None
    finish(served, incident)


def test_no_key_waits_for_a_slow_address(desk: Page, city: City) -> None:
    """Enter before the address is found goes on to the questions; the first hit is taken when it comes."""
    expect(at(desk, "connection")).to_have_attribute("data-state", "live", timeout=20_000)
    held: list[Route] = []
    desk.route("**/api/places?**", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks a function of its own
    desk.keyboard.press("n")
    desk.keyboard.type(city.addresses[3].label)
    desk.keyboard.press("Enter")
    desk.keyboard.press("1")
    desk.keyboard.press("1")
    expect(at(desk, "conscious-yes")).to_have_attribute("aria-checked", "true")
    expect(at(desk, "breathing-yes")).to_have_attribute("aria-checked", "true")
    expect(at(desk, "address-input")).to_have_value(city.addresses[3].label)
    desk.wait_for_timeout(500)  # the question about the whole text has been asked by now
    for each in held:
        with contextlib.suppress(PlaywrightError):  # one that was given up while the address was typed
            each.continue_()
    desk.unroute("**/api/places?**")
    expect(at(desk, "address-input")).to_have_attribute("aria-busy", "false")
    desk.keyboard.type("травм")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Control+Enter")
    panel = at(desk, "call-panel")
    expect(panel).to_be_visible()
    named = city.addresses[3].label.partition(" ")[2]  # the kind of street is shown short
    expect(panel).to_contain_text(named)


def test_the_command_line_sends_by_numbers(desk: Page, served: Served, city: City) -> None:
    """`s 12 7` sends a crew to a call, `f 7` follows it, `? address` shows an address, `n` opens the form."""
    made = new_call(served, city, 5)
    expect(at(desk, f"call-{made['number']}")).to_be_visible()
    with served.client("dispatcher") as dispatcher:
        ranked = dispatcher.get(f"/api/incidents/{made['id']}/recommendation").json()["crews"]
    first = ranked[0]["unit"]
    desk.keyboard.press("/")
    desk.keyboard.type(f"s {made['number']} {first}")
    expect(at(desk, "search-option").first).to_contain_text(f"бригаду {first}")
    desk.keyboard.press("Enter")
    expect(at(desk, f"unit-row-{first}")).to_have_attribute("data-state", "notified")
    desk.keyboard.press("/")
    desk.keyboard.type(f"? {city.addresses[7].label}")
    expect(at(desk, "search-option").first).to_be_visible()
    desk.keyboard.press("Escape")
    expect(at(desk, "search-input")).to_have_count(0)
    desk.keyboard.press("/")
    desk.keyboard.type(f"f {first}")
    expect(at(desk, "search-option").first).to_contain_text(first)
    desk.keyboard.press("Enter")
    expect(at(desk, "search-input")).to_have_count(0)
    desk.keyboard.press("/")
    desk.keyboard.type("n ")
    desk.keyboard.press("Enter")
    expect(at(desk, "address-input")).to_be_focused()
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")
    expect(at(desk, "call-form")).to_have_count(0)
    finish(served, made["id"])


def test_coordinates_near_and_recent_callers_fill_the_address(desk: Page, served: Served, city: City) -> None:
    """Pasted degrees and minutes find their address; a caller's number brings back his place."""
    one = city.addresses[9]
    made = new_call(served, city, 9, phone="+7 000 555-44-33")
    desk.keyboard.press("n")
    minutes_lat, minutes_lon = (abs(x) % 1 * 60 for x in (one.lat_deg, one.lon_deg))
    desk.keyboard.insert_text(
        f"{int(one.lat_deg)}°{minutes_lat:.4f}' с.ш. {int(one.lon_deg)}°{minutes_lon:.4f}' в.д."
    )
    expect(at(desk, "address-option").first).to_contain_text(re.compile(r".+\(.+\)"))
    at(desk, "address-input").fill("рядом с " + one.label)
    expect(at(desk, "address-option").first).to_contain_text("около: ")
    at(desk, "address-input").fill("5554433")
    expect(at(desk, "address-option").first).to_contain_text(one.label)
    desk.keyboard.press("Enter")
    expect(at(desk, "phone-input")).to_have_value("+7 000 555-44-33")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")
    finish(served, made["id"])


def test_danger_to_life_stays_on_the_screen_until_it_is_acknowledged(
    desk: Page, served: Served, city: City
) -> None:
    """An alarm survives a reload and other calls, and goes by its key; a silent page says so at all times."""
    expect(at(desk, "sound")).to_have_attribute("data-state", "not-started")
    made = new_call(served, city, 11, reason="chest_pain", priority=1)
    strip = at(desk, "alarms")
    expect(strip).to_contain_text(place_of(city, 11)["label"])
    minor = [new_call(served, city, 20 + i, priority=3) for i in range(4)]
    desk.reload()
    expect(strip).to_contain_text(place_of(city, 11)["label"])
    desk.keyboard.press("g")
    expect(strip).to_have_count(0)
    expect(at(desk, "call-panel")).to_contain_text(place_of(city, 11)["label"])
    at(desk, "sound").click()
    expect(at(desk, "sound")).to_have_attribute("data-state", re.compile("on|not-started"))
    for call in (made, *minor):
        finish(served, call["id"])


def test_a_proposed_swap_is_taken_by_its_key(desk: Page, served: Served, city: City) -> None:
    """A far crew was sent; the service proposes the near one, and `y` changes them in one act."""
    served.stand(city)
    with served.client("dispatcher") as dispatcher:
        for number in range(30, 60):
            made = new_call(served, city, number, reason="chest_pain")
            crews = dispatcher.get(f"/api/incidents/{made['id']}/recommendation").json()["crews"]
            near, far = crews[0], crews[-1]
            if far["eta_s"] - near["eta_s"] > 180:
                break
            finish(served, made["id"])
        else:
            pytest.fail("no address of the small city is three minutes farther from one crew than another")
        sent = {"unit": far["unit"], "override_reason": "asked"}
        assert dispatcher.post(f"/api/incidents/{made['id']}/assignments", json=sent).status_code == 201
    bar = at(desk, "proposal")
    expect(bar).to_contain_text(f"№ {made['number']}", timeout=30_000)
    desk.keyboard.press("y")
    expect(at(desk, f"unit-row-{far['unit']}")).to_have_attribute("data-state", "free")
    expect(bar).to_have_count(0, timeout=10_000)
    finish(served, made["id"])


def test_coverage_and_a_closure_lie_over_the_map(desk: Page) -> None:
    """The key shows the share of addresses reached; a stroke on the map closes roads, for every page."""
    expect(at(desk, "map")).to_have_attribute("data-ready", "true", timeout=30_000)
    desk.keyboard.press("o")
    expect(at(desk, "coverage")).to_contain_text("%", timeout=20_000)
    desk.keyboard.press("o")
    desk.keyboard.press("c")
    desk.wait_for_timeout(600)  # the map comes to rest
    box = at(desk, "map").bounding_box()
    desk.keyboard.press("n")  # a click on the map is an address, too
    desk.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(at(desk, "address-input")).to_have_value(re.compile(r"\d\.\d{5}, \d+\.\d{5}"))
    expect(at(desk, "conscious-yes")).to_be_focused()
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")
    expect(at(desk, "call-form")).to_have_count(0)
    desk.keyboard.press("z")
    expect(at(desk, "draw-closure")).to_have_attribute("aria-pressed", "true")
    middle_x, middle_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    desk.mouse.move(middle_x - 60, middle_y - 30)
    desk.mouse.down()
    for step in range(7):
        desk.mouse.move(middle_x - 60 + step * 20, middle_y - 30 + step * 10)
    desk.mouse.up()
    closures = "fetch('/api/closures').then(answer => answer.json()).then(all => all.closures.length)"
    desk.wait_for_function(f"() => {closures}.then(count => count === 1)")


def test_two_dispatchers_see_each_other_and_send_a_crew_once(
    browser: Browser, desk: Page, served: Served, city: City
) -> None:
    """The second one's choice shows on the first one's row; the same crew goes once, pressed at once, too."""
    made, other = new_call(served, city, 12), new_call(served, city, 13)
    with signed_in(browser, served, "second") as second:
        row = at(second, f"call-{made['number']}")
        row.click()
        expect(at(desk, f"others-{made['number']}")).to_have_text("SE")
        at(desk, f"call-{made['number']}").click()
        expect(at(desk, "others")).to_contain_text("Second")
        assignment = send(served, made["id"])
        expect(at(second, f"unit-row-{assignment['unit']}")).to_have_attribute("data-state", "notified")
        at(second, f"call-{other['number']}").click()
        at(second, "left-out").locator("summary").click()
        expect(at(second, "left-out")).to_contain_text("на вызове")
        # Both press the same crew's rank in the same instant, each for a call of his own next door.
        pair = [new_call(served, city, 14) for _ in range(2)]
        for page, call in zip((desk, second), pair, strict=True):
            at(page, f"call-{call['number']}").click()
            expect(at(page, "crew-option-1")).to_be_visible()
        wanted = at(desk, "crew-option-1").get_attribute("data-unit")
        expect(at(second, "crew-option-1")).to_have_attribute("data-unit", wanted)
        desk.wait_for_timeout(700)  # a rank that has just changed hands takes no key
        one = "dispatchEvent(new KeyboardEvent('keydown', {key: '1', code: 'Digit1'}))"
        for page in (desk, second):
            page.evaluate(f"setTimeout(() => {one}, 200)")
        refused = [page.get_by_text("её назначили раньше вас") for page in (desk, second)]
        desk.wait_for_timeout(1_500)
        assert sorted(each.count() for each in refused) == [0, 1]
        with served.client("dispatcher") as dispatcher:
            crews = [dispatcher.get(f"/api/incidents/{call['id']}").json()["assignments"] for call in pair]
        assert [each["unit"] for each in crews[0] + crews[1]] == [wanted]
        for call in pair:
            finish(served, call["id"])
    expect(at(desk, f"others-{made['number']}")).to_have_count(0)
    for call in (made, other):
        finish(served, call["id"])


def test_a_cut_is_seen_and_healed(browser: Browser, served: Served, city: City) -> None:
    """A dead line shows at once, with its age; mended, the page goes on from where it was, with no reload."""
    with Line(served.url) as line:
        context = context_of(browser, served, "second")
        with watched_page(context, line.url, "/") as page:
            expect(at(page, "connection")).to_have_attribute("data-state", "live", timeout=20_000)
            page.evaluate("() => { window.untouched = true; }")
            asked, kinds = listened(page)
            with page.expect_event(
                "websocket", timeout=30_000
            ):  # the dead line is given up, another is tried
                line.cut()
            expect(at(page, "connection")).to_have_attribute("data-state", "lost", timeout=20_000)
            expect(at(page, "connection")).to_contain_text("назад", timeout=20_000)
            made = new_call(served, city, 14)
            line.mend()
            expect(at(page, f"call-{made['number']}")).to_be_visible(timeout=20_000)
            expect(at(page, "connection")).to_have_attribute("data-state", "live")
            assert page.evaluate("window.untouched") is True
            # What it missed and no more: no fresh snapshot.
            assert asked
            assert all("since=" in url for url in asked)
            assert "event" in kinds
            assert "snapshot" not in kinds
    finish(served, made["id"])


def test_a_crew_works_without_a_network_and_its_times_are_true(
    browser: Browser, served: Served, city: City
) -> None:
    """Pressed offline, kept over a restart of the page, sent in order, each with when it was pressed."""
    made = new_call(served, city, 15)
    assignment = send(served, made["id"])
    context = by_link(browser, served, unit=assignment["unit"])
    with watched_page(context, served.url, "/#/crew") as page:
        expect(at(page, "crew-page")).to_have_attribute("data-status", "notified", timeout=15_000)
        expect(at(page, "crew-page")).to_contain_text(place_of(city, 15)["label"])
        assert at(page, "navigator").get_attribute("href").startswith("geo:")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        at(page, "crew-next").click()
        expect(at(page, "crew-page")).to_have_attribute("data-status", "acknowledged")
        page.wait_for_function("() => !JSON.parse(localStorage['skoraya.crew']).presses.length")
        context.set_offline(True)
        # The browser cuts page and service worker one after the other: press when nothing gets through.
        page.wait_for_function("() => fetch('/api/health').then(() => false, () => true)")
        at(page, "crew-next").click()
        expect(at(page, "crew-page")).to_have_attribute("data-status", "en_route")
        pressed_ms = page.evaluate("JSON.parse(localStorage['skoraya.crew']).presses.at(-1).at_ms")
        assert pressed_ms == pytest.approx(time.time() * 1000, abs=30_000)
        expect(at(page, "crew-offline")).to_have_attribute("data-waiting", "1")
        page.reload()  # the tablet was switched off and on
        expect(at(page, "crew-page")).to_have_attribute("data-status", "en_route", timeout=15_000)
        at(page, "crew-next").click()
        expect(at(page, "crew-offline")).to_have_attribute("data-waiting", "2")
        page.wait_for_timeout(3_000)  # minutes in a courtyard; what counts is that learned and pressed differ
        context.set_offline(False)
        page.wait_for_function("() => !JSON.parse(localStorage['skoraya.crew']).presses.length")
        expect(at(page, "crew-offline")).to_have_count(0)
        expect(at(page, "crew-page")).to_have_attribute("data-status", "on_scene")
        with served.client("dispatcher") as dispatcher:
            shown = dispatcher.get(f"/api/incidents/{made['id']}").json()["assignments"][0]
        assert shown["times"]["en_route"] == pressed_ms
        assert shown["learned"]["en_route"] - shown["times"]["en_route"] > 2_000
        assert shown["times"]["en_route"] < shown["times"]["on_scene"]
    finish(served, made["id"])


def test_a_crew_takes_a_patient_to_a_hospital_that_is_ready(
    browser: Browser, served: Served, city: City
) -> None:
    """The crew chooses the hospital; its board is ready, the crew sees that, and the board takes over."""
    made = new_call(served, city, 16, reason="stroke")
    assignment = send(served, made["id"])
    crew_context = by_link(browser, served, unit=assignment["unit"])
    board_context = by_link(browser, served, hospital=city.hospitals[0].id)
    with (
        Line(served.url) as line,
        watched_page(crew_context, served.url, "/#/crew") as crew,
        watched_page(board_context, line.url, "/") as board,
    ):
        expect(at(board, "hospital-board")).to_contain_text("Никого")
        # The tablet's map shows the vehicle itself, and stays with it until it is dragged.
        own = f"window.skorayaDebug.unit('{assignment['unit']}')?.lat"
        expect(at(crew, "map")).to_have_attribute("data-units", "1", timeout=30_000)
        with served.device(assignment["unit"]) as device:
            device.sendall(rmc(time.time(), city.addresses[7].lat_deg, city.addresses[7].lon_deg))
        crew.wait_for_function(f"lat => Math.abs({own} - lat) < 1e-4", arg=city.addresses[7].lat_deg)
        # It can be installed: of all that Chromium asks for only a window that keeps something is missing.
        asked = crew_context.new_cdp_session(crew).send("Page.getInstallabilityErrors")
        assert {each["errorId"] for each in asked["installabilityErrors"]} <= {"in-incognito"}
        for status in ("acknowledged", "en_route", "on_scene", "at_patient"):
            expect(at(crew, "crew-next")).to_have_attribute("data-status", status, timeout=15_000)
            at(crew, "crew-next").click()
        expect(at(crew, "crew-next")).to_have_attribute("data-status", "left_scene")
        at(crew, "crew-next").click()
        at(crew, "crew-hospital").filter(has_text=city.hospitals[0].name).click()
        row = at(board, f"coming-{made['number']}")
        expect(row).to_have_attribute("data-status", "left_scene", timeout=15_000)
        at(board, f"ready-{made['number']}").click()
        expect(crew.get_by_text("Больница готова принять")).to_be_visible(timeout=15_000)
        at(board, f"handed-over-{made['number']}").click()
        expect(row).to_have_attribute("data-status", "handed_over")
        expect(at(crew, "crew-next")).to_have_attribute("data-status", "cleared", timeout=15_000)
        at(crew, "crew-next").click()
        expect(at(crew, "crew-page")).to_have_attribute("data-status", "free", timeout=15_000)
        expect(at(board, "hospital-board")).to_contain_text("Никого", timeout=15_000)
        line.cut()  # an old board looks like a new one
        expect(at(board, "board-old")).to_contain_text("назад")
        line.mend()
        expect(at(board, "board-old")).to_have_count(0)


def test_a_panic_button_is_held_and_reaches_every_desk(browser: Browser, desk: Page, served: Served) -> None:
    """A tap does nothing; held for a second it is an alarm that stays until its key is pressed."""
    context = by_link(browser, served, unit="6")
    with watched_page(context, served.url, "/#/crew") as crew:
        button = at(crew, "panic")
        button.click()
        expect(at(desk, "alarms")).to_have_count(0)
        hold(crew)
        expect(button).to_contain_text("отправлена")
    expect(at(desk, "alarms")).to_contain_text("Тревожная кнопка", timeout=10_000)
    desk.keyboard.press("g")
    expect(at(desk, "alarms")).to_have_count(0)
    desk.keyboard.press("Escape")


def test_a_past_drive_is_played_back(desk: Page, served: Served, city: City) -> None:
    """The slider moves the crew of a call along its recorded way, and the clock with it."""
    made = new_call(served, city, 17)
    assignment = send(served, made["id"])
    base, goal = city.substations[0], place_of(city, 17)
    with served.device(assignment["unit"]) as device:
        begun = time.time()
        for step in range(8):
            share = step / 7
            lat = base.lat_deg + (goal["lat_deg"] - base.lat_deg) * share
            lon = base.lon_deg + (goal["lon_deg"] - base.lon_deg) * share
            device.sendall(rmc(begun - 7 + step, lat, lon, 20.0, 90.0))
    at(desk, f"call-{made['number']}").click()
    desk.keyboard.press("v")
    expect(at(desk, "replay")).to_have_attribute("data-tracks", "1")
    expect(at(desk, "replay-slider")).to_be_focused()
    before = at(desk, "replay-time").text_content()
    desk.keyboard.press("End")
    expect(at(desk, "replay-time")).not_to_have_text(before)
    desk.keyboard.press("Escape")
    expect(at(desk, "replay")).to_have_count(0)
    finish(served, made["id"])


def test_windows_of_one_workplace_share_the_choice(desk: Page, served: Served, city: City) -> None:
    """A call chosen at the desk is chosen in the map's and the board's windows; the wall counts it."""
    made = new_call(served, city, 18)
    board = desk.context.new_page()
    board.goto(f"{served.url}/#/board")
    expect(at(board, "board")).to_be_visible()
    at(desk, "unit-row-3").get_by_role("button", name="3").click()
    expect(at(board, "unit-row-3")).to_have_class(re.compile("chosen"))
    board.goto(f"{served.url}/#/wall")
    expect(at(board, "wall-waiting")).to_contain_text(re.compile("[1-9]"), timeout=15_000)
    board.close()
    desk.keyboard.press("Escape")
    finish(served, made["id"])


def test_language_and_theme_switch_live_and_times_are_the_regions(desk: Page) -> None:
    """One key each, with nothing reloaded; the clock is the region's, not the browser's."""
    expect(desk.locator("html")).to_have_attribute("lang", "ru")
    desk.keyboard.press("l")
    expect(desk.get_by_role("heading", name="Calls")).to_be_visible()
    desk.keyboard.press("t")
    expect(desk.locator("html")).to_have_attribute("data-theme", "light")
    desk.keyboard.press("t")
    desk.keyboard.press("l")
    expect(desk.get_by_role("heading", name="Вызовы")).to_be_visible()
    zone = desk.evaluate("fetch('/api/region').then(answer => answer.json())")["timezone"]
    shown = desk.locator(".clock time").text_content()
    hour = desk.evaluate(
        "zone => new Intl.DateTimeFormat('ru', {timeZone: zone, hour: '2-digit', hourCycle: 'h23'})"
        ".format(window.skorayaDebug.nowMs())",
        zone,
    )
    assert shown is not None
    assert shown.startswith(hour)


def test_without_webgl_everything_but_the_map_works(
    browser: Browser, chromium: str, served: Served, city: City
) -> None:
    """The banner says so; the call is found, its crew is sent by key, the board shows it."""
    made = new_call(served, city, 19)
    flags = [*FLAGS, "--disable-gpu", "--disable-3d-apis"]
    with (
        browser.browser_type.launch(executable_path=chromium, args=flags) as blind,
        signed_in(blind, served, "second") as page,
    ):
        expect(at(page, "banner")).to_contain_text("WebGL")
        at(page, f"call-{made['number']}").click()
        expect(at(page, "crew-option-1")).to_be_visible()
        page.wait_for_timeout(700)
        page.keyboard.press("1")
        expect(at(page, "call-panel")).to_have_attribute("data-phase", "assigned")
    finish(served, made["id"])
