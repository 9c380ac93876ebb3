"""Held against pynmea2 1.19.0: every field where it is right, and each of its known errors."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pynmea2
import pytest

from tracking.fix import Fix
from tracking.protocols.nmea import NmeaParser

SENTENCE = re.compile(rb"\$[A-OQ-Z][A-Z0-9](?:RMC|GGA|GLL|GNS),[^*$\r\n]*\*[0-9A-Fa-f]{2}")

RMC = "GPRMC,123519.00,A,4807.0380,N,01131.0000,E,022.4,084.4,230326,003.1,W,A"
GGA = "GPGGA,123519,4807.038,N,01131.000,E,{quality},08,0.9,545.4,M,46.9,M,,"
GNS = "GNGNS,123519,4807.038,N,01131.000,E,AA,08,0.9,545.4,46.9,,"


def ours(raw: bytes) -> tuple[Fix | None, NmeaParser]:
    """Read one sentence with our parser."""
    parser = NmeaParser()
    fixes = parser.feed(raw + b"\r\n", 0) + parser.flush(0)
    assert len(fixes) <= 1
    return (fixes[0] if fixes else None), parser


def has_position(said: Any) -> bool:  # noqa: ANN401  # pynmea2 has no types
    """Whether a sentence says that it has one: not `is_valid`, which is one of the errors."""
    if said.sentence_type == "GGA":
        return bool(said.gps_qual)
    if said.sentence_type == "GNS":
        return set(said.mode_indicator or "N") != {"N"}
    return said.status == "A" and getattr(said, "mode_indicator", "A") != "N"


def fields(said: Any) -> dict[str, float | None]:  # noqa: ANN401  # the same
    """Return a sentence's fields in our names and units, as pynmea2 has them."""
    found: dict[str, float | None] = {"lat_deg": said.latitude, "lon_deg": said.longitude}
    for name, theirs, scale in (
        ("speed_mps", "spd_over_grnd", 1852 / 3600),
        ("course_deg", "true_course", 1),
        ("altitude_m", "altitude", 1),
        ("hdop", "hdop" if said.sentence_type == "GNS" else "horizontal_dil", 1),
        ("satellites", "num_sats", 1),
    ):
        value = getattr(said, theirs, None)
        found[name] = None if value in (None, "") else float(value) * scale
    stamp = said.timestamp
    if stamp:
        seconds = (stamp.hour * 60 + stamp.minute) * 60 + stamp.second
        found["time_of_day_ms"] = seconds * 1000 + stamp.microsecond / 1000
    return found


@pytest.mark.shared
def test_every_field_of_every_sentence(all_logs: list[Path]) -> None:
    """Over all logs, good and bad: both read the same from the same sentences, but for the errors listed.

    What pynmea2 takes for a position and we do not is one of four sentences of a bad hemisphere or quality.
    """
    seen: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for log in all_logs:
        for raw in SENTENCE.findall(log.read_bytes()):
            fix, parser = ours(raw)
            try:
                said = pynmea2.parse(raw.decode("ascii"), check=True)
                theirs = fields(said)
            except (pynmea2.ParseError, UnicodeDecodeError, ValueError):
                assert fix is None, raw
                seen["neither can read it"] += 1
                continue
            if fix is None:
                if has_position(said):
                    rejected.update(parser.rejected)
                else:
                    seen["no position"] += 1
                continue
            assert has_position(said), raw
            for name, value in theirs.items():
                mine = getattr(fix, name)
                if name == "time_of_day_ms" and mine is not None and value is not None:
                    assert abs(mine - value) < 1, raw  # it cuts below a microsecond, we below a millisecond
                else:
                    assert mine == (value if value is None else pytest.approx(value, abs=1e-9)), (name, raw)
            seen["the same"] += 1
    assert seen["the same"] > 8600
    assert seen["no position"] > 700
    assert rejected == {"bad hemisphere": 2, "bad quality": 2}


def place(said: Any) -> tuple[float, bool]:  # noqa: ANN401  # the same
    """What pynmea2 makes of a latitude, and whether it takes it for good."""
    return said.latitude, said.is_valid


