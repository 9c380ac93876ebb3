"""Hospitals: where to take the patient, and which of them take any. Pure.

A choice costs the drive and the wait until the patient is handed over there. Hospitals that can do what the
reason asks for come first, as long as the way is not longer by more than the region's rule allows
(`RegionSettings.bypass_s`); the nearest of all and the first capable one are marked, so that both times are
seen: bypassing the nearest hospital is not better on average for every illness (RACECAT, 2022), so a person
decides. One that is closed comes last, and still stands there with who closed it and until when.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from dispatch import events
from dispatch.catalogue import Hospital
from dispatch.commands import SetOpening
from dispatch.events import Dated
from dispatch.opening import STATES, Opening, State
from dispatch.refusal import Refusal, bad_text, unknown_hospital
from dispatch.region import Region
from routing.times import Leg, Point, RoadTimes

# How long a handover takes before this fleet has shown it at a hospital; the prior counts as so many cases.
HANDOVER_S = 1_200.0
PRIOR_WEIGHT = 10
# The last finished assignments of the region that are looked at.
CASES = 500
# Nobody closes a hospital for longer without saying so again.
LONGEST_MS = 7 * 86_400_000


class HospitalChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One hospital for one patient.

    Attributes:
        suits: it can do all that the reason asks for, and takes such patients now.
        missing: what it cannot do, or does not take now.
        seconds: drive time; metres: the way's length.
        handover_s: the expected wait from arrival until the patient is handed over; waiting: crews there now.
        nearest: no other that takes patients is reached sooner; capable: the first that suits.
        within_rule: the region's rule does not forbid to drive past a nearer one for it.
        state, until_ms, said_by, why: how it stands, who says so.
        degraded: a straight-line estimate.
    """

    id: str
    name: str
    capabilities: tuple[str, ...]
    suits: bool
    missing: tuple[str, ...]
    seconds: float
    metres: float
    nearest: bool
    degraded: bool
    handover_s: float = HANDOVER_S
    waiting: int = 0
    capable: bool = False
    within_rule: bool = True
    state: State = "open"
    until_ms: int | None = None
    said_by: str | None = None
    why: str | None = None


def rank_hospitals(
    hospitals: Sequence[Hospital],
    needs: Iterable[str],
    legs: Sequence[Leg],
    *,
    openings: Mapping[str, Opening] = {},
    handovers_s: Mapping[str, float] = {},
    waiting: Mapping[str, int] = {},
    bypass_s: float | None = None,
) -> list[HospitalChoice]:
    """Rank hospitals, given the drive to each (in the same order), best first.

    Args:
        hospitals: to choose among.
        needs: what the reason asks for.
        legs: the drive to each.
        openings: how they stand now, where that is not simply open.
        handovers_s: from `handover_times`.
        waiting: how many crews wait there.
        bypass_s: the region's rule; None: a capable one is always first.
    """
    wanted = tuple(needs)
    taking = [
        leg.seconds_s
        for hospital, leg in zip(hospitals, legs, strict=True)
        if hospital.id not in openings or openings[hospital.id].state != "closed"
    ]
    soonest_s = min(taking, default=min((leg.seconds_s for leg in legs), default=0.0))
    choices = []
    for hospital, leg in zip(hospitals, legs, strict=True):
        opening = openings.get(hospital.id, Opening(hospital=hospital.id))
        offered = set(hospital.capabilities) - set(opening.refuses)
        missing = tuple(need for need in wanted if need not in offered)
        choices.append(
            HospitalChoice(
                id=hospital.id,
                name=hospital.name,
                capabilities=hospital.capabilities,
                suits=not missing and opening.state != "closed",
                missing=missing,
                seconds=leg.seconds_s,
                metres=leg.metres_m,
                nearest=leg.seconds_s == soonest_s,
                degraded=leg.degraded,
                handover_s=round(handovers_s.get(hospital.id, HANDOVER_S), 1),
                waiting=waiting.get(hospital.id, 0),
                within_rule=bypass_s is None or leg.seconds_s <= soonest_s + bypass_s,
                state=opening.state,
                until_ms=opening.until_ms,
                said_by=opening.by or None,
                why=opening.why,
            )
        )
    ranked = sorted(choices, key=_order)
    first = next((choice.id for choice in ranked if choice.suits), None)
    return [msgspec.structs.replace(choice, capable=choice.id == first) for choice in ranked]


