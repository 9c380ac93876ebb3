"""What happened at the workplaces: who came, who went, who fell silent, and whose a call is. See `events`."""

from __future__ import annotations

from typing import Literal

from dispatch.tagged import EventBase

# Why a call has another owner: somebody took or was given it; the shift ended; its own zone is manned again.
Handing = Literal["taken", "given", "shift_ended", "came_home"]


class ShiftOpened(EventBase, frozen=True):
    """Somebody is at a workplace now.

    Attributes:
        relieved: who was there until then; `calls` are the workplace's open calls that went with it.
    """

    workplace: str
    user: str
    name: str
    relieved: str | None = None
    calls: tuple[str, ...] = ()


class ShiftEnded(EventBase, frozen=True):
    """Nobody is at a workplace any more; its calls have been handed over, each by an entry of its own.

    Attributes:
        successor: the workplace that has its calls now, or None: there was none but itself.
        calls: which calls those were.
    """

    workplace: str
    user: str
    successor: str | None = None
    calls: tuple[str, ...] = ()


class AttendanceChanged(EventBase, frozen=True):
    """Nothing is heard any more from the console of whoever is at a workplace, or it is back (None)."""

    workplace: str
    user: str
    silent_ms: int | None = None


class OwnerChanged(EventBase, frozen=True):
    """A call belongs to another workplace from now on."""

    incident: str
    owner: str
    before: str
    why: Handing


DeskEvent = ShiftOpened | ShiftEnded | AttendanceChanged | OwnerChanged
