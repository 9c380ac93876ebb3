"""Told: what a call-taking event changes in its call. Pure; the part of the fold that is about one call."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch import callevents
from dispatch.callevents import CallTaking
from dispatch.condition import Condition, after
from dispatch.events import Envelope
from dispatch.handover import HandOver
from dispatch.incident import Incident, Patient


def told(incident: Incident, event: CallTaking, envelope: Envelope) -> Incident:  # noqa: PLR0911  # one case an event, as a table
    """Return the call as it is after the event."""
    match event:
        case callevents.PatientAssessed():
            return _spoken(
                incident, Condition(conscious=event.conscious, breathing=event.breathing), envelope
            )
        case callevents.PatientCalledBack(reached=True):
            return _spoken(
                incident, Condition(conscious=event.conscious, breathing=event.breathing), envelope
            )
        case callevents.PatientCalledBack():
            return replace(incident, rung_ms=envelope.at_ms, tries=incident.tries + 1)
        case callevents.PriorityChanged():
            return replace(incident, priority=event.priority)
        case callevents.IncidentDescribed():
            return _described(incident, event)
        case callevents.InstructionGiven():
            return incident
        case callevents.IncidentLinked():
            return replace(incident, linked_to=event.main, same_patient=event.same_patient)
        case callevents.IncidentUnlinked():
            return replace(incident, linked_to=None, same_patient=False)
        case callevents.PatientNoted():
            noted = Patient(number=event.patient, who=event.who, note=event.note)
            if any(each.number == event.patient for each in incident.patients):
                kept = (noted if each.number == event.patient else each for each in incident.patients)
                return replace(incident, patients=tuple(kept))
            return replace(incident, patients=(*incident.patients, noted))
        case callevents.PatientWithdrawn():
            gone = (
                replace(each, withdrawn=event.why) if each.number == event.patient else each
                for each in incident.patients
            )
            return replace(incident, patients=tuple(gone))
        case callevents.HandOverOffered() | callevents.HandOverAccepted() | callevents.HandOverReturned():
            return replace(incident, hand_over=_handed(incident.hand_over, event, envelope.at_ms))


def _spoken(incident: Incident, answered: Condition, envelope: Envelope) -> Incident:
    condition = after(incident.condition, answered)
    return replace(incident, condition=condition, spoken_ms=envelope.at_ms, rung_ms=None, tries=0)


def _described(incident: Incident, event: callevents.IncidentDescribed) -> Incident:
    place = incident.place if event.detail is None else replace(incident.place, detail=event.detail)
    return replace(
        incident,
        reason=event.reason or incident.reason,
        phone=incident.phone if event.phone is None else event.phone,
        patient=incident.patient if event.patient is None else event.patient,
        note=incident.note if event.note is None else event.note,
        place=place,
    )


def _handed(
    before: HandOver | None,
    event: callevents.HandOverOffered | callevents.HandOverAccepted | callevents.HandOverReturned,
    at_ms: int,
) -> HandOver:
    if isinstance(event, callevents.HandOverOffered):
        return HandOver(state="offered", polyclinic=event.polyclinic, since_ms=at_ms, until_ms=event.until_ms)
    until_ms = at_ms if before is None else before.until_ms
    if isinstance(event, callevents.HandOverAccepted):
        return HandOver(
            state="accepted",
            polyclinic=event.polyclinic,
            since_ms=at_ms,
            until_ms=until_ms,
            accepted_by=event.accepted_by,
        )
    return HandOver(
        state="returned", polyclinic=event.polyclinic, since_ms=at_ms, until_ms=until_ms, why=event.why
    )
