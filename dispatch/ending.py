"""Ending: how a call ends, and that nobody stays bound by it. Pure."""

from __future__ import annotations

from dispatch import commands, events
from dispatch.assignment import Assignment, Status
from dispatch.events import Dated
from dispatch.incident import Incident
from dispatch.refusal import Refusal, bad_text, missing
from dispatch.region import Region


def cancel_incident(region: Region, command: commands.CancelIncident, now_ms: int) -> list[Dated] | Refusal:
    """End a call that needs nobody."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    ending = events.IncidentCancelled(incident=incident.id, why=command.why)
    return [*released(region, incident, "incident-cancelled", now_ms), Dated(ending, now_ms)]


def close_incident(region: Region, command: commands.CloseIncident, now_ms: int) -> list[Dated] | Refusal:
    """End a call that is done."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("outcome", command.outcome) or bad_text(outcome=command.outcome, note=command.note):
        return refused
    ending = events.IncidentClosed(incident=incident.id, outcome=command.outcome, note=command.note)
    return [*released(region, incident, "incident-closed", now_ms), Dated(ending, now_ms)]


def released(region: Region, incident: Incident, why: str, now_ms: int) -> list[Dated]:
    """Cancel every open assignment of an incident that ends, so that no unit stays bound (Resgrid #273)."""
    return [
        Dated(moved(assignment, "cancelled", why), max(now_ms, assignment.since_ms))
        for assignment in region.assignments_of(incident.id)
        if assignment.open
    ]


def open_incident(region: Region, incident: str) -> Incident | Refusal:
    """Return the call while somebody still has to do something about it, else why not."""
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


def moved(
    assignment: Assignment, status: Status, why: str | None, stated_ms: int | None = None
) -> events.StatusChanged:
    """Return the event that an assignment moves on."""
    return events.StatusChanged(
        assignment=assignment.id,
        incident=assignment.incident,
        unit=assignment.unit,
        status=status,
        before=assignment.status,
        why=why,
        stated_ms=stated_ms,
    )
