"""Duty: what a crew does in each status of its assignment, as a literal table, and what it decides.

`STEPS` is everything: in a status the crew waits or drives, then presses the button that follows.
"""

from __future__ import annotations

import random
from typing import Literal, NamedTuple

from console.simulate.city import Assignment
from console.simulate.plan import ReasonPlan

Does = Literal["wait", "scene", "drive_to_scene", "drive_to_hospital"]


class Step(NamedTuple):
    """One row: what the crew does in a status, the button after it, and whether it may forget that button.

    `low_s` and `high_s` bound a wait, or the moment between the wheels' standing still and the button.
    """

    does: Does
    then: str
    low_s: float
    high_s: float
    forgettable: bool


# fmt: off
STEPS: dict[str, Step] = {
    "notified":     Step("wait",              "acknowledged", 5,    30,   forgettable=True),
    "acknowledged": Step("wait",              "en_route",     30,   90,   forgettable=True),
    "en_route":     Step("drive_to_scene",    "on_scene",     2,    8,    forgettable=True),
    "on_scene":     Step("wait",              "at_patient",   60,   120,  forgettable=True),
    # Or `cleared`, for a patient who is treated on the spot.
    "at_patient":   Step("scene",             "left_scene",   0,    0,    forgettable=False),
    "left_scene":   Step("drive_to_hospital", "at_hospital",  2,    8,    forgettable=True),
    "at_hospital":  Step("wait",              "handed_over",  480,  1200, forgettable=True),
    "handed_over":  Step("wait",              "cleared",      120,  300,  forgettable=False),
}
# fmt: on
ORDER = {status: place for place, status in enumerate((*STEPS, "cleared"))}
FORGETS = 0.03  # the share of buttons that a crew forgets
ROLLING = 0.25  # of the turnout that is left when the crew already sits in a moving vehicle


class Progress(NamedTuple):
    """How far a crew truly is with an assignment; a forgotten button lets the service's status lag behind."""

    assignment: str
    status: str
    hospital: str | None = None


def follow(progress: Progress | None, seen: Assignment | None) -> Progress | None:
    """Return what the crew is to go on from, having seen its running assignment (None: it has none).

    An unchanged answer means: carry on with what you are doing. The crew heeds a new assignment, the end of
    its own, a status that someone pressed for it, and another hospital; its own buttons coming back, and
    statuses that it does not know, change nothing.
    """
    if seen is None:
        return None
    if progress is None or progress.assignment != seen.id:
        return Progress(seen.id, seen.status, seen.hospital) if seen.status in STEPS else None
    if seen.status in STEPS and ORDER[seen.status] > ORDER[progress.status]:
        progress = progress._replace(status=seen.status)
    if seen.hospital is not None and seen.hospital != progress.hospital:
        progress = progress._replace(hospital=seen.hospital)
    return progress


class Intentions(NamedTuple):
    """All that chance decides about one assignment, drawn at once so that a seed repeats it."""

    waits_s: dict[str, float]  # by status
    transports: bool
    forgets: frozenset[str]  # buttons

    def wait_s(self, status: str, *, rolling: bool) -> float:
        """Return how long the crew stays in `status`; `rolling`: it is called while out on the road."""
        return self.waits_s[status] * (ROLLING if rolling and status == "acknowledged" else 1.0)


def intend(rng: random.Random, reason: ReasonPlan | None) -> Intentions:
    """Draw a crew's intentions for a call with `reason` (None: one that the plan does not know)."""
    scene_min = 25.0 if reason is None else reason.scene_min
    transport_share = 0.5 if reason is None else reason.transport_share
    waits_s = {status: rng.uniform(step.low_s, step.high_s) for status, step in STEPS.items()}
    # Times at scenes are skewed: most are near the usual one, some take twice as long.
    waits_s["at_patient"] = min(max(rng.lognormvariate(0.0, 0.3), 0.4), 2.5) * scene_min * 60
    transports = rng.random() < transport_share
    draws = {status: rng.random() for status in STEPS}
    forgets = frozenset(
        step.then for status, step in STEPS.items() if step.forgettable and draws[status] < FORGETS
    )
    return Intentions(waits_s, transports, forgets)


def after(progress: Progress, intentions: Intentions) -> str:
    """Return the status that follows `progress`: the table's, or `cleared` where nobody is to be transported.

    A hospital that the dispatcher has set overrules a crew that would have treated on the spot.
    """
    if progress.status == "at_patient" and not intentions.transports and progress.hospital is None:
        return "cleared"
    return STEPS[progress.status].then
