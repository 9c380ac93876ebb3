"""Incident: one call for help. Its phase is derived from how it ended and from its assignments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from dispatch.assignment import Assignment, Status
from dispatch.condition import Condition
from dispatch.deskevents import Handing
from dispatch.handover import HandOver
from dispatch.journey import Journey

Phase = Literal["waiting", "assigned", "on_scene", "transporting", "closed", "cancelled"]
PHASES: tuple[Phase, ...] = get_args(Phase)

# Whether an incident is still ours: the only part of its state that an event decides.
Ending = Literal["open", "closed", "cancelled"]
TRANSITIONS: dict[Ending, tuple[Ending, ...]] = {
    "open": ("closed", "cancelled"),
    # The one way back, recorded with who and why: see `dispatch.reopening`.
    "closed": ("open",),
    "cancelled": ("open",),
}

# How a call that needed nobody ended: taken back, nothing there, help not wanted, told of by another call.
Cancelled = Literal["cancelled", "false", "refused", "duplicate"]
CANCELLED: tuple[Cancelled, ...] = get_args(Cancelled)

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


class Patient(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A further patient of a call.

    Attributes:
        number: from 2 on; never given twice.
        withdrawn: why there is none after all, or None.
    """

    number: int
    who: str
    note: str | None = None
    withdrawn: str | None = None


# gc=False here and in Assignment: they hold no cycles, and with tens of thousands of them the garbage
# collector's full passes would be felt as pauses (42 ms with 25,000 calls; 15 ms without them).
class Incident(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call.

    Attributes:
        priority: 1 danger to life, 2 emergency, 3 urgent (can wait).
        norm_s: the arrival norm that held when the call came.
        assignments: ids, in the order in which crews were sent.
        arrived_at_ms: when the first crew was there; the countdown stops. After a reopening: anew.
        reopened_ms: when it was last taken up again after its end, ms since 1970 UTC, or None.
        source: from where it was entered ("phone", "console", "demo" …).
        zone: where it lies, as the zones were when it came.
        owner: the workplace that was last said to answer for it; ask `dispatch.workplace.owner_of`.
        handed: how it came there; None: as a new call.
        condition: the last answers to the first questions, where they were asked.
        spoken_ms: when somebody last spoke with the caller, where that was after the call.
        rung_ms, tries: when nobody answered last, and how often since somebody did.
        linked_to, same_patient: the call that this one belongs to, and whether it is the same patient.
        patients: those beside the first.
        hand_over: how it stands with a polyclinic that was asked to take it.
        journey: what is to be driven when; None for an emergency.
        cancelled_as: how it ended when it needed nobody.
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
    zone: str | None = None
    owner: str | None = None
    handed: Handing | None = None
    assignments: tuple[str, ...] = ()
    arrived_at_ms: int | None = None
    ending: Ending = "open"
    ended_at_ms: int | None = None
    outcome: str | None = None
    reopened_ms: int | None = None
    condition: Condition | None = None
    spoken_ms: int | None = None
    rung_ms: int | None = None
    tries: int = 0
    linked_to: str | None = None
    same_patient: bool = False
    patients: tuple[Patient, ...] = ()
    hand_over: HandOver | None = None
    journey: Journey | None = None
    cancelled_as: Cancelled | None = None

    def reopened(self, at_ms: int) -> Incident:
        """Return it open again, waiting since then."""
        return msgspec.structs.replace(
            self,
            ending="open",
            ended_at_ms=None,
            outcome=None,
            arrived_at_ms=None,
            reopened_ms=at_ms,
            spoken_ms=at_ms,
            linked_to=None,  # it stands for itself, and is nobody else's
            same_patient=False,
            hand_over=None,
            cancelled_as=None,
        )

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.ending == "open"

    @property
    def norm_ends_ms(self) -> int:
        """When the norm runs out, ms since 1970 UTC."""
        return self.asked_ms + self.norm_s * 1000

    @property
    def asked_ms(self) -> int:
        """From when on somebody waits: since the call, or its reopening; a journey since it is due."""
        if self.reopened_ms is not None:
            return self.reopened_ms
        return self.called_at_ms if self.journey is None else self.journey.due_ms

    @property
    def follows(self) -> str | None:
        """The call whose crew comes for this one, too: the one that it is linked to, for the same patient."""
        return self.linked_to if self.same_patient and self.open else None

    @property
    def heads(self) -> int:
        """How many patients there are."""
        return 1 + sum(each.withdrawn is None for each in self.patients)


def phase_of(incident: Incident, assignments: Iterable[Assignment]) -> Phase:
    """Return the phase: the ending if it ended, else the furthest of its assignments, else waiting."""
    if incident.ending != "open":
        return incident.ending
    return max((PHASE_OF_STATUS[each.status] for each in assignments), key=PHASES.index, default="waiting")
