"""The demo city as a process of its own against a real service: sockets, journal and clocks included."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
import msgspec
import pytest

from console.access import User, hash_token
from console.clock import Clock, wall_ms
from console.host import listen, run_until_stopped
from console.service import DemoSwitch, Service
from console.settings import HospitalSetting, Listen, Name, Settings, SubstationSetting, UnitSetting
from console.simulate.drive import TOP_MPS, Place, metres_between, moved
from console.simulate.plan import ClockPlan, HospitalPlan, Plan, ReasonPlan, UnitPlan
from dispatch.assignment import STATUSES, Assignment, Status

BASE = Place(55.9, 60.6)
HOSPITAL = moved(BASE, 900, 900)
SCENE = moved(BASE, 2500, -600)
UNITS = ("1", "2", "3")
SPEED = 200.0
GONE = ("left_scene", "at_hospital", "handed_over")


@dataclass
class Running:
    """A service, the city's process beside it, and a dispatcher's hands."""

    service: Service
    process: asyncio.subprocess.Process
    person: httpx.AsyncClient

    def assignments(self) -> list[Assignment]:
        """Return every assignment so far."""
        return list(self.service.engine.region.assignments.values())

    def place_of(self, unit: str) -> Place | None:
        """Return where the gateway last heard a unit to be."""
        fix = self.service.fleet.last(unit)
        return None if fix is None else Place(fix.lat_deg, fix.lon_deg)

    async def take_call(self) -> str:
        """Enter a call as a dispatcher; return its id."""
        place = {"label": "ул. Ленина, 5", "lat_deg": SCENE.lat_deg, "lon_deg": SCENE.lon_deg}
        answer = await self.person.post("/api/incidents", json={"place": place, "reason": "chest_pain"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["incident"]["id"])

    async def send(self, incident: str, unit: str) -> str:
        """Send a unit as a dispatcher; return the assignment's id."""
        answer = await self.person.post(f"/api/incidents/{incident}/assignments", json={"unit": unit})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["assignment"]["id"])

    def has_reached(self, assignment: str, status: Status) -> bool:
        """Say whether an assignment is at `status` or beyond: a crew may forget the button itself."""
        now = self.service.engine.region.assignments[assignment].status
        return STATUSES.index(now) >= STATUSES.index(status)

    def is_near(self, unit: str, place: Place) -> bool:
        """Say whether a unit was last heard within 60 m of a place."""
        here = self.place_of(unit)
        return here is not None and metres_between(here, place) < 60


async def until(holds: Callable[[], bool], what: str, seconds: float = 45.0) -> None:
    """Wait until `holds`, or fail saying what did not come."""
    for _ in range(int(seconds * 20)):
        if holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"not within {seconds} s: {what}")


