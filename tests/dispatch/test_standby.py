from __future__ import annotations

import msgspec
import numpy as np
import pytest

from dispatch import commands
from dispatch.incident import Place
from dispatch.standby import (
    LEAST_GAIN,
    Advised,
    Demand,
    advise_standby,
    coverage_of,
    demand_of,
    drives_between,
)
from routing.times import StraightLine
from tests.dispatch.conftest import SETTINGS, World, make_world

# Two bases of the world, s1 and s2, ten cells: s1 covers the first five, s2 the last five.
CELLS = Demand(tuple((55.0, 61.0 + number) for number in range(10)), (0.1,) * 10)
COVERED = np.array([[True] * 5 + [False] * 5, [False] * 5 + [True] * 5])
DRIVES_S = np.array([[0.0, 600.0], [600.0, 0.0]])


@pytest.fixture
def world() -> World:
    """Four crews, all of base s1, where the advice is switched on."""
    made = make_world()
    made.do(commands.ConfigureRegion(settings=msgspec.structs.replace(SETTINGS, standby=True)))
    return made


def test_by_default_nobody_is_told_where_to_wait() -> None:
    """Off, until the region's rules say otherwise."""
    assert advise_standby(make_world().region, CELLS, COVERED, DRIVES_S) == []


def test_a_base_without_crews_is_filled_once_and_not_emptied_for_it(world: World) -> None:
    """Four crews cover one half of the town and none the other: two move, one by one, and then it is even."""
    advised = advise_standby(world.region, CELLS, COVERED, DRIVES_S)
    assert [(each.unit, each.own, each.base) for each in advised] == [("u1", "s1", "s2"), ("u2", "s1", "s2")]
    # q = 0.05: the first crew at s2 covers 95% of half of the demand, the second 5% of that; the last one at
    # s1 that is not alone there next to nothing.
    assert [each.gain for each in advised] == pytest.approx([0.475, 0.475 * 0.05], abs=0.002)
    assert advised[0].drive_s == 600.0


def test_a_small_gain_is_not_worth_the_drive(world: World) -> None:
    """Below two per cent of the demand nobody drives; nor for a gain that is a quarter of an hour away."""
    thin = Demand(CELLS.cells, (0.19,) * 5 + (0.004,) * 5)
    assert LEAST_GAIN == 0.02
    assert advise_standby(world.region, thin, COVERED, DRIVES_S) == []
    assert advise_standby(world.region, CELLS, COVERED, DRIVES_S * 2) == []


def test_busy_crews_are_not_moved_and_make_the_rest_worth_more(world: World) -> None:
    """Two of four are busy: one free one goes, one stays."""
    world.send(world.call(), "u1")
    world.send(world.call(), "u2")
    advised = advise_standby(world.region, CELLS, COVERED, DRIVES_S)
    assert advised == [Advised(unit="u3", own="s1", base="s2", gain=0.125, drive_s=600.0)]


def test_demand_is_where_calls_came_from_lately(world: World) -> None:
    """Cells of a kilometre with their shares; calls older than four weeks do not count."""
    for lat_deg in (55.0, 55.0, 55.0, 55.3):
        world.do(
            commands.CreateIncident(place=Place(label="x", lat_deg=lat_deg, lon_deg=61.0), reason="other")
        )
    demand = demand_of(world.region, world.now_ms)
    assert sorted(demand.shares) == [0.25, 0.75]
    assert max(zip(demand.shares, demand.cells, strict=True))[1] == pytest.approx((55.0, 61.0), abs=0.02)
    assert demand_of(world.region, world.now_ms + 30 * 86_400_000).cells == ()


def test_coverage_and_drives_come_from_the_roads() -> None:
    """A base covers what is reached within the norm less four minutes; drives are without siren."""
    bases = [(55.01, 61.0), (55.1, 61.1), (56.5, 61.0)]
    demand = Demand(((55.0, 61.0), (56.5, 61.0)), (0.5, 0.5))
    covered = coverage_of(bases, 1200, demand, StraightLine())
    assert covered.tolist() == [[True, False], [False, False], [False, True]]
    drives_s = drives_between([(55.0, 61.0), (55.01, 61.0)], StraightLine())
    assert drives_s[0, 0] == 0
    assert drives_s[0, 1] == pytest.approx(1112 * 1.4 / (30 / 3.6), rel=0.01)
