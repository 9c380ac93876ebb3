"""Timers: which stage of which response takes too long, and which of that is worth an alarm. Pure.

A person can own five or six alarms an hour. So most of what takes too long is a mark on its row, and only
what somebody must act on at once is an alarm. An alarm stays until a person acknowledges it; while one of
its kind is open its like adds nothing but marks, and each response is told once of each kind. Callers to
ring come up together, two or three times an hour, for whoever rings one looks at the marks of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from dispatch.alarm import MOST_PARTIES, AlarmKind, Evidence
from dispatch.alarmowner import alarm_owner
from dispatch.assignment import Assignment, Status
from dispatch.callback import due
from dispatch.commands import RaiseAlarm
from dispatch.incident import Incident
from dispatch.patients import unattended
from dispatch.region import Region


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How long a response may stay in some statuses.

    Attributes:
        name: what is wrong when it stays longer.
        while_in: the statuses in which the time runs.
        since: from when on: the first of these times that is there.
        loud: None for a mark on the row, else the kind of its alarm.
    """

    name: str
    while_in: tuple[Status, ...]
    since: tuple[Status, ...]
    limit_s: float
    loud: AlarmKind | None = None


LIMITS: tuple[Limit, ...] = (
    Limit(
        name="not_acknowledged",
        while_in=("notified",),
        since=("notified",),
        limit_s=60,
        loud="not_acknowledged",
    ),
    Limit(
        name="not_moving",
        while_in=("notified", "acknowledged"),
        since=("notified",),
        limit_s=180,
        loud="not_moving",
    ),
    Limit(
        name="on_scene_long",
        while_in=("on_scene", "at_patient"),
        since=("on_scene", "at_patient"),
        limit_s=3600,
        loud="on_scene_long",
    ),
    Limit(name="transport_long", while_in=("left_scene",), since=("left_scene",), limit_s=3600),
    Limit(name="handover_long", while_in=("at_hospital",), since=("at_hospital",), limit_s=2700),
    Limit(name="not_cleared", while_in=("handed_over",), since=("handed_over",), limit_s=1200),
)

# A call is passed to a crew within two minutes.
UNASSIGNED_S = 120.0
# A patient whose crew was taken is rung when the next one is later than promised by more than this.
CALL_BACK_S = 120.0
# After an alarm of these kinds the next at the same workplace tells of all that came up meanwhile, so many
# seconds later by the calls' priority; danger to life waits for nothing. Taking every proposal on a crowded
# evening made 12 in an hour.
GATHERED_S: dict[AlarmKind, dict[int, float]] = {"call_back": {2: 1200.0, 3: 1800.0}}
# Who has just seen to a crew (it did not answer) is not told of it again (it does not move) for so long.
JUST_SEEN_S = 90.0


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """Something that takes too long.

    Attributes:
        name: of a Limit, or "unassigned" (a call without a crew), "late" (the norm has run out), "call_back"
            (its crew was taken and the next one is clearly later, or there is none: ring and tell),
            "call_back_due" (nobody has spoken with the caller for long; loud when it is twice too long),
            "patients_left" (crews were there, and not for every patient), "polyclinic_returned" (nobody there
            took the call over).
        since_ms: when the time began to run; over_s: by how much it is over its limit.
    """

    name: str
    incident: str
    since_ms: int
    over_s: float
    assignment: str | None = None
    unit: str | None = None
    loud: AlarmKind | None = None


def timers(region: Region, now_ms: int) -> list[Timer]:
    """Return everything that takes too long, the longest over its limit first."""
    found: list[Timer] = []
    for number in region.open_incidents:
        incident = region.incidents[number]
        responses = region.assignments_of(number)
        for response in responses:
            found += _of_response(response, now_ms)
        if incident.follows is None:
            found += _of_call(incident, responses, now_ms)
        found += _of_call_taking(region, incident, responses, now_ms)
    return sorted(found, key=lambda each: (-each.over_s, each.name, each.incident))


