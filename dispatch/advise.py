"""Advise: what the open calls can hope for, and which crews should change calls; never done by itself. Pure.

`look` takes what is needed out of the region in one piece of frozen values, so that `advise` may run in
another thread while the region moves on. Calls with several crews on their way are left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.attendance import breaks_reserve, free_crews
from dispatch.candidate import Candidate, PositionOf, judge, kind_fit, needed_kind
from dispatch.incident import Incident
from dispatch.lead import stands_among_calls
from dispatch.reassign import DANGER_TO_LIFE, RULES, OpenCall, Proposal, Rules, reassign
from dispatch.region import Region
from dispatch.soonfree import SoonFree
from dispatch.swap import ON_THE_WAY, swaps_of
from routing.times import Point, RoadTimes, UnitPlace

# A crew that is there in less is not called back.
NEARLY_THERE_S = 90.0
# Each call is matched with so many of its nearest crews at first; with n calls the n nearest are enough.
NEAREST = 20


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A crew that may be sent, or waited for.

    Attributes:
        place: where it is, or will be when it clears.
        added_s: what its place's age adds, and the time until it clears.
        free, soon: it can be sent now; it is about to be free. Neither: it is on its way to a call.
    """

    place: UnitPlace
    crew_kind: str
    added_s: float = 0.0
    free: bool = False
    soon: bool = False


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """A call that nobody has reached, where it is, and who suits it: kinds, without those that declined.

    Attributes:
        held: a major incident whose next crew would come out of the reserve: a person decides that.
    """

    call: OpenCall
    place: Point
    kinds: frozenset[str]
    without: frozenset[str] = frozenset()
    held: bool = False


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that nobody has reached and the crews that could go, at one moment."""

    calls: tuple[Sought, ...]
    crews: tuple[Bound, ...]


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What an unreached call can hope for.

    Attributes:
        best_eta_s: until the crew on its way, else the best that can be sent or waited for, is there; None
            when there is nobody.
        unit: which crew that is; soon: it still has to clear.
        remaining_s: norm − elapsed − best ETA; negative when the norm cannot be met.
        cannot_meet: by the estimates nobody is there before the norm ends, or it has ended.
        send: the free crew that the call should get when all calls are looked at together.
    """

    best_eta_s: float | None
    unit: str | None
    soon: bool
    remaining_s: float | None
    cannot_meet: bool
    send: str | None = None


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Proposals, best first, and the outlook of each unreached call."""

    made_at_ms: int = 0
    proposals: tuple[Proposal, ...] = ()
    outlooks: dict[str, Outlook] = {}


def look(
    region: Region, positions: Mapping[str, PositionOf], soon: Sequence[SoonFree], now_ms: int
) -> Situation:
    """Return the situation.

    Args:
        region: the state of things.
        positions: the last position of each unit that has one.
        soon: crews about to be free, from `dispatch.soonfree`.
        now_ms: ms since 1970 UTC.
    """
    kinds = set() if region.settings is None else {kind.id for kind in region.settings.crew_kinds}
    left = free_crews(region) - sum(major.open for major in region.majors.values())
    calls, crews = [], []
    for number in region.open_incidents:
        incident = region.incidents[number]
        bound = [each for each in region.assignments_of(number) if each.open]
        if incident.arrived_at_ms is not None or len(bound) > 1 or incident.follows is not None:
            continue
        if not stands_among_calls(region, incident, now_ms):
            continue
        if bound and bound[0].status not in ON_THE_WAY:
            continue
        unit = bound[0].unit if bound else None
        position = None if unit is None else positions.get(unit)
        # A change cannot be judged while it is not sure where the crew is.
        sure = position is not None and position.freshness in ("live", "parked")
        call = OpenCall(
            incident=number,
            priority=incident.priority,
            waited_s=max(0.0, (now_ms - incident.asked_ms) / 1000),
            left_s=(incident.norm_ends_ms - now_ms) / 1000,
            crew=unit,
            assignment=bound[0].id if bound else None,
            settled=unit is not None and (not sure or swaps_of(region, number) > 0),
        )
        calls.append(_sought(region, incident, call, kinds, left))
        if unit is not None and position is not None:
            kind = region.units[unit].crew_kind
            crews.append(Bound(place=_at(position), crew_kind=kind))
    crews += _free(region, positions)
    crews += [
        Bound(place=each.place, crew_kind=each.crew_kind, added_s=each.clears_in_s, soon=True)
        for each in soon
    ]
    return Situation(calls=tuple(calls), crews=tuple(crews))


def advise(situation: Situation, roads: RoadTimes, now_ms: int, rules: Rules = RULES) -> Advice:
    """Return the proposals and outlooks; takes road times, so it belongs into a thread of its own."""
    if not situation.calls:
        return Advice(made_at_ms=now_ms)
    units = [crew.place.unit for crew in situation.crews]
    eta_s = times(situation, roads)
    if _crowded(situation, eta_s):  # calls at one place compete for the same crews: ask for more of them
        eta_s = times(situation, roads, max(NEAREST, 2 * len(situation.calls)))
    soon = {crew.place.unit for crew in situation.crews if crew.soon}
    calls = [
        msgspec.structs.replace(each.call, settled=True)
        if _nearly_there(each.call, row, units)
        else each.call
        for each, row in zip(situation.calls, eta_s, strict=True)
    ]
    asked = [row for row, each in enumerate(situation.calls) if not each.held]
    proposals = tuple(reassign([calls[row] for row in asked], units, eta_s[asked], soon, rules))
    sent = {move.incident: move.sent for each in proposals if each.kind == "send" for move in each.moves}
    return Advice(
        made_at_ms=now_ms,
        proposals=proposals,
        outlooks={
            each.incident: _outlook(each, row, situation.crews, sent.get(each.incident))
            for each, row in zip(calls, eta_s, strict=True)
        },
    )


def times(situation: Situation, roads: RoadTimes, nearest: int = NEAREST) -> NDArray[np.float64]:
    """Return [calls, crews] seconds until each crew would be there; infinite where it must not be sent.

    Beyond the `nearest` ones of each call, and its own crew, crews count as out of reach.
    """
    column = {crew.place.unit: number for number, crew in enumerate(situation.crews)}
    added_s = np.array([crew.added_s for crew in situation.crews])
    eta_s = np.full((len(situation.calls), len(situation.crews)), np.inf)
    suited: dict[frozenset[str], list[UnitPlace]] = {}
    for row, sought in enumerate(situation.calls):
        if sought.kinds not in suited:
            suited[sought.kinds] = [
                crew.place for crew in situation.crews if crew.crew_kind in sought.kinds and not crew.soon
            ]
        possible = suited[sought.kinds]
        if sought.without:
            possible = [place for place in possible if place.unit not in sought.without]
        own = sought.call.crew
        found = roads.nearest(*sought.place, possible, min(nearest, len(possible))) if possible else []
        asked = {eta.unit for eta in found}
        further = [
            crew.place
            for crew in situation.crews
            if (crew.place.unit == own and own not in asked)
            or (crew.soon and own is None and crew.crew_kind in sought.kinds)
        ]
        if own is None and not any(situation.crews[column[unit]].free for unit in asked):
            free = [place for place in possible if situation.crews[column[place.unit]].free]
            found += roads.nearest(*sought.place, free, 1) if free else []
        if further:
            found += roads.nearest(*sought.place, further, len(further))
        for eta in found:
            eta_s[row, column[eta.unit]] = eta.seconds_s
    return np.asarray(eta_s + added_s, dtype=np.float64)


def _crowded(situation: Situation, eta_s: NDArray[np.float64]) -> bool:
    """Return whether the calls found fewer crews than there are to share among them."""
    ready = np.array([not crew.soon for crew in situation.crews], dtype=bool)
    found = int(np.isfinite(eta_s[:, ready]).any(axis=0).sum())
    return found < min(len(situation.calls), int(ready.sum()))


def _sought(region: Region, incident: Incident, call: OpenCall, kinds: set[str], left: int) -> Sought:
    """Return the call with the kinds that suit it: for danger to life also those that can only begin.

    Args:
        region: the state of things.
        incident: the call.
        call: the same, as the matching wants it.
        kinds: all kinds of crews.
        left: how many crews are free when each major incident has got one more.
    """
    needed = needed_kind(region, incident)
    enough = {"exact", "higher", "lower"} if incident.priority == DANGER_TO_LIFE else {"exact", "higher"}
    declined = {
        each.unit
        for each in region.assignments_of(incident.id)
        if each.status in ("refused", "pre_empted") and each.unit != call.crew
    }
    return Sought(
        call=call,
        place=(incident.place.lat_deg, incident.place.lon_deg),
        kinds=frozenset(kind for kind in kinds if kind_fit(region, kind, needed) in enough),
        without=frozenset(declined),
        held=call.crew is None and breaks_reserve(region, incident.id, left),
    )


def _free(region: Region, positions: Mapping[str, PositionOf]) -> list[Bound]:
    found = []
    for unit in region.units.values():
        candidate = judge(region, None, unit, None, positions.get(unit.id))
        if isinstance(candidate, Candidate):
            found.append(
                Bound(place=candidate.place, crew_kind=unit.crew_kind, added_s=candidate.added_s, free=True)
            )
    return found


def _at(position: PositionOf) -> UnitPlace:
    return UnitPlace(position.unit, position.lat_deg, position.lon_deg, position.heading_deg)


def _nearly_there(call: OpenCall, row: NDArray[np.float64], units: Sequence[str]) -> bool:
    return call.crew in units and bool(row[units.index(call.crew)] < NEARLY_THERE_S)


def _outlook(call: OpenCall, row: NDArray[np.float64], crews: Sequence[Bound], send: str | None) -> Outlook:
    mine = [
        crew.place.unit == call.crew if call.crew is not None else crew.free or crew.soon for crew in crews
    ]
    possible = np.where(mine, row, np.inf)
    best = int(possible.argmin()) if len(crews) else -1
    if best < 0 or not np.isfinite(possible[best]):
        return Outlook(best_eta_s=None, unit=None, soon=False, remaining_s=None, cannot_meet=call.left_s <= 0)
    eta_s = float(possible[best])
    return Outlook(
        best_eta_s=round(eta_s, 1),
        unit=crews[best].place.unit,
        soon=crews[best].soon,
        remaining_s=round(call.left_s - eta_s, 1),
        cannot_meet=call.left_s < eta_s,
        send=send,
    )
