"""The crew's phone, which says where the unit is while its receiver is silent."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from console.api.answers import ApiError, answer
from console.api.bodies import PhoneReading
from console.api.caller import ServiceNow, StatusPresser
from tracking.archive import ArchiveError
from tracking.fix import Fix
from tracking.standin import Reading, stand_in

router = APIRouter(prefix="/api")


@router.post("/units/{unit}/phone")
async def phone(unit: str, body: PhoneReading, caller: StatusPresser, service: ServiceNow) -> Response:
    """Take a reading of the crew's own phone: stored, then shown; declined while the receiver speaks."""
    if caller.unit != unit:
        raise ApiError(403, "role", f"only the crew of unit {unit} shares where its phone is")
    now_ms = service.clock.now_ms()
    made = stand_in(
        unit, Reading(**body.model_dump(exclude={"command_id"})), service.fleet.last(unit), now_ms
    )
    if not isinstance(made, Fix):
        return answer({"used": False, "why": made})
    try:
        await asyncio.to_thread(service.archive.append, [made])
    except ArchiveError as error:
        raise ApiError(503, "archive-unwritable", f"the position was not stored: {error}") from None
    service.lookout.take([made])
    return answer({"used": True, "why": None})
