"""Region: the fold of its events. Nothing else is the truth, and nothing but `apply` changes it."""

from __future__ import annotations

import copy
import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dispatch import alarmevents, events
from dispatch.alarm import Alarm, AlarmKind
from dispatch.assignment import Assignment, Status
from dispatch.callevents import CallEvent, HazardNoted, HazardWithdrawn
from dispatch.catalogue import Hospital, RegionSettings, Substation
from dispatch.crewshift import (
    CrewPlanDropped,
    CrewPlanned,
    CrewShift,
    CrewShiftOpened,
    MemberRegistered,
    Planned,
    fold_crew_shift,
)
from dispatch.deskevents import AttendanceChanged, OwnerChanged, ShiftEnded, ShiftOpened
from dispatch.events import GENESIS, Envelope, Head
from dispatch.filing import ASSIGNMENTS, ENDED, EVERY, INCIDENTS, TIMELINE, Filing, Part
from dispatch.hazard import Hazard, fold_hazard
from dispatch.incident import Cancelled, Incident, Phase, phase_of
from dispatch.major import Major, fold_major
from dispatch.majorevents import MajorFact
from dispatch.opening import Opening
from dispatch.qualification import Member
from dispatch.queued import CallQueued, CallUnqueued, Queued, fold_queue
from dispatch.told import told
from dispatch.touched import Touched, touched
from dispatch.unit import Unit, UnitState, state_of, state_since_ms
from dispatch.workplace import Post, fold_post

# How many answered commands are remembered; at a large city's 25 commands a second it is over an hour.
REMEMBERED_COMMANDS = 100_000


class Answer(msgspec.Struct, frozen=True, gc=False):
    """The entries that one command wrote, so that its repetition is answered as the first time."""

    first_seq: int
    last_seq: int
    command_print: str | None


