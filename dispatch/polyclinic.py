"""Polyclinic: an urgent call is offered to it, and is ours until a person there accepts. Pure.

An offer changes nothing but that somebody is asked: the call stays in the queue, its time runs on, crews may
be sent to it (which ends the offer), and none is called off for it. Who does not answer in time has said no.
Only urgent calls that no crew is bound to are offered; one whose patient gets worse comes back by itself.
"""

from __future__ import annotations

from dispatch import callcommands, callevents, events
from dispatch.events import Dated
from dispatch.handover import RETURNED_WHY, TRANSITIONS, HandOver, HandOverState
from dispatch.incident import Incident
from dispatch.link import after_main
from dispatch.opencall import open_incident
from dispatch.priority import URGENT
from dispatch.refusal import Refusal, bad_text, missing
from dispatch.region import Region

OUTCOME = "handed_to_polyclinic"


def offer(region: Region, command: callcommands.OfferHandOver, now_ms: int) -> list[Dated] | Refusal:
    """Return the offer, or why it cannot be made."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    settings = region.settings
    known = () if settings is None else settings.polyclinics
    if settings is None or command.polyclinic not in {each.id for each in known}:
        return Refusal(
            "unknown-polyclinic",
            f"there is no polyclinic {command.polyclinic!r}",
            {"field": "polyclinic", "polyclinic": command.polyclinic},
        )
    if refused := bad_text(note=command.note):
        return refused
    standing = incident.hand_over
    if standing is not None and (standing.state, standing.polyclinic) == ("offered", command.polyclinic):
        return []
    if refused := _cannot_become(incident, "offered"):
        return refused
    if incident.priority != URGENT:
        return Refusal(
            "not-urgent-only",
            f"call {incident.id} has the priority {incident.priority}: a polyclinic takes urgent calls only",
            {"incident": incident.id, "priority": incident.priority},
        )
    if bound := [each for each in region.assignments_of(incident.id) if each.open]:
        return Refusal(
            "crew-bound",
            f"crew {bound[0].unit} goes to call {incident.id}",
            {"incident": incident.id, "unit": bound[0].unit},
        )
    made = callevents.HandOverOffered(
        incident=incident.id,
        polyclinic=command.polyclinic,
        until_ms=now_ms + settings.polyclinic_s * 1000,
        note=command.note,
    )
    return [Dated(made, now_ms)]


def accept(region: Region, command: callcommands.AcceptHandOver, now_ms: int) -> list[Dated] | Refusal:
    """Return that a person at the polyclinic took the call, with which it ends here."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := missing("accepted_by", command.accepted_by) or bad_text(accepted_by=command.accepted_by):
        return refused
    if refused := _cannot_become(incident, "accepted"):
        return refused
    standing = incident.hand_over
    assert standing is not None  # noqa: S101  # only an offer can be accepted, as the table says
    taken = callevents.HandOverAccepted(
        incident=incident.id, polyclinic=standing.polyclinic, accepted_by=command.accepted_by
    )
    closed = events.IncidentClosed(incident=incident.id, outcome=OUTCOME, note=command.accepted_by)
    return [
        Dated(taken, now_ms),
        Dated(closed, now_ms),
        *after_main(region, incident.id, now_ms, helped=False),  # a clinician will be there; nobody was yet
    ]


def give_back(region: Region, command: callcommands.ReturnHandOver, now_ms: int) -> list[Dated] | Refusal:
    """Return that the call is ours; a time-out counts only when the time is up."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if command.why not in RETURNED_WHY:
        return Refusal(
            "unknown-status", f"{command.why!r} is no reason", {"field": "why", "value": command.why}
        )
    if refused := bad_text(note=command.note):
        return refused
    if refused := _cannot_become(incident, "returned"):
        return refused
    standing = incident.hand_over
    if command.why == "timed_out" and standing is not None and now_ms < standing.until_ms:
        return Refusal(
            "bad-transition",
            "the polyclinic may still answer",
            {"incident": incident.id, "until_ms": standing.until_ms},
        )
    return returned(incident, command, now_ms)


def returned(incident: Incident, command: callcommands.ReturnHandOver, now_ms: int) -> list[Dated]:
    """Return the end of the call's offer, where one stands."""
    standing = incident.hand_over
    if standing is None or standing.state != "offered":
        return []
    back = callevents.HandOverReturned(
        incident=incident.id, polyclinic=standing.polyclinic, why=command.why, note=command.note
    )
    return [Dated(back, now_ms)]


def timed_out(region: Region, now_ms: int) -> list[callcommands.ReturnHandOver]:
    """Return what is to be asked of the region because nobody accepted in time."""
    offered = [
        (each.id, each.hand_over)
        for each in map(region.incidents.__getitem__, region.open_incidents)
        if each.hand_over is not None and each.hand_over.state == "offered"
    ]
    return [
        callcommands.ReturnHandOver(incident=incident, why="timed_out")
        for incident, standing in offered
        if standing.until_ms <= now_ms
    ]


def _cannot_become(incident: Incident, state: HandOverState) -> Refusal | None:
    standing: HandOver | None = incident.hand_over
    before = None if standing is None else standing.state
    if state in TRANSITIONS[before]:
        return None
    return Refusal(
        "bad-transition",
        f"the hand-over of call {incident.id} is {before or 'not asked for'} and cannot be {state}",
        {"incident": incident.id, "from": before, "to": state},
    )
