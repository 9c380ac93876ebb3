"""Workplaces: who is there, coming and going, and handing calls over."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.api.answers import accepted, answer
from console.api.caller import Dispatcher, ServiceNow
from console.api.deskbodies import Ending, Opening, Ownership
from console.deskviews import post_view, workplaces_view
from console.views import incident_view
from dispatch.alarmowner import alarm_owner
from dispatch.deskcommands import EndShift, GiveCall, OpenShift
from dispatch.ownership import queue_of

router = APIRouter(prefix="/api")


@router.get("/workplaces")
async def workplaces(_caller: Dispatcher, service: ServiceNow) -> Response:
    """List the workplaces, each with who is there, its queue, and how many alarms stand at it."""
    region = service.engine.region
    owners = [
        alarm_owner(region, one.kind, one.unit, one.evidence) for one in region.alarms.values() if one.open
    ]
    return answer(
        {
            "workplaces": [
                {
                    **desk,
                    "post": post_view(region, str(desk["id"])),
                    "calls": queue_of(region, str(desk["id"])),
                    "alarms": owners.count(str(desk["id"])),
                }
                for desk in workplaces_view(region)
            ]
        }
    )


@router.post("/workplaces/{workplace}/open")
async def open_shift(workplace: str, body: Opening, caller: Dispatcher, service: ServiceNow) -> Response:
    """Sit down at a workplace; whoever is there is relieved, and its calls stay with it."""
    command = OpenShift(workplace=workplace, user=caller.user, name=caller.name)
    accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    return answer({"post": post_view(service.engine.region, workplace)})


@router.post("/workplaces/{workplace}/end")
async def end_shift(workplace: str, body: Ending, caller: Dispatcher, service: ServiceNow) -> Response:
    """End the shift there, one's own or that of who is gone; the calls go to the successor, or the senior."""
    command = EndShift(workplace=workplace, successor=body.successor)
    done = accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    moved = [each.event.incident for each in done.envelopes if each.kind == "owner_changed"]  # type: ignore[union-attr]  # that kind names its call
    return answer({"post": post_view(service.engine.region, workplace), "calls": moved})


@router.post("/incidents/{incident}/owner")
async def give(incident: str, body: Ownership, caller: Dispatcher, service: ServiceNow) -> Response:
    """Hand a call over to a workplace; to one's own, to take it."""
    command = GiveCall(incident=incident, workplace=body.workplace, user=caller.user)
    accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    region = service.engine.region
    return answer({"incident": incident_view(region, region.incidents[incident])})
