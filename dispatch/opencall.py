"""Open call: the call that a command is about, while somebody still has to do something about it. Pure."""

from __future__ import annotations

from dispatch.incident import Incident
from dispatch.refusal import Refusal
from dispatch.region import Region


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
