from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracking.protocols.osmand_message import Bad, Report, read_fields, read_json, read_query


def test_fields_are_unescaped() -> None:
    """Percent escapes, plus signs, names without a value and repeated names are read as forms are."""
    assert read_fields(b"a=1%202+3&b&a=%D0%96&c=%zz&=") == {"a": "Ж", "b": "", "c": "%zz", "": ""}


@pytest.mark.parametrize(
    ("said", "taken_ms"),
    [
        ("1377177267", 1_377_177_267_000),
        ("1377177267.5", 1_377_177_267_500),
        ("1377177267123", 1_377_177_267_123),
        ("2013-08-22T13:14:27Z", 1_377_177_267_000),
        ("2013-08-22T13:14:27.250+00:00", 1_377_177_267_250),
        ("2013-08-22 18:14:27+05:00", 1_377_177_267_000),
        ("2013-08-22 13:14:27", 1_377_177_267_000),
        ("2013-08-22T18:14:27 05:00", 1_377_177_267_000),  # a plus sign that a query has made a space
        ("", None),
    ],
)
def test_every_way_to_write_an_instant(said: str, taken_ms: int | None) -> None:
    """Seconds, milliseconds and ISO 8601 with and without an offset are the same instant."""
    report = read_query({"id": "5", "lat": "1", "lon": "2", "timestamp": said})
    assert report.messages[0].taken_ms == taken_ms


def test_optional_fields_out_of_range_are_not_said() -> None:
    """A wild course or a speed that is no number does not cost the position."""
    report = read_query(
        {
            "id": "5",
            "lat": "1",
            "lon": "2",
            "bearing": "720",
            "speed": "fast",
            "altitude": "inf",
            "hdop": "-1",
        }
    )
    (message,) = report.messages
    assert (message.course_deg, message.speed_mps, message.altitude_m, message.hdop) == (None,) * 4
    assert (message.lat_deg, message.lon_deg, message.bad) == (1, 2, None)


NAMES = ["id", "lat", "lon", "timestamp", "speed", "location", "valid", "alarm", "altitude"]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=12) | st.from_regex(r"-?[0-9.e]{0,8}")))
def test_any_fields_are_a_report_or_bad(fields: dict[str, str]) -> None:
    """Whatever a query says, it is read or refused by name, and no position is off the Earth."""
    with contextlib.suppress(Bad):
        _check(read_query(fields))


KEYS = ["location", "coords", "latitude", "longitude", "device_id", "timestamp", "extras"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_report_or_bad(value: object) -> None:
    """Whatever shape a body has, it is read or refused by name."""
    import json  # noqa: PLC0415  # used here alone

    with contextlib.suppress(Bad):
        _check(read_json(json.dumps(value).encode()))


@given(st.binary(max_size=200))
@example(b'{"device_id": "\xf8"}')  # JSON, but for a byte that is no UTF-8
def test_any_bytes_are_a_report_or_bad(body: bytes) -> None:
    """Bytes that are no JSON are refused by name."""
    with contextlib.suppress(Bad):
        _check(read_json(body))


def _check(report: Report) -> None:
    assert report.device
    for message in report.messages:
        if message.bad is None and message.lat_deg is not None and message.lon_deg is not None:
            assert -90 <= message.lat_deg <= 90
            assert -180 <= message.lon_deg <= 180
