"""Alarm: something that a person must see and acknowledge, and that nothing scrolls off the screen. Pure.

While an alarm is not acknowledged, its like (the same kind, about the same unit) adds nothing: the list is
bounded by kinds and units, and a life-threatening one is never buried under a thousand of another.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

AlarmKind = Literal[
    "panic",
    "crash",
    "spoofing",
    "two_places",
    "identity_changed",
    # from dispatch.timers
    "not_acknowledged",
    "not_moving",
    "on_scene_long",
    "call_back",
    "patients_left",
    "polyclinic_returned",
    # from dispatch.duty: nothing is heard from a workplace; its calls are offered to the senior
    "desk_silent",
]
ALARM_KINDS: tuple[AlarmKind, ...] = get_args(AlarmKind)

# What a device may put into an alarm has an end.
MOST_PARTIES = 32

# What befalls many units at once is one alarm: who follows within this of the one before belongs to it.
TOGETHER_MS = 30_000
TOGETHER_KINDS: frozenset[AlarmKind] = frozenset({"spoofing"})

# Acknowledged alarms that the region remembers; older ones are in the journal.
REMEMBERED = 200


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A position that is evidence: WGS-84 degrees, and when it was taken, ms since 1970 UTC."""

    lat_deg: float
    lon_deg: float
    taken_ms: int | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an alarm rests on.

    Attributes:
        reasons: codes: why a position is not believed (`tracking.trust.Reason`).
        at: the position that came with it, or that raised it; last_good: the last one believed.
        peers: other units that it happened to at once.
        parties: the addresses or identities that contradict each other.
        said_by: who says so, such as "EGTS SRC 13" or "crew".
        note: in a person's words.
        incident, assignments: the calls' part in it, for an alarm of a timer.
        incidents: all the calls that it told of, for one that is about calls and no unit.
        workplace: whose console is silent, for an alarm that is about no unit.
    """

    reasons: tuple[str, ...] = ()
    at: Seen | None = None
    last_good: Seen | None = None
    peers: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    said_by: str = ""
    note: str | None = None
    incident: str | None = None
    assignments: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    workplace: str | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm about a unit.

    Attributes:
        raised_ms: when it happened; learned_ms: when we were told.
        acknowledged_ms, acknowledged_by: who has seen it, or None.
        joined: further units to which it has happened since; grew_ms: when we learned of the last of them.
    """

    id: str
    kind: AlarmKind
    unit: str
    raised_ms: int
    learned_ms: int
    evidence: Evidence = Evidence()
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    joined: tuple[str, ...] = ()
    grew_ms: int | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has acknowledged it yet."""
        return self.acknowledged_ms is None

    @property
    def units(self) -> tuple[str, ...]:
        """Everyone it is about."""
        return (self.unit, *self.joined) if self.unit else ()

    @property
    def named(self) -> tuple[str, ...]:
        """The first of them, for a list that a person reads: a lie may be about a whole city."""
        return self.units[:MOST_PARTIES]

    def takes_in(self, kind: AlarmKind, now_ms: int) -> bool:
        """Say whether the same, happening to another unit now, is part of it."""
        last_ms = self.learned_ms if self.grew_ms is None else self.grew_ms
        return self.open and self.kind == kind and kind in TOGETHER_KINDS and now_ms - last_ms <= TOGETHER_MS
