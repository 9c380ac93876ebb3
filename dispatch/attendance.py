"""Attendance: which crews a major incident still gets by plan, and how many are kept for others. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import msgspec

from dispatch.major import Major
from dispatch.region import Region


class Ranked(Protocol):
    """What is looked at of a line of a recommendation."""

    @property
    def unit(self) -> str:
        """The crew."""
        ...

    @property
    def crew_kind(self) -> str:
        """Its kind."""
        ...

    @property
    def held(self) -> bool:
        """Whether it is kept for ordinary calls."""
        ...


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Of so many free crews, how many a major incident leaves to ordinary calls."""

    reserve: int
    free: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the plan.

    Attributes:
        wanted, sent: how many crews of the kind, and how many are or were there for it.
        next: whom to send for what is missing, soonest first; fewer than missing where there are no more.
    """

    kind: str
    wanted: int
    sent: int
    next: tuple[str, ...] = ()


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """A hospital in a major incident: beds it promised, patients under way to it and brought there."""

    hospital: str
    beds: int
    coming: int
    there: int


_NOT_GOING = frozenset({"refused", "pre_empted", "cancelled"})


def reserve_of(region: Region, major: Major) -> int:
    """Return how many crews are kept for ordinary calls: what a person said, else the plan's share."""
    if major.reserve is not None:
        return major.reserve
    if region.settings is None:
        return 0
    plan = region.settings.major
    on_duty = sum(unit.duty == "on" for unit in region.units.values())
    return max(plan.reserve_least, math.ceil(plan.reserve_share * on_duty))


def kept_of(region: Region, incident: str, free: int) -> Kept | None:
    """Return how many crews a call must leave to others; None for a call that is no major incident.

    Args:
        region: the state of things.
        incident: the call.
        free: how many crews could be sent to it.
    """
    major = region.majors.get(incident)
    if major is None or not major.open:
        return None
    return Kept(reserve=reserve_of(region, major), free=free)


def free_crews(region: Region) -> int:
    """Return how many crews are on duty and bound by no call."""
    return sum(unit.duty == "on" and unit.id not in region.active for unit in region.units.values())


def breaks_reserve(region: Region, incident: str, left: int) -> bool:
    """Return whether a call is a major incident whose reserve is more than the crews that are left free.

    Args:
        region: the state of things.
        incident: the call that gets one more crew.
        left: how many crews are free after that.
    """
    major = region.majors.get(incident)
    return major is not None and major.open and left < reserve_of(region, major)


def attendance(region: Region, major: Major, ranking: Sequence[Ranked] = ()) -> list[Wanted]:
    """Return the plan's lines: what was sent, and whom to send next.

    A crew counts for the line of its own kind until that is full, then for one that its kind stands in for.

    Args:
        region: the state of things.
        major: the incident.
        ranking: a recommendation's lines, best first; those that are held back are not named.
    """
    settings = region.settings
    stands_in = {} if settings is None else {kind.id: kind.stands_in for kind in settings.crew_kinds}
    crews = [(kind, count) for kind, count in major.crews if kind in stands_in]
    missing = dict(crews)
    for assignment in region.assignments_of(major.incident):
        kind = assignment.crew_kind or ""
        if assignment.status not in _NOT_GOING:
            _count(missing, kind, stands_in)
    still = dict(missing)
    chosen: dict[str, list[str]] = {}
    free = [crew for crew in ranking if not crew.held]
    # Exact kinds first, so that a doctor's crew is not spent on a paramedics' line that others could fill.
    for exact in (True, False):
        for crew in free:
            if any(crew.unit in each for each in chosen.values()):
                continue
            line = _line(still, crew.crew_kind, stands_in, exact=exact)
            if line is not None:
                still[line] -= 1
                chosen.setdefault(line, []).append(crew.unit)
    return [
        Wanted(kind=kind, wanted=count, sent=count - missing[kind], next=tuple(chosen.get(kind, ())))
        for kind, count in crews
    ]


def _count(missing: dict[str, int], kind: str, stands_in: dict[str, tuple[str, ...]]) -> None:
    line = _line(missing, kind, stands_in, exact=True) or _line(missing, kind, stands_in, exact=False)
    if line is not None:
        missing[line] -= 1


def _line(
    missing: dict[str, int], kind: str, stands_in: dict[str, tuple[str, ...]], *, exact: bool
) -> str | None:
    kinds = (kind,) if exact else stands_in.get(kind, ())
    return next((each for each in kinds if missing.get(each, 0) > 0), None)


def beds_left(region: Region, incident: str) -> dict[str, int]:
    """Return how many of its promised beds each hospital still has; nothing for a call that is no major."""
    major = region.majors.get(incident)
    if major is None or not major.open:
        return {}
    return {each.hospital: each.beds - each.coming - each.there for each in beds_used(region, major)}


def beds_used(region: Region, major: Major) -> list[Used]:
    """Return the hospitals that promised beds or are gone to, each with its patients: one a crew."""
    coming: dict[str, int] = {}
    there: dict[str, int] = {}
    for assignment in region.assignments_of(major.incident):
        if assignment.hospital is None or assignment.status in _NOT_GOING:
            continue
        if {"at_hospital", "handed_over"} & assignment.times.keys():
            count = there
        elif assignment.open:
            count = coming
        else:
            continue  # treated on the spot after all
        count[assignment.hospital] = count.get(assignment.hospital, 0) + 1
    named = dict.fromkeys([*major.beds, *coming, *there])
    return [
        Used(
            hospital=each, beds=major.beds.get(each, 0), coming=coming.get(each, 0), there=there.get(each, 0)
        )
        for each in named
    ]
