"""What the feed and a recommendation are told of the fleet."""

from __future__ import annotations

import msgspec

from console.feed import AGING, ESTIMATED, PARKED, STALE, SUSPECT
from console.whereabouts import Whereabouts, position_of, positions_of
from dispatch.unit import Unit
from tracking.fix import Fix
from tracking.fleet import Fleet

NOW_MS = 1_795_273_200_000


def known(*units: str) -> dict[str, Unit]:
    """A region's units."""
    return {
        unit: Unit(
            id=unit, index=number, call_sign=unit, crew_kind="doctor", vehicle_class="B", substation=None
        )
        for number, unit in enumerate(units)
    }


def fix(unit: str, taken_ms: int, lat_deg: float = 55.0, speed_mps: float = 0.0) -> Fix:
    """A fix that arrives as it was taken."""
    return Fix(unit, taken_ms, 0, taken_ms, lat_deg, 37.0, speed_mps, course_deg=90.0)


class Watch:
    """A fleet, looked at by a feed, with a clock that moves when told."""

    def __init__(self, *units: str) -> None:
        self.now_ms = NOW_MS
        self.fleet = Fleet(units, bases={"base": (55.0, 37.0)})
        self.where = Whereabouts(self.fleet, lambda: known(*units), lambda: self.now_ms)

    def come(self, *fixes: Fix) -> None:
        """Take fixes in."""
        for each in fixes:
            self.fleet.apply(each, each.received_ms)

    def flags(self) -> dict[int, int]:
        """What is new since the last look: index → flags."""
        return {one.index: one.flags for one in self.where.moved()}


def test_a_unit_is_shown_when_it_moves_and_when_its_mark_changes() -> None:
    """A frame brings who has a new fix; silence alone brings the mark, once."""
    watch = Watch("a", "b")
    watch.come(*(fix("a", NOW_MS - s * 1000, 55 - s * 1e-4, 11) for s in range(20, -1, -1)))
    assert watch.flags() == {0: 0}
    assert watch.flags() == {}
    watch.now_ms += 9_000
    watch.come(fix("b", watch.now_ms))
    assert watch.flags() == {1: 0}
    watch.now_ms = NOW_MS + 11_000
    assert watch.flags() == {0: STALE}
    assert watch.flags() == {}
    assert len(watch.where.everyone()) == 2


def test_every_position_older_than_thirty_seconds_carries_a_mark() -> None:
    """Stale, parked, or only old for a device that speaks once a minute: none is shown as fresh."""
    watch = Watch("fast", "base", "slow")
    watch.come(*(fix("fast", NOW_MS - s * 1000, 55 - s * 1e-4, 11) for s in range(60, -1, -1)))
    watch.come(*(fix("base", NOW_MS - s * 1000) for s in range(60, -1, -1)))
    watch.come(*(fix("slow", NOW_MS - s * 60_000, 55 - s * 1e-3, 11) for s in range(60, -1, -1)))
    watch.flags()
    watch.now_ms = NOW_MS + 45_000
    assert watch.flags() == {0: STALE, 1: PARKED, 2: AGING}
    ranked = positions_of(watch.fleet, watch.now_ms)
    assert {unit: one.freshness for unit, one in ranked.items()} == {
        "fast": "stale",
        "base": "parked",
        "slow": "stale",
    }
    assert ranked["slow"].may_have_driven_s == 45
    watch.now_ms = NOW_MS + 3_600_000
    parked = position_of(watch.fleet, "base", watch.now_ms)
    assert parked is not None
    assert (parked.age_s, parked.may_have_driven_s) == (3600, 60)


def test_a_suspect_unit_stays_where_it_last_was_and_is_marked() -> None:
    """The frame and the recommendation have the last good position, its age and a growing radius."""
    watch = Watch("a")
    watch.come(*(fix("a", NOW_MS + s * 1000) for s in range(20)))
    watch.come(*(fix("a", NOW_MS + s * 1000, 55.3) for s in range(20, 30)))
    watch.now_ms = NOW_MS + 30_000
    assert watch.flags() == {0: SUSPECT}
    (shown,) = watch.where.everyone()
    assert shown.lat_deg == 55.0
    assert shown.age_s == 11
    ranked = position_of(watch.fleet, "a", watch.now_ms)
    assert ranked is not None
    assert ranked.freshness == "suspect"
    assert ranked.radius_m is not None
    assert 400 < ranked.radius_m < 1_000


def test_dead_reckoning_is_marked_as_estimated() -> None:
    """In a tunnel a receiver guesses; a page shows that it does, beside any other mark."""
    watch = Watch("a")
    watch.come(msgspec.structs.replace(fix("a", NOW_MS, 55, 11), quality="estimated"))
    assert watch.flags() == {0: ESTIMATED}
    watch.now_ms += 60_000
    assert watch.flags() == {0: ESTIMATED | STALE}


def test_a_standing_unit_has_no_heading_and_a_stranger_no_place() -> None:
    """Below walking pace a course is noise; who is no unit of the region is in no frame."""
    watch = Watch("a")
    watch.fleet.enrol("stranger")
    watch.come(fix("a", NOW_MS), fix("stranger", NOW_MS))
    (shown,) = watch.where.everyone()
    assert shown.course_deg is None
    watch.come(fix("a", NOW_MS + 1000, 55.0001, 11))
    assert watch.where.everyone()[0].course_deg == 90
    assert position_of(watch.fleet, "nobody", NOW_MS) is None
