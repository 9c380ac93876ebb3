from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from routing.closures import struck
from routing.osm import read_roads
from routing.router import Router
from routing.weights import Conditions

Draw = Callable[..., Path]

# Two parallel streets 111 m apart, joined at both ends, and one that crosses both in the middle.
NODES = {
    1: (55.000, 37.000), 2: (55.000, 37.010), 3: (55.000, 37.020),
    4: (55.001, 37.000), 5: (55.001, 37.010), 6: (55.001, 37.020),
}  # fmt: skip
WAYS = [
    (1, [1, 2, 3], {"highway": "residential", "name": "south"}),
    (2, [4, 5, 6], {"highway": "residential", "name": "north"}),
    (3, [1, 4], {"highway": "residential", "name": "west"}),
    (4, [2, 5], {"highway": "residential", "name": "middle"}),
    (5, [3, 6], {"highway": "residential", "name": "east"}),
]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ([(37.005, 55.00005)], {"south"}),
        ([(37.005, 54.9999), (37.005, 55.0001)], {"south"}),
        ([(37.005, 54.9999), (37.005, 55.0011)], {"south", "north"}),
        ([(37.001, 55.00005), (37.009, 55.00005)], {"south"}),
        ([(37.005, 55.0005)], set()),
        ([(37.0101, 55.0002), (37.0101, 55.0008)], {"middle"}),
    ],
)
def test_a_stroke_means_what_it_crosses_and_what_it_follows(
    draw: Draw, line: list[tuple[float, float]], names: set[str]
) -> None:
    """A tap, a stroke across one street or two, and one along a street, each mean those streets alone."""
    router = Router(read_roads(draw(NODES, WAYS)).graph)
    edges = struck(router.graph, router.snapper, line)
    assert {router.graph.name(edge) for edge in edges} == names


def test_an_empty_or_endless_stroke_is_refused(draw: Draw) -> None:
    """A stroke without a position, and one across half a country, mean nothing."""
    router = Router(read_roads(draw(NODES, WAYS)).graph)
    for line in ([], [(37.0, 55.0), (38.0, 56.0)]):
        with pytest.raises(ValueError, match="a stroke has one position at the least"):
            struck(router.graph, router.snapper, line)


def test_a_closed_road_is_never_used(porto: Router) -> None:
    """Closing roads of a route, again and again: none of them is in the next one, and times never fall."""
    graph, chance = porto.graph, random.Random(3)
    router = Router(graph)
    for _ in range(5):
        picked = [chance.randrange(len(graph.shape_lat_e7)) for _ in range(2)]
        start, end = ((graph.shape_lat_e7[at] / 1e7, graph.shape_lon_e7[at] / 1e7) for at in picked)
        closed: frozenset[int] = frozenset()
        before_s = 0.0
        ends = set(router.snap([start, end]).edge.tolist()) | set(
            router.ends([start, end]).places.edge.tolist()
        )
        for _ in range(4):
            router.set_conditions(Conditions(closed=closed))
            way = router.route(start, end)
            used = on_the_line(router, way.line)
            assert not used & (closed - ends)
            assert way.degraded or way.seconds_s >= before_s
            before_s = way.seconds_s
            inner = sorted(used - ends)
            if not inner or way.degraded:
                break
            closed |= frozenset(chance.sample(inner, min(3, len(inner))))


def on_the_line(router: Router, line: tuple[tuple[float, float], ...]) -> set[int]:
    """Return the edges whose whole shape lies, in one run, in a line."""
    graph = router.graph
    spots = {(round(lon * 1e7), round(lat * 1e7)): at for at, (lon, lat) in enumerate(line)}
    found = set()
    first = graph.edge_start[:-1]
    near = np.isin(graph.shape_lat_e7[first], [lat for _, lat in spots])
    for edge in np.flatnonzero(near).tolist():
        run = slice(int(graph.edge_start[edge]), int(graph.edge_start[edge + 1]))
        keys = list(zip(graph.shape_lon_e7[run].tolist(), graph.shape_lat_e7[run].tolist(), strict=True))
        ats = [spots.get(key, -9) for key in keys]
        steps = np.diff(ats)
        if min(ats) >= 0 and ((steps == 1).all() or (steps == -1).all()):
            found.add(edge)
    return found


def test_who_stands_on_a_closed_road_still_gets_off_it(draw: Draw) -> None:
    """From and to a place on the closed street one drives by its ends; through it nobody does."""
    router = Router(read_roads(draw(NODES, WAYS)).graph)
    west, on, east = (55.0005, 37.0), (55.0, 37.005), (55.0, 37.015)
    open_s = [router.route(*pair).seconds_s for pair in ((west, east), (on, east), (west, on))]
    router.set_conditions(Conditions(closed=struck(router.graph, router.snapper, [(37.005, 55.0)])))
    closed_s = [router.route(*pair).seconds_s for pair in ((west, east), (on, east), (west, on))]
    assert closed_s[0] > open_s[0]
    assert closed_s[1:] == open_s[1:]


def test_a_slow_road_takes_so_many_times_as_long(draw: Draw) -> None:
    """A road slowed threefold takes three times as long for those who stay on it."""
    router = Router(read_roads(draw(NODES, WAYS)).graph)
    pair = (55.0, 37.002), (55.0, 37.004)
    before_s = router.route(*pair).seconds_s
    (edge,) = struck(router.graph, router.snapper, [(37.003, 55.0)])
    router.set_conditions(Conditions(slow={edge: 3.0}))
    assert router.route(*pair).seconds_s == pytest.approx(3 * before_s, rel=0.001)
