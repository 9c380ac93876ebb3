"""Major: what is known of a major incident beside its call, folded from its events. Pure."""

from __future__ import annotations

import msgspec

from dispatch import majorevents
from dispatch.incident import Place
from dispatch.majorevents import MajorEvent


class Triage(msgspec.Struct, frozen=True, kw_only=True):
    """Patients counted by urgency: red at once, yellow soon, green can wait, black is dead.

    Attributes:
        at_ms: when they were counted, ms since 1970 UTC; by: who said so.
    """

    red: int
    yellow: int
    green: int
    black: int
    at_ms: int
    by: str


class Major(msgspec.Struct, frozen=True, kw_only=True):
    """A major incident.

    Attributes:
        crews: how many of which crew kind the plan sends.
        triage: the last count, or None.
        staging: where arriving crews report; None: at the place itself.
        beds: how many patients each hospital takes.
        reserve: how many crews are kept for ordinary calls, with `reserve_why`; None: as the plan says.
        stood_down_ms: when it was over, ms since 1970 UTC, or None.
    """

    incident: str
    scale: str
    crews: tuple[tuple[str, int], ...]
    declared_ms: int
    by: str
    note: str | None = None
    triage: Triage | None = None
    staging: Place | None = None
    beds: dict[str, int] = {}
    reserve: int | None = None
    reserve_why: str | None = None
    stood_down_ms: int | None = None

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.stood_down_ms is None


def fold_major(majors: dict[str, Major], event: MajorEvent, at_ms: int, by: str) -> None:
    """Fold into `majors` what happened at a major incident."""
    if isinstance(event, majorevents.MajorDeclared):
        majors[event.incident] = Major(
            incident=event.incident,
            scale=event.scale,
            crews=event.crews,
            declared_ms=at_ms,
            by=by,
            note=event.note,
        )
        return
    before = majors[event.incident]
    changes: dict[str, object]
    match event:
        case majorevents.MajorScaled():
            changes = {"scale": event.scale, "crews": event.crews}
        case majorevents.TriageCounted():
            counted = Triage(
                red=event.red, yellow=event.yellow, green=event.green, black=event.black, at_ms=at_ms, by=by
            )
            changes = {"triage": counted}
        case majorevents.StagingSet():
            changes = {"staging": event.place}
        case majorevents.BedsPromised():
            changes = {"beds": {**before.beds, event.hospital: event.beds}}
        case majorevents.ReserveSet():
            changes = {"reserve": event.reserve, "reserve_why": event.why}
        case majorevents.MajorStoodDown():
            changes = {"stood_down_ms": at_ms}
    majors[event.incident] = msgspec.structs.replace(before, **changes)
