"""What the console's bench looks at: the real feed over a real engine, with units that drive in circles.

Run as a process of its own: `python -m bench.stages.console UNITS CALLS HZ`. It prints `ready PORT`, and then
answers each line of standard input with one: `cpu` with its CPU seconds, `events N HZ` with the last number.
"""

from __future__ import annotations

import asyncio
import math
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from console.access import Access, User, hash_token
from console.api.answers import answer
from console.api.app import HEADERS, STATIC
from console.api.page import PageFiles
from console.api.socket import router as feed
from console.feed import UnitPosition
from console.live import Live
from console.settings import Http
from console.views import region_view
from dispatch import commands
from dispatch.catalogue import Name, RegionSettings, Substation
from dispatch.defaults import CREW_KINDS, REASONS
from dispatch.engine import Accepted, Engine
from dispatch.firstaid import INSTRUCTIONS
from dispatch.incident import Place
from dispatch.journal_sqlite import SqliteJournal
from dispatch.unit import Duty

TOKEN = "bench"  # noqa: S105  # of a service that lives for a minute on this machine alone
BASES = 40
LAT_DEG, LON_DEG, WIDE_DEG = 55.75, 37.6, 0.35


def now_ms() -> int:
    """Return the time."""
    return time.time_ns() // 1_000_000


class Circling:
    """Units that all move at `hz` a second: the worst case of a feed."""

    def __init__(self, units: int, hz: float) -> None:
        """Spread `units` over a city."""
        self._units = units
        self._every_s = 1 / hz
        self._next_s = 0.0

    def everyone(self) -> list[UnitPosition]:
        """Return where everybody is now."""
        turn = time.monotonic() / 20
        return [
            UnitPosition(
                index=index,
                lat_deg=LAT_DEG + WIDE_DEG * math.sin(index * 1.7) * math.sqrt(index / self._units),
                lon_deg=LON_DEG
                + 1.7 * WIDE_DEG * math.cos(index * 1.7 + turn) * math.sqrt(index / self._units),
                course_deg=(index * 7 + turn * 57) % 360,
                speed_mps=12.0,
                age_s=0.4,
            )
            for index in range(self._units)
        ]

    def moved(self) -> list[UnitPosition]:
        """Return everybody once a period, and nobody in between."""
        if time.monotonic() < self._next_s:
            return []
        self._next_s = time.monotonic() + self._every_s * 0.98
        return self.everyone()


async def furnish(engine: Engine, units: int, calls: int) -> None:
    """Configure a region, register its units, take its calls; as many at once as the engine likes."""
    region = RegionSettings(
        id="bench",
        name=Name("Стенд", "Bench"),
        timezone="Europe/Moscow",
        norm_s=1200,
        crew_kinds=CREW_KINDS,
        reasons=REASONS,
        instructions=INSTRUCTIONS,
    )
    await ask(engine, commands.ConfigureRegion(settings=region))
    for base in range(BASES):
        await ask(
            engine,
            commands.RegisterSubstation(
                substation=Substation(id=f"s{base}", name=f"№ {base + 1}", lat_deg=LAT_DEG, lon_deg=LON_DEG)
            ),
        )
    todo: list[commands.Command] = [
        commands.RegisterUnit(
            unit=str(unit),
            call_sign=str(unit),
            crew_kind="doctor",
            vehicle_class="B",
            substation=f"s{unit % BASES}",
        )
        for unit in range(units)
    ]
    todo += [commands.SetDuty(unit=str(unit), duty="on") for unit in range(units)]
    todo += [
        commands.CreateIncident(
            place=Place(label=f"улица Стенда, {call}", lat_deg=LAT_DEG + call / 5000, lon_deg=LON_DEG),
            reason=REASONS[call % len(REASONS)].id,
            # None of danger to life: three hundred alarms at once would be a bench of alarms.
            priority=2 if call % 3 else 3,
        )
        for call in range(calls)
    ]
    for start in range(0, len(todo), 500):
        await asyncio.gather(*(ask(engine, each) for each in todo[start : start + 500]))


async def ask(engine: Engine, command: commands.Command) -> None:
    """Submit a command that must be accepted."""
    done = await engine.submit(command, by="bench", source="bench")
    assert isinstance(done, Accepted), done


async def tell(engine: Engine, units: int) -> None:
    """Answer the bench's questions until its end closes."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        match line.split():
            case ["cpu"]:
                print(time.process_time(), flush=True)
            case ["events", count, hz]:
                for number in range(int(count)):
                    duty: Duty = "break" if number % 2 == 0 else "on"
                    await ask(engine, commands.SetDuty(unit=str(number // 2 % units), duty=duty))
                    await asyncio.sleep(1 / float(hz))
                print(engine.seq, flush=True)


async def main(units: int, calls: int, hz: float) -> None:
    """Serve until standard input ends."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        journal = SqliteJournal(Path(folder) / "journal.sqlite")
        engine = await Engine.open(journal, "bench", now_ms)
        await furnish(engine, units, calls)
        live = Live(engine, Circling(units, hz), now_ms, 1.0, lambda: {"degraded": [], "demo": None})
        users = [User("bench", "dispatcher", "Стенд", token_hash=hash_token(TOKEN))]
        access = Access(users, lambda: TOKEN)
        service = SimpleNamespace(access=access, live=live, settings=SimpleNamespace(http=Http()))

        async def session(_: Request) -> Response:
            return answer({"user": "bench", "name": "Стенд", "role": "dispatcher", "unit": None})

        async def region(_: Request) -> Response:
            view = region_view(engine.region, demo=False, bounds=None, has_tiles=False)
            bounds = [LON_DEG - 2 * WIDE_DEG, LAT_DEG - WIDE_DEG, LON_DEG + 2 * WIDE_DEG, LAT_DEG + WIDE_DEG]
            return answer({**view, "bounds": bounds})

        async def enter(_: Request) -> Response:
            # The page's WebSocket carries a cookie and no token: a session is opened as a link would.
            cookie, _identity = access.follow_link(access.make_link("bench", now_ms()), now_ms()) or (
                "",
                None,
            )
            response = Response(status_code=303, headers={"Location": "/", **HEADERS})
            response.set_cookie("skoraya_session", cookie, httponly=True, samesite="strict")
            return response

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            live.start()
            yield
            await live.close()

        routes = [
            Route("/enter", enter),
            Route("/api/session", session),
            Route("/api/region", region),
            *feed.routes,
            Mount("/", PageFiles(directory=STATIC, html=True)),
        ]
        app = Starlette(routes=routes, lifespan=lifespan)
        app.state.service = service
        config = uvicorn.Config(
            app, port=0, log_level="error", ws="websockets-sansio", ws_per_message_deflate=False
        )
        server = uvicorn.Server(config)
        listener = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        print(f"ready {listener.getsockname()[1]}", flush=True)
        await tell(engine, units)
        server.should_exit = True
        await serving
        await engine.close()
        journal.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
