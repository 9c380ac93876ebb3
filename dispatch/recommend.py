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

  - What the reason asks of the equipment: for danger to life it is said and changes nothing; for the others,
    crews that lack something come after those of the same standing that lack nothing. It leaves nobody out.

What is not known is marked, never hidden: reasons have codes and values, from which a page makes sentences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from dispatch.attendance import Kept, kept_of
from dispatch.candidate import (
    Because,
    Candidate,
    Code,
    KindFit,
    LeftOut,
    Position,
    PositionOf,
    kind_fit,
    needed_kind,
)
from dispatch.events import RankedSummary
from dispatch.incident import Incident
from dispatch.region import Region
from dispatch.sift import RANKED, ask, close_look, sift
from dispatch.soonfree import SoonFree
from dispatch.unit import UnitState
from routing.times import DETOUR, SIREN_MPS, Eta, RoadTimes

# A recommendation's first lines are stored with the choice.
EVIDENCE = 10
# Crews about to be free that are shown beside the ranking.
SOON = 5
# Road times scatter about their estimate by a factor exp(N(0, σ)); until the fleet's own drives tell, σ is
# this, and 9 drives of 10 take less than exp(1.2816 σ) = 1.29 times the estimate.
LOG_SIGMA = 0.2
P90 = math.exp(1.2816 * LOG_SIGMA)
# For how many of the first crews it is said what their area is left with.
UNCOVERED = 10

_M_PER_DEG = 111_195.0


class RankedCrew(msgspec.Struct, frozen=True, kw_only=True):
    """A crew that can be sent.

    Attributes:
        rank: 1 is the best. All go to one place, so the first n lines are the n crews for a call of n.
        eta_s: road time from where it is thought to be: the median.
        eta_worst_s: what it is ranked by: with what the age of its position may add.
        eta_p90_s: nine times of ten it is there by then, with what the age of its position may add.
        position_age_s: None without a position; radius_m: it is within this of it, where that is known.
        uncovered_s: what sending it costs elsewhere: in how long the next free crew of the ranking's kinds
            could be where this one is now, by straight line × detour; None beyond the first UNCOVERED.
        held: kept for ordinary calls while this one is a major incident: sent only with a reason.
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
    eta_p90_s: float = 0.0
    radius_m: float | None = None
    uncovered_s: float | None = None
    held: bool = False


class SoonCrew(msgspec.Struct, frozen=True, kw_only=True):
    """A crew that is about to be free; it is no line of the ranking, for when it clears is an estimate.

    Attributes:
        eta_s: clears_in_s and the drive.
        sooner_by_s: than the first of the ranking, by the estimates; None where nobody is ranked.
    """

    unit: str
    incident: str
    state: UnitState
    crew_kind: str
    kind_fit: KindFit
    clears_in_s: float
    drive_s: float
    eta_s: float
    distance_m: float
    sooner_by_s: float | None


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """Every unit of the region is in it once: ranked, or left out with a reason.

    Attributes:
        degraded: all times are straight-line estimates.
        degraded_why: "no_map" or "no_road_answer".
        soon: crews about to be free, soonest at the place first; each of them is among the left out, as busy.
    """

    incident: str
    made_at_ms: int
    degraded: bool
    degraded_why: str | None
    crews: tuple[RankedCrew, ...]
    left_out: tuple[LeftOut, ...]
    soon: tuple[SoonCrew, ...] = ()

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


class _Timed(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate with its road time."""

    candidate: Candidate
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
    soon: Sequence[SoonFree] = (),
) -> Recommendation:
    """Rank the crews for an incident.

    Args:
        region: the state of things.
        incident: id of an incident of the region.
        positions: the last position of each unit that has one.
        roads: who knows the road times; `routing.times.StraightLine` where there is no map.
        now_ms: ms since 1970 UTC.
        ranked: how many crews of each sort to rank.
        soon: crews about to be free, from `dispatch.soonfree`.

    Raises:
        KeyError: there is no such incident.
    """
    call = region.incidents[incident]
    needed = needed_kind(region, call)
    sorts, left_out = sift(region, call, needed, positions)
    timed: list[_Timed] = []
    for asked in ask(call, sorts, roads, ranked):
        without = (Because(*asked.why_not),)
        for able in asked.sort.units:
            eta = asked.etas.get(able.unit.id)
            if eta is None:
                left_out.append(LeftOut(able.unit.id, without))
            else:
                timed.append(_timed(call, close_look(region, call, needed, able), eta, now_ms))
    timed.sort(key=lambda each: _order(call.priority, each))
    # A single crew that is off the map is marked on its own line; here it is about the whole answer.
    no_map = roads.bounds is None
    degraded = no_map or (bool(timed) and all(each.eta.degraded for each in timed))
    return Recommendation(
        incident=incident,
        made_at_ms=now_ms,
        degraded=degraded,
        degraded_why="no_map" if no_map else "no_road_answer" if degraded else None,
        crews=_lines(
            region, call, needed, timed, kept_of(region, incident, sum(len(each.units) for each in sorts))
        ),
        left_out=tuple(left_out),
        soon=_soon(region, call, needed, soon, roads, timed[0].worst_s if timed else None),
    )


def _timed(call: Incident, candidate: Candidate, eta: Eta, now_ms: int) -> _Timed:
    worst_s = eta.seconds_s + candidate.added_s
    beyond_s = now_ms / 1000 + worst_s - call.norm_ends_ms / 1000
    return _Timed(
        candidate=candidate, eta=eta, worst_s=worst_s, within_norm=beyond_s <= 0, beyond_s=max(beyond_s, 0.0)
    )


