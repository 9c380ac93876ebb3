"""Setup: what an installation's settings and map say of its region, as commands to dispatch."""

from __future__ import annotations

from collections.abc import Iterable

from console.callsettings import with_call_taking
from console.crewsettings import crew_kinds_of, equipment_of, members_of, qualifications_of
from console.desksettings import plan_of, workplaces_of, zones_of
from console.settings import Settings
from dispatch import commands
from dispatch.catalogue import Hospital, Name, RegionSettings, Substation
from routing import institutions


def setup_commands(
    settings: Settings,
    substations: Iterable[institutions.Substation],
    hospitals: Iterable[institutions.Hospital],
) -> list[commands.Command]:
    """Return the commands that make the region what the settings say, in order; repeated they change nothing.

    Args:
        settings: the installation.
        substations: the map's, for settings that name none.
        hospitals: the same.
    """
    region = RegionSettings(
        id=settings.region,
        name=Name(settings.name.ru, settings.name.en),
        timezone=settings.timezone,
        norm_s=round(settings.norm_min * 60),
        bypass_s=None if settings.bypass_min is None else round(settings.bypass_min * 60),
        standby=settings.standby,
        crew_kinds=crew_kinds_of(settings.crew_kind),
        equipment=equipment_of(settings.equipment),
        qualifications=qualifications_of(settings.qualification),
        zones=zones_of(settings.zone),
        workplaces=workplaces_of(settings.workplace),
        major=plan_of(settings.major),
    )
    region = with_call_taking(
        region, settings.reason, settings.instruction, settings.polyclinic, settings.call_taking
    )
    todo: list[commands.Command] = [commands.ConfigureRegion(settings=region)]
    todo += [
        commands.RegisterSubstation(
            substation=Substation(id=one.id, name=one.name, lat_deg=one.lat_deg, lon_deg=one.lon_deg)
        )
        for one in settings.substation or substations
    ]
    todo += [
        commands.RegisterHospital(
            hospital=Hospital(
                id=one.id,
                name=one.name,
                lat_deg=one.lat_deg,
                lon_deg=one.lon_deg,
                capabilities=tuple(one.capabilities),
            )
        )
        for one in settings.hospital or hospitals
    ]
    todo += [
        commands.RegisterUnit(
            unit=one.id,
            call_sign=one.call_sign or one.id,
            crew_kind=one.crew_kind,
            vehicle_class=one.vehicle_class,
            substation=one.substation,
            equipment=one.equipment,
        )
        for one in settings.unit
    ]
    todo += members_of(settings.member)
    return todo
