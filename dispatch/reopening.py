"""Reopening: the only way out of an ended call, recorded with who did it and why. Pure.

The crews that were there stay ended: an assignment has no way back, and whoever goes again is sent anew. The
norm counts anew from the reopening; the times of the first response stay as they were.
"""

from __future__ import annotations

from dispatch.commands import ReopenIncident
from dispatch.events import Dated, IncidentReopened
from dispatch.incident import TRANSITIONS
from dispatch.refusal import Refusal, bad_text, missing
from dispatch.region import Region


def reopen_incident(region: Region, command: ReopenIncident, now_ms: int) -> list[Dated] | Refusal:
    """Return the event that opens an ended call again, or why that cannot be."""
    incident = region.incidents.get(command.incident)
    if incident is None:
        return Refusal(
            "unknown-incident", f"there is no incident {command.incident!r}", {"incident": command.incident}
        )
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    if "open" not in TRANSITIONS[incident.ending]:
        return Refusal("not-ended", f"incident {incident.id} is open", {"incident": incident.id})
    event = IncidentReopened(incident=incident.id, why=command.why, before=incident.ending)
    return [Dated(event, max(now_ms, incident.ended_at_ms or 0))]
