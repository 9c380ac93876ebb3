"""Taking: a call becomes an incident. Pure."""

from __future__ import annotations

from dispatch import commands, events
from dispatch.events import Dated
from dispatch.refusal import NOT_CONFIGURED, Refusal, bad_place, bad_text, in_the_future
from dispatch.region import Region

# Clocks of phones and of this service differ by so much without anybody being wrong.
CLOCK_TOLERANCE_MS = 5_000
# A paper call may be entered late, yet not from another month.
OLDEST_CALL_MS = 31 * 86_400_000


def create_incident(
    region: Region, command: commands.CreateIncident, now_ms: int, day: str
) -> list[Dated] | Refusal:
    """Return the new call's event; see `decide`."""
    if region.settings is None:
        return NOT_CONFIGURED
    reason = region.settings.reason(command.reason)
    if reason is None:
        return Refusal(
            "unknown-reason",
            f"there is no reason {command.reason!r}",
            {"field": "reason", "reason": command.reason},
        )
    priority = reason.priority if command.priority is None else command.priority
    if priority not in (1, 2, 3):
        return Refusal(
            "bad-priority",
            f"the priority is {priority}: 1, 2 or 3 is possible",
            {"field": "priority", "priority": priority},
        )
    if refused := bad_place(command.place) or bad_text(
        phone=command.phone, patient=command.patient, note=command.note
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
    number = region.counters.get(day, 0) + 1
    created = events.IncidentCreated(
        incident=f"{day}-{number}",
        number=number,
        day=day,
        place=command.place,
        reason=command.reason,
        priority=priority,
        called_at_ms=min(called_at_ms, now_ms),
        norm_s=region.settings.norm_s,
        phone=command.phone,
        patient=command.patient,
        note=command.note,
    )
    return [Dated(created, now_ms)]
