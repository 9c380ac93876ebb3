"""Hand-over: an urgent call that a polyclinic is asked to take, and its TRANSITIONS as a literal table. Pure.

It is ours until a named person there accepts it, and ours again when nobody did in time.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

HandOverState = Literal["offered", "accepted", "returned"]

# From what (None: it was never offered) to what. An accepted call has ended here.
TRANSITIONS: dict[HandOverState | None, tuple[HandOverState, ...]] = {
    None: ("offered",),
    "offered": ("accepted", "returned"),
    "returned": ("offered",),
    "accepted": (),
}

# Why a call is ours again.
ReturnedWhy = Literal["timed_out", "declined", "taken_back", "crew_sent", "worse", "linked"]
RETURNED_WHY: tuple[ReturnedWhy, ...] = get_args(ReturnedWhy)


class HandOver(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How it stands.

    Attributes:
        polyclinic: id of the `catalogue.Polyclinic`.
        since_ms: when it came to be so; until_ms: by when an offer must be accepted.
        accepted_by: the person there, by name.
        why: why it came back.
    """

    state: HandOverState
    polyclinic: str
    since_ms: int
    until_ms: int
    accepted_by: str | None = None
    why: ReturnedWhy | None = None
