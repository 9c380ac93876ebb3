"""What an installation may decide about its dispatch centre: zones, workplaces, major incidents."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dispatch.catalogue import SCALES, CrewKind, MajorPlan, Scale, Workplace, WorkplaceKind, Zone
from dispatch.zone import bad_zones


class ZoneSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the region: the surroundings of its substations, or a polygon of (lat, lon) in degrees."""

    id: str
    ru: str
    en: str
    substations: tuple[str, ...] = ()
    polygon: tuple[tuple[float, float], ...] = ()


class WorkplaceSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A desk: of which kind, over which zones (none: all), and who may sit there (none: every dispatcher)."""

    id: str
    ru: str
    en: str
    kind: WorkplaceKind
    zones: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()


class ScaleSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How big a major incident is (up to so many casualties; none: any number), and its crews by kind."""

    id: str
    ru: str
    en: str
    crews: dict[str, int]
    casualties: int | None = None


class MajorSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept for ordinary calls during a major incident, and the plan by scale, smallest first."""

    reserve_share: float = 0.25
    reserve_least: int = 2
    scale: tuple[ScaleSetting, ...] = ()


def zones_of(settings: Iterable[ZoneSetting]) -> tuple[Zone, ...]:
    """Return the zones as dispatch knows them."""
    return tuple(
        Zone(id=one.id, ru=one.ru, en=one.en, substations=one.substations, polygon=one.polygon)
        for one in settings
    )


def workplaces_of(settings: Iterable[WorkplaceSetting]) -> tuple[Workplace, ...]:
    """Return the workplaces as dispatch knows them."""
    return tuple(
        Workplace(id=one.id, ru=one.ru, en=one.en, kind=one.kind, zones=one.zones, staff=one.staff)
        for one in settings
    )


def plan_of(setting: MajorSetting) -> MajorPlan:
    """Return the plan for major incidents as dispatch knows it."""
    scales = tuple(
        Scale(id=one.id, ru=one.ru, en=one.en, casualties=one.casualties, crews=tuple(one.crews.items()))
        for one in setting.scale
    )
    return MajorPlan(
        scales=scales or SCALES, reserve_share=setting.reserve_share, reserve_least=setting.reserve_least
    )


def problem_of_desks(
    zones: Iterable[ZoneSetting],
    workplaces: Iterable[WorkplaceSetting],
    major: MajorSetting,
    substations: Iterable[str],
    crew_kinds: Iterable[CrewKind],
) -> str | None:
    """Return the first thing in the settings of a dispatch centre that cannot be meant, or None."""
    own_zones, desks = zones_of(zones), list(workplaces)
    if (wrong := bad_zones(own_zones, substations)) is not None:
        return f"zone {wrong[0]!r}: {wrong[1]}"
    names = [desk.id for desk in desks]
    known = {zone.id for zone in own_zones}
    for desk in desks:
        if names.count(desk.id) > 1:
            return f"workplace: the id {desk.id!r} is given twice"
        if desk.zones and desk.kind != "zone":
            return f"workplace {desk.id!r}: only one of the kind 'zone' has zones"
        if unknown := set(desk.zones) - known:
            return f"workplace {desk.id!r}: there is no zone {min(unknown)!r}"
    if desks and not any(desk.kind == "senior" for desk in desks):
        return "workplace: one must be of the kind 'senior'; what nobody owns falls to it"
    kinds = {kind.id for kind in crew_kinds}
    for scale in major.scale:
        for kind, count in scale.crews.items():
            if kind not in kinds or not 0 < count <= 1000:
                return f"major.scale {scale.id!r}: crews: {kind} = {count} is no number of a known crew kind"
    if not 0 <= major.reserve_share <= 1 or major.reserve_least < 0:
        return "major: reserve_share is a share from 0 to 1, and reserve_least no less than 0"
    return None
