"""Run the demo city: `python -m console.simulate < pipe`. Shell: standard input, signals, the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping

from console.simulate.autopilot import Autopilot
from console.simulate.caller import call
from console.simulate.chance import chance
from console.simulate.crew import Crew
from console.simulate.drive import Place, metres_between
from console.simulate.feed import FeedClient
from console.simulate.plan import Plan, PlanError, is_whole, read_plan
from console.simulate.service import Service
from console.simulate.tally import Tally
from console.simulate.vehicle import Vehicle
from console.simulate.world import world_of

REPORT_S = 60.0
POSITIONS_S = 3.0  # how long a restarted city waits to hear where its vehicles were
FAR_M = 100_000.0  # a last position farther from home than this is not believed
RETURNING_SHARE = 0.35  # of the vehicles of a city that starts: there is something to see at once
MOST_BYTES = 64 * 1024 * 1024


def main() -> int:
    """Read the plan and run it; return 0 when told to stop, 2 when the plan is none."""
    try:
        plan = read_plan(_document())
    except PlanError as error:
        print(f"skoraya demo city: {error}", file=sys.stderr)  # noqa: T201  # the one line that a person reads
        return 2
    factory = None
    with contextlib.suppress(ImportError):  # uvloop exists everywhere but on Windows
        import uvloop  # noqa: PLC0415  # optional

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_run(plan))
    return 0


def _document() -> bytes:
    """Read standard input up to the end of one JSON document; the sender keeps it open after that."""
    document = b""
    while not is_whole(document) and len(document) < MOST_BYTES:
        chunk = os.read(0, 1 << 20)
        if not chunk:
            break
        document += chunk
    return document


async def _run(plan: Plan) -> None:
    """Run the city until standard input closes or a signal comes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _stop_at_end_of_input(loop, stop)
    tally = Tally()
    async with Service(plan.api, tally, plan.seed) as service:
        city = asyncio.create_task(_city(plan, service, tally))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({city, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (city, stopped):
            task.cancel()
        await asyncio.gather(city, stopped, return_exceptions=True)


def _stop_at_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop` when standard input closes; a regular file cannot close, so there only a signal stops us."""
    if stat.S_ISREG(os.fstat(0).st_mode):
        return

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(stop.set)

    # A daemon: a thread that sits in read() must not keep the process alive.
    threading.Thread(target=watch, daemon=True).start()


async def _city(plan: Plan, service: Service, tally: Tally) -> None:
    """Put the parts together and keep each running."""
    world = world_of(plan, service, tally)
    vehicles = {unit.id: Vehicle(unit, plan.gateway, world.clock, tally, plan.seed) for unit in plan.units}
    crews = {unit.id: Crew(unit, vehicles[unit.id], world) for unit in plan.units}

    def changed(units: set[str]) -> None:
        for unit in units & crews.keys():
            crews[unit].notify()

    feed = FeedClient(world, changed)
    async with asyncio.TaskGroup() as group:

        def keep(name: str, work: Callable[[], Awaitable[None]]) -> None:
            group.create_task(_kept(name, work, tally))

        keep("report", lambda: _report(tally))
        keep("feed", feed.run)
        await feed.ready.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POSITIONS_S):
                await feed.placed.wait()
        _place(plan, vehicles, feed.positions)
        for unit_id, vehicle in vehicles.items():
            keep(f"vehicle {unit_id}", vehicle.run)
            keep(f"crew {unit_id}", crews[unit_id].run)
        keep("caller", lambda: call(world))
        keep("autopilot", Autopilot(world).run)


def _place(plan: Plan, vehicles: Mapping[str, Vehicle], last: Mapping[str, Place]) -> None:
    """Put vehicles where they were last seen, some of a new city's on the way home, the others at home."""
    for unit, vehicle in vehicles.items():
        rng = chance(plan.seed, "start", unit)
        if unit in last:
            if metres_between(last[unit], vehicle.home) < FAR_M:
                vehicle.place_at(last[unit])
        elif plan.addresses and rng.random() < RETURNING_SHARE:
            _label, lat_deg, lon_deg = rng.choice(plan.addresses)
            vehicle.place_at(Place(lat_deg, lon_deg))


async def _report(tally: Tally) -> None:
    """Say on standard error what went wrong, if anything did, at most once a minute."""
    while True:
        await asyncio.sleep(REPORT_S)
        if line := tally.line():
            print(line, file=sys.stderr, flush=True)  # noqa: T201  # this process has nobody else to tell


async def _kept(name: str, work: Callable[[], Awaitable[None]], tally: Tally) -> None:
    """Run `work`; should a mistake of ours end it, count it and start again: a crew is not the city."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  # whatever it was, the other 59 must go on
            tally.trouble[f"{name} failed: {type(error).__name__}: {error}"[:120]] += 1
        else:
            return
        await asyncio.sleep(2.0)


if __name__ == "__main__":
    sys.exit(main())
