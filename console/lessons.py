"""⚙ Lessons: what the fleet's own drives teach about the roads, kept up while the service runs.

A drive to a patient that has ended is taken from the archive, put on the roads and kept as a line of
`drives.jsonl`; a few at a time, for the work shares the machine with dispatch. Once there are enough, and
then from time to time, all kept drives are judged (`routing.gate`). What passes holds from the next query
on; what fails is not used, and why is told. The last verdict and factors are in `learned.json`.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from console.roadstate import RoadState
from console.views import View
from dispatch.assignment import Assignment
from dispatch.region import Region
from routing.drives import Drive, drive_of, thinned
from routing.gate import Verdict, taught
from routing.learning import Factors
from routing.matching import Seen
from routing.router import Router
from routing.speeds import CLASSES
from tracking.archive import Archive, ArchiveError
from tracking.fix import Fix

log = logging.getLogger("skoraya.lessons")

DRIVES, LEARNED = "drives.jsonl", "learned.json"
EVERY_S = 60.0
AT_ONCE = 20  # drives are put on the roads at each look
SETTLED_MS = 120_000  # a time that was just told may still be corrected
SHORTEST_MS, LONGEST_MS = 60_000, 2 * 3_600_000
KEPT = 20_000  # the last drives; older ones tell of other roads
ANEW_AFTER = 50  # further drives until all are judged again

_NAMES = tuple(CLASSES)


class Learned(msgspec.Struct, frozen=True):
    """What was learned last, and the verdict on it: `learned.json`. Classes of roads by name."""

    verdict: dict[str, Any]
    passed: bool
    p90: float
    by_group: list[tuple[str, int, bool, float]] = []  # class, hour // 4, siren, factor
    by_road: list[tuple[str, bool, float]] = []
    by_siren: list[tuple[bool, float]] = []

    def factors(self) -> Factors:
        """Return the factors."""
        number = {name: at for at, name in enumerate(_NAMES)}
        return Factors(
            {(number[road], band, siren): f for road, band, siren, f in self.by_group if road in number},
            {(number[road], siren): f for road, siren, f in self.by_road if road in number},
            dict(self.by_siren),
            self.p90,
        )


def learned_from(factors: Factors, verdict: Verdict) -> Learned:
    """Return what is stored of a teaching."""
    return Learned(
        verdict=verdict._asdict(),
        passed=verdict.passed,
        p90=factors.p90,
        by_group=[
            (_NAMES[road], band, siren, f) for (road, band, siren), f in sorted(factors.by_group.items())
        ],
        by_road=[(_NAMES[road], siren, f) for (road, siren), f in sorted(factors.by_road.items())],
        by_siren=sorted(factors.by_siren.items()),
    )


@dataclass(frozen=True, slots=True)
class _Ended:
    """A drive to a patient that has ended."""

    id: str
    unit: str
    from_ms: int
    to_ms: int


def ended_drives(region: Region, known: Container[str], now_ms: int) -> Iterator[_Ended]:
    """Return the last drives to patients of a region that have ended and are not known, the last first."""
    for assignment in islice(region.latest_assignments(), KEPT):
        if assignment.id not in known and (ended := _ended(assignment, now_ms)) is not None:
            yield ended


def _ended(assignment: Assignment, now_ms: int) -> _Ended | None:
    begun_ms, there_ms = assignment.times.get("en_route"), assignment.times.get("on_scene")
    if begun_ms is None or there_ms is None or there_ms > now_ms - SETTLED_MS:
        return None
    if not SHORTEST_MS <= there_ms - begun_ms <= LONGEST_MS:
        return None
    return _Ended(assignment.id, assignment.unit, begun_ms, there_ms)


def put_on_roads(router: Router, ended: _Ended, fixes: Iterable[Fix], timezone: ZoneInfo) -> Drive | None:
    """Return what a drive's fixes teach, as one with siren; None where they say too little."""
    track = thinned(
        [
            Seen(fix.taken_ms, fix.lat_deg, fix.lon_deg, fix.course_deg)
            for fix in fixes
            if fix.taken_ms is not None and fix.quality == "valid"
        ]
    )
    hour = dt.datetime.fromtimestamp(ended.from_ms / 1000, timezone).hour
    return drive_of(router.graph, track, router.match(track), ended.id, hour, siren=True)


