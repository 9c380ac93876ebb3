"""What happened to alarms and to the doubts about positions. See `events`."""

from __future__ import annotations

import msgspec

from dispatch.alarm import REMEMBERED, Alarm, AlarmKind, Evidence, Seen
from dispatch.tagged import EventBase


class AlarmRaised(EventBase, frozen=True):
    """Something about a unit that a person must see; the entry's `at_ms` is when it happened."""

    alarm: str
    alarm_kind: AlarmKind
    unit: str
    evidence: Evidence = Evidence()


class AlarmJoined(EventBase, frozen=True):
    """What an alarm is about has happened to another unit, too; the entry's `at_ms` is when."""

    alarm: str
    unit: str
    evidence: Evidence = Evidence()


class PositionBelieved(EventBase, frozen=True):
    """A person says that a unit is where its device says: the doubt about it ends.

    Attributes:
        reasons: why it was doubted (`tracking.trust.Reason`), since `doubted_ms`.
        at: where it is believed to be from now on, where its device has said so.
    """

    unit: str
    reasons: tuple[str, ...] = ()
    doubted_ms: int | None = None
    at: Seen | None = None


class AlarmAcknowledged(EventBase, frozen=True):
    """A person has seen an alarm; the envelope says who and when."""

    alarm: str
    unit: str


AlarmEvent = AlarmRaised | AlarmJoined | AlarmAcknowledged


def fold_alarm(alarms: dict[str, Alarm], event: AlarmEvent, at_ms: int, learned_ms: int, by: str) -> None:
    """Fold an event into a region's alarms; of those that were acknowledged only the last are remembered."""
    if isinstance(event, AlarmJoined):
        before = alarms[event.alarm]
        joined = (*before.joined, event.unit)
        alarms[event.alarm] = msgspec.structs.replace(before, joined=joined, grew_ms=learned_ms)
        return
    if isinstance(event, AlarmAcknowledged):
        alarms[event.alarm] = msgspec.structs.replace(
            alarms[event.alarm], acknowledged_ms=at_ms, acknowledged_by=by
        )
        return
    seen = [alarm for alarm in alarms.values() if not alarm.open]
    for alarm in seen[: max(0, len(seen) - REMEMBERED)]:
        del alarms[alarm.id]
    alarms[event.alarm] = Alarm(
        id=event.alarm,
        kind=event.alarm_kind,
        unit=event.unit,
        raised_ms=at_ms,
        learned_ms=learned_ms,
        evidence=event.evidence,
    )
