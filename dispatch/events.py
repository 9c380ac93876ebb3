"""The vocabulary of what happened, and the envelope that carries it in the journal.

An event is a fact in the past tense, written as JSON with its `kind`. A reader skips fields that it does not
know, so an older program reads what a newer one added. The envelope says who, from where and when, by two
clocks, and links each entry to the one before by hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec

from dispatch import callevents
from dispatch.alarmevents import AlarmEvent, PositionBelieved
from dispatch.assignment import Status
from dispatch.catalogue import Hospital, RegionSettings, Substation
from dispatch.crewshift import CrewPlanDropped, CrewPlanned, CrewShiftOpened, MemberRegistered
from dispatch.deskevents import DeskEvent
from dispatch.incident import Cancelled, Place
from dispatch.journey import Journey
from dispatch.majorevents import MajorEvent
from dispatch.opening import State as OpeningState
from dispatch.queued import CallQueued, CallUnqueued
from dispatch.tagged import EventBase
from dispatch.unit import Duty

# What the first entry of a chain names as the hash before it.
GENESIS = "0" * 64


class TookOver(EventBase, frozen=True):
    """A new engine became the region's single writer; `epoch` is its unique name."""

    epoch: str


class RegionConfigured(EventBase, frozen=True):
    """The region's rules were set or changed."""

    settings: RegionSettings


class SubstationRegistered(EventBase, frozen=True):
    """A base was added or changed."""

    substation: Substation


class HospitalRegistered(EventBase, frozen=True):
    """A hospital was added or changed."""

    hospital: Hospital


class UnitRegistered(EventBase, frozen=True):
    """A vehicle with its crew was added or changed."""

    unit: str
    call_sign: str
    crew_kind: str
    vehicle_class: str = ""
    substation: str | None = None
    equipment: tuple[str, ...] | None = None


class DutyChanged(EventBase, frozen=True):
    """A crew came on duty, went for a break, broke down or went off, until about `until_ms`."""

    unit: str
    duty: Duty
    why: str | None = None
    until_ms: int | None = None


class IncidentCreated(EventBase, frozen=True):
    """Somebody called. The norm of that moment goes with it: a later change does not rewrite the past."""

    incident: str
    number: int
    day: str
    place: Place
    reason: str
    priority: int
    called_at_ms: int
    norm_s: int
    phone: str | None = None
    patient: str | None = None
    note: str | None = None
    journey: Journey | None = None
    zone: str | None = None
    owner: str | None = None


class IncidentCancelled(EventBase, frozen=True):
    """The call needs nobody: taken back, false, refused, a duplicate."""

    incident: str
    why: str
    how: Cancelled = "cancelled"


class IncidentClosed(EventBase, frozen=True):
    """The call is done. `automatic` tells that the last crew's clearing closed it, and not a person."""

    incident: str
    outcome: str
    note: str | None = None
    automatic: bool = False


class IncidentReopened(EventBase, frozen=True):
    """An ended call is ours again; the envelope says by whom. `before` is how it had ended."""

    incident: str
    why: str
    before: str


class RankedSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the recommendation that the dispatcher saw, kept as evidence."""

    unit: str
    rank: int
    eta_s: float | None = None
    position: str = "none"
    position_age_s: float | None = None
    kind_fit: str = "exact"


class CrewAssigned(EventBase, frozen=True):
    """A crew was sent, with what was known when it was chosen.

    Attributes:
        rank: the crew's place in the recommendation, or None when it was not among them.
        ranking: the first lines of the recommendation as shown.
        override_reason: why another than the first was sent, in the dispatcher's words.
        shown_at_ms: when the recommendation was made that the dispatcher answered; None where none was shown.
        hazards: ids of what was known of the address, and so shown to the crew with the call.
        queued_at_ms: since when the call waited for this crew, which has just cleared; see `dispatch.queued`.
    """

    assignment: str
    incident: str
    unit: str
    substation: str | None = None
    crew_kind: str | None = None
    eta_s: float | None = None
    rank: int | None = None
    ranking: tuple[RankedSummary, ...] = ()
    override_reason: str | None = None
    shown_at_ms: int | None = None
    hazards: tuple[str, ...] = ()
    queued_at_ms: int | None = None


class SwapMove(msgspec.Struct, frozen=True, kw_only=True):
    """What a swap changes for one incident; see `dispatch.reassign.Move`.

    Attributes:
        taken, assignment: the crew that is called off, and what bound it; None where none was on its way.
        sent: the crew that goes instead, or None: the incident waits again.
        before_s, after_s: until a crew was to be there, and is to be there now, as it was shown.
    """

    incident: str
    taken: str | None = None
    assignment: str | None = None
    sent: str | None = None
    before_s: float | None = None
    after_s: float | None = None


class CrewsSwapped(EventBase, frozen=True):
    """A proposal was taken: crews change calls; the changes follow as events of their own."""

    proposal: str
    incidents: tuple[str, ...]
    moves: tuple[SwapMove, ...]
    gain_s: float = 0.0
    late_fewer: int = 0


class StatusChanged(EventBase, frozen=True):
    """An assignment moved on. `stated_ms` is the crew's own clock, where that was corrected a little."""

    assignment: str
    incident: str
    unit: str
    status: Status
    before: Status
    why: str | None = None
    stated_ms: int | None = None


class HospitalChosen(EventBase, frozen=True):
    """The patient goes there."""

    assignment: str
    incident: str
    unit: str
    hospital: str


# What satellites can tell of a response: driving off and arriving, twice.
Stage = Literal["en_route", "on_scene", "left_scene", "at_hospital"]
WHAT_OF_STAGE: dict[Stage, Literal["departed", "arrived"]] = {
    "en_route": "departed",
    "on_scene": "arrived",
    "left_scene": "departed",
    "at_hospital": "arrived",
}


