"""What the routes of workplaces and of major incidents read: request bodies, checked field by field."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from console.api.bodies import Body, Id, Instant, Line, PlaceBody

Count = Annotated[int, Field(ge=0, le=10_000)]


class Opening(Body):
    """`POST /api/workplaces/{id}/open`."""


class Ending(Body):
    """`POST /api/workplaces/{id}/end`."""

    successor: Id | None = None


class Ownership(Body):
    """`POST /api/incidents/{id}/owner`."""

    workplace: Id


class Declaration(Body):
    """`POST /api/incidents/{id}/major`."""

    scale: Id | None = None
    note: Line | None = None


class TriageCount(Body):
    """`POST /api/incidents/{id}/major/triage`: all patients counted so far."""

    red: Count
    yellow: Count
    green: Count
    black: Count


class Staging(Body):
    """`POST /api/incidents/{id}/major/staging`; null: at the place itself."""

    place: PlaceBody | None


class Beds(Body):
    """`POST /api/incidents/{id}/major/beds`."""

    hospital: Id
    beds: Count


class Reserve(Body):
    """`POST /api/incidents/{id}/major/reserve`; null: as the plan says."""

    reserve: Count | None
    why: Annotated[str, Field(min_length=1, max_length=400)]


class PlanSending(Body):
    """`POST /api/incidents/{id}/major/send`: the crews as they were shown, and when that was."""

    units: Annotated[list[Id], Field(min_length=1, max_length=100)]
    shown_at_ms: Instant | None = None


class StandingDown(Body):
    """`POST /api/incidents/{id}/major/stand_down`."""

    note: Line | None = None
