"""OsmAnd messages: what a query, a form or a JSON body says of who was where; no I/O.

Source: Traccar's description of the OsmAnd protocol, and the JSON of Traccar Client 9 and later.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tracking.protocols.dialect import MAX_UNIT_CHARACTERS

_KNOT_MPS = 1852 / 3600
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SECONDS_UP_TO = 1 << 31  # a larger number of a timestamp counts milliseconds
_LAST_MS = 4_102_444_800_000  # 2100-01-01: what a device says of later is a fault

_ID = re.compile(rf"[\x21-\x7e]{{1,{MAX_UNIT_CHARACTERS}}}")
_NUMBER = re.compile(r"[-+]?(?:\d{1,20}(?:\.\d{0,24})?|\.\d{1,24})(?:[eE][-+]?\d{1,3})?", re.ASCII)
_LOST_PLUS = re.compile(r"(T[0-9:.]+) (\d\d:?\d\d)$")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


class Bad(Exception):  # noqa: N818  # it names what became of the message
    """A message that cannot be read; the text is the reason, as it is counted."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message. `bad` says why its position may not be believed; without it and a latitude it has none."""

    taken_ms: int | None  # None: of now
    lat_deg: float | None
    lon_deg: float | None
    speed_mps: float | None
    course_deg: float | None
    altitude_m: float | None
    hdop: float | None
    satellites: int | None
    estimated: bool
    alarm: bool
    bad: str | None = None


class Report(msgspec.Struct, frozen=True):
    """Everything in one request: who, with what secret, and the messages in order."""

    device: str
    secret: str | None
    messages: list[Message]


def read_fields(query: bytes) -> dict[str, str]:
    """Return the fields of a query or a form; of a repeated one the last."""
    fields = {}
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        fields[_text(name)] = _text(value)
    return fields


def read_query(fields: Mapping[str, str]) -> Report:
    """Return what the fields of a query or a form say.

    Raises:
        Bad: if nobody is named, or a place or time cannot be read.
    """
    device = _device(fields.get("id") or fields.get("deviceid"))
    place = fields.get("location")
    lat, lon = fields.get("lat"), fields.get("lon")
    if place is not None and lat is None:
        lat, _, lon = place.partition(",")
    speed_mps = _optional(fields.get("speed"), 1000)
    if speed_mps is not None:
        speed_mps *= _KNOT_MPS
    message = _message(
        _time_ms(fields.get("timestamp")),
        _required(lat, "bad latitude"),
        _required(lon, "bad longitude"),
        speed_mps=speed_mps,
        course_deg=_optional(fields.get("bearing") or fields.get("heading"), 360),
        altitude_m=_optional(fields.get("altitude"), 20_000, -1000),
        hdop=_optional(fields.get("hdop"), 100_000),
        satellites=_optional(fields.get("sat"), 200),
        valid=fields.get("valid", "1").lower() not in ("0", "false"),
        alarm=fields.get("alarm", "").lower() == "sos",
    )
    secret = fields.get("token") or fields.get("password")
    return Report(device, secret, [message])


def read_json(body: bytes) -> Report:
    """Return what a JSON body says: one location, or a batch of them.

    Raises:
        Bad: if it is no such JSON, nobody is named, or a place or time cannot be read.
    """
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Bad("bad JSON") from None
    if not isinstance(said, dict):
        raise Bad("bad JSON")
    named = said.get("device_id")
    device = _device(str(named) if isinstance(named, int) else named)
    found = said.get("location")
    locations = found if isinstance(found, list) else [found]
    secret = said.get("token")
    return Report(device, secret if isinstance(secret, str) else None, list(_locations(locations)))


def _locations(locations: list[Any]) -> Iterator[Message]:
    for location in locations:
        if not isinstance(location, dict):
            raise Bad("no location")
        coords, extras = _part(location, "coords"), _part(location, "extras")
        yield _message(
            _time_ms(location.get("timestamp")),
            _required(coords.get("latitude"), "bad latitude"),
            _required(coords.get("longitude"), "bad longitude"),
            speed_mps=_optional(coords.get("speed"), 500),
            course_deg=_optional(coords.get("heading"), 360),
            altitude_m=_optional(coords.get("altitude"), 20_000, -1000),
            hdop=None,
            satellites=None,
            estimated=location.get("mock") is True,
            alarm="sos" in (location.get("event"), location.get("alarm"), extras.get("alarm")),
        )


def _message(
    taken_ms: int | None,
    lat_deg: float | None,
    lon_deg: float | None,
    *,
    speed_mps: float | None,
    course_deg: float | None,
    altitude_m: float | None,
    hdop: float | None,
    satellites: float | None,
    alarm: bool,
    valid: bool = True,
    estimated: bool = False,
) -> Message:
    bad = None
    if lat_deg is None or lon_deg is None:
        lat_deg = lon_deg = None
    elif abs(lat_deg) > 90:
        bad = "bad latitude"
    elif abs(lon_deg) > 180:
        bad = "bad longitude"
    elif lat_deg == 0 == lon_deg:
        bad = "position 0,0"
    elif not valid:
        bad = "not valid"
    return Message(
        taken_ms,
        lat_deg,
        lon_deg,
        speed_mps,
        course_deg,
        altitude_m,
        hdop,
        None if satellites is None else int(satellites),
        estimated,
        alarm,
        bad,
    )


def _text(raw: bytes) -> str:
    plain = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), raw.replace(b"+", b" "))
    return plain.decode(errors="replace")


def _part(location: dict[str, Any], name: str) -> dict[str, Any]:
    found = location.get(name)
    return found if isinstance(found, dict) else {}


def _device(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise Bad("no id")
    if not _ID.fullmatch(name):
        raise Bad("bad id")
    return name


def _number(value: object) -> float | None:
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value.strip()) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _required(value: object, why: str) -> float | None:
    """Return a number, or None where nothing was said; what is no number is a fault."""
    if value is None or value == "":
        return None
    number = _number(value)
    if number is None:
        raise Bad(why)
    return number


def _optional(value: object, most: float, least: float = 0) -> float | None:
    """Return a number within its range, else None: phones say -1 for what they do not know."""
    number = _number(value)
    return number if number is not None and least <= number <= most else None


def _time_ms(value: object) -> int | None:
    """Return an instant given as seconds or milliseconds since 1970, or as ISO 8601 (UTC unless it says)."""
    if value is None or value == "":
        return None
    number = _number(value)
    if number is not None:
        time_ms = number * 1000 if number < _SECONDS_UP_TO else number
    elif isinstance(value, str):
        try:
            # A `+` that was not written as %2B has become a space on its way.
            parsed = dt.datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", value.strip()))
            parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
            time_ms = (parsed - _EPOCH) / dt.timedelta(milliseconds=1)
        except (ValueError, OverflowError):
            raise Bad("bad time") from None
    else:
        raise Bad("bad time")
    if not 0 < time_ms < _LAST_MS:
        raise Bad("bad time")
    return round(time_ms)