class HospitalOpeningChanged(EventBase, frozen=True):
    """A hospital is open, restricted or closed; the envelope says by whom."""

    hospital: str
    state: OpeningState
    refuses: tuple[str, ...] = ()
    until_ms: int | None = None
    why: str | None = None


class MotionInferred(EventBase, frozen=True):
    """The crew drove off or arrived, as its fixes tell; no status changes by that.

    Attributes:
        stage: the status that it speaks of. The entry's `at_ms` is when it was seen to have happened.
        not_before_ms: the last fix at which it had not happened yet, where there is one.
        button_ms: when the crew's button says that it happened, where it had been pressed by then.
        disagreement_s: by how much the button is too late (negative: too early); None where both agree.
    """

    assignment: str
    incident: str
    unit: str
    stage: Stage
    what: Literal["departed", "arrived"]
    not_before_ms: int | None = None
    button_ms: int | None = None
    disagreement_s: float | None = None


class TimeCorrected(EventBase, frozen=True):
    """A time of an assignment was corrected afterwards; the entry that told it first stays in the journal.

    Attributes:
        what: the status whose time it is.
        before_ms: what was known of it; None: nothing.
        to_ms: what holds from now on; None: it never happened.
    """

    assignment: str
    incident: str
    unit: str
    what: Status
    before_ms: int | None
    to_ms: int | None
    why: str


class RecordViewed(EventBase, frozen=True):
    """Somebody looked at a patient's data outside the work on the call; the entry says who."""

    incident: str
    what: Literal["call", "card", "journal"]


class ReportExported(EventBase, frozen=True):
    """Somebody took figures or responses out of the system.

    Attributes:
        what: which data, such as "responses"; filters: of what, as the request said.
        rows: how many.
    """

    what: str
    file_format: str
    rows: int
    with_personal: bool
    filters: str = ""


Event = (
    TookOver
    | RegionConfigured
    | SubstationRegistered
    | HospitalRegistered
    | UnitRegistered
    | DutyChanged
    | IncidentCreated
    | IncidentCancelled
    | IncidentClosed
    | IncidentReopened
    | CrewAssigned
    | CrewsSwapped
    | StatusChanged
    | HospitalChosen
    | HospitalOpeningChanged
    | MotionInferred
    | AlarmEvent
    | PositionBelieved
    | DeskEvent
    | MajorEvent
    | TimeCorrected
    | RecordViewed
    | ReportExported
    | callevents.CallTaking
    | callevents.AboutHazard
    | CallQueued
    | CallUnqueued
    | MemberRegistered
    | CrewPlanned
    | CrewPlanDropped
    | CrewShiftOpened
)


class Dated(msgspec.Struct, frozen=True):
    """An event and when it happened (ms since 1970 UTC): what `decide` answers with."""

    event: Event
    at_ms: int


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the journal.

    Attributes:
        seq: 1, 2, 3 … without gaps within the region.
        at_ms: when it happened, as those who were there say.
        learned_ms: when this service recorded it.
        by: the user; source: the way it came in ("console", "crew", "demo", "engine" …).
        command_id: the client's id of the command; command_print: a short hash of what the command asked.
        previous: hash of the entry before, hex; hash: of this one, hex, over the bytes that `body` returns.
    """

    region: str
    seq: int
    at_ms: int
    learned_ms: int
    by: str
    source: str
    event: Event
    previous: str
    command_id: str | None = None
    command_print: str | None = None
    hash: str = ""

    @property
    def kind(self) -> str:
        """The event's name, such as "crew_assigned"."""
        return kind_of(self.event)


class Head(msgspec.Struct, frozen=True):
    """The end of a chain: the last entry's number and hash."""

    seq: int = 0
    hash: str = GENESIS


class Sealed(msgspec.Struct, frozen=True):
    """An envelope with its place in the chain, and the bytes that were hashed and will be stored."""

    envelope: Envelope
    body: bytes


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope that has no place in the chain yet."""

    event: Event
    at_ms: int
    learned_ms: int
    by: str
    source: str
    command_id: str | None = None
    command_print: str | None = None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Envelope)


def kind_of(event: Event) -> str:
    """Return the event's name in the journal and the feed, such as "crew_assigned"."""
    return str(event.__struct_config__.tag)


def digest(previous: str, body: bytes) -> str:
    """Return the hash of an entry, hex: SHA-256 over the previous entry's hash and this one's bytes."""
    return hashlib.sha256(bytes.fromhex(previous) + body).hexdigest()


def seal(region: str, head: Head, drafts: Sequence[Draft]) -> list[Sealed]:
    """Give each draft its number and hash behind `head`; return the envelopes with the bytes hashed."""
    sealed = []
    seq, previous = head.seq, head.hash
    for draft in drafts:
        seq += 1
        fields = {
            "region": region,
            "seq": seq,
            "at_ms": draft.at_ms,
            "learned_ms": draft.learned_ms,
            "by": draft.by,
            "source": draft.source,
            "event": draft.event,
            "previous": previous,
            "command_id": draft.command_id,
            "command_print": draft.command_print,
        }
        body = _ENCODER.encode(Envelope(**fields))  # type: ignore[arg-type]  # one dict for two constructors
        previous = digest(previous, body)
        sealed.append(Sealed(Envelope(**fields, hash=previous), body))  # type: ignore[arg-type]  # the same
    return sealed


def unseal(body: bytes, stored_hash: str) -> Envelope:
    """Read an entry back.

    Raises:
        msgspec.DecodeError: the bytes are no envelope, or its event is of a kind that is not known here.
    """
    return msgspec.structs.replace(_DECODER.decode(body), hash=stored_hash)
