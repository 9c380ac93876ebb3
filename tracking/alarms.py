"""Alarms: what tracking cries out about at once, each cry made once. Pure.

A panic button in a vehicle, a position that is a lie, one identity in two places, an identity that changed:
these must reach dispatch as events of their own, and not as one event a fix. Devices repeat a pressed button
in every packet, and two copies of a secret throw each other out every second: a cry of the same kind about
the same unit within `QUIET_MS` of the one before belongs to it. Dispatch collapses once more: while an alarm
is not acknowledged, its like adds nothing.

A cry for help that a device brings again, out of its store or because it heard no answer, is known by its
unit, its source and the instant of its position, however late it comes. One without a position is never
taken for a repetition of that kind: a button that is pressed again in a garage may carry the old time.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

import msgspec

from tracking.fix import Fix
from tracking.protocols.dialect import Distress
from tracking.trust import Incident

Kind = Literal["panic", "crash", "spoofing", "two_places", "identity_changed"]

QUIET_MS: dict[Kind, int] = {
    "panic": 60_000,
    "crash": 60_000,
    "spoofing": 0,  # an incident cries once by itself
    "two_places": 600_000,
    "identity_changed": 600_000,
}
REMEMBERED = 10_000


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One cry, with its evidence.

    Attributes:
        at_ms: when it happened; received_ms: when we learned it.
        reasons: codes of `tracking.trust.Reason`, for spoofing.
        fix: the position that it came with or that raised it; last_good: the last one believed.
        peers: other units that it happened to at once.
        parties: the addresses or the identities that contradict each other.
        source: who says so, in the dialect's own words.
    """

    kind: Kind
    unit: str
    at_ms: int
    received_ms: int
    reasons: tuple[str, ...] = ()
    fix: Fix | None = None
    last_good: Fix | None = None
    peers: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    source: str = ""


class Alarms:
    """Makes alarms of what happens, and keeps those back that only repeat one."""

    def __init__(self) -> None:
        self._heard_ms: OrderedDict[tuple[Kind, str], int] = OrderedDict()
        self._cries: OrderedDict[tuple[str, int, str], None] = OrderedDict()

    def remember(self, unit: str, taken_ms: int, source: str) -> None:
        """Know a cry for help from before a restart."""
        self._cries[unit, taken_ms, source] = None
        if len(self._cries) > REMEMBERED:
            self._cries.popitem(last=False)

    def of_incident(self, incident: Incident) -> Alarm | None:
        """Return the alarm of an incident that has begun; None for one that ended or only went on."""
        if incident.ended_ms is not None or incident.reopened:
            return None
        return self._once(
            Alarm(
                kind="spoofing",
                unit=incident.unit,
                at_ms=incident.since_ms,
                received_ms=incident.since_ms,
                reasons=incident.reasons,
                fix=incident.evidence[0] if incident.evidence else None,
                last_good=incident.last_good,
                peers=incident.peers,
                source="quality",
            )
        )

    def of_distress(self, distress: Distress) -> Alarm | None:
        """Return the alarm of a button or a crash; None without a unit, or for a repetition."""
        if distress.unit is None:
            return None
        fix = distress.fix
        if fix is not None and fix.taken_ms is not None:
            known = (distress.unit, fix.taken_ms, distress.source) in self._cries
            self.remember(distress.unit, fix.taken_ms, distress.source)
            if known:
                return None
        taken_ms = distress.received_ms if distress.taken_ms is None else distress.taken_ms
        return self._once(
            Alarm(
                kind="panic" if distress.kind == "button" else "crash",
                unit=distress.unit,
                at_ms=min(taken_ms, distress.received_ms),
                received_ms=distress.received_ms,
                fix=distress.fix,
                source=distress.source,
            )
        )

    def of_identity(
        self, kind: Literal["two_places", "identity_changed"], unit: str, at_ms: int, old: str, new: str
    ) -> Alarm | None:
        """Return the alarm of an identity that cannot be right; `old` and `new` are its contradiction."""
        return self._once(
            Alarm(kind=kind, unit=unit, at_ms=at_ms, received_ms=at_ms, parties=(old, new), source="gateway")
        )

    def forget(self, alarm: Alarm) -> None:
        """Let the next one of its kind about its unit count: this one reached nobody."""
        self._heard_ms.pop((alarm.kind, alarm.unit), None)
        if alarm.fix is not None and alarm.fix.taken_ms is not None:
            self._cries.pop((alarm.unit, alarm.fix.taken_ms, alarm.source), None)

    def _once(self, alarm: Alarm) -> Alarm | None:
        key = (alarm.kind, alarm.unit)
        heard_ms = self._heard_ms.get(key)
        self._heard_ms[key] = alarm.received_ms
        self._heard_ms.move_to_end(key)
        if len(self._heard_ms) > REMEMBERED:
            self._heard_ms.popitem(last=False)
        quiet_ms = QUIET_MS[alarm.kind]
        return alarm if heard_ms is None or not 0 <= alarm.received_ms - heard_ms < quiet_ms else None
