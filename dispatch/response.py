"""Response: what became of one crew on one incident, and the intervals between its times. Pure.

Times and intervals are those of NEMSIS v3 (eTimes.01 to .13), under our names.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dispatch.assignment import Assignment, Status
from dispatch.region import Region

# Our name of each time, in the order in which they should come: (name, NEMSIS eTimes element).
TIMES: tuple[tuple[str, str], ...] = (
    ("called", "01"),
    ("created", "02"),
    ("notified", "03"),
    ("acknowledged", "04"),
    ("en_route", "05"),
    ("on_scene", "06"),
    ("at_patient", "07"),
    ("left_scene", "09"),
    ("at_hospital", "11"),
    ("handed_over", "12"),
    ("cleared", "13"),
)
ORDER: tuple[str, ...] = tuple(name for name, _ in TIMES)

# Each interval's first and last time.
INTERVALS: dict[str, tuple[str, str]] = {
    "processing": ("called", "notified"),
    "turnout": ("notified", "en_route"),
    "travel": ("en_route", "on_scene"),
    "response": ("called", "on_scene"),
    "response_from_notice": ("notified", "on_scene"),
    "patient_access": ("on_scene", "at_patient"),
    "scene": ("on_scene", "left_scene"),
    "transport": ("left_scene", "at_hospital"),
    "handover": ("at_hospital", "handed_over"),
    "turnaround": ("at_hospital", "cleared"),
    "task": ("notified", "cleared"),
}


# Told so much later than it happened, a time counts as entered afterwards: nobody read it off a clock.
LATE_ENTRY_MS = 5 * 60_000


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One crew on one incident.

    Attributes:
        status: how it stands or ended; None in a log from elsewhere, whose rows are all finished.
        times: ms since 1970 UTC, by the names of `TIMES`; only those that are known.
        columns: what else a log from elsewhere says, to group by.
        first: whether this crew was the first of its incident's on scene; None when it never was there.
        norm_s: the arrival norm that held when the call came.
        entered_late: the times of which we learned more than `LATE_ENTRY_MS` after they happened, or that
            were corrected.
        eta_s, rank, override_reason: what the dispatcher saw and said when sending the crew.
    """

    assignment: str
    incident: str
    unit: str
    times: dict[str, int]
    number: int | None = None
    status: Status | None = None
    substation: str | None = None
    crew_kind: str | None = None
    priority: int | None = None
    reason: str | None = None
    columns: dict[str, str] = {}
    district: str | None = None
    hospital: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    norm_s: int | None = None
    first: bool | None = None
    entered_late: tuple[str, ...] = ()
    eta_s: float | None = None
    rank: int | None = None
    override_reason: str | None = None


def interval_ms(times: dict[str, int], interval: str) -> int | None:
    """Return the interval's length, negative when its times are out of order; None when one is missing."""
    first, last = INTERVALS[interval]
    if first not in times or last not in times:
        return None
    return times[last] - times[first]


def out_of_order(times: dict[str, int]) -> tuple[str, str] | None:
    """Return the first time that lies before an earlier one of `TIMES`: its name and the earlier one's."""
    latest = None
    for name in ORDER:
        if name not in times:
            continue
        if latest is not None and times[name] < times[latest]:
            return name, latest
        latest = name
    return None


def response_of(region: Region, assignment: Assignment) -> Response:
    """Return one assignment as a response."""
    incident = region.incidents[assignment.incident]
    # A journey is due at its hour: sent for earlier, its times are out of order, and no norm counts it.
    called_ms = incident.called_at_ms if incident.journey is None else incident.journey.due_ms
    times = {"called": called_ms, "created": incident.created_at_ms}
    times |= {name: at_ms for name, at_ms in assignment.times.items() if name in ORDER}
    arrivals = [
        each.times["on_scene"] for each in region.assignments_of(incident.id) if "on_scene" in each.times
    ]
    return Response(
        assignment=assignment.id,
        incident=incident.id,
        unit=assignment.unit,
        times=times,
        number=incident.number,
        status=assignment.status,
        substation=assignment.substation,
        crew_kind=assignment.crew_kind,
        priority=incident.priority,
        reason=incident.reason,
        hospital=assignment.hospital,
        lat_deg=incident.place.lat_deg,
        lon_deg=incident.place.lon_deg,
        norm_s=incident.norm_s,
        first=times["on_scene"] == min(arrivals) if "on_scene" in times else None,
        entered_late=_entered_late(assignment, incident.called_at_ms, incident.created_at_ms),
        eta_s=assignment.eta_s,
        rank=assignment.recommended_rank,
        override_reason=assignment.override_reason,
    )


def _entered_late(assignment: Assignment, called_ms: int, created_ms: int) -> tuple[str, ...]:
    late = ["called"] if created_ms - called_ms > LATE_ENTRY_MS else []
    late += [
        name
        for name in ORDER
        if name in assignment.times
        and assignment.learned.get(name, 0) - assignment.times[name] > LATE_ENTRY_MS
    ]
    return tuple(late)


def responses_of(region: Region) -> Iterator[Response]:
    """Return every assignment of the region as a response, in the order in which crews were sent."""
    return (response_of(region, assignment) for assignment in region.assignments.values())
