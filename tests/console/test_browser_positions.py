"""What a dispatcher sees of a position that is a lie, in a real browser over a real service."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from routing.synth import City
from tests.console.browser import at, watched_page
from tests.console.served import PASSWORD, Served, rmc, write_config
from tests.console.test_browser_journeys import context_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A region of six units, whose map is not there yet."""
    folder = tmp_path_factory.mktemp("lies")
    with Served(write_config(folder, None, folder / "map", units=6)) as running:
        running.on_duty(range(1, 7))
        yield running


def lie(served: Served, unit: str, began_s: float) -> None:
    """Twelve good fixes, and twelve from 30 km to the north."""
    north_deg = int(unit) / 100
    with served.device(unit) as device:
        for step in range(24):
            device.sendall(rmc(began_s + step, 55.0 + north_deg + (0.0 if step < 12 else 0.3), 60.0))
        time.sleep(0.3)


@pytest.mark.parametrize("language", ["ru-RU", "en-GB"])
def test_a_lie_is_shown_and_a_person_ends_it_by_a_key(
    served: Served, browser: Browser, tmp_path: Path, language: str
) -> None:
    """One alarm names the crews; the unit's card says why its position is doubted, until Q is pressed."""
    first, last = (1, 3) if language == "ru-RU" else (4, 6)
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale=language)
    context.request.post(
        f"{served.url}/api/session",
        data={"user": "dispatcher", "password": PASSWORD},
        headers={"Origin": served.url},
    )
    with watched_page(context, served.url, "/") as page:
        began_s = time.time() - 30
        for unit in range(first, last + 1):
            lie(served, str(unit), began_s)
        named = ", ".join(str(unit) for unit in range(first, last + 1))
        expect(at(page, "alarms")).to_contain_text(re.compile(rf"(Бригады|Crews) {named}"), timeout=20_000)
        at(page, f"unit-row-{first}").get_by_role("button", name=str(first)).click()
        doubt = at(page, "unit-doubt")
        expect(doubt).to_contain_text(
            "скачок на километры" if language == "ru-RU" else "jumped kilometres", timeout=20_000
        )
        expect(at(page, "unit-rests")).to_contain_text(re.compile(r"[0-9,.]+ (км|км|km|м|m)"))
        page.screenshot(path=tmp_path / f"doubt-{language}.png")
        page.keyboard.press("q")
        expect(doubt).to_have_count(0)
        expect(at(page, "unit-card")).to_be_visible()
        page.screenshot(path=tmp_path / f"believed-{language}.png")
    with served.client("dispatcher") as client:
        shown = client.get(f"/api/units/{first}/position").json()
        assert shown["doubt"]["ended_ms"] is not None
        assert shown["position"]["lat_deg"] == pytest.approx(55.3 + first / 100, abs=1e-3)
        for alarm in client.get("/api/past", params={"at_ms": round(time.time() * 1000) - 1}).json()[
            "alarms"
        ]:
            client.post(f"/api/alarms/{alarm['id']}/acknowledge", json={})


def test_a_map_that_comes_later_is_on_open_pages_at_once(
    served: Served, browser: Browser, small_city: tuple[City, Path]
) -> None:
    """A region without a map says so; when a map is taken in, it is drawn, with nothing reloaded."""
    context = context_of(browser, served, "dispatcher")
    with watched_page(context, served.url, "/") as page:
        expect(at(page, "map")).to_have_attribute("data-state", "no-tiles", timeout=30_000)
        page.evaluate("() => { window.untouched = true; }")
        shutil.copytree(small_city[1], served.config.parent / "map")
        with served.client("admin") as admin:
            assert admin.post("/api/map/reload").status_code == 200
        expect(at(page, "map")).to_have_attribute("data-state", "ready", timeout=30_000)
        assert page.evaluate("window.untouched") is True
