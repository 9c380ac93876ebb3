"""Call-taking: answers, call-backs, duplicates, further patients, hazards, hand-over to a polyclinic."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from console.access import Identity
from console.api.answers import accepted, answer
from console.api.callbodies import (
    Assessment,
    Back,
    Because,
    CallBack,
    Description,
    FurtherPatient,
    GivenInstruction,
    HazardBody,
    Link,
    NewPriority,
    Offer,
    Taken,
    Unlink,
)
from console.api.caller import CallTaker, Dispatcher, ServiceNow
from console.api.incidents import known_incident
from console.callviews import hazard_view
from console.service import Service
from console.views import incident_view
from dispatch import callcommands
from dispatch.condition import Condition
from dispatch.duplicate import Alike, alike
from dispatch.hazard import hazards_at
from dispatch.incident import Place
from dispatch.refusal import bad_place

router = APIRouter(prefix="/api")

Degrees = Annotated[float, Query(ge=-180, le=180)]


@router.post("/incidents/{incident}/answers")
async def assess(incident: str, body: Assessment, caller: CallTaker, service: ServiceNow) -> Response:
    """Record the answers to the first questions; a worse one raises the priority."""
    condition = Condition(conscious=body.conscious, breathing=body.breathing)
    command = callcommands.AssessPatient(incident=incident, condition=condition)
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/call_backs")
async def call_back(incident: str, body: CallBack, caller: Dispatcher, service: ServiceNow) -> Response:
    """Record that the caller was rung, and what they said."""
    command = callcommands.RecordCallBack(
        incident=incident,
        reached=body.reached,
        condition=Condition(conscious=body.conscious, breathing=body.breathing),
        change=body.change,
        note=body.note,
    )
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/priority")
async def priority(incident: str, body: NewPriority, caller: Dispatcher, service: ServiceNow) -> Response:
    """Raise or lower the priority, with a reason."""
    command = callcommands.SetPriority(incident=incident, priority=body.priority, why=body.why)
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/description")
async def describe(incident: str, body: Description, caller: CallTaker, service: ServiceNow) -> Response:
    """Tell more of a call that was taken with less."""
    told = body.model_dump(exclude={"command_id"})
    return await _done(
        service, callcommands.DescribeIncident(incident=incident, **told), caller, body.command_id
    )


@router.post("/incidents/{incident}/instructions")
async def instruct(incident: str, body: GivenInstruction, caller: CallTaker, service: ServiceNow) -> Response:
    """Record that an instruction is read out to the caller."""
    command = callcommands.GiveInstruction(incident=incident, instruction=body.instruction)
    return await _done(service, command, caller, body.command_id)


@router.get("/incidents/{incident}/duplicates")
async def duplicates(incident: str, _caller: Dispatcher, service: ServiceNow) -> Response:
    """List the open calls that may tell of the same event."""
    here = known_incident(service, incident)
    region = service.engine.region
    found = alike(region, here.place, here.phone, here.called_at_ms, without=incident)
    return answer({"duplicates": [_alike_view(service, each) for each in found]})


@router.get("/duplicates")
async def likely(
    _caller: CallTaker, service: ServiceNow, lat: Degrees, lon: Degrees, phone: str | None = None
) -> Response:
    """List the open calls that may tell of the same event as one that is being written down."""
    place = Place(label="?", lat_deg=lat, lon_deg=lon)
    if refused := bad_place(place):
        accepted(refused)
    now_ms = service.clock.now_ms()
    found = alike(service.engine.region, place, phone, now_ms)
    return answer({"duplicates": [_alike_view(service, each) for each in found]})


@router.post("/incidents/{incident}/link")
async def link(incident: str, body: Link, caller: Dispatcher, service: ServiceNow) -> Response:
    """Link the call to the one that tells of the same event."""
    command = callcommands.LinkIncident(incident=incident, main=body.main, same_patient=body.same_patient)
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/unlink")
async def unlink(incident: str, body: Unlink, caller: Dispatcher, service: ServiceNow) -> Response:
    """Let the call stand for itself again."""
    command = callcommands.UnlinkIncident(incident=incident, why=body.why)
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/patients")
async def note_patient(
    incident: str, body: FurtherPatient, caller: CallTaker, service: ServiceNow
) -> Response:
    """Add a further patient, or tell more of one."""
    command = callcommands.NotePatient(incident=incident, who=body.who, patient=body.patient, note=body.note)
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/patients/{patient}/withdraw")
async def withdraw_patient(
    incident: str, patient: int, body: Because, caller: Dispatcher, service: ServiceNow
) -> Response:
    """Say that there is no such further patient."""
    command = callcommands.WithdrawPatient(incident=incident, patient=patient, why=body.why)
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/hand_over")
async def offer(incident: str, body: Offer, caller: Dispatcher, service: ServiceNow) -> Response:
    """Ask a polyclinic to take the call; it stays ours until a person there accepts."""
    command = callcommands.OfferHandOver(incident=incident, polyclinic=body.polyclinic, note=body.note)
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/hand_over/accept")
async def accept(incident: str, body: Taken, caller: Dispatcher, service: ServiceNow) -> Response:
    """Record who at the polyclinic took the call; with that it ends here."""
    command = callcommands.AcceptHandOver(incident=incident, accepted_by=body.accepted_by)
    return await _done(service, command, caller, body.command_id)


@router.post("/incidents/{incident}/hand_over/return")
async def give_back(incident: str, body: Back, caller: Dispatcher, service: ServiceNow) -> Response:
    """End the offer."""
    command = callcommands.ReturnHandOver(incident=incident, why=body.why, note=body.note)
    return await _done(service, command, caller, body.command_id)


@router.get("/hazards")
async def hazards(
    _caller: CallTaker, service: ServiceNow, lat: Degrees, lon: Degrees, label: str
) -> Response:
    """List the hazards that hold at an address now."""
    place = Place(label=label or "?", lat_deg=lat, lon_deg=lon)
    region = service.engine.region
    found = hazards_at(region.hazards, region.hazard_cells, place, service.clock.now_ms())
    return answer({"hazards": [hazard_view(each) for each in found]})


@router.post("/hazards")
async def note_hazard(body: HazardBody, caller: Dispatcher, service: ServiceNow) -> Response:
    """Tell crews of something at an address, until an instant."""
    place = Place(**body.place.model_dump())
    command = callcommands.NoteHazard(place=place, text=body.text, until_ms=body.until_ms)
    done = accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    hazard = str(msgspec.to_builtins(done.envelopes[0].event)["hazard"])
    return answer({"hazard": hazard_view(service.engine.region.hazards[hazard])}, 201)


@router.post("/hazards/{hazard}/withdraw")
async def withdraw_hazard(hazard: str, body: Because, caller: Dispatcher, service: ServiceNow) -> Response:
    """Say that it is not there any more."""
    command = callcommands.WithdrawHazard(hazard=hazard, why=body.why)
    accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    return answer({"hazard": hazard_view(service.engine.region.hazards[hazard])})


def _alike_view(service: Service, found: Alike) -> dict[str, object]:
    return {**msgspec.to_builtins(found), "number": service.engine.region.incidents[found.incident].number}


async def _done(
    service: Service, command: callcommands.CallTaking, caller: Identity, command_id: str | None
) -> Response:
    accepted(await service.engine.submit(command, by=caller.user, source="console", command_id=command_id))
    region = service.engine.region
    view = incident_view(region, region.incidents[command.incident])
    return answer({"incident": view if caller.may("watch") else {"id": command.incident}})
