"""The board as a page to print, as things stand; the same page lies on disk for when we are gone."""

from __future__ import annotations

from fastapi import APIRouter, Response

from console.api.caller import Dispatcher, ServiceNow

router = APIRouter(prefix="/api/board")


@router.get("/print")
async def board(_caller: Dispatcher, service: ServiceNow) -> Response:
    """Return the page."""
    return Response(service.board_sheet(), media_type="text/html; charset=utf-8")
