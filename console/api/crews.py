"""Crews: their assignments' statuses and hospitals, their duty, and what a crew itself may see."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.access import Identity
from console.api.answers import ApiError, accepted, answer
from console.api.bodies import DutyChange, HospitalChoice, NewStatus
from console.api.caller import ServiceNow, StatusPresser
from console.service import Service
from console.views import View, assignment_view, incident_view, unit_view
from console.whereabouts import shown_position
from dispatch import commands
from dispatch.assignment import Assignment
from dispatch.unit import Unit
from tracking.standin import is_silent

router = APIRouter(prefix="/api")


def own_assignment(service: Service, assignment: str, caller: Identity) -> Assignment:
    """Return the assignment; a crew sees its own alone.

    Raises:
        ApiError: 404 for none of that id, 403 for another crew's.
    """
    found = service.engine.region.assignments.get(assignment)
    if found is None:
        raise ApiError(
            404, "unknown-assignment", f"there is no assignment {assignment}", assignment=assignment
        )
    if caller.unit is not None and caller.unit != found.unit:
        raise ApiError(403, "not-your-assignment", f"assignment {assignment} is not unit {caller.unit}'s")
    return found


def source_of(caller: Identity) -> str:
    """Say from where a caller acts, for the journal."""
    return "crew" if caller.role == "crew" else "console"


@router.get("/crew")
async def crew(caller: StatusPresser, service: ServiceNow) -> Response:
    """Show a crew its unit, its assignment and its call."""
    if caller.unit is None:
        raise ApiError(403, "role", "only a crew has a unit of its own")
    region = service.engine.region
    unit = region.units.get(caller.unit)
    if unit is None:
        raise ApiError(404, "unknown-unit", f"there is no unit {caller.unit}", unit=caller.unit)
    active = region.active_assignment(unit.id)
    return answer(
        {
            "now_ms": service.clock.now_ms(),
            "speed": service.clock.speed,
            "unit": unit_view(region, unit),
            "position": _own_position(service, unit),
            "receiver_silent": is_silent(service.fleet.last(unit.id), service.clock.now_ms()),
            "ready_ms": None if active is None else service.live.ready().get(active.id),
            "assignment": None if active is None else assignment_view(active),
            "incident": None if active is None else incident_view(region, region.incidents[active.incident]),
        }
    )


def _own_position(service: Service, unit: Unit) -> View | None:
    """Show a crew where it is itself, as every map shows it."""
    now_ms = service.clock.now_ms()
    seen = shown_position(service.fleet, unit, now_ms)
    if seen is None:
        return None
    return {
        "lat_deg": seen.lat_deg,
        "lon_deg": seen.lon_deg,
        "taken_ms": now_ms - round(seen.age_s * 1000),
        "course_deg": seen.course_deg,
        "speed_mps": seen.speed_mps,
        "flags": seen.flags,
    }


@router.post("/assignments/{assignment}/status")
async def press(assignment: str, body: NewStatus, caller: StatusPresser, service: ServiceNow) -> Response:
    """Move an assignment on: a crew's button, or a dispatcher for a crew that speaks by voice."""
    command = commands.SetStatus(
        assignment=assignment,
        status=body.status,
        at_ms=body.at_ms,
        hospital=body.hospital,
        why=body.why,
        acting_unit=caller.unit,
    )
    return await _assignment_after(service, assignment, command, caller, body.command_id)


@router.post("/assignments/{assignment}/hospital")
async def choose_hospital(
    assignment: str, body: HospitalChoice, caller: StatusPresser, service: ServiceNow
) -> Response:
    """Name the hospital that the patient goes to."""
    command = commands.ChooseHospital(assignment=assignment, hospital=body.hospital, acting_unit=caller.unit)
    return await _assignment_after(service, assignment, command, caller, body.command_id)


@router.get("/assignments/{assignment}/hospitals")
async def hospitals(assignment: str, caller: StatusPresser, service: ServiceNow) -> Response:
    """Rank the hospitals for the assignment's patient, best first, with road times."""
    found = own_assignment(service, assignment, caller)
    return answer({"hospitals": await service.hospitals(found)})


@router.get("/assignments/{assignment}/route")
async def route(
    assignment: str, caller: StatusPresser, service: ServiceNow, *, alternative: bool = False
) -> Response:
    """Return the way from where the unit is to where it is going, as GeoJSON."""
    found = own_assignment(service, assignment, caller)
    return answer(await service.way_of(found, alternative=alternative))


@router.post("/units/{unit}/duty")
async def duty(unit: str, body: DutyChange, caller: StatusPresser, service: ServiceNow) -> Response:
    """Bring a crew on duty, send it for a break, or take it off."""
    if caller.unit is not None and caller.unit != unit:
        raise ApiError(403, "role", f"a crew changes its own duty alone, and unit {unit} is another's")
    accepted(
        await service.engine.submit(
            commands.SetDuty(unit=unit, duty=body.duty, why=body.why, until_ms=body.until_ms),
            by=caller.user,
            source=source_of(caller),
            command_id=body.command_id,
        )
    )
    region = service.engine.region
    return answer({"unit": unit_view(region, region.units[unit])})


async def _assignment_after(
    service: Service, assignment: str, command: commands.Command, caller: Identity, command_id: str | None
) -> Response:
    own_assignment(service, assignment, caller)
    accepted(
        await service.engine.submit(command, by=caller.user, source=source_of(caller), command_id=command_id)
    )
    return answer({"assignment": assignment_view(service.engine.region.assignments[assignment])})
