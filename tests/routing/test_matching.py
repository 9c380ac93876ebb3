from __future__ import annotations

import math
import random

import numpy as np
import pytest

from routing.matching import Seen
from routing.router import Router


def driven(router: Router, seed: int, error_m: float) -> tuple[list[Seen], list[int], float]:
    """Return a noisy track along a route, the edges on which its positions truly are, and its length."""
    graph, chance = router.graph, random.Random(seed)
    spots = [chance.randrange(len(graph.shape_lat_e7)) for _ in range(2)]
    start, end = ((graph.shape_lat_e7[at] / 1e7, graph.shape_lon_e7[at] / 1e7) for at in spots)
    way = router.route(start, end)
    line = np.array(way.line)
    shrink = math.cos(math.radians(line[0, 1]))
    steps = np.hypot(np.diff(line[:, 0]) * shrink, np.diff(line[:, 1])) * 111_195
    at = np.concatenate([[0], np.cumsum(steps)])
    track = []
    for number, along in enumerate(np.arange(0, min(at[-1], 4000), 40)):
        lon, lat = np.interp(along, at, line[:, 0]), np.interp(along, at, line[:, 1])
        ahead_lon = np.interp(along + 5, at, line[:, 0]) - np.interp(along - 5, at, line[:, 0])
        ahead_lat = np.interp(along + 5, at, line[:, 1]) - np.interp(along - 5, at, line[:, 1])
        heading = math.degrees(math.atan2(ahead_lon * shrink, ahead_lat)) % 360
        track.append(
            Seen(
                number * 3000,
                lat + chance.gauss(0, error_m) / 111_195,
                lon + chance.gauss(0, error_m) / 111_195 / shrink,
                heading,
            )
        )
    truth = router.snap(
        [
            (np.interp(a, at, line[:, 1]), np.interp(a, at, line[:, 0]))
            for a in np.arange(0, min(at[-1], 4000), 40)
        ]
    )
    return track, truth.edge.tolist(), float(min(at[-1], 4000))


@pytest.mark.parametrize("error_m", [0.5, 6.0])
def test_a_noisy_track_is_put_on_the_roads_that_were_driven(porto: Router, error_m: float) -> None:
    """Positions 6 m off still match the true roads nineteen times in twenty, better than the nearest road."""
    right = nearest = total = 0
    for seed in range(6):
        track, truth, _ = driven(porto, seed, error_m)
        matched = porto.match(track)
        alone = porto.snap([(seen.lat_deg, seen.lon_deg) for seen in track]).edge.tolist()
        for one, true, near in zip(matched, truth, alone, strict=True):
            assert one is not None
            right += one.edge == true
            nearest += near == true
            total += 1
    assert right / total > 0.93
    assert error_m < 1 or right > nearest


def test_a_jump_begins_a_new_row_and_nothing_near_is_none(porto: Router) -> None:
    """Five kilometres in a second is no drive; a position at sea is on no road; no track is no match."""
    track = [Seen(0, 41.1500, -8.6100), Seen(1000, 41.1550, -8.6105), Seen(2000, 41.0, -10.0)]
    first, _, sea = porto.match(track)
    assert first is not None
    assert first.begins
    assert sea is None
    assert porto.match([]) == []


def test_what_was_driven_between_positions_adds_up(porto: Router) -> None:
    """The arcs between matched positions, end parts taken off, are about as long as the track."""
    track, _, length_m = driven(porto, 3, 3.0)
    graph, total_m, last = porto.graph, 0.0, None
    for one in porto.match(track):
        assert one is not None
        if one.arcs:
            edges = graph.arc_edge[list(one.arcs)]
            total_m += float(graph.edge_m[edges[1:-1][edges[1:-1] >= 0]].sum())
            if len(edges) > 1 and last is not None:
                ahead = graph.edge_forward[last.edge] == one.arcs[0]
                total_m += abs((1.0 if ahead else 0.0) - last.fraction) * float(graph.edge_m[last.edge])
                onto = graph.edge_forward[one.edge] == one.arcs[-1]
                total_m += abs(one.fraction - (0.0 if onto else 1.0)) * float(graph.edge_m[one.edge])
            elif last is not None:
                total_m += abs(one.fraction - last.fraction) * float(graph.edge_m[one.edge])
        last = one
    assert total_m == pytest.approx(length_m, rel=0.1, abs=60)
