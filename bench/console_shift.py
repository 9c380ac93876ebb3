"""A shift: whether the page's heap is flat over twelve hours.

The real page over the real service takes its first picture; then `stages/shift.js` runs the page's clock and
timers, a simulated second a turn, and feeds it what a region of 1,000 units says in that second: positions of
all, a pulse every other second, 10,000 events (1,100 calls from the phone to the end), alarms. A person
walks down the queue, opens calls, the form and the command line, and switches theme and language. 43,200
seconds pass so, none of them skipped. After each hour garbage is collected and the heap is read; `detached`
counts the nodes that are in no document and yet held. The ended calls that a page keeps reach their most in
the first four hours: from there on nothing may grow.

"Heap" is all that V8 uses, with the code that it compiles, which grows while a page runs hot. "Objects" is
what the page itself holds, counted in a heap snapshot. Both swing as ended calls gather and are let go, so a
line is laid through all hours. The process also holds what the devtools, by which this is measured, keep of
each request.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.console import metrics, stage
from bench.screenshots import FLAGS
from bench.stages.gates import Gates

SCRIPT = Path(__file__).parent / "stages" / "shift.js"
HOURS, SECONDS = 12, 3_600
UNITS, OPEN_CALLS = 1_000, 80
FULL_H = 4  # by then the most ended calls that a page keeps are there
GROWTH_PERCENT = 3
PROCESS_MB = 500


def main(hours: int = HOURS) -> None:
    """Print the heap after each hour."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium on the PATH: the page is not measured")
        return
    with (
        stage(UNITS, OPEN_CALLS, 1.0) as running,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=list(FLAGS)) as browser,
    ):
        page = browser.new_page(viewport={"width": 960, "height": 600})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(path=SCRIPT)
        page.goto(f"http://127.0.0.1:{running.port}/enter")
        page.wait_for_selector("[data-testid^=call-][data-phase]")
        page.wait_for_selector("[data-testid=map][data-ready=true]", timeout=60_000)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        devtools.send("DOM.enable")
        report(browser, page, devtools, hours)
        for error in sorted(set(errors)):
            print(f"the page threw: {error}")


def report(browser: Browser, page: Page, devtools: CDPSession, hours: int) -> None:
    """Let the hours pass; print each, and whether the heap grew once the lists were full."""
    objects, residents = [], []
    began_s = time.perf_counter()
    for hour in range(1, hours + 1):
        done = page.evaluate("seconds => window.skorayaShift.pass(seconds)", SECONDS)
        found = held(browser, devtools)
        objects.append(held_by_page_mb(devtools))
        residents.append(found["resident_mb"])
        print(
            f"hour {hour:2}: heap {found['heap_mb']:.1f} MB, objects {objects[-1]:.2f} MB, "
            f"process {found['resident_mb']:.0f} MB, nodes {found['nodes']:,}, "
            f"listeners {found['listeners']:,}, detached {found['detached']:,}; "
            f"{done['events']:,} events, {done['calls']} calls open, {done['drops']} reconnections "
            f"({time.perf_counter() - began_s:.0f} s)",
            flush=True,
        )
    gates = Gates()
    if hours > FULL_H:
        later = objects[FULL_H - 1 :]
        line = statistics.linear_regression(range(len(later)), later)
        grown = 100 * line.slope * (len(later) - 1) / line.intercept
        gates.at_most(f"objects from hour {FULL_H} to {hours}", grown, GROWTH_PERCENT, "%")
    gates.at_most("the page's process, at most", max(residents), PROCESS_MB, "MB", 0)
    gates.show()


def held(browser: Browser, devtools: CDPSession) -> dict[str, Any]:
    """Collect garbage, twice for what finalizers let go; return what is still held."""
    for _ in range(2):
        devtools.send("HeapProfiler.collectGarbage")
    found = metrics(devtools)
    detached = devtools.send("DOM.getDetachedDomNodes").get("detachedNodes", [])
    return {
        "heap_mb": found["JSHeapUsedSize"] / 1e6,
        "resident_mb": resident_mb(browser),
        "nodes": int(found["Nodes"]),
        "listeners": int(found["JSEventListeners"]),
        "detached": sum(1 + len(each.get("retainedNodeIds", [])) for each in detached),
    }


def held_by_page_mb(devtools: CDPSession) -> float:
    """Return the size of all that the page's script holds: objects, strings, functions; no compiled code."""
    chunks: list[str] = []

    def take(event: dict[str, Any]) -> None:
        chunks.append(event["chunk"])

    devtools.on("HeapProfiler.addHeapSnapshotChunk", take)
    devtools.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    devtools.remove_listener("HeapProfiler.addHeapSnapshotChunk", take)
    snapshot = json.loads("".join(chunks))
    meta, nodes = snapshot["snapshot"]["meta"], snapshot["nodes"]
    kinds, width = meta["node_types"][0], len(meta["node_fields"])
    size = meta["node_fields"].index("self_size")
    left_out = {kinds.index(kind) for kind in ("code", "native", "synthetic", "hidden", "object shape")}
    held = (nodes[at + size] for at in range(0, len(nodes), width) if nodes[at] not in left_out)
    return float(sum(held)) / 1e6


def resident_mb(browser: Browser) -> float:
    """Return the memory of the page's process, with what the heap does not show; 0 where unknown."""
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    sizes = [0]
    for each in found:
        status = Path(f"/proc/{each['id']}/status")
        if each["type"] == "renderer" and status.exists():
            sizes += [int(line.split()[1]) for line in status.read_text().splitlines() if "VmRSS" in line]
    return max(sizes) / 1000


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
