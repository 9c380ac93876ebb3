"""What a whole shift asks of the console, in a real browser.

A past minute, ten minutes without a network, a receiver that fails, a queue longer than the screen, and a
screen reader on every screen.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from routing.synth import City
from tests.conftest import skip_or_fail
from tests.console.browser import Line, at, watched_page
from tests.console.served import Served, rmc, write_config
from tests.console.test_browser_journeys import (
    AXE,
    by_link,
    context_of,
    finish,
    hold,
    listened,
    new_call,
    place_of,
    send,
    signed_in,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MINUTE_MS = 60_000
# The service's clock: ten minutes in half one, so that they are a test.
HURRY = 20
# The page knows the service's time as well as the last answer came quickly.
LAG_MS = 4_000


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; six crews stand at their bases, on duty."""
    with running(small_city, tmp_path_factory.mktemp("shift")) as started:
        started.stand(small_city[0])
        yield started


@contextmanager
def running(
    made: tuple[City, Path], folder: Path, program: tuple[str, ...] = ("console", "serve")
) -> Iterator[Served]:
    """Run a service whose six crews are on duty."""
    with Served(write_config(folder, *made), program=program) as started:
        started.on_duty(range(1, 7))
        yield started


def service_now_ms(served: Served) -> int:
    """Ask the service for its time."""
    with served.client("crew-1") as crew:
        now_ms: int = crew.get("/api/crew").json()["now_ms"]
    return now_ms


