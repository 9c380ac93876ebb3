"""`make screenshots`: take docs/screenshots anew, from the demo city in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]
WIDE: ViewportSize = {"width": 1600, "height": 900}
NARROW: ViewportSize = {"width": 1280, "height": 720}
TABLET: ViewportSize = {"width": 1024, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}


def main() -> int:
    """Start a demo, wait until it lives, and take each picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium on the PATH (Debian: apt install chromium)", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "console", "demo", "--no-browser", "--port", "0", "--speed", "15"]
        demo = subprocess.Popen([*command, "--data", data], stdout=subprocess.PIPE, text=True)
        try:
            take_all(chromium, link_of(demo))
        finally:
            demo.terminate()
            demo.wait(30)
    return 0


def link_of(demo: subprocess.Popen[str]) -> str:
    """Return the sign-in link that the demo prints."""
    assert demo.stdout is not None
    for line in demo.stdout:
        print(line, end="")
        if found := re.search(r"the console: (http\S+)", line):
            return found.group(1)
    raise SystemExit("the demo printed no address")


def take_all(chromium: str, link: str) -> None:
    """Take the pictures: each screen, both languages and themes, wide and narrow."""
    url = link.partition("/sign-in")[0]
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
    ):
        context = browser.new_context(viewport=WIDE, locale="ru-RU", color_scheme="dark")
        page = context.new_page()
        page.goto(link)
        page.wait_for_selector("[data-testid=map][data-ready=true]", timeout=60_000)
        take_desk(page)
        take_past(page, url)
        page.goto(f"{url}/#/wall")
        page.wait_for_timeout(8_000)
        take(page, "wall-dark-ru")
        page.goto(f"{url}/#/")
        page.keyboard.press("p")  # the autopilot rests: a call of danger to life waits, and says so
        page.wait_for_selector("[data-testid=alarms]", timeout=120_000)
        page.wait_for_selector("[data-testid=map][data-ready=true]", timeout=60_000)
        page.wait_for_timeout(2_000)
        take(page, "alarm-dark-ru")
        page.keyboard.press("p")
        take_crew(page, browser, url)
        take_hospital(page, browser, url)
        context.close()


def take_desk(page: Page) -> None:
    """Take the dispatcher's desk, its form, its command line, the reports and a replay."""
    page.wait_for_timeout(
        130_000
    )  # half an hour of the city: crews on the way, on the spot, in hospitals, done
    page.wait_for_selector("[data-testid^=call-][data-phase=assigned]", timeout=60_000)
    open_call(page)
    page.keyboard.press("m")
    page.wait_for_timeout(4_000)
    take(page, "console-dark-ru")
    page.keyboard.press("t")
    page.keyboard.press("l")
    page.wait_for_timeout(3_000)
    take(page, "console-light-en")
    page.set_viewport_size(NARROW)
    page.keyboard.press("n")
    page.wait_for_timeout(1_500)
    take(page, "call-form-narrow-light-en")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("s ")
    page.wait_for_timeout(500)
    take(page, "command-line-narrow-light-en")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.set_viewport_size(WIDE)
    page.wait_for_timeout(3_000)
    take(page, "reports-light-en")
    page.keyboard.press("r")
    page.keyboard.press("t")
    page.keyboard.press("l")
    open_call(page)
    page.keyboard.press("v")
    page.wait_for_selector("[data-testid=replay-slider]")
    page.keyboard.press("End")
    page.wait_for_timeout(4_000)
    take(page, "replay-dark-ru")
    page.keyboard.press("Escape")


def take_past(page: Page, url: str) -> None:
    """Take a past minute of the city: with a call chosen by night, and as it opens by day on a small one."""
    at_ms = page.evaluate("Math.floor(window.skorayaDebug.nowMs() - 15 * 60_000)")
    past = page.context.new_page()
    past.goto(f"{url}/#/past/{at_ms}")
    past.wait_for_selector("[data-testid^=call-][data-phase]", timeout=60_000)
    past.wait_for_selector("[data-testid=map][data-ready=true]", timeout=60_000)
    open_call(past)
    past.keyboard.press("m")
    past.wait_for_timeout(3_000)
    take(past, "past-dark-ru")
    past.keyboard.press("Escape")
    past.keyboard.press("t")
    past.keyboard.press("l")
    past.set_viewport_size(NARROW)
    past.wait_for_timeout(2_000)
    take(past, "past-narrow-light-en")
    past.keyboard.press("t")
    past.keyboard.press("l")
    past.close()


def open_call(page: Page) -> None:
    """Choose a call that somebody drives to, or the first of the queue."""
    driven = page.locator("[data-testid^=call-][data-phase=assigned]")
    (driven if driven.count() else page.locator("[data-testid^=call-][data-phase]")).first.click()


def take_crew(page: Page, browser: Browser, url: str) -> None:
    """Take the crew's page on a tablet by day and on a phone by night."""
    row = page.locator("[data-testid^=unit-row-][data-state=en_route]").first
    row.wait_for(timeout=120_000)
    unit = (row.get_attribute("data-testid") or "").removeprefix("unit-row-")
    for name, size, scheme in (
        ("crew-tablet-light-ru", TABLET, "light"),
        ("crew-phone-dark-ru", PHONE, "dark"),
    ):
        context = browser.new_context(
            viewport=size, locale="ru-RU", color_scheme="light" if scheme == "light" else "dark"
        )
        crew = context.new_page()
        crew.goto(url + invite(page, {"unit": unit}))
        crew.wait_for_selector("[data-testid=crew-next], .crewfree", timeout=30_000)
        if size is TABLET:
            crew.wait_for_selector("[data-testid=map][data-ready=true]", timeout=60_000)
        crew.wait_for_timeout(4_000)
        take(crew, name)
        context.close()


def take_hospital(page: Page, browser: Browser, url: str) -> None:
    """Take the board of the hospital that most patients come to, when somebody comes."""
    fullest = """async () => {
        const { hospitals } = await (await fetch("/api/region")).json();
        const boards = await Promise.all(
            hospitals.map(async each => (await fetch("/api/hospital?hospital=" + each.id)).json()));
        boards.sort((a, b) => b.coming.length - a.coming.length);
        return boards[0].coming.length > 0 ? boards[0].hospital.id : null;
    }"""
    hospital = None
    for _ in range(60):
        hospital = page.evaluate(fullest)
        if hospital is not None:
            break
        page.wait_for_timeout(2_000)
    if hospital is None:
        print("nobody was taken to a hospital: no picture of its board", file=sys.stderr)
        return
    context = browser.new_context(viewport=NARROW, locale="en-GB", color_scheme="light")
    board = context.new_page()
    board.goto(url + invite(page, {"hospital": hospital}))
    board.wait_for_timeout(4_000)
    take(board, "hospital-light-en")
    context.close()


def invite(page: Page, bound: dict[str, str]) -> str:
    """Make a sign-in link as a dispatcher does; return its path."""
    path: str = page.evaluate(
        """async bound => (await (await fetch("/api/links", {method: "POST",
            headers: {"Content-Type": "application/json"}, body: JSON.stringify(bound)})).json()).path""",
        bound,
    )
    return path


def take(page: Page, name: str) -> None:
    """Take one picture; JPEG, for a city full of streets makes a heavy PNG."""
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=78)
    print(f"docs/screenshots/{name}.jpg", flush=True)


if __name__ == "__main__":
    sys.exit(main())
