"""Retrospect: what was done without the console, entered afterwards with its own times. Pure."""

from __future__ import annotations

from dispatch.incident import Incident
from dispatch.refusal import Refusal, in_the_future
from dispatch.unit import Unit

# Clocks differ by so much without anybody being wrong.
CLOCK_TOLERANCE_MS = 5_000


def sent_at(incident: Incident, unit: Unit, stated_ms: int | None, now_ms: int) -> int | Refusal:
    """Return when a crew was sent: now, or as stated, where it was neither before the call nor busy then."""
    if stated_ms is None:
        return now_ms
    if stated_ms > now_ms + CLOCK_TOLERANCE_MS:
        return in_the_future("at_ms", stated_ms, now_ms)
    if stated_ms < incident.called_at_ms - CLOCK_TOLERANCE_MS:
        return Refusal(
            "time-before-call",
            "a crew cannot be sent before the call",
            {"field": "at_ms", "at_ms": stated_ms, "called_at_ms": incident.called_at_ms},
        )
    at_ms = max(min(stated_ms, now_ms), incident.called_at_ms)
    if unit.freed_ms is not None and at_ms < unit.freed_ms:
        return Refusal(
            "time-before-previous",
            f"unit {unit.id} was on another call until later than that",
            {"field": "at_ms", "at_ms": at_ms, "since_ms": unit.freed_ms, "unit": unit.id},
        )
    return at_ms
