"""Decide: command + region + now → events, or a refusal that says why. Pure; changes nothing.

Whoever asks gets either all the events that follow from the command, in order, or one refusal. A command that
asks for what is already so is answered with no events.
"""

from __future__ import annotations

import math

from dispatch import commands, events
from dispatch.amend import amend
from dispatch.assignment import STATUSES, TRANSITIONS, Assignment, Status
from dispatch.commands import Command
from dispatch.events import Dated
from dispatch.hospitals import set_opening
from dispatch.incident import Incident
from dispatch.notice import take_notice
from dispatch.refusal import (
    NOT_CONFIGURED,
    Refusal,
    bad_place,
    bad_position,
    bad_text,
    in_the_future,
    missing,
    unit_busy,
    unknown_hospital,
    unknown_unit,
)
from dispatch.region import Region
from dispatch.swap import swap_crews
from dispatch.unit import DUTIES, WHILE_BUSY
from dispatch.unit import TRANSITIONS as DUTY_TRANSITIONS

# Clocks of phones and of this service differ by so much without anybody being wrong.
CLOCK_TOLERANCE_MS = 5_000
# A paper call may be entered late, yet not from another month.
OLDEST_CALL_MS = 31 * 86_400_000

Decision = list[Dated] | Refusal


def decide(region: Region, command: Command, now_ms: int, day: str) -> Decision:  # noqa: C901  # one case a command, as a table
    """Return the events that follow from the command, or why it is refused.

    Args:
        region: the state of things.
        command: what is asked.
        now_ms: this service's clock, ms since 1970 UTC.
        day: the region's local date, YYYY-MM-DD; incidents are numbered within it.
    """
    decision: Decision
    match command:
        case commands.ConfigureRegion():
            decision = _configure_region(region, command, now_ms)
        case commands.RegisterSubstation():
            decision = _register_substation(region, command, now_ms)
        case commands.RegisterHospital():
            decision = _register_hospital(region, command, now_ms)
        case commands.RegisterUnit():
            decision = _register_unit(region, command, now_ms)
        case commands.SetDuty():
            decision = _set_duty(region, command, now_ms)
        case commands.CreateIncident():
            decision = _create_incident(region, command, now_ms, day)
        case commands.CancelIncident():
            decision = _cancel_incident(region, command, now_ms)
        case commands.CloseIncident():
            decision = _close_incident(region, command, now_ms)
        case commands.AssignCrew():
            decision = _assign_crew(region, command, now_ms)
        case commands.SwapCrews():
            decision = swap_crews(region, command, now_ms)
        case commands.SetStatus():
            decision = _set_status(region, command, now_ms)
        case commands.ChooseHospital():
            decision = _choose_hospital(region, command, now_ms)
        case commands.SetOpening():
            decision = set_opening(region, command, now_ms)
        case commands.NoteMotion() | commands.RaiseAlarm() | commands.AcknowledgeAlarm():
            decision = take_notice(region, command, now_ms)
        case commands.CorrectTime() | commands.NoteView() | commands.NoteExport():
            decision = amend(region, command, now_ms)
    return decision


# ── the region's own data ────────────────────────────────────────────────────────────────────────────────


def _configure_region(region: Region, command: commands.ConfigureRegion, now_ms: int) -> Decision:
    settings = command.settings
    if settings.norm_s <= 0:
        return Refusal("not-a-number", "the norm must be a positive number of seconds", {"field": "norm_s"})
    kinds = {kind.id for kind in settings.crew_kinds}
    for reason in settings.reasons:
        if reason.crew_kind is not None and reason.crew_kind not in kinds:
            return Refusal(
                "unknown-crew-kind",
                f"the reason {reason.id} asks for the crew kind {reason.crew_kind}, which does not exist",
                {"field": "reasons", "reason": reason.id, "crew_kind": reason.crew_kind},
            )
        if reason.priority not in (1, 2, 3):
            return Refusal(
                "bad-priority",
                f"the reason {reason.id} has the priority {reason.priority}: 1, 2 or 3 is possible",
                {"field": "reasons", "reason": reason.id, "priority": reason.priority},
            )
    if region.settings == settings:
        return []
    return [Dated(events.RegionConfigured(settings=settings), now_ms)]


