from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from routing.osm import read_roads
from routing.router import Router
from routing.times import Point
from routing.turns import Restriction, forbidden, restrictions
from routing.weights import Conditions

Draw = Callable[..., Path]

PLAIN = [("from", "w", 1), ("via", "n", 7), ("to", "w", 2)]
OVER = [("from", "w", 1), ("via", "w", 7), ("to", "w", 2)]


def read(tags: dict[str, str], members: Sequence[tuple[str, str, int]]) -> list[Restriction]:
    """Return what of a relation binds an ambulance."""
    return restrictions(tags, members)[0]


def test_a_plain_restriction_is_read() -> None:
    """Kind, ways and node come out of a relation as they went in."""
    assert read({"restriction": "no_left_turn"}, PLAIN) == [Restriction("no", (1,), 7, (2,), side=-1)]
    assert read({"restriction": "only_straight_on"}, PLAIN) == [Restriction("only", (1,), 7, (2,))]


def test_a_restriction_may_lead_over_ways() -> None:
    """A way or several in place of the node are kept in their order."""
    assert read({"restriction": "no_u_turn"}, OVER) == [Restriction("no", (1,), -1, (2,), (7,))]
    more = [*OVER[:2], ("via", "w", 8), OVER[2]]
    assert read({"restriction": "no_u_turn"}, more)[0].ways == (7, 8)


@pytest.mark.parametrize(
    ("tags", "hours"),
    [
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, "Mo-Fr 07:00-09:00"),
        ({"restriction:conditional": "no_left_turn @ 07:00-09:00"}, "07:00-09:00"),
        ({"restriction:motorcar:conditional": "no_left_turn @ (Sa,Su)"}, "Sa,Su"),
        ({"restriction:conditional": "no_left_turn @ (07:00-09:00 AND weight>2)"}, "07:00-09:00"),
        (
            {"restriction": "no_left_turn", "day_on": "Monday", "day_off": "Friday",
             "hour_on": "07:00", "hour_off": "10:00"},
            "Mo-Fr 07:00-10:00",
        ),
        ({"restriction:motor_vehicle": "no_left_turn"}, ""),
    ],
)  # fmt: skip
def test_hours_are_kept_with_the_restriction(tags: dict[str, str], hours: str) -> None:
    """Conditional restrictions, and the older tags for hours, bind at their hours only."""
    (rule,) = read(tags, PLAIN)
    assert rule == Restriction("no", (1,), 7, (2,), (), hours, side=-1)


def test_two_clauses_are_two_restrictions() -> None:
    """What two clauses of one relation forbid is forbidden each at its own hours."""
    value = "no_left_turn @ (Mo-Fr 07:00-09:00; Sa 10:00-12:00); no_u_turn @ (Su)"
    assert [rule.hours for rule in read({"restriction:conditional": value}, PLAIN)] == [
        "Mo-Fr 07:00-09:00; Sa 10:00-12:00",
        "Su",
    ]


def test_hours_that_nobody_reads_bind_always_and_are_told() -> None:
    """A condition outside the grammar holds at every hour, and its text is reported."""
    found, unknown = restrictions({"restriction:conditional": "no_left_turn @ (sunset-sunrise)"}, PLAIN)
    assert [rule.hours for rule in found] == [""]
    assert unknown == ["sunset-sunrise"]


@pytest.mark.parametrize(
    ("tags", "members"),
    [
        ({"restriction": "no_left_turn", "except": "emergency"}, PLAIN),
        ({"restriction": "no_left_turn", "except": "bus; emergency"}, PLAIN),
        ({"restriction": "no_left_turn", "except": "psv,motorcar"}, PLAIN),
        ({"restriction:hgv": "no_left_turn"}, PLAIN),
        ({"restriction:conditional": "no_left_turn @ (weight>7.5)"}, PLAIN),
        ({"restriction": "give_way"}, PLAIN),
        ({"restriction": "no_left_turn"}, [("from", "w", 1), ("to", "w", 2)]),
        ({"restriction": "no_left_turn"}, [*PLAIN, ("via", "n", 8)]),
        ({"restriction": "no_left_turn"}, []),
    ],
)
def test_what_does_not_bind_or_is_broken_is_not_applied(
    tags: dict[str, str], members: list[tuple[str, str, int]]
) -> None:
    """Exceptions for us, rules for lorries, larger vehicles and broken relations give no restriction."""
    assert read(tags, members) == []


def nowhere(_end: tuple[int, int]) -> int:
    """Stand for the other end of edges that are not followed."""
    raise AssertionError("no way is followed here")


