"""Call events: the vocabulary of what happened in call-taking; all of them are about one call. Pure."""

from __future__ import annotations

from typing import Literal

from dispatch.condition import Answer, Change
from dispatch.handover import ReturnedWhy
from dispatch.incident import Place
from dispatch.tagged import EventBase


class CallEvent(EventBase, frozen=True):
    """What they share: the call."""

    incident: str


class PatientAssessed(CallEvent, frozen=True):
    """The caller answered the first two questions; None: it was not asked."""

    conscious: Answer | None = None
    breathing: Answer | None = None


class PatientCalledBack(CallEvent, frozen=True):
    """Somebody rang a caller whose patient waits.

    Attributes:
        reached: whether anybody answered; without that nothing else is known.
        change: how the patient is compared with before.
    """

    reached: bool
    conscious: Answer | None = None
    breathing: Answer | None = None
    change: Change | None = None
    note: str | None = None


class PriorityChanged(CallEvent, frozen=True):
    """The call's priority is another. Only a person lowers it, and says why."""

    before: int
    priority: int
    because: Literal["answers", "call_back", "reason", "linked", "person"]
    why: str | None = None


class IncidentDescribed(CallEvent, frozen=True):
    """More became known of the call; None: that did not change."""

    reason: str | None = None
    phone: str | None = None
    patient: str | None = None
    note: str | None = None
    detail: str | None = None


class InstructionGiven(CallEvent, frozen=True):
    """Somebody opened an instruction to read it out to the caller."""

    instruction: str


class IncidentLinked(CallEvent, frozen=True):
    """The call tells of what another tells of.

    Attributes:
        main: the call that it belongs to.
        same_patient: whether it is the same patient; else only the same event.
    """

    main: str
    same_patient: bool


class IncidentUnlinked(CallEvent, frozen=True):
    """The call stands for itself again."""

    main: str
    why: str | None = None


class PatientNoted(CallEvent, frozen=True):
    """A further patient of the call, or what is known of one by now; they are numbered from 2."""

    patient: int
    who: str
    note: str | None = None


class PatientWithdrawn(CallEvent, frozen=True):
    """There is no such further patient after all."""

    patient: int
    why: str


class HandOverOffered(CallEvent, frozen=True):
    """A polyclinic was asked to take the call; it is ours until somebody there accepts."""

    polyclinic: str
    until_ms: int
    note: str | None = None


class HandOverAccepted(CallEvent, frozen=True):
    """A person at the polyclinic took the call."""

    polyclinic: str
    accepted_by: str


class HandOverReturned(CallEvent, frozen=True):
    """The offer ended without a taker: the call is ours, as it was all the time."""

    polyclinic: str
    why: ReturnedWhy
    note: str | None = None


class HazardNoted(EventBase, frozen=True):
    """There is something at an address that a crew must know; the entry says who told it."""

    hazard: str
    place: Place
    text: str
    until_ms: int


class HazardWithdrawn(EventBase, frozen=True):
    """It is not there any more, or never was."""

    hazard: str
    why: str


CallTaking = (
    PatientAssessed
    | PatientCalledBack
    | PriorityChanged
    | IncidentDescribed
    | InstructionGiven
    | IncidentLinked
    | IncidentUnlinked
    | PatientNoted
    | PatientWithdrawn
    | HandOverOffered
    | HandOverAccepted
    | HandOverReturned
)
AboutHazard = HazardNoted | HazardWithdrawn
