"""Amend: corrections of what was recorded, and who looked at it or took it out; as `decide` decides. Pure."""

from __future__ import annotations

from dispatch import commands, events
from dispatch.assignment import STATUSES, TERMINAL
from dispatch.events import Dated
from dispatch.refusal import Refusal, bad_text, in_the_future, missing
from dispatch.region import Region

CLOCK_TOLERANCE_MS = 5_000
Amendment = commands.CorrectTime | commands.NoteView | commands.NoteExport


def amend(region: Region, command: Amendment, now_ms: int) -> list[Dated] | Refusal:
    """Return the events that follow from the command, or why it is refused."""
    match command:
        case commands.CorrectTime():
            return _correct(region, command, now_ms)
        case commands.NoteView():
            if command.incident and command.incident not in region.incidents:
                return Refusal(
                    "unknown-incident",
                    f"there is no incident {command.incident!r}",
                    {"incident": command.incident},
                )
            return [Dated(events.RecordViewed(incident=command.incident, what=command.what), now_ms)]
        case commands.NoteExport():
            if refused := bad_text(what=command.what, filters=command.filters):
                return refused
            exported = events.ReportExported(
                what=command.what,
                file_format=command.file_format,
                rows=command.rows,
                with_personal=command.with_personal,
                filters=command.filters,
            )
            return [Dated(exported, now_ms)]


def _correct(region: Region, command: commands.CorrectTime, now_ms: int) -> list[Dated] | Refusal:
    assignment = region.assignments.get(command.assignment)
    if assignment is None:
        return Refusal(
            "unknown-assignment",
            f"there is no assignment {command.assignment!r}",
            {"assignment": command.assignment},
        )
    if command.what not in STATUSES:
        return Refusal(
            "unknown-status",
            f"there is no status {command.what!r}",
            {"field": "what", "value": command.what},
        )
    if refused := missing("why", command.why) or bad_text(why=command.why):
        return refused
    before_ms = assignment.times.get(command.what)
    if before_ms == command.to_ms:
        return []
    if assignment.open or (before_ms is None and command.what in TERMINAL):
        return Refusal(
            "bad-transition",
            f"assignment {assignment.id} is {assignment.status}: its times are corrected when it has ended",
            {"assignment": assignment.id, "state": assignment.status},
        )
    if command.to_ms is None and command.what in {"notified", assignment.status}:
        return Refusal(
            "bad-transition",
            f"that {command.what} happened cannot be taken back, only when",
            {"assignment": assignment.id, "field": "to_ms"},
        )
    if command.to_ms is not None:
        if command.to_ms > now_ms + CLOCK_TOLERANCE_MS:
            return in_the_future("to_ms", command.to_ms, now_ms)
        called_at_ms = region.incidents[assignment.incident].called_at_ms
        if command.to_ms < called_at_ms - CLOCK_TOLERANCE_MS:
            return Refusal(
                "time-before-call",
                "a status cannot begin before the call",
                {"field": "to_ms", "at_ms": command.to_ms, "called_at_ms": called_at_ms},
            )
    corrected = events.TimeCorrected(
        assignment=assignment.id,
        incident=assignment.incident,
        unit=assignment.unit,
        what=command.what,
        before_ms=before_ms,
        to_ms=command.to_ms,
        why=command.why,
    )
    return [Dated(corrected, now_ms)]
