from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from routing.osm import read_roads
from routing.router import Router
from routing.timetable import is_shut, shut_arcs
from routing.wayhours import Kept, keeps
from routing.weights import Conditions

Draw = Callable[..., Path]

ROAD = {"highway": "residential"}


@pytest.mark.parametrize(
    ("tags", "rule"),
    [
        ({"bridge": "movable", "opening_hours": "05:00-01:30"}, "open 05:00-01:30"),
        ({"bridge": "movable", "motor_vehicle:conditional": "no @ (01:25-04:55)"}, "shut 01:25-04:55"),
        ({"ice_road": "yes", "opening_hours": "Dec 15-Apr 1"}, "open Dec 15-Apr 1"),
        ({"winter_road": "yes", "seasonal": "winter"}, "open Dec-Feb"),
        ({"seasonal": "spring;summer"}, "open Mar-May,Jun-Aug"),
        ({"access:conditional": "no @ (Nov-Apr)"}, "shut Nov-Apr"),  # snow on a pass
        (
            {"winter_road": "yes", "motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (Jan-Mar)"},
            "open Jan-Mar",
        ),
        ({"route": "ferry", "opening_hours": "Mo-Su 06:00-22:00"}, "open Mo-Su 06:00-22:00"),
        ({"opening_hours": "06:00-22:00"}, "open 06:00-22:00"),
    ],
)
def test_what_is_physical_keeps_its_hours(tags: dict[str, str], rule: str) -> None:
    """Bridges, ferries, winter roads, passes and roads with opening hours are open at those only."""
    kept = keeps({**ROAD, **tags})
    assert (kept.rule, kept.closed, kept.unknown) == (rule, False, "")


@pytest.mark.parametrize(
    "tags",
    [
        {"motor_vehicle": "no", "motor_vehicle:conditional": "destination @ (Mo-Sa 06:00-11:00)"},
        {"motor_vehicle:conditional": "no @ (22:00-06:00)"},
        {"hgv:conditional": "no @ (22:00-06:00)"},
        {"maxspeed:conditional": "30 @ (22:00-06:00)"},
        {"bridge": "movable"},
        {"route": "ferry"},
        {"seasonal": "no"},
    ],
)
def test_signs_alone_do_not_stop_an_ambulance(tags: dict[str, str]) -> None:
    """A ban by the hour binds cars; a bridge without hours is a bridge."""
    assert keeps({**ROAD, **tags}) == Kept()


@pytest.mark.parametrize(
    ("tags", "unknown"),
    [
        ({"ice_road": "yes"}, "winter road without months"),
        ({"seasonal": "yes"}, "seasonal=yes"),
        ({"bridge": "movable", "opening_hours": "by call"}, "by call"),
        ({"route": "ferry", "opening_hours": "sunrise-sunset"}, "sunrise-sunset"),
    ],
)
def test_what_is_physical_and_not_understood_is_closed(tags: dict[str, str], unknown: str) -> None:
    """A ferry or a winter road is never promised at hours that nobody can read; the text is reported."""
    assert keeps({**ROAD, **tags}) == Kept(closed=True, unknown=unknown)


def test_a_rule_that_nobody_reads_shuts() -> None:
    """A damaged or newer rule in a map closes its roads instead of opening them."""
    assert is_shut("open nonsense", None)
    assert is_shut("perhaps 24/7", dt.datetime(2026, 1, 1))  # noqa: DTZ001  # local time, without its zone
    assert not is_shut("open 24/7", None)


# Two banks of 2 km each, joined by a bridge in the west (2 3) and by a long way round in the east (1 5 6 4).
BANKS = {
    1: (55.00, 37.02), 2: (55.00, 37.00), 3: (55.01, 37.00), 4: (55.01, 37.02), 5: (55.00, 37.10),
    6: (55.01, 37.10),
}  # fmt: skip
SHORES = [(1, [1, 2], ROAD), (2, [3, 4], ROAD), (4, [1, 5, 6, 4], ROAD)]
SOUTH, NORTH = (55.00, 37.005), (55.01, 37.005)


def seconds(path: Path, local: dt.datetime | None) -> float:
    """Return how long it takes from bank to bank."""
    router = Router(read_roads(path).graph)
    router.set_conditions(Conditions(local=local))
    return router.route(SOUTH, NORTH).seconds_s


@pytest.mark.parametrize(
    ("link", "open_at", "shut_at"),
    [
        (
            {**ROAD, "bridge": "movable", "opening_hours": "05:00-01:30"},
            "2026-06-01T01:00", "2026-06-01T03:00",
        ),
        (
            {**ROAD, "ice_road": "yes", "opening_hours": "Dec 15-Apr 1"},
            "2026-01-10T12:00", "2026-04-02T12:00",
        ),
        (
            {"route": "ferry", "motor_vehicle": "yes", "duration": "00:05", "interval": "00:10",
             "opening_hours": "Mo-Fr 06:00-22:00"},
            "2026-11-23T12:00", "2026-11-22T12:00",
        ),
    ],
)  # fmt: skip
def test_a_link_by_the_hour_is_used_at_its_hours_only(
    draw: Draw, link: dict[str, str], open_at: str, shut_at: str
) -> None:
    """A drawbridge, an ice road and a ferry are the way over while open, and driven round at other times."""
    path = draw(BANKS, [*SHORES, (3, [2, 3], link)])
    roads = read_roads(path)
    assert (roads.timed_ways, roads.unknown_hours, len(shut_arcs(roads.graph, None)) % 2) == (1, (), 0)
    over, round_about = (seconds(path, dt.datetime.fromisoformat(text)) for text in (open_at, shut_at))
    bare = seconds(draw(BANKS, SHORES, name="bare.osm"), None)
    assert over < 0.8 * bare
    assert round_about == pytest.approx(bare, rel=0.01)


def test_a_ferry_takes_its_time_and_nobody_is_put_on_it(draw: Draw) -> None:
    """Five minutes of sailing and five of waiting; a call beside its line belongs to the shore."""
    nodes = {1: (55.00, 37.0), 2: (55.001, 37.0), 3: (55.02, 37.0), 4: (55.021, 37.0)}
    ways = [(1, [1, 2], ROAD), (3, [3, 4], ROAD)]
    line = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:05", "interval": "00:10"}
    roads = read_roads(draw(nodes, [*ways, (2, [2, 3], line)]))
    assert roads.ferries == 1
    router = Router(roads.graph)
    assert router.route((55.001, 37.0), (55.02, 37.0)).seconds_s == pytest.approx(600, abs=1)
    assert router.off_road_m(55.005, 37.0) == pytest.approx(445, abs=2)
    people = {"route": "ferry", "foot": "yes", "duration": "00:05"}
    alone = read_roads(draw(nodes, [*ways, (2, [2, 3], people)], name="people.osm"), islands=True)
    assert (alone.ferries, alone.left_out.parts) == (0, 1)
