"""Link: several calls about one event, tied together and untied again by a person. Pure.

A linked call stays what it is: its number, times, priority, phone and patient are its own, and it stands in
the queue beside the call that it belongs to. Only one that is about the same patient needs no crew of its own
while it is linked; it then ends with that call, and whatever could hide a patient unties it instead: a crew
that is sent to it, a cancellation of the other call, a further patient of its own.
"""

from __future__ import annotations

from dispatch import callcommands, callevents, events
from dispatch.events import Dated
from dispatch.incident import Incident
from dispatch.opencall import open_incident
from dispatch.priority import raised
from dispatch.refusal import Refusal, bad_text
from dispatch.region import Region


def link_incident(region: Region, command: callcommands.LinkIncident, now_ms: int) -> list[Dated] | Refusal:
    """Return the link, and the priority that the main call gets by it where this one is graver."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    main = open_incident(region, command.main)
    if isinstance(main, Refusal):
        return main
    if (incident.linked_to, incident.same_patient) == (main.id, command.same_patient):
        return []
    if refused := _unfit(region, incident, main, same_patient=command.same_patient):
        return refused
    linked = callevents.IncidentLinked(incident=incident.id, main=main.id, same_patient=command.same_patient)
    decided = [Dated(linked, now_ms)]
    if not command.same_patient:
        return decided
    if incident.hand_over is not None and incident.hand_over.state == "offered":
        back = callevents.HandOverReturned(
            incident=incident.id, polyclinic=incident.hand_over.polyclinic, why="linked"
        )
        decided.append(Dated(back, now_ms))
    return [*decided, *raised(region, main, incident.priority, "linked", now_ms)]


def unlink_incident(
    region: Region, command: callcommands.UnlinkIncident, now_ms: int
) -> list[Dated] | Refusal:
    """Return the end of the link; nothing for a call that has none."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := bad_text(why=command.why):
        return refused
    return unlinked(incident, command.why, now_ms)


def unlinked(incident: Incident, why: str | None, now_ms: int) -> list[Dated]:
    """Return the end of the call's link, where it has one."""
    if incident.linked_to is None:
        return []
    event = callevents.IncidentUnlinked(incident=incident.id, main=incident.linked_to, why=why)
    return [Dated(event, now_ms)]


def linked_to(region: Region, main: str) -> list[Incident]:
    """Return the open calls that are linked to a call."""
    return [
        each for each in map(region.incidents.__getitem__, region.open_incidents) if each.linked_to == main
    ]


def after_main(region: Region, main: str, at_ms: int, *, helped: bool) -> list[Dated]:
    """Return what becomes of the calls that are linked to one that ends.

    Args:
        region: the state of things.
        main: the call that ends.
        at_ms: when it ends.
        helped: somebody was there for it; else it was cancelled, and what others told may still be true.
    """
    decided: list[Dated] = []
    for each in linked_to(region, main):
        if helped and each.same_patient and each.heads == 1:
            ended = events.IncidentClosed(incident=each.id, outcome="linked", note=main, automatic=True)
            decided.append(Dated(ended, at_ms))
        else:
            decided += unlinked(each, "main-ended" if helped else "main-cancelled", at_ms)
    return decided


def _unfit(region: Region, incident: Incident, main: Incident, *, same_patient: bool) -> Refusal | None:
    if incident.id == main.id:
        return Refusal("bad-link", "a call cannot be linked to itself", {"incident": incident.id})
    if main.linked_to is not None:
        return Refusal(
            "bad-link",
            f"call {main.id} belongs to call {main.linked_to}: link it there",
            {"incident": incident.id, "main": main.linked_to},
        )
    if incident.linked_to not in (None, main.id):
        return Refusal(
            "bad-link",
            f"call {incident.id} belongs to call {incident.linked_to}: unlink it first",
            {"incident": incident.id, "main": incident.linked_to},
        )
    if others := linked_to(region, incident.id):
        return Refusal(
            "bad-link",
            f"call {others[0].id} is linked to call {incident.id}: unlink it first",
            {"incident": incident.id, "linked": others[0].id},
        )
    major = region.majors.get(incident.id)
    if same_patient and major is not None and major.open:
        return Refusal(
            "major-cannot-follow",
            f"call {incident.id} is a major incident: link call {main.id} to it",
            {"incident": incident.id, "main": main.id},
        )
    if same_patient and (bound := [each for each in region.assignments_of(incident.id) if each.open]):
        return Refusal(
            "crew-bound",
            f"crew {bound[0].unit} goes to call {incident.id}: link the other call to this one, or recall it",
            {"incident": incident.id, "unit": bound[0].unit},
        )
    return None
