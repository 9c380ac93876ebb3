"""Proposals: which crews should change calls, and taking one of them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.advisor import proposals_view
from console.api.answers import ApiError, accepted, answer
from console.api.bodies import Body
from console.api.caller import Dispatcher, ServiceNow
from console.views import changed
from dispatch.touched import Touched

router = APIRouter(prefix="/api/proposals")


@router.get("")
async def proposals(_caller: Dispatcher, service: ServiceNow) -> Response:
    """List what is proposed now, best first; it is renewed every two seconds."""
    advice = service.advisor.advice
    return answer({"made_at_ms": advice.made_at_ms, "proposals": proposals_view(advice)})


@router.get("/standby")
async def standby(_caller: Dispatcher, service: ServiceNow) -> Response:
    """List which free crews should wait at another base; nothing where the installation has it off."""
    return answer({"on": service.settings.standby, "standby": await service.advisor.standby()})


@router.post("/{proposal}/take")
async def take(proposal: str, body: Body, caller: Dispatcher, service: ServiceNow) -> Response:
    """Take a proposal: all of its crews change calls at once, or none does."""
    outcome = await service.advisor.take(proposal, by=caller.user, command_id=body.command_id)
    if outcome is None:
        raise ApiError(
            409, "proposal-gone", "that is not proposed any more; look at the present ones", proposal=proposal
        )
    done = accepted(outcome)
    region = service.engine.region
    touched = [region.touched(each) for each in done.envelopes]
    all_of = Touched(
        incidents=tuple(dict.fromkeys(one for each in touched for one in each.incidents)),
        units=tuple(dict.fromkeys(one for each in touched for one in each.units)),
        assignments=tuple(dict.fromkeys(one for each in touched for one in each.assignments)),
    )
    return answer(changed(region, all_of))
