"""The consoles that watch a region: every event once to each, positions latest-wins, nobody held up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from console.feed import Backlog, UnitPosition, encode_positions
from console.masking import masked_frame
from console.views import View, changed, snapshot
from dispatch.bus import Lagged
from dispatch.engine import Engine
from dispatch.events import Envelope

# A console that has not read this many events is sent a snapshot instead of them.
MAX_WAITING = 2_000
POSITIONS_EVERY_S = 0.2
PULSE_EVERY_S = 2.0

# From here on a hospital's "ready" has done its work.
_DELIVERED = frozenset({"handed_over", "cleared", "refused", "pre_empted", "cancelled"})


class Positions(Protocol):
    """Where every unit is, for the feed."""

    def everyone(self) -> list[UnitPosition]:
        """Return the position of each unit that has one."""
        ...

    def moved(self) -> list[UnitPosition]:
        """Return the positions that are new since the last call."""
        ...


class Console:
    """What one connected page still has to be sent."""

    def __init__(self, seq: int, name: str = "", user: str = "", *, masked: bool = False) -> None:
        """`seq` is the last event that the page knows, `name` the person's at it, who signed in as `user`.

        A `masked` page is sent nothing of the patients.
        """
        self.seq = seq
        self.masked = masked
        self.name = name
        self.user = user
        self.lagged = False
        self.wake = asyncio.Event()
        self._events: deque[tuple[int, str]] = deque()
        self._pulse: str | None = None
        self._presence: str | None = None
        self.looking: tuple[str, str] | None = None  # (the page's own name for itself, the call)
        self._positions: bytes | None = None
        self.wants_everyone = True  # a page that has just come, or that missed a frame of positions

    def offer_event(self, seq: int, frame: str) -> None:
        """Queue a numbered frame; a page that reads too slowly gets a snapshot in its place."""
        if len(self._events) >= MAX_WAITING:
            self._events.clear()
            self.lagged = True
        elif not self.lagged:
            self._events.append((seq, frame))
        self.wake.set()

    def offer_positions(self, frame: bytes) -> None:
        """Replace the waiting frame; one that was never sent is made up for by a frame of everyone."""
        if self._positions is not None:
            self.wants_everyone = True
        self._positions = frame
        self.wake.set()

    def offer_pulse(self, frame: str) -> None:
        """Replace the waiting pulse."""
        self._pulse = frame
        self.wake.set()

    def offer_presence(self, frame: str) -> None:
        """Replace the waiting word on who looks at what."""
        self._presence = frame
        self.wake.set()

    def take_presence(self) -> str | None:
        """Return the waiting word on who looks at what, if any."""
        frame, self._presence = self._presence, None
        return frame

    def take_events(self) -> list[str]:
        """Return the numbered frames that the page does not know yet, in order."""
        frames = []
        while self._events:
            seq, frame = self._events.popleft()
            if seq > self.seq:  # a snapshot may have been ahead of the queue
                frames.append(frame)
                self.seq = seq
        return frames

    def take_pulse(self) -> str | None:
        """Return the waiting pulse, if any."""
        pulse, self._pulse = self._pulse, None
        return pulse

    def take_positions(self) -> bytes | None:
        """Return the waiting position frame, if any."""
        frame, self._positions = self._positions, None
        return frame


class Live:
    """Turns what the engine publishes and where the units are into frames, each encoded once."""

    def __init__(
        self,
        engine: Engine,
        positions: Positions,
        now_ms: Callable[[], int],
        speed: float,
        state: Callable[[], View],
    ) -> None:
        """`state` returns what is degraded and how the demo stands, for snapshots and pulses."""
        self._engine = engine
        self._positions = positions
        self._now_ms = now_ms
        self._speed = speed
        self._state = state
        self._backlog = Backlog(engine.epoch, engine.seq)
        self._consoles: set[Console] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._everyone: bytes | None = None
        self._snapshot: tuple[int, str] | None = None  # the last event in it, and the frame
        self._masked_snapshot: str | None = None  # the same frame for those who see no patients
        self._presence_changed = False
        # Patients that a hospital is ready for, since when: a courtesy between people, kept in no journal.
        self._ready: dict[str, int] = {}

    def start(self) -> None:
        """Begin to publish."""
        subscription = self._engine.bus.subscribe(capacity=10_000)

        async def events() -> None:
            while True:
                try:
                    self._publish(await subscription.get())
                except Lagged:
                    subscription.resume()
                    self._start_over()
                except StopAsyncIteration:
                    return

        self._tasks = [
            asyncio.create_task(events(), name="feed events"),
            asyncio.create_task(
                self._every(POSITIONS_EVERY_S, self._publish_positions), name="feed positions"
            ),
            asyncio.create_task(self._every(PULSE_EVERY_S, self.publish_pulse), name="feed pulse"),
        ]

    async def close(self) -> None:
        """Stop publishing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def join(
        self, since: tuple[str, int] | None, name: str = "", user: str = "", *, masked: bool = False
    ) -> tuple[Console, list[str]]:
        """Let `name`'s page in; return it with its first frames: what it missed, or a snapshot.

        A `masked` page is sent nothing of the patients, in these frames and in all that follow.
        """
        missed = None if since is None else self._backlog.since(*since)
        if missed is None:
            console = Console(self._engine.seq, name, user, masked=masked)
            frames = [self.snapshot_frame(masked=masked)]
        else:
            console = Console(self._backlog.seq, name, user, masked=masked)
            frames = [*(masked_frame(each) if masked else each for each in missed), self._pulse_frame()]
        self._consoles.add(console)
        self._presence_changed = True  # whoever comes is told who looks at what
        return console, frames

    def leave(self, console: Console) -> None:
        """Forget a page."""
        self._consoles.discard(console)
        self._presence_changed = self._presence_changed or console.looking is not None

    def look(self, console: Console, page: str, incident: str | None) -> None:
        """Note which call a page has open; all are told with the next frame of positions."""
        looking = None if incident is None else (page, incident)
        if looking != console.looking:
            console.looking = looking
            self._presence_changed = True

    def mark_ready(self, assignment: str) -> None:
        """Note that the hospital awaits an assignment's patient."""
        self._ready[assignment] = self._now_ms()
        self.publish_pulse()

    def ready(self) -> dict[str, int]:
        """Return the patients that are awaited, since when; those that have arrived are forgotten."""
        running = self._engine.region.assignments
        self._ready = {
            one: since_ms
            for one, since_ms in self._ready.items()
            if one in running and running[one].status not in _DELIVERED
        }
        return self._ready

    def catch_up(self, console: Console) -> str:
        """Return a snapshot for a page that fell behind, and count it as up to date."""
        console.lagged = False
        console.wants_everyone = True
        console.seq = self._engine.seq
        return self.snapshot_frame(masked=console.masked)

    def snapshot_frame(self, *, masked: bool = False) -> str:
        """Return the whole picture as of the last durable event; encoded once a tick for all who want it."""
        seq = self._engine.seq
        if self._snapshot is None or self._snapshot[0] != seq:
            now_ms = self._now_ms()
            frame = _text(
                {
                    "t": "snapshot",
                    "epoch": self._engine.epoch,
                    "seq": seq,
                    "now_ms": now_ms,
                    "speed": self._speed,
                    **snapshot(self._engine.region, now_ms),
                    **self._state(),
                    "ready": self.ready(),
                }
            )
            self._snapshot = (seq, frame)
            self._masked_snapshot = None
        if not masked:
            return self._snapshot[1]
        if self._masked_snapshot is None:
            self._masked_snapshot = masked_frame(self._snapshot[1])
        return self._masked_snapshot

    def everyone_frame(self) -> bytes:
        """Return the frame of all units' positions; encoded once a tick for all who want it."""
        if self._everyone is None:
            self._everyone = encode_positions(self._positions.everyone(), self._now_ms(), everyone=True)
        return self._everyone

    def users(self) -> set[str]:
        """Return who has a page connected."""
        return {console.user for console in self._consoles}

    def counts(self) -> dict[str, int]:
        """Count, for health: pages that are connected."""
        return {"consoles": len(self._consoles)}

    def _publish(self, envelope: Envelope) -> None:
        region = self._engine.region
        frame = _text(
            {
                "t": "event",
                "seq": envelope.seq,
                "kind": envelope.kind,
                "at_ms": envelope.at_ms,
                **changed(region, region.touched(envelope)),
            }
        )
        self._backlog.add(envelope.seq, frame)
        hidden = masked_frame(frame) if any(each.masked for each in self._consoles) else frame
        for console in self._consoles:
            console.offer_event(envelope.seq, hidden if console.masked else frame)

    def _start_over(self) -> None:
        self._backlog = Backlog(self._engine.epoch, self._engine.seq)
        for console in self._consoles:
            console.lagged = True
            console.wake.set()

    def _publish_positions(self) -> None:
        self._everyone = self._snapshot = None
        self._publish_presence()
        moved = self._positions.moved()
        if not moved:
            return
        frame = encode_positions(moved, self._now_ms(), everyone=False)
        for console in self._consoles:
            console.offer_positions(frame)

    def publish_pulse(self) -> None:
        """Tell all pages how things stand: by the beat, and when a person has just switched something."""
        self._snapshot = None
        frame = self._pulse_frame()
        for console in self._consoles:
            console.offer_pulse(frame)

    def _publish_presence(self) -> None:
        if not self._presence_changed:
            return
        self._presence_changed = False
        who = [
            {"page": console.looking[0], "name": console.name, "incident": console.looking[1]}
            for console in self._consoles
            if console.looking is not None
        ]
        frame = _text({"t": "presence", "who": who})
        for console in self._consoles:
            console.offer_presence(frame)

    def _pulse_frame(self) -> str:
        return _text(
            {
                "t": "pulse",
                "now_ms": self._now_ms(),
                "seq": self._engine.seq,
                **self._state(),
                "ready": self.ready(),
            }
        )

    async def _every(self, seconds: float, act: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + seconds
        while True:
            await asyncio.sleep(due_s - loop.time())
            act()
            # By the clock: what it costs does not make it seldomer, and what was missed is not made up for.
            due_s = max(due_s + seconds, loop.time())


def _text(frame: View) -> str:
    return msgspec.json.encode(frame).decode()
