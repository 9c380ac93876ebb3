from __future__ import annotations

import random

import numpy as np

from routing.router import Router, UnitPlace


def spots(router: Router, count: int, seed: int) -> list[tuple[float, float]]:
    """Return random positions on roads."""
    graph, chance = router.graph, random.Random(seed)
    picked = [chance.randrange(len(graph.shape_lat_e7)) for _ in range(count)]
    return [(graph.shape_lat_e7[at] / 1e7, graph.shape_lon_e7[at] / 1e7) for at in picked]


def fleet(router: Router, count: int, seed: int) -> list[UnitPlace]:
    """Return units, every second one with a heading."""
    chance = random.Random(seed)
    return [
        UnitPlace(str(number), *spot, chance.uniform(0, 360) if number % 2 else None)
        for number, spot in enumerate(spots(router, count, seed))
    ]


def test_a_trees_look_ups_equal_queries(porto: Router) -> None:
    """For 300 units and 5 destinations, one on a unit's own road, the look-up is the query's answer."""
    units = fleet(porto, 300, 1)
    for lat, lon in [*spots(porto, 4, 2), (units[0].lat_deg + 1e-5, units[0].lon_deg)]:
        tree = porto.tree((lat, lon))
        assert tree is not None
        times = tree.etas_ms(porto.locate(units)).tolist()
        asked = {eta.unit: eta.seconds_s for eta in porto.nearest(lat, lon, units, len(units))}
        assert {unit.unit: ms / 1000 for unit, ms in zip(units, times, strict=True)} == asked


def test_far_out_there_is_no_tree_and_no_eta(porto: Router) -> None:
    """A destination at sea has no tree; a unit at sea has no ETA in one."""
    assert porto.tree((41.0, -10.0)) is None
    tree = porto.tree((41.15, -8.61))
    assert tree is not None
    assert tree.etas_ms(porto.locate([UnitPlace("sea", 41.0, -10.0)])).tolist() == [-1]


def test_a_matrix_equals_single_questions(porto: Router) -> None:
    """Forty units to six incidents: each figure is the single query's."""
    units = fleet(porto, 40, 3)
    incidents = [*spots(porto, 5, 4), (units[3].lat_deg, units[3].lon_deg + 1e-5), (41.0, -10.0)]
    times = porto.matrix(units, incidents)
    assert np.isnan(times[:, -1]).all()
    for column, (lat, lon) in enumerate(incidents[:-1]):
        asked = {eta.unit: eta.seconds_s for eta in porto.nearest(lat, lon, units, len(units))}
        assert {unit.unit: times[row, column] for row, unit in enumerate(units)} == asked
