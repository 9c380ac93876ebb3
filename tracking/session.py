"""Session: one device's connection, from its login line to its last sentence; no I/O.

The states and what leads from one to the next:

    login ──accepted──▶ open ──ended──▶ closed
      └──refused, timeout, ended──────────▲
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import msgspec

from tracking.credentials import Verdict
from tracking.dates import dated
from tracking.fix import Fix
from tracking.protocols.nmea import NmeaParser

State = Literal["login", "open", "closed"]
Refusal = Literal["not-a-login", "unknown-unit", "wrong-secret", "timeout"]

TRANSITIONS: dict[tuple[State, str], State] = {
    ("login", "accepted"): "open",
    ("login", "refused"): "closed",
    ("login", "ended"): "closed",
    ("open", "ended"): "closed",
    ("closed", "ended"): "closed",
}

MAX_LOGIN_BYTES = 256

_LOGIN = re.compile(rb"LOGIN ([\x21-\x7e]{1,64}) ([\x21-\x7e]{1,160})")


class Step(msgspec.Struct, frozen=True):
    """What the shell has to do: send these bytes, take these fixes, and close if so."""

    send: bytes = b""
    fixes: list[Fix] = []
    close: bool = False


class Session:
    """One connection's state.

    Args:
        authenticate: (unit, secret) → `ok`, or why not.

    Attributes:
        state: `login`, `open` or `closed`.
        unit: who is speaking, once logged in.
        claimed: the unit that a refused login named, or None.
        refusal: why the login was refused, or None.
        parser: the decoder of an open session, with its counts.
    """

    def __init__(self, authenticate: Callable[[str, str], Verdict]) -> None:
        self.state: State = "login"
        self.unit: str | None = None
        self.claimed: str | None = None
        self.refusal: Refusal | None = None
        self.parser: NmeaParser | None = None
        self._authenticate = authenticate
        self._line = b""

    def receive(self, data: bytes, received_ms: int) -> Step:
        """Take bytes as they came, cut anywhere."""
        if self.parser is not None:
            return Step(fixes=[dated(fix) for fix in self.parser.feed(data, received_ms)])
        if self.state == "closed":
            return Step(close=True)
        self._line += data
        line, end, rest = self._line.partition(b"\n")
        if not end:
            # Someone who says something else is told at once, and not after the time-out.
            if len(line) > MAX_LOGIN_BYTES or b"LOGIN "[: len(line)] != line[:6]:
                return self._refuse("not-a-login")
            return Step()
        self._line = b""
        matched = _LOGIN.fullmatch(line.removesuffix(b"\r"))
        if matched is None:
            return self._refuse("not-a-login")
        unit, secret = matched[1].decode(), matched[2].decode()
        verdict = self._authenticate(unit, secret)
        if verdict != "ok":
            self.claimed = unit
            return self._refuse(verdict)
        self._go("accepted")
        self.unit = unit
        self.parser = NmeaParser(unit, unroll=True)
        fixes = [dated(fix) for fix in self.parser.feed(rest, received_ms)] if rest else []
        return Step(send=b"OK " + matched[1] + b"\n", fixes=fixes)

    def idle(self) -> list[Fix]:
        """Return the fix that still waits for more sentences of its epoch: the line has fallen silent."""
        return [dated(fix) for fix in self.parser.idle()] if self.parser is not None else []

    def time_out(self) -> Step:
        """End a session that did not log in in time."""
        return self._refuse("timeout") if self.state == "login" else Step()

    def end(self, received_ms: int) -> list[Fix]:
        """End the session because the connection ended; return the last fixes."""
        fixes: list[Fix] = []
        if self.state == "open" and self.parser is not None:
            fixes = [dated(fix) for fix in self.parser.flush(received_ms)]
        self._go("ended")
        return fixes

    def _refuse(self, why: Refusal) -> Step:
        self.refusal = why
        self._line = b""
        self._go("refused")
        return Step(send=b"ERR " + why.encode() + b"\n", close=True)

    def _go(self, event: str) -> None:
        self.state = TRANSITIONS[self.state, event]
