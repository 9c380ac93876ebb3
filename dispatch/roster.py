"""Roster: who is planned for which vehicle, and the check when a crew opens its shift. Pure.

What is not in order (a qualification that has ended, a missing piece of equipment, nobody named) is recorded
with the opening and shown; it refuses nothing, for a patient is better served by that crew than by none.
"""

from __future__ import annotations

from dispatch import events
from dispatch.crewshift import (
    FARTHEST_MS,
    LONGEST_MS,
    CrewPlanDropped,
    CrewPlanned,
    CrewShiftCommand,
    CrewShiftOpened,
    DropCrewPlan,
    MemberRegistered,
    OpenCrewShift,
    PlanCrew,
    Planned,
    RegisterMember,
    Warned,
    plan_of,
)
from dispatch.events import Dated
from dispatch.qualification import days_left, held_by, stage_of
from dispatch.refusal import NOT_CONFIGURED, Refusal, bad_text, missing, unit_busy, unknown_unit
from dispatch.region import Region
from dispatch.unit import TRANSITIONS, Unit

Answer = list[Dated] | Refusal


def change_roster(region: Region, command: CrewShiftCommand, now_ms: int, day: str) -> Answer:
    """Return what a command about members, plans and shifts changes, or why it cannot be.

    Args:
        region: the state of things.
        command: what is asked.
        now_ms: ms since 1970 UTC.
        day: today in the region, YYYY-MM-DD, against which qualifications are held.
    """
    match command:
        case RegisterMember():
            return _register(region, command, now_ms)
        case PlanCrew():
            return _plan(region, command, now_ms)
        case DropCrewPlan():
            known = region.planned.get(command.planned)
            if known is None:
                return _unknown_plan(command.planned)
            if refused := missing("why", command.why) or bad_text(why=command.why):
                return refused
            return [Dated(CrewPlanDropped(planned=known.id, unit=known.unit, why=command.why), now_ms)]
        case OpenCrewShift():
            return _open(region, command, now_ms, day)


def _register(region: Region, command: RegisterMember, now_ms: int) -> Answer:
    if region.settings is None:
        return NOT_CONFIGURED
    member = command.member
    if refused := missing("id", member.id) or bad_text(id=member.id, name=member.name):
        return refused
    kinds = {kind.id for kind in region.settings.qualifications}
    for held in member.qualifications:
        if held.kind not in kinds:
            return Refusal(
                "unknown-qualification",
                f"there is no qualification {held.kind!r}",
                {"field": "qualifications", "qualification": held.kind},
            )
        try:
            _ = held.until is None or days_left(held.until, "2000-01-01")
        except ValueError:
            return Refusal(
                "not-a-date",
                f"{held.until!r} is no date: write it as 2027-05-31",
                {"field": "qualifications", "member": member.id, "until": held.until},
            )
    return [] if region.members.get(member.id) == member else [Dated(MemberRegistered(member=member), now_ms)]


def _plan(region: Region, command: PlanCrew, now_ms: int) -> Answer:
    unit = region.units.get(command.unit)
    if unit is None:
        return unknown_unit(command.unit)
    if refused := _bad_crew(region, command.members, command.crew_kind, ()):
        return refused
    if not command.starts_ms < command.ends_ms <= command.starts_ms + LONGEST_MS:
        return Refusal(
            "not-a-number", "a shift ends after it begins, and lasts 48 hours at most", {"field": "ends_ms"}
        )
    if command.ends_ms <= now_ms:
        return Refusal("time-too-old", "this shift is over", {"field": "ends_ms", "at_ms": command.ends_ms})
    if command.starts_ms > now_ms + FARTHEST_MS:
        return Refusal(
            "time-in-the-future",
            "plans reach 62 days ahead at most",
            {"field": "starts_ms", "now_ms": now_ms},
        )
    event = CrewPlanned(
        planned=f"{unit.id}@{command.starts_ms}",
        unit=unit.id,
        starts_ms=command.starts_ms,
        ends_ms=command.ends_ms,
        members=command.members,
        crew_kind=command.crew_kind,
    )
    for other in region.planned.values():
        apart = other.ends_ms <= command.starts_ms or command.ends_ms <= other.starts_ms
        if other.unit != unit.id or apart:
            continue
        if other.id != event.planned:  # the same beginning again: the plan is changed
            return Refusal(
                "shift-overlaps",
                f"unit {unit.id} is planned for then already",
                {
                    "unit": unit.id,
                    "planned": other.id,
                    "starts_ms": other.starts_ms,
                    "ends_ms": other.ends_ms,
                },
            )
        if (other.ends_ms, other.members, other.crew_kind) == (event.ends_ms, event.members, event.crew_kind):
            return []
    return [Dated(event, now_ms)]


