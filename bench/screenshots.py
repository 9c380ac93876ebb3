"""`make screenshots`: take docs/screenshots anew, from the demo city in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]
WIDE: ViewportSize = {"width": 1600, "height": 900}
NARROW: ViewportSize = {"width": 1280, "height": 720}


def main() -> int:
    """Start a demo, wait until it lives, and take each picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium on the PATH (Debian: apt install chromium)", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "console", "demo", "--no-browser", "--port", "0", "--speed", "6"]
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
    """Take the pictures: languages, themes, widths."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
    ):
        context = browser.new_context(viewport=WIDE, locale="ru-RU", color_scheme="dark")
        page = context.new_page()
        page.goto(link)
        page.wait_for_selector("[data-testid=map][data-ready=true]", timeout=60_000)
        page.wait_for_timeout(100_000)  # ten minutes of the city: crews on the way, on the spot, in hospitals
        page.locator("[data-testid^=call-][data-phase=assigned]").first.click()
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
        page.keyboard.press("r")
        page.set_viewport_size(WIDE)
        page.wait_for_timeout(3_000)
        take(page, "reports-light-en")
        context.close()


def take(page: Page, name: str) -> None:
    """Take one picture; JPEG, for a city full of streets makes a heavy PNG."""
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=82)
    print(f"docs/screenshots/{name}.jpg")


if __name__ == "__main__":
    sys.exit(main())
