from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.dates import dated
from tracking.fix import Fix
from tracking.fleet import (
    BASE_PARKED_MS,
    FUTURE_TOLERANCE_MS,
    MAX_RADIUS_M,
    PARKED_MS,
    STALE_AFTER_MS,
    UNNOTICED_S,
    Fleet,
)
from tracking.protocols.nmea import NmeaParser

NOW_MS = 1_795_273_200_000  # 2026-11-21 15:00 UTC
HOUR_MS = 3_600_000


def fix(
    unit: str,
    taken_ms: int,
    lat_deg: float = 55.0,
    *,
    received_ms: int | None = None,
    speed_mps: float | None = None,
) -> Fix:
    """A fix of a unit that arrives as it was taken, if not said otherwise."""
    received_ms = taken_ms if received_ms is None else received_ms
    return Fix(unit, taken_ms, taken_ms % 86_400_000, received_ms, lat_deg, 37.0, speed_mps)


def drive(fleet: Fleet, unit: str, until_ms: int, *, every_s: int = 1, fixes: int = 60) -> None:
    """Let a unit drive north at 15 m/s until an instant."""
    for left in range(fixes - 1, -1, -1):
        at_ms = until_ms - left * every_s * 1000
        fleet.apply(fix(unit, at_ms, 55 - left * every_s * 15 / 111_195, speed_mps=15), at_ms)


def stand(fleet: Fleet, unit: str, until_ms: int, *, every_s: int = 1, fixes: int = 60) -> None:
    """Let a unit stand until an instant."""
    for left in range(fixes - 1, -1, -1):
        at_ms = until_ms - left * every_s * 1000
        fleet.apply(fix(unit, at_ms, 55 + (left % 3) * 2e-5, speed_mps=0.1), at_ms)


# ── what moves a unit ────────────────────────────────────────────────────────────────────────────────────


def test_only_a_newer_taken_time_moves_a_unit() -> None:
    """A late arrival and a repetition are history; the unit stays where its newest fix says."""
    fleet = Fleet(["1", "2"])
    taken = [NOW_MS - 5000, NOW_MS - 9000, NOW_MS - 5000, NOW_MS - 4000]
    outcomes = [
        fleet.apply(fix("1", at_ms, 55 + i, received_ms=NOW_MS), NOW_MS) for i, at_ms in enumerate(taken)
    ]
    assert outcomes == ["moved", "history", "history", "moved"]
    last = fleet.last("1")
    assert last is not None
    assert last.lat_deg == 58
    assert fleet.last("2") is None
    assert fleet.counts == {"moved": 2, "history": 2}
    assert fleet.reasons == {"not_newer": 2}


def test_what_the_device_calls_history_goes_to_the_track_alone() -> None:
    """A black-box position moves nobody, not even where it is newer than what we know."""
    fleet = Fleet(["1"])
    fleet.apply(fix("1", NOW_MS - 60_000), NOW_MS)
    stored = msgspec.structs.replace(fix("1", NOW_MS - 30_000, 55.001), history=True)
    assert fleet.apply(stored, NOW_MS) == "history"
    assert fleet.age_ms("1", NOW_MS) == 60_000
    assert fleet.reasons == {"stored_by_device": 1}


def test_a_fix_from_the_future_freezes_nothing() -> None:
    """One timestamp of next year is quarantined and counted, and the unit goes on moving."""
    fleet = Fleet(["1"])
    assert fleet.apply(fix("1", NOW_MS + 365 * 86_400_000, received_ms=NOW_MS), NOW_MS) == "future"
    assert fleet.last("1") is None
    assert fleet.apply(fix("1", NOW_MS), NOW_MS) == "moved"
    assert fleet.apply(fix("1", NOW_MS + FUTURE_TOLERANCE_MS, received_ms=NOW_MS), NOW_MS) == "moved"
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


