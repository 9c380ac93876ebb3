"""The demo's own switch; outside the demo there is nothing here."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.api.answers import ApiError, answer
from console.api.bodies import DemoSwitchBody
from console.api.caller import Dispatcher, ServiceNow
from console.service import DemoSwitch, Service

router = APIRouter(prefix="/api/demo")


def switch_of(service: Service) -> DemoSwitch:
    """Return the demo's switch.

    Raises:
        ApiError: 404, this is the real service.
    """
    if service.demo is None:
        raise ApiError(404, "no-demo", "this is the real service: there is no autopilot in it")
    return service.demo


@router.get("")
async def show(_caller: Dispatcher, service: ServiceNow) -> Response:
    """Say whether the autopilot sends crews."""
    return answer({"autopilot": switch_of(service).autopilot})


@router.post("")
async def set_switch(body: DemoSwitchBody, _caller: Dispatcher, service: ServiceNow) -> Response:
    """Switch the autopilot on or off."""
    switch = switch_of(service)
    switch.autopilot = body.autopilot
    service.live.publish_pulse()  # the city hears it at once, and sends no crew that nobody wanted any more
    return answer({"autopilot": switch.autopilot})
