"""Patients: the further patients of a call, beside the one that the caller spoke of first. Pure.

A call with more patients than crews have been at does not close itself with its last crew: whoever is still
lying there must not go with it.
"""

from __future__ import annotations

from dispatch import callcommands, callevents
from dispatch.events import Dated
from dispatch.incident import Patient
from dispatch.opencall import open_incident
from dispatch.refusal import Refusal, bad_text, missing
from dispatch.region import Region

FIRST_FURTHER = 2
# More than that is a major incident, where numbers are kept and no names.
MOST_PATIENTS = 50


def note_patient(region: Region, command: callcommands.NotePatient, now_ms: int) -> list[Dated] | Refusal:
    """Return the further patient's event."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("who", command.who) or bad_text(who=command.who, note=command.note):
        return refused
    number = command.patient
    if number is None:
        number = FIRST_FURTHER + len(incident.patients)
        if number > MOST_PATIENTS:
            return Refusal(
                "too-many",
                f"more than {MOST_PATIENTS} patients: declare a major incident",
                {"incident": incident.id, "most": MOST_PATIENTS},
            )
    else:
        known = _there(incident.patients, number)
        if known is None:
            return _unknown(incident.id, number)
        if (known.who, known.note) == (command.who, command.note):
            return []
    noted = callevents.PatientNoted(incident=incident.id, patient=number, who=command.who, note=command.note)
    return [Dated(noted, now_ms)]


def withdraw_patient(
    region: Region, command: callcommands.WithdrawPatient, now_ms: int
) -> list[Dated] | Refusal:
    """Return the event that there is no such further patient."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    if _there(incident.patients, command.patient) is None:
        return _unknown(incident.id, command.patient)
    withdrawn = callevents.PatientWithdrawn(incident=incident.id, patient=command.patient, why=command.why)
    return [Dated(withdrawn, now_ms)]


def unattended(region: Region, incident: str) -> int:
    """Return how many patients of a call no crew has been at, as far as crews can be counted for patients.

    Those of calls that follow this one count with it. Never negative.
    """
    here = region.incidents[incident]
    following = [
        each for each in map(region.incidents.__getitem__, region.open_incidents) if each.follows == here.id
    ]
    patients = here.heads + sum(each.heads - 1 for each in following)
    crews = sum(each.arrived_ms is not None for each in region.assignments_of(incident))
    return max(0, patients - crews)


def _there(patients: tuple[Patient, ...], number: int) -> Patient | None:
    return next((each for each in patients if each.number == number and each.withdrawn is None), None)


def _unknown(incident: str, patient: int) -> Refusal:
    return Refusal(
        "unknown-patient",
        f"incident {incident} has no further patient {patient}",
        {"incident": incident, "patient": patient},
    )
