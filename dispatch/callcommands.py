"""Call commands: what may be asked in call-taking; all of them are about one open call. Pure."""

from __future__ import annotations

from dispatch.condition import Change, Condition
from dispatch.handover import ReturnedWhy
from dispatch.incident import Place
from dispatch.tagged import CommandBase


class CallCommand(CommandBase, frozen=True):
    """What they share: the call."""

    incident: str


class AssessPatient(CallCommand, frozen=True):
    """Record what the caller answers to the first questions; a worse answer raises the priority."""

    condition: Condition


class RecordCallBack(CallCommand, frozen=True):
    """Record that a caller was rung; a worse answer raises the priority."""

    reached: bool
    condition: Condition = Condition()
    change: Change | None = None
    note: str | None = None


class SetPriority(CallCommand, frozen=True):
    """Raise or lower the priority, as a person who says why."""

    priority: int
    why: str


class DescribeIncident(CallCommand, frozen=True):
    """Tell more of a call, for which a crew may be on its way already.

    Attributes:
        reason: a graver one raises the priority; another does not lower it.
        priority: as the person who writes it down judges it; None leaves it.
    """

    reason: str | None = None
    priority: int | None = None
    phone: str | None = None
    patient: str | None = None
    note: str | None = None
    detail: str | None = None


class GiveInstruction(CallCommand, frozen=True):
    """Record that an instruction is read out to the caller."""

    instruction: str


class LinkIncident(CallCommand, frozen=True):
    """Say that the call tells of what `main` tells of; see `dispatch.link`."""

    main: str
    same_patient: bool = True


class UnlinkIncident(CallCommand, frozen=True):
    """Let the call stand for itself again."""

    why: str | None = None


class NotePatient(CallCommand, frozen=True):
    """Add a further patient (no number), or tell more of one."""

    who: str
    patient: int | None = None
    note: str | None = None


class WithdrawPatient(CallCommand, frozen=True):
    """Say that there is no such further patient."""

    patient: int
    why: str


class OfferHandOver(CallCommand, frozen=True):
    """Ask a polyclinic to take the call."""

    polyclinic: str
    note: str | None = None


class AcceptHandOver(CallCommand, frozen=True):
    """Say that this person at the polyclinic has taken the call."""

    accepted_by: str


class ReturnHandOver(CallCommand, frozen=True):
    """End the offer: the call is ours."""

    why: ReturnedWhy
    note: str | None = None


class NoteHazard(CommandBase, frozen=True):
    """Tell crews of something at an address, until an instant."""

    place: Place
    text: str
    until_ms: int


class WithdrawHazard(CommandBase, frozen=True):
    """Say that it is not there any more."""

    hazard: str
    why: str


CallTaking = (
    AssessPatient
    | RecordCallBack
    | SetPriority
    | DescribeIncident
    | GiveInstruction
    | LinkIncident
    | UnlinkIncident
    | NotePatient
    | WithdrawPatient
    | OfferHandOver
    | AcceptHandOver
    | ReturnHandOver
)
AboutHazard = NoteHazard | WithdrawHazard
