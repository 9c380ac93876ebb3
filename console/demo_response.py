"""One crew's response in the demo's past, told as its buttons told it. Pure but for its stream of chance."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch import events
from dispatch.assignment import Status
from dispatch.events import Draft, Event
from routing.institutions import Hospital

SOURCE = "demo-past"
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
SIREN_MPS, CALM_MPS = 9.5, 7.2
DETOUR = 1.42
# One base drives off late, one hospital keeps its crews: a league must have something to find.
SLOW_BASE, SLOW_BASE_S = "s4", 75.0
SLOW_HOSPITAL, SLOW_HOSPITAL_FACTOR = "h1", 1.9
OVERRIDES = ("closer", "first_busy", "equipment", "asked", "knows")
# A crew that has just come free is still where it was; later it is at its base.
LINGERS_MS = 12 * MINUTE_MS

Point = tuple[float, float]


@dataclass(slots=True)
class Crew:
    """One crew of the past: where it is free again, and when. Points are (lat, lon) in degrees."""

    unit: str
    number: int
    kind: str
    base: str
    home: Point
    shifts: int
    place: Point = (0.0, 0.0)
    free_ms: int = 0
    busy: list[tuple[int, int]] = field(default_factory=list)

    def on_duty(self, day: int) -> bool:
        """Say whether its shift begins on this day."""
        return (self.number + day) % self.shifts == 0

    def where(self, at_ms: int) -> Point:
        """Return from where it would set out."""
        return self.place if at_ms - self.free_ms < LINGERS_MS else self.home


def told(event: Event, at_ms: int, learned_ms: int | None = None) -> Draft:
    """Return an entry of the past."""
    return Draft(event=event, at_ms=at_ms, learned_ms=learned_ms or at_ms, by=SOURCE, source=SOURCE)


class Response:
    """One crew on one call: `entries` are what was told, `learned_ms` when the last of it was."""

    def __init__(
        self, draw: random.Random, crew: Crew, call: events.IncidentCreated, notified_ms: int, *, rush: bool
    ) -> None:
        """The crew is told at `notified_ms`; in the rush it drives slowly."""
        self.entries: list[Draft] = []
        self.learned_ms = notified_ms
        self._draw, self._crew, self._call = draw, crew, call
        self._at_ms = notified_ms
        self._notified_ms = notified_ms
        self._status: Status = "notified"
        self._assignment = ""
        self._slow = 0.66 if rush else 1.0
        # An offline tablet hands in its presses when it is back in reach.
        self._behind_ms = self._draw.randrange(6, 25) * MINUTE_MS if self._draw.random() < 0.02 else 0
        self._to = (call.place.lat_deg, call.place.lon_deg)

    def notify(self, rank: int, number: int) -> None:
        """Send the crew."""
        self._assignment = f"{self._call.incident}.{number}"
        start = self._crew.where(self._at_ms)
        self._drive_s = self._driving_s(start, self._to, siren=self._call.priority < 3)
        assigned = events.CrewAssigned(
            assignment=self._assignment,
            incident=self._call.incident,
            unit=self._crew.unit,
            substation=self._crew.base,
            crew_kind=self._crew.kind,
            eta_s=round(self._drive_s * self._draw.uniform(0.8, 1.1), 1),
            rank=rank,
            override_reason=None if rank == 1 or number > 1 else self._draw.choice(OVERRIDES),
        )
        self._say(assigned, 0)

    def recall(self) -> int:
        """Let the crew be called off on its way; return when."""
        self._press("acknowledged", 20)
        self._press("en_route", 60)
        self._press("cancelled", self._drive_s * 0.5)
        self._free(self._crew.home)
        return self.learned_ms

    def work(
        self, case: tuple[float, float], hospital_of: Callable[[Point], Hospital], *, transports: bool
    ) -> bool:
        """Let the crew do its work; return whether the patient was taken to a hospital.

        Args:
            case: minutes on scene, and the share of such patients that is taken to a hospital.
            hospital_of: which hospital, from a place.
            transports: whether this crew is the one to take the patient.
        """
        draw = self._draw
        scene_min, share = case
        night = (self._notified_ms // HOUR_MS + 5) % 24 < 6
        turnout_s = around(draw, 70.0, 0.4) * (1.4 if night else 1.0)
        turnout_s += SLOW_BASE_S if self._crew.base == SLOW_BASE else 0.0
        self._press("acknowledged", min(turnout_s * 0.3, 30), forget=0.03)
        self._press("en_route", turnout_s * 0.7, forget=0.025)
        self._press("on_scene", self._drive_s, forget=0.02)
        self._infer()
        self._press("at_patient", around(draw, 95, 0.4), forget=0.06)
        goes = transports and draw.random() < share
        stays_s = around(draw, scene_min * 60.0, 0.35)
        if not goes:
            self._press("cleared", stays_s)
            self._free(self._to)
            return False
        hospital = hospital_of(self._to)
        chosen = events.HospitalChosen(
            assignment=self._assignment,
            incident=self._call.incident,
            unit=self._crew.unit,
            hospital=hospital.id,
        )
        there = (hospital.lat_deg, hospital.lon_deg)
        self._press("left_scene", stays_s, forget=0.02)
        self._say(chosen, 0)
        self._press(
            "at_hospital", self._driving_s(self._to, there, siren=self._call.priority == 1), forget=0.02
        )
        waits_s = around(draw, 640, 0.45) * (SLOW_HOSPITAL_FACTOR if hospital.id == SLOW_HOSPITAL else 1.0)
        self._press("handed_over", waits_s, forget=0.05)
        self._press("cleared", around(draw, 240, 0.5))
        self._free(there)
        return True

    def _infer(self) -> None:
        """Some crews press the button too late or too early, and their track tells."""
        if self._status != "on_scene" or self._draw.random() > 0.05:
            return
        off_s = self._draw.choice((-1, 1, 1)) * self._draw.randrange(70, 420)
        inferred = events.MotionInferred(
            assignment=self._assignment,
            incident=self._call.incident,
            unit=self._crew.unit,
            stage="on_scene",
            what="arrived",
            button_ms=self._at_ms,
            disagreement_s=float(off_s),
        )
        self.entries.append(told(inferred, self._at_ms - off_s * 1000, self.learned_ms))

    def _press(self, status: Status, after_s: float, *, forget: float = 0.0) -> None:
        if forget and self._draw.random() < forget:
            self._at_ms += round(after_s * 1000)
            return
        changed = events.StatusChanged(
            assignment=self._assignment,
            incident=self._call.incident,
            unit=self._crew.unit,
            status=status,
            before=self._status,
        )
        self._status = status
        self._say(changed, after_s)

    def _say(self, event: Event, after_s: float) -> None:
        self._at_ms += round(after_s * 1000)
        notified = isinstance(event, events.CrewAssigned)
        self.learned_ms = max(self.learned_ms, self._at_ms + (0 if notified else self._behind_ms + 700))
        self.entries.append(told(event, self._at_ms, self.learned_ms))

    def _driving_s(self, start: tuple[float, float], end: tuple[float, float], *, siren: bool) -> float:
        speed_mps = (SIREN_MPS if siren else CALM_MPS) * self._slow
        return 35 + metres(start, end) * DETOUR / speed_mps * around(self._draw, 1.0, 0.22)

    def _free(self, place: tuple[float, float]) -> None:
        self._crew.place = place
        self._crew.free_ms = self.learned_ms + 10_000
        self._crew.busy.append((self._notified_ms, self.learned_ms))


def metres(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the distance as the crow flies, for a city; degrees WGS-84."""
    along = (end[1] - start[1]) * math.cos(math.radians(start[0]))
    return math.hypot(end[0] - start[0], along) * 111_195


def around(draw: random.Random, median: float, sigma: float) -> float:
    """Return a length whose logarithm is normal."""
    return median * math.exp(draw.gauss(0, sigma))
