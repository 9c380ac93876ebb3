from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracking.fix import Fix
from tracking.fleet import FUTURE_TOLERANCE_MS, Fleet

NOW_MS = 1_800_000_000_000


def fix(unit: str, taken_ms: int | None, lat_deg: float = 55.0, received_ms: int = NOW_MS) -> Fix:
    """A fix of a unit."""
    return Fix(
        unit, taken_ms, None if taken_ms is None else taken_ms % 86_400_000, received_ms, lat_deg, 37.0
    )


def test_only_a_newer_taken_time_moves_a_unit() -> None:
    """A late arrival and a repetition are history; the unit stays where its newest fix says."""
    fleet = Fleet(["1", "2"])
    taken = [NOW_MS - 5000, NOW_MS - 9000, NOW_MS - 5000, NOW_MS - 4000]
    outcomes = [fleet.apply(fix("1", at_ms, 55 + i), NOW_MS) for i, at_ms in enumerate(taken)]
    assert outcomes == ["moved", "history", "history", "moved"]
    last = fleet.last("1")
    assert last is not None
    assert last.lat_deg == 58
    assert fleet.last("2") is None
    assert fleet.counts == {"moved": 2, "history": 2}


def test_a_fix_from_the_future_freezes_nothing() -> None:
    """One timestamp of next year is quarantined and counted, and the unit goes on moving."""
    fleet = Fleet(["1"])
    assert fleet.apply(fix("1", NOW_MS + 365 * 86_400_000), NOW_MS) == "future"
    assert fleet.last("1") is None
    assert fleet.apply(fix("1", NOW_MS), NOW_MS) == "moved"
    assert fleet.apply(fix("1", NOW_MS + FUTURE_TOLERANCE_MS), NOW_MS) == "moved"
    assert fleet.age_ms("1", NOW_MS) == 0


def test_a_unit_that_is_not_ours_changes_nothing() -> None:
    """Unknown units are counted and have no position; enrolled ones are known from then on."""
    fleet = Fleet(["1"])
    assert fleet.apply(fix("9", NOW_MS), NOW_MS) == "unknown"
    assert fleet.last("9") is None
    fleet.enrol("9")
    assert fleet.units == ("1", "9")
    assert fleet.apply(fix("9", NOW_MS), NOW_MS) == "moved"


def test_a_fix_without_a_date_is_dated_by_its_reception() -> None:
    """A receiver that sends GGA alone has a position with an age all the same."""
    fleet = Fleet(["1"])
    undated = Fix("1", None, (NOW_MS - 2000) % 86_400_000, NOW_MS, 55.0, 37.0)
    assert fleet.apply(undated, NOW_MS) == "moved"
    assert fleet.age_ms("1", NOW_MS) == 2000


def test_freshness_follows_the_devices_own_interval() -> None:
    """A unit of 1 Hz is stale after 30 s; one that reports every minute only after three of its minutes."""
    fleet = Fleet(["fast", "slow", "none"])
    for i in range(60):
        fleet.apply(fix("fast", NOW_MS - (59 - i) * 1000), NOW_MS)
        fleet.apply(fix("slow", NOW_MS - (59 - i) * 60_000), NOW_MS)
    assert [fleet.freshness("fast", NOW_MS + s * 1000) for s in (0, 30, 31)] == ["live", "live", "stale"]
    assert [fleet.freshness("slow", NOW_MS + s * 1000) for s in (31, 180, 181)] == ["live", "live", "stale"]
    assert fleet.freshness("none", NOW_MS) == "none"


def test_an_outage_does_not_stretch_the_interval() -> None:
    """After ten minutes in a cellar a 1 Hz unit is stale 30 s after its last fix, as before."""
    fleet = Fleet(["1"])
    for at_s in (*range(50), *range(650, 660)):
        fleet.apply(fix("1", NOW_MS + at_s * 1000), NOW_MS + at_s * 1000)
    assert fleet.freshness("1", NOW_MS + 690_001) == "stale"


def test_age_and_silence_are_two_clocks() -> None:
    """A fix that took a minute to reach us is a minute older than the silence since."""
    fleet = Fleet(["1"])
    fleet.apply(fix("1", NOW_MS - 60_000, received_ms=NOW_MS), NOW_MS)
    assert fleet.age_ms("1", NOW_MS + 1000) == 61_000
    assert fleet.silence_ms("1", NOW_MS + 1000) == 1000
    assert fleet.freshness("1", NOW_MS) == "stale"


@given(st.permutations(range(20)), st.lists(st.integers(0, 19), max_size=20))
def test_order_and_repetition_do_not_matter(order: list[int], repeated: list[int]) -> None:
    """However fixes are shuffled and repeated, the unit ends where its newest one was taken."""
    fleet = Fleet(["1"])
    for i in [*order, *repeated]:
        fleet.apply(fix("1", NOW_MS - i * 1000, 50 + i), NOW_MS)
    last = fleet.last("1")
    assert last is not None
    assert last.lat_deg == 50