def hospitals_for(
    region: Region,
    incident: str,
    start: Point,
    roads: RoadTimes,
    heading_deg: float | None = None,
    *,
    now_ms: int = 0,
) -> list[HospitalChoice]:
    """Rank the region's hospitals for an incident's patient who is at `start` (lat, lon), best first.

    Raises:
        KeyError: there is no such incident.
    """
    hospitals = list(region.hospitals.values())
    call = region.incidents[incident]
    settings = region.settings
    reason = settings.reason(call.reason) if settings is not None else None
    ends = [(hospital.lat_deg, hospital.lon_deg) for hospital in hospitals]
    legs = roads.one_to_many(start, ends, heading_deg) if ends else []
    return rank_hospitals(
        hospitals,
        () if reason is None else reason.needs,
        legs,
        openings={name: opening.as_of(now_ms) for name, opening in region.openings.items()},
        handovers_s=handover_times(region),
        waiting=waiting_at(region),
        bypass_s=None if settings is None else settings.bypass_s,
    )


def handover_times(region: Region) -> dict[str, float]:
    """Return how long crews wait at each hospital until the handover, s: its median, drawn to the prior."""
    spans_s: dict[str, list[float]] = {}
    seen = 0
    for assignment in region.latest_assignments():
        arrived_ms = assignment.times.get("at_hospital")
        ended_ms = assignment.times.get("handed_over", assignment.times.get("cleared"))
        if assignment.hospital is None or arrived_ms is None or ended_ms is None or ended_ms < arrived_ms:
            continue
        spans_s.setdefault(assignment.hospital, []).append((ended_ms - arrived_ms) / 1000)
        seen += 1
        if seen == CASES:
            break
    return {
        hospital: (len(spans) * statistics.median(spans) + PRIOR_WEIGHT * HANDOVER_S)
        / (len(spans) + PRIOR_WEIGHT)
        for hospital, spans in spans_s.items()
    }


def waiting_at(region: Region) -> dict[str, int]:
    """Return how many crews are at each hospital and have not handed over yet."""
    counted: dict[str, int] = {}
    for active in region.active.values():
        assignment = region.assignments[active]
        if assignment.status == "at_hospital" and assignment.hospital is not None:
            counted[assignment.hospital] = counted.get(assignment.hospital, 0) + 1
    return counted


def set_opening(region: Region, command: SetOpening, now_ms: int) -> list[Dated] | Refusal:
    """Return the event that opens, restricts or closes a hospital, or why that cannot be."""
    known = region.hospitals.get(command.hospital)
    if known is None:
        return unknown_hospital(command.hospital)
    if command.state not in STATES:
        return Refusal(
            "unknown-status",
            f"there is no such opening {command.state!r}",
            {"field": "state", "value": command.state},
        )
    for text in (command.why, *command.refuses):
        if refused := bad_text(why=text):
            return refused
    until_ms = None if command.state == "open" else command.until_ms
    if command.state != "open" and until_ms is None:
        return Refusal("field-missing", "say until when", {"field": "until_ms"})
    if until_ms is not None and not now_ms < until_ms <= now_ms + LONGEST_MS:
        return Refusal(
            "time-in-the-future" if until_ms > now_ms else "time-too-old",
            "it can hold from now on for seven days at most",
            {"field": "until_ms", "at_ms": until_ms, "now_ms": now_ms},
        )
    event = events.HospitalOpeningChanged(
        hospital=known.id,
        state=command.state,
        refuses=command.refuses if command.state == "restricted" else (),
        until_ms=until_ms,
        why=command.why,
    )
    now = region.openings.get(known.id, Opening(hospital=known.id))
    same = (now.state, now.refuses, now.until_ms) == (event.state, event.refuses, event.until_ms)
    return [] if same else [Dated(event, now_ms)]


def _order(choice: HospitalChoice) -> tuple[bool, bool, float, str]:
    first = choice.suits and choice.within_rule
    return choice.state == "closed", not first, choice.seconds + choice.handover_s, choice.id