def _open(region: Region, command: OpenCrewShift, now_ms: int, day: str) -> Answer:
    unit = region.units.get(command.unit)
    if unit is None:
        return unknown_unit(command.unit)
    plan = plan_of(region.planned, unit.id, now_ms)
    if command.planned is not None:
        plan = region.planned.get(command.planned)
        if plan is None or plan.unit != unit.id:
            return _unknown_plan(command.planned)
    if refused := _bad_crew(region, command.members or (), command.crew_kind, command.missing):
        return refused
    if unit.duty != "on" and "on" not in TRANSITIONS[unit.duty]:
        return Refusal(
            "duty-transition",
            f"unit {unit.id} cannot go from {unit.duty} to on",
            {"unit": unit.id, "from": unit.duty, "to": "on"},
        )
    active = region.active_assignment(unit.id)
    if active is not None:  # whose crew is on a call is not changed under it
        return unit_busy(active)
    members = command.members
    if members is None:
        members = () if plan is None else plan.members
    crew_kind = command.crew_kind or (None if plan is None else plan.crew_kind)
    opened = CrewShiftOpened(
        unit=unit.id,
        planned=None if plan is None else plan.id,
        ends_ms=None if plan is None else plan.ends_ms,
        members=members,
        crew_kind=crew_kind,
        missing=command.missing,
        warnings=tuple(check(region, unit, plan, members, crew_kind, command.missing, day)),
    )
    decided = [Dated(opened, now_ms)]
    if unit.duty != "on":
        decided.append(Dated(events.DutyChanged(unit=unit.id, duty="on"), now_ms))
    return decided


def check(  # noqa: PLR0917  # everything that a shift is made of
    region: Region,
    unit: Unit,
    plan: Planned | None,
    members: tuple[str, ...],
    crew_kind: str | None,
    without: tuple[str, ...],
    day: str,
) -> list[Warned]:
    """Return what is not in order with a crew; nothing of it keeps the crew from going."""
    found = [] if plan is not None else [Warned(trouble="not_planned")]
    if not members:
        found.append(Warned(trouble="nobody_named"))
    there = [region.members[each] for each in members if each in region.members]
    found += [Warned(trouble="unknown_member", member=each) for each in members if each not in region.members]
    for member in there:
        for held in member.qualifications:
            stage = None if held.until is None else stage_of(days_left(held.until, day))
            if stage in ("expired", "30"):
                found.append(
                    Warned(
                        trouble="expired" if stage == "expired" else "expires_soon",
                        member=member.id,
                        kind=held.kind,
                        until=held.until,
                    )
                )
    kind = None
    if region.settings is not None:
        kind = region.settings.crew_kind(crew_kind or unit.usual_kind or unit.crew_kind)
    if kind is not None and members:
        left = held_by(there, day)
        for needed in kind.qualifications:
            days = left.get(needed, -1)
            if days is not None and days < 0:
                found.append(Warned(trouble="not_held", kind=needed))
    found += [Warned(trouble="equipment_missing", kind=each) for each in without]
    for other in region.crew_shifts.values():
        if other.unit != unit.id:
            twice = [each for each in members if each in other.members]
            found += [Warned(trouble="double", member=each, unit=other.unit) for each in twice]
    return found


def _bad_crew(
    region: Region, members: tuple[str, ...], crew_kind: str | None, without: tuple[str, ...]
) -> Refusal | None:
    """Refuse texts that are none, and kinds that do not exist; a person whom nobody knows is a warning."""
    settings = region.settings
    if settings is None:
        return NOT_CONFIGURED
    for member in members:
        if refused := missing("members", member) or bad_text(members=member):
            return refused
    if len(set(members)) < len(members):
        return Refusal("bad-text", "a member is named twice", {"field": "members"})
    if crew_kind is not None and settings.crew_kind(crew_kind) is None:
        return Refusal(
            "unknown-crew-kind",
            f"there is no crew kind {crew_kind!r}",
            {"field": "crew_kind", "crew_kind": crew_kind},
        )
    carried = {each.id for each in settings.equipment}
    for each in without:
        if each not in carried:
            return Refusal(
                "unknown-equipment",
                f"there is no equipment {each!r}",
                {"field": "missing", "equipment": each},
            )
    return None


def _unknown_plan(planned: str) -> Refusal:
    return Refusal("unknown-plan", f"there is no plan {planned!r}", {"planned": planned})
