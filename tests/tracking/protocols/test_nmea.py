from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.dates import DAY_MS
from tracking.fix import Fix
from tracking.protocols.nmea import MAX_SENTENCE, NmeaParser, checksum

Decode = Callable[[bytes], list[Fix]]
Write = Callable[[str], bytes]

# gpsd took these positions from UBX binary, or from one of two receivers that disagree within a second.
NOT_COMPARABLE = {"ublox-neo-m8l", "ublox8-uniqid-monhw", "bundg_zeus_9"}

RMC = "GPRMC,123519.00,A,4807.0380,N,01131.0000,E,022.4,084.4,230326,003.1,W,A"


@pytest.mark.shared
def test_gpsd_agrees(
    gpsd_logs: list[Path], decoded: Decode, gpsd_positions: Callable[[Path], list[tuple[int, float, float]]]
) -> None:
    """At least 99.9% of gpsd's positions with a time have a fix within 2e-6° and 20 ms, over 73 real logs."""
    total = matched = 0
    for log in gpsd_logs:
        if log.stem in NOT_COMPARABLE:
            continue
        by_second: dict[int, list[Fix]] = {}
        for fix in decoded(log.read_bytes()):
            if fix.time_of_day_ms is not None:
                by_second.setdefault(fix.time_of_day_ms // 1000, []).append(fix)
        for time_ms, lat_deg, lon_deg in gpsd_positions(log):
            near = [fix for second in (-1, 0, 1) for fix in by_second.get(time_ms // 1000 + second, [])]
            total += 1
            matched += any(
                abs((fix.time_of_day_ms or 0) - time_ms) <= 20
                and abs(fix.lat_deg - lat_deg) <= 2e-6
                and abs(fix.lon_deg - lon_deg) <= 2e-6
                for fix in near
            )
    assert total == 3865
    assert matched / total >= 0.999


@pytest.mark.shared
def test_dates_agree_with_gpsd(gpsd_logs: list[Path], decoded: Decode) -> None:
    """Every dated fix of a comparable log is of a day that gpsd names too, so no log is shifted."""
    for log in gpsd_logs:
        text = (log.parent / f"{log.name}.chk").read_text(errors="replace")
        days = {match[1] for match in re.finditer(r'"class":"TPV".*?"time":"(\d{4}-\d\d-\d\d)', text)}
        if not days or log.stem in NOT_COMPARABLE:
            continue
        taken = {fix.taken_ms // DAY_MS for fix in decoded(log.read_bytes()) if fix.taken_ms is not None}
        ours = {(_date(day)) for day in taken}
        assert ours <= days, log.name


def _date(day: int) -> str:
    import datetime as dt  # noqa: PLC0415  # used here alone

    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat()


@pytest.mark.shared
def test_any_chunking_gives_the_same(all_logs: list[Path], decoded: Decode) -> None:
    """Every real log, cut into random chunks, gives exactly the fixes that it gives whole."""
    rng = random.Random(7)
    for log in all_logs:
        data = log.read_bytes()
        whole = decoded(data)
        parser = NmeaParser()
        fixes: list[Fix] = []
        at = 0
        while at < len(data):
            size = rng.choice((1, 2, 3, 7, 40, 82, 200, 1500, 9000))
            fixes += parser.feed(data[at : at + size], 0)
            at += size
        assert fixes + parser.flush(0) == whole, log.name


@pytest.mark.shared
def test_positions_are_on_earth_and_not_at_null_island(all_logs: list[Path], decoded: Decode) -> None:
    """No log, however bad, yields a position out of range or at 0,0, nor a field out of its range."""
    for log in all_logs:
        for fix in decoded(log.read_bytes()):
            assert -90 <= fix.lat_deg <= 90, log.name
            assert -180 <= fix.lon_deg <= 180, log.name
            assert (fix.lat_deg, fix.lon_deg) != (0, 0), log.name
            assert fix.speed_mps is None or 0 <= fix.speed_mps < 515, log.name
            assert fix.course_deg is None or 0 <= fix.course_deg <= 360, log.name


@pytest.mark.shared
def test_corrupt_sentences_with_a_right_checksum_are_rejected(shared: Path) -> None:
    """Four real RMCs, damaged so that their checksum still holds, give no fix and four named rejections."""
    parser = NmeaParser()
    data = (shared / "data/nmea/adversarial/signalk_issue_262.txt").read_bytes()
    assert parser.feed(data, 0) + parser.flush(0) == []
    assert parser.rejected == {"bad latitude": 3, "bad hemisphere": 1}


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_random_bytes_never_raise(chunks: list[bytes]) -> None:
    """Whatever bytes come, in whatever pieces, the parser neither raises nor keeps more than one sentence."""
    parser = NmeaParser()
    for chunk in chunks:
        parser.feed(chunk, 0)
        assert len(parser._tail) <= MAX_SENTENCE + 5
    parser.flush(0)


FRAGMENTS = [
    b"$GPRMC,123519.00,A,4807.0380,N,01131.0000,E,022.4,084.4,230326,003.1,W,A*20\r\n",
    b"$GPGGA,123519.00,4807.0380,N,01131.0000,E,1,08,0.9,545.4,M,46.9,M,,*69\n",
    b"$GNGLL,4807.0381,N,01131.0001,E,123520.00,A,A*72\r",
    b"$GPRMC,",
    b"*",
    b"$",
    b"\r\n",
    b",A,",
    b"4807.038,N,",
    b"\\s:x,c:1*00\\",
    b"!AIVDM,1,1,,A,15M,0*00\r\n",
    b"\xb5b\x01\x07",
    b"1" * 300,
]


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=12), max_size=30), st.integers(1, 50))
def test_chunking_is_invisible(parts: list[bytes], size: int) -> None:
    """Fixes and counts are the same for any cutting of any stream, sentences and rubbish mixed."""
    data = b"".join(parts)
    whole = NmeaParser()
    expected = whole.feed(data, 5) + whole.flush(5)
    cut = NmeaParser()
    fixes: list[Fix] = []
    for at in range(0, len(data), size):
        fixes += cut.feed(data[at : at + size], 5)
    fixes += cut.flush(5)
    assert fixes == expected
    assert cut.counts == whole.counts


@given(st.binary(max_size=256))
def test_checksum_is_the_xor_of_all_bytes(body: bytes) -> None:
    """The folded checksum equals the plain one."""
    plain = 0
    for byte in body:
        plain ^= byte
    assert checksum(body) == plain


@given(st.integers(0, len(RMC) - 1), st.integers(1, 255))
def test_one_changed_byte_gives_no_fix(sentence: Write, at: int, flip: int) -> None:
    """A sentence with any single byte changed is never believed as the sentence that it was not."""
    raw = bytearray(sentence(RMC))
    raw[1 + at] ^= flip
    parser = NmeaParser()
    assert parser.feed(bytes(raw), 0) + parser.flush(0) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (RMC.replace("4807", "4860"), "bad latitude"),
        (RMC.replace("4807.0380", "9000.0001"), "bad latitude"),
        (RMC.replace("01131", "18100"), "bad longitude"),
        (RMC.replace(",N,", ",E,"), "bad hemisphere"),
        (RMC.replace(",N,", ",,"), "no hemisphere"),
        (RMC.replace("4807.0380", ""), "no position"),
        (RMC.replace("4807.0380", "0000.000").replace("01131.0000", "00000.0"), "position 0,0"),
        (RMC.replace("230326", "310226"), "bad date"),
        (RMC.replace("123519.00", "246119.00"), "bad time"),
        (RMC.replace("022.4", "nan"), "bad speed"),
        (RMC.replace("084.4", "361.0"), "bad course"),
        (RMC + ",A,1,2", "too many fields"),
        ("GPRMC,123519.00,A", "too few fields"),
        ("GPRMC," + "1" * 300, "too long"),
    ],
)
def test_rejections_say_why(sentence: Write, text: str, reason: str) -> None:
    """Each broken field of a sentence with a right checksum is rejected under its own name."""
    parser = NmeaParser()
    assert parser.feed(sentence(text), 0) + parser.flush(0) == []
    assert parser.rejected == {reason: 1}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (f"${RMC}\r\n", "no checksum"),
        (f"${RMC}*00\r\n", "bad checksum"),
        (f"${RMC}*G1\r\n", "bad checksum"),
        (f"${RMC}*1\r\n", "bad checksum"),
    ],
)
def test_a_checksum_is_required(raw: str, reason: str) -> None:
    """A missing, wrong or unreadable checksum rejects the sentence."""
    parser = NmeaParser()
    assert parser.feed(raw.encode(), 0) + parser.flush(0) == []
    assert parser.rejected == {reason: 1}


