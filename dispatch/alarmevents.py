"""What happened to alarms and to the doubts about positions. See `events`."""

from __future__ import annotations

from dispatch.alarm import AlarmKind, Evidence, Seen
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
