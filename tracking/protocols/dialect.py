"""Dialect: what every device protocol looks like to whoever owns the socket; no I/O.

One object of a dialect is one connection, UDP peer or log. Bytes go in as they come, cut anywhere;
a `Step` comes out and says everything that the owner has to do, in this order:

1. look at `judged`: who claimed to be whom, and what the judge said (list strangers, note changes);
2. store `fixes` and `distress` durably; date fixes without a taken time first (`tracking.dates.dated`);
3. only then send `reply`, in the order of the steps: it acknowledges what the step carried. If storing fails,
   send nothing and close: the device keeps what was not acknowledged and brings it again;
4. close the connection if `close` says so.

The judge is a plain function of a claim, asked while bytes are decoded, so a dialect never has to wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from tracking.credentials import Verdict
from tracking.fix import Fix

# An identity is printable ASCII without spaces: it becomes a name in files, in the console and in answers.
MAX_UNIT_CHARACTERS = 64

Emergency = Literal["button", "ecall"]


class Claim(msgspec.Struct, frozen=True):
    """Someone says who they are.

    Attributes:
        unit: the identity as the device writes it: a name, an IMEI, an EGTS terminal's or object's number.
        secret: what proves it, or None where the dialect or the device has nothing that could; the owner then
            decides by what it knows of the connection (a client certificate, a relay's login), or refuses.
        by: who logged in on this connection before, in the device's words, or None. A `unit` other than this
            is a vehicle that a relay carries, a second name of the same device, or an identity that changed.
    """

    unit: str
    secret: str | None = None
    by: str | None = None


class Judgement(msgspec.Struct, frozen=True):
    """What was made of a claim.

    Attributes:
        claim: what was claimed.
        verdict: `ok`, or why not.
        unit: under which name the service knows the device; its fixes carry it. Often `claim.unit`, but a
            service may know the device of IMEI 356307042441013 as unit 12.
    """

    claim: Claim
    verdict: Verdict
    unit: str


Judge = Callable[[Claim], Judgement]


class Distress(msgspec.Struct, frozen=True, gc=False):
    """A cry for help from a vehicle: an event of its own, whatever becomes of the position with it.

    Attributes:
        unit: who cries.
        kind: `button` (pressed in the vehicle) or `ecall` (a crash, or the eCall system's own button).
        taken_ms: when, by the device; None where it did not say.
        received_ms: when we learned it.
        fix: where; it is also among the step's fixes. None where the message had no position.
        source: the dialect's own words, such as `EGTS SRC 13`.
        data: what came with it and is not read here, such as eCall's minimum set of data.
    """

    unit: str | None
    kind: Emergency
    taken_ms: int | None
    received_ms: int
    fix: Fix | None
    source: str
    data: bytes = b""


class Step(msgspec.Struct, frozen=True):
    """What the owner of the connection has to do; see the module's docstring for the order."""

    fixes: list[Fix] = []
    distress: list[Distress] = []
    judged: list[Judgement] = []
    reply: bytes = b""
    close: bool = False


class Dialect(Protocol):
    """Speaks with one device; never raises, whatever the bytes, and keeps no more than one message."""

    @property
    def unit(self) -> str | None:
        """Who speaks, as `Judgement.unit` names it, once a claim was accepted; of a relay, the relay."""

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it: `read`, `fixes`, `rejected <reason>` and more, by name."""

    def feed(self, data: bytes, received_ms: int) -> Step:
        """Take bytes of a stream, cut anywhere."""

    def datagram(self, data: bytes, received_ms: int) -> Step:
        """Take whole messages: what is unfinished at the end is counted as rejected and not kept."""

    def idle(self) -> Step:
        """Put out what waits for more only to be more complete: the line has fallen silent."""

    def time_out(self) -> Step:
        """Say farewell to someone who has not been identified in time; nothing once somebody has."""

    def end(self, received_ms: int) -> Step:
        """End the stream; nothing may be fed any more, and a reply reaches nobody."""


class Maker(Protocol):
    """Makes a dialect's end of one connection."""

    def __call__(self, judge: Judge, *, unroll: bool = False) -> Dialect:
        """Return a fresh one; with `unroll`, GPS week rollovers are judged by `received_ms` as now."""


class Parser(Protocol):
    """Decodes a log, cut into chunks anywhere; never raises, whatever the bytes."""

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it: `read`, `fixes`, `rejected <reason>` and more, by name."""

    def feed(self, data: bytes, received_ms: int) -> list[Fix]:
        """Take bytes; return the fixes that they complete, in input order."""

    def flush(self, received_ms: int) -> list[Fix]:
        """End the log; return the fixes that were still waiting for more."""


def trusting(claim: Claim) -> Judgement:
    """Believe every claim: the judge of logs, which are read and not spoken with."""
    return Judgement(claim, "ok", claim.unit)
