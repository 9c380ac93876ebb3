"""Major incidents: declaring, leading and standing down; sending crews by plan."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.access import Identity
from console.api.answers import ApiError, accepted, answer
from console.api.bodies import Body
from console.api.caller import Dispatcher, ServiceNow
from console.api.deskbodies import (
    Beds,
    Declaration,
    PlanSending,
    Reserve,
    Staging,
    StandingDown,
    TriageCount,
)
from console.api.incidents import known_incident
from console.service import Service
from console.views import View, assignment_view, incident_view
from dispatch.asked import Accepted
from dispatch.attendance import attendance, reserve_of
from dispatch.incident import Place
from dispatch.major import Major
from dispatch.majorcommands import (
    CountTriage,
    DeclareMajor,
    MajorCommand,
    PromiseBeds,
    SetReserve,
    SetStaging,
    StandDown,
)
from dispatch.refusal import Refusal, kept_in_reserve

router = APIRouter(prefix="/api/incidents/{incident}/major")

# What is kept with a crew that was sent by plan and not by its rank.
BY_PLAN = "attendance plan"


@router.post("")
async def declare(incident: str, body: Declaration, caller: Dispatcher, service: ServiceNow) -> Response:
    """Declare a call a major incident, or change its scale."""
    command = DeclareMajor(incident=incident, scale=body.scale, note=body.note)
    return await _after(service, command, caller, body)


@router.post("/triage")
async def triage(incident: str, body: TriageCount, caller: Dispatcher, service: ServiceNow) -> Response:
    """Say how many patients of which urgency there are by now."""
    command = CountTriage(
        incident=incident, red=body.red, yellow=body.yellow, green=body.green, black=body.black
    )
    return await _after(service, command, caller, body)


@router.post("/staging")
async def staging(incident: str, body: Staging, caller: Dispatcher, service: ServiceNow) -> Response:
    """Say where arriving crews report."""
    place = None if body.place is None else Place(**body.place.model_dump())
    return await _after(service, SetStaging(incident=incident, place=place), caller, body)


@router.post("/beds")
async def beds(incident: str, body: Beds, caller: Dispatcher, service: ServiceNow) -> Response:
    """Say how many patients a hospital takes."""
    command = PromiseBeds(incident=incident, hospital=body.hospital, beds=body.beds)
    return await _after(service, command, caller, body)


@router.post("/reserve")
async def reserve(incident: str, body: Reserve, caller: Dispatcher, service: ServiceNow) -> Response:
    """Keep another number of crews for ordinary calls than the plan says."""
    command = SetReserve(incident=incident, reserve=body.reserve, why=body.why)
    return await _after(service, command, caller, body)


@router.post("/stand_down")
async def stand_down(incident: str, body: StandingDown, caller: Dispatcher, service: ServiceNow) -> Response:
    """End it as a major incident."""
    return await _after(service, StandDown(incident=incident, note=body.note), caller, body)


@router.get("/plan")
async def plan(incident: str, _caller: Dispatcher, service: ServiceNow) -> Response:
    """Name the crews that the plan still wants, soonest first, without those that are kept in reserve."""
    major = _major(service, incident)
    made = service.advisor.recommend(incident)
    region = service.engine.region
    return answer(
        {
            "made_at_ms": made.made_at_ms,
            "plan": attendance(region, major, made.crews),
            "reserve": reserve_of(region, major),
            "etas_s": {crew.unit: crew.eta_s for crew in made.crews},
        }
    )


@router.post("/send")
async def send(incident: str, body: PlanSending, caller: Dispatcher, service: ServiceNow) -> Response:
    """Send several crews by plan. Each is a decision of its own: one that is busy by now is told."""
    _major(service, incident)
    sent: list[View] = []
    refused: list[View] = []
    held = {crew.unit for crew in service.advisor.recommend(incident).crews if crew.held}
    for number, unit in enumerate(dict.fromkeys(body.units)):
        if unit in held:
            refusal = kept_in_reserve(unit)
            refused.append({"unit": unit, "code": refusal.code, "message": refusal.message})
            continue
        outcome = await service.advisor.assign(
            incident,
            unit,
            by=caller.user,
            override_reason=BY_PLAN,
            shown_at_ms=body.shown_at_ms,
            command_id=None if body.command_id is None else f"{body.command_id}.{number}",
        )
        if isinstance(outcome, Refusal):
            refused.append({"unit": unit, "code": outcome.code, "message": outcome.message})
            continue
        done: Accepted = accepted(outcome)
        assert done.assignment is not None  # noqa: S101  # an accepted AssignCrew always names its assignment
        sent.append(assignment_view(service.engine.region.assignments[done.assignment]))
    return answer({"sent": sent, "refused": refused})


def _major(service: Service, incident: str) -> Major:
    known_incident(service, incident)
    major = service.engine.region.majors.get(incident)
    if major is None or not major.open:
        raise ApiError(409, "not-major", f"call {incident} is no major incident", incident=incident)
    return major


async def _after(service: Service, command: MajorCommand, caller: Identity, body: Body) -> Response:
    accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    region = service.engine.region
    return answer({"incident": incident_view(region, region.incidents[command.incident])})
