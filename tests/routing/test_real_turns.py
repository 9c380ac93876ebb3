"""Turns looked up by hand in the real extracts: the relation, where one comes from, where one goes.

Each pair of places lies a few metres before and behind the junction that the relation names, on its `from`
and its `to`; the metres are those over the forbidden turn, measured along the two ways.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from routing.osm import read_roads
from routing.router import Point, Router

pytestmark = pytest.mark.shared

HEIDELBERG, MOSCOW, PORTO = "heidelberg.test.pbf", "moscow.osm.gz", "porto_portugal.osm.pbf"


@cache
def router_of(path: Path) -> Router:
    """Return a router of an extract, read once."""
    return Router(read_roads(path).graph)


@pytest.mark.parametrize(
    ("name", "relation", "places", "turn_m"),
    [
        (HEIDELBERG, "1101621 no_left_turn", ((49.368480, 8.686592), (49.368407, 8.685989)), 69),
        (HEIDELBERG, "1101622 no_left_turn", ((49.369132, 8.686696), (49.369225, 8.686629)), 34),
        (HEIDELBERG, "1101624 no_left_turn", ((49.368495, 8.685711), (49.368454, 8.685655)), 29),
        (HEIDELBERG, "1101625 no_left_turn", ((49.367791, 8.686725), (49.367867, 8.686798)), 43),
        (HEIDELBERG, "1101626 no_u_turn", ((49.368848, 8.689529), (49.368851, 8.689471)), 23),
        (HEIDELBERG, "1663279 no_u_turn", ((49.402698, 8.678748), (49.402720, 8.678767)), 47),
        # Over a way: from one carriageway of the Circunvalação over Rua do Amial back along the other.
        (PORTO, "2225564 no_u_turn", ((41.183369, -8.613104), (41.183195, -8.613079)), 77),
        (MOSCOW, "361388 no_right_turn", ((55.808303, 37.615880), (55.808063, 37.615938)), 39),
        (MOSCOW, "572710 no_left_turn", ((55.808833, 37.607529), (55.809399, 37.609425)), 134),
        (MOSCOW, "1994036 no_right_turn", ((55.812436, 37.619615), (55.812846, 37.619949)), 55),
        (MOSCOW, "1994037 no_right_turn", ((55.812034, 37.619017), (55.811762, 37.619238)), 54),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_forbidden_turn_is_driven_round(
    shared: Path,
    name: str,
    relation: str,
    places: tuple[Point, Point],
    turn_m: float,
) -> None:
    """The way between the two places is much longer than over the turn that the relation forbids."""
    del relation
    way = router_of(shared / "data" / "maps" / name).route(*places)
    assert not way.degraded
    assert way.metres_m > 1.5 * turn_m


@pytest.mark.parametrize(
    ("name", "relation", "places", "turn_m"),
    [
        (HEIDELBERG, "446584 only_straight_on", ((49.432978, 8.641625), (49.433368, 8.641118)), 57),
        (HEIDELBERG, "446585 only_straight_on", ((49.432978, 8.641625), (49.432626, 8.642082)), 51),
        (HEIDELBERG, "446629 only_right_turn", ((49.409095, 8.674990), (49.409269, 8.675153)), 24),
        (MOSCOW, "361389 only_straight_on", ((55.819856, 37.592517), (55.819558, 37.592976)), 44),
        (MOSCOW, "572709 only_straight_on", ((55.809437, 37.609376), (55.809452, 37.609822)), 28),
        (MOSCOW, "581530 only_right_turn", ((55.818184, 37.617113), (55.818026, 37.617241)), 23),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_only_turn_is_driven_straight(
    shared: Path,
    name: str,
    relation: str,
    places: tuple[Point, Point],
    turn_m: float,
) -> None:
    """The one turn that a relation leaves is taken, without a metre more."""
    del relation
    way = router_of(shared / "data" / "maps" / name).route(*places)
    assert way.metres_m == pytest.approx(turn_m, abs=1)
