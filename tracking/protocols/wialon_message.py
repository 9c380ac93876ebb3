"""Wialon IPS messages: one position of #SD#, #D# or #B#, read strictly, and the checksum; no I/O.

Source: Gurtam, Wialon IPS 1.1, 2.0 and 2.1.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from tracking.dates import DAY_MS, day_of_ddmmyy

_KMH_MPS = 1 / 3.6

# Field, what it may hold, and how an answer calls a fault in it. `NA` and nothing at all mean "not said".
_COORDINATE = rb"(\d{1,5}(?:\.\d{0,24}|)|)"
_NUMBER = rb"(\d{1,3}(?:\.\d{0,24}|)|)"
_SHORT = (
    ("date", rb"((?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d|)", b"0"),
    ("time", rb"((?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:\.\d{0,9}|)|)", b"0"),
    ("latitude", _COORDINATE, b"10"),
    ("hemisphere", rb"([NS]?)", b"10"),
    ("longitude", _COORDINATE, b"10"),
    ("hemisphere", rb"([EW]?)", b"10"),
    ("speed", _NUMBER, b"11"),
    ("course", _NUMBER, b"11"),
    ("altitude", rb"(-?\d{1,5}(?:\.\d{0,24}|)|)", b"11"),
    ("satellites", rb"(\d{0,3})", b"12"),
)
_EXTENDED = (
    ("hdop", rb"(\d{1,5}(?:\.\d{0,24}|)|)", b"12"),
    ("inputs", rb"-?\d{0,20}", b"13"),
    ("outputs", rb"-?\d{0,20}", b"13"),
    ("adc", rb"[^;|]*", b"14"),
    ("ibutton", rb"[^;|]*", b"15"),
    ("params", rb"([^;|]*)", b"15"),
)

SHORT_FIELDS = len(_SHORT)
LONG_FIELDS = len(_SHORT) + len(_EXTENDED)

_CHECKSUM_FAULT = {SHORT_FIELDS: b"13", LONG_FIELDS: b"16"}


def _pattern(fields: tuple[tuple[str, bytes, bytes], ...]) -> re.Pattern[bytes]:
    # `NA` as an alternative inside the field's own group would be captured: it stands before the group.
    return re.compile(b";".join(b"(?:NA|%s)" % pattern for _, pattern, _ in fields))


_SHORT_PATTERN = _pattern(_SHORT)
_LONG_PATTERN = _pattern(_SHORT + _EXTENDED)

# A parameter that means the alarm button: SOS:1:1.
_ALARM = re.compile(rb"(?:^|,)(?:SOS|ALARM):[123]:(?:1|1\.0*|true|sos)(?:,|$)", re.IGNORECASE)

# And one that means dead reckoning: our own vehicles say it so, for the protocol has no word for it.
ESTIMATED = b"estimated"
_ESTIMATED = re.compile(rb"(?:^|,)%s:1:1(?:,|$)" % ESTIMATED)


class Bad(Exception):  # noqa: N818  # it names what became of the message
    """A message that may not be believed: the reason, as it is counted, and the code that answers it."""

    def __init__(self, reason: str, code: bytes) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message. No latitude: it has no position. No day: it is of now, as far as the device can tell."""

    day: int | None  # days since 1970-01-01
    time_of_day_ms: int | None
    lat_deg: float | None
    lon_deg: float | None
    speed_mps: float | None
    course_deg: float | None
    altitude_m: float | None
    hdop: float | None
    satellites: int | None
    alarm: bool
    estimated: bool

    @property
    def taken_ms(self) -> int | None:
        """The instant, where date and time were said."""
        if self.day is None or self.time_of_day_ms is None:
            return None
        return self.day * DAY_MS + self.time_of_day_ms


def _crc16_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1  # noqa: PLW2901  # a register
        table.append(value)
    return tuple(table)


_CRC16 = _crc16_table()