def alarms(region: Region, due: Collection[Timer], now_ms: int) -> list[RaiseAlarm]:
    """Return the alarms to raise: of each loud kind that is not open at a workplace, one there about all new.

    What an alarm has spoken of is kept in its evidence, so that nothing is told again after a restart.

    Args:
        region: the state of things.
        due: from `timers`.
        now_ms: milliseconds since 1970 UTC.
    """
    known = region.alarms.values()
    told = {(alarm.kind, assignment) for alarm in known for assignment in alarm.evidence.assignments}
    of_calls = {
        (alarm.kind, incident): alarm.raised_ms for alarm in known for incident in alarm.evidence.incidents
    }
    still_open: set[tuple[AlarmKind, str]] = set()
    last_ms: dict[tuple[AlarmKind, str], int] = {}
    for alarm in known:
        if alarm.open or alarm.kind in GATHERED_S:
            at = alarm.kind, alarm_owner(region, alarm.kind, alarm.unit, alarm.evidence)
            last_ms[at] = max(alarm.raised_ms, last_ms.get(at, 0))
            if alarm.open:
                still_open.add(at)
    just_seen = {
        assignment
        for alarm in known
        if alarm.acknowledged_ms is not None and now_ms < alarm.acknowledged_ms + JUST_SEEN_S * 1000
        for assignment in alarm.evidence.assignments
    }
    fresh: dict[tuple[AlarmKind, str], list[Timer]] = {}
    for timer in due:
        if timer.loud is None or (timer.loud, timer.assignment) in told or timer.assignment in just_seen:
            continue
        if timer.unit is None and of_calls.get((timer.loud, timer.incident), -1) >= timer.since_ms:
            continue
        about = Evidence(incident=timer.incident)
        group = timer.loud, alarm_owner(region, timer.loud, timer.unit or "", about)
        gathered_s = GATHERED_S.get(timer.loud, {}).get(region.incidents[timer.incident].priority, 0.0)
        waits = now_ms < last_ms.get(group, 0) + gathered_s * 1000
        if group not in still_open and not waits:
            fresh.setdefault(group, []).append(timer)
    raised = []
    for (kind, _), several in fresh.items():
        named = several[:MOST_PARTIES]
        units = [each.unit for each in named if each.unit is not None]
        raised.append(
            RaiseAlarm(
                alarm_kind=kind,
                unit=units[0] if units else "",
                evidence=Evidence(
                    peers=tuple(dict.fromkeys(units[1:])),
                    said_by="timer",
                    incident=named[0].incident,
                    assignments=tuple(each.assignment for each in named if each.assignment is not None),
                    incidents=tuple(each.incident for each in named if each.assignment is None),
                ),
            )
        )
    return raised


def _of_response(response: Assignment, now_ms: int) -> Iterator[Timer]:
    for limit in LIMITS:
        if response.status not in limit.while_in:
            continue
        if limit.name == "not_moving" and "en_route" in response.inferred:
            continue  # the satellites say that it drives; only the button was not pressed
        since_ms = next((response.times[each] for each in limit.since if each in response.times), None)
        if since_ms is None:
            continue
        over_s = (now_ms - since_ms) / 1000 - limit.limit_s
        if over_s > 0:
            yield Timer(
                name=limit.name,
                incident=response.incident,
                assignment=response.id,
                unit=response.unit,
                since_ms=since_ms,
                over_s=over_s,
                loud=limit.loud,
            )


def _of_call(incident: Incident, responses: list[Assignment], now_ms: int) -> Iterator[Timer]:
    if incident.arrived_at_ms is not None:
        return
    bound = [each for each in responses if each.open]
    waited_s = (now_ms - incident.asked_ms) / 1000
    if not bound and waited_s > UNASSIGNED_S:
        yield Timer(
            name="unassigned",
            incident=incident.id,
            since_ms=incident.asked_ms,
            over_s=waited_s - UNASSIGNED_S,
        )
    if now_ms > incident.norm_ends_ms:
        yield Timer(
            name="late",
            incident=incident.id,
            since_ms=incident.asked_ms,
            over_s=(now_ms - incident.norm_ends_ms) / 1000,
        )
    for taken in responses:
        if taken.status == "pre_empted" and _delayed(taken, bound):
            yield Timer(
                name="call_back",
                incident=incident.id,
                assignment=taken.id,
                unit=taken.unit,
                since_ms=taken.since_ms,
                over_s=(now_ms - taken.since_ms) / 1000,
                loud="call_back",
            )


def _of_call_taking(
    region: Region, incident: Incident, responses: list[Assignment], now_ms: int
) -> Iterator[Timer]:
    """Yield what is due in call-taking: callers to ring, patients left, offers that came back."""
    ring = due(region, incident)
    if ring is not None and now_ms > ring.at_ms:
        over_s = (now_ms - ring.at_ms) / 1000
        yield Timer(
            name="call_back_due",
            incident=incident.id,
            since_ms=ring.at_ms,
            over_s=over_s,
            loud="call_back" if over_s > ring.every_s else None,
        )
    bound = any(each.open for each in responses)
    back = incident.hand_over
    if back is not None and back.state == "returned" and back.why == "timed_out" and not bound:
        yield Timer(
            name="polyclinic_returned",
            incident=incident.id,
            since_ms=back.since_ms,
            over_s=(now_ms - back.since_ms) / 1000,
            loud="polyclinic_returned",
        )
    if incident.arrived_at_ms is not None and not bound and unattended(region, incident.id):
        since_ms = max(each.since_ms for each in responses)
        yield Timer(
            name="patients_left",
            incident=incident.id,
            since_ms=since_ms,
            over_s=(now_ms - since_ms) / 1000,
            loud="patients_left",
        )


def _delayed(taken: Assignment, bound: list[Assignment]) -> bool:
    """Return whether the patient whose crew was taken is to be reached later than had been said."""
    promised_ms = _expected_ms(taken)
    now_promised = [_expected_ms(each) for each in bound]
    known = [each for each in now_promised if each is not None]
    return not known or promised_ms is None or min(known) > promised_ms + CALL_BACK_S * 1000


def _expected_ms(response: Assignment) -> float | None:
    return None if response.eta_s is None else response.times["notified"] + response.eta_s * 1000
