from __future__ import annotations

import math
from itertools import pairwise

from dispatch import commands
from dispatch.events import MotionInferred
from dispatch.stages import stages_of
from tests.dispatch.conftest import PLACE, World
from tracking.distance import METRES_PER_DEGREE, metres_between
from tracking.fix import Fix
from tracking.motion import Motion

BASE = (55.01, 61.0)
DOOR = (PLACE.lat_deg + 60 / METRES_PER_DEGREE, PLACE.lon_deg)
HOSPITAL = (55.0, 61.01)


class Crew:
    """A crew whose vehicle is seen by satellites, a second at a time, and whose buttons may be forgotten."""

    def __init__(self, world: World, assignment: str | None, unit: str = "u1") -> None:
        self.world = world
        self.assignment = assignment
        self.unit = unit
        self.motion = Motion()
        self.noted: list[MotionInferred] = []

    def see(self, lat_deg: float, lon_deg: float, speed_mps: float) -> None:
        """One fix; whatever follows from it is told to the region."""
        self.world.now_ms += 1000
        now_ms = self.world.now_ms
        self.motion.observe(Fix(self.unit, now_ms, 0, now_ms, lat_deg, lon_deg, speed_mps))
        if self.assignment is None:
            return
        region = self.world.region
        for note in stages_of(region, region.assignments[self.assignment], self.motion):
            for dated in self.world.do(note):
                assert isinstance(dated.event, MotionInferred)
                self.noted.append(dated.event)

    def stand(self, where: tuple[float, float], seconds: int) -> None:
        """Stand somewhere."""
        for _ in range(seconds):
            self.see(*where, 0.0)

    def drive(self, *way: tuple[float, float], mps: float = 15.0) -> None:
        """Drive along points."""
        for a, b in pairwise(way):
            steps = math.ceil(metres_between(*a, *b) / mps)
            for step in range(1, steps + 1):
                part = step / steps
                self.see(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, mps)


def test_a_whole_run_is_told_by_satellites_alone(world: World) -> None:
    """A crew that presses nothing but its hospital: departure, arrival, departure and arrival are offered."""
    crew = Crew(world, None)
    crew.stand(BASE, 60)
    crew.assignment = world.send(world.call(), "u1")
    crew.stand(BASE, 60)
    crew.drive(BASE, DOOR)
    crew.stand(DOOR, 600)
    world.do(commands.ChooseHospital(assignment=crew.assignment, hospital="h1"))
    crew.drive(DOOR, HOSPITAL)
    crew.stand(HOSPITAL, 120)
    assert [(each.stage, each.what) for each in crew.noted] == [
        ("en_route", "departed"),
        ("on_scene", "arrived"),
        ("left_scene", "departed"),
        ("at_hospital", "arrived"),
    ]
    after = world.region.assignments[crew.assignment]
    assert after.status == "notified", "an offer changes no status"
    times = list(after.inferred.values())
    assert times == sorted(times)


def test_a_crew_that_drives_when_it_is_sent_has_no_departure(world: World) -> None:
    """It was on its way home: nothing is made up, and its arrival is told all the same."""
    crew = Crew(world, None)
    crew.stand((55.03, 61.0), 60)
    crew.drive((55.03, 61.0), (55.02, 61.0))
    crew.assignment = world.send(world.call(), "u1")
    crew.drive((55.02, 61.0), DOOR)
    crew.stand(DOOR, 60)
    assert [each.stage for each in crew.noted] == ["on_scene"]


def test_a_crew_that_stands_at_the_door_is_there_at_once(world: World) -> None:
    """A second call in the same yard."""
    crew = Crew(world, None)
    crew.stand(DOOR, 60)
    crew.assignment = world.send(world.call(), "u1")
    notified_ms = world.now_ms
    crew.stand(DOOR, 5)
    assert [each.stage for each in crew.noted] == ["on_scene"]
    assert world.region.assignments[crew.assignment].inferred["on_scene"] == notified_ms


def test_a_button_pressed_at_the_base_is_contradicted(world: World) -> None:
    """On scene by the button before the vehicle moved: what satellites tell comes with the difference."""
    crew = Crew(world, None)
    crew.stand(BASE, 60)
    crew.assignment = world.send(world.call(), "u1")
    world.press(crew.assignment, "acknowledged", "en_route", "on_scene")
    crew.stand(BASE, 120)
    crew.drive(BASE, DOOR)
    crew.stand(DOOR, 60)
    stages = {each.stage: each.disagreement_s for each in crew.noted}
    assert set(stages) == {"en_route", "on_scene"}
    assert (stages["en_route"] or 0) < -100
    assert (stages["on_scene"] or 0) < -150


def test_standing_elsewhere_is_no_arrival(world: World) -> None:
    """A level crossing 500 m before the call, and a hospital that nobody has chosen."""
    crew = Crew(world, None)
    crew.stand(BASE, 60)
    crew.assignment = world.send(world.call(), "u1")
    crossing = (PLACE.lat_deg + 500 / METRES_PER_DEGREE, PLACE.lon_deg)
    crew.drive(BASE, crossing)
    crew.stand(crossing, 120)
    crew.drive(crossing, HOSPITAL)
    crew.stand(HOSPITAL, 60)
    assert [each.stage for each in crew.noted] == ["en_route"]
    world.do(commands.SetStatus(assignment=crew.assignment, status="cleared"))
    assert stages_of(world.region, world.region.assignments[crew.assignment], crew.motion) == []
