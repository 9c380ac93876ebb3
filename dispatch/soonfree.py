"""Soon free: the crews that are about to clear, and when, as the fleet's own past tells. Pure.

A crew that leaves a hospital five minutes from now may be there before a free one across the town. How long
a crew still needs is the median of what this fleet needed from the same status on, drawn towards a prior
while there are few cases (n cases count n, the prior counts 20). It stays an estimate: such a crew is shown
beside the ranked ones and never as one of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping

import msgspec

from dispatch.assignment import Assignment, Status
from dispatch.candidate import PositionOf
from dispatch.region import Region
from routing.times import UnitPlace

# From which statuses on the end is in sight, and how long it takes until the crew clears, seconds, until this
# fleet has shown it. San Francisco's crews need 2,856 s from hospital to available at the 90th percentile.
PRIORS_S: dict[Status, float] = {"left_scene": 2_700.0, "at_hospital": 1_500.0, "handed_over": 420.0}
PRIOR_WEIGHT = 20
# How many finished assignments are looked at: the last ones, for a fleet's habits change.
CASES = 500
# A crew that has been longer than is usual is not therefore free this second.
AT_LEAST_S = 180.0
# Farther ahead nobody can plan.
HORIZON_S = 900.0


class SoonFree(msgspec.Struct, frozen=True, kw_only=True):
    """A crew that is about to clear.

    Attributes:
        place: where it will be then: at its hospital, or where it is now.
        clears_in_s: the estimate, at most HORIZON_S.
    """

    unit: str
    crew_kind: str
    place: UnitPlace
    incident: str
    state: Status
    clears_in_s: float


def clear_times(region: Region) -> dict[Status, float]:
    """Return how long crews need from each status of PRIORS_S until they clear, seconds."""
    spans_s: dict[Status, list[float]] = {status: [] for status in PRIORS_S}
    seen = 0
    for assignment in region.latest_assignments():
        cleared_ms = assignment.times.get("cleared")
        if cleared_ms is None:
            continue
        for status, spans in spans_s.items():
            began_ms = assignment.times.get(status)
            if began_ms is not None and cleared_ms >= began_ms:
                spans.append((cleared_ms - began_ms) / 1000)
        seen += 1
        if seen == CASES:
            break
    return {status: _shrunk(spans, PRIORS_S[status]) for status, spans in spans_s.items()}


def _shrunk(spans_s: list[float], prior_s: float) -> float:
    if not spans_s:
        return prior_s
    median_s = statistics.median(spans_s)
    return (len(spans_s) * median_s + PRIOR_WEIGHT * prior_s) / (len(spans_s) + PRIOR_WEIGHT)


def soon_free(
    region: Region, positions: Mapping[str, PositionOf], usual_s: Mapping[Status, float], now_ms: int
) -> list[SoonFree]:
    """Return the crews that are expected to clear within HORIZON_S, soonest first.

    Args:
        region: the state of things.
        positions: the last position of each unit that has one.
        usual_s: from `clear_times`.
        now_ms: ms since 1970 UTC.
    """
    found = []
    for unit, active in region.active.items():
        assignment = region.assignments[active]
        if assignment.status not in usual_s or region.units[unit].duty != "on":
            continue
        if unit in region.queues:  # its next call waits for it already
            continue
        in_it_s = (now_ms - assignment.since_ms) / 1000
        clears_in_s = max(usual_s[assignment.status] - in_it_s, AT_LEAST_S)
        place = _then_at(region, assignment, positions.get(unit))
        if place is not None and clears_in_s <= HORIZON_S:
            found.append(
                SoonFree(
                    unit=unit,
                    crew_kind=region.units[unit].crew_kind,
                    place=place,
                    incident=assignment.incident,
                    state=assignment.status,
                    clears_in_s=clears_in_s,
                )
            )
    return sorted(found, key=lambda each: (each.clears_in_s, each.unit))


def _then_at(region: Region, assignment: Assignment, position: PositionOf | None) -> UnitPlace | None:
    hospital = None if assignment.hospital is None else region.hospitals.get(assignment.hospital)
    if hospital is not None:
        return UnitPlace(assignment.unit, hospital.lat_deg, hospital.lon_deg)
    if position is not None and assignment.status != "left_scene":
        return UnitPlace(assignment.unit, position.lat_deg, position.lon_deg)
    return None
