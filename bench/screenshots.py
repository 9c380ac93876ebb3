"""`make screenshots`: take docs/screenshots anew, from the demo city in a real browser.

Whatever a picture needs is brought about (a call of danger to life) or waited for, each wait with an end:
a picture that could not be taken is named at the end, and the others are there all the same.
`--png FOLDER` takes them losslessly elsewhere, to judge them; names of groups take only those.
"""

from __future__ import annotations

import argparse
import base64
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]
WIDE: ViewportSize = {"width": 1920, "height": 1080}
NARROW: ViewportSize = {"width": 1280, "height": 720}
TABLET: ViewportSize = {"width": 1024, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
SPEED = 20  # of the city's clock
SETTLED_S = 75  # of ours: twenty-five minutes of the city, crews on the way, on the spot, in hospitals, done
PATIENCE_MS = 45_000
QUALITIES = (82, 70, 58, 46, 34, 22)
MOST_BYTES = 95_000  # of a picture: they stand in every clone


@dataclass
class Studio:
    """The city, a dispatcher who is signed in, and where the pictures go."""

    browser: Browser
    desk: BrowserContext
    url: str
    folder: Path
    lossless: bool

    def take(self, page: Page, name: str) -> None:
        """Take one picture; WebP as good as its weight allows: a city full of streets is heavy."""
        path = self.folder / f"{name}.{'png' if self.lossless else 'webp'}"
        if self.lossless:
            page.screenshot(path=path, type="png")
        else:
            devtools = page.context.new_cdp_session(page)
            for quality in QUALITIES:
                shot = devtools.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
                picture = base64.b64decode(shot["data"])
                if len(picture) <= MOST_BYTES:
                    break
            path.write_bytes(picture)
            devtools.detach()
        print(f"{path.name} {path.stat().st_size / 1000:.0f} kB", flush=True)

    @contextmanager
    def open(self, path: str, size: ViewportSize, theme: str, lang: str) -> Iterator[Page]:
        """Open a page of the dispatcher's in a look, its map drawn."""
        page = self.desk.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.set_viewport_size(size)
        page.add_init_script(
            f"localStorage['skoraya.theme'] = '{theme}'; localStorage['skoraya.lang'] = '{lang}';"
        )
        page.goto(f"{self.url}/{path}")
        page.wait_for_selector("[data-testid=map][data-ready=true], [data-testid=report-table]")
        page.wait_for_timeout(1_500)
        try:
            yield page
        finally:
            page.close()

    def invite(self, bound: dict[str, str]) -> str:
        """Make a sign-in link as a dispatcher does; return the whole of it."""
        answer = self.desk.request.post(f"{self.url}/api/links", data=bound, headers={"Origin": self.url})
        return self.url + str(answer.json()["path"])


def take_desk(studio: Studio) -> None:
    """Take the desk with a call that a crew drives to, in both looks and sizes."""
    for size, width in ((WIDE, ""), (NARROW, "-narrow")):
        for theme, lang in (("dark", "ru"), ("light", "en")):
            with studio.open("#/", size, theme, lang) as page:
                open_call(page)
                page.keyboard.press("m")
                page.wait_for_timeout(3_000)
                studio.take(page, f"console{width}-{theme}-{lang}")


def take_unit(studio: Studio) -> None:
    """Take the whole city, and a unit's card beside it."""
    with studio.open("#/", NARROW, "dark", "ru") as page:
        page.locator("[data-testid^=unit-row-] button.sign").first.click()
        page.keyboard.press("c")
        page.locator("[data-testid^=unit-row-] button.sign").first.click()
        page.wait_for_timeout(3_000)
        studio.take(page, "unit-narrow-dark-ru")


def take_forms(studio: Studio) -> None:
    """Take the call form half filled in, the command line and the keys."""
    with studio.open("#/", NARROW, "light", "en") as page:
        address = page.locator("[data-testid^=call-][data-phase] .address").first.text_content() or ""
        page.keyboard.press("n")
        page.keyboard.type(address.partition(",")[0])
        page.wait_for_selector("[data-testid=address-option]")
        page.wait_for_timeout(1_000)
        studio.take(page, "address-narrow-light-en")
        page.keyboard.press("Enter")
        page.wait_for_timeout(2_500)
        studio.take(page, "call-form-narrow-light-en")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("s ")
        page.wait_for_timeout(500)
        studio.take(page, "command-line-narrow-light-en")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.wait_for_timeout(500)
        studio.take(page, "keys-narrow-light-en")


def take_alarm(studio: Studio) -> None:
    """Take a call of danger to life that nobody goes to, and whom to send."""
    with studio.open("#/", WIDE, "dark", "ru") as page:
        if page.get_by_test_id("autopilot-switch").get_attribute("aria-checked") == "true":
            page.keyboard.press("p")
        place = page.evaluate(
            """async () => {
                const asked = "/api/places?limit=1&q=" + encodeURIComponent("Сосновая");
                const found = await (await fetch(asked)).json();
                const { label, lat_deg, lon_deg } = found.places[0];
                const body = { place: { label, lat_deg, lon_deg }, reason: "chest_pain", priority: 1,
                               command_id: crypto.randomUUID() };
                const made = await fetch("/api/incidents", { method: "POST", body: JSON.stringify(body),
                    headers: { "Content-Type": "application/json" } });
                return (await made.json()).incident.number;
            }"""
        )
        page.wait_for_selector(f"[data-testid=call-{place}]")
        page.wait_for_timeout(2_000)
        studio.take(page, "alarm-dark-ru")
        page.set_viewport_size(NARROW)
        page.get_by_test_id(f"call-{place}").click()
        page.wait_for_selector("[data-testid=crew-option-1]")
        page.keyboard.press("m")
        page.wait_for_timeout(3_000)
        studio.take(page, "send-narrow-dark-ru")
        page.keyboard.press("p")
        page.wait_for_timeout(500)


def take_replay(studio: Studio) -> None:
    """Take a call's past on the map."""
    with studio.open("#/", WIDE, "dark", "ru") as page:
        open_call(page)
        page.keyboard.press("v")
        page.get_by_test_id("replay-slider").focus()
        page.wait_for_timeout(3_000)
        page.keyboard.press("End")
        page.wait_for_timeout(3_000)
        studio.take(page, "replay-dark-ru")


def take_past(studio: Studio) -> None:
    """Take a past minute of the city: with a call chosen, and as it opens by day on a small screen."""
    with studio.open("#/", NARROW, "dark", "ru") as page:
        at_ms = page.evaluate("Math.floor(window.skorayaDebug.nowMs() - 15 * 60_000)")
    with studio.open(f"#/past/{at_ms}", WIDE, "dark", "ru") as page:
        open_call(page)
        page.keyboard.press("m")
        page.wait_for_timeout(3_000)
        studio.take(page, "past-dark-ru")
    with studio.open(f"#/past/{at_ms}", NARROW, "light", "en") as page:
        page.wait_for_selector("[data-testid^=call-][data-phase]")
        page.wait_for_timeout(1_000)
        studio.take(page, "past-narrow-light-en")


def take_wall(studio: Studio) -> None:
    """Take the wall."""
    with studio.open("#/wall", WIDE, "dark", "ru") as page:
        page.wait_for_timeout(3_000)
        studio.take(page, "wall-dark-ru")


def take_reports(studio: Studio) -> None:
    """Take the reports, wide and narrow."""
    for size, name in ((WIDE, "reports-light-en"), (NARROW, "reports-narrow-dark-ru")):
        theme, lang = ("light", "en") if size is WIDE else ("dark", "ru")
        with studio.open("#/reports", size, theme, lang) as page:
            page.wait_for_timeout(4_000)
            studio.take(page, name)


def take_crew(studio: Studio) -> None:
    """Take the crew's page on a tablet by day and on a phone by night."""
    with studio.open("#/", NARROW, "dark", "ru") as page:
        row = page.locator("[data-testid^=unit-row-][data-state=en_route]").first
        row.wait_for()
        unit = (row.get_attribute("data-testid") or "").removeprefix("unit-row-")
    for name, size, scheme in (
        ("crew-phone-dark-ru", PHONE, "dark"),
        ("crew-tablet-light-ru", TABLET, "light"),
    ):
        with guest(studio, size, "ru-RU", scheme, studio.invite({"unit": unit})) as crew:
            crew.wait_for_selector("[data-testid=crew-next], .crewfree")
            if size is TABLET:
                crew.wait_for_selector("[data-testid=map][data-ready=true]")
            crew.wait_for_timeout(3_000)
            studio.take(crew, name)


def take_hospital(studio: Studio) -> None:
    """Take the board of the hospital that most patients come to, when somebody comes."""
    fullest = """async () => {
        const { hospitals } = await (await fetch("/api/region")).json();
        const boards = await Promise.all(
            hospitals.map(async each => (await fetch("/api/hospital?hospital=" + each.id)).json()));
        boards.sort((a, b) => b.coming.length - a.coming.length);
        return boards[0].coming.length > 0 ? boards[0].hospital.id : null;
    }"""
    with studio.open("#/", NARROW, "dark", "ru") as page:
        page.wait_for_function(f"async () => (await ({fullest})()) !== null", polling=2_000)
        hospital = page.evaluate(fullest)
    with guest(studio, NARROW, "en-GB", "light", studio.invite({"hospital": hospital})) as board:
        board.wait_for_timeout(3_000)
        studio.take(board, "hospital-light-en")


GROUPS: dict[str, Callable[[Studio], None]] = {
    "desk": take_desk,
    "unit": take_unit,
    "forms": take_forms,
    "crew": take_crew,
    "hospital": take_hospital,
    "alarm": take_alarm,
    "replay": take_replay,
    "past": take_past,
    "wall": take_wall,
    "reports": take_reports,
}


@contextmanager
def guest(studio: Studio, size: ViewportSize, locale: str, scheme: str, link: str) -> Iterator[Page]:
    """Open a link in a browser of somebody else's."""
    context = studio.browser.new_context(
        viewport=size, locale=locale, color_scheme="light" if scheme == "light" else "dark"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(link)
    try:
        yield page
    finally:
        context.close()


def open_call(page: Page) -> None:
    """Choose a call that somebody drives to, or the first of the queue."""
    page.wait_for_selector("[data-testid^=call-][data-phase]")
    driven = page.locator("[data-testid^=call-][data-phase=assigned]")
    (driven if driven.count() else page.locator("[data-testid^=call-][data-phase]")).first.click()


def link_of(demo: subprocess.Popen[str]) -> str:
    """Return the sign-in link that the demo prints."""
    assert demo.stdout is not None
    for line in demo.stdout:
        print(line, end="", flush=True)
        if found := re.search(r"the console: (http\S+)", line):
            return found.group(1)
    raise SystemExit("the demo printed no address")


def take_all(chromium: str, link: str, folder: Path, lossless: bool, wanted: list[str]) -> list[str]:
    """Take the wanted groups of pictures; return what could not be taken, and why."""
    url = link.partition("/sign-in")[0]
    failed = []
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
    ):
        desk = browser.new_context(locale="ru-RU", color_scheme="dark")
        page = desk.new_page()
        page.goto(link)
        page.wait_for_selector("[data-testid=connection][data-state=live]")
        page.close()
        time.sleep(SETTLED_S)
        studio = Studio(browser, desk, url, folder, lossless)
        for name in wanted or GROUPS:
            try:
                GROUPS[name](studio)
            except Error as error:
                failed.append(f"{name}: {str(error).splitlines()[0]}")
    return failed


def main() -> int:
    """Start a demo, wait until it lives, and take each picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--png", type=Path, metavar="FOLDER", help="take PNGs there instead")
    parser.add_argument("groups", nargs="*", choices=[[], *GROUPS], help="only these: " + ", ".join(GROUPS))
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium on the PATH (Debian: apt install chromium)", file=sys.stderr)
        return 1
    folder = asked.png or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "console", "demo", "--no-browser", "--port", "0"]
        demo = subprocess.Popen(
            [*command, "--speed", str(SPEED), "--data", data], stdout=subprocess.PIPE, text=True
        )
        try:
            failed = take_all(chromium, link_of(demo), folder, asked.png is not None, asked.groups)
        finally:
            demo.terminate()
            demo.wait(30)
    for each in failed:
        print(f"not taken: {each}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
