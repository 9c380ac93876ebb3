"""Ending: how a call ends, and that nobody stays bound by it. Pure."""

from __future__ import annotations

from dispatch import commands, events
from dispatch.assignment import Assignment, Status
from dispatch.declaring import stood_down
from dispatch.events import Dated
from dispatch.incident import CANCELLED, Incident
from dispatch.link import after_main
from dispatch.opencall import open_incident
from dispatch.refusal import Refusal, bad_text, missing
from dispatch.region import Region


def cancel_incident(region: Region, command: commands.CancelIncident, now_ms: int) -> list[Dated] | Refusal:
    """End a call that needs nobody."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    if command.how not in CANCELLED:
        return Refusal(
            "unknown-status",
            f"a call cannot be cancelled as {command.how!r}",
            {"field": "how", "value": command.how},
        )
    ending = events.IncidentCancelled(incident=incident.id, why=command.why, how=command.how)
    return [
        *released(region, incident, "incident-cancelled", now_ms),
        Dated(ending, now_ms),
        *after_main(region, incident.id, now_ms, helped=False),
    ]


def close_incident(region: Region, command: commands.CloseIncident, now_ms: int) -> list[Dated] | Refusal:
    """End a call that is done."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("outcome", command.outcome) or bad_text(outcome=command.outcome, note=command.note):
        return refused
    ending = events.IncidentClosed(incident=incident.id, outcome=command.outcome, note=command.note)
    return [
        *released(region, incident, "incident-closed", now_ms),
        Dated(ending, now_ms),
        *after_main(region, incident.id, now_ms, helped=True),
    ]


def released(region: Region, incident: Incident, why: str, now_ms: int) -> list[Dated]:
    """Cancel every open assignment of an incident that ends, so that no unit stays bound (Resgrid #273)."""
    over = stood_down(region, incident.id, now_ms)
    return over + [
        Dated(moved(assignment, "cancelled", why), max(now_ms, assignment.since_ms))
        for assignment in region.assignments_of(incident.id)
        if assignment.open
    ]


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
