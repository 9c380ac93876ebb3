"""Attend: what call-taking asks of a region → events, or a refusal; as `decide` decides. Pure."""

from __future__ import annotations

from dispatch import callcommands, callevents
from dispatch.callback import record_call_back
from dispatch.callcommands import AboutHazard, CallTaking
from dispatch.condition import ANSWERS, Condition, after
from dispatch.events import Dated
from dispatch.hazard import LONGEST_MS, hazards_at
from dispatch.incident import Incident
from dispatch.link import link_incident, unlink_incident, unlinked
from dispatch.opencall import open_incident
from dispatch.patients import note_patient, withdraw_patient
from dispatch.polyclinic import accept, give_back, offer, returned
from dispatch.priority import PRIORITIES, bad_priority, by_person, raised, set_priority
from dispatch.refusal import Refusal, bad_place, bad_text, missing, unknown_reason
from dispatch.region import Region

Decision = list[Dated] | Refusal


def attend(region: Region, command: CallTaking | AboutHazard, now_ms: int) -> Decision:  # noqa: C901  # one case a command, as a table
    """Return the events that follow from the command, or why it is refused."""
    decision: Decision
    match command:
        case callcommands.AssessPatient():
            decision = _assess(region, command, now_ms)
        case callcommands.RecordCallBack():
            decision = bad_answers(command.condition) or record_call_back(region, command, now_ms)
        case callcommands.SetPriority():
            decision = set_priority(region, command, now_ms)
        case callcommands.DescribeIncident():
            decision = _describe(region, command, now_ms)
        case callcommands.GiveInstruction():
            decision = _give_instruction(region, command, now_ms)
        case callcommands.LinkIncident():
            decision = link_incident(region, command, now_ms)
        case callcommands.UnlinkIncident():
            decision = unlink_incident(region, command, now_ms)
        case callcommands.NotePatient():
            decision = note_patient(region, command, now_ms)
        case callcommands.WithdrawPatient():
            decision = withdraw_patient(region, command, now_ms)
        case callcommands.OfferHandOver():
            decision = offer(region, command, now_ms)
        case callcommands.AcceptHandOver():
            decision = accept(region, command, now_ms)
        case callcommands.ReturnHandOver():
            decision = give_back(region, command, now_ms)
        case callcommands.NoteHazard():
            decision = _note_hazard(region, command, now_ms)
        case callcommands.WithdrawHazard():
            decision = _withdraw_hazard(region, command, now_ms)
    return decision


def before_sending(incident: Incident, now_ms: int) -> list[Dated]:
    """Return what a crew's being sent ends: a link that said that none was needed, a polyclinic's offer."""
    ended = [] if incident.follows is None else unlinked(incident, "crew-sent", now_ms)
    back = callcommands.ReturnHandOver(incident=incident.id, why="crew_sent")
    return [*ended, *returned(incident, back, now_ms)]


def warned_of(region: Region, incident: Incident, now_ms: int) -> tuple[str, ...]:
    """Return the ids of what is known of the address: whoever is sent is shown it, and that is recorded."""
    found = hazards_at(region.hazards, region.hazard_cells, incident.place, now_ms)
    return tuple(each.id for each in found)


def bad_answers(condition: Condition) -> Refusal | None:
    """Return why these are no answers, or None."""
    for field, answer in (("conscious", condition.conscious), ("breathing", condition.breathing)):
        if answer is not None and answer not in ANSWERS:
            return Refusal("unknown-status", f"{answer!r} is no answer", {"field": field, "value": answer})
    return None


def _assess(region: Region, command: callcommands.AssessPatient, now_ms: int) -> Decision:
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if refused := bad_answers(command.condition):
        return refused
    answered = command.condition
    if answered == Condition() or answered == incident.condition:
        return []
    assessed = callevents.PatientAssessed(
        incident=incident.id, conscious=answered.conscious, breathing=answered.breathing
    )
    demanded = after(incident.condition, answered).priority
    return [Dated(assessed, now_ms), *raised(region, incident, demanded, "answers", now_ms)]


def _describe(region: Region, command: callcommands.DescribeIncident, now_ms: int) -> Decision:
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    reason = None
    if command.reason is not None:
        reason = None if region.settings is None else region.settings.reason(command.reason)
        if reason is None:
            return unknown_reason(command.reason)
    if refused := bad_text(
        phone=command.phone, patient=command.patient, note=command.note, detail=command.detail
    ):
        return refused
    told = {
        "reason": (command.reason, incident.reason),
        "phone": (command.phone, incident.phone),
        "patient": (command.patient, incident.patient),
        "note": (command.note, incident.note),
        "detail": (command.detail, incident.place.detail),
    }
    new = {name: value for name, (value, before) in told.items() if value is not None and value != before}
    decided: list[Dated] = []
    if new:
        decided.append(Dated(callevents.IncidentDescribed(incident=incident.id, **new), now_ms))
    if command.priority is None:
        graver = None if reason is None else reason.priority
        return [*decided, *raised(region, incident, graver, "reason", now_ms)]
    if command.priority not in PRIORITIES:
        return bad_priority(command.priority)
    demanded = None if incident.condition is None else incident.condition.priority
    if demanded is not None and command.priority > demanded:
        return Refusal(
            "answers-are-graver",
            f"the answers to the first questions ask for the priority {demanded}",
            {"field": "priority", "priority": demanded},
        )
    changed = by_person(region, incident, command.priority, None, now_ms)
    return changed if isinstance(changed, Refusal) else [*decided, *changed]


def _give_instruction(region: Region, command: callcommands.GiveInstruction, now_ms: int) -> Decision:
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    known = () if region.settings is None else region.settings.instructions
    if command.instruction not in {each.id for each in known}:
        return Refusal(
            "unknown-instruction",
            f"there is no instruction {command.instruction!r}",
            {"field": "instruction", "instruction": command.instruction},
        )
    given = callevents.InstructionGiven(incident=incident.id, instruction=command.instruction)
    return [Dated(given, now_ms)]


def _note_hazard(region: Region, command: callcommands.NoteHazard, now_ms: int) -> Decision:
    if refused := bad_place(command.place) or missing("text", command.text) or bad_text(text=command.text):
        return refused
    if not now_ms < command.until_ms <= now_ms + LONGEST_MS:
        return Refusal(
            "bad-end",
            "a hazard ends after now and within a year; it can be noted again",
            {"field": "until_ms", "until_ms": command.until_ms, "now_ms": now_ms},
        )
    noted = callevents.HazardNoted(
        hazard=f"hazard-{region.seq + 1}", place=command.place, text=command.text, until_ms=command.until_ms
    )
    return [Dated(noted, now_ms)]


def _withdraw_hazard(region: Region, command: callcommands.WithdrawHazard, now_ms: int) -> Decision:
    known = region.hazards.get(command.hazard)
    if known is None:
        return Refusal("unknown-hazard", f"there is no hazard {command.hazard!r}", {"hazard": command.hazard})
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    if known.withdrawn is not None:
        return []
    return [Dated(callevents.HazardWithdrawn(hazard=known.id, why=command.why), now_ms)]
