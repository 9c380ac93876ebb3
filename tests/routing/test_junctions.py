from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from routing.graph import RoadGraph
from routing.osm import read_roads
from routing.router import Router

Draw = Callable[..., Path]

ROAD = {"highway": "residential"}

# A crossing (node 5) with four arms of 1.1 km, and a ring road around it that joins their ends.
CROSS = {1: (55.01, 37.0), 2: (55.0, 37.017), 3: (54.99, 37.0), 4: (55.0, 36.983), 5: (55.0, 37.0)}
ARMS = [(10 + arm, [arm, 5], ROAD) for arm in (1, 2, 3, 4)]
RING = [(20, [1, 2, 3, 4, 1], ROAD)]
# Places half-way along the arms.
NORTH, EAST, SOUTH = (55.005, 37.0), (55.0, 37.0085), (54.995, 37.0)


def forbid(kind: str, to: int, more: dict[str, str] | None = None) -> list[object]:
    """Return a restriction from the north arm over the crossing to another arm."""
    members = [("from", "w", 11), ("via", "n", 5), ("to", "w", to)]
    return [(1, members, {"type": "restriction", "restriction": kind, **(more or {})})]


def seconds(path: Path, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the time of a route on a drawn map."""
    return Router(read_roads(path).graph).route(start, end).seconds_s


def test_a_forbidden_turn_is_not_driven_and_others_are(draw: Draw) -> None:
    """With no_left_turn from the north arm to the east arm, that way goes round, and straight on does not."""
    rule = forbid("no_left_turn", 12)
    free, bound = draw(CROSS, ARMS + RING, name="free.osm"), draw(CROSS, ARMS + RING, rule, name="bound.osm")
    assert seconds(bound, NORTH, EAST) > 1.5 * seconds(free, NORTH, EAST)
    assert seconds(bound, NORTH, SOUTH) == pytest.approx(seconds(free, NORTH, SOUTH), abs=0.01)
    assert seconds(bound, EAST, NORTH) == pytest.approx(seconds(free, EAST, NORTH), abs=0.01)


def test_an_only_turn_closes_all_others(draw: Draw) -> None:
    """With only_straight_on from the north, the east arm is reached round about and the south arm is not."""
    rule = forbid("only_straight_on", 13)
    free, bound = draw(CROSS, ARMS + RING, name="free.osm"), draw(CROSS, ARMS + RING, rule, name="bound.osm")
    assert seconds(bound, NORTH, EAST) > 1.5 * seconds(free, NORTH, EAST)
    assert seconds(bound, NORTH, SOUTH) == pytest.approx(seconds(free, NORTH, SOUTH), abs=0.01)


def test_an_exception_for_emergency_vehicles_frees_the_turn(draw: Draw) -> None:
    """The same relation with except=emergency changes nothing, and is counted as seen, not as applied."""
    rule = forbid("no_left_turn", 12, {"except": "bus;emergency"})
    free, excepted = (
        draw(CROSS, ARMS + RING, name="free.osm"),
        draw(CROSS, ARMS + RING, rule, name="bound.osm"),
    )
    assert seconds(excepted, NORTH, EAST) == seconds(free, NORTH, EAST)
    roads = read_roads(excepted)
    assert (roads.turn_restrictions, roads.left_out.turns_applied) == (1, 0)


@pytest.mark.parametrize(("barrier", "cost_s"), [("lift_gate", 20), ("gate", 30)])
def test_a_gate_costs_its_time_once_each_way(draw: Draw, barrier: str, cost_s: float) -> None:
    """A gate half-way along the only street adds what it costs in either direction."""
    line = {1: (55.0, 37.0), 2: (55.001, 37.0), 3: (55.002, 37.0)}
    open_road = draw(line, [(1, [1, 2, 3], ROAD)], name="open.osm")
    gated = draw(line, [(1, [1, 2, 3], ROAD)], marks={2: {"barrier": barrier}}, name="gated.osm")
    for start, end in (((55.0, 37.0), (55.002, 37.0)), ((55.002, 37.0), (55.0, 37.0))):
        assert seconds(gated, start, end) == pytest.approx(seconds(open_road, start, end) + cost_s, abs=0.01)


def test_a_bollard_closes_the_street_and_both_halves_stay(draw: Draw) -> None:
    """Past a bollard one drives round the block, and the street on either side of it can still be reached."""
    plain = draw(CROSS, ARMS + RING, name="plain.osm")
    middle = {**CROSS, 6: (55.005, 37.0)}
    ways = [(11, [1, 6, 5], ROAD), *ARMS[1:], *RING]
    closed = draw(middle, ways, marks={6: {"barrier": "bollard"}}, name="closed.osm")
    above, below = (55.006, 37.0), (55.004, 37.0)
    assert seconds(closed, above, below) > 5 * seconds(plain, above, below)
    assert read_roads(closed).graph.km == pytest.approx(read_roads(plain).graph.km)


def test_one_ways_bind(draw: Draw) -> None:
    """A one-way arm is driven its way only; turned round, the other way only."""
    there, back = NORTH, SOUTH
    times = {}
    for sign in ("yes", "-1", "no"):
        ways = [(11, [1, 5], {**ROAD, "oneway": sign}), *ARMS[1:], *RING]
        path = draw(CROSS, ways, name=f"oneway{sign}.osm")
        times[sign] = seconds(path, there, back), seconds(path, back, there)
    assert times["yes"][0] == times["no"][0] < times["yes"][1]
    assert times["-1"][1] == times["no"][1] < times["-1"][0]


def test_what_cannot_be_left_again_is_left_out_and_counted(draw: Draw) -> None:
    """A one-way street into nowhere and an island are not in the graph; their kilometres are reported."""
    nodes = {**CROSS, 6: (55.02, 37.0), 7: (56.0, 38.0), 8: (56.01, 38.0)}
    ways = [*ARMS, *RING, (30, [1, 6], {**ROAD, "oneway": "yes"}), (31, [7, 8], ROAD)]
    roads = read_roads(draw(nodes, ways))
    assert roads.left_out.km == pytest.approx(2 * 1.112, abs=0.01)
    assert roads.left_out.parts == 2
    assert roads.graph.km == pytest.approx(read_roads(draw(CROSS, ARMS + RING)).graph.km)


def test_a_ring_alone_is_a_map(draw: Draw) -> None:
    """A closed way without any junction still is a road that one can drive along."""
    roads = read_roads(draw(CROSS, RING))
    assert roads.graph.edges == 1
    assert roads.left_out.km == 0


def test_a_ring_that_meets_nothing_is_left_out_and_counted(draw: Draw) -> None:
    """A closed way far from all others is no road of the map, and its length is told."""
    nodes = {**CROSS, 6: (55.1, 37.0), 7: (55.11, 37.0), 8: (55.11, 37.01)}
    roads = read_roads(draw(nodes, [*ARMS, *RING, (30, [6, 7, 8, 6], ROAD)]))
    assert roads.left_out.km == pytest.approx(1.112 + 0.636 + 1.281, abs=0.01)
    assert roads.left_out.parts == 1
    assert roads.left_out.second_km == pytest.approx(roads.left_out.km)


def weakest(graph: RoadGraph) -> int:
    """Return the least number of arcs that enter or leave a node."""
    return int(min(np.diff(graph.arc_start).min(), np.diff(graph.back_start).min()))


def test_porto_is_one_strongly_connected_part_with_consistent_rows(porto: Router) -> None:
    """Both CSRs hold the same arcs, edges know their arcs, and every node can be entered and left."""
    graph = porto.graph
    assert weakest(graph) >= 1
    assert (np.repeat(np.arange(graph.nodes), np.diff(graph.arc_start)) == graph.arc_tail).all()
    heads = np.repeat(np.arange(graph.nodes), np.diff(graph.back_start))
    assert (graph.arc_head[graph.back_arc] == heads).all()
    assert (graph.arc_tail[graph.back_arc] == graph.back_tail).all()
    for arcs in (graph.edge_forward, graph.edge_backward):
        own = np.flatnonzero(arcs >= 0)
        assert (graph.arc_edge[arcs[own]] == own).all()
    # An arc that drives its edge as drawn begins where the edge's shape begins.
    own = np.flatnonzero(graph.edge_forward >= 0)
    arc, first, last = graph.edge_forward[own], graph.edge_start[own], graph.edge_start[own + 1] - 1
    assert (graph.node_lat_e7[graph.arc_tail[arc]] == graph.shape_lat_e7[first]).all()
    assert (graph.node_lon_e7[graph.arc_head[arc]] == graph.shape_lon_e7[last]).all()
