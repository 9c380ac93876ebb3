"""Notice: what tracking noticed, as dispatch takes it: alarms, and motion inferred from fixes. Pure.

Neither changes a status: an alarm waits for a person, and inferred motion is an offer beside the button.
"""

from __future__ import annotations

import math

from dispatch import alarmevents, commands, events
from dispatch.alarm import ALARM_KINDS, MOST_PARTIES, Evidence
from dispatch.alarmowner import alarm_owner
from dispatch.events import Dated
from dispatch.refusal import Refusal, bad_text, in_the_future, unknown_unit
from dispatch.region import Region

# Clocks of vehicles and of this service differ by so much without anybody being wrong.
CLOCK_TOLERANCE_MS = 5_000
# A button and the satellites disagree from here on; a crew may press at the corner or at the door.
DISAGREEMENT_MS = 60_000


Notice = commands.NoteMotion | commands.RaiseAlarm | commands.AcknowledgeAlarm | commands.BelievePosition


def take_notice(region: Region, command: Notice, now_ms: int) -> list[Dated] | Refusal:
    """Return the event that follows from what was noticed, or why it is refused."""
    match command:
        case commands.NoteMotion():
            return _note_motion(region, command, now_ms)
        case commands.RaiseAlarm():
            return _raise_alarm(region, command, now_ms)
        case commands.AcknowledgeAlarm():
            return _acknowledge_alarm(region, command, now_ms)
        case commands.BelievePosition():
            return _believe_position(region, command, now_ms)


def _raise_alarm(region: Region, command: commands.RaiseAlarm, now_ms: int) -> list[Dated] | Refusal:
    """Return the alarm's event: raised, or joined to one that it is part of.

    Nothing while one of its like is not acknowledged.
    """
    about_calls = command.unit == "" and command.evidence.incident in region.incidents
    if command.unit not in region.units and not about_calls:
        return unknown_unit(command.unit)
    if command.alarm_kind not in ALARM_KINDS:
        return Refusal(
            "unknown-status",
            f"there is no kind of alarm {command.alarm_kind!r}",
            {"field": "kind", "value": command.alarm_kind},
        )
    if refused := _bad_evidence(command.evidence):
        return refused
    if _has_its_like(region, command):
        return []
    at_ms = now_ms if command.at_ms is None else min(command.at_ms, now_ms)
    if (growing := region.growing_alarm(command.alarm_kind, now_ms)) is not None:
        return [Dated(alarmevents.AlarmJoined(growing.id, command.unit, command.evidence), at_ms)]
    raised = alarmevents.AlarmRaised(
        alarm=f"alarm-{region.seq + 1}",
        alarm_kind=command.alarm_kind,
        unit=command.unit,
        evidence=command.evidence,
    )
    return [Dated(raised, at_ms)]


def _has_its_like(region: Region, command: commands.RaiseAlarm) -> bool:
    """Return whether one is open about the unit; about calls alone: at the same workplace."""
    kind = command.alarm_kind
    if command.unit:
        return region.open_alarm(kind, command.unit) is not None
    owner = alarm_owner(region, kind, "", command.evidence)
    return any(
        one.open
        and (one.kind, one.unit) == (kind, "")
        and alarm_owner(region, kind, "", one.evidence) == owner
        for one in region.alarms.values()
    )


def _acknowledge_alarm(
    region: Region, command: commands.AcknowledgeAlarm, now_ms: int
) -> list[Dated] | Refusal:
    """Return the acknowledgement; nothing for an alarm that somebody has acknowledged already."""
    alarm = region.alarms.get(command.alarm)
    if alarm is None:
        return Refusal("unknown-alarm", f"there is no alarm {command.alarm!r}", {"alarm": command.alarm})
    if not alarm.open:
        return []
    return [
        Dated(alarmevents.AlarmAcknowledged(alarm=alarm.id, unit=alarm.unit), max(now_ms, alarm.raised_ms))
    ]


def _believe_position(
    region: Region, command: commands.BelievePosition, now_ms: int
) -> list[Dated] | Refusal:
    """Return what a person says of a position; the alarm about this unit alone has then been seen, too."""
    if command.unit not in region.units:
        return unknown_unit(command.unit)
    if refused := _bad_evidence(Evidence(reasons=command.reasons, at=command.at)):
        return refused
    believed = alarmevents.PositionBelieved(command.unit, command.reasons, command.doubted_ms, command.at)
    decided = [Dated(believed, now_ms)]
    alarm = region.open_alarm("spoofing", command.unit)
    if alarm is not None and not alarm.joined:
        seen = alarmevents.AlarmAcknowledged(alarm=alarm.id, unit=alarm.unit)
        decided.append(Dated(seen, max(now_ms, alarm.raised_ms)))
    return decided


def _note_motion(region: Region, command: commands.NoteMotion, now_ms: int) -> list[Dated] | Refusal:
    """Return what was inferred, once for each assignment and stage, and how far the button disagrees."""
    assignment = region.assignments.get(command.assignment)
    if assignment is None:
        return Refusal(
            "unknown-assignment",
            f"there is no assignment {command.assignment!r}",
            {"assignment": command.assignment},
        )
    if command.stage in assignment.inferred:
        return []
    if command.at_ms > now_ms + CLOCK_TOLERANCE_MS:
        return in_the_future("at_ms", command.at_ms, now_ms)
    button_ms = assignment.times.get(command.stage)
    inferred = events.MotionInferred(
        assignment=assignment.id,
        incident=assignment.incident,
        unit=assignment.unit,
        stage=command.stage,
        what=events.WHAT_OF_STAGE[command.stage],
        not_before_ms=command.not_before_ms,
        button_ms=button_ms,
        disagreement_s=disagreement_s(button_ms, command.not_before_ms, command.at_ms),
    )
    return [Dated(inferred, min(command.at_ms, now_ms))]


def disagreement_s(button_ms: int | None, not_before_ms: int | None, at_ms: int) -> float | None:
    """Return by how much a button was pressed too late (negative: too early); None where both agree.

    Satellites say that it happened from `not_before_ms` to `at_ms`; within a minute of that they agree.
    """
    if button_ms is None:
        return None
    earliest_ms = at_ms if not_before_ms is None else not_before_ms
    off_ms = button_ms - at_ms if button_ms > at_ms else min(0, button_ms - earliest_ms)
    return off_ms / 1000 if abs(off_ms) >= DISAGREEMENT_MS else None


def _bad_evidence(evidence: Evidence) -> Refusal | None:
    for name, several in (
        ("reasons", evidence.reasons),
        ("peers", evidence.peers),
        ("parties", evidence.parties),
    ):
        if len(several) > MOST_PARTIES:
            return Refusal("text-too-long", f"{name} has more than {MOST_PARTIES} entries", {"field": name})
        for each in several:
            if refused := bad_text(**{name: each}):
                return refused
    for seen in (evidence.at, evidence.last_good):
        if seen is not None and not (math.isfinite(seen.lat_deg) and math.isfinite(seen.lon_deg)):
            return Refusal("bad-position", "the evidence's position is none", {"field": "evidence"})
    return bad_text(said_by=evidence.said_by, note=evidence.note)
