"""Service: one region's parts, put together, started and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from console.access import Access
from console.advisor import Advisor
from console.attendance import Attendance
from console.boardkeeper import BoardKeeper
from console.boardsheet import board_sheet
from console.charts import Charts
from console.clock import Clock
from console.devices import ARCHIVE_NAME, Devices
from console.lessons import Lessons
from console.live import Live
from console.lookout import Lookout
from console.record import NOT_RECORDED, Record
from console.reporting import Reporting
from console.roadstate import RoadState
from console.sessions import SESSIONS_NAME, SessionFile
from console.settings import Settings
from console.setup import setup_commands
from console.stepdown import StepDown
from console.views import View, feature, past_view, region_view
from console.whereabouts import Whereabouts, position_of, positions_of
from dispatch.assignment import Assignment
from dispatch.attendance import beds_left
from dispatch.engine import Accepted, Engine
from dispatch.hospitals import hospitals_for
from dispatch.reports import By, Report, report
from dispatch.response import responses_of
from routing.times import Point
from tracking.archive import Archive, ArchiveError
from tracking.fleet import Fleet
from tracking.gateway import Gateway
from tracking.quality import FalsePlace

# From here on a crew goes to the hospital and no longer to the patient.
TO_HOSPITAL = frozenset({"left_scene", "at_hospital", "handed_over"})


# A restart takes doubts of the last day up again, from so long before they were raised.
DOUBTS_MS = 24 * 3_600_000
BEFORE_DOUBT_MS = 60_000


class StartError(Exception):
    """The service cannot start; the message is one line for the operator."""


@dataclass(slots=True)
class DemoSwitch:
    """What the demo adds to the service."""

    autopilot: bool = True


@dataclass(slots=True)
class Service:
    """One region, running."""

    settings: Settings
    clock: Clock
    access: Access
    engine: Engine
    record: Record
    archive: Archive
    fleet: Fleet
    devices: Devices
    lookout: Lookout
    charts: Charts
    roadstate: RoadState
    advisor: Advisor = field(init=False)
    live: Live = field(init=False)
    attendance: Attendance = field(init=False)
    reporting: Reporting = field(init=False)
    lessons: Lessons = field(init=False)
    paper: BoardKeeper = field(init=False)
    stepdown: StepDown = field(init=False)
    demo: DemoSwitch | None = None

    @classmethod
    async def start(
        cls, settings: Settings, clock: Clock, demo: DemoSwitch | None = None, record: Record | None = None
    ) -> Service:
        """Open the journal, the archive and the map; take the region over; listen for devices.

        Args:
            settings: the installation.
            clock: the service's time.
            demo: the demo's switch; None is the real service.
            record: the journal, where the caller has opened it to stand by; from now on it is the service's.

        Raises:
            StartError: a port is in use or the data folder cannot be used.
            JournalError: the journal cannot be read or written.
            ArchiveError: the tracks' archive cannot be opened.
        """
        folder = _data_folder(settings)
        async with contextlib.AsyncExitStack() as opened:
            charts = await asyncio.to_thread(
                Charts.open, settings.map, folder / "map-last-good", clock.now_ms()
            )
            record = record or Record(settings)
            opened.callback(record.close)
            engine = await Engine.open(
                record.journal, settings.region, clock.now_ms, snapshots=record.snapshots
            )
            opened.push_async_callback(engine.close)
            archive = Archive(folder / ARCHIVE_NAME)
            opened.callback(archive.close)
            fleet = Fleet(
                (unit.id for unit in settings.unit),
                false_places=[
                    FalsePlace(place.id, place.lat_deg, place.lon_deg, place.radius_m)
                    for place in settings.false_place
                ],
            )

            lookout = Lookout(engine, fleet, clock.now_ms)
            devices = Devices(
                settings, archive, lookout.take, lookout.cry, clock.now_ms, alarm=lookout.identity
            )
            kept = SessionFile(Path(settings.data) / SESSIONS_NAME, settings.user)
            service = cls(
                settings=settings,
                clock=clock,
                access=Access(
                    settings.user,
                    lambda: secrets.token_urlsafe(32),
                    sessions=kept.load(),
                    keep=kept.save,
                ),
                engine=engine,
                record=record,
                archive=archive,
                fleet=fleet,
                devices=devices,
                lookout=lookout,
                charts=charts,
                roadstate=RoadState(
                    charts, settings.map, folder / "closures.json", ZoneInfo(settings.timezone), clock.now_ms
                ),
                demo=demo,
            )
            service.reporting = Reporting(settings, engine, record.journal, clock, charts.district_of)
            await service.configure()
            await service.roadstate.start()
            opened.push_async_callback(service.roadstate.close)
            service.lessons = Lessons(
                lambda: engine.region, archive, service.roadstate,
                folder=folder, timezone=settings.time_zone, now_ms=clock.now_ms,
            )  # fmt: skip
            await service.lessons.start()
            opened.push_async_callback(service.lessons.close)
            service.restore_positions()
            service.advisor = Advisor(
                engine, lambda: positions_of(fleet, clock.now_ms()), charts.roads, clock.now_ms
            )
            where = Whereabouts(fleet, lambda: engine.region.units, clock.now_ms)
            service.live = Live(engine, where, clock.now_ms, clock.speed, service.state_view)
            service.attendance = Attendance(
                engine,
                service.live.users,
                clock.now_ms,
                settings.absent_min * 60,
                only_heard=demo is not None,
            )
            try:
                await devices.start()
            except OSError as error:
                if error.errno == errno.ENAMETOOLONG:
                    raise StartError(str(error.strerror)) from None
                raise StartError(
                    f"{error.strerror or error}; set its port under gateway in the configuration"
                ) from None
            lookout.start()
            service.advisor.start()
            service.live.start()
            service.attendance.start()
            service.reporting.start()
            service.paper = BoardKeeper(folder / "board.html", service.board_sheet)
            service.paper.start()
            service.stepdown = StepDown(lambda: engine.deposed, devices.let_go)
            service.stepdown.start()
            # What has been loaded stays: full collector passes over it would hold the feed up.
            gc.freeze()
            opened.pop_all()
        return service

    @property
    def gateway(self) -> Gateway:
        """The gateway of this process."""
        return self.devices.gateway

    async def close(self) -> None:
        """Stop in the order of the flow: devices first, the journal last."""
        gc.unfreeze()  # or what native libraries hold would look leaked at the interpreter's end
        await self.stepdown.close()
        await self.devices.close()
        await self.lookout.close()
        await self.advisor.close()
        await self.attendance.close()
        await self.lessons.close()
        await self.roadstate.close()
        await self.live.close()
        await self.reporting.close()
        await self.paper.close()
        await self.engine.close()
        self.archive.close()
        self.record.close()

    # ── what is there ────────────────────────────────────────────────────────────────────────────────────

    async def configure(self) -> None:
        """Tell the journal what the settings and the map say; what is already so changes nothing.

        Raises:
            StartError: the settings ask for something that dispatch refuses.
        """
        settings = self.settings
        todo = setup_commands(settings, self.charts.substations, self.charts.hospitals)
        # All at once: the engine keeps their order and writes hundreds with one sync.
        for answered in await asyncio.gather(
            *(self.engine.submit(command, by="configuration", source="engine") for command in todo)
        ):
            if not isinstance(answered, Accepted):
                raise StartError(f"the configuration is refused: {answered.message}")
        for one in settings.unit:
            self.fleet.enrol(one.id, self._base(one.id))  # a vehicle that is silent at its base is parked

    def restore_positions(self) -> None:
        """Begin with the last stored position of each unit: after a restart the map is not empty."""
        now_ms = self.clock.now_ms()
        # Without the archive units just have no position until they speak.
        with contextlib.suppress(ArchiveError):
            for unit, fix in self.archive.lasts(now_ms).items():
                doubted_ms = self._doubted_since_ms(unit, now_ms)
                if doubted_ms is None:
                    self.fleet.apply(fix, now_ms)
                    continue
                # A lie that goes on must not be believed because we were restarted in the middle of it.
                for each in self.archive.track(unit, doubted_ms - BEFORE_DOUBT_MS, now_ms):
                    self.fleet.apply(each, each.received_ms)
        self.fleet.take_news()  # whatever that raised has been raised before

    def region_view(self) -> View:
        """Show what does not change while the service runs."""
        return region_view(
            self.engine.region,
            demo=self.demo is not None,
            bounds=self.charts.bounds,
            has_tiles=self.charts.tiles is not None,
        )

    def degraded(self) -> list[View]:
        """List the parts that do not do their work, since when and what that means, in words."""
        parts: list[View] = [
            {"part": one.part, "since_ms": one.since_ms, "message": one.message}
            for one in self.charts.degraded
        ]
        if (failure := self.advisor.roads.failure) is not None:
            message = f"the router fails, times are by straight line: {failure}"
            parts.append({"part": "router", "since_ms": self.clock.now_ms(), "message": message})
        if (journal := self.engine.degraded) is not None:
            message = f"{NOT_RECORDED} ({journal.message})"
            parts.append({"part": "journal", "since_ms": journal.since_ms, "message": message})
        others = (
            ("archive", self.devices.failing),
            ("compaction", self.devices.compaction_failing),
            ("reports", self.reporting.failing),
            ("reports", self.reporting.delivery_failing),
            ("board", self.paper.failing),
        )
        now_ms = self.clock.now_ms()
        parts += [
            {"part": part, "since_ms": now_ms, "message": failing}
            for part, failing in others
            if failing is not None
        ]
        return parts

    def state_view(self) -> View:
        """Show what snapshots and pulses carry beside the region."""
        demo = None if self.demo is None else {"autopilot": self.demo.autopilot}
        return {"degraded": self.degraded(), "demo": demo, **self.advisor.state()}

    def day(self, now_ms: int) -> str:
        """Return the region's local date, YYYY-MM-DD."""
        return datetime.fromtimestamp(now_ms / 1000, self.settings.time_zone).date().isoformat()

    def board_sheet(self) -> str:
        """Return the board as a page to print, as things stand."""
        trouble = [str(one["message"]) for one in self.degraded()]
        return board_sheet(self.engine.region, self.clock.now_ms(), self.settings.time_zone, trouble)

    def counts(self) -> View:
        """Count, for health; no personal data."""
        return {
            "seq": self.engine.seq,
            **self.live.counts(),
            "lookout": self.lookout.waiting,
            "roads": self.roadstate.counts(),
            "lessons": self.lessons.counts(),
            "fleet": self.fleet.counts,
            "reasons": self.fleet.reasons,
            "gateway": self.devices.counts,
        }

    # ── what is asked ────────────────────────────────────────────────────────────────────────────────────

    async def hospitals(self, assignment: Assignment) -> list[View]:
        """Rank the hospitals for an assignment's patient, from where the crew is or will be."""
        region = self.engine.region
        place = region.incidents[assignment.incident].place
        start = (place.lat_deg, place.lon_deg)
        if assignment.status in TO_HOSPITAL:
            start = self._where(assignment.unit) or start
        choices = hospitals_for(
            region, assignment.incident, start, self.advisor.roads, now_ms=self.clock.now_ms()
        )
        left = beds_left(region, assignment.incident)
        return [
            {
                "id": choice.id,
                "name": choice.name,
                "capabilities": choice.capabilities,
                "suits": choice.suits,
                "missing": choice.missing,
                "seconds": choice.seconds,
                "metres": choice.metres,
                "nearest": choice.nearest,
                "degraded": choice.degraded,
                "handover_s": choice.handover_s,
                "waiting": choice.waiting,
                "capable": choice.capable,
                "within_rule": choice.within_rule,
                "state": choice.state,
                "until_ms": choice.until_ms,
                "said_by": choice.said_by,
                "why": choice.why,
                "beds_left": left.get(choice.id),
            }
            for choice in choices
        ]

    async def way_of(self, assignment: Assignment, *, alternative: bool = False) -> View:
        """Return the way from where the unit is to where it is going, as GeoJSON, and another if asked."""
        region = self.engine.region
        place = region.incidents[assignment.incident].place
        end = (place.lat_deg, place.lon_deg)
        if assignment.status in TO_HOSPITAL and assignment.hospital is not None:
            hospital = region.hospitals[assignment.hospital]
            end = (hospital.lat_deg, hospital.lon_deg)
        position = position_of(self.fleet, assignment.unit, self.clock.now_ms())
        if position is None:
            return await self.way(self._base(assignment.unit) or end, end, None, alternative=alternative)
        start = position.lat_deg, position.lon_deg
        return await self.way(start, end, position.heading_deg, alternative=alternative)

    async def way(
        self,
        start: Point,
        end: Point,
        heading_deg: float | None,
        *,
        siren: bool = True,
        alternative: bool = False,
    ) -> View:
        """Return the fastest way between two points (lat, lon), as GeoJSON, with another one if asked."""
        way = await asyncio.to_thread(self.advisor.roads.route, start, end, heading_deg, siren=siren)
        if not alternative:
            return feature(way)
        return feature(way, alternative=await self.roadstate.other_way(start, end, heading_deg, siren=siren))

    async def find(self, text: str, limit: int) -> list[View]:
        """Look an address up; nothing is found without an index of places."""
        return await asyncio.to_thread(self.charts.find, text, limit)

    async def track(self, unit: str, from_ms: int, to_ms: int) -> View:
        """Return where a unit was, as GeoJSON."""
        fixes = await asyncio.to_thread(self.archive.track, unit, from_ms, to_ms)
        return {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [(fix.lon_deg, fix.lat_deg) for fix in fixes]},
            "properties": {
                "unit": unit,
                "taken_ms": [fix.taken_ms for fix in fixes],
                "speed_mps": [fix.speed_mps for fix in fixes],
            },
        }

    async def past(self, at_ms: int) -> View:
        """Return the snapshot frame of a past instant: what was known then, and where the units were.

        Raises:
            JournalError: the journal cannot be read.
        """
        region = await self.record.past(at_ms)
        fixes = await asyncio.to_thread(self.archive.lasts, at_ms)
        return past_view(region, at_ms, fixes)

    async def report(self, by: By, norm_s: int | None) -> Report:
        """Compute the intervals of every response from the journal's fold."""
        found = list(responses_of(self.engine.region))
        return await asyncio.to_thread(report, found, by, norm_s or round(self.settings.norm_min * 60))

    @property
    def tiles(self) -> Path | None:
        """The base map's file, where there is one."""
        return self.charts.tiles

    def _where(self, unit: str) -> Point | None:
        position = position_of(self.fleet, unit, self.clock.now_ms())
        return None if position is None else (position.lat_deg, position.lon_deg)

    def _doubted_since_ms(self, unit: str, now_ms: int) -> int | None:
        """Return when the unit's position was last doubted, if that was within a day."""
        region = self.engine.region
        alarms = [one for one in region.alarms.values() if one.kind == "spoofing" and unit in one.units]
        # Unless a person has said since that it is there.
        believed_ms = region.believed.get(unit, 0)
        raised = [one.raised_ms for one in alarms if (one.grew_ms or one.raised_ms) > believed_ms]
        return max((at_ms for at_ms in raised if now_ms - at_ms <= DOUBTS_MS), default=None)

    def _base(self, unit: str) -> Point | None:
        known = self.engine.region.units[unit]
        base = None if known.substation is None else self.engine.region.substations.get(known.substation)
        return None if base is None else (base.lat_deg, base.lon_deg)


def _data_folder(settings: Settings) -> Path:
    folder = Path(settings.data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"the data folder {folder} cannot be made: {error.strerror}") from None
    return folder
