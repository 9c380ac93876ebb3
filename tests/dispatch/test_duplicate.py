from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import callcommands as ask
from dispatch import commands
from dispatch.duplicate import alike, digits, pairs
from dispatch.incident import Incident, Place
from dispatch.region import Region
from tests.dispatch.conftest import PLACE, START_MS, World
from tests.dispatch.test_hazard import moved


@pytest.mark.parametrize(
    ("north_m", "minutes", "phone", "signs"),
    [
        (0, 5, None, ("place",)),
        (140, 55, None, ("place",)),
        (160, 14, None, ("near",)),
        (160, 16, None, ()),
        (290, 1, None, ("near",)),
        (310, 1, None, ()),
        (10, 61, None, ()),
        (5000, 200, "8 (900) 123-45-67", ("phone",)),
        (5000, 250, "8 (900) 123-45-67", ()),
        (50, 10, "+79001234567", ("place", "phone")),
    ],
)
def test_by_place_time_and_phone(
    world: World, north_m: float, minutes: int, phone: str | None, signs: tuple[str, ...]
) -> None:
    """Which second call is offered as telling of the first one's event, as a table."""
    first = world.call("other", phone="+7 900 123-45-67")
    at_ms = world.incident(first).called_at_ms + minutes * 60_000
    found = alike(world.region, moved(north_m), phone, at_ms)
    assert [each.signs for each in found] == ([signs] if signs else [])


def test_the_likeliest_comes_first_and_ended_calls_do_not_come(world: World) -> None:
    """More signs before fewer, nearer before farther; what has ended cannot be linked."""
    ended = world.call("other", phone="89001234567")
    world.do(commands.CloseIncident(incident=ended, outcome="done"))
    far = world.call("other", place=moved(120))
    near = world.call("other", place=moved(60))
    both = world.call("other", place=moved(140), phone="89001234567")
    found = alike(world.region, PLACE, "+79001234567", world.now_ms)
    assert [each.incident for each in found] == [both, near, far]
    assert alike(world.region, PLACE, None, world.now_ms, without=near)[0].incident == far


def test_the_queue_marks_the_later_call_until_it_is_linked(world: World) -> None:
    """Each later call points to the likeliest earlier one; a linked one points nowhere any more."""
    first = world.call()
    second = world.call()
    open_calls = [world.incident(each) for each in world.region.open_incidents]
    assert pairs(open_calls) == {second: first}
    world.do(ask.LinkIncident(incident=second, main=first))
    open_calls = [world.incident(each) for each in world.region.open_incidents]
    assert pairs(open_calls) == {}


@pytest.mark.parametrize(
    ("phone", "compared"),
    [
        ("+7 (900) 123-45-67", "9001234567"),
        ("89001234567", "9001234567"),
        ("2-34-56", ""),
        ("123456", "123456"),
        (None, ""),
        ("нет", ""),
    ],
)
def test_numbers_are_compared_by_their_last_digits(phone: str | None, compared: str) -> None:
    """+7, 8 and no prefix are one number; too short a one tells nothing."""
    assert digits(phone) == compared


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), calls=st.integers(0, 25))
def test_the_sweep_finds_what_looking_at_every_pair_finds(seed: int, calls: int) -> None:
    """Over random queues: a later call is marked exactly when some earlier one is alike."""
    chance = random.Random(seed)
    queue = [
        Incident(
            id=str(number),
            number=number,
            place=Place(
                label="", lat_deg=55 + chance.uniform(-0.01, 0.01), lon_deg=61 + chance.uniform(-0.01, 0.01)
            ),
            reason="other",
            priority=2,
            called_at_ms=(at_ms := START_MS + chance.randint(0, 3_600_000)),
            created_at_ms=at_ms,
            norm_s=1200,
            phone=chance.choice([None, "123456", "+79001234567"]),
        )
        for number in range(calls)
    ]
    world = World()
    expected = set()
    for newer in queue:
        older = [
            each for each in queue if (each.created_at_ms, each.number) < (newer.created_at_ms, newer.number)
        ]
        world.region = Region("test")
        world.region.incidents.update((each.id, each) for each in older)
        world.region.open_incidents = dict.fromkeys(world.region.incidents)
        if alike(world.region, newer.place, newer.phone, newer.called_at_ms):
            expected.add(newer.id)
    assert set(pairs(queue)) == expected
