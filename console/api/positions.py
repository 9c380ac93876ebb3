"""Positions: how sure a unit's position is, what speaks against it, and a person's word that it is right."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.api.answers import ApiError, accepted, answer
from console.api.bodies import Believe
from console.api.caller import Believer, ServiceNow
from console.service import Service
from console.views import View
from dispatch import commands
from dispatch.alarm import MOST_PARTIES, Seen
from tracking.constellations import names_of
from tracking.fix import Fix
from tracking.trust import Incident

router = APIRouter(prefix="/api")


@router.get("/units/{unit}/position")
async def position(unit: str, _caller: Believer, service: ServiceNow) -> Response:
    """Show where a unit is believed to be, how sure that is, and what speaks against it."""
    if unit not in service.fleet.units:
        raise ApiError(404, "unknown-unit", f"there is no unit {unit}", unit=unit)
    return answer(_whereabouts(service, unit))


@router.post("/units/{unit}/believe")
async def believe(unit: str, body: Believe, caller: Believer, service: ServiceNow) -> Response:
    """End the doubt about a unit: a person knows, of the crew itself, that its device is right.

    Where nothing is doubted, or any more, nothing changes.
    """
    if unit not in service.fleet.units:
        raise ApiError(404, "unknown-unit", f"there is no unit {unit}", unit=unit)
    doubt = service.fleet.incident(unit)
    if doubt is None or doubt.ended_ms is not None:
        return answer(_whereabouts(service, unit))
    last = doubt.evidence[-1] if doubt.evidence else None
    accepted(
        await service.engine.submit(
            commands.BelievePosition(
                unit=unit,
                reasons=doubt.reasons[:MOST_PARTIES],
                doubted_ms=doubt.since_ms,
                at=None
                if last is None
                else Seen(lat_deg=last.lat_deg, lon_deg=last.lon_deg, taken_ms=last.taken_ms),
            ),
            by=caller.user,
            source="console",
            command_id=body.command_id,
        )
    )
    service.fleet.believe(unit, service.clock.now_ms())
    return answer(_whereabouts(service, unit))


def _whereabouts(service: Service, unit: str) -> View:
    now_ms = service.clock.now_ms()
    found = service.fleet.position(unit, now_ms)
    clock, incident = service.fleet.clock(unit), service.fleet.incident(unit)
    shown: View | None = None
    if found is not None:
        shown = _place(found.fix) | {
            "taken_ms": found.taken_ms,
            "age_s": found.age_ms / 1000,
            "freshness": found.freshness,
            "radius_m": found.radius_m,
            "reasons": found.reasons,
            "at_base": found.at_base,
            "satellites": found.fix.satellites,
            "hdop": found.fix.hdop,
            "constellations": names_of(found.fix.constellations),
        }
    return {
        "unit": unit,
        "position": shown,
        "clock": None
        if clock is None
        else {
            "state": clock.state,
            "ahead_s": clock.lead_ms / 1000,
            "corrected_s": clock.offset_ms / 1000,
        },
        "doubt": None if incident is None else _doubt(incident),
    }


def _doubt(incident: Incident) -> View:
    return {
        "reasons": incident.reasons,
        "since_ms": incident.since_ms,
        "ended_ms": incident.ended_ms,
        "peers": incident.peers,
        "suspects": incident.suspects,
        "evidence": [_place(fix) for fix in incident.evidence],
    }


def _place(fix: Fix) -> View:
    return {"lat_deg": fix.lat_deg, "lon_deg": fix.lon_deg, "taken_ms": fix.taken_ms}
