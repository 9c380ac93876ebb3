"""Incident: one call for help. Its phase is derived from how it ended and from its assignments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from dispatch.assignment import Assignment, Status

Phase = Literal["waiting", "assigned", "on_scene", "transporting", "closed", "cancelled"]
PHASES: tuple[Phase, ...] = get_args(Phase)

# Whether an incident is still ours: the only part of its state that an event decides.
Ending = Literal["open", "closed", "cancelled"]
TRANSITIONS: dict[Ending, tuple[Ending, ...]] = {
    "open": ("closed", "cancelled"),
    "closed": (),
    "cancelled": (),
}

# What an open incident's phase is while a crew has this status; the furthest crew decides.
PHASE_OF_STATUS: dict[Status, Phase] = {
    "notified": "assigned",
    "acknowledged": "assigned",
    "en_route": "assigned",
    "on_scene": "on_scene",
    "at_patient": "on_scene",
    "left_scene": "transporting",
    "at_hospital": "transporting",
    "handed_over": "transporting",
    "cleared": "waiting",
    "refused": "waiting",
    "pre_empted": "waiting",
    "cancelled": "waiting",
}


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the patient is: what people call it, and WGS-84 degrees."""

    label: str
    lat_deg: float
    lon_deg: float
    detail: str | None = None


# gc=False here and in Assignment: they hold no cycles, and with tens of thousands of them the garbage
# collector's full passes would be felt as pauses (42 ms with 25,000 calls; 15 ms without them).
class Incident(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call.

    Attributes:
        priority: 1 danger to life, 2 emergency, 3 urgent (can wait).
        norm_s: the arrival norm that held when the call came.
        assignments: ids, in the order in which crews were sent.
        arrived_at_ms: when the first crew was there; the countdown stops.
        source: from where it was entered ("phone", "console", "demo" …).
    """

    id: str
    number: int
    place: Place
    reason: str
    priority: int
    called_at_ms: int
    created_at_ms: int
    norm_s: int
    phone: str | None = None
    patient: str | None = None
    note: str | None = None
    source: str = ""
    by: str = ""
    assignments: tuple[str, ...] = ()
    arrived_at_ms: int | None = None
    ending: Ending = "open"
    ended_at_ms: int | None = None
    outcome: str | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.ending == "open"

    @property
    def norm_ends_ms(self) -> int:
        """When the norm runs out, ms since 1970 UTC."""
        return self.called_at_ms + self.norm_s * 1000


def phase_of(incident: Incident, assignments: Iterable[Assignment]) -> Phase:
    """Return the phase: the ending if it ended, else the furthest of its assignments, else waiting."""
    if incident.ending != "open":
        return incident.ending
    return max((PHASE_OF_STATUS[each.status] for each in assignments), key=PHASES.index, default="waiting")
