from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from routing.osm import read_roads
from routing.partway import RoadPoints
from routing.router import Router, StraightLine, UnitPlace
from routing.snap import Ends
from routing.times import great_circle_m

Draw = Callable[..., Path]


def some_points(router: Router, count: int, seed: int) -> list[tuple[float, float]]:
    """Return random (lat, lon) near roads, spread as the roads' shape points are."""
    graph, chance = router.graph, random.Random(seed)
    lat, lon = graph.shape_lat_e7 / 1e7, graph.shape_lon_e7 / 1e7
    picked = [chance.randrange(len(lat)) for _ in range(count)]
    return [
        (float(lat[at]) + chance.uniform(-5e-4, 5e-4), float(lon[at]) + chance.uniform(-5e-4, 5e-4))
        for at in picked
    ]


def some_units(router: Router, count: int, seed: int) -> list[UnitPlace]:
    """Return units at random points, every second one with a heading."""
    chance = random.Random(seed)
    return [
        UnitPlace(f"u{number}", lat, lon, chance.uniform(0, 360) if number % 2 else None)
        for number, (lat, lon) in enumerate(some_points(router, count, seed))
    ]


class Oracle:
    """The same question answered by networkx on the same arcs, part-way arcs cut here in its own words."""

    def __init__(self, router: Router, units: list[UnitPlace], *, siren: bool) -> None:
        graph = router.graph
        self.graph = graph
        self.ms = (graph.arc_siren_ms if siren else graph.arc_plain_ms).tolist()
        self.places = router.locate(units)
        # Reversed: from the incident back to the units.
        self.back: nx.DiGraph = nx.DiGraph()
        for tail, head, ms in zip(graph.arc_tail.tolist(), graph.arc_head.tolist(), self.ms, strict=True):
            self.join(head, tail, ms)
        for number in range(len(units)):
            for arc, fraction, turn_ms in self.runs(self.places, number):
                rest = self.ms[arc] - int(self.ms[arc] * fraction + 0.5)
                self.join(int(graph.arc_head[arc]), ("unit", number), rest + turn_ms)

    def join(self, start: object, end: object, ms: int) -> None:
        """Add an arc, or keep the quicker of two."""
        if ms < self.back.get_edge_data(start, end, {"weight": ms + 1})["weight"]:
            self.back.add_edge(start, end, weight=ms)

    def runs(self, places: RoadPoints, number: int) -> list[tuple[int, float, int]]:
        """Return (arc, fraction of it behind, cost of turning into it) for each direction of a place."""
        edge, fraction = int(places.edge[number]), float(places.fraction[number])
        both = [
            (int(self.graph.edge_forward[edge]), fraction, int(places.round_forward_ms[number])),
            (int(self.graph.edge_backward[edge]), 1 - fraction, int(places.round_backward_ms[number])),
        ]
        return [run for run in both if run[0] >= 0]

    def within(self, end: Ends, cutoff_ms: int) -> dict[int, int]:
        """Return every unit that is there in time, with its ms; over either carriageway, if it has two."""
        for at, walk_ms in enumerate(end.walk_ms.tolist()):
            arrivals = self.runs(end.places, at)
            for arc, fraction, _ in arrivals:
                self.join("end", int(self.graph.arc_tail[arc]), int(self.ms[arc] * fraction + 0.5) + walk_ms)
            for number in np.flatnonzero(self.places.edge == end.places.edge[at]).tolist():
                for (arc, begin, turn_ms), (_, to, _) in zip(
                    self.runs(self.places, number), arrivals, strict=True
                ):
                    if begin <= to:
                        part = int(self.ms[arc] * to + 0.5) - int(self.ms[arc] * begin + 0.5) + walk_ms
                        self.join("end", ("unit", number), part + (turn_ms if begin < to else 0))
        times = nx.single_source_dijkstra_path_length(self.back, "end", cutoff=cutoff_ms)
        self.back.remove_node("end")
        return {node[1]: ms for node, ms in times.items() if isinstance(node, tuple)}


