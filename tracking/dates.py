"""Dates for times of day: calendar days, midnight, two-digit years and the GPS week rollover.

A day is an integer, the number of days since 1970-01-01 UTC; the rules ask no clock: "now" is an argument.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import msgspec

from tracking.fix import Fix

DAY_MS = 86_400_000

# GPS counts weeks in ten bits: a receiver that lost count is a whole number of these behind (IS-GPS-200).
ROLLOVER_DAYS = 7 * 1024

# How far from now a corrected date may lie. Narrow on purpose: a genuine log of twenty years ago, decoded
# with today as `now`, must keep its date, and only a log whose alias falls into these days is at risk.
ROLLOVER_PAST_DAYS = 90
ROLLOVER_FUTURE_DAYS = 1

_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()


def day_number(year: int, month: int, day: int) -> int | None:
    """Return days since 1970-01-01 of a calendar date, or None when there is no such date."""
    try:
        return dt.date(year, month, day).toordinal() - _EPOCH_ORDINAL
    except ValueError:
        return None


@lru_cache(maxsize=256)
def day_of_ddmmyy(raw: bytes) -> int | None:
    """Return the day of six digits, ddmmyy, or None when there is no such date.

    GPS began in 1980, so 80–99 are of the last century and 00–79 of this one.
    """
    year = int(raw[4:6])
    return day_number(year + (1900 if year >= 80 else 2000), int(raw[2:4]), int(raw[0:2]))


def nearest_day(time_of_day_ms: int, reference_ms: int) -> int:
    """Return the day on which `time_of_day_ms` lies nearest to the instant `reference_ms`."""
    return (reference_ms - time_of_day_ms + DAY_MS // 2) // DAY_MS


def unrolled_day(day: int, now_ms: int) -> int:
    """Return `day` moved forward by whole week rollovers, if that brings it beside `now_ms`; else `day`."""
    today = now_ms // DAY_MS
    behind = today + ROLLOVER_FUTURE_DAYS - day
    if behind < ROLLOVER_DAYS:
        return day
    if behind % ROLLOVER_DAYS <= ROLLOVER_PAST_DAYS + ROLLOVER_FUTURE_DAYS:
        return day + behind // ROLLOVER_DAYS * ROLLOVER_DAYS
    return day


def dated(fix: Fix) -> Fix:
    """Return the fix with a taken time, made from its time of day and from when it was received.

    A receiver that sends no date (GGA or GLL alone) is heard live, so its time of day means the instant
    nearest to the reception; one that sends no time at all was taken, as far as anyone can know, when it was
    received.
    """
    if fix.taken_ms is not None:
        return fix
    if fix.time_of_day_ms is None:
        return msgspec.structs.replace(fix, taken_ms=fix.received_ms)
    day = nearest_day(fix.time_of_day_ms, fix.received_ms)
    return msgspec.structs.replace(fix, taken_ms=day * DAY_MS + fix.time_of_day_ms)
