"""Committer: stores the fixes of all connections in groups, then hands them over, then answers the devices.

Two lanes: what is live goes into the next group whole; what was waiting in a device (history, a backlog after
an outage) fills the group up to a limit, and devices whose backlog waits too long a queue are held back, so
that a million buffered fixes delay nobody's live one.

An answer is sent when everything that it acknowledges is on disk, and in the order of the questions. Where
the archive fails (a full disk) nothing is acknowledged: such connections are closed, and the device keeps
what it has. The fixes go to the sink all the same, since crews must be sent even then, and wait in a bounded
buffer for the archive to recover; `failing` and the counts say so.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from tracking.archive import Archive
from tracking.fix import Fix
from tracking.layout import Line
from tracking.protocols.dialect import Distress, Step
from tracking.session import is_backlog

COMMIT_EVERY_S = 0.1  # fixes of this long are stored with one sync
BACKLOG_A_COMMIT = 2_500
BACKLOG_A_DEVICE = 400  # that wait, before the device is held back
MAX_WAITING = 100_000  # fixes that wait for the archive before devices are made to wait


class Owed(msgspec.Struct, gc=False):
    """An answer that waits for what it acknowledges."""

    waits_for: int
    reply: bytes
    close: bool


class Peer(Protocol):
    """Who is answered: a connection, or a UDP peer."""

    owed: deque[Owed]
    backlog: int

    def answer(self, reply: bytes, close: bool) -> None:
        """Send an answer, then close if so."""

    def give_up(self) -> None:
        """End without an answer: what was not acknowledged comes again."""

    def hold(self, held: bool) -> None:
        """Stop or resume reading."""


class Committer:
    """Groups, stores, hands over, answers.

    Args:
        archive: where fixes are stored before anyone sees or acknowledges them.
        sink: takes each stored group, in the event loop; it must not block.
        on_distress: returns when a cry for help is durable wherever it belongs.
        keep_raw: whether `raw` keeps anything.
    """

    def __init__(
        self,
        archive: Archive,
        sink: Callable[[list[Fix]], None],
        on_distress: Callable[[list[Distress]], Awaitable[None]],
        *,
        commit_every_s: float = COMMIT_EVERY_S,
        max_waiting: int = MAX_WAITING,
        keep_raw: bool = False,
    ) -> None:
        self.totals: Counter[str] = Counter()
        self.failing: str | None = None  # why the archive cannot be written, while it cannot
        self._archive = archive
        self._sink = sink
        self._on_distress = on_distress
        self._commit_every_s = commit_every_s
        self._max_waiting = max_waiting
        self._keep_raw = keep_raw
        self._live: list[Fix] = []
        self._backlog: deque[tuple[list[Fix], Peer, Owed | None]] = deque()
        self._backlog_fixes = 0
        self._owed: list[tuple[Peer, Owed]] = []  # answers that wait for the live lane
        self._lines: list[Line] = []
        self._unstored: deque[Fix] = deque(maxlen=max_waiting)  # handed over, but the archive failed
        self._held: set[Peer] = set()
        self._arrived = asyncio.Event()
        self._closing = False
        self._cries: set[asyncio.Task[None]] = set()

    @property
    def counts(self) -> dict[str, int]:
        """What waits now, and what has become of the rest."""
        now = {
            "waiting": len(self._live),
            "backlog waiting": self._backlog_fixes,
            "unstored": len(self._unstored),
        }
        return now | dict(self.totals)

    @property
    def is_full(self) -> bool:
        """Whether more waits than should; who can be held back is."""
        return len(self._live) > self._max_waiting or self._backlog_fixes > self._max_waiting

    def put(self, step: Step, peer: Peer) -> None:
        """Take what a step brought; answer the peer when that is durable."""
        fixes = step.fixes
        if not fixes and not step.distress:
            if step.reply or step.close:
                if peer.owed:
                    peer.owed.append(Owed(0, step.reply, step.close))
                else:
                    peer.answer(step.reply, step.close)
            return
        late = [fix for fix in fixes if is_backlog(fix)]
        if late:
            fixes = [] if len(late) == len(fixes) else [fix for fix in fixes if not is_backlog(fix)]
        owed: Owed | None = None
        # An answer also waits for those before it.
        if step.reply or step.close or peer.owed:
            owed = Owed(bool(late) + bool(fixes) + bool(step.distress), step.reply, step.close)
            peer.owed.append(owed)
        if fixes:
            self._live += fixes
            if owed is not None:
                self._owed.append((peer, owed))
        if late:
            self._backlog.append((late, peer, owed))
            self._backlog_fixes += len(late)
            peer.backlog += len(late)
        if step.distress:
            cry = asyncio.create_task(self._cry(step.distress, peer, owed))
            self._cries.add(cry)
            cry.add_done_callback(self._cries.discard)
        if peer.backlog > BACKLOG_A_DEVICE or self.is_full:
            self._held.add(peer)
            peer.hold(True)
        self._arrived.set()

    def raw(self, unit: str, received_ms: int, data: bytes) -> None:
        """Keep bytes as they came, as evidence."""
        if not self._keep_raw:
            return
        if len(self._lines) < self._max_waiting:
            self._lines.append(Line(unit, received_ms, data))
        else:
            self.totals["raw lines not kept"] += 1

    def forget(self, peer: Peer) -> None:
        """A peer has gone: nothing is to be held back or answered any more."""
        self._held.discard(peer)
        peer.owed.clear()

    def nudge(self) -> None:
        """Try again what the archive refused, though nothing new has come."""
        if self._unstored:
            self._arrived.set()

    async def close(self) -> None:
        """Let `run` end once everything that has come is stored and handed over."""
        self._closing = True
        self._arrived.set()
        if self._cries:
            await asyncio.wait(self._cries, timeout=5)

    async def run(self) -> None:
        """Commit group by group until closed."""
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            begun_s = loop.time()
            live, self._live = self._live, []
            owed, self._owed = self._owed, []
            late: list[Fix] = []
            brought: list[tuple[Peer, int]] = []
            while self._backlog and len(late) < BACKLOG_A_COMMIT:
                fixes, peer, answer = self._backlog.popleft()
                late += fixes
                brought.append((peer, len(fixes)))
                if answer is not None:
                    owed.append((peer, answer))
            self._backlog_fixes -= len(late)
            if live or late or self._unstored or self._lines:
                durable = await self._store(live, late)
                self._hand_over(live)
                self._hand_over(late)
                self._settle(owed, durable)
            for peer, count in brought:
                peer.backlog -= count
            self._resume()
            if self._backlog:
                self._arrived.set()
            elif self._closing and not self._live:
                return
            if not self._closing:
                # What the commit took counts: a fix waits for the beginning of the next one only.
                await asyncio.sleep(max(0.0, begun_s + self._commit_every_s - loop.time()))

    async def _store(self, live: list[Fix], late: list[Fix]) -> bool:
        group = [*self._unstored, *live, *late]
        lines, self._lines = self._lines, []
        try:
            stored = await asyncio.to_thread(self._append, group, lines)
        except Exception as error:  # noqa: BLE001  # whatever the disk does, the live map must go on
            self.failing = str(error)
            self.totals["archive failures"] += 1
            overflow = len(group) - self._max_waiting
            if overflow > 0:
                self.totals["not archived"] += overflow  # the deque drops as many, the oldest
            self._unstored.extend([*live, *late])
            return False
        self.failing = None
        self._unstored.clear()
        self.totals["stored"] += stored
        return True

    def _append(self, group: list[Fix], lines: list[Line]) -> int:
        stored = self._archive.append(group) if group else 0
        if lines:
            try:
                self._archive.append_raw(lines)
            except Exception:  # noqa: BLE001  # evidence is not worth an acknowledgement that was earned
                self.totals["raw lines not kept"] += len(lines)
        return stored

    def _hand_over(self, fixes: list[Fix]) -> None:
        if not fixes:
            return
        try:
            self._sink(fixes)
        except Exception as error:  # noqa: BLE001  # a fault of whoever listens must not stop the archive
            self.totals["sink failures"] += 1
            asyncio.get_running_loop().call_exception_handler(
                {"message": "the gateway's sink raised", "exception": error}
            )
        else:
            self.totals["handed over"] += len(fixes)

    def _settle(self, owed: list[tuple[Peer, Owed]], durable: bool) -> None:
        for peer, answer in owed:
            if not durable and answer.reply:
                if peer.owed:
                    peer.owed.clear()
                    peer.give_up()
                continue
            answer.waits_for -= 1
            self._answer(peer)

    def _answer(self, peer: Peer) -> None:
        while peer.owed and peer.owed[0].waits_for <= 0:
            ready = peer.owed.popleft()
            try:
                peer.answer(ready.reply, ready.close)
            except Exception as error:  # noqa: BLE001  # one peer's socket must not stop everyone's answers
                self.totals["answers that failed"] += 1
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "an answer could not be sent", "exception": error}
                )
                peer.owed.clear()

    def _resume(self) -> None:
        held, self._held = self._held, set()
        for peer in held:
            if peer.backlog > BACKLOG_A_DEVICE // 2:
                self._held.add(peer)  # its turn comes, lest it crowds out the others
            else:
                peer.hold(False)

    async def _cry(self, distress: list[Distress], peer: Peer, owed: Owed | None) -> None:
        try:
            await self._on_distress(distress)
        except Exception as error:  # noqa: BLE001  # whatever failed: it is not acknowledged, so it comes again
            self.totals["distress failures"] += 1
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a cry for help could not be passed on", "exception": error}
            )
            peer.owed.clear()
            peer.give_up()
            return
        self.totals["distress"] += len(distress)
        if owed is not None:
            owed.waits_for -= 1
            self._answer(peer)
