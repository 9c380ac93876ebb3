"""The console: what a tick costs the page, what 200 pages cost the service, and what the page weighs.

Page: headless Chromium with software GL, 20,000 units that all move once a second, 300 calls in the queue;
script and main-thread time from the DevTools protocol, in CPU time of the page's main thread: the GPU's
stand-in counts not, nor does whatever else the machine does.
Service: the real feed over a real engine, 1,000 units at 1 Hz and 20 events a second, 200 connected pages.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright
from websockets.asyncio.client import ClientConnection, connect

from bench.screenshots import FLAGS
from bench.stages.console import TOKEN
from bench.stages.gates import Gates

STATIC = Path(__file__).resolve().parents[1] / "console" / "static"
UNITS, CALLS = 20_000, 300
WATCHED_S = 20
# From the navigation, with its redirect, to the first frame in which the queue has its calls.
NOTE_USABLE = """(() => {
    const look = () => {
        if (document.querySelector("[data-testid^=call-][data-phase]")) window.usable_ms = performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})()"""
LOADS = 3
PAGES = 200


class Stage:
    """The service under the bench, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        """`port` is of its HTTP server."""
        self._process = process
        self.port = port

    def ask(self, line: str) -> str:
        """Ask it something."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def tell(self, line: str) -> None:
        """Ask without waiting for the answer; `hear` reads it."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """Read an answer."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def stage(units: int, calls: int, hz: float) -> Iterator[Stage]:
    """Start the service; it ends with its standard input."""
    command = [sys.executable, "-m", "bench.stages.console", str(units), str(calls), str(hz)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Stage(process, int(process.stdout.readline().split()[1]))
    finally:
        process.stdin.close()
        process.wait(30)


def main() -> None:
    """Print what was measured against what was promised."""
    gates = Gates()
    weigh(gates)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium on the PATH: the page is not measured")
    else:
        with stage(UNITS, CALLS, 1.0) as running:
            measure_page(chromium, running, gates)
    with stage(1000, CALLS, 1.0) as running:
        asyncio.run(measure_service(running, gates))
    gates.show()


def weigh(gates: Gates) -> None:
    """Note the page's weight, compressed as it is served."""
    files = [
        path for path in STATIC.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg", ".webmanifest"}
    ]
    weight = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    gates.at_most("the whole page, compressed", weight / 1000, 500, "kB", 0)


def measure_page(chromium: str, running: Stage, gates: Gates) -> None:
    """Note what loading and a tick of 20,000 units cost, and whether a key press is lost."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
    ):
        loads = []
        for _ in range(LOADS):  # each with an empty cache, as on a new workplace
            context = browser.new_context(viewport={"width": 1600, "height": 900})
            page = context.new_page()
            page.add_init_script(NOTE_USABLE)
            page.goto(f"http://127.0.0.1:{running.port}/enter", wait_until="commit")
            loads.append(page.wait_for_function("window.usable_ms").json_value() / 1000)
            if len(loads) < LOADS:
                context.close()
        gates.at_most(
            f"first load to {CALLS} calls, {UNITS:,} units, best of {LOADS}",
            min(loads),
            2,
            "s",
        )
        page.wait_for_selector("[data-testid=map][data-ready=true]", timeout=60_000)
        page.wait_for_timeout(5_000)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        began_s = time.perf_counter()
        before, ticks_before = metrics(devtools), page.evaluate("window.skorayaDebug.ticks()")
        page.wait_for_timeout(WATCHED_S * 1000)
        after, ticks = metrics(devtools), page.evaluate("window.skorayaDebug.ticks()") - ticks_before
        spent_s = time.perf_counter() - began_s
        costs = page.evaluate("window.skorayaDebug.tickCosts()")
        gates.at_most("script a tick, taken and drawn (median)", statistics.median(costs), 3, "ms", 2)
        main_share = 100 * (after["TaskDuration"] - before["TaskDuration"]) / spent_s
        gates.at_most(f"main thread, {ticks} ticks in {spent_s:.0f} s", main_share, 10, "%")
        script_ms = (after["ScriptDuration"] - before["ScriptDuration"]) * 1000
        gates.note("of it all script", f"{script_ms / spent_s:.1f} ms/s")
        gates.at_most(f"lost of {CALLS} key presses", lost_keys(page), 0, "", 0)


def metrics(devtools: CDPSession) -> dict[str, float]:
    """Return the page's counters."""
    return {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}


def lost_keys(page: Page) -> int:
    """Walk down the queue as fast as keys come; return how many rows were not reached."""
    page.keyboard.press("Escape")
    for _ in range(CALLS):
        page.keyboard.press("j")
    at: int = page.evaluate(
        "() => [...document.querySelectorAll('.callrow')].findIndex(row => row.getAttribute('aria-current'))"
    )
    return CALLS - 1 - at


async def measure_service(running: Stage, gates: Gates) -> None:
    """Note what 200 pages cost, what a frozen one costs the others, and how 200 come back."""
    url = f"ws://127.0.0.1:{running.port}/feed"
    headers = {"Authorization": f"Bearer {TOKEN}"}

    async def page(since: str | None = None) -> ClientConnection:
        asked = url if since is None else f"{url}?since={since}"
        return await connect(asked, additional_headers=headers, max_size=None, compression=None)

    pages = [await page() for _ in range(PAGES)]
    listeners = [asyncio.create_task(listen(each)) for each in pages]
    await asyncio.sleep(3)
    cpu = float(running.ask("cpu"))
    began_s = time.perf_counter()
    running.tell("events 400 20")
    seq = int(await asyncio.to_thread(running.hear))
    spent_s = time.perf_counter() - began_s
    share = (float(running.ask("cpu")) - cpu) / spent_s
    rate = 400 / spent_s
    gates.at_most(f"{PAGES} pages, 1,000 units at 1 Hz, {rate:.0f} events/s", share, 0.5, "core", 2)
    frozen = await page()
    frozen.transport.pause_reading()  # it is connected and takes nothing
    cpu, began_s = float(running.ask("cpu")), time.perf_counter()
    running.tell("events 200 20")
    seq = int(await asyncio.to_thread(running.hear))
    spent_s = time.perf_counter() - began_s
    with_frozen = (float(running.ask("cpu")) - cpu) / spent_s
    await asyncio.sleep(1)
    gates.at_most("what a frozen page beside them adds", with_frozen - share, 0.05, "core", 2)
    frozen.transport.abort()
    for each in pages:
        await each.close()
    heard = [await each for each in listeners]
    gaps = sum(each.gaps for each in heard)
    behind = sum(1 for each in heard if each.seq != seq)
    gates.at_most("events missed, or pages that ended behind", gaps + behind, 0, "", 0)
    running.tell("events 100 200")
    last = int(await asyncio.to_thread(running.hear))
    began_s = time.perf_counter()
    again = await asyncio.gather(*(page(f"{each.epoch}:{each.seq}") for each in heard))
    caught = await asyncio.gather(
        *(catch_up(one, each.seq, last) for one, each in zip(again, heard, strict=True))
    )
    gates.at_most(f"{PAGES} back at once, to the last event", time.perf_counter() - began_s, 5, "s", 2)
    gates.at_most("gaps in what they missed", sum(caught), 0, "", 0)
    await asyncio.gather(*(one.close() for one in again))
    began_s = time.perf_counter()
    anew = await asyncio.gather(*(page() for _ in range(PAGES)))
    await asyncio.gather(*(first_picture(one) for one in anew))
    gates.at_most(f"{PAGES} that know nothing, to a snapshot", time.perf_counter() - began_s, 5, "s", 2)
    await asyncio.gather(*(one.close() for one in anew))


async def first_picture(connection: ClientConnection) -> None:
    """Read until the snapshot is there."""
    while not str(await connection.recv()).startswith('{"t":"snapshot"'):
        pass


class Heard:
    """What one page has got."""

    epoch = ""
    seq = 0
    gaps = 0


async def listen(connection: ClientConnection) -> Heard:
    """Read until the line is closed; count missing numbers."""
    heard = Heard()
    async for frame in connection:
        if isinstance(frame, bytes):
            continue
        said = json.loads(frame)
        if said["t"] == "snapshot":
            heard.epoch, heard.seq = said["epoch"], said["seq"]
        elif said["t"] == "event":
            heard.gaps += said["seq"] != heard.seq + 1
            heard.seq = said["seq"]
    return heard


async def catch_up(connection: ClientConnection, seq: int, last: int) -> int:
    """Read until event `last`; return how many numbers were missing."""
    gaps = 0
    while seq < last:
        frame = await connection.recv()
        if isinstance(frame, str) and (said := json.loads(frame))["t"] == "event":
            gaps += said["seq"] != seq + 1
            seq = said["seq"]
    return gaps


if __name__ == "__main__":
    main()
