"""Call views: what call-taking adds to the view of a call, and to that of the region. Plain functions."""

from __future__ import annotations

from dispatch.callback import due
from dispatch.catalogue import RegionSettings
from dispatch.hazard import Hazard, hazards_at
from dispatch.incident import Incident
from dispatch.lead import lead_ms
from dispatch.link import linked_to
from dispatch.region import Region
from dispatch.response import LATE_ENTRY_MS

View = dict[str, object]


def call_view(region: Region, incident: Incident) -> View:
    """Show the answers, the next call-back, links, further patients, hazards, hand-over and journey."""
    ring = due(region, incident)
    return {
        "condition": incident.condition,
        "arrest": incident.condition is not None and incident.condition.arrest,
        "spoken_ms": incident.spoken_ms,
        "call_back_ms": None if ring is None else ring.at_ms,
        "tries": incident.tries,
        "linked_to": incident.linked_to,
        "same_patient": incident.same_patient,
        "linked": [each.id for each in linked_to(region, incident.id)],
        "patients": [
            {"number": each.number, "who": each.who, "note": each.note}
            for each in incident.patients
            if each.withdrawn is None
        ],
        "hazards": [
            hazard_view(each)
            for each in hazards_at(
                region.hazards, region.hazard_cells, incident.place, incident.created_at_ms
            )
        ],
        "hand_over": incident.hand_over,
        "journey": incident.journey,
        "appears_ms": None if incident.journey is None else incident.journey.due_ms - lead_ms(region),
        "cancelled_as": incident.cancelled_as,
        "entered_late": incident.created_at_ms - incident.called_at_ms > LATE_ENTRY_MS,
    }


def hazard_view(hazard: Hazard) -> View:
    """Show one hazard with its author and its end."""
    return {
        "id": hazard.id,
        "hazard": hazard.text,
        "by": hazard.by,
        "since_ms": hazard.since_ms,
        "until_ms": hazard.until_ms,
    }


def call_taking_view(settings: RegionSettings) -> View:
    """Show the region's rules of call-taking."""
    return {
        "instructions": settings.instructions,
        "resuscitation": settings.resuscitation,
        "unclear": settings.unclear,
        "polyclinics": settings.polyclinics,
        "lead_s": settings.lead_s,
    }