class Region:
    """Everything known about a region. Its values are frozen: hold one as long as you like.

    Attributes:
        settings: the rules, or None before the first configuration.
        calls: all calls with their crews; those of long ago take little room. See `dispatch.filing`.
        incidents, assignments: the calls and who was sent, by id, nearly in the order in which they came.
        ended: when we learned of each ended incident that it ended, ms since 1970 UTC, the latest last.
        timeline: the sequence numbers of the entries that touched each incident.
        active: the active assignment of each busy unit (an index over `assignments`).
        open_incidents: ids of the incidents that have not ended, oldest first.
        counters: the last incident number of each day.
        openings: what was last said of each hospital; see `Opening.as_of`.
        queues: the calls that wait for each busy crew, in order; see `dispatch.unitqueue`.
        members, planned, crew_shifts: who works in crews, the roster, and who is on each unit now.
        posts: who is at which workplace.
        majors: the major incidents, by their call; those stood down, too.
        hazards, hazard_cells: what is known of addresses, the oldest first; see `dispatch.hazard.hazards_at`.
        alarms: those that nobody has acknowledged, and the last of the others.
        answers: what each remembered (user, command id) was answered with.
    """

    def __init__(self, region: str) -> None:
        self.id = region
        self.seq = 0
        self.hash = GENESIS
        self.epoch = ""
        self.settings: RegionSettings | None = None
        self.substations: dict[str, Substation] = {}
        self.hospitals: dict[str, Hospital] = {}
        self.units: dict[str, Unit] = {}
        self._read_from(Filing())
        self.active: dict[str, str] = {}
        self.open_incidents: dict[str, None] = {}
        self.counters: dict[str, int] = {}
        self.alarms: dict[str, Alarm] = {}
        self.believed: dict[str, int] = {}
        self.openings: dict[str, Opening] = {}
        self.queues: dict[str, tuple[Queued, ...]] = {}
        self.members: dict[str, Member] = {}
        self.planned: dict[str, Planned] = {}
        self.crew_shifts: dict[str, CrewShift] = {}
        self.posts: dict[str, Post] = {}
        self.majors: dict[str, Major] = {}
        self.hazards: dict[str, Hazard] = {}
        self.hazard_cells: dict[str, tuple[str, ...]] = {}
        self.answers: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    def _read_from(self, calls: Filing) -> None:
        self.calls = calls
        self.incidents = Part(calls, INCIDENTS, calls.incidents)
        self.assignments = Part(calls, ASSIGNMENTS, calls.assignments)
        self.timeline = Part(calls, TIMELINE, calls.timeline)
        self.ended = Part(calls, ENDED, calls.ended)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def head(self) -> Head:
        """Where the next entry goes."""
        return Head(self.seq, self.hash)

    def active_assignment(self, unit: str) -> Assignment | None:
        """Return the assignment that binds the unit, or None."""
        assignment = self.active.get(unit)
        return None if assignment is None else self.assignments[assignment]

    def unit_state(self, unit: str) -> UnitState:
        """Return what the unit is doing, derived from its duty and its assignment."""
        return state_of(self.units[unit], self.active_assignment(unit))

    def unit_state_since_ms(self, unit: str) -> int:
        """Return when that began, ms since 1970 UTC."""
        return state_since_ms(self.units[unit], self.active_assignment(unit))

    def assignments_of(self, incident: str) -> list[Assignment]:
        """Return the incident's assignments in the order in which crews were sent."""
        return [self.assignments[each] for each in self.incidents[incident].assignments]

    def latest_incidents(self) -> Iterator[Incident]:
        """Return the last 25,000 calls, the newest first: as much of the past as is quickly read."""
        return reversed(self.calls.incidents.values())

    def latest_assignments(self) -> Iterator[Assignment]:
        """Return the assignments of those calls, the newest first."""
        return reversed(self.calls.assignments.values())

    def phase(self, incident: str) -> Phase:
        """Return the incident's phase, derived from its ending and its assignments."""
        return phase_of(self.incidents[incident], self.assignments_of(incident))

    def open_alarm(self, kind: AlarmKind, unit: str) -> Alarm | None:
        """Return the unit's alarm of a kind that nobody has acknowledged, or None."""
        alarms = self.alarms.values()
        return next((one for one in alarms if one.open and one.kind == kind and unit in one.units), None)

    def growing_alarm(self, kind: AlarmKind, now_ms: int) -> Alarm | None:
        """Return the alarm that the same thing, happening to another unit now, belongs to, or None."""
        return next((one for one in self.alarms.values() if one.takes_in(kind, now_ms)), None)

    def recent_incidents(self, learned_after_ms: int) -> list[Incident]:
        """Return the open incidents, and those whose end we learned at or after then, oldest first.

        Args:
            learned_after_ms: ms since 1970 UTC, within the last day.
        """
        recent: list[str] = []
        for incident in reversed(self.ended):
            if self.ended[incident] < learned_after_ms:
                break
            recent.append(incident)
        found = [self.incidents[each] for each in (*recent, *self.open_incidents)]
        return sorted(found, key=lambda each: (each.created_at_ms, each.number))

    def touched(self, envelope: Envelope) -> Touched:
        """Return whose views the entry changed; ask after it was applied."""
        return touched(self, envelope.event)

    def fingerprint(self) -> str:
        """Return a hash of everything that the region knows: equal for a live region and a replayed one."""
        state = {**self.state(), "answers": [[*key, answer] for key, answer in self.answers.items()]}
        return hashlib.sha256(msgspec.json.encode(state, order="deterministic")).hexdigest()

    def state(self) -> dict[str, Any]:
        """Return everything that the region knows, by name, as plain values."""
        return {**self.own(), **self.calls.state()}

    def own(self) -> dict[str, Any]:
        """Return what it keeps itself, by name: all but its calls."""
        return {name: value for name, value in vars(self).items() if not isinstance(value, Filing | Part)}

    def fork(self) -> Region:
        """Return a copy that can run ahead; frozen values are shared."""
        forked = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict):
                setattr(forked, name, value.copy())
        forked._read_from(self.calls.copy())  # noqa: SLF001  # it is one of us
        return forked

    # ── folding ──────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, envelope: Envelope) -> None:
        """Fold one entry in.

        Raises:
            ValueError: the entry is not the next one; nothing was changed.
        """
        if envelope.seq != self.seq + 1:
            raise ValueError(f"entry {envelope.seq} cannot follow entry {self.seq}")
        self._fold(envelope)
        self.seq = envelope.seq
        self.hash = envelope.hash
        for incident in self.touched(envelope).incidents:
            self.timeline[incident] = (*self.timeline.get(incident, ()), envelope.seq)
        if envelope.command_id is not None:
            key = (envelope.by, envelope.command_id)
            before = self.answers.get(key)
            first_seq = envelope.seq if before is None else before.first_seq
            self.answers[key] = Answer(first_seq, envelope.seq, envelope.command_print)
            if len(self.answers) > REMEMBERED_COMMANDS:
                self.answers.popitem(last=False)
        if envelope.seq % EVERY == 0:
            self.calls.file(envelope.learned_ms)

    def apply_all(self, envelopes: Iterable[Envelope]) -> None:
        """Fold entries in, in order."""
        for envelope in envelopes:
            self.apply(envelope)

    def _fold(self, envelope: Envelope) -> None:  # noqa: C901, PLR0912, PLR0915  # one case an event, as a table
        match envelope.event:
            case events.TookOver() as event:
                self.epoch = event.epoch
            case events.RegionConfigured() as event:
                self.settings = event.settings
            case events.SubstationRegistered() as event:
                self.substations[event.substation.id] = event.substation
            case events.HospitalRegistered() as event:
                self.hospitals[event.hospital.id] = event.hospital
            case events.UnitRegistered() as event:
                self._unit_registered(event)
            case events.DutyChanged() as event:
                self.units[event.unit] = self.units[event.unit].on_duty(
                    event.duty, envelope.at_ms, event.until_ms, event.why
                )
                if event.duty == "off":
                    self.crew_shifts.pop(event.unit, None)
            case events.IncidentCreated() as event:
                self._incident_created(event, envelope)
            case events.IncidentCancelled() as event:
                self._ended(event.incident, "cancelled", event.why, envelope, event.how)
            case events.IncidentClosed() as event:
                self._ended(event.incident, "closed", event.outcome, envelope)
            case events.IncidentReopened() as event:
                self.incidents[event.incident] = self.incidents[event.incident].reopened(envelope.at_ms)
                self.ended.pop(event.incident, None)
                self.open_incidents[event.incident] = None
            case CallQueued() | CallUnqueued() as event:
                fold_queue(self.queues, event, envelope.at_ms, envelope.by)
            case MemberRegistered() | CrewPlanned() | CrewPlanDropped() | CrewShiftOpened() as event:
                fold_crew_shift(
                    self.members, self.planned, self.crew_shifts, event, envelope.at_ms, envelope.by
                )
                if isinstance(event, CrewShiftOpened):
                    self.units[event.unit] = self.units[event.unit].manned(event.crew_kind, event.missing)
            case events.CrewAssigned() as event:
                self._crew_assigned(event, envelope)
            case events.StatusChanged() as event:
                self._status_changed(event, envelope)
            case events.HospitalChosen() | events.MotionInferred() as event:
                self._assignment_told(event, envelope)
            case (
                alarmevents.AlarmRaised()
                | alarmevents.AlarmJoined()
                | alarmevents.AlarmAcknowledged() as event
            ):
                alarmevents.fold_alarm(self.alarms, event, envelope.at_ms, envelope.learned_ms, envelope.by)
            case alarmevents.PositionBelieved() as event:
                self.believed[event.unit] = envelope.at_ms
            case events.HospitalOpeningChanged() as event:
                self.openings[event.hospital] = Opening(
                    hospital=event.hospital,
                    state=event.state,
                    refuses=event.refuses,
                    until_ms=event.until_ms,
                    why=event.why,
                    by=envelope.by,
                    since_ms=envelope.at_ms,
                )
            case events.TimeCorrected() as event:
                self._time_corrected(event, envelope)
            case CallEvent() as event:
                self.incidents[event.incident] = told(self.incidents[event.incident], event, envelope)
            case HazardNoted() | HazardWithdrawn() as event:
                fold_hazard(self.hazards, self.hazard_cells, event, envelope.at_ms, envelope.by)
            case ShiftOpened() | ShiftEnded() | AttendanceChanged() as event:
                fold_post(self.posts, event, envelope.at_ms)
            case MajorFact() as event:
                fold_major(self.majors, event, envelope.at_ms, envelope.by)
            case OwnerChanged() as event:
                self.incidents[event.incident] = msgspec.structs.replace(
                    self.incidents[event.incident], owner=event.owner, handed=event.why
                )

    def _time_corrected(self, event: events.TimeCorrected, envelope: Envelope) -> None:
        before = self.assignments[event.assignment]
        times, learned = dict(before.times), dict(before.learned)
        times.pop(event.what, None)
        learned.pop(event.what, None)
        if event.to_ms is not None:
            times[event.what] = event.to_ms
            learned[event.what] = envelope.learned_ms
        self.assignments[event.assignment] = msgspec.structs.replace(before, times=times, learned=learned)
        since_ms = self.incidents[event.incident].reopened_ms or 0
        arrivals = [
            each.arrived_ms
            for each in self.assignments_of(event.incident)
            if each.times["notified"] >= since_ms
        ]
        self.incidents[event.incident] = msgspec.structs.replace(
            self.incidents[event.incident],
            arrived_at_ms=min((at_ms for at_ms in arrivals if at_ms is not None), default=None),
        )

    def _unit_registered(self, event: events.UnitRegistered) -> None:
        known = self.units.get(event.unit)
        self.units[event.unit] = Unit(
            id=event.unit,
            index=len(self.units) if known is None else known.index,
            call_sign=event.call_sign,
            crew_kind=event.crew_kind,
            vehicle_class=event.vehicle_class,
            substation=event.substation,
            duty="off" if known is None else known.duty,
            duty_since_ms=0 if known is None else known.duty_since_ms,
            freed_ms=None if known is None else known.freed_ms,
            equipment=event.equipment,
            duty_until_ms=None if known is None else known.duty_until_ms,
            duty_why=None if known is None else known.duty_why,
        )

    def _incident_created(self, event: events.IncidentCreated, envelope: Envelope) -> None:
        self.counters[event.day] = max(event.number, self.counters.get(event.day, 0))
        self.open_incidents[event.incident] = None
        self.incidents[event.incident] = Incident(
            id=event.incident,
            number=event.number,
            place=event.place,
            reason=event.reason,
            priority=event.priority,
            called_at_ms=event.called_at_ms,
            created_at_ms=envelope.at_ms,
            norm_s=event.norm_s,
            phone=event.phone,
            patient=event.patient,
            note=event.note,
            source=envelope.source,
            by=envelope.by,
            journey=event.journey,
            zone=event.zone,
            owner=event.owner,
        )

    def _ended(
        self, incident: str, ending: str, outcome: str, envelope: Envelope, how: Cancelled | None = None
    ) -> None:
        self.incidents[incident] = msgspec.structs.replace(
            self.incidents[incident],
            ending=ending,
            outcome=outcome,
            ended_at_ms=envelope.at_ms,
            cancelled_as=how,
        )
        self.open_incidents.pop(incident, None)
        self.ended[incident] = envelope.learned_ms

    def _crew_assigned(self, event: events.CrewAssigned, envelope: Envelope) -> None:
        self.assignments[event.assignment] = Assignment(
            id=event.assignment,
            incident=event.incident,
            unit=event.unit,
            status="notified",
            times={"notified": envelope.at_ms},
            learned={"notified": envelope.learned_ms},
            substation=event.substation,
            crew_kind=event.crew_kind,
            eta_s=event.eta_s,
            override_reason=event.override_reason,
            recommended_rank=event.rank,
            by=envelope.by,
        )
        incident = self.incidents[event.incident]
        self.incidents[event.incident] = msgspec.structs.replace(
            incident, assignments=(*incident.assignments, event.assignment)
        )
        self.active[event.unit] = event.assignment

    def _assignment_told(
        self, event: events.HospitalChosen | events.MotionInferred, envelope: Envelope
    ) -> None:
        before = self.assignments[event.assignment]
        if isinstance(event, events.HospitalChosen):
            after = msgspec.structs.replace(before, hospital=event.hospital)
        else:
            inferred: dict[Status, int] = {**before.inferred, event.stage: envelope.at_ms}
            after = msgspec.structs.replace(before, inferred=inferred)
        self.assignments[event.assignment] = after

    def _status_changed(self, event: events.StatusChanged, envelope: Envelope) -> None:
        before = self.assignments[event.assignment]
        after = msgspec.structs.replace(
            before,
            status=event.status,
            times={**before.times, event.status: envelope.at_ms},
            learned={**before.learned, event.status: envelope.learned_ms},
        )
        self.assignments[event.assignment] = after
        if not after.open and self.active.get(event.unit) == event.assignment:
            del self.active[event.unit]
            self.units[event.unit] = msgspec.structs.replace(self.units[event.unit], freed_ms=envelope.at_ms)
        incident = self.incidents[event.incident]
        arrived_ms = after.arrived_ms
        if arrived_ms is not None and (incident.arrived_at_ms is None or arrived_ms < incident.arrived_at_ms):
            self.incidents[event.incident] = msgspec.structs.replace(incident, arrived_at_ms=arrived_ms)
