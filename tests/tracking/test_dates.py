from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tracking.dates import DAY_MS, dated, day_number, day_of_ddmmyy, nearest_day, unrolled_day
from tracking.fix import Fix

DAYS = st.integers(3652, 30_000)


@given(st.dates(dt.date(1980, 1, 1), dt.date(2079, 12, 31)))
def test_two_digit_years_are_of_the_age_of_gps(date: dt.date) -> None:
    """Every date from 1980 to 2079 survives being written as ddmmyy."""
    assert day_of_ddmmyy(date.strftime("%d%m%y").encode()) == (date - dt.date(1970, 1, 1)).days


def test_impossible_dates_are_none() -> None:
    """There is no 31 April and no 29 February 2026."""
    assert day_of_ddmmyy(b"310426") is None
    assert day_number(2026, 2, 29) is None
    assert day_number(2028, 2, 29) is not None


@given(st.integers(0, DAY_MS - 1), st.integers(10**12, 2 * 10**12))
def test_the_nearest_day_is_within_half_a_day(time_of_day_ms: int, reference_ms: int) -> None:
    """A time of day is put at most twelve hours from what it is heard beside."""
    taken_ms = nearest_day(time_of_day_ms, reference_ms) * DAY_MS + time_of_day_ms
    assert abs(taken_ms - reference_ms) <= DAY_MS // 2


@given(DAYS, st.integers(0, 90), st.integers(1, 2))
def test_a_rolled_over_receiver_is_brought_back(today: int, age: int, rolls: int) -> None:
    """A date that is whole rollovers behind one of the last ninety days becomes that day."""
    assert unrolled_day(today - age - rolls * 7168, today * DAY_MS) == today - age


@given(DAYS, st.integers(-2, 7166))
def test_no_date_younger_than_a_rollover_is_moved(today: int, age: int) -> None:
    """Nothing is touched that lies less than 1,024 weeks back (a day of grace aside), or ahead."""
    assert unrolled_day(today - age, today * DAY_MS) == today - age


@given(DAYS, st.integers(7168 + 91, 2 * 7168 - 2))
def test_a_genuine_old_log_keeps_its_date(today: int, age: int) -> None:
    """A date whose alias is not among the last ninety days is a genuine old one."""
    assert unrolled_day(today - age, today * DAY_MS) == today - age


def test_a_fix_without_a_date_takes_it_from_its_reception() -> None:
    """Just after midnight a fix of just before is of yesterday; one without a time is of its reception."""
    midnight_ms = 20_000 * DAY_MS
    late = Fix("1", None, DAY_MS - 500, midnight_ms + 700, 1.0, 2.0)
    assert dated(late).taken_ms == midnight_ms - 500
    assert dated(Fix("1", None, None, 77, 1.0, 2.0)).taken_ms == 77
    told = Fix("1", 5, 5, 77, 1.0, 2.0)
    assert dated(told) is told
