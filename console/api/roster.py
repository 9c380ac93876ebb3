"""The roster: members and their qualifications, plans, and the opening of a shift."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from console.access import Identity
from console.api.answers import ApiError, accepted, answer
from console.api.bodies import Body, Id, Instant, Line
from console.api.caller import RosterKeeper, ServiceNow, StatusPresser
from console.service import Service
from console.views import unit_view
from dispatch.commands import Command
from dispatch.crewshift import DropCrewPlan, OpenCrewShift, PlanCrew, RegisterMember
from dispatch.qualification import Held, Member, expiring

router = APIRouter(prefix="/api")

# JSON has lists alone: here they become tuples.
Members = Annotated[tuple[Id, ...], Field(max_length=12, strict=False)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]


class HeldBody(Body):
    """A qualification and its last day."""

    kind: Id
    until: Day | None = None


class MemberBody(Body):
    """`POST /api/members`."""

    id: Id
    name: Line
    qualifications: Annotated[tuple[HeldBody, ...], Field(max_length=50, strict=False)] = ()


class PlanBody(Body):
    """`POST /api/roster`."""

    unit: Id
    starts_ms: Instant
    ends_ms: Instant
    members: Members = ()
    crew_kind: Id | None = None


class DropBody(Body):
    """`POST /api/roster/{planned}/drop`."""

    why: Annotated[str, Field(min_length=1, max_length=400)]


class ShiftBody(Body):
    """`POST /api/units/{unit}/shift`."""

    planned: Id | None = None
    members: Members | None = None
    crew_kind: Id | None = None
    missing: Annotated[tuple[Id, ...], Field(max_length=100, strict=False)] = ()


@router.get("/roster")
async def roster(_caller: RosterKeeper, service: ServiceNow) -> Response:
    """Show who works in crews, whose qualifications end, who is planned, and who is on which vehicle."""
    region, now_ms = service.engine.region, service.clock.now_ms()
    return answer(
        {
            "now_ms": now_ms,
            "members": sorted(region.members.values(), key=lambda each: (each.name, each.id)),
            "expiring": expiring(region.members.values(), service.day(now_ms)),
            "planned": sorted(
                (each for each in region.planned.values() if each.ends_ms > now_ms),
                key=lambda each: (each.starts_ms, each.unit),
            ),
            "shifts": sorted(region.crew_shifts.values(), key=lambda each: each.unit),
        }
    )


@router.post("/members")
async def register(body: MemberBody, caller: RosterKeeper, service: ServiceNow) -> Response:
    """Add or change somebody who works in crews."""
    member = Member(
        id=body.id,
        name=body.name,
        qualifications=tuple(Held(kind=each.kind, until=each.until) for each in body.qualifications),
    )
    await _submit(service, RegisterMember(member=member), caller, body.command_id)
    return answer({"member": service.engine.region.members[member.id]})


@router.post("/roster")
async def plan(body: PlanBody, caller: RosterKeeper, service: ServiceNow) -> Response:
    """Plan a crew for a vehicle."""
    command = PlanCrew(
        unit=body.unit,
        starts_ms=body.starts_ms,
        ends_ms=body.ends_ms,
        members=body.members,
        crew_kind=body.crew_kind,
    )
    await _submit(service, command, caller, body.command_id)
    return answer({"planned": service.engine.region.planned.get(f"{body.unit}@{body.starts_ms}")}, 201)


@router.post("/roster/{planned}/drop")
async def drop(planned: str, body: DropBody, caller: RosterKeeper, service: ServiceNow) -> Response:
    """Take a plan back."""
    await _submit(service, DropCrewPlan(planned=planned, why=body.why), caller, body.command_id)
    return answer({"dropped": planned})


@router.post("/units/{unit}/shift")
async def open_shift(unit: str, body: ShiftBody, caller: StatusPresser, service: ServiceNow) -> Response:
    """Open a crew's shift by the roster; what is not in order comes back as warnings, and refuses nothing."""
    if caller.unit is not None and caller.unit != unit:
        raise ApiError(403, "role", f"a crew opens its own shift alone, and unit {unit} is another's")
    command = OpenCrewShift(
        unit=unit,
        planned=body.planned,
        members=body.members,
        crew_kind=body.crew_kind,
        missing=body.missing,
    )
    await _submit(service, command, caller, body.command_id)
    region = service.engine.region
    return answer({"unit": unit_view(region, region.units[unit]), "shift": region.crew_shifts.get(unit)})


async def _submit(service: Service, command: Command, caller: Identity, command_id: str | None) -> None:
    source = "crew" if caller.role == "crew" else "console"
    accepted(await service.engine.submit(command, by=caller.user, source=source, command_id=command_id))
