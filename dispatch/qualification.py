"""Qualification: what the members of crews are allowed to do, and until when. Pure.

A qualification that has run out is said and recorded; it never keeps a crew from a patient, and never sends a
farther one: nothing here is asked by the ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec

# An admin is told so many days before a qualification ends, and again.
WARNED_DAYS = (90, 30)


class QualificationKind(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person may be certified for."""

    id: str
    ru: str
    en: str


QUALIFICATIONS: tuple[QualificationKind, ...] = (
    QualificationKind(id="doctor", ru="Врач скорой помощи", en="Emergency physician"),
    QualificationKind(id="paramedic", ru="Фельдшер скорой помощи", en="Paramedic"),
    QualificationKind(id="intensive_care", ru="Анестезиолог-реаниматолог", en="Intensive care physician"),
    QualificationKind(id="paediatrics", ru="Педиатр", en="Paediatrician"),
    QualificationKind(id="psychiatry", ru="Психиатр", en="Psychiatrist"),
    QualificationKind(id="obstetrics", ru="Акушер", en="Midwife"),
    QualificationKind(id="driver", ru="Водитель скорой помощи", en="Ambulance driver"),
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A qualification that a member holds; `until` is its last day, YYYY-MM-DD, or None for no end."""

    kind: str
    until: str | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works in crews."""

    id: str
    name: str
    qualifications: tuple[Held, ...] = ()


Stage = Literal["expired", "30", "90"]


class Expiring(msgspec.Struct, frozen=True, kw_only=True):
    """A qualification that has ended or will soon; `days` are left, negative when it has ended."""

    member: str
    name: str
    kind: str
    until: str
    days: int
    stage: Stage


def days_left(until: str, day: str) -> int:
    """Return how many days a qualification still holds after `day`; 0 on its last one, negative when ended.

    Raises:
        ValueError: one of them is no date.
    """
    return (date.fromisoformat(until) - date.fromisoformat(day)).days


def stage_of(days: int) -> Stage | None:
    """Return how urgent so many days are, or None."""
    if days < 0:
        return "expired"
    return "30" if days <= WARNED_DAYS[1] else "90" if days <= WARNED_DAYS[0] else None


def expiring(members: Iterable[Member], day: str) -> list[Expiring]:
    """Return what has ended or ends within 90 days, the most urgent first.

    Args:
        members: whose.
        day: today in the region, YYYY-MM-DD.
    """
    found = []
    for member in members:
        for held in member.qualifications:
            if held.until is None:
                continue
            days = days_left(held.until, day)
            if (stage := stage_of(days)) is not None:
                found.append(
                    Expiring(
                        member=member.id,
                        name=member.name,
                        kind=held.kind,
                        until=held.until,
                        days=days,
                        stage=stage,
                    )
                )
    return sorted(found, key=lambda each: (each.days, each.name, each.kind))


def held_by(members: Iterable[Member], day: str) -> Mapping[str, int | None]:
    """Return the kinds that the members hold together, each with the most days that are left (None: no end).

    What has ended is in it, with negative days.
    """
    found: dict[str, int | None] = {}
    for member in members:
        for held in member.qualifications:
            days = None if held.until is None else days_left(held.until, day)
            known = found.get(held.kind, -1_000_000)
            if known is not None and (days is None or days > known):
                found[held.kind] = days
    return found
