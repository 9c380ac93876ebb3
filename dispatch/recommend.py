"""Recommend: which crews to send, in order, each with its reasons; and why each other crew is left out. Pure.

How crews are ranked:
  - Each is ranked by the latest time at which it can be expected, `eta_worst_s`. For a live position that is
    the road time. A crew whose position is A seconds old cannot be more than A seconds of driving farther
    away than it was, so A is added: a stale position never ranks as a fresh one, and a little staleness
    costs little. One that fell silent while it stood (`parked`) would have spoken soon after driving off,
    so at most the time that takes is added. A free crew without any position is taken to be at its base,
    plus five minutes.
  - Priority 1 (danger to life): the soonest crew that can at least begin to treat the patient, nothing else.
  - Priority 2: the soonest that can treat the patient fully; those that can only begin come after.
  - Priority 3 (can wait): the same, yet a crew of exactly the asked kind that arrives within the norm goes
    before a sooner one of a higher kind, which graver calls may need.

What is not known is marked, never hidden: reasons have codes and values, from which a page makes sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from dispatch.events import RankedSummary
from dispatch.incident import Incident
from dispatch.region import Region
from dispatch.unit import Unit, UnitState
from routing.times import Eta, RoadTimes, UnitPlace

# Added to a crew that is only taken to be at its base: it may still be on its way back.
BASE_MARGIN_S = 300.0
# Added at least where quality control doubts the position.
SUSPECT_MARGIN_S = 600.0
# How many crews of each sort are ranked; those farther away are left out and told so.
RANKED = 20
# A recommendation's first lines are stored with the choice.
EVIDENCE = 10

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
    "declined_before",  # status, at_ms: it was on this incident already
    # why a crew is left out
    "busy",  # incident, state
    "already_here",  # assignment, state
    "on_break",  # since_ms
    "off_duty",  # since_ms
    "out_of_order",  # since_ms
    "wrong_kind",  # kind, needed
    "no_position",  # {}: neither a position nor a base
    "no_road",  # {}
    "farther",  # ranked: so many come first
]
CODE_OF_DUTY: dict[UnitState, Code] = {
    "break": "on_break",
    "out_of_order": "out_of_order",
    "off": "off_duty",
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


class RankedCrew(msgspec.Struct, frozen=True, kw_only=True):
    """A crew that can be sent.

    Attributes:
        rank: 1 is the best.
        eta_s: road time from where it is thought to be.
        eta_worst_s: what it is ranked by: with what the age of its position may add.
        position_age_s: None without a position.
        within_norm: whether it is there before the norm ends, even at eta_worst_s.
    """

    unit: str
    rank: int
    eta_s: float
    eta_worst_s: float
    distance_m: float
    position_age_s: float | None
    position: Position
    state: UnitState
    crew_kind: str
    kind_fit: KindFit
    within_norm: bool
    reasons: tuple[Because, ...]


class LeftOut(msgspec.Struct, frozen=True):
    """A crew that cannot be sent, and why."""

    unit: str
    reasons: tuple[Because, ...]


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """Every unit of the region is in it once: ranked, or left out with a reason.

    Attributes:
        degraded: all times are straight-line estimates.
        degraded_why: "no_map" or "no_road_answer".
    """

    incident: str
    made_at_ms: int
    degraded: bool
    degraded_why: str | None
    crews: tuple[RankedCrew, ...]
    left_out: tuple[LeftOut, ...]

    def crew(self, unit: str) -> RankedCrew | None:
        """Return the unit's line, or None when it is left out."""
        return next((crew for crew in self.crews if crew.unit == unit), None)

    def evidence(self) -> tuple[RankedSummary, ...]:
        """Return the first lines, as they are stored with the choice."""
        return tuple(
            RankedSummary(
                unit=crew.unit,
                rank=crew.rank,
                eta_s=round(crew.eta_s, 3),
                position=crew.position,
                position_age_s=None if crew.position_age_s is None else round(crew.position_age_s, 3),
                kind_fit=crew.kind_fit,
            )
            for crew in self.crews[:EVIDENCE]
        )


class _Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A free crew of a fitting kind, with where it is thought to be."""

    unit: Unit
    place: UnitPlace
    fit: KindFit
    position: Position
    age_s: float | None
    added_s: float
    reasons: tuple[Because, ...]


class _Timed(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate with its road time."""

    candidate: _Candidate
    eta: Eta
    worst_s: float
    within_norm: bool
    beyond_s: float


