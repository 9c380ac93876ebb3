"""A hospital's board: who comes, with what, when; "ready" and "handed over"."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.requests import HTTPConnection

from console.access import Identity
from console.api.answers import ApiError, accepted, answer
from console.api.bodies import Ready
from console.api.caller import Receiver, ServiceNow, signed_in
from console.service import Service
from console.views import View, assignment_view
from dispatch import commands
from dispatch.assignment import Assignment
from dispatch.forms import MASK

router = APIRouter(prefix="/api/hospital")

# A patient is announced when the hospital is named, and leaves the board when the crew is free again.
EXPECTED = frozenset({"on_scene", "at_patient", "left_scene", "at_hospital", "handed_over"})
ON_THE_WAY = "left_scene"


@router.get("")
async def board(connection: HTTPConnection, service: ServiceNow, hospital: str | None = None) -> Response:
    """Show a hospital's board; its own to a board, any to whoever may watch the region."""
    caller = signed_in(connection)
    if caller.hospital is not None:
        hospital = caller.hospital
    elif not caller.may("watch"):
        raise ApiError(403, "role", f"the role {caller.role} may not do this")
    region = service.engine.region
    known = region.hospitals.get(hospital or "")
    if known is None:
        raise ApiError(404, "unknown-hospital", f"there is no hospital {hospital}", hospital=hospital)
    expected = [
        assignment
        for incident in region.open_incidents
        for assignment in region.assignments_of(incident)
        if assignment.hospital == known.id and assignment.status in EXPECTED
    ]
    return answer(
        {
            "now_ms": service.clock.now_ms(),
            "speed": service.clock.speed,
            "hospital": known,
            "coming": [await _row(service, assignment, caller) for assignment in expected],
        }
    )


@router.post("/ready")
async def ready(body: Ready, caller: Receiver, service: ServiceNow) -> Response:
    """Tell the crew and the dispatchers that the patient is awaited."""
    found = _own(service, body.assignment, caller)
    service.live.mark_ready(found.id)
    return answer({"ready_ms": service.live.ready().get(found.id)})


@router.post("/handed_over")
async def handed_over(body: Ready, caller: Receiver, service: ServiceNow) -> Response:
    """Take the patient over from the crew."""
    found = _own(service, body.assignment, caller)
    accepted(
        await service.engine.submit(
            commands.SetStatus(assignment=found.id, status="handed_over", at_ms=body.at_ms),
            by=caller.user,
            source="hospital",
            command_id=body.command_id,
        )
    )
    return answer({"assignment": assignment_view(service.engine.region.assignments[found.id])})


def _own(service: Service, assignment: str, caller: Identity) -> Assignment:
    found = service.engine.region.assignments.get(assignment)
    if found is None or found.hospital != caller.hospital:
        raise ApiError(404, "unknown-assignment", f"nobody comes here by assignment {assignment}")
    return found


async def _row(service: Service, assignment: Assignment, caller: Identity) -> View:
    region = service.engine.region
    incident, unit = region.incidents[assignment.incident], region.units[assignment.unit]
    works = caller.hospital is not None or caller.may("dispatch")
    eta_s: object = None
    if assignment.status == ON_THE_WAY:
        properties = (await service.way_of(assignment))["properties"]
        eta_s = properties["seconds"] if isinstance(properties, dict) else None
    return {
        "assignment": assignment.id,
        "number": incident.number,
        "call_sign": unit.call_sign,
        "crew_kind": unit.crew_kind,
        "priority": incident.priority,
        "reason": incident.reason,
        "patient": incident.patient if works or incident.patient is None else MASK,
        "status": assignment.status,
        "times": assignment.times,
        "eta_s": eta_s,
        "ready_ms": service.live.ready().get(assignment.id),
    }