def _register_substation(region: Region, command: commands.RegisterSubstation, now_ms: int) -> Decision:
    place = command.substation
    if refused := bad_position(place.lat_deg, place.lon_deg) or bad_text(id=place.id, name=place.name):
        return refused
    if region.substations.get(place.id) == place:
        return []
    return [Dated(events.SubstationRegistered(substation=place), now_ms)]


def _register_hospital(region: Region, command: commands.RegisterHospital, now_ms: int) -> Decision:
    place = command.hospital
    if refused := bad_position(place.lat_deg, place.lon_deg) or bad_text(id=place.id, name=place.name):
        return refused
    if region.hospitals.get(place.id) == place:
        return []
    return [Dated(events.HospitalRegistered(hospital=place), now_ms)]


def _register_unit(region: Region, command: commands.RegisterUnit, now_ms: int) -> Decision:
    if region.settings is None:
        return NOT_CONFIGURED
    if refused := bad_text(unit=command.unit, call_sign=command.call_sign):
        return refused
    if region.settings.crew_kind(command.crew_kind) is None:
        return Refusal(
            "unknown-crew-kind",
            f"there is no crew kind {command.crew_kind!r}",
            {"field": "crew_kind", "crew_kind": command.crew_kind},
        )
    if command.substation is not None and command.substation not in region.substations:
        return Refusal(
            "unknown-substation",
            f"there is no substation {command.substation!r}",
            {"field": "substation", "substation": command.substation},
        )
    event = events.UnitRegistered(
        unit=command.unit,
        call_sign=command.call_sign,
        crew_kind=command.crew_kind,
        vehicle_class=command.vehicle_class,
        substation=command.substation,
    )
    known = region.units.get(command.unit)
    if known is not None and event == events.UnitRegistered(
        unit=known.id,
        call_sign=known.call_sign,
        crew_kind=known.crew_kind,
        vehicle_class=known.vehicle_class,
        substation=known.substation,
    ):
        return []
    return [Dated(event, now_ms)]


def _set_duty(region: Region, command: commands.SetDuty, now_ms: int) -> Decision:
    unit = region.units.get(command.unit)
    if unit is None:
        return unknown_unit(command.unit)
    if command.duty not in DUTIES:
        return Refusal(
            "unknown-status", f"there is no duty {command.duty!r}", {"field": "duty", "duty": command.duty}
        )
    if refused := bad_text(why=command.why):
        return refused
    if unit.duty == command.duty:
        return []
    if command.duty not in DUTY_TRANSITIONS[unit.duty]:
        return Refusal(
            "duty-transition",
            f"unit {unit.id} cannot go from {unit.duty} to {command.duty}",
            {"unit": unit.id, "from": unit.duty, "to": command.duty},
        )
    active = region.active_assignment(unit.id)
    if active is not None and command.duty not in WHILE_BUSY:
        return unit_busy(active)
    return [Dated(events.DutyChanged(unit=unit.id, duty=command.duty, why=command.why), now_ms)]


# ── incidents ────────────────────────────────────────────────────────────────────────────────────────────


def _create_incident(region: Region, command: commands.CreateIncident, now_ms: int, day: str) -> Decision:
    if region.settings is None:
        return NOT_CONFIGURED
    reason = region.settings.reason(command.reason)
    if reason is None:
        return Refusal(
            "unknown-reason",
            f"there is no reason {command.reason!r}",
            {"field": "reason", "reason": command.reason},
        )
    priority = reason.priority if command.priority is None else command.priority
    if priority not in (1, 2, 3):
        return Refusal(
            "bad-priority",
            f"the priority is {priority}: 1, 2 or 3 is possible",
            {"field": "priority", "priority": priority},
        )
    if refused := bad_place(command.place) or bad_text(
        phone=command.phone, patient=command.patient, note=command.note
    ):
        return refused
    called_at_ms = now_ms if command.called_at_ms is None else command.called_at_ms
    if called_at_ms > now_ms + CLOCK_TOLERANCE_MS:
        return in_the_future("called_at_ms", called_at_ms, now_ms)
    if called_at_ms < now_ms - OLDEST_CALL_MS:
        return Refusal(
            "time-too-old",
            "a call can be entered up to 31 days late",
            {"field": "called_at_ms", "at_ms": called_at_ms, "now_ms": now_ms},
        )
    number = region.counters.get(day, 0) + 1
    created = events.IncidentCreated(
        incident=f"{day}-{number}",
        number=number,
        day=day,
        place=command.place,
        reason=command.reason,
        priority=priority,
        called_at_ms=min(called_at_ms, now_ms),
        norm_s=region.settings.norm_s,
        phone=command.phone,
        patient=command.patient,
        note=command.note,
    )
    return [Dated(created, now_ms)]


