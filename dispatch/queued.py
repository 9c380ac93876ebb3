"""Queued: a call that waits for a crew which is still busy with another one: value, events, commands.

It binds nobody: the crew is in one place alone, and the call stays open for any other crew. See
`dispatch.unitqueue` for what may be done with it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dispatch.tagged import CommandBase, EventBase

Left = Literal[
    "started",  # the crew cleared and goes
    "taken_away",  # a person says so
    "another_crew",  # the call got another crew
    "call_ended",  # it needs nobody any more
    "linked",  # the crew of the call that it was linked to comes for it, too
    "kept_in_reserve",  # it is a major incident, and without a reason its crew stays for ordinary calls
    "crew_unavailable",  # the crew refused its call, broke down or went off
]


class Queued(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call behind a crew's present one; since when, by whom, and why in this order."""

    incident: str
    unit: str
    since_ms: int
    by: str = ""
    why: str | None = None


class CallQueued(EventBase, frozen=True):
    """A call was put behind a busy crew's present one."""

    incident: str
    unit: str
    why: str | None = None


class CallUnqueued(EventBase, frozen=True):
    """A call no longer waits for that crew."""

    incident: str
    unit: str
    left: Left
    why: str | None = None


class QueueCall(CommandBase, frozen=True):
    """Put a call behind a busy crew's present one."""

    incident: str
    unit: str
    why: str | None = None


class UnqueueCall(CommandBase, frozen=True):
    """Take a call away from a crew's queue."""

    incident: str
    unit: str
    why: str | None = None


def fold_queue(
    queues: dict[str, tuple[Queued, ...]], event: CallQueued | CallUnqueued, at_ms: int, by: str
) -> None:
    """Fold one event into a region's queues."""
    waiting = queues.get(event.unit, ())
    if isinstance(event, CallQueued):
        added = Queued(incident=event.incident, unit=event.unit, since_ms=at_ms, by=by, why=event.why)
        queues[event.unit] = (*waiting, added)
        return
    left = tuple(each for each in waiting if each.incident != event.incident)
    if left:
        queues[event.unit] = left
    else:
        queues.pop(event.unit, None)