@pytest.mark.parametrize(
    "around",
    [
        (b"\\s:r1,c:1577836800*4B\\", b""),
        (b"!AIVDM,1,1,,A,15MgK45P3@G?fl0E`JbR0OwT0@MS,0*4E\r\n", b"# a comment\r\n"),
        (b"\xb5b\x01\x07$\x00\xff\n$GPGG", b"\xd3\x00\x13"),
        (b"357464034589362 ", b" received 12:35"),
        (b"$GPRMC,123519.00,A,48", b"$GPRMC,12"),
    ],
)
def test_a_sentence_is_found_in_rubbish(sentence: Write, around: tuple[bytes, bytes]) -> None:
    """Tag blocks, AIS, binary, prefixes, truncated sentences and trailing text do not hide a sentence."""
    before, after = around
    good = sentence(RMC)
    parser = NmeaParser()
    fixes = parser.feed(before + good[:-2] + after + good[-2:], 0) + parser.flush(0)
    (fix,) = fixes
    assert (fix.lat_deg, fix.lon_deg) == pytest.approx((48 + 7.038 / 60, 11 + 31 / 60), abs=1e-12)


@pytest.mark.parametrize("talker", ["GP", "GL", "GA", "GB", "BD", "GQ", "GN", "II", "IN", "SD", "HE", "EC"])
def test_every_talker_is_heard(sentence: Write, talker: str) -> None:
    """Any two-letter talker has positions, except P, which begins makers' own sentences."""
    parser = NmeaParser()
    assert len(parser.feed(sentence(talker + RMC[2:]), 0) + parser.flush(0)) == 1
    assert parser.feed(sentence("PX" + RMC[2:]), 0) + parser.flush(0) == []
    assert not parser.rejected


