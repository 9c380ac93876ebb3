"""What the routes of call-taking read: request bodies, checked field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from console.api.bodies import Body, Id, Instant, Line, PlaceBody, Text
from dispatch.condition import Answer, Change

Why = Annotated[str, Field(min_length=1, max_length=400)]
Priority = Literal[1, 2, 3]


class Assessment(Body):
    """`POST /api/incidents/{id}/answers`."""

    conscious: Answer | None = None
    breathing: Answer | None = None


class CallBack(Body):
    """`POST /api/incidents/{id}/call_backs`."""

    reached: bool
    conscious: Answer | None = None
    breathing: Answer | None = None
    change: Change | None = None
    note: Text | None = None


class NewPriority(Body):
    """`POST /api/incidents/{id}/priority`."""

    priority: Priority
    why: Why


class Description(Body):
    """`POST /api/incidents/{id}/description`."""

    reason: Id | None = None
    priority: Priority | None = None
    phone: Line | None = None
    patient: Line | None = None
    note: Text | None = None
    detail: Line | None = None


class GivenInstruction(Body):
    """`POST /api/incidents/{id}/instructions`."""

    instruction: Id


class Link(Body):
    """`POST /api/incidents/{id}/link`."""

    main: Id
    same_patient: bool = True


class Unlink(Body):
    """`POST /api/incidents/{id}/unlink`."""

    why: Annotated[str, Field(max_length=400)] | None = None


class FurtherPatient(Body):
    """`POST /api/incidents/{id}/patients`."""

    who: Annotated[str, Field(min_length=1, max_length=200)]
    patient: Annotated[int, Field(ge=2, le=1000)] | None = None
    note: Text | None = None


class Because(Body):
    """A reason in words, and nothing else."""

    why: Why


class Offer(Body):
    """`POST /api/incidents/{id}/hand_over`."""

    polyclinic: Id
    note: Text | None = None


class Taken(Body):
    """`POST /api/incidents/{id}/hand_over/accept`."""

    accepted_by: Annotated[str, Field(min_length=1, max_length=200)]


class Back(Body):
    """`POST /api/incidents/{id}/hand_over/return`. A time-out is the service's own to say."""

    why: Literal["declined", "taken_back"]
    note: Text | None = None


class HazardBody(Body):
    """`POST /api/hazards`."""

    place: PlaceBody
    text: Annotated[str, Field(min_length=1, max_length=400)]
    until_ms: Instant
