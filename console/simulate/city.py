"""City: what the feed says of calls, assignments and units; the fold of its frames."""

from __future__ import annotations

import msgspec

from console.feed import decode_positions
from console.simulate.drive import Place

ENDED = frozenset({"cleared", "refused", "pre_empted", "cancelled"})
OVER = frozenset({"closed", "cancelled"})


class CallPlace(msgspec.Struct, frozen=True):
    """Where a call's patient is."""

    lat_deg: float
    lon_deg: float


class Incident(msgspec.Struct, frozen=True):
    """Of an IncidentView, what the demo city acts on."""

    id: str
    phase: str
    place: CallPlace
    reason: str
    priority: int
    created_at_ms: int


class Assignment(msgspec.Struct, frozen=True):
    """Of an AssignmentView, the same."""

    id: str
    incident: str
    unit: str
    status: str
    hospital: str | None = None


class Unit(msgspec.Struct, frozen=True):
    """Of a UnitView, the same."""

    id: str
    index: int = -1
    duty: str = "on"
    assignment: str | None = None


class Demo(msgspec.Struct, frozen=True):
    """The demo's switches."""

    autopilot: bool = False


class Snapshot(msgspec.Struct, frozen=True, tag_field="t", tag="snapshot"):
    """The whole state."""

    epoch: str
    seq: int
    incidents: tuple[Incident, ...] = ()
    units: tuple[Unit, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    demo: Demo | None = None


class Event(msgspec.Struct, frozen=True, tag_field="t", tag="event"):
    """The new state of whatever one event changed."""

    seq: int
    incidents: tuple[Incident, ...] = ()
    units: tuple[Unit, ...] = ()
    assignments: tuple[Assignment, ...] = ()


class Pulse(msgspec.Struct, frozen=True, tag_field="t", tag="pulse"):
    """A sign of life."""

    demo: Demo | None = None


class CrewView(msgspec.Struct, frozen=True):
    """The answer to `GET /api/crew`."""

    unit: Unit
    assignment: Assignment | None = None
    incident: Incident | None = None


Frame = Snapshot | Event | Pulse
_FRAME = msgspec.json.Decoder(Frame)


class GapError(Exception):
    """An event is missing: only a snapshot helps."""


def read_frame(text: str | bytes) -> Frame | None:
    """Return a text frame of the feed, or None for one that is of no use here, whatever it holds."""
    try:
        frame: Frame = _FRAME.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return frame


def read_positions(frame: bytes) -> dict[int, Place]:
    """Return the places in a position frame by unit index; none for a frame that is no such."""
    try:
        _now_ms, _everyone, positions = decode_positions(frame)
    except ValueError:
        return {}
    return {one.index: Place(one.lat_deg, one.lon_deg) for one in positions}


class City:
    """The latest state; `apply` and `correct` say whose affairs changed."""

    def __init__(self) -> None:
        self.epoch: str | None = None
        self.seq = 0
        self.autopilot = False
        self.incidents: dict[str, Incident] = {}
        self.assignments: dict[str, Assignment] = {}
        self.units: dict[str, Unit] = {}

    def apply(self, frame: Frame) -> set[str]:
        """Take one frame in; return the ids of the units whose assignment may have changed.

        Raises `GapError` when events are missing between the last frame and this one.
        """
        if isinstance(frame, Pulse):
            self.autopilot = frame.demo is not None and frame.demo.autopilot
            return set()
        if isinstance(frame, Snapshot):
            self.epoch, self.seq = frame.epoch, frame.seq
            self.autopilot = frame.demo is not None and frame.demo.autopilot
            self.incidents, self.assignments, self.units = {}, {}, {}
            self._put(frame.incidents, frame.assignments, frame.units)
            return set(self.units)
        if self.epoch is None or frame.seq > self.seq + 1:
            raise GapError
        if frame.seq <= self.seq:  # a resumed feed may repeat what is known
            return set()
        self.seq = frame.seq
        self._put(frame.incidents, frame.assignments, frame.units)
        return {unit.id for unit in frame.units} | {assignment.unit for assignment in frame.assignments}

    def correct(self, view: CrewView) -> None:
        """Take in what the service told one crew directly: the feed may be behind, or cut."""
        self._put(
            () if view.incident is None else (view.incident,),
            () if view.assignment is None else (view.assignment,),
            (view.unit,),
        )

    def assignment_of(self, unit: str) -> Assignment | None:
        """Return the unit's running assignment."""
        known = self.units.get(unit)
        if known is None or known.assignment is None:
            return None
        assignment = self.assignments.get(known.assignment)
        return None if assignment is None or assignment.status in ENDED else assignment

    def waiting(self) -> list[Incident]:
        """Return the calls that no crew has, danger to life first, then the oldest."""
        waiting = [incident for incident in self.incidents.values() if incident.phase == "waiting"]
        return sorted(waiting, key=lambda incident: (incident.priority, incident.created_at_ms))

    def _put(
        self, incidents: tuple[Incident, ...], assignments: tuple[Assignment, ...], units: tuple[Unit, ...]
    ) -> None:
        """Store new states; forget what is over, or a demo of a week would only grow."""
        for incident in incidents:
            self.incidents[incident.id] = incident
            if incident.phase in OVER:
                del self.incidents[incident.id]
        for assignment in assignments:
            self.assignments[assignment.id] = assignment
            if assignment.status in ENDED:
                del self.assignments[assignment.id]
        for unit in units:
            self.units[unit.id] = unit
