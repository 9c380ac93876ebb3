"""What happened at a major incident: declared, triaged, staged, promised beds, stood down. See `events`."""

from __future__ import annotations

from dispatch.incident import Place
from dispatch.tagged import EventBase


class MajorFact(EventBase, frozen=True):
    """What all of them share: the call that they are about."""

    incident: str


class MajorDeclared(MajorFact, frozen=True):
    """A call is a major incident; `crews` is what the region's plan of that moment gives its scale."""

    scale: str
    crews: tuple[tuple[str, int], ...]
    note: str | None = None


class MajorScaled(MajorFact, frozen=True):
    """It is bigger or smaller than was thought."""

    scale: str
    crews: tuple[tuple[str, int], ...]


class TriageCounted(MajorFact, frozen=True):
    """How many patients of which urgency were counted on the scene by then, in all."""

    red: int
    yellow: int
    green: int
    black: int


class StagingSet(MajorFact, frozen=True):
    """Where arriving crews report and wait; None: at the place itself."""

    place: Place | None


class BedsPromised(MajorFact, frozen=True):
    """A hospital takes so many patients of this incident."""

    hospital: str
    beds: int


class ReserveSet(MajorFact, frozen=True):
    """So many crews are kept for ordinary calls, for a reason; None: as the plan says."""

    reserve: int | None
    why: str


class MajorStoodDown(MajorFact, frozen=True):
    """It is over as a major incident; its call ends as any other does."""

    note: str | None = None


MajorEvent = (
    MajorDeclared | MajorScaled | TriageCounted | StagingSet | BedsPromised | ReserveSet | MajorStoodDown
)