def test_no_forbids_one_turn_and_only_all_others() -> None:
    """At a crossing of ways 1 to 4, "no" takes one turn away, "only" leaves one, and turning round stays."""
    ends = {7: [((way, 0), way) for way in (1, 2, 3, 4)]}
    no = forbidden([Restriction("no", (1,), 7, (2,))], ends.__getitem__, {}, nowhere)
    assert no == ({((1, 1), (2, 0)): {""}}, 1)
    only = forbidden([Restriction("only", (1,), 7, (2,))], ends.__getitem__, {}, nowhere)
    assert only == ({((1, 1), (3, 0)): {""}, ((1, 1), (4, 0)): {""}}, 1)


def test_no_u_turn_on_a_way_that_runs_on_does_not_close_it() -> None:
    """Where a way passes through the node, no_u_turn forbids turning round at either end, not driving on."""
    ends = {7: [((1, 1), 10), ((2, 0), 10), ((3, 0), 20)]}
    patterns, applied = forbidden([Restriction("no", (10,), 7, (10,))], ends.__getitem__, {}, nowhere)
    assert set(patterns) == {((1, 0), (1, 1)), ((2, 1), (2, 0))}
    assert applied == 1


def test_a_restriction_of_ways_that_are_not_there_is_not_counted_as_applied() -> None:
    """A way that the extract cuts off or that we do not use makes a restriction void, and that shows."""
    rule = Restriction("no", (1,), 7, (9,))
    assert forbidden([rule], {7: [((1, 0), 1)]}.__getitem__, {}, nowhere) == ({}, 0)


ROAD = {"highway": "residential"}

# Two carriageways, north-bound in the east (nodes 1 2 3) and south-bound in the west (4 5 6), joined by a
# link (2 5) with a side street in its middle (7 8), a side street in the east (2 9), and at both far ends.
AVENUE = {
    1: (55.000, 37.001), 2: (55.005, 37.001), 3: (55.010, 37.001),
    4: (55.010, 37.000), 5: (55.005, 37.000), 6: (55.000, 37.000),
    7: (55.005, 37.0005), 8: (55.003, 37.0005), 9: (55.005, 37.003),
}  # fmt: skip
STREETS = [
    (1, [1, 2], {**ROAD, "oneway": "yes"}),
    (2, [2, 3], {**ROAD, "oneway": "yes"}),
    (3, [4, 5], {**ROAD, "oneway": "yes"}),
    (4, [5, 6], {**ROAD, "oneway": "yes"}),
    (5, [2, 7], ROAD),
    (6, [7, 5], ROAD),
    (7, [7, 8], ROAD),
    (8, [2, 9], ROAD),
    (9, [3, 4], ROAD),
    (10, [6, 1], ROAD),
]
FROM_SOUTH, TO_SOUTH, SIDE, EAST = (55.003, 37.001), (55.003, 37.0), (55.0035, 37.0005), (55.005, 37.002)
ON_LINK = (55.005, 37.0003)


def over(kind: str, vias: Sequence[int] = (5, 6), more: dict[str, str] | None = None) -> list[object]:
    """Return a restriction from the north-bound carriageway over the link to the south-bound one."""
    members = [("from", "w", 1), *(("via", "w", via) for via in vias), ("to", "w", 4)]
    return [(1, members, {"type": "restriction", "restriction": kind, **(more or {})})]


def seconds(path: Path, start: Point, end: Point, local: dt.datetime | None = None) -> float:
    """Return the time of a route on a drawn map."""
    router = Router(read_roads(path).graph)
    router.set_conditions(Conditions(local=local))
    way = router.route(start, end)
    (eta,) = router.nearest_of(router.ends([end]), router.crews([_unit(start)]), 1)
    assert eta.seconds_s == way.seconds_s
    tree = router.tree(end)
    assert tree is not None
    assert tree.etas_ms(router.locate([_unit(start)]))[0] == round(1000 * way.seconds_s)
    return way.seconds_s


def _unit(spot: Point) -> object:
    from routing.times import UnitPlace  # noqa: PLC0415  # beside the one place that needs it

    return UnitPlace("u", *spot)