def test_age_and_silence_are_two_clocks() -> None:
    """A fix that took a minute to reach us is a minute older than the silence since."""
    fleet = Fleet(["1"])
    fleet.apply(fix("1", NOW_MS - 60_000, received_ms=NOW_MS), NOW_MS)
    assert fleet.age_ms("1", NOW_MS + 1000) == 61_000
    assert fleet.silence_ms("1", NOW_MS + 1000) == 1000
    assert fleet.freshness("1", NOW_MS) == "stale"


def test_what_a_fix_changed_is_told_once() -> None:
    """The feed asks for changed units and gets each once; history changes nobody."""
    fleet = Fleet(["1", "2"])
    fleet.apply(fix("1", NOW_MS), NOW_MS)
    fleet.apply(fix("1", NOW_MS - 1000), NOW_MS)
    assert fleet.take_changed() == ["1"]
    fleet.apply(fix("1", NOW_MS - 1000), NOW_MS)
    assert fleet.take_changed() == []


# ── freshness ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_moving_unit_is_stale_after_three_of_its_own_intervals() -> None:
    """One that reports every 5 s after 15 s, every minute after 3 min; at 1 Hz 10 s are a link's gap."""
    fleet = Fleet(["fast", "usual", "slow", "none"])
    drive(fleet, "fast", NOW_MS)
    drive(fleet, "usual", NOW_MS, every_s=5)
    drive(fleet, "slow", NOW_MS, every_s=60)
    assert [fleet.freshness("fast", NOW_MS + s * 1000) for s in (0, 10, 11)] == ["live", "live", "stale"]
    assert [fleet.freshness("usual", NOW_MS + s * 1000) for s in (0, 15, 16)] == ["live", "live", "stale"]
    assert [fleet.freshness("slow", NOW_MS + s * 1000) for s in (31, 180, 181)] == ["live", "live", "stale"]
    assert fleet.freshness("none", NOW_MS) == "none"


def test_driving_and_standing_have_each_their_own_interval() -> None:
    """A device that speaks every 5 min while it stands is stale soon after it fell silent while driving."""
    fleet = Fleet(["1"])
    stand(fleet, "1", NOW_MS, every_s=300, fixes=20)
    assert fleet.freshness("1", NOW_MS + 14 * 60_000) == "live"
    drive(fleet, "1", NOW_MS + 600_000)
    assert fleet.freshness("1", NOW_MS + 631_000) == "stale"


def test_an_outage_does_not_stretch_the_interval() -> None:
    """After ten minutes in a cellar a 1 Hz unit is as soon stale as before."""
    fleet = Fleet(["1"])
    drive(fleet, "1", NOW_MS)
    drive(fleet, "1", NOW_MS + 610_000, fixes=10)
    assert fleet.freshness("1", NOW_MS + 641_001) == "stale"


def test_a_vehicle_parked_at_its_base_is_not_stale() -> None:
    """Silent after standing there, engine off: parked for a shift, with an honest age, then stale."""
    fleet = Fleet(["1"], bases={"1": (55.0005, 37.0)})
    drive(fleet, "1", NOW_MS - 20_000)
    stand(fleet, "1", NOW_MS, fixes=15)
    assert fleet.freshness("1", NOW_MS + STALE_AFTER_MS + 1) == "parked"
    position = fleet.position("1", NOW_MS + 5 * HOUR_MS)
    assert position is not None
    assert position.freshness == position.rankable == "parked"
    assert position.age_ms == 5 * HOUR_MS
    assert position.at_base
    assert position.may_have_driven_s == UNNOTICED_S
    assert position.radius_m < 3_000
    assert fleet.freshness("1", NOW_MS + BASE_PARKED_MS + 1) == "stale"


def test_away_from_its_base_a_vehicle_is_parked_for_half_an_hour() -> None:
    """A minute of standing in the street, then silence: a dead link is as likely as an engine that is off."""
    fleet = Fleet(["1", "2"], bases={"1": (55.5, 37.0)})
    for unit in ("1", "2"):
        stand(fleet, unit, NOW_MS, fixes=70)
        assert fleet.freshness(unit, NOW_MS + PARKED_MS) == "parked"
        assert fleet.freshness(unit, NOW_MS + PARKED_MS + 1) == "stale"