@pytest.mark.parametrize(
    ("speed", "offline_s"),
    [
        pytest.param(HURRY, 600 / HURRY, id="hurried"),
        pytest.param(1.0, 600.0, id="real", marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ],
)
def test_a_crew_is_ten_minutes_without_a_network(
    browser: Browser, small_city: tuple[City, Path], tmp_path: Path, speed: float, offline_s: float
) -> None:
    """Ten minutes by the clock of service and page: pressed at three times, sent after, each time true.

    The line itself is taken away: a browser that is told to be offline lets what it opened before go on.
    """
    city = small_city[0]
    program = ("tests.console.hurried", str(speed))
    with running(small_city, tmp_path, program) as served, Line(served.url) as line:
        made = new_call(served, city, 15, phone="+7 000 100-20-30")
        assignment = send(served, made["id"])
        context = by_link(browser, served, unit=assignment["unit"])
        with watched_page(context, line.url, "/#/crew") as page:
            expect(at(page, "crew-page")).to_have_attribute("data-status", "notified", timeout=15_000)
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            cut_ms = service_now_ms(served)
            pressed: dict[str, int] = {}
            for status, lose in (
                ("acknowledged", line.break_off),
                ("en_route", line.go_silent),  # connections are taken and nothing is ever answered
                ("on_scene", line.break_off),
            ):
                lose()
                expect(at(page, "crew-next")).to_have_attribute("data-status", status)
                before_ms = service_now_ms(served)
                at(page, "crew-next").click()
                expect(at(page, "crew-page")).to_have_attribute("data-status", status)
                pressed[status] = page.evaluate(
                    "JSON.parse(localStorage['skoraya.crew']).presses.at(-1).at_ms"
                )
                after_ms = service_now_ms(served)
                assert before_ms - LAG_MS * speed <= pressed[status] <= after_ms + LAG_MS * speed
                page.wait_for_timeout(offline_s * 1000 / 3)
                expect(at(page, "crew-offline")).to_have_attribute("data-waiting", str(len(pressed)))
                page.reload()  # the tablet was switched off and on
                expect(at(page, "crew-page")).to_have_attribute("data-status", status, timeout=15_000)
                # the page still shows the call, with nothing asked of the network
                expect(at(page, "crew-page")).to_contain_text(place_of(city, 15)["label"])
            hold(page)
            expect(at(page, "panic")).to_contain_text("ещё не ушла")  # nobody is told that help comes
            back_ms = service_now_ms(served)
            assert back_ms - cut_ms >= 10 * MINUTE_MS
            with served.client("dispatcher") as dispatcher:
                before = dispatcher.get(f"/api/incidents/{made['id']}").json()["assignments"][0]
            assert before["status"] == "notified"  # nothing has got through
            line.join()
            page.wait_for_function("() => !JSON.parse(localStorage['skoraya.crew']).presses.length")
            expect(at(page, "crew-offline")).to_have_count(0)
            expect(at(page, "panic")).to_contain_text("отправлена")
            with served.client("dispatcher") as dispatcher:
                shown = dispatcher.get(f"/api/incidents/{made['id']}").json()["assignments"][0]
            assert shown["status"] == "on_scene"
            for status, pressed_ms in pressed.items():
                assert shown["times"][status] == pressed_ms
                assert shown["learned"][status] >= back_ms
            waited_ms = shown["learned"]["acknowledged"] - shown["times"]["acknowledged"]
            assert waited_ms >= 10 * MINUTE_MS - LAG_MS * speed


def test_a_killed_service_comes_back_to_the_same_page(
    browser: Browser, small_city: tuple[City, Path], tmp_path: Path
) -> None:
    """`kill -9` and a start: a fresh snapshot; nobody signs in again, nothing is reloaded by hand.

    The second run sends another build: the page takes it by itself, and not out of anybody's hands.
    """
    city = small_city[0]
    config = write_config(tmp_path, *small_city)
    with Served(config) as first, Line(first.url) as line:
        before = new_call(first, city, 3)
        context = context_of(browser, first, "dispatcher")
        with watched_page(context, line.url, "/") as page:
            expect(at(page, f"call-{before['number']}")).to_be_visible(timeout=20_000)
            page.evaluate("() => { window.untouched = true; }")
            first.kill()
            expect(at(page, "connection")).to_have_attribute("data-state", "lost", timeout=20_000)
            at(page, f"call-{before['number']}").click()
            page.keyboard.press("n")
            page.keyboard.type("Лен")
            _, kinds = listened(page)
            with Served(config, program=("tests.console.rebuilt", str(tmp_path / "page"))) as second:
                line.lead_to(second.url)
                after = new_call(second, city, 4)
                expect(at(page, f"call-{after['number']}")).to_be_visible(timeout=30_000)
                expect(at(page, f"call-{before['number']}")).to_be_visible()
                expect(at(page, "connection")).to_have_attribute("data-state", "live")
                assert "snapshot" in kinds
                expect(at(page, "upgrade")).to_be_visible()
                page.wait_for_timeout(11_000)  # longer than it waits for hands that lie still
                assert page.evaluate("window.untouched") is True
                expect(at(page, "address-input")).to_have_value("Лен")
                page.keyboard.press("Escape")
                page.keyboard.press("Escape")
                script = page.locator("script[type=module]")
                expect(script).to_have_attribute("src", "/assets/index-NewBuild.js", timeout=30_000)
                expect(at(page, "connection")).to_have_attribute("data-state", "live")
                expect(at(page, "call-panel")).to_contain_text(place_of(city, 3)["label"])
                assert page.evaluate("window.untouched") is None
                expect(at(page, "upgrade")).to_have_count(0)


def test_the_crews_phone_stands_in_for_a_silent_receiver(
    browser: Browser, served: Served, city: City
) -> None:
    """Nothing is sent before the crew says so, nothing while the receiver speaks; the desk says: by phone."""
    base = city.substations[0]
    phone = {"latitude": base.lat_deg + 0.01, "longitude": base.lon_deg, "accuracy": 25.0}
    context = by_link(browser, served, unit="5")
    context.grant_permissions(["geolocation"])
    context.set_geolocation(phone)
    asked: list[str] = []
    with (
        signed_in(browser, served, "second") as desk,
        watched_page(context, served.url, "/#/crew") as crew,
    ):
        crew.on("request", lambda request: asked.append(request.url) if "/phone" in request.url else None)
        switch = at(crew, "phone-switch")
        expect(switch).to_have_attribute("aria-checked", "false", timeout=15_000)
        with served.device("5") as device:  # the receiver speaks
            device.sendall(rmc(time.time(), base.lat_deg, base.lon_deg))
            expect(at(crew, "crew-phone")).to_have_attribute("data-silent", "false", timeout=15_000)
        switch.click()
        crew.wait_for_timeout(6_000)
        assert asked == []
        # 30 s after its last word the receiver is silent
        expect(at(crew, "crew-phone")).to_have_attribute("data-silent", "true", timeout=60_000)
        expect(at(crew, "crew-phone")).not_to_have_attribute("data-taken", "0", timeout=30_000)
        expect(at(desk, "unit-row-5")).to_contain_text("по телефону", timeout=20_000)
        where = desk.evaluate("window.skorayaDebug.unit('5')")
        assert where["lat"] == pytest.approx(phone["latitude"], abs=1e-6)
        switch.click()  # the consent is taken back
        crew.wait_for_timeout(1_000)
        sent = len(asked)
        context.set_geolocation({**phone, "latitude": base.lat_deg + 0.02})
        crew.wait_for_timeout(6_500)
        assert len(asked) == sent


def test_a_past_minute_of_the_region_is_played(browser: Browser, served: Served, city: City) -> None:
    """In a window of its own, marked as the past: calls, crews and map of that minute, and no later ones."""
    served.stand(city)
    first = new_call(served, city, 40, phone="+7 000 900-80-70", patient="Иванов")
    send(served, first["id"])
    between_ms = service_now_ms(served)
    time.sleep(1.2)
    second = new_call(served, city, 41)
    with signed_in(browser, served, "second") as desk:
        expect(at(desk, f"call-{second['number']}")).to_be_visible(timeout=20_000)
        with desk.context.expect_page() as opened:
            desk.keyboard.press("i")
        past = opened.value
        errors: list[str] = []
        past.on("pageerror", lambda error: errors.append(str(error)))
        expect(at(past, "past")).to_be_visible()
        past.goto(f"{served.url}/#/past/{between_ms}")
        past.reload()
        expect(at(past, "past-time")).to_have_attribute("data-at", str(between_ms), timeout=15_000)
        expect(past.get_by_text("Прошлое").first).to_be_visible()
        row = at(past, f"call-{first['number']}")
        expect(row).to_have_attribute("data-phase", "assigned")
        expect(at(past, f"call-{second['number']}")).to_have_count(0)
        expect(at(past, "board").locator("[data-state=notified]")).to_have_count(1)
        expect(at(past, "map")).to_have_attribute("data-units", "6", timeout=30_000)
        row.click()
        expect(at(past, "past-call")).to_have_attribute("data-known", "2", timeout=10_000)
        # nothing can be done here, and nobody's name or number is shown
        for act in ("new-call", "crew-option-1", "cancel-call", "another-crew", "alarm-ack"):
            expect(at(past, act)).to_have_count(0)
        past.keyboard.press("n")
        expect(at(past, "call-form")).to_have_count(0)
        assert "Иванов" not in past.content()
        assert "900-80-70" not in past.content()
        slider = at(past, "past-slider")
        slider.focus()
        past.keyboard.press("ArrowLeft")
        expect(at(past, "past-time")).not_to_have_attribute("data-at", str(between_ms))
        expect(row).to_have_count(0)
        past.keyboard.press("Escape")
        # to the end of the day, which has not come: the latest minute there is
        slider.focus()
        past.keyboard.press("End")
        expect(at(past, f"call-{second['number']}")).to_be_visible(timeout=15_000)
        expect(at(desk, "connection")).to_have_attribute("data-state", "live")
        assert errors == []
        past.close()
    for call in (first, second):
        finish(served, call["id"])


def uncovered(page: Page, test_id: str) -> bool:
    """Whether an element is what one sees and hits at its own middle and both its ends."""
    hit: bool = page.evaluate(
        """id => {
            const element = document.querySelector(`[data-testid=${id}]`);
            const { left, right, top, bottom } = element.getBoundingClientRect();
            const hit = x => element.contains(document.elementFromPoint(x, (top + bottom) / 2));
            return [left + 3, (left + right) / 2, right - 3].every(hit);
        }""",
        test_id,
    )
    return hit


def test_danger_to_life_never_scrolls_off(browser: Browser, served: Served, city: City) -> None:
    """With a queue of many screens scrolled to its end, and at 200% zoom, the alarm stands on the screen."""
    grave = new_call(served, city, 50, reason="chest_pain", priority=1)
    calls = [grave, *(new_call(served, city, 51 + i, priority=3) for i in range(40))]
    with signed_in(browser, served, "second") as desk:
        strip = at(desk, "alarms")
        expect(strip).to_contain_text(place_of(city, 50)["label"], timeout=20_000)
        expect(at(desk, f"call-{calls[-1]['number']}")).to_be_attached()
        for size in ({"width": 1280, "height": 720}, {"width": 640, "height": 360}):
            desk.set_viewport_size(size)  # type: ignore[arg-type]  # a ViewportSize
            at(desk, f"call-{calls[-1]['number']}").scroll_into_view_if_needed()
            at(desk, f"call-{calls[-1]['number']}").click()
            desk.mouse.wheel(0, 20_000)
            desk.wait_for_timeout(300)  # a wheel turns after it was turned
            expect(strip).to_be_in_viewport(ratio=0.9)
            desk.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
            expect(strip).to_be_in_viewport(ratio=0.9)
        desk.set_viewport_size({"width": 1280, "height": 720})
        # Nor does anything else that can be open in this window lie over it.
        for key, shown in (("n", "call-form"), ("?", "help"), ("/", "search-input"), ("w", "desk-sheet")):
            desk.keyboard.press(key)
            expect(at(desk, shown)).to_be_visible()
            assert uncovered(desk, "alarms")
            desk.keyboard.press("Escape")
            desk.keyboard.press("Escape")
        for key, shown in (("-", "resources"), ("r", "reports")):
            desk.keyboard.press(key)
            expect(at(desk, shown)).to_be_visible()
            expect(strip).to_contain_text(place_of(city, 50)["label"])
            assert uncovered(desk, "alarms")
        desk.keyboard.press("g")  # and it leads back to the desk, with the call open
        expect(strip).to_have_count(0)
        expect(at(desk, "call-panel")).to_contain_text(place_of(city, 50)["label"])
    for call in calls:
        finish(served, call["id"])


def test_the_figures_of_wall_and_desk_open_what_they_count(
    browser: Browser, served: Served, city: City
) -> None:
    """Waiting and late calls, free crews, the share within the norm: each figure shows what it counts."""
    waiting, sent = new_call(served, city, 60), new_call(served, city, 61)
    send(served, sent["id"])
    with signed_in(browser, served, "second", "/#/wall") as wall:
        waits = at(wall, "wall-waiting").locator("dd")
        expect(waits).to_have_text("1", timeout=15_000)
        at(wall, "wall-waiting").get_by_role("button").click()
        rows = at(wall, "wall-list").locator("li")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(place_of(city, 60)["label"])
        at(wall, "wall-late").get_by_role("button").click()
        expect(at(wall, "wall-list")).to_have_attribute("data-shown", "late")
        at(wall, "wall-free").get_by_role("button").click()
        expect(rows).to_have_count(5)
        at(wall, "wall-share").get_by_role("link").click()
        expect(wall).to_have_url(re.compile("#/reports"))
    with signed_in(browser, served, "second") as desk:
        count = at(desk, "crews-called")
        expect(count).to_have_text("1", timeout=15_000)
        count.click()
        expect(desk.locator("[data-testid^=unit-row-]")).to_have_count(1)
        at(desk, "board-group").click()
        expect(desk.locator("[data-testid^=unit-row-]")).to_have_count(6)
    for call in (waiting, sent):
        finish(served, call["id"])


# Counts the tones that a page begins, and lets them sound.
TONES = """() => {
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
}"""


def test_a_silent_page_says_so_at_all_times(browser: Browser, served: Served, city: City) -> None:
    """Before the shift is started, and while it is muted, the sign says so in words; one key changes it.

    With the shift begun danger to life is heard; muted, nothing is.
    """
    with signed_in(browser, served, "second") as desk:
        desk.evaluate(TONES)
        sign = at(desk, "sound")
        expect(sign).to_have_attribute("data-state", "not-started")
        expect(sign).to_contain_text("Начать смену")
        desk.keyboard.press("u")
        expect(sign).to_have_attribute("data-state", "on")
        before = desk.evaluate("window.tones")
        grave = new_call(served, city, 50, reason="chest_pain", priority=1)
        desk.wait_for_function("before => window.tones >= before + 4", arg=before)
        desk.keyboard.press("u")
        expect(sign).to_have_attribute("data-state", "muted")
        before = desk.evaluate("window.tones")
        other = new_call(served, city, 51, reason="chest_pain", priority=1)
        expect(at(desk, "alarms")).to_contain_text(place_of(city, 51)["label"])
        desk.wait_for_timeout(500)
        assert desk.evaluate("window.tones") == before
        expect(sign).to_contain_text("выключен")
        expect(sign).to_be_visible()
    for call in (grave, other):
        finish(served, call["id"])


LOOKS = (("dark", "ru"), ("dark", "en"), ("light", "ru"), ("light", "en"))


# By how much the page goes beyond its window, and which of its panes hides something at its side.
# Panes scroll, downwards; the page does not: else the alarms scroll off.
PANES = ".pane, .scroll, .calls, .panelfoot, .sheet, .unitcard, .crewmain, .topbar"
BEYOND = """panes => (({ scrollWidth, scrollHeight }) => ({
    wide_px: scrollWidth - innerWidth,
    high_px: innerWidth > 700 ? scrollHeight - innerHeight : 0,
    cut: [...document.querySelectorAll(panes)]
        .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.className),
}))(document.documentElement)"""


# Words of the other language, by the page's own; a word of two letters is a key or a unit.
OTHERS = {"en": re.compile("[А-Яа-яЁё]{3,}"), "ru": re.compile("[A-Za-z]{3,}")}
# Keys, formats, standards, users of the test's service, and the switch that names each language in itself.
ALIKE = "Esc Ctrl Enter Shift CSV XLSX PARQUET JSON NEMSIS dispatcher second intake English русский"


class Judge:
    """Runs axe-core on pages, measures them, and keeps what is wrong."""

    def __init__(self, looks: Sequence[tuple[str, str]], names: str) -> None:
        """Nothing is found yet; `looks` are the (theme, language) that each screen is judged in.

        `names` are what is called alike in both languages.
        """
        self.looks = looks
        self.names = {word.lower() for word in re.findall(r"\w+", names)}
        self.faults: dict[str, list[str]] = {}
        self.screens = 0

    def measure(self, page: Page, name: str) -> None:
        """Keep what is too wide of a page or a pane, and a page that is too high; at 200% zoom it may be."""
        beyond = page.evaluate(BEYOND, PANES)
        if beyond["wide_px"] > 0 or beyond["high_px"] > 0 or beyond["cut"]:
            self.faults.setdefault(name, []).append(json.dumps(beyond))

    def read(self, page: Page, name: str) -> None:
        """Keep what is written in another language than the page's, but for names of people and streets."""
        text = page.evaluate("document.body.innerText")
        found = OTHERS[page.locator("html").get_attribute("lang") or "ru"].findall(text)
        if foreign := {word for word in found if word.lower() not in self.names}:
            self.faults.setdefault(name, []).append(f"in another language: {sorted(foreign)}")

    def judge(self, page: Page, name: str) -> None:
        """Judge a page as it stands."""
        self.screens += 1
        self.measure(page, name)
        self.read(page, name)
        page.add_script_tag(path=AXE)
        found = page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        )["violations"]
        for fault in found:
            nodes = [node["target"] for node in fault["nodes"][:3]]
            self.faults.setdefault(name, []).append(f"{fault['id']}: {json.dumps(nodes)}")

    def everywhere(self, page: Page, name: str) -> None:
        """Judge a page in each of the looks, as its own keys switch it."""
        for theme, lang in self.looks:
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            if page.locator("html").get_attribute("lang") != lang:
                page.evaluate("window.skorayaDebug.switchLang()")
            page.wait_for_timeout(150)  # colours fade
            self.judge(page, f"{name}, {theme}, {lang}")
        page.evaluate("window.skorayaDebug.switchLang()")
        page.evaluate("document.documentElement.dataset.theme = 'dark'")


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param((("dark", "ru"), ("light", "en")), id="two looks"),
        pytest.param(LOOKS, id="four looks", marks=pytest.mark.soak),
    ],
)
def test_a_screen_reader_finds_no_fault_anywhere(
    browser: Browser, served: Served, city: City, looks: Sequence[tuple[str, str]]
) -> None:
    """axe-core (WCAG 2.1 A and AA, best practice) on every screen, and none is larger than its window."""
    if not AXE.exists():
        skip_or_fail("axe-core is not installed: run `npm ci` in console/web")
    made = new_call(served, city, 21, reason="chest_pain", priority=1)
    assignment = send(served, new_call(served, city, 22)["id"])
    crowd = [new_call(served, city, 70 + i, priority=3) for i in range(16)]  # more than a screen holds
    free = next(unit for unit in "123456" if unit != assignment["unit"])
    axe = Judge(looks, f"{ALIKE} {city}")
    context = context_of(browser, served, "second", bypass_csp=True)
    with watched_page(context, served.url, "/") as page:
        expect(at(page, "alarms")).to_be_visible(timeout=20_000)
        axe.everywhere(page, "desk")
        page.set_viewport_size({"width": 640, "height": 360})
        axe.judge(page, "desk at 200%")
        page.set_viewport_size({"width": 1280, "height": 720})
        at(page, f"call-{made['number']}").click()
        expect(at(page, "crew-option-1")).to_be_visible()
        axe.everywhere(page, "call")
        for _ in ("ru", "en"):
            for key in ("2", "x", "Shift+X", "e", "f", "Shift+Digit1"):  # the last: major, and off
                at(page, f"call-{made['number']}").click()
                page.keyboard.press(key)
                page.wait_for_timeout(150)  # what it opens is drawn
                axe.measure(page, f"call after {key}")
                page.keyboard.press("Escape")
            page.evaluate("window.skorayaDebug.switchLang()")
        page.keyboard.press("Escape")
        at(page, f"unit-row-{free}").locator("button.sign").click()
        page.keyboard.press("Shift+Digit2")
        expect(at(page, "duty-until")).to_be_visible()
        axe.everywhere(page, "crew on a break")
        page.keyboard.press("Shift+Digit1")
        expect(at(page, "duty-until")).to_have_count(0)
        for key, name, shown in (
            ("n", "call form", "call-form"),
            ("/", "command line", "search-input"),
            ("?", "keys", "help"),
            ("w", "workplaces", "desk-sheet"),
        ):
            page.keyboard.press("Escape")
            page.keyboard.press(key)
            expect(at(page, shown)).to_be_visible()
            axe.everywhere(page, name)
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")
        hospital = city.hospitals[0].id
        now_ms = service_now_ms(served)
        screens = ("map", "board", "wall", "reports", "resources", f"past/{now_ms}", f"hospital/{hospital}")
        for name in screens:
            page.goto(f"{served.url}/#/{name}")
            page.wait_for_timeout(700)
            axe.everywhere(page, name)
    for path, bound in (("#/crew", {"unit": assignment["unit"]}), ("", {"hospital": hospital})):
        context = by_link(browser, served, bypass_csp=True, **bound)
        with watched_page(context, served.url, f"/{path}") as page:
            page.wait_for_timeout(1_500)
            axe.everywhere(page, path or "board")
    context = browser.new_context(bypass_csp=True)
    with watched_page(context, served.url, "/") as page:
        expect(at(page, "sign-in-user")).to_be_visible()
        axe.judge(page, "sign in")
    assert axe.faults == {}
    assert axe.screens > 14 * len(looks)
    for call in (made["id"], assignment["incident"], *(each["id"] for each in crowd)):
        finish(served, call)