def recommend(
    region: Region,
    incident: str,
    positions: Mapping[str, PositionOf],
    roads: RoadTimes,
    now_ms: int,
    *,
    ranked: int = RANKED,
) -> Recommendation:
    """Rank the crews for an incident.

    Args:
        region: the state of things.
        incident: id of an incident of the region.
        positions: the last position of each unit that has one.
        roads: who knows the road times; `routing.times.StraightLine` where there is no map.
        now_ms: ms since 1970 UTC.
        ranked: how many crews of each sort to rank.

    Raises:
        KeyError: there is no such incident.
    """
    call = region.incidents[incident]
    needed = _needed_kind(region, call)
    candidates: list[_Candidate] = []
    left_out: list[LeftOut] = []
    for unit in region.units.values():
        judged = _judge(region, call, unit, needed, positions.get(unit.id))
        if isinstance(judged, LeftOut):
            left_out.append(judged)
        else:
            candidates.append(judged)
    timed: list[_Timed] = []
    for sort in _sorts(candidates):
        etas = roads.nearest(
            call.place.lat_deg, call.place.lon_deg, [each.place for each in sort], min(ranked, len(sort))
        )
        by_unit = {eta.unit: eta for eta in etas}
        without = (
            Because("no_road")
            if len(etas) < min(ranked, len(sort))
            else Because("farther", {"ranked": len(etas)})
        )
        for candidate in sort:
            eta = by_unit.get(candidate.unit.id)
            if eta is None:
                left_out.append(LeftOut(candidate.unit.id, (without,)))
            else:
                timed.append(_timed(call, candidate, eta, now_ms))
    timed.sort(key=lambda each: _order(call.priority, each))
    # A single crew that is off the map is marked on its own line; here it is about the whole answer.
    no_map = roads.bounds is None
    degraded = no_map or (bool(timed) and all(each.eta.degraded for each in timed))
    return Recommendation(
        incident=incident,
        made_at_ms=now_ms,
        degraded=degraded,
        degraded_why="no_map" if no_map else "no_road_answer" if degraded else None,
        crews=_lines(region, call, needed, timed),
        left_out=tuple(left_out),
    )


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


def _needed_kind(region: Region, call: Incident) -> str | None:
    reason = region.settings.reason(call.reason) if region.settings is not None else None
    return None if reason is None else reason.crew_kind


def _judge(
    region: Region, call: Incident, unit: Unit, needed: str | None, position: PositionOf | None
) -> _Candidate | LeftOut:
    """Return the unit with its place, or why it cannot be sent at all."""
    active = region.active_assignment(unit.id)
    if active is not None and active.incident == call.id:
        here = Because("already_here", {"assignment": active.id, "state": active.status})
        return LeftOut(unit.id, (here,))
    if active is not None:
        return LeftOut(unit.id, (Because("busy", {"incident": active.incident, "state": active.status}),))
    if unit.duty != "on":
        since_ms = region.unit_state_since_ms(unit.id)
        return LeftOut(unit.id, (Because(CODE_OF_DUTY[unit.duty], {"since_ms": since_ms}),))
    fit = kind_fit(region, unit.crew_kind, needed)
    if fit is None:
        return LeftOut(unit.id, (Because("wrong_kind", {"kind": unit.crew_kind, "needed": needed}),))
    if position is not None:
        return _at_position(unit, fit, position)
    base = None if unit.substation is None else region.substations.get(unit.substation)
    if base is None:
        return LeftOut(unit.id, (Because("no_position"),))
    return _Candidate(
        unit=unit,
        place=UnitPlace(unit.id, base.lat_deg, base.lon_deg),
        fit=fit,
        position="base",
        age_s=None,
        added_s=BASE_MARGIN_S,
        reasons=(Because("taken_at_base", {"substation": base.id, "added_s": BASE_MARGIN_S}),),
    )


