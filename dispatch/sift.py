"""Sift: every unit of a region into those that could go to a call, by sort, and those that could not. Pure.

A sort is what decides the order beside the road time: how the crew's kind fits, whether its position is sure,
and whether it lacks equipment. From each sort the best are ranked, and only those that are near enough to be
among them are looked at closely: a region may have a thousand units.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from dispatch.candidate import Candidate, Code, KindFit, LeftOut, PositionOf, added_by, judge, kind_fit
from dispatch.equipment import lacking
from dispatch.incident import Incident
from dispatch.region import Region
from dispatch.unit import Unit
from routing.times import Eta, RoadTimes, UnitPlace

# How many crews are ranked of each sort (by kind, live or not); those farther away are left out and told so.
RANKED = 20
# The same of those whose place is not sure, that can only begin to treat where others do all, or that lack
# equipment.
RANKED_SECOND = 6
# Road times are asked for so many times as many crews as are ranked, the nearest as the crow flies: beyond a
# river a near crew may be far, but not five of six.
ASKED = 6
# Of the second sorts, asked for together, by so many more.
ASKED_SECOND = 3
SOON_ENOUGH = 0.7
# So fast a crew comes nearer at best, as the crow flies, on the whole of a way: half as fast again as the
# straight-line estimate of `routing.times` takes it to be.
NEARING_MPS = 12.0
_M_PER_DEG = 111_195.0


class Able(msgspec.Struct, gc=False):
    """A unit that could go, and where it is thought to be."""

    unit: Unit
    lat_deg: float
    lon_deg: float
    position: PositionOf | None
    lacking: tuple[str, ...] = ()

    @property
    def place(self) -> UnitPlace:
        """Where it is, for the roads."""
        heading_deg = None if self.position is None else self.position.heading_deg
        return UnitPlace(self.unit.id, self.lat_deg, self.lon_deg, heading_deg)


class Sort(msgspec.Struct):
    """The units of one sort."""

    fit: KindFit
    sure: bool
    equipped: bool
    units: list[Able]

    def first(self, call: Incident) -> bool:
        """Whether its crews can be sent without a second thought."""
        return self.sure and self.equipped and (self.fit != "lower" or call.priority == 1)

    def nearest(self, call: Incident, count: int) -> list[Able]:
        """Return the `count` units that are nearest as the crow flies, in their order."""
        if len(self.units) <= count:
            return self.units
        chosen = np.sort(self._apart_m(call).argpartition(count)[:count])
        return [self.units[number] for number in chosen.tolist()]

    def within(self, call: Incident, limit_s: float) -> Sort:
        """Return the sort without the units that would be there after `limit_s` even at NEARING_MPS."""
        apart_m = self._apart_m(call).tolist()
        possible = [
            each
            for each, far_m in zip(self.units, apart_m, strict=True)
            if far_m / NEARING_MPS + (0.0 if each.position is None else added_by(each.position)) <= limit_s
        ]
        return Sort(self.fit, self.sure, self.equipped, possible)

    def _apart_m(self, call: Incident) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        place = call.place
        count = len(self.units)
        north = np.fromiter((each.lat_deg for each in self.units), np.float64, count) - place.lat_deg
        east = np.fromiter((each.lon_deg for each in self.units), np.float64, count) - place.lon_deg
        return np.hypot(north, east * math.cos(math.radians(place.lat_deg))) * _M_PER_DEG


def sift(
    region: Region, call: Incident, needed: str | None, positions: Mapping[str, PositionOf]
) -> tuple[list[Sort], list[LeftOut]]:
    """Return who could go, by sort, and who could not, with why.

    Args:
        region: the state of things.
        call: where to.
        needed: the crew kind that the call asks for; None when any will do.
        positions: the last position of each unit that has one.
    """
    settings = region.settings
    kinds = () if settings is None else settings.crew_kinds
    fits = {kind.id: kind_fit(region, kind.id, needed) for kind in kinds}
    reason = None if settings is None else settings.reason(call.reason)
    asked = () if reason is None else reason.equipment
    left_out: list[LeftOut] = []
    sorts: dict[tuple[KindFit, bool, bool], Sort] = {}
    active, substations = region.active, region.substations
    for unit in region.units.values():
        name, fit = unit.id, fits.get(unit.crew_kind)
        position = positions.get(name)
        if name in active or unit.duty != "on" or fit is None or position is None:
            judged = judge(region, call, unit, needed, position, fits)
            if isinstance(judged, LeftOut):
                left_out.append(judged)
                continue
            fit, base = judged.fit, substations[unit.substation or ""]
            able = Able(unit, base.lat_deg, base.lon_deg, None)
        else:
            able = Able(unit, position.lat_deg, position.lon_deg, position)
        if asked:
            able.lacking = lacking(unit.aboard, asked)
        # For danger to life the soonest goes, whatever it lacks; it says what.
        equipped = call.priority == 1 or not able.lacking
        key = fit, position is not None and position.freshness == "live", equipped
        sort = sorts.get(key)
        if sort is None:
            sorts[key] = Sort(*key, [able])
        else:
            sort.units.append(able)
    return list(sorts.values()), left_out


def close_look(region: Region, call: Incident, needed: str | None, able: Able) -> Candidate:
    """Return a unit that could go as a candidate, with its reasons."""
    judged = judge(region, call, able.unit, needed, able.position)
    assert isinstance(judged, Candidate)  # noqa: S101  # it was sifted from the same region
    return msgspec.structs.replace(judged, lacking=able.lacking)


class Asked(msgspec.Struct):
    """What the roads said of a sort: who is there when, and why the others are not ranked."""

    sort: Sort
    etas: dict[str, Eta]
    why_not: tuple[Code, dict[str, str | int | float | None]]


def ask(call: Incident, sorts: Sequence[Sort], roads: RoadTimes, ranked: int = RANKED) -> list[Asked]:
    """Return the road times of the best of each sort.

    A crew of a second sort that could not be there before so many sure ones is not asked for: it would stand
    behind all of them.

    Args:
        call: where to.
        sorts: from `sift`.
        roads: who knows the road times.
        ranked: how many of each sort.
    """
    first = [each for each in sorts if each.first(call)]
    answered = [_asked(call, each, each.units, roads, min(ranked, len(each.units))) for each in first]
    full_s = [
        max(eta.seconds_s for eta in each.etas.values()) for each in answered if len(each.etas) >= ranked > 0
    ]
    count = min(ranked, RANKED_SECOND)
    second: list[tuple[Sort, Sort]] = [
        (each, each.within(call, min(full_s)) if full_s else each) for each in sorts if not each.first(call)
    ]
    near = {able.unit.id: able for _, sort in second for able in sort.nearest(call, count + ASKED_SECOND)}
    # The last of them may be behind a river; where so many sure ones go before, the search need not go there.
    enough = math.ceil(len(near) * SOON_ENOUGH) if full_s or len(near) > 4 * count else len(near)
    there = {eta.unit: eta for eta in _nearest(call, near.values(), roads, enough)}
    for whole, sort in second:
        own = [there[able.unit.id] for able in sort.units if able.unit.id in there]
        wanted = min(count, len(sort.units))
        if len(own) < wanted < len(sort.units) and not full_s:  # near ones without a road: ask for everybody
            answered.append(_asked(call, whole, sort.units, roads, wanted))
            continue
        best = sorted(own, key=lambda eta: (eta.seconds_s, eta.unit))[:wanted]
        why_not: tuple[Code, dict[str, str | int | float | None]] = ("no_road", {})
        if full_s or len(best) >= wanted:
            why_not = ("farther", {"ranked": ranked if full_s else len(best)})
        answered.append(Asked(whole, {eta.unit: eta for eta in best}, why_not))
    return answered


def _asked(call: Incident, sort: Sort, units: Sequence[Able], roads: RoadTimes, count: int) -> Asked:
    """Ask for those that are near as the crow flies, and where these have no road, for everybody."""
    near = Sort(sort.fit, sort.sure, sort.equipped, list(units)).nearest(call, ASKED * count)
    etas = _nearest(call, near, roads, count)
    if len(etas) < count and len(near) < len(units):
        etas = _nearest(call, units, roads, count)
    found = {eta.unit: eta for eta in etas}
    return Asked(sort, found, ("farther", {"ranked": len(etas)}) if len(etas) >= count else ("no_road", {}))


def _nearest(call: Incident, units: Iterable[Able], roads: RoadTimes, count: int) -> list[Eta]:
    places = [each.place for each in units]
    return roads.nearest(call.place.lat_deg, call.place.lon_deg, places, count) if places else []
