"""Alarms: a crew's panic button, and what a dispatcher has seen."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.api.answers import ApiError, accepted, answer
from console.api.bodies import Acknowledge, Panic
from console.api.caller import Dispatcher, ServiceNow, StatusPresser
from console.api.crews import source_of
from console.views import alarm_view
from dispatch import commands
from dispatch.alarm import Evidence, Seen

router = APIRouter(prefix="/api")


@router.post("/units/{unit}/panic")
async def panic(unit: str, body: Panic, caller: StatusPresser, service: ServiceNow) -> Response:
    """Cry for help: a crew for itself, or a dispatcher for a crew that calls by voice."""
    if caller.unit is not None and caller.unit != unit:
        raise ApiError(403, "role", f"a crew cries for itself, and unit {unit} is another's")
    now_ms = service.clock.now_ms()
    at = service.fleet.last(unit)
    seen = None if at is None else Seen(lat_deg=at.lat_deg, lon_deg=at.lon_deg, taken_ms=at.taken_ms)
    if body.lat_deg is not None and body.lon_deg is not None:  # the phone knows better than the vehicle
        seen = Seen(lat_deg=body.lat_deg, lon_deg=body.lon_deg, taken_ms=now_ms)
    command = commands.RaiseAlarm(
        alarm_kind="panic",
        unit=unit,
        at_ms=body.at_ms,
        evidence=Evidence(at=seen, said_by=source_of(caller), note=body.note),
    )
    accepted(
        await service.engine.submit(
            command, by=caller.user, source=source_of(caller), command_id=body.command_id
        )
    )
    raised = service.engine.region.open_alarm("panic", unit)
    # A repetition of a request whose alarm has been acknowledged since: it was heard.
    return answer({"alarm": None if raised is None else alarm_view(service.engine.region, raised)}, 201)


@router.post("/alarms/{alarm}/acknowledge")
async def acknowledge(alarm: str, body: Acknowledge, caller: Dispatcher, service: ServiceNow) -> Response:
    """Say that a person has seen an alarm."""
    accepted(
        await service.engine.submit(
            commands.AcknowledgeAlarm(alarm=alarm),
            by=caller.user,
            source="console",
            command_id=body.command_id,
        )
    )
    return answer({"alarm": alarm_view(service.engine.region, service.engine.region.alarms[alarm])})