class Lessons:
    """The lessons of one service.

    Args:
        region: returns the region as it is now.
        archive: of the tracks.
        roadstate: who lets factors hold.
        folder: the data folder.
        timezone: the region's.
        now_ms: the service's clock.
    """

    def __init__(
        self,
        region: Callable[[], Region],
        archive: Archive,
        roadstate: RoadState,
        *,
        folder: Path,
        timezone: ZoneInfo,
        now_ms: Callable[[], int],
    ) -> None:
        self.learned: Learned | None = None
        self._region = region
        self._archive = archive
        self._roadstate = roadstate
        self._folder = folder
        self._timezone = timezone
        self._now_ms = now_ms
        self._drives: dict[str, Drive] = {}
        self._seen: set[str] = set()  # drives that were looked at, also those that taught nothing
        self._judged = 0
        self._written_ns = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what was learned before the start, and go on learning."""
        self._drives = await asyncio.to_thread(_read, self._folder / DRIVES)
        self._seen = set(self._drives)
        self._judged = len(self._drives)
        await self._take_up()
        self._task = asyncio.create_task(self._keep(), name="lessons")

    async def close(self) -> None:
        """Stop learning."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def counts(self) -> View:
        """Count, for health: drives that are known, and whether what they teach is used."""
        return {
            "drives": len(self._drives),
            "used": self.learned is not None and self.learned.passed,
            "why": [] if self.learned is None else self.learned.verdict.get("why", []),
        }

    async def look(self) -> None:
        """Take some of the drives that have ended since; judge all when enough are new."""
        await self._take_up()
        router = self._roadstate.router
        if router is None:
            return
        waiting: list[_Ended] = []
        for ended in ended_drives(self._region(), self._seen, self._now_ms()):
            waiting.append(ended)
            if len(waiting) == AT_ONCE:
                break
        fresh = [
            drive
            for ended in waiting
            if (drive := await asyncio.to_thread(self._drive, router, ended)) is not None
        ]
        self._seen |= {ended.id for ended in waiting}
        self._drives |= {drive.id: drive for drive in fresh}
        for old in list(self._drives)[: max(0, len(self._drives) - KEPT)]:
            del self._drives[old]
        if fresh:
            await asyncio.to_thread(_add, self._folder / DRIVES, fresh)
        if len(self._drives) - self._judged >= ANEW_AFTER or (fresh and self.learned is None):
            self._judged = len(self._drives)
            learned = await asyncio.to_thread(
                lambda drives: learned_from(*taught(drives)), list(self._drives.values())
            )
            await asyncio.to_thread(write_learned, self._folder, learned)
            await self._take_up()

    def _drive(self, router: Router, ended: _Ended) -> Drive | None:
        try:
            fixes = self._archive.track(ended.unit, ended.from_ms, ended.to_ms)
        except ArchiveError:
            return None
        return put_on_roads(router, ended, fixes, self._timezone)

    async def _take_up(self) -> None:
        """Let `learned.json` hold, where it has been written since: by this service or by `skoraya learn`."""
        path = self._folder / LEARNED
        try:
            written_ns = path.stat().st_mtime_ns
            if written_ns == self._written_ns:
                return
            learned = msgspec.json.decode(path.read_bytes(), type=Learned)
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError, msgspec.MsgspecError):
            log.exception("%s cannot be read: what it says is not used", path)
            return
        self._written_ns, self.learned = written_ns, learned
        await self._roadstate.teach(learned.factors() if learned.passed else None)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except Exception:  # the next look may go well; without lessons, dispatching goes on
                log.exception("nothing could be learned")


def write_learned(folder: Path, learned: Learned) -> None:
    """Put a teaching in the place of the last, in one step."""
    aside = folder / (LEARNED + ".new")
    with aside.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(learned)))
        file.flush()
        os.fsync(file.fileno())
    aside.rename(folder / LEARNED)


def _add(path: Path, drives: Iterable[Drive]) -> None:
    with path.open("ab") as file:
        for drive in drives:
            file.write(msgspec.json.encode(drive) + b"\n")


def _read(path: Path) -> dict[str, Drive]:
    """Return the kept drives; a line that was cut short by a power cut is left out."""
    found: dict[str, Drive] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return found
    for line in lines[-KEPT:]:
        with contextlib.suppress(UnicodeDecodeError, msgspec.MsgspecError):
            drive = msgspec.json.decode(line, type=Drive)
            found[drive.id] = drive
    return found
