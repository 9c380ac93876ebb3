"""Plan: the one document that tells the demo city what it consists of."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import Meta

Degrees90 = Annotated[float, Meta(ge=-90, le=90)]
Degrees180 = Annotated[float, Meta(ge=-180, le=180)]
# A unit's name and secret go into one LOGIN line, so they are what a gateway takes in one.
UnitId = Annotated[str, Meta(pattern=r"^[!-~]{1,64}\Z")]
Secret = Annotated[str, Meta(pattern=r"^[!-~]{1,160}\Z")]
Token = Annotated[str, Meta(pattern=r"^[!-~]{1,4096}\Z")]


class PlanError(ValueError):
    """The document is no plan; the message is one line that says what is wrong and where."""


class ClockPlan(msgspec.Struct, frozen=True):
    """The service's clock: the fields of `console.clock.Clock`."""

    started_real_ms: int
    started_ms: int
    speed: Annotated[float, Meta(gt=0, le=1000)] = 1.0


class UnitPlan(msgspec.Struct, frozen=True):
    """One ambulance: how its receiver and its crew sign in, and where its substation is."""

    id: UnitId
    secret: Secret
    token: Token
    lat_deg: Degrees90
    lon_deg: Degrees180


class ReasonPlan(msgspec.Struct, frozen=True):
    """One reason to call: how often it comes (relative weight), what it takes, and whom it befalls."""

    id: str
    priority: Annotated[int, Meta(ge=1, le=3)]
    weight: Annotated[float, Meta(ge=0)] = 1.0
    scene_min: Annotated[float, Meta(gt=0, le=600)] = 25.0
    transport_share: Annotated[float, Meta(ge=0, le=1)] = 0.5
    ages_years: tuple[int, int] = (18, 92)
    women_only: bool = False


class HospitalPlan(msgspec.Struct, frozen=True):
    """Where a patient may be taken."""

    id: str
    lat_deg: Degrees90
    lon_deg: Degrees180


class Plan(msgspec.Struct, frozen=True):
    """Everything that the demo city is told; `msgspec.json.encode` of it is what standard input wants."""

    api: Annotated[str, Meta(pattern=r"^https?://[^\s/]+/?$")]
    gateway: tuple[str, Annotated[int, Meta(ge=1, le=65535)]]
    clock: ClockPlan
    units: Annotated[tuple[UnitPlan, ...], Meta(min_length=1)]
    caller_token: Token
    autopilot_token: Token
    addresses: tuple[tuple[str, Degrees90, Degrees180], ...] = ()
    reasons: tuple[ReasonPlan, ...] = ()
    hospitals: tuple[HospitalPlan, ...] = ()
    seed: int = 1
    calls_per_hour: Annotated[float, Meta(ge=0, le=100_000)] = 45.0


_DECODER = msgspec.json.Decoder(Plan)
_ANYTHING = msgspec.json.Decoder()
_BYTE = re.compile(r"\(byte (\d+)\)")


def is_whole(document: bytes) -> bool:
    """Say whether reading on cannot help: `document` is complete JSON, or is broken for good.

    The sender keeps standard input open, so its end does not mark the document's.
    """
    start = document.lstrip()[:1]
    if start != b"{":
        return start != b""
    try:
        _ANYTHING.decode(document)
    except UnicodeDecodeError as error:
        broken_at = error.start
    except msgspec.DecodeError as error:
        place = _BYTE.search(str(error))
        if place is None:  # "truncated"
            return False
        broken_at = int(place[1])
    else:
        return True
    # What looks broken at the very end (`1.`, `tru`, half a letter) may only be unfinished.
    return broken_at < len(document) - 16


def read_plan(document: bytes) -> Plan:
    """Return the plan that `document` (JSON) holds, or raise `PlanError`."""
    if not document.strip():
        raise PlanError("standard input is empty; it should hold the plan as one JSON document")
    try:
        plan = _DECODER.decode(document)
    except UnicodeDecodeError as error:
        raise PlanError(f"the plan is no UTF-8 at byte {error.start}") from None
    except msgspec.ValidationError as error:
        raise PlanError(f"the plan has a wrong field: {error}") from None
    except msgspec.DecodeError as error:
        raise PlanError(f"the plan is no JSON: {error}") from None
    _check(plan)
    return plan


def _check(plan: Plan) -> None:
    """Raise `PlanError` for what no single field shows."""
    seen: set[str] = set()
    for unit in plan.units:
        if unit.id in seen:
            raise PlanError(f"the plan names unit {unit.id!r} twice; each unit has one entry in `units`")
        seen.add(unit.id)
    for reason in plan.reasons:
        low, high = reason.ages_years
        if not 0 <= low <= high:
            raise PlanError(f"reason {reason.id!r} has odd ages {low}–{high}; `ages_years` is [low, high]")
    if plan.calls_per_hour > 0:
        if not plan.addresses:
            raise PlanError("the plan wants calls but has no `addresses`; give some, or calls_per_hour 0")
        if not any(reason.weight > 0 for reason in plan.reasons):
            raise PlanError("the plan wants calls but no reason has a `weight` above 0")
