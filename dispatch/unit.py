"""Unit: a vehicle with its crew. Its state is derived from duty and its active assignment, never stored."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from dispatch.assignment import Assignment, Status

Duty = Literal["on", "break", "refuelling", "out_of_order", "off"]
DUTIES: tuple[Duty, ...] = get_args(Duty)

UnitState = Status | Literal["free", "break", "refuelling", "out_of_order", "off"]

# Which duty may follow which. A shift opens before a break; a repaired vehicle is "on" or taken off.
TRANSITIONS: dict[Duty, tuple[Duty, ...]] = {
    "off": ("on", "out_of_order"),
    "on": ("break", "refuelling", "out_of_order", "off"),
    "break": ("on", "refuelling", "out_of_order", "off"),
    "refuelling": ("on", "break", "out_of_order", "off"),
    "out_of_order": ("on", "off"),
}

# What a crew that is bound by an assignment may still declare: its vehicle broke down, or is repaired.
WHILE_BUSY: frozenset[Duty] = frozenset({"on", "out_of_order"})


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle with its crew.

    Attributes:
        index: its number in position frames: 0, 1, 2 … in the order of registration, for good.
        duty_since_ms: when the present duty began, ms since 1970 UTC.
        freed_ms: when its last assignment ended, ms since 1970 UTC, or None.
        crew_kind: of the crew that is on it; usual_kind: of the vehicle's usual one, where another is on it.
        equipment: what it carries, ids; None: nobody has said.
        missing: what of it is not aboard in this shift.
        duty_until_ms: when its break, refuelling or repair should end; nothing happens by itself then.
        duty_why: what was said of it.
    """

    id: str
    index: int
    call_sign: str
    crew_kind: str
    vehicle_class: str
    substation: str | None
    duty: Duty = "off"
    duty_since_ms: int = 0
    freed_ms: int | None = None
    usual_kind: str | None = None
    equipment: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()
    duty_until_ms: int | None = None
    duty_why: str | None = None

    @property
    def aboard(self) -> tuple[str, ...] | None:
        """What it carries in this shift; None: nobody has said."""
        if self.equipment is None or not self.missing:
            return self.equipment
        return tuple(each for each in self.equipment if each not in self.missing)

    def on_duty(self, duty: Duty, since_ms: int, until_ms: int | None = None, why: str | None = None) -> Unit:
        """Return it with another duty; when the shift is over, the vehicle is as it usually is."""
        off = duty == "off"
        return msgspec.structs.replace(
            self,
            duty=duty,
            duty_since_ms=since_ms,
            duty_until_ms=until_ms,
            duty_why=why,
            crew_kind=(self.usual_kind or self.crew_kind) if off else self.crew_kind,
            usual_kind=None if off else self.usual_kind,
            missing=() if off else self.missing,
        )

    def manned(self, crew_kind: str | None, missing: tuple[str, ...]) -> Unit:
        """Return it with the crew of a shift, of another kind perhaps, and without what is missing."""
        usual = self.usual_kind or self.crew_kind
        return msgspec.structs.replace(
            self,
            crew_kind=crew_kind or usual,
            usual_kind=None if crew_kind in (None, usual) else usual,
            missing=missing,
        )


def state_of(unit: Unit, active: Assignment | None) -> UnitState:
    """Return what the unit is doing: its assignment's status, else free when on duty, else its duty."""
    if active is not None:
        return active.status
    return "free" if unit.duty == "on" else unit.duty


def state_since_ms(unit: Unit, active: Assignment | None) -> int:
    """Return when that state began, ms since 1970 UTC."""
    if active is not None:
        return active.since_ms
    return max(unit.duty_since_ms, unit.freed_ms or 0)
