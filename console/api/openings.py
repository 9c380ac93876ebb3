"""Openings: which hospitals take patients, and who may say so."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.requests import HTTPConnection

from console.api.answers import ApiError, accepted, answer
from console.api.bodies import OpeningBody
from console.api.caller import Dispatcher, ServiceNow, signed_in
from console.service import Service
from console.views import View
from dispatch import commands
from dispatch.hospitals import handover_times, waiting_at
from dispatch.opening import Opening

router = APIRouter(prefix="/api/hospitals")


@router.get("")
async def hospitals(_caller: Dispatcher, service: ServiceNow) -> Response:
    """List the hospitals: what each takes now, who says so, until when, and how long a handover takes."""
    return answer({"hospitals": [_view(service, each) for each in service.engine.region.hospitals]})


@router.post("/{hospital}/opening")
async def set_opening(
    hospital: str, body: OpeningBody, connection: HTTPConnection, service: ServiceNow
) -> Response:
    """Open, restrict or close a hospital: a dispatcher any, a hospital's board its own."""
    caller = signed_in(connection)
    if not caller.may("dispatch") and (caller.hospital is None or caller.hospital != hospital):
        raise ApiError(403, "role", f"the role {caller.role} may not open or close hospital {hospital}")
    command = commands.SetOpening(
        hospital=hospital,
        state=body.state,
        refuses=tuple(body.refuses),
        until_ms=body.until_ms,
        why=body.why,
    )
    source = "console" if caller.hospital is None else "hospital"
    accepted(await service.engine.submit(command, by=caller.user, source=source, command_id=body.command_id))
    return answer({"hospital": _view(service, hospital)})


def _view(service: Service, hospital: str) -> View:
    region = service.engine.region
    known = region.hospitals[hospital]
    said = region.openings.get(hospital, Opening(hospital=hospital)).as_of(service.clock.now_ms())
    handover_s = handover_times(region).get(hospital)
    return {
        "id": known.id,
        "name": known.name,
        "state": said.state,
        "refuses": said.refuses,
        "until_ms": said.until_ms,
        "why": said.why,
        "by": said.by or None,
        "since_ms": said.since_ms or None,
        "handover_s": None if handover_s is None else round(handover_s, 1),
        "waiting": waiting_at(region).get(hospital, 0),
    }
