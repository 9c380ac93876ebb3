from __future__ import annotations

import pytest

from dispatch.qualification import Held, Member, expiring, held_by

DAY = "2027-01-15"


@pytest.mark.parametrize(
    ("until", "days", "stage"),
    [
        ("2027-01-14", -1, "expired"),
        ("2027-01-15", 0, "30"),
        ("2027-02-14", 30, "30"),
        ("2027-02-15", 31, "90"),
        ("2027-04-15", 90, "90"),
    ],
)
def test_the_admin_is_told_90_and_30_days_before_the_end(until: str, days: int, stage: str) -> None:
    """The last day counts as held; the day after it has ended."""
    member = Member(id="m", name="Иванова", qualifications=(Held(kind="doctor", until=until),))
    (found,) = expiring([member], DAY)
    assert (found.member, found.kind, found.days, found.stage) == ("m", "doctor", days, stage)


def test_what_ends_later_or_never_is_not_listed_and_the_most_urgent_comes_first() -> None:
    """91 days ahead there is nothing to say yet."""
    members = [
        Member(id="a", name="A", qualifications=(Held(kind="x", until="2027-04-16"), Held(kind="y"))),
        Member(id="b", name="B", qualifications=(Held(kind="x", until="2027-03-01"),)),
        Member(id="c", name="C", qualifications=(Held(kind="x", until="2026-12-01"),)),
    ]
    assert [each.member for each in expiring(members, DAY)] == ["c", "b"]


def test_a_crew_holds_what_any_of_its_members_holds_longest() -> None:
    """One without end is without end, whatever another's paper says."""
    members = [
        Member(id="a", name="A", qualifications=(Held(kind="x", until="2027-01-10"), Held(kind="y"))),
        Member(id="b", name="B", qualifications=(Held(kind="x", until="2027-01-20"),)),
        Member(id="c", name="C", qualifications=(Held(kind="y", until="2027-01-01"),)),
    ]
    assert held_by(members, DAY) == {"x": 5, "y": None}
