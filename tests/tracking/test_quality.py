from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.dates import dated
from tracking.distance import METRES_PER_DEGREE
from tracking.fix import Fix
from tracking.fleet import Fleet
from tracking.protocols.nmea import NmeaParser
from tracking.quality import REOPEN_MS, FalsePlace
from tracking.trust import EVIDENCE, Incident

NOW_MS = 1_795_273_200_000  # 2026-11-21 15:00 UTC
AIRPORT = FalsePlace("Vnukovo", 55.5915, 37.2615)


def fix_at(
    unit: str, at_s: float, north_m: float, east_m: float = 0.0, *, speed_mps: float | None = None
) -> Fix:
    """A fix that arrives 200 ms after it was taken, in metres from a point in Moscow."""
    taken_ms = NOW_MS + round(at_s * 1000)
    lat_deg = 55.75 + north_m / METRES_PER_DEGREE
    lon_deg = 37.62 + east_m / METRES_PER_DEGREE / math.cos(math.radians(55.75))
    return Fix(unit, taken_ms, taken_ms % 86_400_000, taken_ms + 200, lat_deg, lon_deg, speed_mps)


class Story:
    """A fleet that is told fixes and keeps what became of them."""

    def __init__(self, *units: str, places: tuple[FalsePlace, ...] = ()) -> None:
        self.fleet = Fleet(units, false_places=places)
        self.news: list[Incident] = []
        self.outcomes: list[str] = []

    def tell(self, fix: Fix) -> str:
        """Give one fix; return its outcome."""
        outcome = self.fleet.apply(fix, fix.received_ms)
        self.outcomes.append(outcome)
        self.news += [msgspec.structs.replace(each) for each in self.fleet.take_news()]
        return outcome

    def drive(self, unit: str, seconds: range, *, north_m: float = 0.0, mps: float = 10.0) -> list[str]:
        """Drive north at 1 Hz from `north_m`; return the outcomes."""
        return [
            self.tell(fix_at(unit, at_s, north_m + mps * (at_s - seconds.start), speed_mps=mps))
            for at_s in seconds
        ]

    def north_m(self, unit: str) -> float:
        """Where the unit is believed to be."""
        last = self.fleet.last(unit)
        assert last is not None
        return (last.lat_deg - 55.75) * METRES_PER_DEGREE


# ── real receivers ───────────────────────────────────────────────────────────────────────────────────────


def replay(log: Path, arrival: str) -> Fleet:
    """Send a real log through the real decoder, as if its fixes had come so."""
    parser = NmeaParser("u")
    data = log.read_bytes()
    fixes = parser.feed(data, NOW_MS) + parser.flush(NOW_MS)
    fleet = Fleet(["u"], false_places=[AIRPORT])
    clock_ms = next((fix.taken_ms for fix in fixes if fix.taken_ms is not None), NOW_MS)
    for number, fix in enumerate(fixes):
        match arrival:
            case "as taken":
                clock_ms = fix.taken_ms or clock_ms
            case "at once":
                clock_ms = NOW_MS
            case _:
                clock_ms = NOW_MS + number * 1000
        fleet.apply(msgspec.structs.replace(fix, received_ms=clock_ms), clock_ms)
    return fleet


@pytest.mark.shared
@pytest.mark.parametrize("arrival", ["as taken", "at once", "a second apart"])
def test_no_real_log_raises_an_alarm(all_logs: list[Path], arrival: str) -> None:
    """No unmodified log of a real receiver is called a lie, whatever its clock, however it comes."""
    judged = 0
    for log in all_logs:
        fleet = replay(log, arrival)
        assert fleet.take_news() == [], log.name
        assert not fleet.counts["suspect"], log.name
        judged += fleet.counts.total()
    assert judged > 3000