def _cancel_incident(region: Region, command: commands.CancelIncident, now_ms: int) -> Decision:
    incident = _open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    ending = events.IncidentCancelled(incident=incident.id, why=command.why)
    return [*_released(region, incident, "incident-cancelled", now_ms), Dated(ending, now_ms)]


def _close_incident(region: Region, command: commands.CloseIncident, now_ms: int) -> Decision:
    incident = _open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("outcome", command.outcome) or bad_text(outcome=command.outcome, note=command.note):
        return refused
    ending = events.IncidentClosed(incident=incident.id, outcome=command.outcome, note=command.note)
    return [*_released(region, incident, "incident-closed", now_ms), Dated(ending, now_ms)]


def _released(region: Region, incident: Incident, why: str, now_ms: int) -> list[Dated]:
    """Cancel every open assignment of an incident that ends, so that no unit stays bound (Resgrid #273)."""
    return [
        Dated(_moved(assignment, "cancelled", why), max(now_ms, assignment.since_ms))
        for assignment in region.assignments_of(incident.id)
        if assignment.open
    ]


# ── assignments ──────────────────────────────────────────────────────────────────────────────────────────


def _assign_crew(region: Region, command: commands.AssignCrew, now_ms: int) -> Decision:
    incident = _open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    unit = region.units.get(command.unit)
    if unit is None:
        return unknown_unit(command.unit)
    active = region.active_assignment(unit.id)
    if active is not None:
        return unit_busy(active, incident.id)
    if unit.duty != "on":
        return Refusal(
            "unit-off-duty",
            f"unit {unit.id} cannot be sent: its duty is {unit.duty}",
            {"unit": unit.id, "duty": unit.duty},
        )
    if command.eta_s is not None and not math.isfinite(command.eta_s):
        return Refusal("not-a-number", "eta_s is not a finite number", {"field": "eta_s"})
    if refused := bad_text(override_reason=command.override_reason):
        return refused
    assigned = events.CrewAssigned(
        assignment=f"{incident.id}.{len(incident.assignments) + 1}",
        incident=incident.id,
        unit=unit.id,
        substation=unit.substation,
        crew_kind=unit.crew_kind,
        eta_s=command.eta_s,
        rank=command.rank,
        ranking=command.ranking,
        override_reason=command.override_reason,
        shown_at_ms=command.shown_at_ms,
    )
    return [Dated(assigned, now_ms)]


def _set_status(region: Region, command: commands.SetStatus, now_ms: int) -> Decision:
    assignment = _own_assignment(region, command.assignment, command.acting_unit)
    if isinstance(assignment, Refusal):
        return assignment
    status = command.status
    if status not in STATUSES:
        return Refusal(
            "unknown-status", f"there is no status {status!r}", {"field": "status", "value": status}
        )
    if status == assignment.status and command.hospital in (None, assignment.hospital):
        return []
    if status not in TRANSITIONS[assignment.status]:
        return Refusal(
            "bad-transition",
            f"assignment {assignment.id} cannot go from {assignment.status} to {status}",
            {"assignment": assignment.id, "from": assignment.status, "to": status},
        )
    if command.hospital is not None and command.hospital not in region.hospitals:
        return unknown_hospital(command.hospital)
    if refused := bad_text(why=command.why):
        return refused
    at_ms = _happened(region, assignment, command.at_ms, now_ms)
    if isinstance(at_ms, Refusal):
        return at_ms
    stated_ms = None if command.at_ms in (None, at_ms) else command.at_ms
    decided: list[Dated] = []
    if command.hospital is not None and command.hospital != assignment.hospital:
        decided.append(Dated(_to_hospital(assignment, command.hospital), at_ms))
    decided.append(Dated(_moved(assignment, status, command.why, stated_ms), at_ms))
    if status == "cleared":
        decided += _closed_by_last_crew(region, assignment, at_ms)
    return decided


