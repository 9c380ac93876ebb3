"""Alarm owner: at whose workplace an alarm stands until a person acknowledges it. Pure.

It is the desk of the call that the alarm is about, so that an alarm goes where its call is handed; else that
of the crew's own zone; else the senior dispatcher's.
"""

from __future__ import annotations

from dispatch.alarm import AlarmKind, Evidence
from dispatch.ownership import owner_of
from dispatch.region import Region
from dispatch.workplace import desk_for, is_manned, senior_desk, workplaces
from dispatch.zone import zone_of

# A crew that is with its patient for more than an hour is the senior doctor's question.
DOCTORS: frozenset[AlarmKind] = frozenset({"on_scene_long"})
# What no zone's dispatcher is to judge: whether a colleague is gone.
SENIORS: frozenset[AlarmKind] = frozenset({"desk_silent"})


def alarm_owner(region: Region, kind: AlarmKind, unit: str, evidence: Evidence) -> str:
    """Return the workplace that an alarm belongs to, as things stand now: always exactly one."""
    if kind in SENIORS:
        return senior_desk(region.settings, region.posts)
    if kind in DOCTORS:
        for desk in workplaces(region.settings):
            if desk.kind == "doctor" and is_manned(region.posts, desk.id):
                return desk.id
    incident = evidence.incident
    if incident is None and (active := region.active_assignment(unit)) is not None:
        incident = active.incident
    if incident is not None and incident in region.incidents:
        return owner_of(region, incident)
    return desk_for(region.settings, region.posts, _zone(region, unit))


def _zone(region: Region, unit: str) -> str | None:
    """Return the zone of a crew's base, or None."""
    known = region.units.get(unit)
    base = None if known is None else region.substations.get(known.substation or "")
    if region.settings is None or base is None:
        return None
    return zone_of(region.settings.zones, region.substations, base.lat_deg, base.lon_deg)