@pytest.mark.shared
def test_a_real_drive_is_flagged_when_it_is_moved_and_only_then(
    gpsd_logs: list[Path], decoded: Callable[[bytes], list[Fix]]
) -> None:
    """Every real log of a minute or more is flagged within 10 s of being moved by 30 km half-way."""
    tried = 0
    for log in gpsd_logs:
        fixes = [fix for fix in decoded(log.read_bytes()) if fix.taken_ms is not None]
        if len(fixes) < 60:
            continue
        tried += 1
        story = Story("u")
        for number, fix in enumerate(fixes):
            moved = number >= 30
            taken_ms = fix.taken_ms
            assert taken_ms is not None
            story.tell(
                msgspec.structs.replace(
                    fix, unit="u", received_ms=taken_ms, lat_deg=fix.lat_deg + (0.27 if moved else 0.0)
                )
            )
        began_ms = fixes[30].taken_ms
        assert began_ms is not None
        assert [each.reasons for each in story.news] == [("jump",)], log.name
        assert story.news[0].since_ms - began_ms <= 10_000, log.name
    assert tried >= 5


# ── jumps ────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_outlier_raises_nothing_and_moves_nobody() -> None:
    """A single wrong fix is passed over, and the unit goes on from where it was."""
    story = Story("1")
    story.drive("1", range(20))
    assert story.tell(fix_at("1", 20, 30_000)) == "doubted"
    assert story.north_m("1") == pytest.approx(190, abs=1)
    assert story.fleet.freshness("1", NOW_MS + 20_500) == "live"
    assert story.drive("1", range(21, 40), north_m=210) == ["moved"] * 19
    assert story.news == []


def test_a_teleport_of_twenty_units_is_flagged_within_ten_seconds() -> None:
    """20 units at 1 Hz, moved 30 km each: all are suspect ≤ 10 s later, and stay where they last were."""
    units = [str(number) for number in range(20)]
    story = Story(*units)
    for at_s in range(90):
        for number, unit in enumerate(units):
            lie_m = 30_000 if at_s >= 60 else 0
            story.tell(fix_at(unit, at_s, 700 * number + 10 * at_s + lie_m, speed_mps=10))
    assert {each.unit for each in story.news} == set(units)
    assert len(story.news) == 20, "one incident a unit, not one a fix"
    assert all(each.since_ms <= NOW_MS + 70_000 for each in story.news)
    for number, unit in enumerate(units):
        assert story.north_m(unit) == pytest.approx(700 * number + 590, abs=1)
        assert story.fleet.freshness(unit, NOW_MS + 90_000) == "suspect"


def test_units_that_converge_are_flagged_by_their_first_jump() -> None:
    """The third unit that jumps to one point shows what the first two did; nobody has to wait."""
    story = Story("1", "2", "3", "4")
    for unit in "1234":
        for at_s in range(20):
            story.tell(fix_at(unit, at_s, 2000 * int(unit)))
    for unit in "123":
        story.tell(fix_at(unit, 20, -40_000, 5.0 * int(unit)))
    assert {each.unit for each in story.news} == {"1", "2", "3"}
    assert all("convergence" in each.reasons for each in story.news)
    assert set(story.news[-1].peers) == {"1", "2"}
    assert story.fleet.freshness("4", NOW_MS + 20_000) == "live"


@pytest.mark.parametrize("every_s", [1, 5, 9])
def test_units_that_jump_by_one_way_are_flagged_though_they_speak_seldom(every_s: int) -> None:
    """Twenty units, each moved 30 km the same way, are flagged within 10 s, at any interval to 9 s."""
    units = [f"u{number}" for number in range(20)]
    story = Story(*units)
    for at_s in range(180):
        for number, unit in enumerate(units):
            if (at_s + number) % every_s == 0:
                drives = (-1) ** number * 12.0
                lie_m = 30_000.0 if at_s >= 100 else 0.0
                story.tell(
                    fix_at(unit, at_s, number * 900 + drives * at_s + lie_m, number * 700, speed_mps=12)
                )
    raised = [each for each in story.news if each.ended_ms is None]
    assert sorted(each.unit for each in raised) == sorted(units)
    assert all(each.reasons == ("jump",) for each in raised)
    assert max(each.since_ms for each in raised) <= NOW_MS + 110_000
    assert min(each.since_ms for each in raised) >= NOW_MS + 100_000