def _at_position(unit: Unit, fit: KindFit, position: PositionOf) -> _Candidate:
    age_s = max(position.age_s, 0.0)
    reasons: tuple[Because, ...] = ()
    added_s = 0.0
    if position.freshness == "parked":
        added_s = age_s if position.may_have_driven_s is None else min(age_s, position.may_have_driven_s)
        reasons = (Because("position_parked", {"age_s": round(age_s, 1), "added_s": round(added_s, 1)}),)
    elif position.freshness == "stale":
        added_s = age_s
        reasons = (Because("position_stale", {"age_s": round(age_s, 1), "added_s": round(added_s, 1)}),)
    elif position.freshness == "suspect":
        added_s = max(age_s, SUSPECT_MARGIN_S)
        reasons = (Because("position_suspect", {"age_s": round(age_s, 1), "added_s": round(added_s, 1)}),)
    return _Candidate(
        unit=unit,
        place=UnitPlace(unit.id, position.lat_deg, position.lon_deg, position.heading_deg),
        fit=fit,
        position="stale" if position.freshness == "suspect" else position.freshness,
        age_s=age_s,
        added_s=added_s,
        reasons=reasons,
    )


def _sorts(candidates: list[_Candidate]) -> list[list[_Candidate]]:
    """Split by what decides the order beside the road time, so that the best of each sort is ranked."""
    sorts: dict[tuple[KindFit, bool], list[_Candidate]] = {}
    for candidate in candidates:
        sorts.setdefault((candidate.fit, candidate.position == "live"), []).append(candidate)
    return list(sorts.values())


def _timed(call: Incident, candidate: _Candidate, eta: Eta, now_ms: int) -> _Timed:
    worst_s = eta.seconds_s + candidate.added_s
    beyond_s = now_ms / 1000 + worst_s - call.norm_ends_ms / 1000
    return _Timed(
        candidate=candidate, eta=eta, worst_s=worst_s, within_norm=beyond_s <= 0, beyond_s=max(beyond_s, 0.0)
    )


def _order(priority: int, timed: _Timed) -> tuple[int, float, bool, bool, str]:
    fit = timed.candidate.fit
    group = 0
    if priority > 1 and fit == "lower":
        group = 2
    elif priority > 2 and not (fit == "exact" and timed.within_norm):
        group = 1
    # Between equal times: the surer position, then the kind that was asked for; the id makes it repeatable.
    uncertain = timed.candidate.position != "live"
    return group, timed.worst_s, uncertain, fit != "exact", timed.candidate.unit.id


def _lines(
    region: Region, call: Incident, needed: str | None, ranking: list[_Timed]
) -> tuple[RankedCrew, ...]:
    if not ranking:
        return ()
    soonest = min(ranking, key=lambda each: each.worst_s)  # the higher rank wins a tie: min takes the first
    lines = []
    for rank, timed in enumerate(ranking, start=1):
        candidate = timed.candidate
        reasons = [_by_time(timed, soonest), _by_kind(candidate, needed)]
        if rank == 1 and soonest is not timed and soonest.candidate.fit == "higher":
            spared = soonest.candidate.unit
            reasons.append(Because("keeps_higher_free", {"unit": spared.id, "kind": spared.crew_kind}))
        reasons += candidate.reasons
        if not timed.within_norm:
            reasons.append(Because("beyond_norm", {"by_s": round(timed.beyond_s, 1)}))
        if timed.eta.degraded:
            reasons.append(Because("straight_line"))
        for before in region.assignments_of(call.id):
            if before.unit == candidate.unit.id and before.status in ("refused", "pre_empted"):
                reasons.append(
                    Because("declined_before", {"status": before.status, "at_ms": before.since_ms})
                )
        lines.append(
            RankedCrew(
                unit=candidate.unit.id,
                rank=rank,
                eta_s=timed.eta.seconds_s,
                eta_worst_s=timed.worst_s,
                distance_m=timed.eta.metres_m,
                position_age_s=candidate.age_s,
                position=candidate.position,
                state=region.unit_state(candidate.unit.id),
                crew_kind=candidate.unit.crew_kind,
                kind_fit=candidate.fit,
                within_norm=timed.within_norm,
                reasons=tuple(reasons),
            )
        )
    return tuple(lines)


def _by_time(timed: _Timed, soonest: _Timed) -> Because:
    if timed is soonest:
        return Because("soonest")
    later_s = round(timed.worst_s - soonest.worst_s, 1)
    return Because("later_by", {"seconds_s": later_s, "than": soonest.candidate.unit.id})


def _by_kind(candidate: _Candidate, needed: str | None) -> Because:
    kind = candidate.unit.crew_kind
    if needed is None:
        return Because("any_kind")
    if candidate.fit == "exact":
        return Because("kind_fits", {"kind": kind})
    code: Code = "kind_higher" if candidate.fit == "higher" else "kind_lower"
    return Because(code, {"kind": kind, "needed": needed})
