"""Forms: the journal of calls (109/у) and the call card (110/у) as data for printable pages. Pure.

The fields are those commonly found on the paper forms of Russian ambulance stations. Their legal form changes
by order of the ministry and must be checked before a printout is used as one.
"""

from __future__ import annotations

from dispatch.assignment import Assignment
from dispatch.incident import Incident
from dispatch.region import Region
from dispatch.response import ORDER, interval_ms, response_of

Form = dict[str, object]
# In place of what the reader may not see.
MASK = "•••"


def journal_109(region: Region, from_ms: int, to_ms: int, *, with_personal: bool) -> list[Form]:
    """Return the journal's lines: one a crew, one for a call to which none was sent, in order of calls."""
    lines: list[Form] = []
    found = region.calls.called_between(from_ms, to_ms)
    for incident in sorted(found, key=lambda each: (each.called_at_ms, each.number)):
        crews: list[Assignment | None] = [*region.assignments_of(incident.id)]
        lines += [_line(region, incident, crew, with_personal=with_personal) for crew in crews or [None]]
    return lines


def card_110(region: Region, assignment: str, *, with_personal: bool) -> Form:
    """Return one crew's call card.

    Raises:
        KeyError: there is no such assignment.
    """
    crew = region.assignments[assignment]
    incident = region.incidents[crew.incident]
    response = response_of(region, crew)
    hospital = None if crew.hospital is None else region.hospitals.get(crew.hospital)
    unit = region.units.get(crew.unit)
    return {
        **_line(region, incident, crew, with_personal=with_personal),
        "vehicle_class": None if unit is None else unit.vehicle_class,
        "call_sign": None if unit is None else unit.call_sign,
        "place_detail": incident.place.detail if with_personal else _masked(incident.place.detail),
        "phone": incident.phone if with_personal else _masked(incident.phone),
        "note": incident.note if with_personal else _masked(incident.note),
        "hospital_name": None if hospital is None else hospital.name,
        "times_ms": {name: response.times.get(name) for name in ORDER},
        "intervals_s": {
            name: None if (length := interval_ms(response.times, name)) is None else length / 1000
            for name in ("response", "response_from_notice", "scene", "transport", "handover", "task")
        },
        "entered_late": list(response.entered_late),
        # What a crew writes by hand: complaints, examination, diagnosis, treatment, signatures.
        "by_hand": [
            "complaints",
            "anamnesis",
            "examination",
            "diagnosis",
            "treatment",
            "result",
            "signatures",
        ],
    }


def _line(region: Region, incident: Incident, crew: Assignment | None, *, with_personal: bool) -> Form:
    times = {} if crew is None else crew.times
    reason = None if region.settings is None else region.settings.reason(incident.reason)
    return {
        "number": incident.number,
        "incident": incident.id,
        "assignment": None if crew is None else crew.id,
        "called_at_ms": incident.called_at_ms,
        "taken_by": incident.by,
        "place": incident.place.label if with_personal else _masked(incident.place.label),
        "patient": incident.patient if with_personal else _masked(incident.patient),
        "reason": incident.reason,
        "reason_ru": None if reason is None else reason.ru,
        "priority": incident.priority,
        "substation": None if crew is None else crew.substation,
        "crew_kind": None if crew is None else crew.crew_kind,
        "unit": None if crew is None else crew.unit,
        "sent_by": None if crew is None else crew.by,
        "notified_ms": times.get("notified"),
        "en_route_ms": times.get("en_route"),
        "on_scene_ms": times.get("on_scene"),
        "left_scene_ms": times.get("left_scene"),
        "at_hospital_ms": times.get("at_hospital"),
        "cleared_ms": times.get("cleared"),
        "status": None if crew is None else crew.status,
        "hospital": None if crew is None else crew.hospital,
        "outcome": incident.outcome,
        "ended_at_ms": incident.ended_at_ms,
    }


def _masked(text: str | None) -> str | None:
    """Return the mask; what was never told stays visibly absent."""
    return None if text is None else MASK
