from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from routing.osm import read_roads
from routing.router import Router
from tests.routing.test_router import some_points

Draw = Callable[..., Path]

REVERSED = {"yes": "-1", "-1": "yes", "no": "no"}


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_reversing_all_one_ways_reverses_every_answer(draw: Draw, seed: int) -> None:
    """On a random grid a → b takes what b → a takes once every one-way street is turned; and that matters."""
    chance = random.Random(seed)
    rows = range(1, 7)
    spots = {10 * row + column: (55 + row / 500, 37 + column / 300) for row in rows for column in rows}
    streets = [[10 * row + column for column in rows] for row in rows]
    streets += [[10 * row + column for row in rows] for column in rows]
    # The rim is driven both ways, so that everything can be reached.
    rim = {0, 5, 6, 11}
    signs = ["no" if at in rim else chance.choice(["yes", "-1", "no"]) for at in range(len(streets))]

    def built(turned: bool) -> Router:
        ways = [
            (at + 1, street, {"highway": "residential", "oneway": REVERSED[sign] if turned else sign})
            for at, (street, sign) in enumerate(zip(streets, signs, strict=True))
        ]
        return Router(read_roads(draw(spots, ways, name=f"{turned}.osm")).graph)

    one, other = built(turned=False), built(turned=True)
    points, differ = some_points(one, 12, seed), 0
    for start in points:
        there = one.one_to_many(start, points)
        for end, leg in zip(points, there, strict=True):
            back = other.route(end, start)
            # Part of a road is rounded to a whole millisecond at each end.
            assert leg.seconds_s == pytest.approx(back.seconds_s, abs=0.003)
            differ += abs(one.route(end, start).seconds_s - leg.seconds_s) > 1
    assert differ > 10
