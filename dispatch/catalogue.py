"""What a region is made of before anything happens in it: rules, bases, hospitals, crew kinds, reasons.

All of it is data that arrives as events: a region adds a crew kind or a reason without a change of code.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dispatch.equipment import Equipment
from dispatch.instruction import Instruction
from dispatch.qualification import QualificationKind


class Name(msgspec.Struct, frozen=True):
    """A name in the console's two languages."""

    ru: str
    en: str


class CrewKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of crew and whose patients it may take.

    Attributes:
        stands_in: kinds that this one fully replaces (a doctor's crew for a paramedics').
        begins: kinds whose patients it can begin to treat until the right crew comes.
        qualifications: what at least one of its members should hold, each; see `dispatch.qualification`.
    """

    id: str
    ru: str
    en: str
    stands_in: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    qualifications: tuple[str, ...] = ()


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why people call: its priority, the crew kind it asks for, what the hospital must be able to do.

    Attributes:
        priority: 1 danger to life, 2 emergency, 3 urgent (can wait).
        crew_kind: id of the needed CrewKind, or None when any crew will do.
        needs: hospital capabilities, such as "infarction".
        instructions: ids of what the caller may be told to do until a crew is there.
        equipment: what the crew's vehicle should carry; see `dispatch.equipment`.
    """

    id: str
    ru: str
    en: str
    priority: int
    crew_kind: str | None = None
    needs: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()


class Polyclinic(msgspec.Struct, frozen=True, kw_only=True):
    """A service that may take urgent calls over, and the number at which it is asked."""

    id: str
    name: str
    phone: str = ""


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


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the region with dispatchers of its own: some substations' surroundings, or a polygon.

    Attributes:
        substations: ids; polygon: corners (lat, lon) in WGS-84 degrees, which go before substations.
    """

    id: str
    ru: str
    en: str
    substations: tuple[str, ...] = ()
    polygon: tuple[tuple[float, float], ...] = ()


WorkplaceKind = Literal["call_taker", "zone", "senior", "doctor"]


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """A desk of the dispatch centre; see `dispatch.workplace`.

    Attributes:
        zones: of a zone dispatcher: whose calls come here; empty: all.
        staff: the users who may sit there; empty: every dispatcher.
    """

    id: str
    ru: str
    en: str
    kind: WorkplaceKind
    zones: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How big a major incident is, and which crews it gets at once.

    Attributes:
        casualties: up to so many; None: more than any other scale.
        crews: how many of which crew kind.
    """

    id: str
    ru: str
    en: str
    casualties: int | None
    crews: tuple[tuple[str, int], ...]


# Ours, for a region that has no plan of its own: about one crew for two casualties, a third with a doctor.
SCALES: tuple[Scale, ...] = (
    Scale(
        id="small",
        ru="до 5 пострадавших",
        en="up to 5 casualties",
        casualties=5,
        crews=(("resuscitation", 1), ("doctor", 1), ("paramedic", 2)),
    ),
    Scale(
        id="medium",
        ru="до 20 пострадавших",
        en="up to 20 casualties",
        casualties=20,
        crews=(("resuscitation", 2), ("doctor", 2), ("paramedic", 6)),
    ),
    Scale(
        id="large",
        ru="больше 20 пострадавших",
        en="more than 20 casualties",
        casualties=None,
        crews=(("resuscitation", 4), ("doctor", 4), ("paramedic", 12)),
    ),
)


class MajorPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a region does at a major incident.

    Attributes:
        scales: smallest first; the first is what one key declares.
        reserve_share, reserve_least: of the crews on duty, and at least: kept for ordinary calls.
    """

    scales: tuple[Scale, ...] = SCALES
    reserve_share: float = 0.25
    reserve_least: int = 2

    def scale(self, name: str) -> Scale | None:
        """Return the scale of that id, or None."""
        return next((each for each in self.scales if each.id == name), None)


class RegionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one region.

    Attributes:
        timezone: IANA name; the day in an incident's id is the day there.
        bypass_s: how much longer the drive to a hospital that suits may be than to the nearest; None: any.
        standby: whether free crews are advised where to wait; see `dispatch.standby`.
        norm_s: the arrival norm, counted from the call (20 minutes in Russia unless the region adjusts it).
        unclear: id of the reason that stands for a call of which only the place is known.
        instructions: what callers may be told to do; resuscitation: id of the one that the first two answers
            open.
        call_back_s: after how long without a word a waiting patient of priority 1, 2, 3 is rung; none: never.
        polyclinics: who may take urgent calls over; polyclinic_s: how long they have to answer.
        lead_s: how long before it is due a journey stands among the calls.
        zones, workplaces: none: one zone over everything; see `dispatch.workplace`.
        major: what is done at a major incident.
    """

    id: str
    name: Name
    timezone: str = "Europe/Moscow"
    norm_s: int = 1200
    bypass_s: int | None = None
    standby: bool = False
    crew_kinds: tuple[CrewKind, ...] = ()
    reasons: tuple[Reason, ...] = ()
    unclear: str | None = None
    instructions: tuple[Instruction, ...] = ()
    resuscitation: str | None = None
    call_back_s: tuple[int, ...] = ()
    polyclinics: tuple[Polyclinic, ...] = ()
    polyclinic_s: int = 900
    lead_s: int = 3600
    equipment: tuple[Equipment, ...] = ()
    qualifications: tuple[QualificationKind, ...] = ()
    zones: tuple[Zone, ...] = ()
    workplaces: tuple[Workplace, ...] = ()
    major: MajorPlan = MajorPlan()

    def crew_kind(self, kind: str) -> CrewKind | None:
        """Return the crew kind of that id, or None."""
        return next((each for each in self.crew_kinds if each.id == kind), None)

    def reason(self, reason: str) -> Reason | None:
        """Return the reason of that id, or None."""
        return next((each for each in self.reasons if each.id == reason), None)