def crc16(data: bytes) -> int:
    """Return the checksum of IPS 2.0: CRC-16/ARC (polynomial 0x8005 reflected, begun with 0)."""
    value = 0
    table = _CRC16
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return value


def checked(body: bytes, separator: bytes = b";") -> bytes | None:
    """Return `body` without the checksum that ends it, or None if that is not right."""
    text, found, stated = body.rpartition(separator)
    stated = stated.strip()
    if not found or not re.fullmatch(rb"(?:0[xX])?[0-9A-Fa-f]{1,4}", stated):
        return None
    return text if crc16(text + found) == int(stated, 16) else None


def read_message(body: bytes, *, with_checksum: bool | None = False) -> Message:
    """Return what a message says.

    Args:
        body: the fields, separated by `;`.
        with_checksum: whether a checksum follows the fields; None: it does if there is one field too many.

    Raises:
        Bad: if the message may not be believed.
    """
    fields = body.count(b";") + 1
    if with_checksum or (with_checksum is None and fields in (SHORT_FIELDS + 1, LONG_FIELDS + 1)):
        text = checked(body)
        if text is None:
            raise Bad("bad checksum", _CHECKSUM_FAULT.get(fields - 1, b"-1"))
        body = text
        fields -= 1
    if fields == SHORT_FIELDS:
        matched = _SHORT_PATTERN.fullmatch(body)
    elif fields == LONG_FIELDS:
        matched = _LONG_PATTERN.fullmatch(body)
    else:
        raise Bad("too few fields" if fields < LONG_FIELDS else "too many fields", b"-1")
    if matched is None:
        raise _explain(body)
    date, time, lat, north, lon, east, speed, course, altitude, satellites, *extended = matched.groups()
    hdop, params = extended or (None, None)
    day = None
    if date and (day := day_of_ddmmyy(date)) is None:
        raise Bad("bad date", b"0")
    lat_deg = lon_deg = None
    if lat or lon:
        if not (lat and lon and north and east):
            raise Bad("no hemisphere" if lat and lon else "no position", b"10")
        lat_deg = _degrees(lat, 90, "latitude")
        lon_deg = _degrees(lon, 180, "longitude")
        if lat_deg == 0 == lon_deg:
            raise Bad("position 0,0", b"10")
    course_deg = float(course) if course else None
    if course_deg is not None and course_deg > 360:
        raise Bad("bad course", b"11")
    return Message(
        day,
        _time_of_day_ms(time) if time else None,
        -lat_deg if lat_deg is not None and north == b"S" else lat_deg,
        -lon_deg if lon_deg is not None and east == b"W" else lon_deg,
        float(speed) * _KMH_MPS if speed else None,
        course_deg,
        float(altitude) if altitude else None,
        float(hdop) if hdop else None,
        int(satellites) if satellites else None,
        params is not None and _ALARM.search(params) is not None,
        params is not None and _ESTIMATED.search(params) is not None,
    )


def _degrees(raw: bytes, limit_deg: int, name: str) -> float:
    value = float(raw)  # ddmm.mmmm
    degrees = value // 100
    minutes = value - 100 * degrees
    value_deg = degrees + minutes / 60
    if minutes >= 60 or value_deg > limit_deg:
        raise Bad(f"bad {name}", b"10")
    return value_deg


@lru_cache(maxsize=1024)
def _time_of_day_ms(raw: bytes) -> int:
    seconds = (int(raw[:2]) * 60 + int(raw[2:4])) * 60 + int(raw[4:6])
    return seconds * 1000 + int(raw[7:10].ljust(3, b"0"))


def _explain(body: bytes) -> Bad:
    for (name, pattern, code), value in zip(_SHORT + _EXTENDED, body.split(b";"), strict=False):
        if not re.fullmatch(b"NA|" + pattern, value):
            return Bad(f"bad {name}", code)
    return Bad("bad structure", b"-1")
