from __future__ import annotations

import random

import networkx as nx
import numpy as np

from routing.partway import departures
from routing.router import Router, UnitPlace


def test_coverage_equals_routes_to_the_same_places(porto: Router) -> None:
    """When places are reached from five units is the least time of the five routes there."""
    graph, chance = porto.graph, random.Random(1)
    spots = [
        (graph.shape_lat_e7[at] / 1e7, graph.shape_lon_e7[at] / 1e7)
        for at in chance.sample(range(len(graph.shape_lat_e7)), 25)
    ]
    units = [UnitPlace(str(number), *spot) for number, spot in enumerate(spots[:5])]
    places = porto.snap(spots)
    times = porto.coverage(units).times_ms(places)
    for number, spot in enumerate(spots):
        ends = porto.ends([spot])
        if len(ends.walk_ms) > 1:  # crossing an avenue on foot is no part of coverage
            continue
        best = min(porto.route(unit_spot, spot).seconds_s for unit_spot in spots[:5])
        assert times[number] / 1000 == best


def test_the_share_grows_to_one_and_counts_part_of_a_road(porto: Router) -> None:
    """From nothing in no time to everything in ten hours, and the order of roads by time is kept."""
    units = [UnitPlace("u", 41.1500, -8.6100)]
    found = porto.coverage(units)
    shares = [found.road_share(seconds) for seconds in (0, 60, 300, 900, 36_000)]
    assert shares == sorted(shares)
    assert shares[0] < 0.001
    assert shares[-1] == 1
    reached = found.reached(300)
    assert ((reached > 0) & (reached < 1)).any()


def test_node_times_equal_networkx(porto: Router) -> None:
    """A tree from three units over the whole city has networkx's times at every node."""
    graph = porto.graph
    units = [UnitPlace(str(n), 41.15 + n / 100, -8.61 - n / 200) for n in range(3)]
    found = porto.coverage(units)
    roads: nx.DiGraph = nx.DiGraph()
    for tail, head, ms in zip(
        graph.arc_tail.tolist(), graph.arc_head.tolist(), graph.arc_siren_ms.tolist(), strict=True
    ):
        if not roads.has_edge(tail, head) or roads[tail][head]["weight"] > ms:
            roads.add_edge(tail, head, weight=ms)
    node, ms, _, _ = departures(graph, graph.arc_siren_ms, porto.locate(units))
    for at, when in zip(node.tolist(), ms.tolist(), strict=True):
        roads.add_edge("start", at, weight=when)
    times = nx.single_source_dijkstra_path_length(roads, "start")
    assert found.node_ms.tolist() == [times[at] for at in range(graph.nodes)]


def test_no_units_cover_nothing(porto: Router) -> None:
    """Without units, or with one far out at sea, nothing is ever reached."""
    for units in ([], [UnitPlace("sea", 41.0, -10.0)]):
        found = porto.coverage(units)
        assert found.road_share(3600) == 0
        assert (found.edge_ms() == -1).all()
        assert np.isfinite(found.road_share(0))
