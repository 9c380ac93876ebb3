"""What may be asked of a region. `decide` answers with events or a Refusal."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from dispatch.alarm import AlarmKind, Evidence, Seen
from dispatch.assignment import Status
from dispatch.callcommands import AboutHazard, CallTaking
from dispatch.catalogue import Hospital, RegionSettings, Substation
from dispatch.condition import Condition
from dispatch.crewshift import DropCrewPlan, OpenCrewShift, PlanCrew, RegisterMember
from dispatch.deskcommands import DeskCommand
from dispatch.events import RankedSummary, Stage, SwapMove
from dispatch.incident import Cancelled, Place
from dispatch.journey import Journey
from dispatch.majorcommands import MajorCommand
from dispatch.opening import State as OpeningState
from dispatch.queued import QueueCall, UnqueueCall
from dispatch.tagged import CommandBase
from dispatch.unit import Duty


class ConfigureRegion(CommandBase, frozen=True):
    """Set the region's rules. The same rules again change nothing."""

    settings: RegionSettings


class RegisterSubstation(CommandBase, frozen=True):
    """Add or change a base. The same base again changes nothing."""

    substation: Substation


class RegisterHospital(CommandBase, frozen=True):
    """Add or change a hospital. The same hospital again changes nothing."""

    hospital: Hospital


class RegisterUnit(CommandBase, frozen=True):
    """Add or change a vehicle with its crew. The same unit again changes nothing."""

    unit: str
    call_sign: str
    crew_kind: str
    vehicle_class: str = ""
    substation: str | None = None
    equipment: tuple[str, ...] | None = None


class SetDuty(CommandBase, frozen=True):
    """Bring a crew on duty, send it for a break, or take it off; `until_ms`: as long as that is expected."""

    unit: str
    duty: Duty
    why: str | None = None
    until_ms: int | None = None


class CreateIncident(CommandBase, frozen=True):
    """Take a call.

    Attributes:
        reason: None while nobody knows: the region's `unclear` reason stands for it.
        priority: None: the reason's own; never below what the answers (`condition`) demand.
        called_at_ms: None: now.
        patients: those beside the first, in words.
    """

    place: Place
    reason: str | None = None
    priority: int | None = None
    phone: str | None = None
    patient: str | None = None
    note: str | None = None
    called_at_ms: int | None = None
    condition: Condition | None = None
    patients: tuple[str, ...] = ()
    journey: Journey | None = None


class CancelIncident(CommandBase, frozen=True):
    """End a call that needs nobody; its crews are released with it."""

    incident: str
    why: str
    how: Cancelled = "cancelled"


class CloseIncident(CommandBase, frozen=True):
    """End a call that is done; crews still bound by it are released with it."""

    incident: str
    outcome: str
    note: str | None = None


class ReopenIncident(CommandBase, frozen=True):
    """Take an ended call up again, with a reason; the only way out of its end."""

    incident: str
    why: str


class AssignCrew(CommandBase, frozen=True):
    """Send a crew, with what the recommendation said of it at that moment.

    Attributes:
        at_ms: when it was sent, for what is entered afterwards; None: now.
    """

    incident: str
    unit: str
    eta_s: float | None = None
    rank: int | None = None
    ranking: tuple[RankedSummary, ...] = ()
    override_reason: str | None = None
    shown_at_ms: int | None = None
    at_ms: int | None = None


class SwapCrews(CommandBase, frozen=True):
    """Take a proposal of `dispatch.reassign`: all of its moves at once, or none.

    Attributes:
        proposal: its id; gain_s, late_fewer: what it was said to gain, kept as evidence.
    """

    proposal: str
    moves: tuple[SwapMove, ...]
    gain_s: float = 0.0
    late_fewer: int = 0


class SetStatus(CommandBase, frozen=True):
    """Move an assignment on.

    Attributes:
        at_ms: when it happened by the crew's clock, for a button pressed without a network; else now.
        hospital: with left_scene: where the patient is taken.
        acting_unit: the unit of the crew that presses; None for a dispatcher.
    """

    assignment: str
    status: Status
    at_ms: int | None = None
    hospital: str | None = None
    why: str | None = None
    acting_unit: str | None = None


class ChooseHospital(CommandBase, frozen=True):
    """Name the hospital that the patient goes to."""

    assignment: str
    hospital: str
    acting_unit: str | None = None


class SetOpening(CommandBase, frozen=True):
    """Say whether a hospital takes patients; see `dispatch.opening.Opening`."""

    hospital: str
    state: OpeningState
    refuses: tuple[str, ...] = ()
    until_ms: int | None = None
    why: str | None = None


class NoteMotion(CommandBase, frozen=True):
    """Offer what satellites tell of an assignment beside its buttons; see `events.MotionInferred`."""

    assignment: str
    stage: Stage
    at_ms: int
    not_before_ms: int | None = None


class RaiseAlarm(CommandBase, frozen=True):
    """Tell the dispatchers of something that cannot wait. Without at_ms, it happens now."""

    alarm_kind: AlarmKind
    unit: str
    at_ms: int | None = None
    evidence: Evidence = Evidence()


class AcknowledgeAlarm(CommandBase, frozen=True):
    """Say that a person has seen an alarm. Twice changes nothing."""

    alarm: str


class BelievePosition(CommandBase, frozen=True):
    """Say that a unit is where its device says; see `alarmevents.PositionBelieved`."""

    unit: str
    reasons: tuple[str, ...] = ()
    doubted_ms: int | None = None
    at: Seen | None = None


class CorrectTime(CommandBase, frozen=True):
    """Correct a time of an assignment; to_ms None says that it never happened."""

    assignment: str
    what: Status
    to_ms: int | None
    why: str


class NoteView(CommandBase, frozen=True):
    """Put into the record that somebody looks at a patient's data."""

    incident: str
    what: Literal["call", "card", "journal"]


class NoteExport(CommandBase, frozen=True):
    """Put into the record that somebody takes data out; see `events.ReportExported`."""

    what: str
    file_format: str
    rows: int
    with_personal: bool
    filters: str = ""


Command = (
    ConfigureRegion
    | RegisterSubstation
    | RegisterHospital
    | RegisterUnit
    | SetDuty
    | CreateIncident
    | CancelIncident
    | CloseIncident
    | ReopenIncident
    | AssignCrew
    | SwapCrews
    | SetStatus
    | ChooseHospital
    | SetOpening
    | NoteMotion
    | RaiseAlarm
    | AcknowledgeAlarm
    | BelievePosition
    | DeskCommand
    | MajorCommand
    | CorrectTime
    | NoteView
    | NoteExport
    | CallTaking
    | AboutHazard
    | QueueCall
    | UnqueueCall
    | RegisterMember
    | PlanCrew
    | DropCrewPlan
    | OpenCrewShift
)


def print_of(command: Command) -> str:
    """Return a short hash of what a command asks, to tell a repetition from another command under a used id.

    What the service itself adds to an assignment as evidence (the recommendation of that moment) is left out:
    it differs between the first try and the second.
    """
    if isinstance(command, AssignCrew):
        command = msgspec.structs.replace(command, eta_s=None, rank=None, ranking=(), shown_at_ms=None)
    return hashlib.blake2b(msgspec.json.encode(command), digest_size=8).hexdigest()
