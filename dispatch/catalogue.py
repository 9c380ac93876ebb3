"""What a region is made of before anything happens in it: rules, bases, hospitals, crew kinds, reasons.

All of it is data that arrives as events: a region adds a crew kind or a reason without a change of code.
"""

from __future__ import annotations

import msgspec


class Name(msgspec.Struct, frozen=True):
    """A name in the console's two languages."""

    ru: str
    en: str


class CrewKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of crew and whose patients it may take.

    Attributes:
        stands_in: kinds that this one fully replaces (a doctor's crew for a paramedics').
        begins: kinds whose patients it can begin to treat until the right crew comes.
    """

    id: str
    ru: str
    en: str
    stands_in: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why people call: its priority, the crew kind it asks for, what the hospital must be able to do.

    Attributes:
        priority: 1 danger to life, 2 emergency, 3 urgent (can wait).
        crew_kind: id of the needed CrewKind, or None when any crew will do.
        needs: hospital capabilities, such as "infarction".
    """

    id: str
    ru: str
    en: str
    priority: int
    crew_kind: str | None = None
    needs: tuple[str, ...] = ()


class Substation(msgspec.Struct, frozen=True, kw_only=True):
    """A base that units belong to; coordinates are WGS-84 degrees."""

    id: str
    name: str
    lat_deg: float
    lon_deg: float


class Hospital(msgspec.Struct, frozen=True, kw_only=True):
    """A place that takes patients; coordinates are WGS-84 degrees."""

    id: str
    name: str
    lat_deg: float
    lon_deg: float
    capabilities: tuple[str, ...] = ()


class RegionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one region.

    Attributes:
        timezone: IANA name; the day in an incident's id is the day there.
        bypass_s: how much longer the drive to a hospital that suits may be than to the nearest; None: any.
        standby: whether free crews are advised where to wait; see `dispatch.standby`.
        norm_s: the arrival norm, counted from the call (20 minutes in Russia unless the region adjusts it).
    """

    id: str
    name: Name
    timezone: str = "Europe/Moscow"
    norm_s: int = 1200
    bypass_s: int | None = None
    standby: bool = False
    crew_kinds: tuple[CrewKind, ...] = ()
    reasons: tuple[Reason, ...] = ()

    def crew_kind(self, kind: str) -> CrewKind | None:
        """Return the crew kind of that id, or None."""
        return next((each for each in self.crew_kinds if each.id == kind), None)

    def reason(self, reason: str) -> Reason | None:
        """Return the reason of that id, or None."""
        return next((each for each in self.reasons if each.id == reason), None)
