from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import callcommands as ask
from dispatch import commands, events
from dispatch.callevents import HazardNoted
from dispatch.hazard import KEPT_MS, LONGEST_MS, Hazard, distance_m, fold_hazard, hazards_at, same_address
from dispatch.incident import Place
from tests.dispatch.conftest import PLACE, World

DAY_MS = 86_400_000
METRE_DEG = 1 / 111_195


def moved(north_m: float, label: str = PLACE.label) -> Place:
    """The usual place, so many metres to the north."""
    return Place(label=label, lat_deg=PLACE.lat_deg + north_m * METRE_DEG, lon_deg=PLACE.lon_deg)


def held_at(world: World, place: Place, at_ms: int) -> list[Hazard]:
    """The hazards that hold there then."""
    return hazards_at(world.region.hazards, world.region.hazard_cells, place, at_ms)


def noted(world: World, text: str = "агрессивная собака", days: int = 30) -> str:
    """Note a hazard at the usual place; return its id."""
    world.do(ask.NoteHazard(place=PLACE, text=text, until_ms=world.now_ms + days * DAY_MS))
    return next(reversed(world.region.hazards))


def test_a_hazard_names_its_author_and_ends_by_itself(world: World) -> None:
    """By whom, since when, until when; after that instant it is shown no more."""
    hazard = world.region.hazards[noted(world)]
    assert (hazard.by, hazard.since_ms) == ("anna", world.now_ms)
    assert held_at(world, PLACE, hazard.until_ms - 1) == [hazard]
    assert held_at(world, PLACE, hazard.until_ms) == []


@pytest.mark.parametrize("days", [-1, 0, LONGEST_MS // DAY_MS + 1])
def test_a_hazard_without_an_end_within_a_year_is_refused(world: World, days: int) -> None:
    """A mark that nobody renews must not stay on a door for ever."""
    until_ms = world.now_ms + days * DAY_MS
    assert world.no(ask.NoteHazard(place=PLACE, text="x", until_ms=until_ms)).code == "bad-end"


@pytest.mark.parametrize(
    ("place", "same"),
    [
        (PLACE, True),
        (moved(20, "другая надпись"), True),
        (moved(40, "другая надпись"), False),
        (moved(150, "УЛ ЛЕНИНА 5"), True),
        (moved(300), False),
    ],
)
def test_which_calls_are_at_the_address(world: World, place: Place, *, same: bool) -> None:
    """The same point within 25 m, or the same name not far away."""
    noted(world)
    assert same_address(PLACE, place) == same
    assert bool(held_at(world, place, world.now_ms)) == same


def told(world: World, unit: str) -> tuple[str, ...]:
    """What the last entry that sent the unit says of its address."""
    several = (each.event for each in reversed(world.journal))
    return next(
        each.hazards for each in several if isinstance(each, events.CrewAssigned) and each.unit == unit
    )


def test_what_the_crew_was_told_is_recorded_with_its_being_sent(world: World) -> None:
    """Sent by a person, by a swap or from a queue: its entry names the hazards that stood then."""
    incident, swapped, queued = world.call(), world.call(), world.call()
    hazard = noted(world)
    assert incident in world.region.touched(world.journal[-1]).incidents
    assignment = world.send(incident, "u1")
    assert told(world, "u1") == (hazard,)
    move = events.SwapMove(incident=swapped, sent="u2", after_s=60.0)
    world.do(commands.SwapCrews(proposal="p", moves=(move,)))
    assert told(world, "u2") == (hazard,)
    world.do(ask.WithdrawHazard(hazard=hazard, why="собаки больше нет"))
    second = noted(world, "тёмная лестница")
    world.do(commands.QueueCall(incident=queued, unit="u1"))
    world.press(assignment, "on_scene", "cleared")
    assert told(world, "u1") == (second,)


def test_a_withdrawn_hazard_is_shown_no_more_and_is_still_in_the_record(world: World) -> None:
    """Withdrawing says why; twice changes nothing; one that never was is refused."""
    hazard = noted(world)
    world.do(ask.WithdrawHazard(hazard=hazard, why="собаки больше нет"))
    assert world.do(ask.WithdrawHazard(hazard=hazard, why="x")) == []
    assert held_at(world, PLACE, world.now_ms) == []
    assert world.region.hazards[hazard].withdrawn == "собаки больше нет"
    assert world.no(ask.WithdrawHazard(hazard="hazard-0", why="x")).code == "unknown-hazard"


def test_metres_between_two_places() -> None:
    """A degree of latitude is 111.2 km, and at 60° a degree of longitude half of that."""
    north = Place(label="", lat_deg=60.0, lon_deg=30.0)
    east = msgspec.structs.replace(north, lon_deg=30.1)
    assert distance_m(north, east) == pytest.approx(5560, rel=0.01)
    assert distance_m(PLACE, moved(100)) == pytest.approx(100, rel=0.001)


@given(
    lat_deg=st.floats(-78, 78),
    lon_deg=st.floats(-179, 179),
    north_m=st.floats(-400, 400),
    east_m=st.floats(-400, 400),
    same_name=st.booleans(),
)
def test_no_hazard_is_missed_for_lying_in_another_cell(
    lat_deg: float, lon_deg: float, north_m: float, east_m: float, *, same_name: bool
) -> None:
    """Wherever an address lies and however the grid cuts it: what is one address is found as one."""
    house = Place(label="ул. Мира, 1", lat_deg=lat_deg, lon_deg=lon_deg)
    asked = Place(
        label=house.label if same_name else "другой дом",
        lat_deg=lat_deg + north_m * METRE_DEG,
        lon_deg=lon_deg + east_m * METRE_DEG / math.cos(math.radians(lat_deg)),
    )
    hazards: dict[str, Hazard] = {}
    cells: dict[str, tuple[str, ...]] = {}
    fold_hazard(hazards, cells, HazardNoted(hazard="h", place=house, text="x", until_ms=9), 1, "anna")
    assert bool(hazards_at(hazards, cells, asked, 2)) == same_address(house, asked)


def test_what_has_ended_leaves_memory(world: World) -> None:
    """Two days after their end the marks of addresses are in the journal alone."""
    first = noted(world, days=1)
    world.now_ms += DAY_MS + KEPT_MS + 60_000
    second = noted(world, "собака вернулась")
    assert list(world.region.hazards) == [second] != [first]
    assert [each.id for each in held_at(world, PLACE, world.now_ms)] == [second]
    assert [*world.region.hazard_cells.values()] == [(second,)]
