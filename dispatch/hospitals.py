"""Hospitals: where to take the patient. Pure.

Those that can do what the reason asks for come first, each group by drive time; the nearest of all is marked,
so that both times (nearest, capable) are seen: bypassing the nearest hospital is not better on average for
every illness (RACECAT, 2022), so a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from dispatch.catalogue import Hospital
from dispatch.region import Region
from routing.times import Leg, Point, RoadTimes


class HospitalChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One hospital for one patient.

    Attributes:
        suits: it can do all that the reason asks for.
        missing: what it cannot do.
        seconds: drive time; metres: the way's length.
        nearest: no other is reached sooner.
        degraded: a straight-line estimate.
    """

    id: str
    name: str
    capabilities: tuple[str, ...]
    suits: bool
    missing: tuple[str, ...]
    seconds: float
    metres: float
    nearest: bool
    degraded: bool


def rank_hospitals(
    hospitals: Sequence[Hospital], needs: Iterable[str], legs: Sequence[Leg]
) -> list[HospitalChoice]:
    """Rank hospitals, given the drive to each (in the same order), best first."""
    wanted = tuple(needs)
    soonest_s = min((leg.seconds_s for leg in legs), default=0.0)
    choices = [
        HospitalChoice(
            id=hospital.id,
            name=hospital.name,
            capabilities=hospital.capabilities,
            suits=set(wanted) <= set(hospital.capabilities),
            missing=tuple(need for need in wanted if need not in hospital.capabilities),
            seconds=leg.seconds_s,
            metres=leg.metres_m,
            nearest=leg.seconds_s == soonest_s,
            degraded=leg.degraded,
        )
        for hospital, leg in zip(hospitals, legs, strict=True)
    ]
    return sorted(choices, key=lambda choice: (not choice.suits, choice.seconds, choice.id))


def hospitals_for(
    region: Region, incident: str, start: Point, roads: RoadTimes, heading_deg: float | None = None
) -> list[HospitalChoice]:
    """Rank the region's hospitals for an incident's patient who is at `start` (lat, lon), best first.

    Raises:
        KeyError: there is no such incident.
    """
    hospitals = list(region.hospitals.values())
    call = region.incidents[incident]
    reason = region.settings.reason(call.reason) if region.settings is not None else None
    ends = [(hospital.lat_deg, hospital.lon_deg) for hospital in hospitals]
    legs = roads.one_to_many(start, ends, heading_deg) if ends else []
    return rank_hospitals(hospitals, () if reason is None else reason.needs, legs)
