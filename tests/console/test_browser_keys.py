"""Every action of the desk has a key, shown where it acts: its own, or a letter that `.` puts on the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from routing.synth import City
from tests.console.browser import at, launched
from tests.console.served import Served
from tests.console.test_browser_journeys import finish, new_call, send, signed_in
from tests.console.test_crewing import write_equipped

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What a person could press now and neither shows a key of its own nor bears a letter: whatever lies on top at
# its own middle, is enabled, and Tab reaches. A row of answers shows its digits while it has the focus.
KEYLESS = """() => {
  const labels = [...document.querySelectorAll(".letters span")].map((each) => each.getBoundingClientRect());
  const near = (box) =>
    labels.some((one) => Math.abs(one.left - box.left) < 24 && Math.abs(one.top - box.top) < 12);
  const focused = (each) => each.parentElement.contains(document.activeElement);
  const found = [];
  for (const each of document.querySelectorAll("button, a[href], summary, input, select, textarea")) {
    const box = each.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const top = document.elementFromPoint(x, y);
    if (each.disabled || each.tabIndex < 0 || box.width === 0 || !each.contains(top)) continue;
    const keyed = each.querySelector("kbd, .key") !== null;
    if (keyed && (each.getAttribute("role") !== "radio" || focused(each))) continue;
    if (!near(box)) found.push(each.outerHTML.slice(0, 160));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with members and equipment; six crews stand at their bases, on duty."""
    made, map_folder = small_city
    config = write_equipped(tmp_path_factory.mktemp("keys"), made, map_folder)
    with Served(config) as running:
        running.on_duty(range(1, 7))
        running.stand(made)
        yield running


@pytest.fixture(scope="module")
def page(chromium: str, served: Served) -> Iterator[Page]:
    """A dispatcher's page, kept open for the module."""
    with launched(chromium) as browser, signed_in(browser, served, "dispatcher") as opened:
        yield opened


@pytest.fixture
def desk(page: Page, served: Served) -> Page:
    """The desk anew."""
    page.goto("about:blank")
    page.goto(served.url)
    expect(page.locator("[data-testid^=unit-row-]")).to_have_count(6)
    return page


def all_keyed(page: Page, where: str) -> None:
    """Ask for the letters, and find nothing that could be pressed and has no key."""
    page.keyboard.press("Control+Period")
    expect(page.locator(".letters span").first).to_be_visible()
    found: list[str] = page.evaluate(KEYLESS)
    for _ in range(10):  # a list may just be moving: letters go with what they stand on
        if not found:
            break
        page.wait_for_timeout(200)
        found = page.evaluate(KEYLESS)
    assert found == [], f"{where}: {found}"
    page.keyboard.press("Escape")
    expect(at(page, "letters")).to_have_count(0)


def letter_of(place: Locator) -> str:
    """The letters that stand on something."""
    box = place.bounding_box()
    assert box is not None
    found: str = place.page.evaluate(
        """([x, y]) => [...document.querySelectorAll(".letters span")].find((each) => {
             const box = each.getBoundingClientRect();
             return Math.abs(box.left - x) < 24 && Math.abs(box.top - y) < 12;
           }).textContent""",
        [box["x"], box["y"]],
    )
    return found.lower()


def press_letter_of(place: Locator) -> None:
    """Ask for the letters and press those of something."""
    place.page.keyboard.press(".")
    expect(place.page.locator(".letters span").first).to_be_visible()
    place.page.keyboard.type(letter_of(place))


def test_nothing_on_any_screen_of_the_desk_is_without_a_key(desk: Page, served: Served, city: City) -> None:
    """In each state of the desk, whatever can be pressed shows its own key or gets a letter."""
    first, second = (new_call(served, city, number, phone="+79001112233") for number in (1, 2))
    send(served, first["id"])
    expect(at(desk, f"call-{second['number']}")).to_be_visible()
    expect(at(desk, "sign-out")).to_have_attribute("aria-keyshortcuts", "Shift+Q")  # a screen reader hears it
    all_keyed(desk, "nothing chosen")
    at(desk, f"call-{second['number']}").click()
    expect(at(desk, "send-1")).to_be_visible()
    all_keyed(desk, "a call that waits")
    at(desk, f"call-{first['number']}").click()
    expect(at(desk, "status-next")).to_be_visible()
    expect(at(desk, "duplicates")).to_be_visible()
    desk.wait_for_timeout(300)  # the panel comes to rest
    all_keyed(desk, "a call with its crew")
    desk.keyboard.press("Shift+Digit1")  # a major incident
    expect(at(desk, "major-panel")).to_be_visible()
    all_keyed(desk, "a major incident")
    desk.keyboard.press("Shift+Digit1")
    desk.keyboard.press("1")
    expect(at(desk, "major-panel")).to_have_count(0)
    desk.keyboard.press("x")
    all_keyed(desk, "how a call ended")
    for _ in range(2):
        desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(at(desk, "address-input")).to_be_focused()
    all_keyed(desk, "the call form")
    desk.keyboard.press("Escape")
    desk.keyboard.press("-")
    expect(desk.locator("[data-testid^=opening-]").first).to_be_visible()
    desk.wait_for_timeout(300)  # what it shows has come
    all_keyed(desk, "shifts and hospitals")
    desk.keyboard.press("Escape")
    for made in (first, second):
        finish(served, made["id"])


def test_a_letter_presses_what_it_stands_on_and_goes_to_a_field(desk: Page) -> None:
    """`.` and a figure's letter filter the board, a field's letter goes there; in a field a dot is a dot."""
    expect(at(desk, "crews-free")).to_be_visible()
    press_letter_of(at(desk, "crews-free"))
    expect(at(desk, "board-group")).to_be_visible()
    press_letter_of(at(desk, "board-group"))
    expect(at(desk, "board-group")).to_have_count(0)
    press_letter_of(desk.locator("#board-filter"))
    expect(desk.locator("#board-filter")).to_be_focused()
    desk.keyboard.type("6.")
    expect(desk.locator("#board-filter")).to_have_value("6.")
    desk.keyboard.press("Escape")


def test_a_crew_by_keys_alone_from_the_board_to_its_break_and_shift(desk: Page) -> None:
    """B and arrows choose a crew; with Shift come its break, how long, its shift; and the board's order."""
    desk.keyboard.press("b")
    desk.keyboard.press("ArrowDown")
    expect(at(desk, "unit-card")).to_be_visible()
    first = at(desk, "unit-card").get_attribute("aria-label")
    desk.keyboard.press("ArrowDown")
    expect(at(desk, "unit-card")).not_to_have_attribute("aria-label", first or "")
    desk.keyboard.press("Enter")
    expect(desk.locator("#board-filter")).not_to_be_focused()
    desk.keyboard.press("Shift+Digit2")
    expect(at(desk, "duty-until")).to_contain_text("без срока")
    desk.keyboard.press("Shift+Digit7")
    expect(at(desk, "duty-until")).to_contain_text("до ")
    desk.keyboard.press("Shift+Digit1")
    expect(at(desk, "duty-until")).to_have_count(0)
    desk.keyboard.press("Shift+d")
    expect(at(desk, "shift-open-confirm")).to_be_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.press("Shift+o")
    expect(desk.locator(".boardpane .segments [aria-pressed=true]")).to_have_text("состояния")
    for _ in range(2):
        desk.keyboard.press("Shift+o")
    expect(desk.locator(".boardpane .segments [aria-pressed=true]")).to_have_text("подстанции")


def test_a_crews_other_status_and_a_likely_duplicate_by_keys(desk: Page, served: Served, city: City) -> None:
    """⇧S and a digit press another status of the crew; ⇧J says that a likely call tells of one patient."""
    main = new_call(served, city, 5, phone="+79005550101")
    send(served, main["id"])
    at(desk, f"call-{main['number']}").click()
    expect(at(desk, "status-other")).to_be_visible()
    desk.keyboard.press("Shift+s")
    expect(at(desk, "further")).to_be_visible()
    digit = at(desk, "status-cancelled").locator(".key").inner_text()
    desk.keyboard.press(digit)
    expect(at(desk, "call-panel")).to_have_attribute("data-phase", "waiting")
    again = new_call(served, city, 5, phone="+79005550101")
    at(desk, f"call-{again['number']}").click()
    expect(at(desk, f"link-same-{main['number']}")).to_be_visible()
    desk.keyboard.press("Shift+j")
    expect(at(desk, "links")).to_contain_text(str(main["number"]))
    desk.keyboard.press("Escape")
    finish(served, main["id"])


def test_a_hospitals_board_by_two_keys_and_signing_out_by_one(desk: Page) -> None:
    """⇧I opens the menu of windows, a digit the board of a hospital; ⇧Q signs out."""
    desk.keyboard.press("Shift+i")
    expect(at(desk, "open-past")).to_be_visible()
    with desk.expect_popup() as opened:
        desk.keyboard.press("1")
    expect(opened.value.locator("h1")).to_be_visible()
    assert "#/hospital/" in opened.value.url
    opened.value.close()
    expect(at(desk, "open-past")).to_be_hidden()
    desk.keyboard.press("Shift+q")
    expect(at(desk, "sign-in-user")).to_be_visible()
