"""Declaring: a call becomes a major incident, is led as one, and is stood down. Pure."""

from __future__ import annotations

from dispatch import majorcommands, majorevents
from dispatch.events import Dated, IncidentClosed
from dispatch.incident import Incident
from dispatch.link import after_main, unlinked
from dispatch.major import Major
from dispatch.majorcommands import MajorCommand
from dispatch.opencall import open_incident
from dispatch.priority import by_person
from dispatch.refusal import NOT_CONFIGURED, Refusal, bad_place, bad_text, missing, unknown_hospital
from dispatch.region import Region

# More patients, beds or crews than this is a typing error.
MOST = 10_000


def lead(region: Region, command: MajorCommand, now_ms: int) -> list[Dated] | Refusal:
    """Return the events that follow from the command, or why it is refused."""
    if isinstance(command, majorcommands.DeclareMajor):
        return _declare(region, command, now_ms)
    major = _open_major(region, command.incident)
    if isinstance(major, Refusal):
        return major
    match command:
        case majorcommands.CountTriage():
            return _triage(major, command, now_ms)
        case majorcommands.SetStaging():
            return _stage(major, command, now_ms)
        case majorcommands.PromiseBeds():
            return _beds(region, major, command, now_ms)
        case majorcommands.SetReserve():
            return _reserve(major, command, now_ms)
        case majorcommands.StandDown():
            if refused := bad_text(note=command.note):
                return refused
            over = majorevents.MajorStoodDown(incident=major.incident, note=command.note)
            return [Dated(over, now_ms), *_ended_with_it(region, major, now_ms)]


def stood_down(region: Region, incident: str, now_ms: int) -> list[Dated]:
    """Return what ends a major incident together with its call; nothing for any other call."""
    major = region.majors.get(incident)
    if major is None or not major.open:
        return []
    return [Dated(majorevents.MajorStoodDown(incident=incident), now_ms)]


def _declare(region: Region, command: majorcommands.DeclareMajor, now_ms: int) -> list[Dated] | Refusal:
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if region.settings is None:
        return NOT_CONFIGURED
    if refused := bad_text(note=command.note):
        return refused
    known = region.majors.get(incident.id)
    plan = region.settings.major
    scale = plan.scales[0] if command.scale is None and plan.scales else plan.scale(command.scale or "")
    if scale is None:
        return Refusal(
            "unknown-scale",
            f"the plan for major incidents has no scale {command.scale!r}",
            {"field": "scale", "value": command.scale},
        )
    if known is not None and known.open:
        if command.scale in (None, known.scale):
            return []
        scaled = majorevents.MajorScaled(incident=incident.id, scale=scale.id, crews=scale.crews)
        return [Dated(scaled, now_ms)]
    declared = majorevents.MajorDeclared(
        incident=incident.id, scale=scale.id, crews=scale.crews, note=command.note
    )
    graver = by_person(region, incident, 1, "major incident", now_ms)
    if isinstance(graver, Refusal):
        return graver
    # It needs crews of its own, whatever call it was thought to tell of.
    apart = [] if incident.follows is None else unlinked(incident, "major-incident", now_ms)
    return [*apart, Dated(declared, now_ms), *graver]


def _triage(major: Major, command: majorcommands.CountTriage, now_ms: int) -> list[Dated] | Refusal:
    counts = {
        "red": command.red,
        "yellow": command.yellow,
        "green": command.green,
        "black": command.black,
    }
    for colour, count in counts.items():
        if refused := _bad_count(colour, count):
            return refused
    last = major.triage
    if last is not None and counts == {colour: getattr(last, colour) for colour in counts}:
        return []
    return [Dated(majorevents.TriageCounted(incident=major.incident, **counts), now_ms)]


def _stage(major: Major, command: majorcommands.SetStaging, now_ms: int) -> list[Dated] | Refusal:
    if command.place == major.staging:
        return []
    if command.place is not None and (refused := bad_place(command.place)):
        return refused
    return [Dated(majorevents.StagingSet(incident=major.incident, place=command.place), now_ms)]


def _reserve(major: Major, command: majorcommands.SetReserve, now_ms: int) -> list[Dated] | Refusal:
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    if command.reserve is not None and (refused := _bad_count("reserve", command.reserve)):
        return refused
    kept = majorevents.ReserveSet(incident=major.incident, reserve=command.reserve, why=command.why)
    return [Dated(kept, now_ms)]


def _beds(
    region: Region, major: Major, command: majorcommands.PromiseBeds, now_ms: int
) -> list[Dated] | Refusal:
    if command.hospital not in region.hospitals:
        return unknown_hospital(command.hospital)
    if refused := _bad_count("beds", command.beds):
        return refused
    if major.beds.get(command.hospital) == command.beds:
        return []
    promised = majorevents.BedsPromised(incident=major.incident, hospital=command.hospital, beds=command.beds)
    return [Dated(promised, now_ms)]


def _ended_with_it(region: Region, major: Major, now_ms: int) -> list[Dated]:
    """Close the call whose crews have all cleared: only the major incident had kept it open."""
    sent = region.assignments_of(major.incident)
    there = [each for each in sent if each.arrived_ms is not None]
    if not there or any(each.open for each in sent):
        return []
    carried = any({"left_scene", "at_hospital"} & each.times.keys() for each in there)
    outcome = "transported" if carried else "treated_on_scene"
    closed = IncidentClosed(incident=major.incident, outcome=outcome, automatic=True)
    return [Dated(closed, now_ms), *after_main(region, major.incident, now_ms, helped=True)]


def _open_major(region: Region, incident: str) -> Major | Refusal:
    found: Incident | Refusal = open_incident(region, incident)
    if isinstance(found, Refusal):
        return found
    major = region.majors.get(incident)
    if major is None or not major.open:
        return Refusal("not-major", f"incident {incident} is no major incident", {"incident": incident})
    return major


def _bad_count(field: str, count: int) -> Refusal | None:
    if 0 <= count <= MOST:
        return None
    return Refusal("not-a-number", f"{field} must be from 0 to {MOST}", {"field": field})
