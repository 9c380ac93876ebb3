"""Unit queue: the calls that wait for a busy crew, and how they start, by themselves, when it clears. Pure.

A queue holds only while its crew is bound: when the crew is free the first call starts, and when it cannot
go (it refused, broke down, went off) its calls wait openly again. So no call is kept by a crew that will not
come, and no crew is in two places.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch import callevents, events
from dispatch.attend import before_sending, warned_of
from dispatch.attendance import breaks_reserve, free_crews
from dispatch.events import Dated, Event
from dispatch.queued import CallQueued, CallUnqueued, Left, QueueCall, Queued, UnqueueCall
from dispatch.refusal import Refusal, bad_text, unknown_unit
from dispatch.region import Region

LONGEST_QUEUE = 5


def change_queue(region: Region, command: QueueCall | UnqueueCall, now_ms: int) -> list[Dated] | Refusal:
    """Return the event that puts a call behind a busy crew or takes it away, or why that cannot be."""
    incident = region.incidents.get(command.incident)
    if incident is None:
        return Refusal(
            "unknown-incident", f"there is no incident {command.incident!r}", {"incident": command.incident}
        )
    if command.unit not in region.units:
        return unknown_unit(command.unit)
    if refused := bad_text(why=command.why):
        return refused
    waiting = region.queues.get(command.unit, ())
    there = any(each.incident == incident.id for each in waiting)
    if isinstance(command, UnqueueCall):
        if not there:
            return []
        taken = CallUnqueued(incident=incident.id, unit=command.unit, left="taken_away", why=command.why)
        return [Dated(taken, now_ms)]
    if not incident.open:
        return Refusal(
            "already-closed",
            f"incident {incident.id} is {incident.ending}",
            {"incident": incident.id, "ending": incident.ending, "ended_at_ms": incident.ended_at_ms},
        )
    if there:
        return []
    return _no_place(region, incident.id, command.unit, waiting) or [
        Dated(CallQueued(incident=incident.id, unit=command.unit, why=command.why), now_ms)
    ]


def _no_place(region: Region, incident: str, unit: str, waiting: tuple[Queued, ...]) -> Refusal | None:
    active = region.active_assignment(unit)
    if active is None or region.units[unit].duty != "on":
        return Refusal(
            "unit-not-busy",
            f"unit {unit} has no call to wait behind: send it, or bring it on duty",
            {"unit": unit, "state": region.unit_state(unit)},
        )
    if active.incident == incident:
        return Refusal(
            "already-assigned-here",
            f"unit {unit} is {active.status} on incident {incident}",
            {"unit": unit, "incident": incident, "assignment": active.id, "state": active.status},
        )
    other = next(
        (one for one, queue in region.queues.items() for each in queue if each.incident == incident), None
    )
    if other is not None:
        return Refusal(
            "queued-elsewhere",
            f"incident {incident} waits for unit {other} already: take it away there first",
            {"incident": incident, "unit": other},
        )
    if len(waiting) >= LONGEST_QUEUE:
        return Refusal(
            "queue-full",
            f"{len(waiting)} calls wait for unit {unit} already",
            {"unit": unit, "most": LONGEST_QUEUE},
        )
    return None


def follow(region: Region, decided: list[Dated], now_ms: int) -> list[Dated]:
    """Return what was decided, and what follows from it for the queues."""
    if not region.queues or not decided:
        return decided
    facts = [dated.event for dated in decided]
    sent_units = {each.unit for each in facts if isinstance(each, events.CrewAssigned)}
    left: dict[str, Left] = {}
    for fact in facts:
        if isinstance(fact, events.IncidentClosed | events.IncidentCancelled):
            left[fact.incident] = "call_ended"
        elif isinstance(fact, callevents.IncidentLinked) and fact.same_patient:
            left[fact.incident] = "linked"
        elif isinstance(fact, events.CrewAssigned):
            left.setdefault(fact.incident, "another_crew")
    queues = {
        unit: [each for each in queue if each.incident not in left] for unit, queue in region.queues.items()
    }
    follows = [
        Dated(CallUnqueued(incident=each.incident, unit=each.unit, left=left[each.incident]), now_ms)
        for queue in region.queues.values()
        for each in queue
        if each.incident in left
    ]
    for fact in facts:
        if isinstance(fact, events.StatusChanged) and fact.status in ENDED and fact.unit not in sent_units:
            started = fact.status in STARTS and region.units[fact.unit].duty == "on"
            follows += (
                _start(region, queues, facts, fact.unit, now_ms)
                if started
                else _dissolve(queues, fact.unit, now_ms)
            )
        elif isinstance(fact, events.DutyChanged) and fact.duty != "on":
            follows += _dissolve(queues, fact.unit, now_ms)
    return [*decided, *follows]


# When the next call starts: its crew is done, was called off, or was freed for a call that got another one.
# A crew that refused its call says that it cannot go.
STARTS = frozenset({"cleared", "cancelled", "pre_empted"})
ENDED = STARTS | {"refused"}


def _start(
    region: Region, queues: dict[str, list[Queued]], facts: Sequence[Event], unit: str, now_ms: int
) -> list[Dated]:
    """Send the crew to the first call that may have it; `facts` are what was decided so far."""
    waiting = queues.get(unit, [])
    gone = {each.unit for each in facts if isinstance(each, events.CrewAssigned)}
    left = free_crews(region) - sum(each in region.units and each not in region.active for each in gone)
    kept: list[Dated] = []
    while waiting and waiting[0].why is None and breaks_reserve(region, waiting[0].incident, left):
        held = waiting.pop(0)
        kept.append(Dated(CallUnqueued(incident=held.incident, unit=unit, left="kept_in_reserve"), now_ms))
    if not waiting:
        return kept
    first = waiting.pop(0)
    vehicle, incident = region.units[unit], region.incidents[first.incident]
    sent = events.CrewAssigned(
        assignment=f"{incident.id}.{len(incident.assignments) + 1}",
        incident=incident.id,
        unit=unit,
        substation=vehicle.substation,
        crew_kind=vehicle.crew_kind,
        override_reason=first.why,
        queued_at_ms=first.since_ms,
        hazards=warned_of(region, incident, now_ms),
    )
    untied = any(
        isinstance(each, callevents.IncidentUnlinked) and each.incident == first.incident for each in facts
    )
    return [
        *kept,
        Dated(CallUnqueued(incident=incident.id, unit=unit, left="started"), now_ms),
        *([] if untied else before_sending(incident, now_ms)),
        Dated(sent, now_ms),
    ]


def _dissolve(queues: dict[str, list[Queued]], unit: str, now_ms: int) -> list[Dated]:
    """Let the calls of a crew that cannot go wait openly again."""
    return [
        Dated(CallUnqueued(incident=each.incident, unit=unit, left="crew_unavailable"), now_ms)
        for each in queues.pop(unit, [])
    ]
