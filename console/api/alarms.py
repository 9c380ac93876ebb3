"""Alarms: a crew's panic button, what a dispatcher has seen, and why a unit's position is doubted."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.api.answers import ApiError, accepted, answer
from console.api.bodies import Acknowledge, Panic
from console.api.caller import Dispatcher, ServiceNow, StatusPresser
from console.api.crews import source_of
from console.views import View, alarm_view
from dispatch import commands
from dispatch.alarm import Evidence, Seen
from tracking.trust import Incident

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
    return answer({"alarm": None if raised is None else alarm_view(raised)}, 201)


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
    return answer({"alarm": alarm_view(service.engine.region.alarms[alarm])})


@router.get("/units/{unit}/position")
async def position(unit: str, _caller: Dispatcher, service: ServiceNow) -> Response:
    """Show where a unit is believed to be, how sure that is, and what speaks against it."""
    if unit not in service.fleet.units:
        raise ApiError(404, "unknown-unit", f"there is no unit {unit}", unit=unit)
    now_ms = service.clock.now_ms()
    found = service.fleet.position(unit, now_ms)
    clock, incident = service.fleet.clock(unit), service.fleet.incident(unit)
    return answer(
        {
            "unit": unit,
            "position": None
            if found is None
            else {
                "lat_deg": found.fix.lat_deg,
                "lon_deg": found.fix.lon_deg,
                "taken_ms": found.taken_ms,
                "age_s": found.age_ms / 1000,
                "freshness": found.freshness,
                "radius_m": found.radius_m,
                "reasons": found.reasons,
                "at_base": found.at_base,
            },
            "clock": None
            if clock is None
            else {
                "state": clock.state,
                "ahead_s": clock.lead_ms / 1000,
                "corrected_s": clock.offset_ms / 1000,
            },
            "doubt": None if incident is None else _doubt(incident),
        }
    )


def _doubt(incident: Incident) -> View:
    return {
        "reasons": incident.reasons,
        "since_ms": incident.since_ms,
        "ended_ms": incident.ended_ms,
        "peers": incident.peers,
        "suspects": incident.suspects,
        "evidence": [
            {"lat_deg": fix.lat_deg, "lon_deg": fix.lon_deg, "taken_ms": fix.taken_ms}
            for fix in incident.evidence
        ],
    }