@pytest.mark.parametrize("vias", [(5, 6), (6, 5)])
def test_a_restriction_over_ways_forbids_the_whole_and_nothing_else(
    draw: Draw, vias: tuple[int, int]
) -> None:
    """From the carriageway over the link back is driven round; each part of it alone is free as before."""
    free = draw(AVENUE, STREETS, name="free.osm")
    bound = draw(AVENUE, STREETS, over("no_u_turn", vias), name="bound.osm")
    roads = read_roads(bound)
    assert (roads.turn_restrictions, roads.left_out.turns_applied) == (1, 1)
    assert len(roads.graph.twin_edge) == 2
    assert roads.graph.km == pytest.approx(read_roads(free).graph.km)
    assert seconds(bound, FROM_SOUTH, TO_SOUTH) > 1.3 * seconds(free, FROM_SOUTH, TO_SOUTH)
    for start, end in (
        (FROM_SOUTH, SIDE),  # off the link before its end
        (FROM_SOUTH, ON_LINK),  # to a place on it
        (EAST, TO_SOUTH),  # over it from elsewhere
        (SIDE, TO_SOUTH),
        (ON_LINK, TO_SOUTH),
        (FROM_SOUTH, EAST),
    ):
        assert seconds(bound, start, end) == pytest.approx(seconds(free, start, end), abs=3.1), (start, end)


def test_only_over_a_way_closes_what_leaves_it_otherwise(draw: Draw) -> None:
    """Over the link one may only go back; from elsewhere one may leave it by the side street still."""
    nodes, ways = AVENUE, [*STREETS, (11, [5, 11], ROAD)]
    nodes = {**nodes, 11: (55.005, 36.998)}
    free = draw(nodes, ways, name="free.osm")
    bound = draw(nodes, ways, over("only_left_turn"), name="bound.osm")
    west = (55.005, 36.999)
    assert seconds(bound, FROM_SOUTH, west) > 1.5 * seconds(free, FROM_SOUTH, west)
    assert seconds(bound, FROM_SOUTH, TO_SOUTH) == pytest.approx(seconds(free, FROM_SOUTH, TO_SOUTH), abs=3.1)
    assert seconds(bound, EAST, west) == pytest.approx(seconds(free, EAST, west), abs=3.1)


def test_a_restriction_over_a_way_may_keep_hours_too(draw: Draw) -> None:
    """The same manoeuvre is open at night and driven round in the morning."""
    rule = over("", more={"restriction:conditional": "no_u_turn @ (Mo-Fr 07:00-10:00)"})
    bound = draw(AVENUE, STREETS, rule, name="bound.osm")
    night, morning = dt.datetime(2026, 11, 23, 3), dt.datetime(2026, 11, 23, 8)  # noqa: DTZ001  # local time, without its zone
    assert seconds(bound, FROM_SOUTH, TO_SOUTH, morning) > 1.3 * seconds(bound, FROM_SOUTH, TO_SOUTH, night)


@pytest.mark.parametrize("vias", [(5,), (6,), (9,), (5, 9), (404,)])
def test_a_broken_restriction_over_ways_is_not_applied(draw: Draw, vias: tuple[int, ...]) -> None:
    """Ways that do not lead from `from` to `to`, or are not there, forbid nothing and are not counted."""
    roads = read_roads(draw(AVENUE, STREETS, over("no_u_turn", vias)))
    assert (roads.left_out.turns_applied, len(roads.graph.twin_edge)) == (0, 0)


# A crossing (node 5) with four arms of 1.1 km, and a ring road around it that joins their ends.
CROSS = {1: (55.01, 37.0), 2: (55.0, 37.017), 3: (54.99, 37.0), 4: (55.0, 36.983), 5: (55.0, 37.0)}
ARMS = [(10 + arm, [arm, 5], ROAD) for arm in (1, 2, 3, 4)]
RING = [(20, [1, 2, 3, 4, 1], ROAD)]
NORTH, CROSS_EAST = (55.005, 37.0), (55.0, 37.0085)


@pytest.mark.parametrize(
    ("hour", "shut"), [("Mon 06:59", False), ("Mon 07:00", True), ("Mon 10:00", False), ("Sat 08:00", False)]
)
def test_a_turn_is_forbidden_at_its_hours_only(draw: Draw, hour: str, shut: bool) -> None:
    """no_left_turn @ (Mo-Fr 07:00-10:00): driven at night and on Saturdays, driven round on Monday at 7."""
    members = [("from", "w", 11), ("via", "n", 5), ("to", "w", 12)]
    tags = {"type": "restriction", "restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-10:00)"}
    path = draw(CROSS, ARMS + RING, [(1, members, tags)])
    day = 23 if hour.startswith("Mon") else 28
    local = dt.datetime(2026, 11, day, int(hour[4:6]), int(hour[7:]))  # noqa: DTZ001  # local time, without its zone
    free = seconds(path, NORTH, CROSS_EAST)  # most of the week it is open
    assert (seconds(path, NORTH, CROSS_EAST, local) > 1.5 * free) == shut