def test_quality_follows_mode_and_status(sentence: Write) -> None:
    """Dead reckoning and simulators are estimated; mode N and status V are no position."""
    outcomes = []
    for text in (
        RMC,
        RMC[:-1] + "E",
        RMC[:-1] + "N",
        RMC.replace(",A,4", ",V,4"),
        "GPGGA,123519,4807.038,N,01131.000,E,6,08,0.9,545.4,M,46.9,M,,",
        "GPGGA,123519,4807.038,N,01131.000,E,0,08,0.9,545.4,M,46.9,M,,",
        "GNGNS,123519,4807.038,N,01131.000,E,NNA,08,0.9,545.4,46.9,,",
        "GNGNS,123519,4807.038,N,01131.000,E,EEN,08,0.9,545.4,46.9,,",
        "GNGNS,123519,4807.038,N,01131.000,E,NN,08,0.9,545.4,46.9,,",
        "GNGLL,4807.038,N,01131.000,E,123519,A,E",
        "GNGLL,4807.038,N,01131.000,E,123519,V,A",
    ):
        parser = NmeaParser()
        fixes = parser.feed(sentence(text), 0) + parser.flush(0)
        outcomes.append(fixes[0].quality if fixes else None)
    assert outcomes == [
        "valid", "estimated", None, None, "estimated", None, "valid", "estimated", None, "estimated", None,
    ]  # fmt: skip


def test_units_are_converted(sentence: Write) -> None:
    """Knots become m/s, the southern and western hemispheres negative, and the unit's name is on the fix."""
    parser = NmeaParser("12")
    text = "GNRMC,235959.987,A,3350.5000,S,15112.2500,W,10.0,359.9,311226,,,D,V"
    (fix,) = parser.feed(sentence(text), 77) + parser.flush(78)
    assert fix.unit == "12"
    assert fix.speed_mps == pytest.approx(5.144444, abs=1e-6)
    assert (fix.lat_deg, fix.lon_deg) == pytest.approx((-(33 + 50.5 / 60), -(151 + 12.25 / 60)), abs=1e-12)
    assert fix.time_of_day_ms == DAY_MS - 13
    assert fix.taken_ms == 1_798_761_600_000 - 13  # 2027-01-01 less 13 ms
    assert fix.received_ms == 77