def test_crews_that_drive_to_one_place_do_not_converge() -> None:
    """Ten crews at one accident are what ambulances are for."""
    units = [str(number) for number in range(10)]
    story = Story(*units)
    for at_s in range(120):
        for number, unit in enumerate(units):
            left_m = max(0.0, 200.0 + 100 * number - 20 * at_s)
            story.tell(fix_at(unit, at_s, left_m, speed_mps=20 if left_m else 0))
    assert story.news == []


def test_a_jump_to_a_known_false_place_is_flagged_at_once_and_driving_there_is_not() -> None:
    """An airport is where spoofers send receivers, and where patients are."""
    story = Story("1", "2", places=(FalsePlace("airport", 55.75 + 0.09, 37.62),))
    story.drive("1", range(20))
    story.tell(fix_at("1", 20, 10_000))
    assert [each.reasons for each in story.news] == [("false_place", "jump")]
    story.drive("2", range(600), mps=20)
    assert story.north_m("2") == pytest.approx(11_980, abs=1)
    assert len(story.news) == 1


def test_nobody_is_at_zero_zero() -> None:
    """0°, 0° is never believed, not even as a first position, and raises an incident when it goes on."""
    story = Story("1")
    nowhere = [msgspec.structs.replace(fix_at("1", at_s, 0), lat_deg=0.0, lon_deg=0.0) for at_s in range(10)]
    assert [story.tell(fix) for fix in nowhere[:2]] == ["doubted", "doubted"]
    assert story.fleet.last("1") is None
    assert [story.tell(fix) for fix in nowhere[2:]] == ["suspect"] * 8
    assert [each.reasons for each in story.news] == [("false_place",)]
    assert story.drive("1", range(10, 20))[-1] == "moved"
    assert story.news[-1].ended_ms is not None


def test_echoes_between_houses_are_no_alarm() -> None:
    """A receiver that corrects itself by 500 m is believed after three fixes that agree."""
    story = Story("1")
    story.drive("1", range(20))
    outcomes = story.drive("1", range(20, 30), north_m=700)
    assert outcomes[:3] == ["doubted", "doubted", "moved"]
    assert story.north_m("1") == pytest.approx(790, abs=1)
    assert story.news == []


def test_jamming_that_scatters_positions_is_flagged() -> None:
    """Positions that jump about without ever agreeing are an incident, though none is far away."""
    story = Story("1")
    story.drive("1", range(20))
    where = random.Random(1)
    for at_s in range(20, 35):
        story.tell(fix_at("1", at_s, 190 + 800 * (-1) ** at_s, where.uniform(-200, 200)))
    assert [each.reasons for each in story.news] == [("scatter",)]


def test_a_vehicle_at_300_km_an_hour_is_flagged_within_ten_seconds() -> None:
    """No single step is a jump, and yet no ambulance drives so; 200 km/h may be believed."""
    story = Story("1", "2")
    story.drive("1", range(30), mps=300 / 3.6)
    assert [each.reasons for each in story.news] == [("too_fast",)]
    assert story.news[0].since_ms <= NOW_MS + 10_000
    story.drive("2", range(60), mps=200 / 3.6)
    assert len(story.news) == 1


def test_a_position_that_stands_while_the_speed_does_not_is_frozen() -> None:
    """200 m of reported driving on one spot is an incident; standing, and creeping in a jam, are not."""
    story = Story("1", "2", "3")
    for at_s in range(60):
        story.tell(fix_at("1", at_s, 0, speed_mps=15))
        story.tell(fix_at("2", at_s, 0, speed_mps=0.2))
        story.tell(fix_at("3", at_s, at_s * 0.5, speed_mps=0.5))
    assert [(each.unit, each.reasons) for each in story.news] == [("1", ("frozen",))]
    story.drive("1", range(60, 80), north_m=100)
    assert story.fleet.freshness("1", NOW_MS + 80_000) == "live", "it has thawed"


