"""Links that sign a crew's tablet or a hospital's board in: used once, gone in ten minutes."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.access import LINK_MS
from console.api.answers import ApiError, answer
from console.api.bodies import Invite
from console.api.caller import Inviter, ServiceNow
from console.clock import wall_ms

router = APIRouter(prefix="/api/links")


@router.post("")
async def invite(body: Invite, _caller: Inviter, service: ServiceNow) -> Response:
    """Make a link for the user of a unit or of a hospital; never for a person who may do more."""
    if (body.unit is None) == (body.hospital is None):
        raise ApiError(422, "wrong-field", "name a unit or a hospital", field="unit")
    user = service.access.bound_to(unit=body.unit, hospital=body.hospital)
    if user is None:
        raise ApiError(404, "unknown-user", "no user is bound to that; add one to the configuration")
    now_ms = wall_ms()
    token = service.access.make_link(user, now_ms)
    return answer({"user": user, "path": f"/sign-in?token={token}", "ends_ms": now_ms + LINK_MS}, 201)