@pytest.mark.slow
@pytest.mark.parametrize("siren", [True, False])
def test_the_nearest_crews_equal_networkx_to_the_millisecond(porto: Router, siren: bool) -> None:
    """Porto, 1,000 units, 100 random incidents with siren and 100 without: the same five, the same times."""
    units = some_units(porto, 1000, seed=3)
    oracle = Oracle(porto, units, siren=siren)
    for lat, lon in some_points(porto, 100, seed=4 + siren):
        etas = porto.nearest(lat, lon, units, 5, siren=siren)
        end = porto.ends([(lat, lon)])
        last_ms = round(etas[-1].seconds_s * 1000)
        expected = sorted((ms, number) for number, ms in oracle.within(end, last_ms).items())[:5]
        answer = [(round(eta.seconds_s * 1000), eta.unit) for eta in etas]
        assert answer == [(ms, units[number].unit) for ms, number in expected]
        assert not any(eta.degraded for eta in etas)


@pytest.mark.shared
def test_heidelberg_equals_networkx_to_the_millisecond(shared: Path) -> None:
    """Heidelberg with 476 restrictions, 500 units, 200 random incidents: the same five, the same times."""
    router = Router(read_roads(shared / "data" / "maps" / "heidelberg.test.pbf").graph)
    units = some_units(router, 500, seed=21)
    oracle = Oracle(router, units, siren=True)
    for lat, lon in some_points(router, 200, seed=22):
        etas = router.nearest(lat, lon, units, 5)
        expected = sorted(
            (ms, number)
            for number, ms in oracle.within(
                router.ends([(lat, lon)]), round(etas[-1].seconds_s * 1000)
            ).items()
        )[:5]
        assert [(round(eta.seconds_s * 1000), eta.unit) for eta in etas] == [
            (ms, units[number].unit) for ms, number in expected
        ]


def test_a_drawn_way_leads_from_the_crew_to_the_call(porto: Router) -> None:
    """Each of the five ways is as long as its ETA says, and joins the unit's road to the incident's."""
    units, here = some_units(porto, 300, seed=31), some_points(porto, 6, seed=32)
    for spot in here:
        for eta, line in porto.ways_of(porto.ends([spot]), porto.crews(units), 5):
            drawn = sum(great_circle_m((a[1], a[0]), (b[1], b[0])) for a, b in pairwise(line.tolist()))
            assert drawn == pytest.approx(eta.metres_m, rel=1e-3, abs=1)
            unit = next(unit for unit in units if unit.unit == eta.unit)
            assert great_circle_m((unit.lat_deg, unit.lon_deg), tuple(line[0][::-1])) < 120
            assert great_circle_m(spot, tuple(line[-1][::-1])) < 120


def test_an_alternative_is_another_way_that_takes_no_less(porto: Router) -> None:
    """Where there is one, it is at least as long in time, at most half longer, and drawn elsewhere."""
    starts, ends = some_points(porto, 12, seed=41), some_points(porto, 12, seed=42)
    found = 0
    for start, end in zip(starts, ends, strict=True):
        way, other = porto.route(start, end), porto.alternative(start, end)
        if other is not None:
            found += 1
            assert way.seconds_s <= other.seconds_s <= 1.5 * way.seconds_s + 0.001
            assert set(other.line) - set(way.line)
    assert found > 4


