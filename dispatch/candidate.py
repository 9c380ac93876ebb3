"""Candidate: whether a crew can be sent to a call at all, and where it is thought to be. Pure.

What is not known is marked, never hidden: reasons have codes and values, from which a page makes sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from dispatch.incident import Incident
from dispatch.region import Region
from dispatch.unit import Unit, UnitState
from routing.times import UnitPlace

# Added to a crew that is only taken to be at its base: it may still be on its way back.
BASE_MARGIN_S = 300.0
# Added at least where quality control doubts the position.
SUSPECT_MARGIN_S = 600.0

Freshness = Literal["live", "parked", "stale", "suspect"]
KindFit = Literal["exact", "higher", "lower"]
Position = Literal["live", "parked", "stale", "none", "base"]

Code = Literal[
    # why a crew has its rank
    "soonest",  # {}
    "later_by",  # seconds_s, than (unit)
    "kind_fits",  # kind
    "any_kind",  # {}
    "kind_higher",  # kind, needed
    "kind_lower",  # kind, needed: can begin, another crew must follow
    "keeps_higher_free",  # unit, kind: a sooner crew of a higher kind is spared
    "position_parked",  # age_s, added_s: silent since it stood
    "position_stale",  # age_s, added_s
    "position_suspect",  # age_s, added_s
    "taken_at_base",  # substation, added_s
    "beyond_norm",  # by_s
    "straight_line",  # {}: no road answer
    "kept_in_reserve",  # reserve, free: a major incident leaves so many of so many to ordinary calls
    "declined_before",  # status, at_ms: it was on this incident already
    "equipment_fits",  # {}: it carries all that the reason asks for
    "equipment_missing",  # equipment (ids, by commas): it does not carry that
    # why a crew is left out
    "busy",  # incident, state, queued (calls that wait for it already)
    "already_here",  # assignment, state
    "on_break",  # since_ms, until_ms
    "refuelling",  # since_ms, until_ms
    "off_duty",  # since_ms
    "out_of_order",  # since_ms, until_ms
    "wrong_kind",  # kind, needed
    "no_position",  # {}: neither a position nor a base
    "no_road",  # {}
    "farther",  # ranked: so many come first
]
CODE_OF_DUTY: dict[UnitState, Code] = {
    "break": "on_break",
    "refuelling": "refuelling",
    "out_of_order": "out_of_order",
    "off": "off_duty",
}
CODE_OF_FRESHNESS: dict[str, Code] = {
    "parked": "position_parked",
    "stale": "position_stale",
    "suspect": "position_suspect",
}


class PositionOf(msgspec.Struct, frozen=True, kw_only=True):
    """The last trusted position of a unit, WGS-84 degrees, and how old it is.

    Attributes:
        heading_deg: from true north, only while it drives.
        age_s: since the fix was taken.
        freshness: "live" while it is young enough to be believed as it is.
        may_have_driven_s: for how long it may have driven since without our noticing; None for its whole age.
        radius_m: it is within this of the position, as far as is known; None where nobody says.
    """

    unit: str
    lat_deg: float
    lon_deg: float
    age_s: float
    freshness: Freshness
    heading_deg: float | None = None
    may_have_driven_s: float | None = None
    radius_m: float | None = None


class Because(msgspec.Struct, frozen=True):
    """One reason: a code, and the values that its sentence speaks of."""

    code: Code
    values: dict[str, str | int | float | None] = {}


class LeftOut(msgspec.Struct, frozen=True, gc=False):
    """A crew that cannot be sent, and why."""

    unit: str
    reasons: tuple[Because, ...]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A free crew of a fitting kind, with where it is thought to be."""

    unit: Unit
    place: UnitPlace
    fit: KindFit
    position: Position
    age_s: float | None
    added_s: float
    reasons: tuple[Because, ...]
    radius_m: float | None = None
    lacking: tuple[str, ...] = ()


