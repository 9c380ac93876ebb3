"""Assignment: one crew sent to one incident, and the only place where a status lives.

A unit has no status of its own and neither has an incident: both are derived from assignments, so a second
call can never reset the first one's (TicketsCAD #82, #116, #141).
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Status = Literal[
    "notified",
    "acknowledged",
    "en_route",
    "on_scene",
    "at_patient",
    "left_scene",
    "at_hospital",
    "handed_over",
    "cleared",
    "refused",
    "pre_empted",
    "cancelled",
]

STATUSES: tuple[Status, ...] = get_args(Status)

# The whole machine. A crew may skip forward over buttons it did not press and never goes back. Up to the
# moment it is with a patient it may refuse (a broken vehicle) or be taken for a graver call; the dispatch
# centre may cancel it at any time, for a closed incident keeps no crew.
TRANSITIONS: dict[Status, tuple[Status, ...]] = {
    "notified": (
        "acknowledged",
        "en_route",
        "on_scene",
        "at_patient",
        "left_scene",
        "at_hospital",
        "handed_over",
        "cleared",
        "refused",
        "pre_empted",
        "cancelled",
    ),
    "acknowledged": (
        "en_route",
        "on_scene",
        "at_patient",
        "left_scene",
        "at_hospital",
        "handed_over",
        "cleared",
        "refused",
        "pre_empted",
        "cancelled",
    ),
    "en_route": (
        "on_scene",
        "at_patient",
        "left_scene",
        "at_hospital",
        "handed_over",
        "cleared",
        "refused",
        "pre_empted",
        "cancelled",
    ),
    "on_scene": ("at_patient", "left_scene", "at_hospital", "handed_over", "cleared", "cancelled"),
    "at_patient": ("left_scene", "at_hospital", "handed_over", "cleared", "cancelled"),
    "left_scene": ("at_hospital", "handed_over", "cleared", "cancelled"),
    "at_hospital": ("handed_over", "cleared", "cancelled"),
    "handed_over": ("cleared", "cancelled"),
    "cleared": (),
    "refused": (),
    "pre_empted": (),
    "cancelled": (),
}

TERMINAL: frozenset[Status] = frozenset(status for status, onward in TRANSITIONS.items() if not onward)

# From here on the crew has seen the scene: the countdown to the norm stops.
ARRIVED: tuple[Status, ...] = ("on_scene", "at_patient", "left_scene", "at_hospital", "handed_over")


class Assignment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One crew on one incident.

    Attributes:
        times: when each status began, as the crew says, ms since 1970 UTC.
        learned: when we were told of each status, ms since 1970 UTC.
        substation: where the unit belonged when it was sent; later moves do not rewrite the reports.
        eta_s: the travel time that the dispatcher saw when choosing.
        recommended_rank: the place in the recommendation that was shown, 1 the best.
        by: who sent the crew.
        inferred: when satellites say that a status began; an offer beside `times`, never in its place.
    """

    id: str
    incident: str
    unit: str
    status: Status
    times: dict[Status, int]
    learned: dict[Status, int]
    substation: str | None = None
    crew_kind: str | None = None
    hospital: str | None = None
    eta_s: float | None = None
    override_reason: str | None = None
    recommended_rank: int | None = None
    by: str = ""
    inferred: dict[Status, int] = {}

    @property
    def open(self) -> bool:
        """Whether the crew is still bound by it."""
        return self.status not in TERMINAL

    @property
    def arrived_ms(self) -> int | None:
        """When the crew was first known to be there, or None; a skipped button leaves the next one's time."""
        return next((self.times[status] for status in ARRIVED if status in self.times), None)

    @property
    def since_ms(self) -> int:
        """When the present status began."""
        return self.times[self.status]
