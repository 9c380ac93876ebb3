"""Crew: one crew at work: heeds the feed, drives its vehicle, presses its buttons. Shell: asks the service.

What it does when is decided by `duty`; here it is only done.
"""

from __future__ import annotations

import asyncio

import msgspec

from console.simulate.chance import chance
from console.simulate.city import Assignment, CrewView
from console.simulate.drive import Place, metres_between
from console.simulate.duty import ORDER, STEPS, Intentions, Progress, after, follow, intend
from console.simulate.plan import UnitPlan
from console.simulate.route import Route, read_route, straight
from console.simulate.service import RefusedError
from console.simulate.vehicle import Vehicle
from console.simulate.world import World

AT_HOME_M = 60.0
OFF_ROUTE_M = 250.0  # a route that starts farther away was made for an old fix
AFTER_REFUSAL_S = 30.0
MOVING_MPS = 1.5  # a parked vehicle may leave in either direction


class _Choice(msgspec.Struct):
    id: str
    suits: bool = True


class _Choices(msgspec.Struct):
    hospitals: list[_Choice] = []


class Crew:
    """The crew of one vehicle; `notify` tells it that its affairs on the feed may have changed."""

    def __init__(self, plan: UnitPlan, vehicle: Vehicle, world: World) -> None:
        self._unit, self._token, self._vehicle = plan.id, plan.token, vehicle
        self._world, self._clock, self._city, self._service = world, world.clock, world.city, world.service
        self._news = asyncio.Event()
        self._progress: Progress | None = None
        self._intentions: Intentions | None = None
        self._began: tuple[Progress, int] | None = None  # the present step, and when it began
        self._scene: Place | None = None
        self._presses = 0

    def notify(self) -> None:
        """Have the crew look at the feed's state again."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled."""
        await self._begin_shift()
        while True:
            self._news.clear()
            self._progress = follow(self._progress, self._seen())
            errand = asyncio.create_task(self._serve() if _busy(self._progress) else self._stand_by())
            called_away = asyncio.create_task(self._until_called_away())
            try:
                await asyncio.wait({errand, called_away}, return_when=asyncio.FIRST_COMPLETED)
                if errand.done():
                    errand.result()  # raises what went wrong, if anything
            finally:
                errand.cancel()
                called_away.cancel()
                await asyncio.gather(errand, called_away, return_exceptions=True)

    def _seen(self) -> Assignment | None:
        return self._city.assignment_of(self._unit)

    async def _until_called_away(self) -> None:
        """Return when the feed says something that ends what the crew is doing."""
        while True:
            await self._news.wait()
            self._news.clear()
            told = follow(self._progress, self._seen())
            if told != self._progress and (_busy(told) or _busy(self._progress)):
                return

    async def _begin_shift(self) -> None:
        unit = self._city.units.get(self._unit)
        if unit is not None and unit.duty == "off":
            await self._press(f"/api/units/{self._unit}/duty", {"duty": "on"})

    async def _stand_by(self) -> None:
        """Go home if away, and wait there."""
        if metres_between(self._here(), self._vehicle.home) > AT_HOME_M:
            await self._drive(await self._way_between(self._vehicle.home, siren=False), 1.0)
        else:
            self._vehicle.stop(self._clock.now_ms())  # called off while leaving the yard
        await asyncio.get_running_loop().create_future()

    # ── an assignment ─────────────────────────────────────────────────────────────────────────────────────

    async def _serve(self) -> None:
        """Go through the steps of the assignment from where it stands; return when it is cleared."""
        while (progress := self._progress) is not None and progress.status in STEPS:
            intentions = self._prepare(progress)
            await self._do(progress, intentions)
            progress = self._progress or progress  # a hospital may have been chosen on the way
            body: dict[str, object] = {"status": after(progress, intentions)}
            if body["status"] == "left_scene":
                hospital = progress.hospital or await self._choose_hospital(progress)
                if hospital is None:
                    body["status"] = "cleared"  # nowhere to go: treated on the spot
                else:
                    body["hospital"] = hospital
                    progress = progress._replace(hospital=hospital)
            status = str(body["status"])
            # The crew has moved on, whether or not its button gets through.
            self._progress = progress._replace(status=status)
            if status in intentions.forgets:
                self._world.tally.done["buttons forgotten"] += 1
                continue
            body["at_ms"] = self._clock.now_ms()
            if not await self._press(f"/api/assignments/{progress.assignment}/status", body):
                await self._learn_where_we_are()

    def _prepare(self, progress: Progress) -> Intentions:
        """Draw the intentions when an assignment begins; remember where the call is while we know."""
        seen = self._seen()
        incident = None if seen is None else self._city.incidents.get(seen.incident)
        if incident is not None:
            self._scene = Place(incident.place.lat_deg, incident.place.lon_deg)
        if (
            self._intentions is None
            or self._began is None
            or self._began[0].assignment != progress.assignment
        ):
            reason = None if incident is None else self._world.reasons.get(incident.reason)
            rng = chance(self._world.seed, "crew", self._unit, progress.assignment)
            self._intentions = intend(rng, reason)
        # Another hospital is no new step: whoever is called back to it goes on waiting, not from the start.
        if self._began is None or self._began[0][:2] != progress[:2]:
            self._began = (progress, self._clock.now_ms())
        return self._intentions

    async def _do(self, progress: Progress, intentions: Intentions) -> None:
        """Do what the table says for this status."""
        does = STEPS[progress.status].does
        began_ms = self._clock.now_ms() if self._began is None else self._began[1]
        if does == "drive_to_scene":
            await self._drive(await self._way(progress, self._scene), 1.0)
            began_ms = self._clock.now_ms()
        elif does == "drive_to_hospital":
            if progress.hospital is None:
                progress = await self._be_given_hospital(progress)
            known = None if progress.hospital is None else self._world.hospitals.get(progress.hospital)
            there = None if known is None else Place(known.lat_deg, known.lon_deg)
            await self._drive(await self._way(progress, there), 1.0)
            began_ms = self._clock.now_ms()
        elif ORDER[progress.status] >= ORDER["on_scene"]:
            self._vehicle.stop(self._clock.now_ms())  # someone may have pressed it while the wheels turned
        rolling = metres_between(self._here(), self._vehicle.home) > AT_HOME_M
        await self._clock.sleep_until(began_ms + 1000 * intentions.wait_s(progress.status, rolling=rolling))

    async def _choose_hospital(self, progress: Progress) -> str | None:
        """Return the best hospital that suits, by the service's word, else the nearest, or None."""
        try:
            answer = await self._service.ask(
                "GET", f"/api/assignments/{progress.assignment}/hospitals", self._token
            )
            offered = msgspec.json.decode(answer, type=_Choices).hospitals
        except (RefusedError, msgspec.DecodeError):
            offered = []
        if offered:
            return next((each.id for each in offered if each.suits), offered[0].id)
        here = self._here()
        return min(
            self._world.hospitals,
            key=lambda each: metres_between(
                here, Place(self._world.hospitals[each].lat_deg, self._world.hospitals[each].lon_deg)
            ),
            default=None,
        )

    async def _be_given_hospital(self, progress: Progress) -> Progress:
        """Choose a hospital when someone pressed `left_scene` for the crew without naming one."""
        hospital = await self._choose_hospital(progress)
        if hospital is not None:
            self._progress = progress = progress._replace(hospital=hospital)
            await self._press(f"/api/assignments/{progress.assignment}/hospital", {"hospital": hospital})
        return progress

    async def _press(self, path: str, body: dict[str, object]) -> bool:
        """Press one button; say whether the service took it. Waits outages out."""
        self._presses += 1
        # Unique over restarts too; an outage repeats the same id.
        body["command_id"] = f"demo-crew-{self._unit}-{self._clock.now_ms()}-{self._presses}"
        try:
            await self._service.ask("POST", path, self._token, body)
        except RefusedError:
            return False
        self._world.tally.done["buttons"] += 1
        return True

    async def _learn_where_we_are(self) -> None:
        """After a refused button: ask what the service thinks, and go on from there."""
        await self._clock.sleep(AFTER_REFUSAL_S)
        try:
            answer = await self._service.ask("GET", "/api/crew", self._token)
            self._city.correct(msgspec.json.decode(answer, type=CrewView))
        except (RefusedError, msgspec.DecodeError):
            return
        self._progress = follow(None, self._city.assignment_of(self._unit))

    # ── driving ───────────────────────────────────────────────────────────────────────────────────────────

    def _here(self) -> Place:
        return self._vehicle.spot(self._clock.now_ms()).place

    async def _way(self, progress: Progress, there: Place | None) -> Route:
        """Return the service's route to the assignment's destination, else one from here to `there`."""
        route = await self._ask_route(f"/api/assignments/{progress.assignment}/route")
        if route is not None and metres_between(self._here(), route.points[0]) <= OFF_ROUTE_M:
            return route
        if there is None:
            there = self._here() if route is None else route.points[-1]
        return await self._way_between(there)

    async def _way_between(self, there: Place, *, siren: bool = True) -> Route:
        """Return the router's way from here to `there`, or the straight line if it has none."""
        spot = self._vehicle.spot(self._clock.now_ms())
        query = f"from={spot.lat_deg:.6f},{spot.lon_deg:.6f}&to={there.lat_deg:.6f},{there.lon_deg:.6f}" + (
            f"&heading_deg={spot.course_deg:.0f}" if spot.speed_mps > MOVING_MPS else ""
        )
        if not siren:
            query += "&siren=false"
        return await self._ask_route(f"/api/route?{query}") or straight(spot.place, there)

    async def _ask_route(self, path: str) -> Route | None:
        try:
            return read_route(await self._service.ask("GET", path, self._token))
        except RefusedError:
            return None

    async def _drive(self, route: Route, pace: float) -> None:
        """Drive along `route` and return at its end; `pace` 2 takes twice as long."""
        drive = self._vehicle.set_off(route.points, route.seconds * pace, self._clock.now_ms())
        await self._clock.sleep_until(drive.ends_ms)


def _busy(progress: Progress | None) -> bool:
    return progress is not None and progress.status != "cleared"
