"""NMEA 0183 from a device over a connection: who it is, then what its receiver says; no I/O.

The states and what leads from one to the next:

    login ──accepted──▶ open ──ended──▶ closed
      └──refused, timeout, ended──────────▲

A connection begins with `LOGIN <unit> <secret>`, or, from devices that cannot, with one of the usual
identity lines (`tracking.protocols.identity`). That, and a login without a secret, prove nothing by
themselves: the judge decides by other means, such as a certificate.
Identities that come later in the stream are judged too: a prefix before a sentence says whose that sentence
is, and if it is refused its fixes are dropped and counted; a line of its own that is refused changes nothing,
since the login proved more than it does. Both are reported, as every claim is.
"""

from __future__ import annotations

import re
from typing import Literal

from tracking.credentials import Verdict
from tracking.fix import Fix
from tracking.protocols.dialect import Claim, Judge, Judgement, Parser, Step
from tracking.protocols.identity import read_identity
from tracking.protocols.nmea import NmeaParser

State = Literal["login", "open", "closed"]
Refusal = Literal["not-a-login", "timeout"] | Verdict

TRANSITIONS: dict[tuple[State, str], State] = {
    ("login", "accepted"): "open",
    ("login", "refused"): "closed",
    ("login", "ended"): "closed",
    ("open", "ended"): "closed",
    ("closed", "ended"): "closed",
}

MAX_LOGIN_BYTES = 256

_LOGIN = re.compile(rb"LOGIN ([\x21-\x7e]{1,64})(?: ([\x21-\x7e]{1,160}))?")

_LINE_END = re.compile(rb"[\r\n]")

# How a first line that may become a login or an identity begins, as far as it has come.
_PROMISING = re.compile(rb"(?:L|LO|LOG|LOGI|LOGIN(?: .*)?|[$I0-9].*|)", re.DOTALL)


class NmeaDevice:
    """One connection's state; see `tracking.protocols.dialect.Dialect`.

    Attributes:
        state: `login`, `open` or `closed`.
        unit: who is speaking, once logged in.
        refusal: why the connection was refused, or None.
        parser: the decoder of the stream, with its counts and what it knows of the sky.
    """

    __slots__ = (
        "_foreign",
        "_judge",
        "_judged",
        "_line",
        "_login",
        "_muted",
        "_named",
        "_refused",
        "parser",
        "refusal",
        "state",
        "unit",
    )

    def __init__(self, judge: Judge, *, unroll: bool = False) -> None:
        self.state: State = "login"
        self.unit: str | None = None
        self.refusal: Refusal | None = None
        self.parser = NmeaParser(unroll=unroll, identify=self._identified)
        self._judge = judge
        self._line = b""
        self._login: str | None = None  # the identity that logged in
        self._named: tuple[str, str] | None = None  # who was accepted last within the stream, and the unit
        self._refused: tuple[str, bool] | None = None
        self._judged: list[Judgement] = []
        self._muted = False  # some prefix was refused: fixes of nobody are to be dropped
        self._foreign = 0  # such fixes

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it, by name."""
        counts = self.parser.counts
        if self._foreign:
            counts["fixes"] -= self._foreign
            counts["rejected refused identity"] = self._foreign
        return counts

    def feed(self, data: bytes, received_ms: int) -> Step:
        """Take bytes of a stream, cut anywhere."""
        if self.state == "open":
            fixes = self.parser.feed(data, received_ms)
            return self._step(fixes) if self._judged or self._muted else Step(fixes)
        if self.state == "closed":
            return Step(close=True)
        self._line += data
        line, *rest = _LINE_END.split(self._line, 1)
        # Someone who says something else is told at once, and not after the time-out.
        if len(line) > MAX_LOGIN_BYTES or not _PROMISING.fullmatch(line):
            return self._refuse("not-a-login")
        if not rest:
            return Step()
        self._line = b""
        return self._log_in(line, rest[0], received_ms)

    def datagram(self, data: bytes, received_ms: int) -> Step:
        """Take whole lines; a datagram may begin with a login of its own."""
        if self.state == "closed" or data.startswith(b"LOGIN "):
            # A datagram has no connection that a refusal could close: each is judged by what it says.
            self.state, self._line = "login", b""
        step = self.feed(data if data.endswith(b"\n") else data + b"\r\n", received_ms)
        return Step(step.fixes, step.distress, step.judged, step.reply)

    def idle(self) -> Step:
        """Put out the fix that still waits for more sentences of its epoch."""
        return self._step(self.parser.idle())

    def time_out(self) -> Step:
        """End a connection that did not log in in time."""
        return self._refuse("timeout") if self.state == "login" else Step()

    def end(self, received_ms: int) -> Step:
        """End the stream; return the last fixes."""
        step = self._step(self.parser.flush(received_ms)) if self.state == "open" else Step()
        self._go("ended")
        return step

    def _log_in(self, line: bytes, rest: bytes, received_ms: int) -> Step:
        if matched := _LOGIN.fullmatch(line):
            secret = None if matched[2] is None else matched[2].decode()
            claim = Claim(matched[1].decode(), secret, self._login)
        elif name := read_identity(line, opening=True):
            claim = Claim(name, None, self._login)
        else:
            return self._refuse("not-a-login")
        judgement = self._judge(claim)
        self._judged.append(judgement)
        if judgement.verdict != "ok":
            return self._refuse(judgement.verdict)
        self._go("accepted")
        last: list[Fix] = []
        if self.unit is not None and judgement.unit != self.unit:
            last = self.parser.flush(received_ms)  # of whoever spoke before, in an earlier datagram
        self.unit, self._login = judgement.unit, claim.unit
        self.parser.unit = judgement.unit
        if matched is None and b"$" in line[1:]:
            rest = line + b"\n" + rest  # a prefix: its sentence is behind it
        step = self._step(self.parser.feed(rest, received_ms) if rest else [])
        reply = b"OK " + matched[1] + b"\n" if matched else b""
        return Step(last + step.fixes, step.distress, step.judged, reply)

    def _step(self, fixes: list[Fix]) -> Step:
        if self._muted:
            known = [fix for fix in fixes if fix.unit is not None]
            self._foreign += len(fixes) - len(known)
            fixes = known
        if not self._judged:
            return Step(fixes)
        judged, self._judged = self._judged, []
        return Step(fixes, judged=judged)

    def _identified(self, name: str, prefix: bool) -> str | None:
        """Judge an identity within the stream; return whose the fixes are from here on."""
        if name == self._login:
            return self.unit
        if self._named is not None and name == self._named[0]:
            return self._named[1]
        if (name, prefix) != self._refused:
            judgement = self._judge(Claim(name, None, self._login))
            self._judged.append(judgement)
            if judgement.verdict == "ok":
                self._named = name, judgement.unit
                return judgement.unit
            self._refused = (name, prefix)
            self._muted = self._muted or prefix
        return None if prefix else self.parser.unit

    def _refuse(self, why: Refusal) -> Step:
        self.refusal = why
        self._line = b""
        self._go("refused")
        judged, self._judged = self._judged, []
        return Step(judged=judged, reply=b"ERR " + why.encode() + b"\n", close=True)

    def _go(self, event: str) -> None:
        self.state = TRANSITIONS[self.state, event]


def device(judge: Judge, *, unroll: bool = False) -> NmeaDevice:
    """Return the end of one connection."""
    return NmeaDevice(judge, unroll=unroll)


def log(*, unroll: bool = False) -> Parser:
    """Return a reader of a receiver's log; identity lines in it name the unit."""
    return NmeaParser(unroll=unroll, hasty=False, identify=lambda name, _: name)