# What it is, the sentence, what pynmea2 does with it (a result, or the error that it raises), and what we do.
KNOWN_ERRORS: list[tuple[str, str, Callable[[Any], object], object, str | None]] = [
    ("a navigation status makes it invalid", RMC + ",V", lambda said: said.is_valid, False, None),
    ("an empty latitude is 0°", RMC.replace("4807.0380", ""), place, (0.0, True), "no position"),
    ("no hemisphere is 0°", RMC.replace(",N,", ",,"), place, (0.0, True), "no hemisphere"),
    ("a wrong hemisphere is 0°", RMC.replace(",N,", ",X,"), place, (0.0, True), "bad hemisphere"),
    ("36,000° north", RMC.replace("4807.0380", "3600000.0"), place, (36000.0, True), "bad latitude"),
    ("99 minutes", RMC.replace("4807", "4899"), lambda said: said.latitude > 49, True, "bad latitude"),
    ("a void one's date raises", "GPRMC,,V,,,,,,,,,,N", lambda said: said.datetime, TypeError, None),
    ("GNS has no validity", GNS, lambda said: said.is_valid, AttributeError, None),
    ("estimated is invalid", GGA.format(quality=6), lambda said: said.is_valid, False, None),
    ("simulated is invalid", GGA.format(quality=8), lambda said: said.is_valid, False, None),
    ("no number is text", RMC.replace("022.4", "2x.4"), lambda said: said.spd_over_grnd, "2x.4", "bad speed"),
    (
        "not a number is one",
        RMC.replace("022.4", "nan"),
        lambda said: math.isnan(said.spd_over_grnd),
        True,
        "bad speed",
    ),
    ("a leap second raises", RMC.replace("123519", "235960"), lambda said: said.datetime, TypeError, None),
    (
        "no week rollover",
        RMC.replace("230326", "060806"),
        lambda said: said.datetime.year,
        2006,
        None,
    ),
]


@pytest.mark.parametrize("error", KNOWN_ERRORS, ids=lambda error: error[0])
def test_known_errors(
    sentence: Callable[[str], bytes],
    error: tuple[str, str, Callable[[Any], object], object, str | None],
) -> None:
    """Each is still there in the pinned version, and is not ours: a fix or no position, or a named reject."""
    _, text, read, theirs, reason = error
    raw = sentence(text)
    said = pynmea2.parse(raw.decode().strip(), check=True)
    if isinstance(theirs, type):
        with pytest.raises(theirs):
            read(said)
    else:
        assert read(said) == theirs
    fix, parser = ours(raw)
    assert parser.rejected == ({reason: 1} if reason else {})
    assert (fix is None) == (reason is not None or parser.void == 1)


@pytest.mark.parametrize("around", [(b"\\s:r1,c:1577836800*4B\\", b""), (b"", b" received 12:35")])
def test_known_errors_around_a_sentence(
    sentence: Callable[[str], bytes], around: tuple[bytes, bytes]
) -> None:
    """A tag block before and text behind a sentence hide it from pynmea2, and not from us."""
    raw = around[0] + sentence(RMC).strip() + around[1]
    with pytest.raises(pynmea2.ParseError):
        pynmea2.parse(raw.decode(), check=True)
    fix, _ = ours(raw)
    assert fix is not None


def test_a_missing_checksum_is_not_missed() -> None:
    """It takes a sentence without one unless asked; we never do."""
    assert pynmea2.parse("$" + RMC).latitude == pytest.approx(48.1173)
    fix, parser = ours(b"$" + RMC.encode())
    assert fix is None
    assert parser.rejected == {"no checksum": 1}


def test_a_rollover_is_mended(sentence: Callable[[str], bytes]) -> None:
    """The date that pynmea2 leaves in 2006 is of 2026 where now says so."""
    parser = NmeaParser(unroll=True)
    now_ms = 1_774_224_000_000  # 2026-03-23
    fixes = parser.feed(sentence(RMC.replace("230326", "060806")), now_ms) + parser.flush(now_ms)
    assert fixes[0].taken_ms == now_ms - 86_400_000 + 45_319_000  # 7,168 days later: 2026-03-22, 12:35:19
