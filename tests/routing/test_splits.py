from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from routing.osm import read_roads
from routing.router import Router
from routing.turncosts import LEFT, RIGHT, SHARP_LEFT, STRAIGHT, halt, turn_ms

Draw = Callable[..., Path]

STREET, AVENUE = {"highway": "residential"}, {"highway": "secondary"}

# A crossing (5) with arms of 1.1 km: 1 north, 2 east, 3 south, 4 west.
CROSS = {1: (55.01, 37.0), 2: (55.0, 37.0174), 3: (54.99, 37.0), 4: (55.0, 36.9826), 5: (55.0, 37.0)}
NORTH, EAST, SOUTH, WEST = (55.005, 37.0), (55.0, 37.0087), (54.995, 37.0), (55.0, 36.9913)


def router_of(path: Path) -> Router:
    """Return a router of a drawn map."""
    return Router(read_roads(path).graph)


def arms(tags: dict[str, str]) -> list[object]:
    """Return the four arms of the crossing."""
    return [(arm, [arm, 5], tags) for arm in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("angle", "cost"), [(0, STRAIGHT), (90, RIGHT), (-90, LEFT), (-150, SHARP_LEFT), (330, STRAIGHT)]
)
def test_a_turn_costs_by_its_angle(angle: float, cost: object) -> None:
    """Straight on is free, right is cheaper than left, sharp is dearer than square."""
    assert turn_ms(angle) == cost


def test_turning_left_over_an_avenue_costs_more_than_right(draw: Draw) -> None:
    """From the north, west is right, south straight on, east left; with siren each is cheaper."""
    router = router_of(draw(CROSS, arms(AVENUE)))
    for siren, (right, left) in ((True, (1.0, 2.0)), (False, (2.0, 5.0))):
        west, south, east = (router.route(NORTH, end, siren=siren).seconds_s for end in (WEST, SOUTH, EAST))
        assert west - south == pytest.approx(right, abs=0.2)
        assert east - south == pytest.approx(left, abs=0.2)
        (eta,) = router.nearest_of(router.ends([EAST]), router.crews([_unit()], siren=siren), 1)
        assert eta.seconds_s == east


def _unit() -> object:
    from routing.times import UnitPlace  # noqa: PLC0415  # beside the one place that needs it

    return UnitPlace("u", *NORTH)


def test_a_crossing_of_side_streets_costs_nothing(draw: Draw) -> None:
    """Where nobody waits for others, the class's travel speed is all there is."""
    router = router_of(draw(CROSS, arms(STREET)))
    left, straight = router.route(NORTH, EAST).seconds_s, router.route(NORTH, SOUTH).seconds_s
    assert left == pytest.approx(straight, abs=0.2)


@pytest.mark.parametrize("far_deg", [0.0005, 0.004])
def test_turning_round_behind_a_forbidden_turn_costs_its_time(draw: Draw, far_deg: float) -> None:
    """Past no_left_turn, round at the next junction, near or far, or just behind it: ten seconds for it."""
    there, behind = 55 - far_deg, 54.9999 - far_deg
    nodes = {**CROSS, 6: (there, 37.0), 7: (there, 37.01), 8: (behind, 37.0), 9: (behind, 37.01)}
    runs = {1: [1, 5], 2: [2, 5], 3: [5, 6], 4: [4, 5], 5: [8, 3], 6: [6, 7], 7: [6, 8], 8: [8, 9]}
    ways = [(way, run, STREET) for way, run in runs.items()]
    members = [("from", "w", 1), ("via", "n", 5), ("to", "w", 2)]
    rule = [(1, members, {"type": "restriction", "restriction": "no_left_turn"})]
    free, bound = (
        router_of(draw(nodes, ways, relations, name=name))
        for relations, name in (((), "free.osm"), (rule, "bound.osm"))
    )
    there_and_back_s = 2 * free.route((55.0, 37.0), (there, 37.0)).seconds_s
    extra_s = bound.route(NORTH, EAST).seconds_s - free.route(NORTH, EAST).seconds_s
    assert extra_s == pytest.approx(there_and_back_s + 10, abs=0.3)


def test_lights_and_signs_cost_whom_they_are_meant_for(draw: Draw) -> None:
    """A light on the way adds its time in its direction only; with siren less of it."""
    nodes = {1: (55.0, 37.0), 2: (55.005, 37.0), 3: (55.01, 37.0)}
    way = [(1, [1, 2, 3], STREET)]
    plain = router_of(draw(nodes, way, name="plain.osm"))
    marks = {2: {"highway": "traffic_signals", "traffic_signals:direction": "forward"}}
    lit = router_of(draw(nodes, way, marks=marks, name="lit.osm"))
    south, north = (55.0, 37.0), (55.01, 37.0)
    for siren, cost_s in ((True, 3), (False, 8)):
        ahead, back = (
            lit.route(*ends, siren=siren).seconds_s - plain.route(*ends, siren=siren).seconds_s
            for ends in ((south, north), (north, south))
        )
        assert (ahead, back) == (pytest.approx(cost_s, abs=0.01), pytest.approx(0, abs=0.01))
    assert halt({"highway": "crossing"}) is None
