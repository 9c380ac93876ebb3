"""The map's questions: places, ways, tracks, tiles, and the region itself."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse

from console.api.answers import ApiError, answer
from console.api.caller import Anybody, PlaceFinder, ServiceNow, Watcher

router = APIRouter()

DAY_MS = 86_400_000


@router.get("/api/region")
async def region(_caller: Anybody, service: ServiceNow) -> Response:
    """Show what does not change while the service runs."""
    return answer(service.region_view())


@router.get("/api/places")
async def places(
    q: Annotated[str, Query(max_length=200)],
    _caller: PlaceFinder,
    service: ServiceNow,
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> Response:
    """Look an address up, as typed so far."""
    return answer({"places": await service.find(q, limit)})


@router.get("/api/places/near")
async def near(
    lat: Annotated[float, Query(ge=-90, le=90)],
    lon: Annotated[float, Query(ge=-180, le=180)],
    _caller: PlaceFinder,
    service: ServiceNow,
) -> Response:
    """Say what lies at a point: the nearest house or street within 1 km; and what keeps it from its road."""
    place = await asyncio.to_thread(service.charts.near, lat, lon)
    across = await asyncio.to_thread(service.charts.across, lat, lon)
    return answer({"place": place, "across": across})


@router.get("/api/route")
async def route(  # noqa: PLR0917  # one parameter each of the query; nobody calls it by position
    start: Annotated[str, Query(alias="from")],
    to: str,
    _caller: Anybody,
    service: ServiceNow,
    heading_deg: Annotated[float | None, Query(ge=0, le=360)] = None,
    siren: bool = True,
    alternative: bool = False,
) -> Response:
    """Return the fastest way between two points, as GeoJSON; in its properties another one, if asked for."""
    ends = _point(start, "from"), _point(to, "to")
    return answer(await service.way(*ends, heading_deg, siren=siren, alternative=alternative))


@router.get("/api/tracks/{unit}")
async def track(unit: str, from_ms: int, to_ms: int, _caller: Watcher, service: ServiceNow) -> Response:
    """Return where a unit was, as GeoJSON; at most a day at once."""
    if not 0 <= to_ms - from_ms <= DAY_MS:
        raise ApiError(422, "bad-period", "to_ms must follow from_ms by a day at the most", field="to_ms")
    if unit not in service.engine.region.units:
        raise ApiError(404, "unknown-unit", f"there is no unit {unit}", unit=unit)
    return answer(await service.track(unit, from_ms, to_ms))


@router.get("/map/tiles.pmtiles")
async def tiles(_caller: Anybody, service: ServiceNow) -> Response:
    """Serve the base map; the page asks for ranges of it."""
    if service.tiles is None:
        raise ApiError(
            404, "no-tiles", "the map has no tiles; the console shows lists and positions without them"
        )
    return FileResponse(service.tiles, media_type="application/vnd.pmtiles")


@router.get("/api/health")
async def health(service: ServiceNow) -> Response:
    """Say how the service is; open to a load balancer, and without any personal data."""
    degraded = service.degraded()
    return answer(
        {"status": "degraded" if degraded else "ok", "degraded": degraded, "counts": service.counts()}
    )


def _point(text: str, field: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        lat_deg, lon_deg = (float(part) for part in parts)
    except ValueError:
        raise ApiError(422, "bad-position", f"{text!r} is not LAT,LON in degrees", field=field) from None
    if not (-90 <= lat_deg <= 90 and -180 <= lon_deg <= 180):
        raise ApiError(422, "bad-position", f"{text!r} is out of range", field=field)
    return lat_deg, lon_deg
