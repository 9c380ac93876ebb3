"""Queues: calls that wait behind a crew's present one; and calls that are taken up again after their end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from console.api.answers import accepted, answer
from console.api.bodies import Body, Id
from console.api.caller import Dispatcher, ServiceNow
from console.api.incidents import known_incident
from console.service import Service
from console.views import incident_view, unit_view
from dispatch.commands import ReopenIncident
from dispatch.queued import QueueCall, UnqueueCall

router = APIRouter(prefix="/api/incidents")

Why = Annotated[str, Field(min_length=1, max_length=400)]


class QueueBody(Body):
    """`POST /api/incidents/{id}/queue` and `/unqueue`."""

    unit: Id
    why: Why | None = None


class ReopenBody(Body):
    """`POST /api/incidents/{id}/reopen`."""

    why: Why


@router.post("/{incident}/queue")
async def queue(incident: str, body: QueueBody, caller: Dispatcher, service: ServiceNow) -> Response:
    """Put a call behind a busy crew's present one: it starts by itself when the crew clears."""
    known_incident(service, incident)
    command = QueueCall(incident=incident, unit=body.unit, why=body.why)
    accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    return _both(service, incident, body.unit)


@router.post("/{incident}/unqueue")
async def unqueue(incident: str, body: QueueBody, caller: Dispatcher, service: ServiceNow) -> Response:
    """Take a call away from a crew's queue."""
    known_incident(service, incident)
    command = UnqueueCall(incident=incident, unit=body.unit, why=body.why)
    accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    return _both(service, incident, body.unit)


@router.post("/{incident}/reopen")
async def reopen(incident: str, body: ReopenBody, caller: Dispatcher, service: ServiceNow) -> Response:
    """Take an ended call up again."""
    known_incident(service, incident)
    command = ReopenIncident(incident=incident, why=body.why)
    accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    region = service.engine.region
    return answer({"incident": incident_view(region, region.incidents[incident])})


def _both(service: Service, incident: str, unit: str) -> Response:
    region = service.engine.region
    return answer(
        {
            "incident": incident_view(region, region.incidents[incident]),
            "unit": unit_view(region, region.units[unit]),
        }
    )