def test_a_red_light_is_no_car_park() -> None:
    """Who stood for ten seconds and fell silent may be anywhere."""
    fleet = Fleet(["1"], bases={"1": (55.5, 37.0)})
    drive(fleet, "1", NOW_MS - 20_000)
    stand(fleet, "1", NOW_MS, fixes=10)
    assert fleet.freshness("1", NOW_MS + 60_000) == "stale"


def test_a_device_that_speaks_late_is_not_switched_off() -> None:
    """A standing vehicle whose fixes come ten minutes late is stale: it may have left since."""
    fleet = Fleet(["1"], bases={"1": (55.0, 37.0)})
    for number in range(120):
        late = fix("1", NOW_MS - 600_000 + number * 1000, received_ms=NOW_MS + number * 1000, speed_mps=0)
        fleet.apply(late, late.received_ms)
    assert fleet.freshness("1", NOW_MS + 120_000) == "stale"


def test_nothing_older_than_thirty_seconds_is_ranked_as_fresh() -> None:
    """30% of positions lost, 20% ten minutes late: who is older than 30 s is marked, none ranked as live."""
    chance = random.Random(7)
    units = [str(number) for number in range(40)]
    fleet = Fleet(units)
    late: list[tuple[int, Fix]] = []
    seen = marked = 0
    for at_s in range(900):
        now_ms = NOW_MS + at_s * 1000
        for number, unit in enumerate(units):
            silent = 200 + 10 * number <= at_s < 260 + 20 * number  # tunnels, dead spots
            if at_s % (1, 10, 60)[number % 3] or silent:
                continue
            lot = chance.random()
            one = fix(unit, now_ms, 55 + at_s * 1e-4, speed_mps=11)
            if lot < 0.2:
                late.append((now_ms + 600_000, one))
            elif lot < 0.7:
                fleet.apply(one, now_ms)
        while late and late[0][0] <= now_ms:
            at_ms, one = late.pop(0)
            fleet.apply(msgspec.structs.replace(one, received_ms=at_ms), at_ms)
        for unit in units:
            position = fleet.position(unit, now_ms)
            if position is None:
                continue
            seen += 1
            if now_ms - position.taken_ms > STALE_AFTER_MS:
                marked += 1
                assert position.rankable != "live"
                assert position.may_have_driven_s == position.age_ms / 1000
    assert seen > 30_000
    assert marked > 3_000
    assert not fleet.counts["suspect"]


@settings(deadline=None)
@given(st.integers(0, 100 * HOUR_MS), st.integers(0, 100 * HOUR_MS))
def test_a_radius_only_grows_with_age_and_has_a_bound(a_ms: int, b_ms: int) -> None:
    """The longer a unit is silent, the larger the circle it may be in, up to the bound."""
    fleet = Fleet(["1"])
    drive(fleet, "1", NOW_MS, fixes=5)
    near, far = (fleet.position("1", NOW_MS + each) for each in sorted((a_ms, b_ms)))
    assert near is not None
    assert far is not None
    assert 0 < near.radius_m <= far.radius_m <= MAX_RADIUS_M


# ── a log, however it comes ──────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(st.permutations(range(20)), st.lists(st.integers(0, 19), max_size=20))
def test_order_and_repetition_do_not_matter(order: list[int], repeated: list[int]) -> None:
    """However fixes are shuffled and repeated, the unit ends where its newest one was taken."""
    fleet = Fleet(["1"])
    for i in [*order, *repeated]:
        fleet.apply(fix("1", NOW_MS - i * 1000, 50 + i, received_ms=NOW_MS), NOW_MS)
    last = fleet.last("1")
    assert last is not None
    assert last.lat_deg == 50


