"""Unit: a vehicle with its crew. Its state is derived from duty and its active assignment, never stored."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from dispatch.assignment import Assignment, Status

Duty = Literal["on", "break", "out_of_order", "off"]
DUTIES: tuple[Duty, ...] = get_args(Duty)

UnitState = Status | Literal["free", "break", "out_of_order", "off"]

# Which duty may follow which. A shift opens before a break; a repaired vehicle is "on" or taken off.
TRANSITIONS: dict[Duty, tuple[Duty, ...]] = {
    "off": ("on", "out_of_order"),
    "on": ("break", "out_of_order", "off"),
    "break": ("on", "out_of_order", "off"),
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
