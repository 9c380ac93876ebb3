"""Crew shifts: who is planned for a vehicle and when, and who is on it: values, events, commands, fold.

What was not in order when a shift opened is kept with it as warnings. None of them keeps the crew from going.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dispatch.qualification import Member
from dispatch.tagged import CommandBase, EventBase

# Plans whose shift ended so long ago leave the fold; the journal keeps them.
PLANS_KEPT_MS = 2 * 86_400_000
# A vehicle is planned at most so far ahead, and for a shift of at most so long.
FARTHEST_MS = 62 * 86_400_000
LONGEST_MS = 48 * 3_600_000

Trouble = Literal[
    "not_planned",  # nobody had planned this shift
    "nobody_named",  # no member is named
    "unknown_member",  # member
    "expired",  # member, kind, until
    "expires_soon",  # member, kind, until: within 30 days
    "not_held",  # kind: the crew kind asks for it, and nobody aboard holds it
    "equipment_missing",  # kind: of equipment that the vehicle carries otherwise
    "double",  # member, unit: in two crews at once
]


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not in order when a shift opened."""

    trouble: Trouble
    member: str | None = None
    kind: str | None = None
    until: str | None = None
    unit: str | None = None


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to man a vehicle, from when to when (ms since 1970 UTC); no `crew_kind`: of its usual kind."""

    id: str
    unit: str
    starts_ms: int
    ends_ms: int
    members: tuple[str, ...] = ()
    crew_kind: str | None = None
    by: str = ""


class CrewShift(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on a vehicle now, as it was said when the shift opened."""

    unit: str
    opened_ms: int
    planned: str | None = None
    ends_ms: int | None = None
    members: tuple[str, ...] = ()
    crew_kind: str | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()
    by: str = ""


# ── what happened ────────────────────────────────────────────────────────────────────────────────────────


class MemberRegistered(EventBase, frozen=True):
    """Somebody who works in crews was added or changed."""

    member: Member


class CrewPlanned(EventBase, frozen=True):
    """A crew was planned for a vehicle."""

    planned: str
    unit: str
    starts_ms: int
    ends_ms: int
    members: tuple[str, ...] = ()
    crew_kind: str | None = None


class CrewPlanDropped(EventBase, frozen=True):
    """A planned crew will not come."""

    planned: str
    unit: str
    why: str


class CrewShiftOpened(EventBase, frozen=True):
    """A crew took its vehicle over, with what was not in order then.

    Attributes:
        planned: by which plan, or None for none.
        missing: equipment that the vehicle carries otherwise and not in this shift.
    """

    unit: str
    planned: str | None = None
    ends_ms: int | None = None
    members: tuple[str, ...] = ()
    crew_kind: str | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()


CrewShiftEvent = MemberRegistered | CrewPlanned | CrewPlanDropped | CrewShiftOpened


# ── what may be asked ────────────────────────────────────────────────────────────────────────────────────


class RegisterMember(CommandBase, frozen=True):
    """Add or change somebody who works in crews. The same again changes nothing."""

    member: Member


class PlanCrew(CommandBase, frozen=True):
    """Plan a crew for a vehicle. The same again changes nothing."""

    unit: str
    starts_ms: int
    ends_ms: int
    members: tuple[str, ...] = ()
    crew_kind: str | None = None


class DropCrewPlan(CommandBase, frozen=True):
    """Take a plan back."""

    planned: str
    why: str


class OpenCrewShift(CommandBase, frozen=True):
    """Bring a crew on duty by the roster.

    Attributes:
        planned: which plan; None: the one that holds now, or none.
        members: who has come, where that is not as planned.
        crew_kind: where it is not as planned.
        missing: equipment that is not aboard.
    """

    unit: str
    planned: str | None = None
    members: tuple[str, ...] | None = None
    crew_kind: str | None = None
    missing: tuple[str, ...] = ()


CrewShiftCommand = RegisterMember | PlanCrew | DropCrewPlan | OpenCrewShift


# ── what is so ───────────────────────────────────────────────────────────────────────────────────────────


def fold_crew_shift(  # noqa: PLR0917  # the parts of a region that it changes, and the entry's two facts
    members: dict[str, Member],
    planned: dict[str, Planned],
    shifts: dict[str, CrewShift],
    event: CrewShiftEvent,
    at_ms: int,
    by: str,
) -> None:
    """Fold one event into a region's members, plans and open shifts."""
    match event:
        case MemberRegistered():
            members[event.member.id] = event.member
        case CrewPlanned():
            for old in [each.id for each in planned.values() if each.ends_ms < at_ms - PLANS_KEPT_MS]:
                del planned[old]
            planned[event.planned] = Planned(
                id=event.planned,
                unit=event.unit,
                starts_ms=event.starts_ms,
                ends_ms=event.ends_ms,
                members=event.members,
                crew_kind=event.crew_kind,
                by=by,
            )
        case CrewPlanDropped():
            planned.pop(event.planned, None)
        case CrewShiftOpened():
            shifts[event.unit] = CrewShift(
                unit=event.unit,
                opened_ms=at_ms,
                planned=event.planned,
                ends_ms=event.ends_ms,
                members=event.members,
                crew_kind=event.crew_kind,
                missing=event.missing,
                warnings=event.warnings,
                by=by,
            )


def plan_of(planned: dict[str, Planned], unit: str, now_ms: int) -> Planned | None:
    """Return the plan of a vehicle that holds now, or that begins within two hours; the earliest of them."""
    near = [
        each
        for each in planned.values()
        if each.unit == unit and each.starts_ms - 7_200_000 <= now_ms < each.ends_ms
    ]
    return min(near, key=lambda each: (each.starts_ms, each.id), default=None)
