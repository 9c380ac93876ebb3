"""One NMEA 0183 sentence: its strict layout, and what it observes.

A layout names every field and the pattern that it must match; the whole sentence is one regular expression
made of them, so nothing that a layout does not allow is ever converted. That matters because the XOR checksum
is weak: real receivers' logs hold corrupt sentences whose checksum is right.

Source: NMEA 0183 v4.11 as described in gpsd's "NMEA Revealed", and the u-blox and Quectel interface manuals.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from tracking.dates import day_number, day_of_ddmmyy

KNOT_MPS = 1852 / 3600

# What a layout's pattern captured: b"" for an empty field, None for one that was left out.
Groups = tuple[bytes | Any, ...]


class Observation(msgspec.Struct, gc=False):
    """What one sentence says of one moment. No latitude: the receiver says that it has no position."""

    kind: bytes  # talker and type: b"GPRMC"
    time_of_day_ms: int | None
    lat_deg: float | None = None
    lon_deg: float | None = None
    day: int | None = None  # days since 1970-01-01
    speed_mps: float | None = None
    course_deg: float | None = None
    altitude_m: float | None = None  # above mean sea level
    hdop: float | None = None
    satellites: int | None = None
    estimated: bool = False  # dead reckoning, manual input or a simulator, not measured from satellites
    doubted: bool = False  # RMC and GLL status V: the receiver warns of its own position


# An address is a talker and a type. Talkers beginning with P are proprietary sentences and never positions.
_TALKER = rb"[A-OQ-Z][A-Z0-9]"
_ADDRESS = rb"(" + _TALKER + rb"%s)"
# "…|)" and not "(…)?": the re module backtracks over an alternative much faster than over an optional group.
_TIME = rb"((?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60)(?:\.\d{0,12}|)|)"
_NUMBER = rb"\d{0,6}(?:\.\d{0,12}|)"
_SIGNED = rb"[-+]?\d{0,6}(?:\.\d{0,12}|)"
_WORD = rb"[0-9A-Za-z]{0,8}"

_POSITION = (
    ("latitude", rb"(?:[0-8]\d[0-5]\d(?:\.\d{0,12}|)|9000(?:\.0{0,12}|)|)"),
    ("hemisphere", rb"[NS]?"),
    ("longitude", rb"(?:(?:0\d|1[0-7])\d[0-5]\d(?:\.\d{0,12}|)|18000(?:\.0{0,12}|)|)"),
    ("hemisphere", rb"[EW]?"),
)
_PLACE = b",".join(pattern for _, pattern in _POSITION)  # captured as one group, in `_pattern`
_CLOCK = ("time", _TIME)
_STATUS = ("status", rb"([AV]?)")
_MODE = ("mode", rb"([ADEFMNPRS]?)")
_HDOP = ("hdop", rb"(\d{1,5}(?:\.\d{0,6}|)|\.\d{1,6}|)")
_ALTITUDE = ("altitude", rb"([-+]?\d{1,6}(?:\.\d{0,6}|)|)")
_KNOTS = rb"(0{0,3}\d{1,3}(?:\.\d{0,8}|)|)"  # a receiver's own limit is 1,000
_COURSE = rb"(0{0,2}(?:[0-2]?\d?\d|3[0-5]\d)(?:\.\d{0,8}|)|360(?:\.0{0,8}|)|)"
_SATELLITES = ("satellites", rb"(\d{0,3})")
_NAVIGATION = ("navigation status", rb"[ACDESUV]?")  # information only: newer receivers always send V
_METRES = ("unit", rb"M?")

# Type: fields that must be there, then fields that older or shorter dialects leave out from the right.
LAYOUTS: dict[str, tuple[tuple[tuple[str, bytes], ...], tuple[tuple[str, bytes], ...]]] = {
    "RMC": (
        (
            _CLOCK,
            _STATUS,
            *_POSITION,
            ("speed", _KNOTS),
            ("course", _COURSE),
            ("date", rb"((?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d|)"),
        ),
        # Two receivers in 76 leave the variation's letter out, and put the mode in its place.
        (
            ("variation", _NUMBER),
            ("variation", rb"(?:[EW]|([ADFMNPRS])|)"),
            _MODE,
            _NAVIGATION,
        ),
    ),
    "GGA": (
        (_CLOCK, *_POSITION, ("quality", rb"(\d?)"), _SATELLITES, _HDOP, _ALTITUDE),
        (_METRES, ("geoid", _SIGNED), _METRES, ("age", _NUMBER), ("station", _WORD)),
    ),
    "GNS": (
        (_CLOCK, *_POSITION, ("mode", rb"([ADEFMNPRS]{0,8})"), _SATELLITES, _HDOP, _ALTITUDE),
        (("geoid", _SIGNED), ("age", _NUMBER), ("station", _WORD), _NAVIGATION),
    ),
    "GLL": ((*_POSITION, _CLOCK, _STATUS), (_MODE,)),
    "VTG": (
        (
            ("course", _COURSE),
            ("reference", rb"T?"),
            ("magnetic course", _NUMBER),
            ("reference", rb"M?"),
            ("speed", _KNOTS),
            ("unit", rb"N?"),
        ),
        (("speed", _NUMBER), ("unit", rb"K?"), _MODE),
    ),
    "ZDA": (
        (_CLOCK, ("date", rb"(\d\d|)"), ("date", rb"(\d\d|)"), ("date", rb"(\d{4}|)")),
        (("zone", rb"[-+]?\d{0,2}"), ("zone", rb"[-+]?\d{0,2}")),
    ),
}


def _pattern(kind: str) -> re.Pattern[bytes]:
    required, optional = LAYOUTS[kind]
    tail = b""
    for _, field in reversed(optional):
        tail = b"(?:," + field + tail + b"|)"
    fields = b",".join((_ADDRESS % kind.encode(), *(field for _, field in required)))
    # Some receivers end a sentence with one comma too many.
    return re.compile(fields.replace(_PLACE, b"(" + _PLACE + b")") + tail + b",?")


class Rejected(Exception):  # noqa: N818  # it names what became of the sentence
    """A sentence of a position that may not be believed; the message is the reason, as it is counted."""


def explain(kind: str, body: bytes) -> str:
    """Return in a few words why `body` (address to last field, no checksum) does not match its layout."""
    required, optional = LAYOUTS[kind]
    address, *values = body.split(b",")
    if not re.fullmatch(_ADDRESS % kind.encode(), address):
        return "bad talker"
    for (name, pattern), value in zip((*required, *optional), values, strict=False):
        if not re.fullmatch(pattern, value):
            return f"bad {name}"
    return "too few fields" if len(values) < len(required) else "too many fields"


# Dead reckoning, manual input, simulator: as a mode's letter and as GGA's quality.
_ESTIMATED = frozenset({b"E", b"M", b"S", b"6", b"7", b"8"})

# Two digits as milliseconds: of hours, of minutes, of seconds. Second 60 is a leap second, or 59.99… rounded
# up: the last moment of its minute.
_TWO_DIGITS = [b"%02d" % n for n in range(60)]
_HOURS_MS = {text: n * 3_600_000 for n, text in enumerate(_TWO_DIGITS)}
_MINUTES_MS = {text: n * 60_000 for n, text in enumerate(_TWO_DIGITS)}
_SECONDS_MS = {text: n * 1000 for n, text in enumerate(_TWO_DIGITS)}
# Fractions count to the millisecond, by truncation.
_FRACTIONS_MS = {
    b"%0*d" % (digits, n): n * 10 ** (3 - digits) for digits in (1, 2, 3) for n in range(10**digits)
} | {b"": 0}


@lru_cache(maxsize=1024)  # an epoch's sentences, and all units of a region, say the same time
def _time_of_day_ms(raw: bytes) -> int | None:
    if not raw:
        return None
    minute_ms = _HOURS_MS[raw[:2]] + _MINUTES_MS[raw[2:4]]
    second_ms = _SECONDS_MS.get(raw[4:6])
    return minute_ms + (59_999 if second_ms is None else second_ms + _FRACTIONS_MS[raw[7:10]])


@lru_cache(maxsize=64)  # an epoch's sentences say the same place in the same words
def _position(place: bytes) -> tuple[float, float]:
    lat, north, lon, east = place.split(b",")
    if not (lat and lon and north and east):
        raise Rejected("no hemisphere" if lat and lon else "no position")
    # ddmm.mmmm: numbers of this size lose nothing by being taken apart as floats and not as text.
    lat_deg, lon_deg = float(lat), float(lon)
    lat_deg = (lat_deg - lat_deg // 100 * 40) / 60
    lon_deg = (lon_deg - lon_deg // 100 * 40) / 60
    if lat_deg == 0 == lon_deg:
        # Off Africa; what a receiver says that has nothing to say, and where jammed ones are sent.
        raise Rejected("position 0,0")
    return (-lat_deg if north == b"S" else lat_deg), (-lon_deg if east == b"W" else lon_deg)


def _rmc(groups: Groups) -> Observation:
    kind, time, status, place, speed, course, date, early_mode, mode = groups
    mode = mode or early_mode
    time_of_day_ms = _time_of_day_ms(time)
    day = None
    if date and (day := day_of_ddmmyy(date)) is None:
        raise Rejected("bad date")
    if status != b"A" or mode == b"N":
        return Observation(kind, time_of_day_ms, doubted=True)
    lat_deg, lon_deg = _position(place)
    return Observation(
        kind,
        time_of_day_ms,
        lat_deg,
        lon_deg,
        day,
        float(speed) * KNOT_MPS if speed else None,
        float(course) if course else None,
        None,
        None,
        None,
        mode in _ESTIMATED,
    )


def _gga(groups: Groups) -> Observation:
    kind, time, place, quality, satellites, hdop, altitude = groups
    time_of_day_ms = _time_of_day_ms(time)
    if quality in (b"", b"0"):
        return Observation(kind, time_of_day_ms)
    lat_deg, lon_deg = _position(place)
    return Observation(
        kind,
        time_of_day_ms,
        lat_deg,
        lon_deg,
        None,
        None,
        None,
        float(altitude) if altitude else None,
        float(hdop) if hdop else None,
        int(satellites) if satellites else None,
        quality in _ESTIMATED,
    )


def _gns(groups: Groups) -> Observation:
    kind, time, place, modes, satellites, hdop, altitude = groups
    time_of_day_ms = _time_of_day_ms(time)
    measured = modes.strip(b"N")
    if not measured:
        return Observation(kind, time_of_day_ms)
    lat_deg, lon_deg = _position(place)
    return Observation(
        kind,
        time_of_day_ms,
        lat_deg,
        lon_deg,
        altitude_m=float(altitude) if altitude else None,
        hdop=float(hdop) if hdop else None,
        satellites=int(satellites) if satellites else None,
        estimated=not measured.strip(b"NEMS"),
    )


def _gll(groups: Groups) -> Observation:
    kind, place, time, status, mode = groups
    time_of_day_ms = _time_of_day_ms(time)
    if status != b"A" or mode == b"N":
        return Observation(kind, time_of_day_ms, doubted=True)
    lat_deg, lon_deg = _position(place)
    return Observation(kind, time_of_day_ms, lat_deg, lon_deg, estimated=mode in _ESTIMATED)


def _vtg(groups: Groups) -> Observation:
    kind, course, speed, mode = groups
    measured = mode != b"N"
    return Observation(
        kind,
        None,
        speed_mps=float(speed) * KNOT_MPS if speed and measured else None,
        course_deg=float(course) if course and measured else None,
    )


def _zda(groups: Groups) -> Observation:
    kind, time, day, month, year = groups
    number = None
    if day and month and year:
        number = day_number(int(year), int(month), int(day))
        if number is None:
            raise Rejected("bad date")
    return Observation(kind, _time_of_day_ms(time), day=number)


_OBSERVERS: dict[str, Callable[[Groups], Observation]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "GNS": _gns,
    "GLL": _gll,
    "VTG": _vtg,
    "ZDA": _zda,
}

# The match of a sentence's whole body, its observer, and the type's name.
Reader = tuple[Callable[[bytes], "re.Match[bytes] | None"], Callable[[Groups], Observation], str]
_READERS: dict[bytes, Reader] = {
    kind.encode() + b",": (_pattern(kind).fullmatch, observer, kind) for kind, observer in _OBSERVERS.items()
}

# By address and comma (b"GPRMC,"), filled by `reader_of` with every address that is heard.
READERS: dict[bytes, Reader] = {}


def reader_of(address: bytes) -> Reader | None:
    """Return what reads sentences that begin like this, or None: no position, or a maker's own sentence.

    $PMGNST,… of Magellan is such a one, and not a GNS.
    """
    reader = _READERS.get(address[2:])
    if address.startswith(b"P"):
        return None
    if reader is not None and re.fullmatch(_TALKER, address[:2]):
        READERS[address] = reader
    return reader
