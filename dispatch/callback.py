"""Call-back: patients who wait are rung, by a rule of the region, and what they say is kept. Pure.

A call is due when nobody has spoken with its caller for as long as its priority allows. Who does not answer
is tried again soon. What is heard can raise the priority and never lowers it.
"""

from __future__ import annotations

import msgspec

from dispatch import callcommands, callevents
from dispatch.condition import CHANGES, after
from dispatch.events import Dated
from dispatch.incident import Incident
from dispatch.opencall import open_incident
from dispatch.priority import raised
from dispatch.refusal import Refusal, bad_text
from dispatch.region import Region

# Who did not answer is tried again after this, or after the rule's time where that is shorter.
AGAIN_S = 120.0


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A call-back.

    Attributes:
        at_ms: when it is due; every_s: the rule's time for the call's priority.
    """

    incident: str
    at_ms: int
    every_s: float


def due(region: Region, incident: Incident) -> Due | None:
    """Return the call-back of a waiting call, due or to come; None for one that nobody needs to ring.

    Nobody is rung who has a crew on its way within the norm, who follows another call, who goes on a journey,
    or whose phone is not known.
    """
    rule = () if region.settings is None else region.settings.call_back_s
    if not rule or not incident.open or incident.arrived_at_ms is not None or not incident.phone:
        return None
    if incident.follows is not None or incident.journey is not None:
        return None
    every_s = float(rule[incident.priority - 1])
    since_ms = incident.spoken_ms or incident.created_at_ms
    at_ms = since_ms + round(every_s * 1000)
    if incident.rung_ms is not None:
        at_ms = incident.rung_ms + round(min(AGAIN_S, every_s) * 1000)
    if any(each.open for each in region.assignments_of(incident.id)):
        at_ms = max(at_ms, incident.norm_ends_ms)
    return Due(incident=incident.id, at_ms=at_ms, every_s=every_s)


def record_call_back(
    region: Region, command: callcommands.RecordCallBack, now_ms: int
) -> list[Dated] | Refusal:
    """Return the record of a call-back, and the priority that follows from what was heard."""
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if command.change is not None and command.change not in CHANGES:
        return Refusal(
            "unknown-status",
            f"{command.change!r} is no change",
            {"field": "change", "value": command.change},
        )
    if refused := bad_text(note=command.note):
        return refused
    if not command.reached:
        return [
            Dated(
                callevents.PatientCalledBack(incident=incident.id, reached=False, note=command.note), now_ms
            )
        ]
    heard = callevents.PatientCalledBack(
        incident=incident.id,
        reached=True,
        conscious=command.condition.conscious,
        breathing=command.condition.breathing,
        change=command.change,
        note=command.note,
    )
    asked = [after(incident.condition, command.condition).priority]
    if command.change == "worse":
        asked.append(max(1, incident.priority - 1))
    demanded = min((each for each in asked if each is not None), default=None)
    return [Dated(heard, now_ms), *raised(region, incident, demanded, "call_back", now_ms)]
