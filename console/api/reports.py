"""The response-time log."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from console.api.answers import answer
from console.api.caller import ReportReader, ServiceNow

router = APIRouter(prefix="/api/reports")


@router.get("/responses")
async def responses(
    _caller: ReportReader,
    service: ServiceNow,
    by: Literal["substation", "crew_kind", "priority", "reason", "unit"] = "substation",
    norm_s: Annotated[int | None, Query(ge=1, le=86_400)] = None,
) -> Response:
    """Return the intervals of every response, their shares within the norm, and what was left out and why."""
    return answer(await service.report(by, norm_s))
