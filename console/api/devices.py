"""Devices: who could not log in, whose identity cannot be right, letting a device in; tracks as files."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Response
from pydantic import Field

from console.access import Identity
from console.api.answers import ApiError, answer
from console.api.bodies import Body, Id
from console.api.caller import ServiceNow, Watcher, may
from console.devices import EnrolmentError
from tracking.protocols.dialect import MAX_UNIT_CHARACTERS
from tracking.trackfile import gpx

router = APIRouter()

DAY_MS = 86_400_000

Administrator = Annotated[Identity, Depends(may("enrol"))]
Secret = Annotated[str, Field(min_length=8, max_length=160, pattern=r"^[\x21-\x7e]+$")]


class EnrolBody(Body):
    """`POST /api/devices/{device}/enrol`."""

    unit: Id
    secret: Secret | None = None
    identity_alone: bool = False


@router.get("/api/devices/strangers")
async def strangers(_caller: Administrator, service: ServiceNow) -> Response:
    """List who could not log in, and the identities that cannot be right."""
    devices = service.devices
    return answer(
        {
            "strangers": [msgspec.structs.asdict(stranger) for stranger in devices.strangers],
            "alarms": [msgspec.structs.asdict(alarm) for alarm in devices.alarms],
        }
    )


@router.post("/api/devices/{device}/enrol")
async def enrol(device: str, body: EnrolBody, _caller: Administrator, service: ServiceNow) -> Response:
    """Let a device speak for a unit, by a secret, or by its identity where its protocol has none."""
    if re.fullmatch(r"[\x21-\x7e]+", device) is None or len(device) > MAX_UNIT_CHARACTERS:
        raise ApiError(422, "bad-device", "a device's name is printable ASCII without spaces", field="device")
    if body.unit not in service.engine.region.units:
        raise ApiError(404, "unknown-unit", f"there is no unit {body.unit}", unit=body.unit)
    if body.identity_alone and body.secret is not None:
        raise ApiError(422, "bad-secret", "a device has a secret or its identity alone", field="secret")
    secret = None if body.identity_alone else body.secret or secrets.token_urlsafe(24)
    try:
        await asyncio.to_thread(service.devices.enrol, device, body.unit, secret)
    except EnrolmentError as error:
        raise ApiError(503, "not-enrolled", str(error)) from None
    # Shown once: only its hash is kept.
    return answer({"device": device, "unit": body.unit, "secret": secret}, 201)


@router.get("/api/tracks/{unit}.gpx")
async def track_file(unit: str, from_ms: int, to_ms: int, _caller: Watcher, service: ServiceNow) -> Response:
    """Return where a unit was as GPX 1.1; at most a day at once."""
    if not 0 <= to_ms - from_ms <= DAY_MS:
        raise ApiError(422, "bad-period", "to_ms must follow from_ms by a day at the most", field="to_ms")
    if unit not in service.engine.region.units:
        raise ApiError(404, "unknown-unit", f"there is no unit {unit}", unit=unit)
    fixes = await asyncio.to_thread(service.archive.track, unit, from_ms, to_ms)
    return Response(gpx(unit, fixes), media_type="application/gpx+xml")
