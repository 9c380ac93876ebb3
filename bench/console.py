"""The console: what a tick costs the page, what 200 pages cost the service, and what the page weighs.

Page: headless Chromium with software GL, 20,000 units that all move once a second, 300 calls in the queue;
script and main-thread time from the DevTools protocol, of the page's process: the GPU's stand-in counts not.
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

STATIC = Path(__file__).resolve().parents[1] / "console" / "static"
UNITS, CALLS = 20_000, 300
WATCHED_S = 20
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
    """Print what was measured."""
    weigh()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium on the PATH: the page is not measured")
    else:
        with stage(UNITS, CALLS, 1.0) as running:
            measure_page(chromium, running)
    with stage(1000, CALLS, 1.0) as running:
        asyncio.run(measure_service(running))


def weigh() -> None:
    """Print the page's weight, compressed as it is served."""
    files = [
        path for path in STATIC.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg", ".webmanifest"}
    ]
    weight = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    print(f"the page weighs {weight / 1000:.0f} kB compressed ({len(files)} files; gate 500 kB)")


def measure_page(chromium: str, running: Stage) -> None:
    """Print what a tick of 20,000 units costs, and whether a key press is lost."""
    flags = [*FLAGS, "--js-flags=--expose-gc"]
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=flags) as browser,
    ):
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        began_s = time.perf_counter()
        page.goto(f"http://127.0.0.1:{running.port}/enter")
        page.wait_for_selector("[data-testid^=call-][data-phase]")
        print(
            f"first load to a usable queue of {CALLS} calls and {UNITS:,} units: "
            f"{time.perf_counter() - began_s:.2f} s (gate 2 s)"
        )
        page.wait_for_selector("[data-testid=map][data-ready=true]", timeout=60_000)
        page.wait_for_timeout(5_000)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        before, ticks_before = metrics(devtools), page.evaluate("window.skorayaDebug.ticks()")
        page.wait_for_timeout(WATCHED_S * 1000)
        after, ticks = metrics(devtools), page.evaluate("window.skorayaDebug.ticks()") - ticks_before
        script_ms = (after["ScriptDuration"] - before["ScriptDuration"]) * 1000
        task_s = after["TaskDuration"] - before["TaskDuration"]
        spent_s = after["Timestamp"] - before["Timestamp"]
        costs = page.evaluate("window.skorayaDebug.tickCosts()")
        print(
            f"{UNITS:,} units at 1 Hz, {ticks} ticks in {spent_s:.0f} s: "
            f"{statistics.median(costs):.2f} ms of script a tick "
            f"(median of take + draw; max {max(costs):.2f}; gate 3 ms); "
            f"all script {script_ms / spent_s:.1f} ms/s, main thread {100 * task_s / spent_s:.1f}% (gate 10%)"
        )
        press_keys(page)
        heap(page, devtools, running)


def metrics(devtools: CDPSession) -> dict[str, float]:
    """Return the page's counters."""
    return {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}


def press_keys(page: Page) -> None:
    """Walk down the queue as fast as keys come."""
    page.keyboard.press("Escape")
    presses = CALLS - 1
    began_s = time.perf_counter()
    for _ in range(presses + 1):
        page.keyboard.press("j")
    spent_s = time.perf_counter() - began_s
    at = page.evaluate(
        "() => [...document.querySelectorAll('.callrow')].findIndex(row => row.getAttribute('aria-current'))"
    )
    print(
        f"{presses + 1} key presses in {spent_s:.1f} s ended at row {at + 1} of {CALLS}: {presses - at} lost"
    )


def heap(page: Page, devtools: CDPSession, running: Stage) -> None:
    """Print how the heap grows over events: a shift has about ten thousand."""
    sizes = []
    for _ in range(4):
        running.ask("events 1500 150")
        page.wait_for_timeout(1000)
        devtools.send("HeapProfiler.collectGarbage")
        sizes.append(metrics(devtools)["JSHeapUsedSize"] / 1e6)
    print("heap after each 1,500 events, MB: " + ", ".join(f"{size:.1f}" for size in sizes))


async def measure_service(running: Stage) -> None:
    """Print what 200 pages cost, what a frozen one costs the others, and how 200 come back."""
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
    print(f"{PAGES} pages, 1,000 units at 1 Hz, 20 events/s: {share:.2f} of a core (gate 0.5)")
    frozen = await page()
    frozen.transport.pause_reading()  # it is connected and takes nothing
    cpu, began_s = float(running.ask("cpu")), time.perf_counter()
    running.tell("events 200 20")
    seq = int(await asyncio.to_thread(running.hear))
    spent_s = time.perf_counter() - began_s
    with_frozen = (float(running.ask("cpu")) - cpu) / spent_s
    await asyncio.sleep(1)
    print(f"with a frozen one beside them: {with_frozen:.2f} of a core")
    frozen.transport.abort()
    for each in pages:
        await each.close()
    heard = [await each for each in listeners]
    behind = sum(1 for each in heard if each.seq != seq)
    print(f"pages that missed an event: {sum(each.gaps for each in heard)}, that ended behind: {behind}")
    running.tell("events 100 200")
    last = int(await asyncio.to_thread(running.hear))
    began_s = time.perf_counter()
    again = await asyncio.gather(*(page(f"{each.epoch}:{each.seq}") for each in heard))
    caught = await asyncio.gather(
        *(catch_up(one, each.seq, last) for one, each in zip(again, heard, strict=True))
    )
    print(
        f"{PAGES} reconnecting at once converged in {time.perf_counter() - began_s:.2f} s (gate 5 s), "
        f"gaps: {sum(caught)}"
    )
    await asyncio.gather(*(one.close() for one in again))


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