def test_a_first_position_cannot_accuse() -> None:
    """After a cold start or our own restart a wrong first fix gives way to those that agree."""
    story = Story("1")
    story.tell(fix_at("1", 0, 50_000))
    assert story.drive("1", range(1, 20)) == ["moved"] * 19
    assert story.news == []


# ── how trust returns ────────────────────────────────────────────────────────────────────────────────────


def spoofed(seconds: int) -> Story:
    """A unit that stood, and was then said to stand 30 km away for so long."""
    story = Story("1")
    for at_s in range(60):
        story.tell(fix_at("1", at_s, 0, speed_mps=0))
    for at_s in range(60, 60 + seconds):
        story.tell(fix_at("1", at_s, 30_000, speed_mps=0))
    return story


def test_patience_makes_no_lie_true() -> None:
    """A vehicle could drive 30 km in an hour; the one that was said to jump there is still not believed."""
    story = spoofed(3600)
    assert story.north_m("1") == pytest.approx(0, abs=1)
    assert [each.ended_ms for each in story.news] == [None]
    incident = story.fleet.incident("1")
    assert incident is not None
    assert incident.suspects > 3000
    assert len(incident.evidence) == EVIDENCE, "the evidence is bounded"
    position = story.fleet.position("1", NOW_MS + 3_660_000)
    assert position is not None
    assert position.radius_m == 50_000, "and so is the radius"


def test_the_radius_grows_while_a_unit_is_suspect() -> None:
    """Ten seconds after the last good fix the unit is within 1 km, a minute later within more."""
    story = spoofed(10)
    radii = [
        position.radius_m
        for at_s in (70, 130, 190)
        if (position := story.fleet.position("1", NOW_MS + at_s * 1000)) is not None
    ]
    assert radii == sorted(set(radii))
    assert radii[0] < 1_000


def test_trust_returns_when_the_unit_comes_back_to_where_it_can_be() -> None:
    """Five fixes that agree, where the vehicle can have driven to, end the incident and move the unit."""
    story = spoofed(600)
    outcomes = story.drive("1", range(660, 675), north_m=4_000)
    assert outcomes.index("moved") == 4
    assert story.news[-1].ended_ms is not None
    assert story.north_m("1") == pytest.approx(4_140, abs=1)


def test_one_honest_fix_in_between_is_not_enough() -> None:
    """A receiver that now and then tells the truth is still not believed."""
    story = spoofed(60)
    for at_s in range(120, 180):
        story.tell(fix_at("1", at_s, 0 if at_s % 5 == 0 else 30_000, speed_mps=0))
    assert story.fleet.freshness("1", NOW_MS + 180_000) == "suspect"


def test_half_an_hour_of_driving_elsewhere_is_believed() -> None:
    """When the last good position was the wrong one, the unit comes back by driving, not by standing."""
    story = spoofed(60)
    story.drive("1", range(120, 120 + 1900), north_m=30_000)
    assert story.fleet.freshness("1", NOW_MS + 2_020_000) == "live"


def test_a_person_may_say_that_it_is_so() -> None:
    """A dispatcher who has spoken with the crew ends the incident."""
    story = spoofed(30)
    story.fleet.believe("1", NOW_MS + 90_000)
    assert story.north_m("1") == pytest.approx(30_000, abs=1)
    assert story.tell(fix_at("1", 91, 30_000)) == "moved"


def test_what_flickers_is_one_incident() -> None:
    """An incident that follows another within minutes is marked as reopened, so nobody is alarmed twice."""
    story = spoofed(30)
    for at_s in range(90, 120):
        story.tell(fix_at("1", at_s, 0, speed_mps=0))
    for at_s in range(120, 150):
        story.tell(fix_at("1", at_s, 30_000, speed_mps=0))
    for at_s in range(150, 180):
        story.tell(fix_at("1", at_s, 0, speed_mps=0))
    late_s = 180 + REOPEN_MS // 1000
    for at_s in range(late_s, late_s + 30):
        story.tell(fix_at("1", at_s, 0 if at_s < late_s + 10 else 200_000, speed_mps=0))
    raised = [each.reopened for each in story.news if each.ended_ms is None]
    assert raised == [False, True, False]


# ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────


def shifted(fix: Fix, by_ms: int) -> Fix:
    """The same fix by a clock that is off."""
    assert fix.taken_ms is not None
    return msgspec.structs.replace(fix, taken_ms=fix.taken_ms + by_ms)


@pytest.mark.parametrize("off_h", [3, -3, 23, -24 * 7 * 1024])
def test_a_clock_that_was_never_right_is_shown_and_corrected(off_h: int) -> None:
    """A device that adds its time zone is dated by arrival after 20 s, with a mark; its offset is told."""
    story = Story("1")
    off_ms = off_h * 3_600_000
    for at_s in range(60):
        story.tell(shifted(fix_at("1", at_s, 10 * at_s, speed_mps=10), off_ms))
    position = story.fleet.position("1", NOW_MS + 60_000)
    assert position is not None
    assert position.freshness == "live"
    assert position.age_ms <= 2_000
    assert position.reasons == ("clock_corrected",)
    assert position.clock_offset_ms == pytest.approx(-off_ms, abs=1_000)
    assert story.north_m("1") == pytest.approx(590, abs=1)
    assert story.news == []
    assert story.tell(fix_at("1", 61, 600)) == "moved", "and when it is set right, that is seen at once"
    repaired = story.fleet.position("1", NOW_MS + 62_000)
    assert repaired is not None
    assert repaired.reasons == ()


def test_a_link_that_is_ten_minutes_slow_is_no_clock_that_is_off() -> None:
    """An old position must never look new: what comes ten minutes late is ten minutes old."""
    story = Story("1")
    for at_s in range(120):
        story.tell(shifted(fix_at("1", at_s, 10 * at_s, speed_mps=10), -600_000))
    position = story.fleet.position("1", NOW_MS + 120_000)
    assert position is not None
    assert position.freshness == "stale"
    assert position.age_ms > 600_000
    assert position.clock_offset_ms == 0


def test_a_backlog_is_late_and_not_off() -> None:
    """An hour of fixes sent within a minute moves nobody's clock."""
    story = Story("1")
    for number in range(3600):
        fix = fix_at("1", number - 7200, number, speed_mps=1)
        story.tell(msgspec.structs.replace(fix, received_ms=NOW_MS + number * 16))
    clock = story.fleet.clock("1")
    assert clock is not None
    assert clock.state == "late"
    assert clock.offset_ms == 0


def test_a_clock_that_runs_away_is_an_incident() -> None:
    """A unit whose clock was right and jumps a day ahead is suspect after five fixes; it does not move."""
    story = Story("1")
    story.drive("1", range(20))
    for at_s in range(20, 60):
        assert story.tell(shifted(fix_at("1", at_s, 10 * at_s), 86_400_000)) == "future"
    assert [each.reasons for each in story.news] == [("clock",)]
    assert story.north_m("1") == pytest.approx(190, abs=1)
    story.drive("1", range(60, 70), north_m=600)
    assert story.fleet.freshness("1", NOW_MS + 70_000) == "live"


# ── whatever comes ───────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-50, 200), st.sampled_from([0, 100, 5_000, 30_000, 200_000])), max_size=120
    )
)
def test_a_position_never_goes_back_in_time(told: list[tuple[int, int]]) -> None:
    """Whatever jumps and orders come, the time of what is believed only grows, and memory stays bounded."""
    story = Story("1")
    newest_ms = -1
    for number, (at_s, north_m) in enumerate(told):
        fix = msgspec.structs.replace(fix_at("1", at_s, north_m), received_ms=NOW_MS + number * 1000)
        story.fleet.apply(dated(fix), NOW_MS + number * 1000)
        position = story.fleet.position("1", NOW_MS + number * 1000)
        if position is not None:
            assert position.taken_ms >= newest_ms
            newest_ms = position.taken_ms
        incident = story.fleet.incident("1")
        assert incident is None or len(incident.evidence) <= EVIDENCE
