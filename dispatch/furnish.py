"""Furnish: what a region is furnished with: rules, bases, hospitals, crews and their duty. Pure."""

from __future__ import annotations

from dispatch import commands, events
from dispatch.catalogue import RegionSettings
from dispatch.events import Dated
from dispatch.refusal import (
    NOT_CONFIGURED,
    Refusal,
    bad_position,
    bad_text,
    unit_busy,
    unknown_reason,
    unknown_unit,
)
from dispatch.region import Region
from dispatch.unit import DUTIES, WHILE_BUSY
from dispatch.unit import TRANSITIONS as DUTY_TRANSITIONS

# How long a vehicle may be expected to stand still.
LONGEST_PAUSE_MS = 62 * 86_400_000


def configure_region(region: Region, command: commands.ConfigureRegion, now_ms: int) -> list[Dated] | Refusal:
    """Return the new rules, or why they cannot be meant."""
    settings = command.settings
    if settings.norm_s <= 0:
        return Refusal("not-a-number", "the norm must be a positive number of seconds", {"field": "norm_s"})
    kinds = {kind.id for kind in settings.crew_kinds}
    for reason in settings.reasons:
        if reason.crew_kind is not None and reason.crew_kind not in kinds:
            return Refusal(
                "unknown-crew-kind",
                f"the reason {reason.id} asks for the crew kind {reason.crew_kind}, which does not exist",
                {"field": "reasons", "reason": reason.id, "crew_kind": reason.crew_kind},
            )
        if reason.priority not in (1, 2, 3):
            return Refusal(
                "bad-priority",
                f"the reason {reason.id} has the priority {reason.priority}: 1, 2 or 3 is possible",
                {"field": "reasons", "reason": reason.id, "priority": reason.priority},
            )
    if refused := _bad_call_taking(settings):
        return refused
    if region.settings == settings:
        return []
    return [Dated(events.RegionConfigured(settings=settings), now_ms)]


def _bad_call_taking(settings: RegionSettings) -> Refusal | None:
    """Return what the rules of call-taking name that is not there, or None."""
    reasons = {reason.id for reason in settings.reasons}
    if settings.unclear is not None and settings.unclear not in reasons:
        return unknown_reason(settings.unclear)
    there = {each.id for each in settings.instructions}
    named = [(reason.id, each) for reason in settings.reasons for each in reason.instructions]
    if settings.resuscitation is not None:
        named.append(("resuscitation", settings.resuscitation))
    for by, instruction in named:
        if instruction not in there:
            return Refusal(
                "unknown-instruction",
                f"{by} names the instruction {instruction}, which does not exist",
                {"field": "instructions", "reason": by, "instruction": instruction},
            )
    numbers = (settings.polyclinic_s, settings.lead_s, *settings.call_back_s)
    if len(settings.call_back_s) not in (0, 3) or min(numbers) <= 0:
        return Refusal(
            "not-a-number",
            "call-backs need a positive time for each of the three priorities, as do offers and journeys",
            {"field": "call_back_s"},
        )
    return None


def register_substation(
    region: Region, command: commands.RegisterSubstation, now_ms: int
) -> list[Dated] | Refusal:
    """Return the base's entry, or why it cannot be one."""
    place = command.substation
    if refused := bad_position(place.lat_deg, place.lon_deg) or bad_text(id=place.id, name=place.name):
        return refused
    if region.substations.get(place.id) == place:
        return []
    return [Dated(events.SubstationRegistered(substation=place), now_ms)]


def register_hospital(
    region: Region, command: commands.RegisterHospital, now_ms: int
) -> list[Dated] | Refusal:
    """Return the hospital's entry, or why it cannot be one."""
    place = command.hospital
    if refused := bad_position(place.lat_deg, place.lon_deg) or bad_text(id=place.id, name=place.name):
        return refused
    if region.hospitals.get(place.id) == place:
        return []
    return [Dated(events.HospitalRegistered(hospital=place), now_ms)]


def register_unit(region: Region, command: commands.RegisterUnit, now_ms: int) -> list[Dated] | Refusal:
    """Return the vehicle's entry, or why it cannot be one."""
    if region.settings is None:
        return NOT_CONFIGURED
    if refused := bad_text(unit=command.unit, call_sign=command.call_sign):
        return refused
    if region.settings.crew_kind(command.crew_kind) is None:
        return Refusal(
            "unknown-crew-kind",
            f"there is no crew kind {command.crew_kind!r}",
            {"field": "crew_kind", "crew_kind": command.crew_kind},
        )
    if command.substation is not None and command.substation not in region.substations:
        return Refusal(
            "unknown-substation",
            f"there is no substation {command.substation!r}",
            {"field": "substation", "substation": command.substation},
        )
    known_equipment = {each.id for each in region.settings.equipment}
    unknown = next((each for each in command.equipment or () if each not in known_equipment), None)
    if unknown is not None:
        return Refusal(
            "unknown-equipment",
            f"there is no equipment {unknown!r}",
            {"field": "equipment", "equipment": unknown},
        )
    event = events.UnitRegistered(
        unit=command.unit,
        call_sign=command.call_sign,
        crew_kind=command.crew_kind,
        vehicle_class=command.vehicle_class,
        substation=command.substation,
        equipment=command.equipment,
    )
    known = region.units.get(command.unit)
    if known is not None and event == events.UnitRegistered(
        unit=known.id,
        call_sign=known.call_sign,
        crew_kind=known.usual_kind or known.crew_kind,
        vehicle_class=known.vehicle_class,
        substation=known.substation,
        equipment=known.equipment,
    ):
        return []
    return [Dated(event, now_ms)]


def set_duty(region: Region, command: commands.SetDuty, now_ms: int) -> list[Dated] | Refusal:
    """Return the crew's change of duty, or why it cannot have it."""
    unit = region.units.get(command.unit)
    if unit is None:
        return unknown_unit(command.unit)
    if command.duty not in DUTIES:
        return Refusal(
            "unknown-status", f"there is no duty {command.duty!r}", {"field": "duty", "duty": command.duty}
        )
    if refused := bad_text(why=command.why):
        return refused
    until_ms = None if command.duty in ("on", "off") else command.until_ms
    if until_ms is not None and not now_ms < until_ms <= now_ms + LONGEST_PAUSE_MS:
        return Refusal(
            "time-in-the-future" if until_ms > now_ms else "time-too-old",
            "a break or a repair is expected to end within 62 days from now",
            {"field": "until_ms", "at_ms": until_ms, "now_ms": now_ms},
        )
    if unit.duty == command.duty and (until_ms is None or until_ms == unit.duty_until_ms):
        return []
    if command.duty not in (unit.duty, *DUTY_TRANSITIONS[unit.duty]):  # the same with another end is possible
        return Refusal(
            "duty-transition",
            f"unit {unit.id} cannot go from {unit.duty} to {command.duty}",
            {"unit": unit.id, "from": unit.duty, "to": command.duty},
        )
    active = region.active_assignment(unit.id)
    if active is not None and command.duty not in WHILE_BUSY:
        return unit_busy(active)
    changed = events.DutyChanged(unit=unit.id, duty=command.duty, why=command.why, until_ms=until_ms)
    return [Dated(changed, now_ms)]
