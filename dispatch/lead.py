"""Lead: from when on a journey stands among the calls: shortly before it is due. Pure."""

from __future__ import annotations

from dispatch.incident import Incident
from dispatch.region import Region


def lead_ms(region: Region) -> int:
    """Return how long before it is due a journey is to be driven by somebody."""
    return 0 if region.settings is None else region.settings.lead_s * 1000


def stands_among_calls(region: Region, incident: Incident, now_ms: int) -> bool:
    """Say whether a crew is to be found for it now: always for a call, for a journey when nearly due."""
    return incident.journey is None or now_ms >= incident.journey.due_ms - lead_ms(region)
