"""The engine: the single writer of a region.

Commands that arrive while the disk is busy are decided together and written in one transaction (group
commit); each is answered only after that. When the journal fails, nothing is acknowledged, the region is read
back from the journal, and the next command is tried for real. While nobody asks, the engine looks at the
journal now and then: it learns that another has taken the region over, that the database is gone, or that it
takes entries again.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from dispatch import commands
from dispatch.asked import Accepted, Answer, Asked, Unavailable, accepted, reused
from dispatch.bus import Bus
from dispatch.commands import Command
from dispatch.decide import decide
from dispatch.events import Draft, Envelope, Head, TookOver, seal
from dispatch.journal import Journal, JournalError
from dispatch.refusal import Refusal
from dispatch.region import Region
from dispatch.snapshot import Snapshots

# What those who ask an engine need beside it.
__all__ = ["Accepted", "Answer", "Engine", "Unavailable"]

log = logging.getLogger("skoraya.engine")

# More commands than this wait for the next transaction, so that the first one's answer does not wait for all.
LARGEST_GROUP = 256
# Answers that wrote nothing are remembered by this process only.
REMEMBERED_UNWRITTEN = 10_000
# After so many entries the fold is kept on disk anew; at an end, when so many are new.
SNAPSHOT_EVERY = 20_000
SNAPSHOT_AT_END = 2_000
# While nobody asks, the journal is looked at this often.
LOOK_EVERY_S = 2.0
# A late commit of a dying writer can come between reading and taking over; a third time means another engine.
TAKE_OVER_TRIES = 3

T = TypeVar("T")


class Engine:
    """The single writer of a region. Make it with `await Engine.open(…)`.

    Attributes:
        bus: every durable entry is published here, after it was folded into `region`.
        deposed: another engine took the region over; this one never writes again.
    """

    def __init__(
        self,
        journal: Journal,
        region: Region,
        clock: Callable[[], int],
        epoch: str,
        snapshots: Snapshots | None,
    ) -> None:
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
        self._waiting: list[Asked] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._snapshots = snapshots
        self._snapped_seq = 0
        self._snapping: asyncio.Task[None] | None = None
        self._disk = ThreadPoolExecutor(1, thread_name_prefix=f"journal-{region.id}")
        self._writer: asyncio.Task[None] | None = None
        # The flow of every command, in order. Nothing is acknowledged before it is durable.
        self.stages: tuple[Callable[[Sequence[Asked]], Awaitable[None]], ...] = (
            self._decide,
            self._append,
            self._fold,
            self._publish,
            self._acknowledge,
        )

    @classmethod
    async def open(
        cls,
        journal: Journal,
        region: str,
        clock: Callable[[], int],
        epoch: str | None = None,
        snapshots: Snapshots | None = None,
    ) -> Engine:
        """Fold the journal, take the region over, and accept commands.

        Args:
            journal: where the region's truth is; the caller closes it, after the engine.
            region: the region's id.
            clock: returns ms since 1970 UTC.
            epoch: this writer's unique name; made up when not given.
            snapshots: where folds are kept, so that the next start is quick; none: the journal is replayed.

        Raises:
            JournalError: the journal cannot be read, or did not take the `took_over`.
        """
        engine = cls(journal, Region(region), clock, epoch or uuid.uuid4().hex, snapshots)
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
        if self.deposed and self._degraded is not None:
            return self._degraded
        asked = Asked(command, by, source, command_id, asyncio.get_running_loop().create_future())
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
        if self._snapping is not None:
            await self._snapping
        if not self.deposed and self.seq - self._snapped_seq >= SNAPSHOT_AT_END:
            await self._snapshot()
        self._disk.shutdown(wait=True)

    # ── the flow ─────────────────────────────────────────────────────────────────────────────────────────

    async def _write(self) -> None:
        """Pass group after group through the stages, for as long as the engine lives."""
        while self._waiting or not self._closing:
            if not self._waiting:
                self._wake.clear()
                try:
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._wake.wait()
                except TimeoutError:
                    await self._look()
                continue
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
            try:
                for stage in self.stages:
                    await stage(group)
            except JournalError as error:
                await self._fail(group, error)
            except Exception as error:  # noqa: BLE001  # one broken group must not end the region's only writer
                self._ahead = None
                for asked in group:
                    asked.fail(error)

    async def _decide(self, group: Sequence[Asked]) -> None:
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

    def _decide_one(self, ahead: Region, asked: Asked) -> None:
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

    def _answered_before(self, ahead: Region, asked: Asked) -> bool:
        if asked.key is None:
            return False
        written = ahead.answers.get(asked.key)
        if written is not None:
            if written.command_print == asked.print:
                asked.written = written
            else:
                asked.answer = reused(asked.command_id)
            return True
        unwritten = self._unwritten.get(asked.key)
        if unwritten is None:
            return False
        known_print, answer = unwritten
        asked.answer = answer if known_print == asked.print else reused(asked.command_id)
        return True

    async def _append(self, group: Sequence[Asked]) -> None:
        """Write the group in one transaction; behind this line it is durable."""
        sealed = [each for asked in group for each in asked.sealed]
        if not sealed:
            return
        head = self._region.head
        await self._on_disk(lambda: self._journal.append(self._region.id, head, sealed))
        self._degraded = None

    async def _fold(self, group: Sequence[Asked]) -> None:
        """Show it to readers."""
        for asked in group:
            self._region.apply_all(each.envelope for each in asked.sealed)
        if self.seq - self._snapped_seq >= SNAPSHOT_EVERY and self._snapping is None:
            self._ahead = self._region.fork()  # both have made the same values of the entries: one is enough
            self._snapping = asyncio.create_task(self._snapshot(), name=f"snapshot-{self._region.id}")

    async def _publish(self, group: Sequence[Asked]) -> None:
        """Tell the listeners."""
        self.bus.publish(each.envelope for asked in group for each in asked.sealed)

    async def _acknowledge(self, group: Sequence[Asked]) -> None:
        """Tell those who asked."""
        for asked in group:
            if asked.answered.done():
                continue
            if asked.written is not None:
                seqs = range(asked.written.first_seq, asked.written.last_seq + 1)
                envelopes = await asyncio.to_thread(self._journal.entries, self._region.id, seqs)
                asked.finish(accepted(asked.command, envelopes, repeated=True))
                continue
            answer = asked.answer or accepted(asked.command, [each.envelope for each in asked.sealed])
            if asked.key is not None and not asked.sealed:
                self._unwritten[asked.key] = (asked.print, answer)
                if len(self._unwritten) > REMEMBERED_UNWRITTEN:
                    self._unwritten.popitem(last=False)
            asked.finish(answer)

    # ── when the journal fails ───────────────────────────────────────────────────────────────────────────

    async def _fail(self, group: Sequence[Asked], error: JournalError) -> None:
        """Acknowledge nothing of the group; the next one begins with a look at what the journal holds."""
        self._ahead = None
        if error.trouble == "second-writer" and not self.deposed:
            # Another engine, or a commit of our own that came through after its connection was lost?
            try:
                await self._read_back()
            except JournalError as found:
                error = found
        degraded = self._note(error)
        for asked in group:
            asked.finish(degraded)

    def _note(self, error: JournalError) -> Unavailable:
        """Remember why the journal takes nothing, and since when."""
        since_ms = self._clock() if self._degraded is None else self._degraded.since_ms
        if self._degraded is None or self._degraded.message != str(error):
            log.error("journal: %s", error)
        self._degraded = Unavailable(str(error), since_ms)
        return self._degraded

    async def _look(self) -> None:
        """See how the journal is, while nobody asks for anything."""
        if self.deposed:
            return
        try:
            head = await self._on_disk(lambda: self._journal.head(self._region.id))
            if self._ahead is None or head != self._region.head:
                await self._read_back()
            if self._degraded is not None:
                await self._on_disk(lambda: self._journal.probe(self._region.id))
                self._degraded = None
        except JournalError as error:
            self._ahead = None  # the next command begins with reading back, too
            self._note(error)

    async def _read_back(self) -> None:
        """Fold what the journal holds beyond our region: a failed commit may have been written after all.

        Raises:
            JournalError: it cannot be read, another engine has taken over, or it is another journal by now.
        """
        if self.deposed:
            raise _taken_over(self._region.id)
        envelopes = await self._on_disk(lambda: list(self._journal.read(self._region.id, self._region.seq)))
        if any(isinstance(each.event, TookOver) for each in envelopes):
            self.deposed = True
            raise _taken_over(self._region.id)
        head = await self._on_disk(lambda: self._journal.head(self._region.id))
        ends = Head(envelopes[-1].seq, envelopes[-1].hash) if envelopes else self._region.head
        if head != ends or (envelopes and envelopes[0].previous != self._region.hash):
            raise JournalError(
                "corrupt",
                f"{self._journal.name}: region {self._region.id} is not as it was at entry "
                f"{self._region.seq}: was a copy put back? Stop this service, and run `skoraya verify`",
            )
        self._region.apply_all(envelopes)
        self.bus.publish(envelopes)
        self._ahead = self._region.fork()

    async def _take_over(self) -> None:
        """Fold the journal, from the last snapshot on where there is one, and become its writer."""

        def replay() -> None:
            if self._snapshots is not None and self._region.seq == 0:
                self._region = self._snapshots.load(self._journal, self._region.id)
                self._snapped_seq = self._region.seq
            self._region.apply_all(self._journal.read(self._region.id, self._region.seq))

        for tries_left in reversed(range(TAKE_OVER_TRIES)):
            await self._on_disk(replay)
            at_ms, head = self._now(), self._region.head
            event = TookOver(epoch=self._epoch)
            draft = Draft(event=event, at_ms=at_ms, learned_ms=at_ms, by="engine", source="engine")
            sealed = seal(self._region.id, head, [draft])
            try:
                await self._on_disk(partial(self._journal.append, self._region.id, head, sealed))
            except JournalError as error:
                if error.trouble != "second-writer" or not tries_left:
                    raise
            else:
                self._region.apply_all(each.envelope for each in sealed)
                break
        self._ahead = self._region.fork()

    async def _snapshot(self) -> None:
        """Keep the fold on disk, beside the work; a failure is logged and costs only the next start time."""
        snapshots = self._snapshots
        if snapshots is not None:
            fold = self._region.fork()
            self._snapped_seq = (
                fold.seq
            )  # after a failure, too: the next try comes after as many entries more
            try:
                await asyncio.to_thread(snapshots.save, self._journal, fold)
            except JournalError as error:
                log.warning("snapshot: %s", error)
        self._snapping = None

    async def _on_disk(self, work: Callable[[], T]) -> T:
        """Run in the journal's own thread, so that the loop stays live while the disk is busy."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    def _now(self) -> int:
        """Return the clock, never earlier than before: what we learned later is never dated earlier."""
        self._now_ms = max(self._clock(), self._now_ms)
        return self._now_ms


def _taken_over(region: str) -> JournalError:
    return JournalError(
        "second-writer",
        f"region {region}: another engine took over; this one has stopped: use the other one's console",
    )


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found (a KeyError), a folder, no name at all
        return None


def _day(region: Region, now_ms: int) -> str:
    """Return the region's local date, YYYY-MM-DD."""
    zone = _zone(region.settings.timezone if region.settings is not None else "UTC") or ZoneInfo("UTC")
    return datetime.fromtimestamp(now_ms / 1000, zone).date().isoformat()
