"""A small region to try things on, without a disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dispatch import commands
from dispatch.catalogue import CrewKind, Hospital, Name, Polyclinic, Reason, RegionSettings, Substation
from dispatch.commands import Command
from dispatch.decide import decide
from dispatch.events import Dated, Draft, Envelope, Event, seal
from dispatch.incident import Incident, Place
from dispatch.instruction import Instruction
from dispatch.refusal import Refusal
from dispatch.region import Region

START_MS = 1_800_000_000_000
SETTINGS = RegionSettings(
    id="test",
    name=Name("Проба", "Trial"),
    timezone="Europe/Moscow",
    norm_s=1200,
    crew_kinds=(
        CrewKind(id="doctor", ru="Врачебная", en="Doctor", stands_in=("paramedic",)),
        CrewKind(id="paramedic", ru="Фельдшерская", en="Paramedic", begins=("doctor",)),
        CrewKind(id="transport", ru="Перевозка", en="Transport"),
    ),
    reasons=(
        Reason(
            id="chest_pain",
            ru="Боль в груди",
            en="Chest pain",
            priority=1,
            crew_kind="doctor",
            needs=("infarction",),
        ),
        Reason(id="fever", ru="Температура", en="Fever", priority=3, crew_kind="paramedic"),
        Reason(id="other", ru="Другое", en="Other", priority=2),
        Reason(id="unclear", ru="Уточняется", en="Not known yet", priority=1),
    ),
    unclear="unclear",
    instructions=(
        Instruction(id="cpr", ru="Реанимация", en="Resuscitation", steps_ru=("Давите",), steps_en=("Push",)),
    ),
    resuscitation="cpr",
    call_back_s=(300, 600, 1800),
    polyclinics=(Polyclinic(id="p1", name="Поликлиника № 1"), Polyclinic(id="p2", name="№ 2")),
)
PLACE = Place(label="ул. Ленина, 5", lat_deg=55.0, lon_deg=61.0)


class World:
    """A region in memory: every command is decided, sealed and folded at once; a second passes with each."""

    def __init__(self) -> None:
        self.region = Region("test")
        self.now_ms = START_MS
        self.journal: list[Envelope] = []

    def ask(self, command: Command) -> list[Dated] | Refusal:
        """Decide and fold; return what was decided."""
        self.now_ms += 1000
        decided = decide(self.region, command, self.now_ms, "2027-01-15")
        if isinstance(decided, list):
            self._fold(decided)
        return decided

    def commit(self, event: Event) -> None:
        """Fold what nobody asks for: the engine writes it by itself."""
        self._fold([Dated(event, self.now_ms)])

    def _fold(self, decided: list[Dated]) -> None:
        drafts = [
            Draft(event=each.event, at_ms=each.at_ms, learned_ms=self.now_ms, by="anna", source="test")
            for each in decided
        ]
        for sealed in seal("test", self.region.head, drafts):
            self.journal.append(sealed.envelope)
            self.region.apply(sealed.envelope)

    def do(self, command: Command) -> list[Dated]:
        """Decide and fold what must not be refused."""
        decided = self.ask(command)
        assert isinstance(decided, list), decided
        return decided

    def no(self, command: Command) -> Refusal:
        """Return the refusal of what must be refused; nothing may have changed."""
        before = self.region.fingerprint()
        decided = self.ask(command)
        assert isinstance(decided, Refusal), decided
        assert decided.message
        assert self.region.fingerprint() == before
        return decided

    def call(self, reason: str | None = "other", priority: int | None = None, **more: Any) -> str:  # noqa: ANN401  # any of the command's fields
        """Take a call; return its id."""
        fields = {"place": PLACE, "reason": reason, "priority": priority, **more}
        self.do(commands.CreateIncident(**fields))
        return next(reversed(self.region.incidents))

    def incident(self, incident: str) -> Incident:
        """Return a call as it is now."""
        return self.region.incidents[incident]

    def kinds(self, since: int = 0) -> list[str]:
        """Return the names of the entries from the journal's so-many-th on."""
        return [entry.kind for entry in self.journal[since:]]

    def send(self, incident: str, unit: str) -> str:
        """Send a crew; return the assignment's id."""
        self.do(commands.AssignCrew(incident=incident, unit=unit))
        return next(reversed(self.region.assignments))

    def press(self, assignment: str, *statuses: str) -> None:
        """Press status buttons, in order."""
        for status in statuses:
            self.do(commands.SetStatus(assignment=assignment, status=status))  # type: ignore[arg-type]  # tests also press what does not exist


def make_world(units: int = 4) -> World:
    """Return a region with two bases, two hospitals and units u1, u2 … on duty."""
    world = World()
    world.do(commands.ConfigureRegion(settings=SETTINGS))
    for base in (
        Substation(id="s1", name="№ 1", lat_deg=55.01, lon_deg=61.0),
        Substation(id="s2", name="№ 2", lat_deg=55.1, lon_deg=61.1),
    ):
        world.do(commands.RegisterSubstation(substation=base))
    for hospital in (
        Hospital(id="h1", name="Первая", lat_deg=55.0, lon_deg=61.01),
        Hospital(id="h2", name="Кардио", lat_deg=55.0, lon_deg=61.2, capabilities=("infarction",)),
    ):
        world.do(commands.RegisterHospital(hospital=hospital))
    for number in range(1, units + 1):
        kind = "doctor" if number % 2 else "paramedic"
        world.do(
            commands.RegisterUnit(unit=f"u{number}", call_sign=str(number), crew_kind=kind, substation="s1")
        )
        world.do(commands.SetDuty(unit=f"u{number}", duty="on"))
    return world


@pytest.fixture
def world() -> World:
    """A fresh region with four units on duty, doctors (u1, u3) and paramedics (u2, u4)."""
    return make_world()


@pytest.fixture(scope="session")
def new_world() -> Callable[[], World]:
    """Makes such regions, for tests that need many."""
    return make_world
