"""Decide: command + region + now → events, or a refusal that says why. Pure; changes nothing.

Whoever asks gets either all the events that follow from the command, in order, or one refusal. A command that
asks for what is already so is answered with no events.
"""

from __future__ import annotations

import math

from dispatch import commands, events
from dispatch.amend import amend
from dispatch.assignment import STATUSES, TRANSITIONS, Assignment
from dispatch.attend import attend, before_sending, warned_of
from dispatch.callcommands import CallCommand, NoteHazard, WithdrawHazard
from dispatch.commands import Command
from dispatch.crewshift import DropCrewPlan, OpenCrewShift, PlanCrew, RegisterMember
from dispatch.declaring import lead
from dispatch.deskcommands import DeskAsked
from dispatch.duty import man
from dispatch.ending import cancel_incident, close_incident, moved
from dispatch.events import Dated
from dispatch.furnish import configure_region, register_hospital, register_substation, register_unit, set_duty
from dispatch.hospitals import set_opening
from dispatch.link import after_main
from dispatch.majorcommands import MajorAsked
from dispatch.notice import take_notice
from dispatch.opencall import open_incident
from dispatch.patients import unattended
from dispatch.queued import QueueCall, UnqueueCall
from dispatch.refusal import (
    Refusal,
    bad_text,
    in_the_future,
    unit_busy,
    unknown_hospital,
    unknown_unit,
)
from dispatch.region import Region
from dispatch.reopening import reopen_incident
from dispatch.retrospect import sent_at
from dispatch.roster import change_roster
from dispatch.swap import swap_crews
from dispatch.taking import create_incident
from dispatch.unitqueue import change_queue, follow

# Clocks of phones and of this service differ by so much without anybody being wrong.
CLOCK_TOLERANCE_MS = 5_000

Decision = list[Dated] | Refusal


def decide(region: Region, command: Command, now_ms: int, day: str) -> Decision:  # noqa: C901, PLR0912  # one case a command, as a table
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
            decision = configure_region(region, command, now_ms)
        case commands.RegisterSubstation():
            decision = register_substation(region, command, now_ms)
        case commands.RegisterHospital():
            decision = register_hospital(region, command, now_ms)
        case commands.RegisterUnit():
            decision = register_unit(region, command, now_ms)
        case commands.SetDuty():
            decision = set_duty(region, command, now_ms)
        case commands.CreateIncident():
            decision = create_incident(region, command, now_ms, day)
        case commands.CancelIncident():
            decision = cancel_incident(region, command, now_ms)
        case commands.CloseIncident():
            decision = close_incident(region, command, now_ms)
        case commands.ReopenIncident():
            decision = reopen_incident(region, command, now_ms)
        case QueueCall() | UnqueueCall():
            decision = change_queue(region, command, now_ms)
        case RegisterMember() | PlanCrew() | DropCrewPlan() | OpenCrewShift():
            decision = change_roster(region, command, now_ms, day)
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
        case (
            commands.NoteMotion()
            | commands.RaiseAlarm()
            | commands.AcknowledgeAlarm()
            | commands.BelievePosition()
        ):
            decision = take_notice(region, command, now_ms)
        case DeskAsked():
            decision = man(region, command, now_ms)
        case MajorAsked():
            decision = lead(region, command, now_ms)
        case CallCommand() | NoteHazard() | WithdrawHazard():
            decision = attend(region, command, now_ms)
        case commands.CorrectTime() | commands.NoteView() | commands.NoteExport():
            decision = amend(region, command, now_ms)
    return decision if isinstance(decision, Refusal) else follow(region, decision, now_ms)


# ── assignments ──────────────────────────────────────────────────────────────────────────────────────────


def _assign_crew(region: Region, command: commands.AssignCrew, now_ms: int) -> Decision:
    incident = open_incident(region, command.incident)
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
    at_ms = sent_at(incident, unit, command.at_ms, now_ms)
    if isinstance(at_ms, Refusal):
        return at_ms
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
        hazards=warned_of(region, incident, now_ms),
    )
    return [*before_sending(incident, now_ms), Dated(assigned, at_ms)]


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
    decided.append(Dated(moved(assignment, status, command.why, stated_ms), at_ms))
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
    if (major := region.majors.get(cleared.incident)) is not None and major.open:
        return []  # more may be needed: a person stands it down
    if unattended(region, cleared.incident):  # a further patient still waits
        return []
    outcome = "transported" if {"left_scene", "at_hospital"} & cleared.times.keys() else "treated_on_scene"
    closed = events.IncidentClosed(incident=cleared.incident, outcome=outcome, automatic=True)
    return [Dated(closed, at_ms), *after_main(region, cleared.incident, at_ms, helped=True)]


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


def _to_hospital(assignment: Assignment, hospital: str) -> events.HospitalChosen:
    return events.HospitalChosen(
        assignment=assignment.id, incident=assignment.incident, unit=assignment.unit, hospital=hospital
    )


# ── what a command is about ──────────────────────────────────────────────────────────────────────────────


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
