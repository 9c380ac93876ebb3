"""What the routes read: request bodies, checked field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dispatch.assignment import Status
from dispatch.condition import Answer
from dispatch.incident import Cancelled
from dispatch.journey import JourneyKind
from dispatch.opening import State as OpeningState
from dispatch.unit import Duty

Line = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=4000)]
Id = Annotated[str, Field(min_length=1, max_length=100)]
Instant = Annotated[int, Field(ge=0, le=1 << 53)]  # milliseconds since 1970 UTC; JSON keeps 2^53 exactly


class Body(BaseModel):
    """A field that nobody knows is an error, for it is a typing error. No guessing of types either."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    command_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class SignIn(Body):
    """`POST /api/session`."""

    user: Line
    password: Annotated[str, Field(max_length=1000)]


class PlaceBody(BaseModel):
    """Where the patient is, WGS-84 degrees."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    label: Annotated[str, Field(min_length=1, max_length=300)]
    lat_deg: Annotated[float, Field(ge=-90, le=90)]
    lon_deg: Annotated[float, Field(ge=-180, le=180)]
    detail: Line | None = None


class JourneyBody(BaseModel):
    """A transfer or a planned ride, and when it is due."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: JourneyKind
    due_ms: Instant
    hospital: Id | None = None


class NewIncident(Body):
    """`POST /api/incidents`."""

    place: PlaceBody
    reason: Id | None = None
    priority: Literal[1, 2, 3] | None = None
    phone: Line | None = None
    patient: Line | None = None
    note: Text | None = None
    called_at_ms: Instant | None = None
    conscious: Answer | None = None
    breathing: Answer | None = None
    patients: Annotated[list[Line], Field(max_length=50)] = []
    journey: JourneyBody | None = None
    source: Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[a-z_]+$")] | None = None


class Cancel(Body):
    """`POST /api/incidents/{id}/cancel`."""

    why: Annotated[str, Field(min_length=1, max_length=400)]
    how: Cancelled = "cancelled"


class Close(Body):
    """`POST /api/incidents/{id}/close`."""

    outcome: Annotated[str, Field(min_length=1, max_length=400)]
    note: Text | None = None


class Assign(Body):
    """`POST /api/incidents/{id}/assignments`."""

    unit: Id
    override_reason: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    shown_at_ms: Instant | None = None
    shown_rank: Annotated[int, Field(ge=1, le=10_000)] | None = None
    at_ms: Instant | None = None


class NewStatus(Body):
    """`POST /api/assignments/{id}/status`."""

    status: Status
    at_ms: Instant | None = None
    hospital: Id | None = None
    why: Annotated[str, Field(max_length=400)] | None = None


class HospitalChoice(Body):
    """`POST /api/assignments/{id}/hospital`."""

    hospital: Id


class OpeningBody(Body):
    """`POST /api/hospitals/{id}/opening`."""

    state: OpeningState
    refuses: Annotated[list[Line], Field(max_length=50)] = []
    until_ms: Instant | None = None
    why: Annotated[str, Field(max_length=400)] | None = None


class DutyChange(Body):
    """`POST /api/units/{id}/duty`."""

    duty: Duty
    why: Annotated[str, Field(max_length=400)] | None = None
    until_ms: Instant | None = None


class Ready(Body):
    """`POST /api/hospital/ready` and `/handed_over`."""

    assignment: Id
    at_ms: Instant | None = None


class Invite(Body):
    """`POST /api/links`: exactly one of the two."""

    unit: Id | None = None
    hospital: Id | None = None


class Panic(Body):
    """`POST /api/units/{id}/panic`; the position of the phone, where it knows one."""

    at_ms: Instant | None = None
    lat_deg: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon_deg: Annotated[float, Field(ge=-180, le=180)] | None = None
    note: Line | None = None


class PhoneReading(Body):
    """`POST /api/units/{id}/phone`."""

    lat_deg: Annotated[float, Field(ge=-90, le=90)]
    lon_deg: Annotated[float, Field(ge=-180, le=180)]
    taken_ms: Instant
    accuracy_m: Annotated[float, Field(ge=0, le=1e7)]
    speed_mps: Annotated[float, Field(ge=0, le=100)] | None = None
    course_deg: Annotated[float, Field(ge=0, le=360)] | None = None


class Believe(Body):
    """`POST /api/units/{id}/believe`."""


class Acknowledge(Body):
    """`POST /api/alarms/{id}/acknowledge`."""


class DemoSwitchBody(Body):
    """`POST /api/demo`."""

    autopilot: bool


class TimeCorrection(Body):
    """`POST /api/reports/corrections/{assignment}`. `to_ms` null: it never happened."""

    what: Status
    to_ms: Instant | None
    why: Annotated[str, Field(min_length=1, max_length=400)]