async def start_city(plan: Plan) -> asyncio.subprocess.Process:
    """Start the program with `plan` on its standard input, which stays open."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "console.simulate",
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(plan))
    await process.stdin.drain()
    return process


@asynccontextmanager
async def running(folder: Path, *, autopilot: bool, calls_per_hour: float) -> AsyncIterator[Running]:
    """A service without a map and a city of three crews, two hundred times as fast as life."""
    users = [
        User("person", "dispatcher", token_hash=hash_token("person")),
        User("autopilot", "dispatcher", token_hash=hash_token("autopilot")),
        User("caller", "intake", token_hash=hash_token("caller")),
        *(User(f"crew-{u}", "crew", unit=u, token_hash=hash_token(f"token-{u}")) for u in UNITS),
    ]
    settings = Settings(
        region="demo",
        name=Name("Город", "City"),
        data=str(folder),
        gateway=Listen(port=0),
        user=tuple(users),
        unit=tuple(UnitSetting(u, "doctor", "s1", hash_token(f"secret-{u}")) for u in UNITS),
        substation=(SubstationSetting("s1", "Подстанция № 1", *BASE),),
        hospital=(HospitalSetting("h1", "Больница № 1", *HOSPITAL, capabilities=("infarction",)),),
    )
    real_ms = wall_ms()
    listener = listen("127.0.0.1", 0)
    api = f"http://127.0.0.1:{listener.getsockname()[1]}"
    service = await Service.start(settings, Clock(real_ms, real_ms, SPEED), DemoSwitch(autopilot))
    stop = asyncio.Event()
    serving = asyncio.create_task(run_until_stopped(service, listener, stop))
    plan = Plan(
        api=api,
        gateway=("127.0.0.1", service.gateway.port),
        clock=ClockPlan(real_ms, real_ms, SPEED),
        units=tuple(UnitPlan(u, f"secret-{u}", f"token-{u}", *BASE) for u in UNITS),
        caller_token="caller",
        autopilot_token="autopilot",
        addresses=(("ул. Ленина, 5", *SCENE),),
        reasons=(ReasonPlan("chest_pain", 1, scene_min=8.0, transport_share=1.0),),
        hospitals=(HospitalPlan("h1", *HOSPITAL),),
        calls_per_hour=calls_per_hour,
    )
    process = await start_city(plan)
    try:
        async with httpx.AsyncClient(base_url=api, headers={"Authorization": "Bearer person"}) as person:
            yield Running(service, process, person)
    finally:
        if process.returncode is None:
            process.terminate()
        _, complaint = await process.communicate()
        stop.set()
        await serving
    assert b"Traceback" not in complaint, complaint.decode()


async def every_unit_speaks(city: Running) -> None:
    """Wait until each vehicle has a position and each crew is on duty."""
    units = city.service.engine.region.units
    await until(lambda: all(city.place_of(u) for u in UNITS), "a position of every unit")
    await until(lambda: all(unit.duty == "on" for unit in units.values()), "every crew on duty")


@pytest.mark.slow
async def test_a_call_is_lived_through_from_the_phone_to_the_hospital(tmp_path: Path) -> None:
    """Callers call, the autopilot sends, crews press in order, and arrive where they say they are."""
    async with running(tmp_path, autopilot=True, calls_per_hour=2.0) as city:
        last_seen: dict[tuple[str, bool], Place] = {}  # assignment, has left the scene → where

        def look() -> bool:
            for one in city.assignments():
                place = city.place_of(one.unit)
                if place is not None and one.open:
                    last_seen[one.id, one.status in GONE] = place
            return any(one.status == "cleared" for one in city.assignments())

        await until(look, "a crew that has cleared")
        done = next(one for one in city.assignments() if one.status == "cleared")
        assert done.by == "autopilot"
        assert done.hospital == "h1"
        assert city.service.engine.region.incidents[done.incident].source == "demo"
        times = [done.times[status] for status in STATUSES if status in done.times]
        assert times == sorted(times)
        assert {"notified", "left_scene", "cleared"} <= set(done.times)
        assert metres_between(last_seen[done.id, False], SCENE) < 60
        assert metres_between(last_seen[done.id, True], HOSPITAL) < 60
        for unit in UNITS:
            track = city.service.archive.track(unit, 0, 1 << 52)
            for a, b in pairwise(track):
                assert a.taken_ms is not None
                assert b.taken_ms is not None
                away_m = metres_between(Place(a.lat_deg, a.lon_deg), Place(b.lat_deg, b.lon_deg))
                assert away_m <= TOP_MPS * (b.taken_ms - a.taken_ms) / 1000 + 25  # the receiver's error


@pytest.mark.slow
async def test_a_person_takes_over(tmp_path: Path) -> None:
    """With the autopilot off nothing is sent; crews heed a person's send, button, redirection and cancel."""
    async with running(tmp_path, autopilot=False, calls_per_hour=0.0) as city:
        await every_unit_speaks(city)
        first, second = await city.take_call(), await city.take_call()
        await asyncio.sleep(1.0)  # 200 simulated seconds: an autopilot would have acted
        assert city.assignments() == []

        sent, other = await city.send(first, "1"), await city.send(second, "2")
        await until(lambda: city.has_reached(sent, "en_route"), "crew 1 en route")
        await until(lambda: not city.is_near("1", BASE), "crew 1 on its way")

        # Crew 1's call is cancelled on the way: it turns round and goes home.
        await city.person.post(f"/api/incidents/{first}/cancel", json={"why": "звонивший отказался"})
        assert city.service.engine.region.assignments[sent].status == "cancelled"
        await until(lambda: city.is_near("1", BASE), "crew 1 at home")

        # Crew 2 reports by voice: the dispatcher presses for it, and it goes on from there.
        pressed = await city.person.post(f"/api/assignments/{other}/status", json={"status": "at_patient"})
        assert pressed.status_code == 200, pressed.text
        await until(lambda: city.has_reached(other, "at_hospital"), "crew 2 at the hospital")
        await until(lambda: city.is_near("2", HOSPITAL), "crew 2 seen at the hospital")
        assert city.service.engine.region.assignments[other].hospital == "h1"


def heeds(pid: int, number: signal.Signals) -> bool:
    """Say whether a process has begun to listen to a signal; until then it would just be killed."""
    said = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    caught = int(re.search(r"SigCgt:\s*([0-9a-f]+)", said)[1], 16)  # type: ignore[index]  # Linux always tells it
    return bool(caught >> (number - 1) & 1)


async def test_the_city_waits_for_its_service_and_stops_when_told() -> None:
    """With nothing listening the city waits in silence; SIGTERM or the end of its input stops it."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    plan = Plan(
        api=f"http://127.0.0.1:{port}",
        gateway=("127.0.0.1", port),
        clock=ClockPlan(0, 0),
        units=(UnitPlan("1", "s", "t", *BASE),),
        caller_token="c",
        autopilot_token="a",
        calls_per_hour=0.0,
    )

    def by_signal(process: asyncio.subprocess.Process) -> None:
        process.send_signal(signal.SIGTERM)

    def by_closing(process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        process.stdin.close()

    for stop in (by_signal, by_closing):
        process = await start_city(plan)
        async with asyncio.timeout(30):
            while not heeds(process.pid, signal.SIGTERM):  # noqa: ASYNC110  # another process sets no event of ours
                await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)  # in which nobody answers it
        assert process.returncode is None
        stop(process)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""
