"""What holds on the roads: closures by a stroke on the map, coverage, and the map's replacement."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from console.access import Identity
from console.api.answers import ApiError, answer
from console.api.bodies import Body, Instant, Line
from console.api.caller import Anybody, Dispatcher, ServiceNow, Watcher, may
from console.roadstate import Closure, ClosureError
from console.whereabouts import positions_of
from routing.graph import MapError
from routing.times import UnitPlace

router = APIRouter(prefix="/api")

Keeper = Annotated[Identity, Depends(may("enrol"))]
Spot = Annotated[list[float], Field(min_length=2, max_length=2)]  # longitude, latitude, as in GeoJSON


class NewClosure(Body):
    """`POST /api/closures`."""

    line: Annotated[list[Spot], Field(min_length=1, max_length=2000)]
    slow: Annotated[float, Field(gt=1, le=100)] | None = None
    note: Line | None = None
    until_ms: Instant | None = None


@router.get("/closures")
async def show(_caller: Anybody, service: ServiceNow) -> Response:
    """List what is closed or slow: who drives wants to know it as who sends."""
    return answer({"closures": service.roadstate.views()})


@router.post("/closures")
async def close(body: NewClosure, caller: Dispatcher, service: ServiceNow) -> Response:
    """Close or slow the roads under a stroke."""
    if any(not (-180 <= lon <= 180 and -90 <= lat <= 90) for lon, lat in body.line):
        raise ApiError(422, "bad-line", "positions are [longitude, latitude] in degrees", field="line")
    now_ms = service.clock.now_ms()
    if body.until_ms is not None and body.until_ms <= now_ms:
        raise ApiError(422, "bad-until", "until_ms is over already", field="until_ms")
    closure = Closure(
        id=uuid.uuid4().hex[:12],
        line=tuple((lon, lat) for lon, lat in body.line),
        by=caller.user,
        made_at_ms=now_ms,
        slow=body.slow,
        note=body.note or "",
        until_ms=body.until_ms,
    )
    try:
        return answer({"closure": await service.roadstate.add(closure)}, 201)
    except ClosureError as error:
        raise _refused(error) from None


@router.delete("/closures/{closure}")
async def reopen(closure: str, _caller: Dispatcher, service: ServiceNow) -> Response:
    """Open again what was closed."""
    try:
        if not await service.roadstate.remove(closure):
            raise ApiError(404, "unknown-closure", f"there is no closure {closure}")
    except ClosureError as error:
        raise _refused(error) from None
    return Response(status_code=204)


@router.get("/coverage")
async def coverage(
    _caller: Watcher,
    service: ServiceNow,
    minutes: Annotated[int, Query(ge=1, le=240)] = 20,
    known_ms: int | None = None,
) -> Response:
    """Show how soon a free unit is anywhere on the map; 204 where nothing has changed since `known_ms`."""
    region = service.engine.region
    free = [
        UnitPlace(one.unit, one.lat_deg, one.lon_deg, one.heading_deg)
        for one in positions_of(service.fleet, service.clock.now_ms()).values()
        if one.unit in region.units and region.unit_state(one.unit) == "free"
    ]
    try:
        shown = await service.roadstate.coverage(free, minutes, known_ms)
        return Response(status_code=204) if shown is None else answer(shown)
    except ClosureError as error:
        raise _refused(error) from None


@router.post("/map/reload")
async def reload(_caller: Keeper, service: ServiceNow) -> Response:
    """Take the map as it is on disk now, without a restart."""
    try:
        return answer(await service.roadstate.reload())
    except MapError as error:
        raise ApiError(409, "bad-map", f"{error}; the old map stays") from None
    except ClosureError as error:
        raise _refused(error) from None


def _refused(error: ClosureError) -> ApiError:
    status = 503 if error.code == "not-stored" else 422 if error.code in ("bad-line", "no-road") else 409
    return ApiError(status, error.code, str(error))
