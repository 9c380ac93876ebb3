"""The demo, started and stopped: the city's map, the service, and the city as a process beside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path

import msgspec

from console import demo, demodesks
from console.clock import Clock, wall_ms
from console.demo import DemoCity
from console.demo_past import write_past
from console.demo_tracks import lay_tracks
from console.host import listen, run_until_stopped
from console.service import DemoSwitch, Service
from console.settings import Settings
from console.simulate.plan import ClockPlan, Plan
from dispatch import commands
from dispatch.journal_sqlite import SqliteJournal
from routing.graph import MapError
from routing.mapbuild import build_map
from routing.mapfile import read_meta
from routing.synth import City, write_city
from tracking.archive import ArchiveError

CITY_NODES = 5000
# The clock never runs backwards: a demo that ran fast may have left its journal ahead of the wall clock.
TICK_MS = 1000
# Calls older than this belong to an earlier run that nobody watches any more.
LEFTOVER_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line decides."""

    port: int
    units: int
    seed: int
    speed: float
    data: Path
    browser: bool


async def run_demo(options: DemoOptions, started_s: float) -> None:
    """Run the demo until it is stopped; `started_s` is when the command began, by `time.monotonic`.

    Raises:
        StartError: a port is in use, or the folder cannot be used.
        MapError: the city's map cannot be built.
    """
    listener = listen("127.0.0.1", options.port)
    port = listener.getsockname()[1]
    city, map_folder = build_city(options.data, options.seed)
    secret = demo.make_secrets(options.units, lambda: secrets.token_urlsafe(24))
    settings = demo.make_settings(city, secret, data=str(options.data), map_folder=str(map_folder), port=port)
    real_ms = wall_ms()
    started_ms = max(real_ms, journal_end_ms(options.data / "journal.sqlite") + TICK_MS)
    seed_past(options, settings, city, started_ms)
    say("starting the service")
    service = await Service.start(settings, Clock(real_ms, started_ms, options.speed), DemoSwitch())
    await open_shift(service)
    laying = asyncio.create_task(draw_past(service, options.data))
    link = service.access.make_link(demo.DISPATCHER, wall_ms())
    stop = asyncio.Event()
    serving = asyncio.create_task(run_until_stopped(service, listener, stop))
    process = await start_city(
        demo.make_plan(
            city,
            secret,
            api=f"http://127.0.0.1:{port}",
            gateway=("127.0.0.1", service.gateway.port),
            clock=ClockPlan(real_ms, started_ms, options.speed),
            seed=options.seed,
        )
    )
    watching = asyncio.create_task(watch_city(process, stop))
    address = f"http://127.0.0.1:{port}/sign-in?token={link}"
    took_s = time.monotonic() - started_s
    say(f"{options.units} ambulances of {len(city.substations)} substations are on duty ({took_s:.1f} s)")
    say(f"the console: {address}")
    say("the link signs in once; Ctrl+C stops the city")
    if options.browser and has_screen():
        await asyncio.to_thread(webbrowser.open, address)
    await serving
    stop.set()
    laying.cancel()
    if process.returncode is None:
        process.terminate()
    await watching
    say("stopped; the next start goes on from here")


def say(words: str) -> None:
    """Tell the user what is being done; flushed, for whoever reads it through a pipe."""
    print(f"» {words}", flush=True)  # noqa: T201  # what `make demo` shows


def has_screen() -> bool:
    """Say whether a browser can open a window; without one, a text browser would take the terminal over."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def build_city(data: Path, seed: int) -> tuple[DemoCity, Path]:
    """Make up the city and build its map, or take the one that an earlier start made.

    Raises:
        MapError: the map cannot be written.
    """
    folder, facts = data / f"map-{seed}", data / f"city-{seed}.json"
    data.mkdir(parents=True, exist_ok=True)
    city = None
    with contextlib.suppress(
        MapError, OSError, UnicodeDecodeError, msgspec.DecodeError
    ):  # none, or one of an older version: anew
        read_meta(folder)
        city = msgspec.json.decode(facts.read_bytes(), type=City)
    if city is None:
        say("making up a city (once; some seconds)")
        source = data / f"city-{seed}.osm.pbf"
        city = write_city(source, nodes=CITY_NODES, seed=seed)
        last = ""

        def tell(stage: str, _count: int) -> None:
            nonlocal last
            if stage != last:
                say(f"building its map: {stage}")
                last = stage

        build_map(source, folder, label=f"synth seed {seed}", progress=tell)
        facts.write_bytes(msgspec.json.encode(city))
        source.unlink()
    return DemoCity(
        timezone=city.timezone,
        substations=city.substations,
        hospitals=city.hospitals,
        addresses=[(one.label, one.lat_deg, one.lon_deg) for one in city.addresses],
    ), folder


def journal_end_ms(path: Path) -> int:
    """Return when the last entry of an earlier run was written, or 0."""
    if not path.exists():
        return 0
    journal = SqliteJournal(path)
    try:
        head = journal.head(demo.REGION)
        return journal.entries(demo.REGION, [head.seq])[0].learned_ms if head.seq else 0
    finally:
        journal.close()


def seed_past(options: DemoOptions, settings: Settings, city: DemoCity, now_ms: int) -> None:
    """Fill an empty journal with eight weeks of made-up calls: the reports need something to report."""
    journal = SqliteJournal(options.data / "journal.sqlite")
    try:
        if journal.head(settings.region).seq == 0:
            count = write_past(journal, settings, city, options.seed, now_ms)
            say(f"made up its past: eight weeks of calls, {count} entries, each marked as made up")
    finally:
        journal.close()


async def draw_past(service: Service, data: Path) -> None:
    """Lay the tracks of the past beside the work; a disk that does not take them costs only the pictures."""
    with contextlib.suppress(ArchiveError):
        await lay_tracks(
            service.engine.region,
            service.archive,
            lambda start, end: service.advisor.roads.route(start, end).line,
            data,
            service.clock.now_ms(),
        )


async def open_shift(service: Service) -> None:
    """Bring every crew on duty, and end the calls that an earlier run left open long ago."""
    now_ms = service.clock.now_ms()
    region = service.engine.region
    todo: list[commands.Command] = [
        commands.SetDuty(unit=unit.id, duty="on") for unit in region.units.values() if unit.duty != "on"
    ]
    todo += [
        commands.CancelIncident(incident=incident, why="left over from an earlier run of the demo")
        for incident in region.open_incidents
        if region.incidents[incident].called_at_ms < now_ms - LEFTOVER_MS
    ]
    todo += demodesks.at_the_start(service.settings.workplace, demo.DISPATCHER, demo.DISPATCHER_NAME)
    for command in todo:
        await service.engine.submit(command, by="demo", source="demo")


async def start_city(plan: Plan) -> asyncio.subprocess.Process:
    """Start the city's vehicles, crews and callers: a process of its own, on our sockets alone."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "console.simulate", stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None  # noqa: S101  # a pipe was asked for
    # The plan holds the devices' and crews' secrets: standard input, for a command line is public.
    process.stdin.write(msgspec.json.encode(plan))
    await process.stdin.drain()
    return process


async def watch_city(process: asyncio.subprocess.Process, stop: asyncio.Event) -> None:
    """Tell the user when the city has died; its console stays, with every unit growing stale."""
    status = await process.wait()
    if not stop.is_set():
        say(f"the city's process ended with status {status}: no vehicle moves any more; start the demo again")