@pytest.fixture(scope="module")
def real_logs(gpsd_logs: list[Path]) -> list[list[Fix]]:
    """The dated fixes of every real log that has three or more, moved so that each ends now."""
    logs = []
    for path in gpsd_logs:
        parser = NmeaParser("u")
        fixes = parser.feed(path.read_bytes(), 0) + parser.flush(0)
        fixes = [each for each in fixes if each.taken_ms is not None]
        if len(fixes) < 3:
            continue
        by_ms = NOW_MS - max(dated(each).taken_ms or 0 for each in fixes)
        logs.append([msgspec.structs.replace(each, taken_ms=(each.taken_ms or 0) + by_ms) for each in fixes])
    assert len(logs) > 50
    return logs


def newest_of(fixes: list[Fix]) -> int:
    """When the newest of them was taken."""
    return max(each.taken_ms or 0 for each in fixes)


SHIFTS_MS = st.sampled_from(
    [-30 * 86_400_000, -86_400_000, -HOUR_MS, 23 * HOUR_MS, 8 * 365 * 86_400_000, -7 * 1024 * 86_400_000]
)


@pytest.mark.shared
@settings(max_examples=150, deadline=None)
@given(data=st.data(), shift_ms=SHIFTS_MS, seed=st.integers(0, 1 << 32))
def test_a_log_shuffled_repeated_and_shifted_leaves_the_position_as_it_was(
    real_logs: list[list[Fix]], data: st.DataObject, shift_ms: int, seed: int
) -> None:
    """Behind a live log comes the same in any order, and again by a wrong clock: nothing has changed."""
    fixes = data.draw(st.sampled_from(real_logs))
    fleet = Fleet(["u"])
    for each in fixes:
        live = msgspec.structs.replace(each, received_ms=each.taken_ms)
        fleet.apply(live, live.received_ms)
    before = fleet.position("u", NOW_MS)
    assert before is not None
    assert before.taken_ms == newest_of(fixes)
    again = [msgspec.structs.replace(each, received_ms=NOW_MS) for each in fixes]
    again += [msgspec.structs.replace(each, taken_ms=(each.taken_ms or 0) + shift_ms) for each in again]
    random.Random(seed).shuffle(again)
    for number, each in enumerate(again):
        assert fleet.apply(each, NOW_MS + number) in ("history", "future")
    after = fleet.position("u", NOW_MS)
    assert after is not None
    assert (after.fix, after.taken_ms) == (before.fix, before.taken_ms)


@pytest.mark.shared
@settings(max_examples=100, deadline=None)
@given(data=st.data(), seed=st.integers(0, 1 << 32))
def test_a_log_in_any_order_ends_where_it_ends_in_order(
    real_logs: list[list[Fix]], data: st.DataObject, seed: int
) -> None:
    """A real log that comes at once, shuffled and doubled, leaves the unit where its newest fix was taken."""
    fixes = data.draw(st.sampled_from(real_logs))
    mixed = [msgspec.structs.replace(each, received_ms=NOW_MS) for each in (*fixes, *fixes)]
    random.Random(seed).shuffle(mixed)
    fleet = Fleet(["u"])
    for each in mixed:
        fleet.apply(each, NOW_MS)
    position = fleet.position("u", NOW_MS)
    assert position is not None
    assert position.taken_ms == newest_of(fixes)


def test_a_receiver_that_lost_a_week_count_is_where_it_is(sentence: Callable[[str], bytes]) -> None:
    """1,024 weeks behind, the gateway's parser sets the date right: live; +8 years never wins."""
    fleet = Fleet(["u"])
    parser = NmeaParser("u", unroll=True)
    lines = [
        sentence(f"GNRMC,1459{s:02d}.00,A,5545.{s:04d},N,03737.0000,E,10.0,0.0,070407,,,A")
        for s in range(50, 60)
    ]  # 2007-04-07 is 1,024 weeks before 2026-11-21
    for number, line in enumerate(lines):
        for each in parser.feed(line, NOW_MS - 10_000 + number * 1000):
            fleet.apply(each, each.received_ms)
    assert fleet.freshness("u", NOW_MS) == "live"
    future = fix("u", NOW_MS + 8 * 365 * 86_400_000, 10.0, received_ms=NOW_MS)
    assert fleet.apply(future, NOW_MS) == "future"
    assert (fleet.age_ms("u", NOW_MS) or 0) < 5_000