def added_by(position: PositionOf) -> float:
    """Return by how much later than from there a crew may come, seconds: what the position's age adds."""
    age_s = max(position.age_s, 0.0)
    if position.freshness == "parked":
        return age_s if position.may_have_driven_s is None else min(age_s, position.may_have_driven_s)
    if position.freshness == "stale":
        return age_s
    return max(age_s, SUSPECT_MARGIN_S) if position.freshness == "suspect" else 0.0


def kind_fit(region: Region, crew_kind: str, needed: str | None) -> KindFit | None:
    """Return how a crew of one kind suits a call that asks for another; None when it must not be sent."""
    if needed is None or crew_kind == needed:
        return "exact"
    kind = region.settings.crew_kind(crew_kind) if region.settings is not None else None
    if kind is None:
        return None
    if needed in kind.stands_in:
        return "higher"
    return "lower" if needed in kind.begins else None


def needed_kind(region: Region, call: Incident) -> str | None:
    """Return the crew kind that the call asks for; None when any will do."""
    reason = region.settings.reason(call.reason) if region.settings is not None else None
    return None if reason is None else reason.crew_kind


def judge(  # noqa: PLR0917  # the parts of one question; the last is a shortcut
    region: Region,
    call: Incident | None,
    unit: Unit,
    needed: str | None,
    position: PositionOf | None,
    fits: Mapping[str, KindFit | None] = {},
) -> Candidate | LeftOut:
    """Return the unit with its place, or why it cannot be sent at all.

    Args:
        region: the state of things.
        call: to which; None for any.
        unit: which.
        needed: the crew kind that the call asks for; None when any will do.
        position: where it was last, if that is known.
        fits: `kind_fit` of each crew kind, where the caller has it at hand.
    """
    active = region.active_assignment(unit.id)
    if active is not None and call is not None and active.incident == call.id:
        here = Because("already_here", {"assignment": active.id, "state": active.status})
        return LeftOut(unit.id, (here,))
    if active is not None:
        busy: dict[str, str | int | float | None] = {"incident": active.incident, "state": active.status}
        if unit.id in region.queues:
            busy["queued"] = len(region.queues[unit.id])
        return LeftOut(unit.id, (Because("busy", busy),))
    if unit.duty != "on":
        values: dict[str, str | int | float | None] = {"since_ms": region.unit_state_since_ms(unit.id)}
        if unit.duty_until_ms is not None:
            values["until_ms"] = unit.duty_until_ms
        return LeftOut(unit.id, (Because(CODE_OF_DUTY[unit.duty], values),))
    kind = unit.crew_kind
    fit = fits[kind] if kind in fits else kind_fit(region, kind, needed)
    if fit is None:
        return LeftOut(unit.id, (Because("wrong_kind", {"kind": unit.crew_kind, "needed": needed}),))
    if position is not None:
        return _at_position(unit, fit, position)
    base = None if unit.substation is None else region.substations.get(unit.substation)
    if base is None:
        return LeftOut(unit.id, (Because("no_position"),))
    return Candidate(
        unit=unit,
        place=UnitPlace(unit.id, base.lat_deg, base.lon_deg),
        fit=fit,
        position="base",
        age_s=None,
        added_s=BASE_MARGIN_S,
        reasons=(Because("taken_at_base", {"substation": base.id, "added_s": BASE_MARGIN_S}),),
    )


def _at_position(unit: Unit, fit: KindFit, position: PositionOf) -> Candidate:
    age_s = max(position.age_s, 0.0)
    added_s = added_by(position)
    code = CODE_OF_FRESHNESS.get(position.freshness)
    reasons = (
        () if code is None else (Because(code, {"age_s": round(age_s, 1), "added_s": round(added_s, 1)}),)
    )
    return Candidate(
        unit=unit,
        place=UnitPlace(unit.id, position.lat_deg, position.lon_deg, position.heading_deg),
        fit=fit,
        position="stale" if position.freshness == "suspect" else position.freshness,
        age_s=age_s,
        added_s=added_s,
        reasons=reasons,
        radius_m=position.radius_m,
    )