def _happened(region: Region, assignment: Assignment, stated_ms: int | None, now_ms: int) -> int | Refusal:
    """Return when a status began: as the crew says, pulled a few seconds at most to fit the other times."""
    earliest_ms = assignment.since_ms
    if stated_ms is None:
        return max(now_ms, earliest_ms)
    if stated_ms > now_ms + CLOCK_TOLERANCE_MS:
        return in_the_future("at_ms", stated_ms, now_ms)
    called_at_ms = region.incidents[assignment.incident].called_at_ms
    if stated_ms < called_at_ms - CLOCK_TOLERANCE_MS:
        return Refusal(
            "time-before-call",
            "a status cannot begin before the call",
            {"field": "at_ms", "at_ms": stated_ms, "called_at_ms": called_at_ms},
        )
    if stated_ms < earliest_ms - CLOCK_TOLERANCE_MS:
        return Refusal(
            "time-before-previous",
            f"{assignment.status} began later than that; check the clock, or send it without at_ms",
            {"field": "at_ms", "at_ms": stated_ms, "state": assignment.status, "since_ms": earliest_ms},
        )
    return max(min(stated_ms, now_ms), earliest_ms)


def _closed_by_last_crew(region: Region, cleared: Assignment, at_ms: int) -> list[Dated]:
    """Close the incident with its last crew, if that crew was there; else it waits again."""
    others = [each for each in region.assignments_of(cleared.incident) if each.id != cleared.id]
    if cleared.arrived_ms is None or any(each.open for each in others):
        return []
    outcome = "transported" if {"left_scene", "at_hospital"} & cleared.times.keys() else "treated_on_scene"
    closed = events.IncidentClosed(incident=cleared.incident, outcome=outcome, automatic=True)
    return [Dated(closed, at_ms)]


def _choose_hospital(region: Region, command: commands.ChooseHospital, now_ms: int) -> Decision:
    assignment = _own_assignment(region, command.assignment, command.acting_unit)
    if isinstance(assignment, Refusal):
        return assignment
    if command.hospital not in region.hospitals:
        return unknown_hospital(command.hospital)
    if not assignment.open:
        return Refusal(
            "already-closed",
            f"assignment {assignment.id} is {assignment.status}",
            {"assignment": assignment.id, "state": assignment.status},
        )
    if assignment.hospital == command.hospital:
        return []
    return [Dated(_to_hospital(assignment, command.hospital), now_ms)]


def _moved(
    assignment: Assignment, status: Status, why: str | None, stated_ms: int | None = None
) -> events.StatusChanged:
    return events.StatusChanged(
        assignment=assignment.id,
        incident=assignment.incident,
        unit=assignment.unit,
        status=status,
        before=assignment.status,
        why=why,
        stated_ms=stated_ms,
    )


def _to_hospital(assignment: Assignment, hospital: str) -> events.HospitalChosen:
    return events.HospitalChosen(
        assignment=assignment.id, incident=assignment.incident, unit=assignment.unit, hospital=hospital
    )


# ── what a command is about ──────────────────────────────────────────────────────────────────────────────


def _open_incident(region: Region, incident: str) -> Incident | Refusal:
    found = region.incidents.get(incident)
    if found is None:
        return Refusal("unknown-incident", f"there is no incident {incident!r}", {"incident": incident})
    if not found.open:
        return Refusal(
            "already-closed",
            f"incident {incident} is {found.ending}",
            {"incident": incident, "ending": found.ending, "ended_at_ms": found.ended_at_ms},
        )
    return found


def _own_assignment(region: Region, assignment: str, acting_unit: str | None) -> Assignment | Refusal:
    found = region.assignments.get(assignment)
    if found is None:
        return Refusal(
            "unknown-assignment", f"there is no assignment {assignment!r}", {"assignment": assignment}
        )
    if acting_unit is not None and found.unit != acting_unit:
        return Refusal(
            "not-your-assignment",
            f"assignment {assignment} is not unit {acting_unit}'s",
            {"assignment": assignment, "unit": acting_unit},
        )
    return found
