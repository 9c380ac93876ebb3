"""Calls: taking, recommending, sending, closing."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter, Response

from console.access import Identity
from console.api.answers import ApiError, accepted, answer
from console.api.bodies import Assign, Cancel, Close, NewIncident
from console.api.caller import CallTaker, Dispatcher, ReportReader, ServiceNow
from console.api.looks import look
from console.masking import masked
from console.service import Service
from console.views import assignment_view, incident_view, timeline_entry
from dispatch import commands
from dispatch.condition import Condition
from dispatch.events import Envelope
from dispatch.incident import Incident, Place
from dispatch.journal import JournalError
from dispatch.journey import Journey

router = APIRouter(prefix="/api/incidents")

# What is shown of a call does not wait longer than this for a database that does not answer.
TIMELINE_WAIT_S = 0.5


def known_incident(service: Service, incident: str) -> Incident:
    """Return the call.

    Raises:
        ApiError: 404, there is none of that id.
    """
    found = service.engine.region.incidents.get(incident)
    if found is None:
        raise ApiError(404, "unknown-incident", f"there is no call {incident}", incident=incident)
    return found


@router.post("")
async def create(body: NewIncident, caller: CallTaker, service: ServiceNow) -> Response:
    """Take a call."""
    command = commands.CreateIncident(
        place=Place(**body.place.model_dump()),
        reason=body.reason,
        priority=body.priority,
        phone=body.phone,
        patient=body.patient,
        note=body.note,
        called_at_ms=body.called_at_ms,
        condition=Condition(conscious=body.conscious, breathing=body.breathing),
        patients=tuple(body.patients),
        journey=None if body.journey is None else Journey(**body.journey.model_dump()),
    )
    source = body.source or ("phone" if caller.role == "dispatcher" else caller.role)
    return await _incident_after(service, command, caller, source, command_id=body.command_id, status=201)


@router.get("/{incident}")
async def show(
    incident: str, caller: ReportReader, service: ServiceNow, *, personal: bool = False
) -> Response:
    """Show a call with its crews and everything that happened.

    Whoever does not work on calls sees no patient, or asks for `personal` and is journalled; so are those
    who open a call that has ended.
    """
    region = service.engine.region
    found = known_incident(service, incident)
    works = caller.may("dispatch")
    if (works and not found.open) or (personal and not works):
        await look(service, caller, incident, "call")
    timeline = await _timeline(service, incident)
    view = {
        "incident": incident_view(region, region.incidents[incident]),
        "outlook": service.advisor.advice.outlooks.get(incident),
        "assignments": [assignment_view(each) for each in region.assignments_of(incident)],
        "timeline": [timeline_entry(each) for each in timeline or []],
        "timeline_missing": timeline is None,
    }
    if works or personal:
        return answer(view)
    return answer(masked(msgspec.to_builtins(view), with_place=caller.may("see_patients")))


async def _timeline(service: Service, incident: str) -> list[Envelope] | None:
    """Return what happened to a call, or None while the journal cannot tell: the call itself is in memory."""
    if service.engine.degraded is not None:
        return None
    try:
        async with asyncio.timeout(TIMELINE_WAIT_S):
            return await service.engine.timeline(incident)
    except (JournalError, TimeoutError):
        return None


@router.post("/{incident}/cancel")
async def cancel(incident: str, body: Cancel, caller: Dispatcher, service: ServiceNow) -> Response:
    """End a call that needs nobody; its crews are released."""
    command = commands.CancelIncident(incident=incident, why=body.why, how=body.how)
    return await _incident_after(service, command, caller, "console", command_id=body.command_id)


@router.post("/{incident}/close")
async def close(incident: str, body: Close, caller: Dispatcher, service: ServiceNow) -> Response:
    """End a call that is done."""
    command = commands.CloseIncident(incident=incident, outcome=body.outcome, note=body.note)
    return await _incident_after(service, command, caller, "console", command_id=body.command_id)


@router.get("/{incident}/recommendation")
async def recommendation(incident: str, _caller: Dispatcher, service: ServiceNow) -> Response:
    """Rank the crews that could go, with reasons, and say why each other one could not."""
    known_incident(service, incident)
    place = service.engine.region.incidents[incident].place
    across = service.charts.across(place.lat_deg, place.lon_deg)
    return answer({**msgspec.to_builtins(service.advisor.recommend(incident)), "across": across})


@router.post("/{incident}/assignments")
async def assign(incident: str, body: Assign, caller: Dispatcher, service: ServiceNow) -> Response:
    """Send a crew; the ranking that was shown is recorded with the choice."""
    known_incident(service, incident)
    done = accepted(
        await service.advisor.assign(
            incident,
            body.unit,
            by=caller.user,
            override_reason=body.override_reason,
            shown_at_ms=body.shown_at_ms,
            shown_rank=body.shown_rank,
            at_ms=body.at_ms,
            command_id=body.command_id,
        )
    )
    assert done.assignment is not None  # noqa: S101  # an accepted AssignCrew always names its assignment
    return answer({"assignment": assignment_view(service.engine.region.assignments[done.assignment])}, 201)


async def _incident_after(
    service: Service,
    command: commands.Command,
    caller: Identity,
    source: str,
    *,
    command_id: str | None,
    status: int = 200,
) -> Response:
    done = accepted(
        await service.engine.submit(command, by=caller.user, source=source, command_id=command_id)
    )
    region = service.engine.region
    assert done.incident is not None  # noqa: S101  # an accepted command on a call always names it
    return answer({"incident": incident_view(region, region.incidents[done.incident])}, status)
