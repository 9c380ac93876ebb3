"""The engine: the single writer of a region.

Commands that arrive while the disk is busy are decided together and written in one transaction (group
commit); each is answered only after that. When the journal fails, nothing is acknowledged, the region is read
back from the journal, and the next command is tried for real.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from dispatch import commands
from dispatch.bus import Bus
from dispatch.commands import Command, print_of
from dispatch.decide import decide
from dispatch.events import Draft, Envelope, Sealed, TookOver, seal
from dispatch.journal import Journal, JournalError
from dispatch.refusal import Refusal
from dispatch.region import Answer as Written
from dispatch.region import Region

# More commands than this wait for the next transaction, so that the first one's answer does not wait for all.
LARGEST_GROUP = 256
# Answers that wrote nothing are remembered by this process only.
REMEMBERED_UNWRITTEN = 10_000

T = TypeVar("T")


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The command was obeyed and is durable.

    Attributes:
        envelopes: what it wrote; empty when things were already so.
        incident: id of the incident that it made or moved, where there is one.
        assignment: the same of an assignment.
        unit: the same of a unit.
        repeated: this command id was answered before; nothing was done now.
    """

    envelopes: tuple[Envelope, ...] = ()
    incident: str | None = None
    assignment: str | None = None
    unit: str | None = None
    repeated: bool = False


class Unavailable(msgspec.Struct, frozen=True):
    """The journal could not take it: nothing was acknowledged; try again with the same command id."""

    message: str
    since_ms: int


Answer = Accepted | Refusal | Unavailable


class _Asked:
    """One command on its way through the stages."""

    def __init__(
        self, command: Command, by: str, source: str, command_id: str | None, answered: asyncio.Future[Answer]
    ) -> None:
        self.command = command
        self.by = by
        self.source = source
        self.command_id = command_id
        self.print = None if command_id is None else print_of(command)
        self.answered = answered
        self.sealed: list[Sealed] = []
        self.written: Written | None = None
        self.answer: Answer | None = None

    @property
    def key(self) -> tuple[str, str] | None:
        """Command ids are each user's own."""
        return None if self.command_id is None else (self.by, self.command_id)

    def fail(self, error: BaseException) -> None:
        """End this one command with an exception."""
        if not self.answered.done():
            self.answered.set_exception(error)

    def finish(self, answer: Answer) -> None:
        """Answer, unless the one who asked has gone."""
        if not self.answered.done():
            self.answered.set_result(answer)


