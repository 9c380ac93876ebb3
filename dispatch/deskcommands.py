"""What may be asked of the workplaces: to come, to go, to hand a call over. See `commands`."""

from __future__ import annotations

from dispatch.tagged import CommandBase


class DeskAsked(CommandBase, frozen=True):
    """What all of them share: being about the workplaces."""


class OpenShift(DeskAsked, frozen=True):
    """Sit down at a workplace; whoever is there is relieved. Twice changes nothing."""

    workplace: str
    user: str
    name: str


class EndShift(DeskAsked, frozen=True):
    """Leave a workplace, or end it for somebody who is gone; its calls go to the successor, else the senior.

    Attributes:
        successor: a workplace where somebody is.
    """

    workplace: str
    successor: str | None = None


class NoteAttendance(DeskAsked, frozen=True):
    """Tell that nothing is heard from a workplace's console since then, or that it is back (None)."""

    workplace: str
    user: str
    silent_ms: int | None = None


class GiveCall(DeskAsked, frozen=True):
    """Hand a call over to another workplace: one's own, to take it.

    Attributes:
        user: who asks; it is "taken" where that is who sits there.
    """

    incident: str
    workplace: str
    user: str


DeskCommand = OpenShift | EndShift | NoteAttendance | GiveCall
