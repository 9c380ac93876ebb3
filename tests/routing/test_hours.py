from __future__ import annotations

import datetime as dt

import pytest

from routing.hours import holds, mostly, schedule, seasonal
from routing.timetable import is_shut


def at(text: str) -> dt.datetime:
    """Return a local time."""
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("24/7", "2026-01-01T00:00", None),
        ("07:00-10:00", "2026-11-23T07:00", "2026-11-23T10:00"),
        ("Mo-Fr 07:00-10:00", "2026-11-23T08:00", "2026-11-28T08:00"),
        ("Mo-Fr 07:00-10:00,16:00-19:00", "2026-11-23T16:00", "2026-11-23T12:00"),
        ("Fr-Mo 10:00-12:00", "2026-11-22T10:30", "2026-11-24T10:30"),
        ("22:00-06:00", "2026-11-23T05:59", "2026-11-23T06:00"),
        ("Fr 22:00-06:00", "2026-11-28T03:00", "2026-11-27T03:00"),  # the night from Friday to Saturday
        ("Sa 20:00-26:00", "2026-11-29T01:59", "2026-11-29T02:00"),
        ("18:00+", "2026-11-23T23:59", "2026-11-23T17:59"),
        ("Nov-Apr", "2026-12-31T12:00", "2026-05-01T00:00"),
        ("Dec 15-Mar 31", "2027-03-31T23:59", "2026-12-14T12:00"),
        ("Apr 1-15", "2026-04-15T12:00", "2026-04-16T12:00"),
        ("May-Sep: Mo,We 08:00-12:00", "2026-06-01T09:00", "2026-06-02T09:00"),
        ("2016 Apr 25 - 2016 Sep 26", "2016-06-01T09:00", "2026-06-01T09:00"),
        ("Mo-Su 06:00-22:00; Su off", "2026-11-28T12:00", "2026-11-29T12:00"),
        ("Mo-Fr 08:00-18:00; We 12:00-13:00 off", "2026-11-25T11:00", "2026-11-25T12:30"),
        ("Mo-Fr 08:00-18:00; We 10:00-11:00", "2026-11-25T10:30", "2026-11-25T12:00"),
        ("Mo-Fr 08:00-12:00, We 14:00-18:00", "2026-11-25T15:00", "2026-11-24T15:00"),
        ("Mo-Fr 08:00-18:00; PH off", "2026-11-25T11:00", "2026-11-25T19:00"),
        ("Mo-Su,PH 01:25-04:55", "2026-11-25T01:25", "2026-11-25T04:55"),  # a bridge of Saint Petersburg
        ("Mo-Su 06:00-00:00", "2026-11-25T23:30", "2026-11-25T00:30"),
    ],
)
def test_hours_hold_when_they_say(text: str, yes: str, no: str | None) -> None:
    """Weekdays, spans, seasons, exceptions and nights past midnight, on either side of their bounds."""
    rules = schedule(text)
    assert rules is not None
    assert holds(rules, at(yes))
    assert no is None or not holds(rules, at(no))


@pytest.mark.parametrize(
    "text",
    ["", "sunrise-sunset", "week 1-10", "Mo-Fr 25:00-26:00", "wet", "Mo 10:00-12:00 || \"by call\"", "Feb 30",
     "Mo-Fr unknown", "PH off", "08:00-12:00 until further notice", "weight>3", "Mo[1] 10:00-12:00"],
)  # fmt: skip
def test_what_is_not_understood_is_said_to_be(text: str) -> None:
    """A schedule of which any part is foreign is none: nobody guesses."""
    assert schedule(text) is None


@pytest.mark.parametrize(
    ("rule", "when", "shut"),
    [
        ("open Mo-Fr 08:00-18:00; PH off", "2026-05-01T09:00", True),  # a Friday, the first of May
        ("open Mo-Fr 08:00-18:00; PH off", "2026-05-08T09:00", False),
        ("open Sa,Su,PH 08:00-18:00", "2026-06-12T09:00", True),  # perhaps a holiday: not promised
        ("shut PH 00:00-24:00; Mo-Fr 07:00-10:00", "2026-06-12T08:00", True),
        ("shut Sa,Su,PH 08:00-18:00", "2026-06-12T09:00", True),
        ("shut Sa,Su,PH 08:00-18:00", "2026-06-11T09:00", False),
        ("open Mo-Su,PH 05:00-25:00", "2026-01-01T00:30", False),
        ("open Mo-Fr 08:00-18:00; SH off", "2026-05-08T09:00", True),  # no school holiday is known
    ],
)
def test_on_a_day_that_may_be_a_holiday_the_safe_side_is_taken(rule: str, when: str, shut: bool) -> None:
    """Shut is what is shut on holidays or on other days; on another date, the weekday decides."""
    assert is_shut(rule, at(when)) == shut


def test_seasons_are_told_from_hours() -> None:
    """Only a rule with dates is one of the season."""
    assert seasonal(schedule("Nov-Apr") or ())
    assert not seasonal(schedule("Mo-Fr 07:00-10:00") or ())


@pytest.mark.parametrize(
    ("text", "most"),
    [("24/7", True), ("06:00-23:00", True), ("Mo-Fr 07:00-10:00", False), ("Dec-Mar", False)],
)
def test_without_a_time_the_most_of_the_year_counts(text: str, most: bool) -> None:
    """A bridge that opens at night is a bridge, a winter road is none."""
    assert mostly(schedule(text) or ()) is most