class Engine:
    """The single writer of a region. Make it with `await Engine.open(…)`.

    Attributes:
        bus: every durable entry is published here, after it was folded into `region`.
        deposed: another engine took the region over; this one never writes again.
    """

    def __init__(self, journal: Journal, region: Region, clock: Callable[[], int], epoch: str) -> None:
        """Take what `open` has prepared."""
        self.bus: Bus[Envelope] = Bus()
        self.deposed = False
        self._journal = journal
        self._region = region
        self._ahead: Region | None = region.fork()
        self._clock = clock
        self._now_ms = 0
        self._epoch = epoch
        self._degraded: Unavailable | None = None
        self._unwritten: OrderedDict[tuple[str, str], tuple[str | None, Answer]] = OrderedDict()
        self._waiting: list[_Asked] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._disk = ThreadPoolExecutor(1, thread_name_prefix=f"journal-{region.id}")
        self._writer: asyncio.Task[None] | None = None
        # The flow of every command, in order. Nothing is acknowledged before it is durable.
        self.stages: tuple[Callable[[Sequence[_Asked]], Awaitable[None]], ...] = (
            self._decide,
            self._append,
            self._fold,
            self._publish,
            self._acknowledge,
        )

    @classmethod
    async def open(
        cls, journal: Journal, region: str, clock: Callable[[], int], epoch: str | None = None
    ) -> Engine:
        """Fold the journal, take the region over, and accept commands.

        Args:
            journal: where the region's truth is; the caller closes it, after the engine.
            region: the region's id.
            clock: returns ms since 1970 UTC.
            epoch: this writer's unique name; made up when not given.

        Raises:
            JournalError: the journal cannot be read, or did not take the `took_over`.
        """
        engine = cls(journal, Region(region), clock, epoch or uuid.uuid4().hex)
        try:
            await engine._take_over()
        except BaseException:
            engine._disk.shutdown(wait=False)
            raise
        engine._writer = asyncio.create_task(engine._write(), name=f"engine-{region}")
        return engine

    @property
    def region(self) -> Region:
        """The region as far as it is durable. For reading only; it changes between two awaits."""
        return self._region

    @property
    def seq(self) -> int:
        """The last durable entry."""
        return self._region.seq

    @property
    def epoch(self) -> str:
        """This writer's unique name; feeds number their events within it."""
        return self._epoch

    @property
    def degraded(self) -> Unavailable | None:
        """Why the journal takes nothing at present, or None."""
        return self._degraded

    async def submit(
        self, command: Command, *, by: str, source: str, command_id: str | None = None
    ) -> Answer:
        """Decide, write durably, fold, publish; then answer.

        The same `command_id` by the same user is answered as the first time and does nothing. Accepted
        commands are remembered by the journal (the last 100,000), refused ones by this process.
        """
        if self._closing:
            return Unavailable("the service is stopping", self._clock())
        asked = _Asked(command, by, source, command_id, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._wake.set()
        return await asked.answered

    async def timeline(self, incident: str) -> list[Envelope]:
        """Return the entries that touched the incident, oldest first; empty for one that does not exist.

        Raises:
            JournalError: the journal cannot be read.
        """
        seqs = self._region.timeline.get(incident, ())
        return await asyncio.to_thread(self._journal.entries, self._region.id, seqs)

    async def close(self) -> None:
        """Answer what is queued, then stop."""
        self._closing = True
        self._wake.set()
        if self._writer is not None:
            await self._writer
        self._disk.shutdown(wait=True)

    # ── the flow ─────────────────────────────────────────────────────────────────────────────────────────

    async def _write(self) -> None:
        """Pass group after group through the stages, for as long as the engine lives."""
        while self._waiting or not self._closing:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
            try:
                for stage in self.stages:
                    await stage(group)
            except JournalError as error:
                self._fail(group, error)
            except Exception as error:  # noqa: BLE001  # one broken group must not end the region's only writer
                self._ahead = None
                for asked in group:
                    asked.fail(error)

    async def _decide(self, group: Sequence[_Asked]) -> None:
        """Decide each command on the region as the commands before it will leave it."""
        if self._ahead is None:
            await self._read_back()
        ahead = self._ahead
        assert ahead is not None  # noqa: S101  # _read_back sets it or raises
        for asked in group:
            try:
                self._decide_one(ahead, asked)
            except Exception as error:
                if asked.sealed:  # it may have changed `ahead`: the whole group starts anew
                    raise
                asked.fail(error)

    def _decide_one(self, ahead: Region, asked: _Asked) -> None:
        if self._answered_before(ahead, asked):
            return
        now_ms = self._now()
        if isinstance(asked.command, commands.ConfigureRegion):
            zone = asked.command.settings.timezone
            if _zone(zone) is None:
                asked.answer = Refusal(
                    "bad-timezone", f"there is no time zone {zone!r}", {"field": "timezone", "timezone": zone}
                )
                return
        decision = decide(ahead, asked.command, now_ms, _day(ahead, now_ms))
        if isinstance(decision, Refusal):
            asked.answer = decision
            return
        drafts = [
            Draft(
                event=dated.event,
                at_ms=dated.at_ms,
                learned_ms=now_ms,
                by=asked.by,
                source=asked.source,
                command_id=asked.command_id,
                command_print=asked.print,
            )
            for dated in decision
        ]
        asked.sealed = seal(ahead.id, ahead.head, drafts)
        ahead.apply_all(each.envelope for each in asked.sealed)

    def _answered_before(self, ahead: Region, asked: _Asked) -> bool:
        if asked.key is None:
            return False
        written = ahead.answers.get(asked.key)
        if written is not None:
            if written.command_print == asked.print:
                asked.written = written
            else:
                asked.answer = _reused(asked.command_id)
            return True
        unwritten = self._unwritten.get(asked.key)
        if unwritten is None:
            return False
        known_print, answer = unwritten
        asked.answer = answer if known_print == asked.print else _reused(asked.command_id)
        return True

    async def _append(self, group: Sequence[_Asked]) -> None:
        """Write the group in one transaction; behind this line it is durable."""
        sealed = [each for asked in group for each in asked.sealed]
        if not sealed:
            return
        head = self._region.head
        await self._on_disk(lambda: self._journal.append(self._region.id, head, sealed))
        self._degraded = None

    async def _fold(self, group: Sequence[_Asked]) -> None:
        """Show it to readers."""
        for asked in group:
            self._region.apply_all(each.envelope for each in asked.sealed)

    async def _publish(self, group: Sequence[_Asked]) -> None:
        """Tell the listeners."""
        self.bus.publish(each.envelope for asked in group for each in asked.sealed)

    async def _acknowledge(self, group: Sequence[_Asked]) -> None:
        """Tell those who asked."""
        for asked in group:
            if asked.answered.done():
                continue
            if asked.written is not None:
                seqs = range(asked.written.first_seq, asked.written.last_seq + 1)
                envelopes = await asyncio.to_thread(self._journal.entries, self._region.id, seqs)
                asked.finish(_accepted(asked.command, envelopes, repeated=True))
                continue
            answer = asked.answer or _accepted(asked.command, [each.envelope for each in asked.sealed])
            if asked.key is not None and not asked.sealed:
                self._unwritten[asked.key] = (asked.print, answer)
                if len(self._unwritten) > REMEMBERED_UNWRITTEN:
                    self._unwritten.popitem(last=False)
            asked.finish(answer)

    # ── when the journal fails ───────────────────────────────────────────────────────────────────────────

    def _fail(self, group: Sequence[_Asked], error: JournalError) -> None:
        """Acknowledge nothing of the group; the next one begins with a look at what the journal holds."""
        self._ahead = None
        self.deposed = self.deposed or error.trouble == "second-writer"
        since_ms = self._clock() if self._degraded is None else self._degraded.since_ms
        self._degraded = Unavailable(str(error), since_ms)
        for asked in group:
            asked.finish(self._degraded)

    async def _read_back(self) -> None:
        """Fold what the journal holds beyond our region: a failed commit may have been written after all.

        Raises:
            JournalError: it cannot be read, or another engine has taken over.
        """
        if self.deposed:
            raise _taken_over(self._region.id)
        envelopes = await self._on_disk(lambda: list(self._journal.read(self._region.id, self._region.seq)))
        if any(isinstance(each.event, TookOver) for each in envelopes):
            self.deposed = True
            raise _taken_over(self._region.id)
        self._region.apply_all(envelopes)
        self.bus.publish(envelopes)
        self._ahead = self._region.fork()

    async def _take_over(self) -> None:
        def replay() -> None:
            self._region.apply_all(self._journal.read(self._region.id, self._region.seq))

        await self._on_disk(replay)
        now_ms = self._now()
        took_over = Draft(
            event=TookOver(epoch=self._epoch), at_ms=now_ms, learned_ms=now_ms, by="engine", source="engine"
        )
        head = self._region.head
        sealed = seal(self._region.id, head, [took_over])
        await self._on_disk(lambda: self._journal.append(self._region.id, head, sealed))
        self._region.apply_all(each.envelope for each in sealed)
        self._ahead = self._region.fork()

    async def _on_disk(self, work: Callable[[], T]) -> T:
        """Run in the journal's own thread, so that the loop stays live while the disk is busy."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    def _now(self) -> int:
        """Return the clock, never earlier than before: what we learned later is never dated earlier."""
        self._now_ms = max(self._clock(), self._now_ms)
        return self._now_ms


def _accepted(command: Command, envelopes: Sequence[Envelope], *, repeated: bool = False) -> Accepted:
    sources = [*(envelope.event for envelope in envelopes), command]

    def first(name: str) -> str | None:
        return next((getattr(source, name) for source in sources if hasattr(source, name)), None)

    return Accepted(
        envelopes=tuple(envelopes),
        incident=first("incident"),
        assignment=first("assignment"),
        unit=first("unit"),
        repeated=repeated,
    )


def _reused(command_id: str | None) -> Refusal:
    return Refusal(
        "command-id-reused",
        "that command_id was used for another command",
        {"field": "command_id", "command_id": command_id},
    )


def _taken_over(region: str) -> JournalError:
    return JournalError("second-writer", f"region {region}: another engine took over; this one has stopped")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found (a KeyError), a folder, no name at all
        return None


def _day(region: Region, now_ms: int) -> str:
    """Return the region's local date, YYYY-MM-DD."""
    zone = _zone(region.settings.timezone if region.settings is not None else "UTC") or ZoneInfo("UTC")
    return datetime.fromtimestamp(now_ms / 1000, zone).date().isoformat()