def _order(priority: int, timed: _Timed) -> tuple[int, bool, float, bool, bool, str]:
    fit = timed.candidate.fit
    group = 0
    if priority > 1 and fit == "lower":
        group = 2
    elif priority > 2 and not (fit == "exact" and timed.within_norm):
        group = 1
    # Between equal times: the surer position, then the kind that was asked for; the id makes it repeatable.
    uncertain = timed.candidate.position != "live"
    unequipped = priority > 1 and bool(timed.candidate.lacking)
    return group, unequipped, timed.worst_s, uncertain, fit != "exact", timed.candidate.unit.id


def _lines(
    region: Region, call: Incident, needed: str | None, ranking: list[_Timed], kept: Kept | None
) -> tuple[RankedCrew, ...]:
    if not ranking:
        return ()
    reason = None if region.settings is None else region.settings.reason(call.reason)
    equipment = () if reason is None else reason.equipment
    soonest = min(ranking, key=lambda each: each.worst_s)  # the higher rank wins a tie: min takes the first
    uncovered_s = _uncovered(ranking)
    lines = []
    for rank, timed in enumerate(ranking, start=1):
        candidate = timed.candidate
        reasons = [_by_time(timed, soonest), _by_kind(candidate, needed)]
        if rank == 1 and soonest is not timed and soonest.candidate.fit == "higher":
            spared = soonest.candidate.unit
            reasons.append(Because("keeps_higher_free", {"unit": spared.id, "kind": spared.crew_kind}))
        reasons += candidate.reasons
        if candidate.lacking:
            reasons.append(Because("equipment_missing", {"equipment": ",".join(candidate.lacking)}))
        elif equipment and candidate.unit.equipment is not None:
            reasons.append(Because("equipment_fits"))
        if not timed.within_norm:
            reasons.append(Because("beyond_norm", {"by_s": round(timed.beyond_s, 1)}))
        if timed.eta.degraded:
            reasons.append(Because("straight_line"))
        held = kept is not None and rank > kept.free - kept.reserve
        if kept is not None and held:
            reasons.append(Because("kept_in_reserve", {"reserve": kept.reserve, "free": kept.free}))
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
                eta_p90_s=p90_s(timed.eta) + candidate.added_s,
                radius_m=candidate.radius_m,
                uncovered_s=uncovered_s.get(candidate.unit.id),
                held=held,
            )
        )
    return tuple(lines)


def p90_s(eta: Eta) -> float:
    """Return by when nine drives of ten are there, seconds: as the router says, else by LOG_SIGMA."""
    return eta.seconds_s * P90 if eta.p90_s is None else eta.p90_s


def _uncovered(ranking: Sequence[_Timed]) -> dict[str, float]:
    """Return in how long another of the ranked crews could be where each of the first ones is, seconds."""
    if len(ranking) < 2:
        return {}
    places = [each.candidate.place for each in ranking]
    lat = np.radians([place.lat_deg for place in places])
    lon = np.radians([place.lon_deg for place in places]) * np.cos(lat[0])
    first = min(UNCOVERED, len(ranking))
    apart = np.hypot(lat[:first, None] - lat, lon[:first, None] - lon) * np.degrees(1) * _M_PER_DEG
    apart[np.arange(first), np.arange(first)] = np.inf
    seconds = apart.min(axis=1) * DETOUR / SIREN_MPS
    return {
        each.candidate.unit.id: round(float(time_s), 1)
        for each, time_s in zip(ranking, seconds, strict=False)
    }


def _soon(  # noqa: PLR0917  # the parts of one question, which recommend() has at hand
    region: Region,
    call: Incident,
    needed: str | None,
    soon: Sequence[SoonFree],
    roads: RoadTimes,
    first_s: float | None,
) -> tuple[SoonCrew, ...]:
    fits = {each.unit: kind_fit(region, each.crew_kind, needed) for each in soon if each.incident != call.id}
    fitting = {each.unit: each for each in soon if fits.get(each.unit) is not None}
    if not fitting:
        return ()
    etas = roads.nearest(
        call.place.lat_deg, call.place.lon_deg, [each.place for each in fitting.values()], len(fitting)
    )
    crews = []
    for eta in etas:
        its, fit = fitting[eta.unit], fits[eta.unit]
        assert fit is not None  # noqa: S101  # only fitting ones were asked for
        there_s = its.clears_in_s + eta.seconds_s
        crews.append(
            SoonCrew(
                unit=its.unit,
                incident=its.incident,
                state=its.state,
                crew_kind=its.crew_kind,
                kind_fit=fit,
                clears_in_s=its.clears_in_s,
                drive_s=eta.seconds_s,
                eta_s=there_s,
                distance_m=eta.metres_m,
                sooner_by_s=None if first_s is None else first_s - there_s,
            )
        )
    return tuple(sorted(crews, key=lambda each: (each.eta_s, each.unit))[:SOON])


def _by_time(timed: _Timed, soonest: _Timed) -> Because:
    if timed is soonest:
        return Because("soonest")
    later_s = round(timed.worst_s - soonest.worst_s, 1)
    return Because("later_by", {"seconds_s": later_s, "than": soonest.candidate.unit.id})


def _by_kind(candidate: Candidate, needed: str | None) -> Because:
    kind = candidate.unit.crew_kind
    if needed is None:
        return Because("any_kind")
    if candidate.fit == "exact":
        return Because("kind_fits", {"kind": kind})
    code: Code = "kind_higher" if candidate.fit == "higher" else "kind_lower"
    return Because(code, {"kind": kind, "needed": needed})
