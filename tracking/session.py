"""Session: one connection or UDP peer, from its first byte to its last; no I/O.

The first byte says which dialect is spoken, where the port allows several; from then on the dialect decides
what the bytes mean. The session dates the fixes, so that everything that leaves it can be stored.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracking.dates import dated
from tracking.fix import Fix
from tracking.protocols import DIALECTS, maker
from tracking.protocols.dialect import Dialect, Judge, Step

# A fix that reaches us later than this after it was taken was waiting somewhere: it may wait a little more.
LIVE_WITHIN_MS = 120_000


def dialect_of(first: int, allowed: Sequence[str]) -> str:
    """Return which of the allowed dialects a connection speaks, by its first byte."""
    if len(allowed) == 1:
        return allowed[0]
    for name in allowed:
        if first in DIALECTS[name].first_bytes:
            return name
    return "nmea" if "nmea" in allowed else allowed[0]


class Session:
    """One connection's state.

    Args:
        judge: decides on every claim of an identity.
        dialects: which may be spoken here; all, unless the port is one dialect's own.

    Attributes:
        name: which dialect is spoken, or None before the first byte.
        dialect: its end of this connection, with its counts.
    """

    __slots__ = ("_allowed", "_judge", "dialect", "name")

    def __init__(self, judge: Judge, dialects: Sequence[str] = tuple(DIALECTS)) -> None:
        self.name: str | None = None
        self.dialect: Dialect | None = None
        self._judge = judge
        self._allowed = dialects

    @property
    def unit(self) -> str | None:
        """Who is speaking, once that was accepted."""
        return None if self.dialect is None else self.dialect.unit

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it, under the dialect's name."""
        if self.dialect is None:
            return {}
        return {f"{self.name} {what}": n for what, n in self.dialect.counts.items() if n}

    def receive(self, data: bytes, received_ms: int) -> Step:
        """Take bytes of a stream, cut anywhere."""
        dialect = self.dialect
        if dialect is None:
            if not data:
                return Step()
            dialect = self._begin(data[0])
        return _dated(dialect.feed(data, received_ms))

    def datagram(self, data: bytes, received_ms: int) -> Step:
        """Take one datagram."""
        if not data:
            return Step()
        dialect = self.dialect
        if dialect is None or dialect_of(data[0], self._allowed) != self.name:
            dialect = self._begin(data[0])
        return _dated(dialect.datagram(data, received_ms))

    def idle(self) -> Step:
        """Put out what waits only to be more complete: the line has fallen silent."""
        return Step() if self.dialect is None else _dated(self.dialect.idle())

    def time_out(self) -> Step:
        """End a session that nobody has logged in to in time."""
        # Only NMEA's login, which a person may type, has words for it.
        said = getattr(self.dialect, "time_out", None)
        step: Step = Step() if said is None else said()
        if self.name in (None, "nmea") and not step.reply:
            return Step(reply=b"ERR timeout\n", close=True)
        return msgspec.structs.replace(step, close=True)

    def end(self, received_ms: int) -> Step:
        """End the session because the connection ended."""
        return Step() if self.dialect is None else _dated(self.dialect.end(received_ms))

    def _begin(self, first: int) -> Dialect:
        self.name = dialect_of(first, self._allowed)
        self.dialect = maker(self.name)(self._judge, unroll=True)
        return self.dialect


def is_backlog(fix: Fix) -> bool:
    """Say whether a fix was stored before it was sent: it may wait behind what is live."""
    return fix.history or (fix.taken_ms is not None and fix.received_ms - fix.taken_ms > LIVE_WITHIN_MS)


def _dated(step: Step) -> Step:
    for fix in step.fixes:
        if fix.taken_ms is None:
            return msgspec.structs.replace(step, fixes=[dated(fix) for fix in step.fixes])
    return step
