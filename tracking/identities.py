"""Identities: who could not log in, and who is not where or whom they should be; no I/O.

Strangers are listed for an admin to enrol or to look into. Two things are alarms: one identity in two places
at once (a copied secret, or a modem that came back very fast), and a connection that was one unit and says
that it is another. A relay, which carries many, is neither.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Literal

import msgspec

from tracking.protocols.dialect import Judgement
from tracking.registry import Registry

LISTED = 200  # how many strangers and alarms are kept
TWO_PLACES_MS = 10_000


class Stranger(msgspec.Struct):
    """Someone who could not log in, as an admin sees it."""

    unit: str
    address: str
    why: str
    first_ms: int
    last_ms: int
    times: int


class Alarm(msgspec.Struct, frozen=True):
    """An identity that cannot be right.

    Attributes:
        old, new: for `two-places` the addresses, for `identity-changed` the identities on one connection.
    """

    kind: Literal["two-places", "identity-changed"]
    unit: str
    at_ms: int
    old: str
    new: str


def host_of(address: str) -> str:
    """Return the host of an address such as 10.0.0.1:5039/udp."""
    return address.rpartition(":")[0]


class Identities:
    """What claims have shown.

    Attributes:
        alarms: the latest, the newest last.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.alarms: deque[Alarm] = deque(maxlen=LISTED)
        self._left: dict[str, tuple[str, int]] = {}  # unit → the UDP port that it has left last, and when
        self._strangers: OrderedDict[tuple[str, str], Stranger] = OrderedDict()

    @property
    def strangers(self) -> list[Stranger]:
        """Who could not log in, the latest last: unknown units to enrol, wrong secrets to look into."""
        return list(self._strangers.values())

    def forget(self, unit: str) -> None:
        """Take a device off the list, because it has been enrolled."""
        for key in [key for key in self._strangers if key[0] == unit]:
            del self._strangers[key]

    def judged(self, judgement: Judgement, address: str, now_ms: int) -> Alarm | None:
        """Note what was claimed; return the alarm that it raises, if any."""
        claim = judgement.claim
        if judgement.verdict != "ok":
            self._refused(claim.unit, judgement.verdict, address, now_ms)
        if claim.by is None or claim.by == claim.unit or self.registry.is_relay(claim.by):
            return None
        before = self.registry.unit_of(claim.by) or claim.by
        if before == judgement.unit:
            return None
        return self._alarm(Alarm("identity-changed", before, now_ms, claim.by, claim.unit))

    def two_places(
        self, unit: str, old: str, new: str, old_spoke_ms: int | None, now_ms: int
    ) -> Alarm | None:
        """Note that a unit has come on a second connection; an alarm if the first has just spoken."""
        # Two vehicles may share one provider's address, so only the time says which it is.
        if old_spoke_ms is None or now_ms - old_spoke_ms > TWO_PLACES_MS:
            return None
        if old.endswith("/udp") and new.endswith("/udp") and host_of(old) == host_of(new):
            # Many devices send each datagram from a port of its own. None goes back to one that it has left.
            left, left_ms = self._left.get(unit, ("", now_ms))
            self._left[unit] = (old, now_ms)
            if new != left or now_ms - left_ms > TWO_PLACES_MS:
                return None
        return self._alarm(Alarm("two-places", unit, now_ms, old, new))

    def _alarm(self, alarm: Alarm) -> Alarm:
        self.alarms.append(alarm)
        return alarm

    def _refused(self, unit: str, why: str, address: str, now_ms: int) -> None:
        seen = self._strangers.pop((unit, why), None)
        if seen is None:
            seen = Stranger(unit, address, why, now_ms, now_ms, 0)
        seen.address, seen.last_ms, seen.times = address, now_ms, seen.times + 1
        self._strangers[unit, why] = seen
        if len(self._strangers) > LISTED:
            self._strangers.popitem(last=False)
