"""Looking back: what was known at any past instant."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from console.api.answers import ApiError, answer
from console.api.caller import ServiceNow, Watcher
from console.masking import masked
from dispatch.journal import JournalError

router = APIRouter(prefix="/api/past")


@router.get("")
async def show(_caller: Watcher, service: ServiceNow, at_ms: Annotated[int, Query(ge=0)]) -> Response:
    """Return the snapshot frame of that instant, with the positions of then, and nothing of the patients.

    A minute of a region shows every call at once: whoever needs a patient's data opens that call.
    """
    now_ms = service.clock.now_ms()
    if at_ms > now_ms:
        raise ApiError(422, "in-the-future", "at_ms has not come yet", field="at_ms", now_ms=now_ms)
    try:
        return answer(masked(await service.past(at_ms), with_place=True))
    except JournalError as error:
        raise ApiError(503, "journal-unreadable", f"the past cannot be read now: {error}") from None
