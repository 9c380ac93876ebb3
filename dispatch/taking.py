"""Taking: a call becomes an incident. Pure."""

from __future__ import annotations

from dispatch import callevents, commands, events
from dispatch.attend import bad_answers
from dispatch.condition import Condition
from dispatch.events import Dated
from dispatch.journey import FARTHEST_MS, Journey
from dispatch.ownership import owner_of
from dispatch.patients import FIRST_FURTHER, MOST_PATIENTS
from dispatch.priority import PRIORITIES, bad_priority
from dispatch.refusal import (
    NOT_CONFIGURED,
    Refusal,
    bad_place,
    bad_text,
    in_the_future,
    missing,
    unknown_hospital,
    unknown_reason,
)
from dispatch.region import Region
from dispatch.workplace import desk_for
from dispatch.zone import zone_of

# Clocks of phones and of this service differ by so much without anybody being wrong.
CLOCK_TOLERANCE_MS = 5_000
# A paper call may be entered late, yet not from another month.
OLDEST_CALL_MS = 31 * 86_400_000


def create_incident(
    region: Region, command: commands.CreateIncident, now_ms: int, day: str
) -> list[Dated] | Refusal:
    """Return the new call's events: the call, what was answered, its further patients; see `decide`."""
    if region.settings is None:
        return NOT_CONFIGURED
    name = region.settings.unclear if command.reason is None else command.reason
    if name is None:
        return Refusal("field-missing", "reason is missing", {"field": "reason"})
    reason = region.settings.reason(name)
    if reason is None:
        return unknown_reason(name)
    priority = reason.priority if command.priority is None else command.priority
    if priority not in PRIORITIES:
        return bad_priority(priority)
    answered = command.condition or Condition()
    if (
        refused := bad_place(command.place)
        or bad_text(phone=command.phone, patient=command.patient, note=command.note)
        or bad_answers(answered)
        or _bad_patients(command.patients)
        or _bad_journey(region, command.journey, now_ms)
    ):
        return refused
    called_at_ms = now_ms if command.called_at_ms is None else command.called_at_ms
    if called_at_ms > now_ms + CLOCK_TOLERANCE_MS:
        return in_the_future("called_at_ms", called_at_ms, now_ms)
    if called_at_ms < now_ms - OLDEST_CALL_MS:
        return Refusal(
            "time-too-old",
            "a call can be entered up to 31 days late",
            {"field": "called_at_ms", "at_ms": called_at_ms, "now_ms": now_ms},
        )
    zone = zone_of(region.settings.zones, region.substations, command.place.lat_deg, command.place.lon_deg)
    number = region.counters.get(day, 0) + 1
    created = events.IncidentCreated(
        incident=f"{day}-{number}",
        number=number,
        day=day,
        place=command.place,
        reason=name,
        priority=min(priority, answered.priority or priority),
        called_at_ms=min(called_at_ms, now_ms),
        norm_s=region.settings.norm_s,
        phone=command.phone,
        patient=command.patient,
        note=command.note,
        journey=command.journey,
        zone=zone,
        owner=desk_for(
            region.settings, region.posts, zone, (owner_of(region, each) for each in region.open_incidents)
        ),
    )
    decided = [Dated(created, now_ms)]
    if answered != Condition():
        assessed = callevents.PatientAssessed(
            incident=created.incident, conscious=answered.conscious, breathing=answered.breathing
        )
        decided.append(Dated(assessed, now_ms))
    for patient, who in enumerate(command.patients, FIRST_FURTHER):
        noted = callevents.PatientNoted(incident=created.incident, patient=patient, who=who)
        decided.append(Dated(noted, now_ms))
    return decided


def _bad_patients(patients: tuple[str, ...]) -> Refusal | None:
    if len(patients) >= MOST_PATIENTS:
        return Refusal("too-many", f"more than {MOST_PATIENTS} patients", {"most": MOST_PATIENTS})
    for who in patients:
        if refused := missing("patients", who) or bad_text(patients=who):
            return refused
    return None


def _bad_journey(region: Region, journey: Journey | None, now_ms: int) -> Refusal | None:
    if journey is None:
        return None
    if not now_ms - OLDEST_CALL_MS <= journey.due_ms <= now_ms + FARTHEST_MS:
        return Refusal(
            "bad-end",
            "a journey is due within three months",
            {"field": "due_ms", "due_ms": journey.due_ms, "now_ms": now_ms},
        )
    if journey.hospital is not None and journey.hospital not in region.hospitals:
        return unknown_hospital(journey.hospital)
    return None
