"""Lookout: tells dispatch what tracking notices: cries for help, lies, identities, departures and arrivals.

A cry for help is in the journal before its device is answered. Everything else is told behind the fixes, in
order, and again every second until the journal takes it; what waits is bounded, for alarms collapse by kind
and unit, and motion by assignment and stage.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import msgspec

from dispatch.alarm import MOST_PARTIES, Evidence, Seen
from dispatch.asked import Unavailable
from dispatch.commands import Command, RaiseAlarm
from dispatch.engine import Engine
from dispatch.refusal import Refusal
from dispatch.stages import stages_of
from tracking.alarms import Alarm, Alarms
from tracking.fix import Fix
from tracking.fleet import Fleet
from tracking.identities import Alarm as IdentityAlarm
from tracking.motion import Motion
from tracking.protocols.dialect import Distress

AGAIN_S = 1.0
MOST_WAITING = 20_000
TOGETHER = 256

# Who speaks, in the journal.
BY = SOURCE = "tracking"

log = logging.getLogger("skoraya.lookout")


class UnheardError(Exception):
    """A cry for help could not be written down: its device must not be answered."""


class Lookout:
    """Takes what the gateways hand over.

    Args:
        engine: the region's engine.
        fleet: where every unit is.
        now_ms: the service's clock.
    """

    def __init__(self, engine: Engine, fleet: Fleet, now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._fleet = fleet
        self._now_ms = now_ms
        self._alarms = Alarms()
        for known in engine.region.alarms.values():
            at = known.evidence.at
            if known.kind in ("panic", "crash") and at is not None and at.taken_ms is not None:
                self._alarms.remember(known.unit, at.taken_ms, known.evidence.said_by)
        self._crying: dict[str, set[asyncio.Task[None]]] = {}  # cries on their way to the journal
        self._motions: dict[str, Motion] = {}
        self._waiting: dict[tuple[str, str], Command] = {}
        self._wake = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell."""
        self._telling = asyncio.create_task(self._tell(), name="lookout")

    async def close(self) -> None:
        """Stop telling; what the journal has not taken is seen again or lost with this process."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """How much the journal has not taken yet."""
        return len(self._waiting)

    def take(self, fixes: Sequence[Fix]) -> None:
        """Move the fleet by fixes that are stored, and note what follows."""
        now_ms = self._now_ms()
        moved: dict[str, None] = {}
        for fix in fixes:
            if self._fleet.apply(fix, now_ms) == "moved" and fix.unit is not None:
                self._follow(fix.unit, fix)
                moved[fix.unit] = None
        for incident in self._fleet.take_news():
            if (alarm := self._alarms.of_incident(incident)) is not None:
                self._later(alarm)
        self._note_motion(moved)

    def identity(self, alarm: IdentityAlarm) -> None:
        """Note an identity that cannot be right."""
        made = self._alarms.of_identity(
            "two_places" if alarm.kind == "two-places" else "identity_changed",
            alarm.unit,
            alarm.at_ms,
            alarm.old,
            alarm.new,
        )
        if made is not None:
            self._later(made)

    async def cry(self, distress: Sequence[Distress]) -> None:
        """Write cries for help down; return when they are durable.

        One that only repeats another is as durable as that one, which may still be on its way.

        Raises:
            UnheardError: the journal could not take one; the device must bring it again.
        """
        for each in distress:
            unit = each.unit
            if unit is None:
                continue
            alarm = self._alarms.of_distress(each)
            if alarm is not None:
                # A task of its own: whoever asked may go away while the journal is being written.
                writing = asyncio.create_task(self._write(alarm), name=f"cry of {unit}")
                self._crying.setdefault(unit, set()).add(writing)
                writing.add_done_callback(partial(self._written, unit))
            for writing in tuple(self._crying.get(unit, ())):
                await asyncio.shield(writing)

    async def _write(self, alarm: Alarm) -> None:
        try:
            answered = await self._engine.submit(command_of(alarm), by=BY, source=SOURCE)
        except BaseException:
            self._alarms.forget(alarm)
            raise
        if isinstance(answered, Refusal):
            log.warning("a cry for help of unit %s is refused: %s", alarm.unit, answered.message)
        elif isinstance(answered, Unavailable):
            self._alarms.forget(alarm)
            raise UnheardError(f"unit {alarm.unit} cries for help: {answered.message}")

    def _written(self, unit: str, writing: asyncio.Task[None]) -> None:
        if not writing.cancelled():
            writing.exception()  # whoever waited has heard of it
        crying = self._crying.get(unit, set())
        crying.discard(writing)
        if not crying:
            self._crying.pop(unit, None)

    def _follow(self, unit: str, fix: Fix) -> None:
        motion = self._motions.get(unit)
        if motion is None:
            motion = self._motions[unit] = Motion()
        clock = self._fleet.clock(unit)
        if clock is not None and clock.offset_ms and fix.taken_ms is not None:
            fix = msgspec.structs.replace(fix, taken_ms=fix.taken_ms + clock.offset_ms)
        motion.observe(fix)

    def _note_motion(self, units: Iterable[str]) -> None:
        region = self._engine.region
        for unit in units:
            assignment = region.active_assignment(unit)
            if assignment is None:
                continue
            for note in stages_of(region, assignment, self._motions[unit]):
                self._put((note.assignment, note.stage), note)

    def _later(self, alarm: Alarm) -> None:
        self._put((alarm.kind, alarm.unit), command_of(alarm))

    def _put(self, key: tuple[str, str], command: Command) -> None:
        if key not in self._waiting:
            if len(self._waiting) >= MOST_WAITING:
                return  # with a journal that is down for so long, a few alarms more tell nothing new
            self._waiting[key] = command
            self._wake.set()

    async def _tell(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                # Together: the engine writes what waits at once with one sync.
                group = list(self._waiting.items())[:TOGETHER]
                asked = (self._engine.submit(command, by=BY, source=SOURCE) for _, command in group)
                answers = await asyncio.gather(*asked, return_exceptions=True)
                for (key, command), answered in zip(group, answers, strict=True):
                    if isinstance(answered, Unavailable):
                        continue
                    if isinstance(answered, Refusal):
                        # An assignment that has ended meanwhile, a unit that is no longer ours.
                        log.info("%s: %s", type(command).__name__, answered.message)
                    elif isinstance(answered, BaseException):
                        # A fault of ours in one command must not silence every later one.
                        log.error("%s failed", type(command).__name__, exc_info=answered)
                    del self._waiting[key]
                if any(isinstance(answered, Unavailable) for answered in answers):
                    await asyncio.sleep(AGAIN_S)


def command_of(alarm: Alarm) -> RaiseAlarm:
    """Return an alarm of tracking as what dispatch is asked."""
    return RaiseAlarm(
        alarm_kind=alarm.kind,
        unit=alarm.unit,
        at_ms=alarm.at_ms,
        evidence=Evidence(
            reasons=alarm.reasons[:MOST_PARTIES],
            at=_seen(alarm.fix),
            last_good=_seen(alarm.last_good),
            peers=alarm.peers[:MOST_PARTIES],
            parties=alarm.parties[:MOST_PARTIES],
            said_by=alarm.source,
        ),
    )


def _seen(fix: Fix | None) -> Seen | None:
    return None if fix is None else Seen(lat_deg=fix.lat_deg, lon_deg=fix.lon_deg, taken_ms=fix.taken_ms)
