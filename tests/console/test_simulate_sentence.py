"""What the demo's receivers write is what our own parser reads."""

from __future__ import annotations

import statistics

import pynmea2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.simulate.chance import chance
from console.simulate.drive import Place, Spot, metres_between
from console.simulate.receiver import Receiver
from console.simulate.sentence import write
from tracking.fix import Fix
from tracking.protocols.nmea import NmeaParser

NOON_MS = 1_795_262_400_000  # 2026-11-21T12:00:00Z

fixes = st.builds(
    Fix,
    unit=st.just("12"),
    taken_ms=st.integers(NOON_MS, NOON_MS + 400 * 86_400_000).map(lambda ms: ms // 10 * 10),
    time_of_day_ms=st.none(),
    received_ms=st.just(NOON_MS),
    lat_deg=st.floats(-90, 90) | st.sampled_from([59.9999999999, -0.0, 89.99999999, 55.0]),
    lon_deg=st.floats(-180, 180) | st.sampled_from([179.99999999, -179.99999999, 0.99999999999]),
    speed_mps=st.none() | st.floats(0, 60),
    course_deg=st.none() | st.floats(0, 359.9999),
    altitude_m=st.none() | st.floats(-100, 5000),
    hdop=st.none() | st.floats(0.5, 20),
    satellites=st.none() | st.integers(4, 30),
).filter(lambda fix: abs(fix.lat_deg) > 1e-4 or abs(fix.lon_deg) > 1e-4)  # our parser takes 0,0 for none


@given(fixes, st.sampled_from(["GN", "GP", "GL"]))
def test_what_is_written_is_read_back(fix: Fix, talker: str) -> None:
    """Our parser makes of an RMC and a GGA one fix: the same within 1e-5°, 0.1 m/s and 10 ms."""
    parser = NmeaParser("12")
    read = [*parser.feed(write(fix, talker), NOON_MS), *parser.flush(NOON_MS)]
    assert not parser.rejected
    assert len(read) == 1
    (back,) = read
    assert back.taken_ms == fix.taken_ms
    assert back.lat_deg == pytest.approx(fix.lat_deg, abs=1e-5)
    assert back.lon_deg == pytest.approx(fix.lon_deg, abs=1e-5)
    assert back.quality == "valid"
    assert (back.speed_mps is None) == (fix.speed_mps is None)
    if fix.speed_mps is not None:
        assert back.speed_mps == pytest.approx(fix.speed_mps, abs=0.1)
    if fix.course_deg is not None:
        assert back.course_deg is not None
        assert abs((back.course_deg - fix.course_deg + 180) % 360 - 180) < 0.01
    assert back.satellites == fix.satellites


@given(fixes)
def test_pynmea2_reads_its_own_sentences(fix: Fix) -> None:
    """Each line carries a right checksum and the position, by the judgement of pynmea2 too."""
    rmc, gga = (pynmea2.parse(line, check=True) for line in write(fix).decode("ascii").splitlines())
    assert (rmc.sentence_type, gga.sentence_type) == ("RMC", "GGA")
    for sentence in (rmc, gga):
        assert sentence.latitude == pytest.approx(fix.lat_deg, abs=1e-5)
        assert sentence.longitude == pytest.approx(fix.lon_deg, abs=1e-5)


def test_a_fix_without_a_time_is_refused() -> None:
    """A receiver never speaks without a time, so neither does ours."""
    fix = Fix(unit="1", taken_ms=None, time_of_day_ms=None, received_ms=0, lat_deg=1, lon_deg=1)
    with pytest.raises(ValueError, match="time at which"):
        write(fix)


def _errors_m(speed_mps: float) -> list[float]:
    receiver = Receiver("12", chance(1, "test"))
    spot = Spot(55.9, 60.6, speed_mps, 90.0)
    observed = [receiver.observe(spot, NOON_MS + 1000 * second) for second in range(3600)]
    return [metres_between(spot.place, Place(fix.lat_deg, fix.lon_deg)) for fix in observed]


def test_receivers_err_as_receivers_do() -> None:
    """A moving receiver is off by some metres at the median and never by 20; a parked one holds still."""
    moving, parked = _errors_m(12.0), _errors_m(0.0)
    assert 1.5 < statistics.median(moving) < 5
    assert max(moving) < 20
    assert statistics.median(parked) < 1.5


def test_a_parked_receiver_knows_no_course() -> None:
    """Standing, the speed is exactly 0 and the course field is empty; moving, both are near the truth."""
    receiver = Receiver("12", chance(2, "test"))
    parked = receiver.observe(Spot(55.9, 60.6, 0.0, 90.0), NOON_MS)
    assert (parked.speed_mps, parked.course_deg) == (0.0, None)
    moving = receiver.observe(Spot(55.9, 60.6, 12.0, 90.0), NOON_MS + 1000)
    assert moving.speed_mps == pytest.approx(12, abs=1)
    assert moving.course_deg == pytest.approx(90, abs=8)
