"""What the API shows of crews beside their state (shift, equipment, queue), and whom a call waits for."""

from __future__ import annotations

from dispatch.incident import Incident
from dispatch.region import Region
from dispatch.unit import Unit


def crew_view(region: Region, unit: Unit) -> dict[str, object]:
    """Show a unit's crew, what it lacks, and the calls that wait for it."""
    shift = region.crew_shifts.get(unit.id)
    return {
        "usual_kind": unit.usual_kind,
        "equipment": unit.equipment,
        "missing": unit.missing,
        "duty_until_ms": unit.duty_until_ms,
        "duty_why": unit.duty_why,
        "queue": [each.incident for each in region.queues.get(unit.id, ())],
        "shift": None
        if shift is None
        else {
            "opened_ms": shift.opened_ms,
            "ends_ms": shift.ends_ms,
            "planned": shift.planned,
            "members": [
                {"id": each, "name": region.members[each].name if each in region.members else each}
                for each in shift.members
            ],
            "warnings": shift.warnings,
            "by": shift.by,
        },
    }


def waiting_view(region: Region, incident: Incident) -> dict[str, object]:
    """Show behind whose call a call waits, and when it was taken up again."""
    queued = next(
        (each for queue in region.queues.values() for each in queue if each.incident == incident.id), None
    )
    return {
        "queued": None if queued is None else {"unit": queued.unit, "since_ms": queued.since_ms},
        "reopened_ms": incident.reopened_ms,
    }