def test_a_unit_moved_nearer_never_ranks_worse(draw: Draw) -> None:
    """On a grid of two-way streets, a unit put further on along its way is no later and ranks no worse."""
    rows = range(1, 6)
    spots = {10 * row + column: (55 + row / 500, 37 + column / 300) for row in rows for column in rows}
    ways = [(row, [10 * row + column for column in rows], {"highway": "primary"}) for row in rows]
    ways += [
        (10 + column, [10 * row + column for row in rows], {"highway": "residential"}) for column in rows
    ]
    router = Router(read_roads(draw(spots, ways)).graph)
    units = [UnitPlace(unit.unit, unit.lat_deg, unit.lon_deg) for unit in some_units(router, 12, seed=51)]
    for spot in some_points(router, 10, seed=52):
        for eta, line in router.ways_of(router.ends([spot]), router.crews(units), len(units)):
            before = [one.unit for one in router.nearest(*spot, units, len(units))].index(eta.unit)
            lon, lat = line[len(line) // 2].tolist()
            moved = [UnitPlace(one.unit, lat, lon) if one.unit == eta.unit else one for one in units]
            after = router.nearest(*spot, moved, len(units))
            assert [one.unit for one in after].index(eta.unit) <= before
            (now,) = [one for one in after if one.unit == eta.unit]
            assert now.seconds_s <= eta.seconds_s + 0.002


def test_units_on_the_incidents_own_arc_equal_networkx(porto: Router) -> None:
    """Six units on the very edge of each incident, ahead and behind it, in any heading; and all others."""
    graph, chance = porto.graph, random.Random(5)
    units: list[UnitPlace] = []
    incidents: list[tuple[float, float]] = []
    for edge in chance.sample(np.flatnonzero(graph.edge_m > 150).tolist(), 10):
        run = slice(int(graph.edge_start[edge]), int(graph.edge_start[edge + 1]))
        lats, lons = graph.shape_lat_e7[run] / 1e7, graph.shape_lon_e7[run] / 1e7
        steps = np.arange(len(lats))
        along = [chance.random() * (len(lats) - 1) for _ in range(7)]
        spots = [(float(np.interp(at, steps, lats)), float(np.interp(at, steps, lons))) for at in along]
        incidents.append(spots[0])
        for spot in spots[1:]:
            units.append(UnitPlace(f"u{len(units)}", *spot, chance.choice([None, 0.0, 90.0, 180.0, 270.0])))
    oracle = Oracle(porto, units, siren=True)
    shared_arc = 0
    for incident in incidents:
        end = porto.ends([incident])
        shared_arc += int((oracle.places.edge == end.places.edge[0]).sum())
        etas = porto.nearest(*incident, units, len(units))
        answer = {eta.unit: round(eta.seconds_s * 1000) for eta in etas}
        assert answer == {units[number].unit: ms for number, ms in oracle.within(end, 10**9).items()}
    assert shared_arc > 40


def test_nearest_route_and_one_to_many_agree(porto: Router) -> None:
    """The three questions, which grow their trees from different ends, give the same times and lengths."""
    points = some_points(porto, 12, seed=6)
    for start in points[:4]:
        legs = porto.one_to_many(start, points)
        for end, leg in zip(points, legs, strict=True):
            way = porto.route(start, end)
            (eta,) = porto.nearest(*end, [UnitPlace("u", *start)], 1)
            assert way.seconds_s == leg.seconds_s == eta.seconds_s
            # Equal times may have ways of different lengths; that is rare and small.
            assert leg.metres_m == pytest.approx(way.metres_m, rel=0.05, abs=1)
            assert eta.metres_m == pytest.approx(way.metres_m, rel=0.05, abs=1)


def test_a_routes_line_is_as_long_as_it_says_and_joins_its_ends(porto: Router) -> None:
    """The drawn line measures what `metres_m` says, and begins and ends where the points snap."""
    for start, end in zip(some_points(porto, 25, seed=8), some_points(porto, 25, seed=9), strict=True):
        way = porto.route(start, end)
        drawn = sum(great_circle_m((a[1], a[0]), (b[1], b[0])) for a, b in pairwise(way.line))
        assert drawn == pytest.approx(way.metres_m, rel=1e-4, abs=1)
        for point, (lon, lat) in ((start, way.line[0]), (end, way.line[-1])):
            assert great_circle_m(point, (lat, lon)) == pytest.approx(porto.off_road_m(*point), abs=0.5)


def test_k_nearest_is_a_prefix_of_k_plus_one(porto: Router) -> None:
    """Asking for one more changes nothing in front of it, with units off the map among them."""
    units = [*some_units(porto, 40, seed=10), UnitPlace("lost", 41.5, -7.5), UnitPlace("sea", 41.2, -8.9)]
    for lat, lon in some_points(porto, 5, seed=11):
        answers = [porto.nearest(lat, lon, units, k) for k in range(len(units) + 2)]
        for shorter, longer in pairwise(answers):
            assert longer[: len(shorter)] == shorter
        assert len(answers[-1]) == len(units)
        assert [eta.unit for eta in answers[-1] if eta.degraded] == ["sea", "lost"]


def test_equal_ends_are_nothing_apart(porto: Router) -> None:
    """From a place to itself it takes 0 s and 0 m, whatever the heading says."""
    for lat, lon in some_points(porto, 20, seed=12):
        for heading in (None, 0.0, 180.0):
            way = porto.route((lat, lon), (lat, lon), heading)
            (leg,) = porto.one_to_many((lat, lon), [(lat, lon)], heading)
            (eta,) = porto.nearest(lat, lon, [UnitPlace("there", lat, lon, heading)], 1)
            assert (way.seconds_s, leg.seconds_s, eta.seconds_s) == (0, 0, 0)
            assert (way.metres_m, leg.metres_m, eta.metres_m) == (0, 0, 0)
            assert len(way.line) == 2


def test_times_obey_the_triangle_inequality_where_turns_are_free(draw: Draw) -> None:
    """On a grid of one-way and two-way streets, no detour over a third place is quicker."""
    rows, signs = range(1, 6), ("yes", "-1", "no")
    spots = {10 * row + column: (55 + row / 500, 37 + column / 300) for row in rows for column in rows}
    ways = [
        (row, [10 * row + column for column in rows], {"highway": "primary", "oneway": signs[row % 3]})
        for row in rows
    ]
    ways += [
        (10 + column, [10 * row + column for row in rows], {"highway": "residential"}) for column in rows
    ]
    router = Router(read_roads(draw(spots, ways)).graph)
    points = some_points(router, 8, seed=13)
    legs = [[round(leg.seconds_s * 1000) for leg in router.one_to_many(start, points)] for start in points]
    for start, middle, end in product(range(8), repeat=3):
        assert legs[start][end] <= legs[start][middle] + legs[middle][end]


def test_a_point_off_the_map_gets_a_straight_line_and_says_so(porto: Router) -> None:
    """Far out at sea there is no road answer: all three questions answer degraded, none raises."""
    sea, town = (41.0, -10.0), (41.15, -8.61)
    assert porto.off_road_m(*sea) == float("inf")
    assert porto.route(sea, town).degraded
    assert [leg.degraded for leg in porto.one_to_many(town, [sea, town])] == [True, False]
    assert all(eta.degraded for eta in porto.nearest(*sea, some_units(porto, 3, seed=1), 2))
    assert porto.nearest(*town, [], 5) == []
    assert porto.one_to_many(town, []) == []


def test_many_threads_get_the_answers_of_one(porto: Router) -> None:
    """Eight threads asking at once get what one gets: scratches are never shared."""
    units, places = some_units(porto, 200, seed=14), some_points(porto, 64, seed=15)

    def ask(place: tuple[float, float]) -> object:
        return porto.nearest(*place, units, 5), porto.route(places[0], place).seconds_s

    alone = [ask(place) for place in places]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, places)) == alone


def test_a_siren_is_never_slower(porto: Router) -> None:
    """With siren every route takes at most as long as without."""
    places = some_points(porto, 20, seed=16)
    with_siren, without = (
        porto.one_to_many(places[0], places),
        porto.one_to_many(places[0], places, siren=False),
    )
    assert all(one.seconds_s <= other.seconds_s for one, other in zip(with_siren, without, strict=True))
    assert with_siren != without


def test_without_a_map_the_straight_line_answers() -> None:
    """StraightLine ranks by distance, marks all as degraded, and gives 0 for equal ends."""
    straight, here = StraightLine(), (56.85, 35.9)
    units = [UnitPlace("far", 56.95, 35.9), UnitPlace("near", 56.86, 35.9)]
    assert [eta.unit for eta in straight.nearest(*here, units, 2)] == ["near", "far"]
    assert straight.route(here, here).seconds_s == 0
    assert straight.one_to_many(here, [(56.86, 35.9)])[0].metres_m == pytest.approx(1.4 * 1111.95, rel=1e-3)
    assert straight.nearest(*here, units, 1)[0].degraded
    assert straight.bounds is None
