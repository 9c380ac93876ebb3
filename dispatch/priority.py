"""Priority: how a call's priority changes: raised by what becomes known, lowered by a person only. Pure."""

from __future__ import annotations

from typing import Literal

from dispatch import callcommands, callevents
from dispatch.events import Dated
from dispatch.incident import Incident
from dispatch.opencall import open_incident
from dispatch.refusal import Refusal, bad_text, missing
from dispatch.region import Region

PRIORITIES = (1, 2, 3)
URGENT = 3  # can wait; the only priority that a polyclinic takes

Because = Literal["answers", "call_back", "reason", "linked"]


def raised(
    region: Region, incident: Incident, priority: int | None, because: Because, now_ms: int
) -> list[Dated]:
    """Return the events that raise a call, and the one that it follows, to a priority; none to lower one.

    An urgent call that gets worse does not go on waiting for a polyclinic's answer.
    """
    if priority is None or priority >= incident.priority:
        return []
    decided: list[Dated] = [_changed(incident, priority, because, now_ms)]
    if incident.hand_over is not None and incident.hand_over.state == "offered":
        back = callevents.HandOverReturned(
            incident=incident.id, polyclinic=incident.hand_over.polyclinic, why="worse"
        )
        decided.append(Dated(back, now_ms))
    main = None if incident.follows is None else region.incidents[incident.follows]
    if main is not None and main.open:
        decided += raised(region, main, priority, "linked", now_ms)
    return decided


def set_priority(region: Region, command: callcommands.SetPriority, now_ms: int) -> list[Dated] | Refusal:
    """Return the change that a person asks for; never below that of a call that follows this one."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if command.priority not in PRIORITIES:
        return bad_priority(command.priority)
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    return by_person(region, incident, command.priority, command.why, now_ms)


def by_person(
    region: Region, incident: Incident, priority: int, why: str | None, now_ms: int
) -> list[Dated] | Refusal:
    """Return a person's change in either direction, or why it cannot be."""
    if priority == incident.priority:
        return []
    graver = [
        each
        for each in map(region.incidents.__getitem__, region.open_incidents)
        if each.follows == incident.id and each.priority < priority
    ]
    if graver:
        return Refusal(
            "linked-call-is-graver",
            f"call {graver[0].id}, which is linked to it, has the priority {graver[0].priority}",
            {"incident": incident.id, "linked": graver[0].id, "priority": graver[0].priority},
        )
    if priority < incident.priority:
        first, *others = raised(region, incident, priority, "reason", now_ms)
        return [_by_hand(first, why), *others]
    return [_by_hand(_changed(incident, priority, "reason", now_ms), why)]


def bad_priority(priority: int) -> Refusal:
    """Return the refusal of a priority that there is not."""
    return Refusal(
        "bad-priority",
        f"the priority is {priority}: 1, 2 or 3 is possible",
        {"field": "priority", "priority": priority},
    )


def _changed(incident: Incident, priority: int, because: Because, now_ms: int) -> Dated:
    event = callevents.PriorityChanged(
        incident=incident.id, before=incident.priority, priority=priority, because=because
    )
    return Dated(event, now_ms)


def _by_hand(dated: Dated, why: str | None) -> Dated:
    event = dated.event
    assert isinstance(event, callevents.PriorityChanged)  # noqa: S101  # made by `_changed`
    by_hand = callevents.PriorityChanged(
        incident=event.incident, before=event.before, priority=event.priority, because="person", why=why
    )
    return Dated(by_hand, dated.at_ms)
