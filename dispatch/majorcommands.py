"""What may be asked about a major incident. See `commands`."""

from __future__ import annotations

from dispatch.incident import Place
from dispatch.tagged import CommandBase


class MajorAsked(CommandBase, frozen=True):
    """What all of them share: the call that they are about."""

    incident: str


class DeclareMajor(MajorAsked, frozen=True):
    """Declare a call a major incident; without a scale, the plan's first. Declared already: of that scale."""

    scale: str | None = None
    note: str | None = None


class CountTriage(MajorAsked, frozen=True):
    """Say how many patients of which urgency there are by now, in all."""

    red: int
    yellow: int
    green: int
    black: int


class SetStaging(MajorAsked, frozen=True):
    """Say where arriving crews report; None: at the place itself."""

    place: Place | None


class PromiseBeds(MajorAsked, frozen=True):
    """Say how many patients a hospital takes."""

    hospital: str
    beds: int


class SetReserve(MajorAsked, frozen=True):
    """Keep another number of crews for ordinary calls than the plan says; None: as the plan says."""

    reserve: int | None
    why: str


class StandDown(MajorAsked, frozen=True):
    """End it as a major incident."""

    note: str | None = None


MajorCommand = DeclareMajor | CountTriage | SetStaging | PromiseBeds | SetReserve | StandDown
