"""⚙ Speaker: one who speaks to a gateway, over whatever; and what it asks of the gateway."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Protocol

from tracking.committer import Committer, Owed
from tracking.protocols.dialect import Judgement, Step
from tracking.registry import Registry
from tracking.session import Session


class Host(Protocol):
    """What a speaker asks of its gateway; see `tracking.gateway.Gateway`."""

    registry: Registry
    committer: Committer
    clock: Callable[[], int]
    totals: Counter[str]
    buffer: memoryview
    keep_raw: bool
    login_timeout_s: float
    idle_s: float

    def opened(self, connection: Speaker) -> bool:
        """Take a connection in; False when there are too many."""
        ...

    def judged(self, speaker: Speaker, judgement: Judgement) -> None:
        """Note a claim."""
        ...

    def turned_away(self, speaker: Speaker) -> None:
        """Count one who said nothing that could be judged."""
        ...

    def lost(self, connection: Speaker) -> bool:
        """Forget a connection that has ended; say whether it was known until now."""
        ...

    def fell_silent(self, speaker: Speaker) -> None:
        """Keep the counts of one who says no more."""
        ...


class Speaker:
    """What TCP connections and UDP peers have in common.

    Attributes:
        session: what the bytes mean.
        address: from where.
        proven: some claim on it was accepted.
        last_fix_ms: when its last fix came, by the service's clock.
    """

    __slots__ = ("address", "backlog", "gateway", "last_fix_ms", "opened_s", "owed", "proven", "session")

    def __init__(self, gateway: Host, dialects: Sequence[str], now_s: float) -> None:
        self.session = Session(gateway.registry, dialects)
        self.gateway = gateway
        self.address = "?"
        self.proven = False
        self.last_fix_ms: int | None = None
        self.owed: deque[Owed] = deque()
        self.backlog = 0
        self.opened_s = now_s

    def answer(self, reply: bytes, close: bool) -> None:
        """Send an answer, then close if so."""
        raise NotImplementedError

    def give_up(self) -> None:
        """End without an answer."""
        raise NotImplementedError

    def hold(self, held: bool) -> None:
        """Stop or resume reading."""

    def end(self) -> None:
        """End from our side, keeping what has come."""
        raise NotImplementedError

    def sweep(self, now_s: float) -> None:
        """Deal with silence."""

    def do(self, step: Step, now_ms: int) -> None:
        """Do what a step says, in its order."""
        gateway = self.gateway
        if step.judged:
            for judgement in step.judged:
                gateway.judged(self, judgement)
        if step.fixes:
            self.last_fix_ms = now_ms
        if step.close and not self.proven:
            gateway.turned_away(self)
        gateway.committer.put(step, self)

    def finish(self, *, judged: bool) -> None:
        """Keep what has come, at the end: an answer would reach nobody."""
        now_ms = self.gateway.clock()
        step = self.session.end(now_ms)
        if step.fixes or step.distress:
            self.do(Step(step.fixes, step.distress, step.judged if judged else []), now_ms)
        self.gateway.committer.forget(self)
