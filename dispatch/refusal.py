"""Refusal: a No that says why, and the ways to say it.

`values` hold what the message speaks of, so that a page can say it in its own language; `field` names the
field of the request that is wrong.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dispatch.assignment import Assignment
from dispatch.incident import Place

LONGEST_TEXT = 4_000
LONGEST_LINE = 400

Code = Literal[
    "already-assigned-here",
    "already-closed",
    "answers-are-graver",
    "bad-end",
    "bad-link",
    "already-swapped",
    "bad-position",
    "bad-priority",
    "bad-text",
    "bad-timezone",
    "bad-transition",
    "command-id-reused",
    "crew-bound",
    "delays-danger-to-life",
    "duty-transition",
    "field-missing",
    "kept-in-reserve",
    "linked-call-is-graver",
    "major-cannot-follow",
    "not-a-number",
    "not-configured",
    "not-major",
    "not-urgent-only",
    "not-a-date",
    "not-ended",
    "queue-full",
    "queued-elsewhere",
    "shift-overlaps",
    "unit-not-busy",
    "unknown-equipment",
    "unknown-member",
    "unknown-plan",
    "unknown-qualification",
    "nobody-there",
    "not-your-assignment",
    "not-your-workplace",
    "successor-needed",
    "swap-contradicts-itself",
    "swap-outdated",
    "text-too-long",
    "time-before-call",
    "time-before-previous",
    "time-in-the-future",
    "time-too-old",
    "too-many",
    "unit-busy",
    "unit-off-duty",
    "unknown-alarm",
    "unknown-assignment",
    "unknown-crew-kind",
    "unknown-hazard",
    "unknown-hospital",
    "unknown-incident",
    "unknown-instruction",
    "unknown-patient",
    "unknown-polyclinic",
    "unknown-reason",
    "unknown-scale",
    "unknown-status",
    "unknown-substation",
    "unknown-unit",
    "unknown-workplace",
]

# What the HTTP API answers with: 404 for what does not exist, 422 for a wrong field, 409 for all else.
NOT_FOUND: frozenset[Code] = frozenset(
    {
        "unknown-alarm",
        "unknown-assignment",
        "unknown-hazard",
        "unknown-incident",
        "unknown-patient",
        "unknown-plan",
        "unknown-unit",
        "unknown-workplace",
    }
)
WRONG_FIELD: frozenset[Code] = frozenset(
    {
        "answers-are-graver",
        "bad-end",
        "bad-position",
        "bad-priority",
        "bad-text",
        "bad-timezone",
        "field-missing",
        "not-a-date",
        "not-a-number",
        "text-too-long",
        "time-before-call",
        "time-in-the-future",
        "time-too-old",
        "unknown-crew-kind",
        "unknown-equipment",
        "unknown-hospital",
        "unknown-instruction",
        "unknown-member",
        "unknown-polyclinic",
        "unknown-qualification",
        "unknown-reason",
        "unknown-scale",
        "unknown-status",
        "unknown-substation",
    }
)


class Refusal(msgspec.Struct, frozen=True):
    """A No that says why.

    Attributes:
        code: for programs.
        message: one English sentence for a log.
        values: what the sentence speaks of (`field` names a request's wrong field); never a key `status`,
            `code` or `message`, which an HTTP answer has for itself.
    """

    code: Code
    message: str
    values: dict[str, str | int | float | None] = {}


NOT_CONFIGURED = Refusal("not-configured", "the region has no configuration yet")


def unknown_unit(unit: str) -> Refusal:
    """There is no such unit."""
    return Refusal("unknown-unit", f"there is no unit {unit!r}", {"unit": unit})


def unknown_hospital(hospital: str) -> Refusal:
    """There is no such hospital."""
    return Refusal(
        "unknown-hospital",
        f"there is no hospital {hospital!r}",
        {"field": "hospital", "hospital": hospital},
    )


def unknown_reason(reason: str) -> Refusal:
    """There is no such reason."""
    return Refusal("unknown-reason", f"there is no reason {reason!r}", {"field": "reason", "reason": reason})


def unit_busy(active: Assignment, wanted: str | None = None) -> Refusal:
    """The unit is bound by an assignment; says by which, and whether it is on the wanted incident."""
    code: Code = "already-assigned-here" if active.incident == wanted else "unit-busy"
    return Refusal(
        code,
        f"unit {active.unit} is {active.status} on incident {active.incident}",
        {
            "unit": active.unit,
            "incident": active.incident,
            "assignment": active.id,
            "state": active.status,
        },
    )


def in_the_future(field: str, at_ms: int, now_ms: int) -> Refusal:
    """An instant lies in the future."""
    return Refusal(
        "time-in-the-future",
        f"{field} is {(at_ms - now_ms) / 1000:.0f} s in the future",
        {"field": field, "at_ms": at_ms, "now_ms": now_ms},
    )


def bad_position(lat_deg: float, lon_deg: float) -> Refusal | None:
    """Refuse coordinates off the globe."""
    # NaN fails both comparisons.
    if -90 <= lat_deg <= 90 and -180 <= lon_deg <= 180:
        return None
    return Refusal("bad-position", "latitude or longitude is out of range", {"field": "place"})


def bad_place(place: Place) -> Refusal | None:
    """Refuse a place that cannot be one."""
    return (
        bad_position(place.lat_deg, place.lon_deg)
        or missing("place", place.label)
        or bad_text(place=place.label, detail=place.detail)
    )


def missing(field: str, text: str) -> Refusal | None:
    """Refuse an empty field."""
    if text.strip():
        return None
    return Refusal("field-missing", f"{field} is empty", {"field": field})


def bad_text(**fields: str | None) -> Refusal | None:
    """Refuse what is too long, or cannot be written as UTF-8 (half of a surrogate pair out of bad JSON)."""
    for field, text in fields.items():
        if text is None:
            continue
        longest = LONGEST_TEXT if field in ("note", "why", "override_reason") else LONGEST_LINE
        if len(text) > longest:
            return Refusal(
                "text-too-long",
                f"{field} has {len(text)} characters: {longest} are possible",
                {"field": field, "length": len(text), "longest": longest},
            )
        if any("\ud800" <= character <= "\udfff" for character in text):
            return Refusal("bad-text", f"{field} is not valid Unicode text", {"field": field})
    return None


def kept_in_reserve(unit: str) -> Refusal:
    """Return the answer to who sends the reserve to a major incident and does not say why."""
    return Refusal(
        "kept-in-reserve",
        f"unit {unit} is kept for ordinary calls: say why it is to go",
        {"unit": unit, "field": "override_reason"},
    )
