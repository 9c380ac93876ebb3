"""Hours: when something is open or a sign holds, as OpenStreetMap writes it, read as far as roads need it.

What is read of the `opening_hours` grammar (wiki.openstreetmap.org/wiki/Key:opening_hours/specification):
months and dates with or without a year ("Nov-Apr", "Dec 15-Mar 31"), weekdays, spans of time also past
midnight ("22:00-06:00", "20:00-26:00", "18:00+"), lists of these, "24/7", "off" and "closed"; a later rule
takes the place of an earlier one on its days, and one after a comma adds to it. Public holidays (PH) are
known by date as far as `FIXED_HOLIDAYS` goes, school holidays (SH) not at all: on a day that may be one,
whoever asks takes the safe side of both answers. Everything else (sunrise, week numbers, "unknown",
fallbacks) is not understood: `schedule` gives None, and whoever asks counts it and takes the safe side.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import NamedTuple

DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_DATE = rf"(?:\d{{4}}\s+)?(?:{'|'.join(_MONTHS)})(?:\s+\d{{1,2}}(?![\d:]))?"
_DATES = rf"{_DATE}(?:\s*-\s*(?:{_DATE}|\d{{1,2}}(?![\d:])))?"
_DAY = rf"(?:{'|'.join(_DAYS)}|PH|SH)"
_WEEKDAYS = rf"{_DAY}(?:\s*-\s*{_DAY})?"
_SPAN = r"\d{1,2}:\d{2}(?:\s*-\s*\d{1,2}:\d{2}|\+)"
_RULE = re.compile(
    rf"\s*(?P<dates>{_DATES}(?:\s*,\s*{_DATES})*)?\s*:?"
    rf"\s*(?P<days>{_WEEKDAYS}(?:\s*,\s*{_WEEKDAYS})*)?\s*:?"
    rf"\s*(?P<times>24/7|{_SPAN}(?:\s*,\s*{_SPAN})*)?"
    r"\s*(?P<state>open|off|closed)?"
    r"(?:\s*\"[^\"]*\")?\s*(?P<end>;|,|\Z)"
)
_ONE_DATE = re.compile(rf"(?:(\d{{4}})\s+)?({'|'.join(_MONTHS)})(?:\s+(\d{{1,2}}))?")

# Of Russia (Labour Code, article 112), and those that most of Europe keeps on the same date. Not known are
# days off that a government moves from year to year, and holidays that move with Easter.
FIXED_HOLIDAYS = frozenset(
    {(1, day) for day in range(1, 9)}
    | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4), (12, 25), (12, 26)}
)
PUBLIC, SCHOOL = -1, -2  # beside the weekdays

Date = tuple[int | None, int, int]
"""(year or None for every year, month, day)."""


class Rule(NamedTuple):
    """One rule of a schedule; an empty selector matches always."""

    dates: tuple[tuple[Date, Date], ...]
    days: frozenset[int]  # 0 is Monday; PUBLIC and SCHOOL for holidays
    spans: tuple[tuple[int, int], ...]  # minutes from midnight, the end up to a day later
    off: bool
    adds: bool  # to the rules before it, instead of taking their place on its days


Schedule = tuple[Rule, ...]


@lru_cache(maxsize=1024)
def schedule(text: str) -> Schedule | None:
    """Read a schedule; None where anything in it is not understood."""
    rules: list[Rule] = []
    at, adds = 0, False
    text = text.strip()
    while at < len(text):
        found = _RULE.match(text, at)
        if found is None or not any(found[key] for key in ("dates", "days", "times", "state")):
            return None
        rule = _rule(found, adds=adds)
        if rule is None:
            return None
        rules.append(rule)
        at, adds = found.end(), found["end"] == ","
    ordinary = any(not rule.days or max(rule.days) >= 0 for rule in rules)
    return tuple(rules) if ordinary else None


def _rule(found: re.Match[str], *, adds: bool) -> Rule | None:
    days: set[int] = set()
    for part in re.findall(_WEEKDAYS, found["days"] or ""):
        first, _, last = (name.strip() for name in part.partition("-"))
        if first in _DAYS and (not last or last in _DAYS):
            start, end = _DAYS.index(first), _DAYS.index(last or first)
            days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
        days.update({"PH": PUBLIC, "SH": SCHOOL}[name] for name in (first, last) if name in ("PH", "SH"))
    spans: list[tuple[int, int]] = []
    if found["times"] and found["times"] != "24/7":
        for part in re.findall(_SPAN, found["times"]):
            first, _, last = part.rstrip("+").partition("-")
            start, end = _minute(first), _minute(last) if last else DAY_MIN
            if start > DAY_MIN or end > 2 * DAY_MIN:
                return None
            spans.append((start, end if end > start else end + DAY_MIN))
    dates: list[tuple[Date, Date]] = []
    for part in re.findall(_DATES, found["dates"] or ""):
        both = _dates(part)
        if both is None:
            return None
        dates.append(both)
    return Rule(
        tuple(dates),
        frozenset(days),
        tuple(spans) or ((0, DAY_MIN),),
        off=found["state"] in ("off", "closed"),
        adds=adds,
    )


def _minute(text: str) -> int:
    hour, minute = text.strip().split(":")
    return 60 * int(hour) + int(minute)


def _dates(text: str) -> tuple[Date, Date] | None:
    first, _, last = (part.strip() for part in text.partition("-"))
    start = _date(first, last=False)
    if not last:
        end = _date(first, last=True)
    elif last.isdigit():  # "Apr 1-15"
        end = (start[0], start[1], int(last))
    else:
        end = _date(last, last=True)
    if any(not 1 <= day <= _MONTH_DAYS[month - 1] for _, month, day in (start, end)):
        return None
    if (start[0] is None) != (end[0] is None):  # "2016 Apr 25 - Sep 26": the one year is meant for both
        year = start[0] or end[0]
        start, end = (year, *start[1:]), (year, *end[1:])
    return start, end


def _date(text: str, *, last: bool) -> Date:
    found = _ONE_DATE.match(text)
    assert found is not None  # noqa: S101  # _RULE matched the same expression
    month = _MONTHS.index(found[2]) + 1
    day = int(found[3]) if found[3] else _MONTH_DAYS[month - 1] if last else 1
    return (int(found[1]) if found[1] else None), month, day


def holds(rules: Schedule, local: dt.datetime, *, festive: bool = False) -> bool:
    """Say whether a schedule holds (is open) at a local time.

    Args:
        rules: the schedule.
        local: the time.
        festive: take every day that may be a holiday for one; else none.
    """
    minute = 60 * local.hour + local.minute
    today = local.date()
    if any(start <= minute < end for start, end in _spans_on(rules, today, festive=festive)):
        return True
    yesterday = today - dt.timedelta(days=1)
    return any(minute + DAY_MIN < end for _, end in _spans_on(rules, yesterday, festive=festive))


def _spans_on(rules: Schedule, day: dt.date, *, festive: bool) -> list[tuple[int, int]]:
    kinds = {day.weekday()}
    if festive:
        kinds |= {SCHOOL, PUBLIC} if (day.month, day.day) in FIXED_HOLIDAYS else {SCHOOL}
    spans: list[tuple[int, int]] = []
    for rule in rules:
        if (rule.days and not kinds & rule.days) or not _in_dates(rule.dates, day):
            continue
        if rule.off:
            spans = [rest for span in spans for rest in _without(span, rule.spans)]
        else:
            spans = [*(spans if rule.adds else ()), *rule.spans]
    return spans


def _without(span: tuple[int, int], cuts: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    left = [span]
    for low, high in cuts:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, low)), (max(start, high), end))
            if part[0] < part[1]
        ]
    return left


def _in_dates(dates: tuple[tuple[Date, Date], ...], day: dt.date) -> bool:
    if not dates:
        return True
    for (year, *start), (last_year, *end) in dates:
        here = [day.month, day.day]
        if year is not None and last_year is not None:
            if [year, *start] <= [day.year, *here] <= [last_year, *end]:
                return True
        elif (start <= here <= end) if start <= end else (here >= start or here <= end):
            return True
    return False


def seasonal(rules: Schedule) -> bool:
    """Say whether a schedule tells seasons apart, and not only hours and weekdays."""
    return any(rule.dates for rule in rules)


@lru_cache(maxsize=1024)
def mostly(rules: Schedule) -> bool:
    """Say whether a schedule holds for most of a year: what is taken where no time is known.

    Sampled every three hours of every third day; years in dates are taken as they come around 2026.
    """
    start = dt.datetime(2026, 1, 1, 1, 30)  # noqa: DTZ001  # local time of anywhere
    samples = [start + dt.timedelta(days=3 * day, hours=3 * hour) for day in range(122) for hour in range(8)]
    return 2 * sum(holds(rules, at) for at in samples) > len(samples)
