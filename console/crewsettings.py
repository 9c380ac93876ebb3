"""What an installation may decide about crews: their kinds, what vehicles carry, who may work in them."""

from __future__ import annotations

import msgspec

from dispatch.catalogue import CrewKind
from dispatch.crewshift import RegisterMember
from dispatch.defaults import CREW_KINDS
from dispatch.equipment import EQUIPMENT, Equipment
from dispatch.qualification import QUALIFICATIONS, Held, Member, QualificationKind


class CrewKindSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of crew; see `dispatch.catalogue.CrewKind`. One of them replaces all of the default."""

    id: str
    ru: str
    en: str
    stands_in: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    qualifications: tuple[str, ...] = ()


class NamedSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of equipment or a qualification; one of them replaces all of the default."""

    id: str
    ru: str
    en: str


class MemberSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who works in crews; qualifications with their last day (YYYY-MM-DD), or "" for no end."""

    id: str
    name: str
    qualifications: dict[str, str] = {}


def crew_kinds_of(settings: tuple[CrewKindSetting, ...]) -> tuple[CrewKind, ...]:
    """Return the region's crew kinds."""
    return tuple(CrewKind(**msgspec.structs.asdict(each)) for each in settings) or CREW_KINDS


def equipment_of(settings: tuple[NamedSetting, ...]) -> tuple[Equipment, ...]:
    """Return what vehicles may carry."""
    return tuple(Equipment(id=each.id, ru=each.ru, en=each.en) for each in settings) or EQUIPMENT


def qualifications_of(settings: tuple[NamedSetting, ...]) -> tuple[QualificationKind, ...]:
    """Return what members may be certified for."""
    return tuple(QualificationKind(id=each.id, ru=each.ru, en=each.en) for each in settings) or QUALIFICATIONS


def members_of(settings: tuple[MemberSetting, ...]) -> list[RegisterMember]:
    """Return the commands that make the settings' members known."""
    return [
        RegisterMember(
            member=Member(
                id=each.id,
                name=each.name,
                qualifications=tuple(
                    Held(kind=kind, until=until or None) for kind, until in each.qualifications.items()
                ),
            )
        )
        for each in settings
    ]
