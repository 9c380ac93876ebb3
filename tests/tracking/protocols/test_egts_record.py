from __future__ import annotations

from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from tracking.protocols.egts_record import (
    EPOCH_MS,
    Position,
    extend,
    read_dispatcher,
    read_password,
    read_position,
    read_records,
    read_terminal,
    subrecords,
    write_record,
    write_subrecord,
)


@given(
    st.integers(1, 0xFFFFFFFF),
    st.tuples(st.floats(0, 90), st.booleans()),
    st.tuples(st.floats(0, 180), st.booleans()),
    st.tuples(st.integers(0, 0x3FFF), st.integers(0, 359)),
    st.integers(-9999, 9999),
)
def test_a_position_comes_back_as_it_was_written(
    seconds: int,
    latitude: tuple[float, bool],
    longitude: tuple[float, bool],
    motion: tuple[int, int],
    altitude_m: int,
) -> None:
    """Every field of POS_DATA written by the standard's rules is read back to the standard's resolution."""
    (lat_deg, south), (lon_deg, west), (tenths_kmh, course_deg) = latitude, longitude, motion
    lat, lon = round(lat_deg / 90 * 0xFFFFFFFF), round(lon_deg / 180 * 0xFFFFFFFF)
    flags = 0x81 | south << 5 | west << 6
    speed = tenths_kmh | (altitude_m < 0) << 14 | (course_deg >> 8) << 15
    data = pack("<IIIBHB3sBB", seconds, lat, lon, flags, speed, course_deg & 0xFF, b"\0\0\0", 0, 0)
    read = read_position(data + abs(altitude_m).to_bytes(3, "little"))
    assert read is not None
    assert abs(abs(read.lat_deg) - lat_deg) < 2e-8
    assert abs(abs(read.lon_deg) - lon_deg) < 4e-8
    assert (read.lat_deg <= 0 or not south, read.lon_deg <= 0 or not west) == (True, True)
    assert read.taken_ms == EPOCH_MS + seconds * 1000
    assert abs(read.speed_mps - tenths_kmh / 36) < 1e-9
    assert (read.course_deg, read.altitude_m) == (course_deg, altitude_m)
    assert read.bad == (None if lat or lon else "position 0,0")


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_not(data: bytes) -> None:
    """No bytes make a reader raise, and records and subrecords never reach beyond their data."""
    records, whole = read_records(data)
    assert sum(len(record.data) + 7 for record in records) <= len(data)
    assert whole or len(data) > 0
    found = list(subrecords(data))
    assert sum(len(content) + 3 for kind, content in found if kind >= 0) <= len(data)
    read_terminal(data)
    read_dispatcher(data)
    read_password(data)
    if (position := read_position(data)) is not None:
        extend(position, data)
        assert isinstance(position, Position)
        assert -90 <= position.lat_deg <= 90
        assert -180 <= position.lon_deg <= 180


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20)), max_size=5))
def test_subrecords_and_records_come_back(parts: list[tuple[int, bytes]]) -> None:
    """What is written one after the other is read in that order, exactly."""
    data = b"".join(write_subrecord(kind, content) for kind, content in parts)
    assert list(subrecords(data)) == parts
    stream = b"".join(write_record(number, 2, data) for number in range(3))
    records, whole = read_records(stream)
    assert whole
    read = [(record.number, record.service, record.data) for record in records]
    assert read == [(number, 2, data) for number in range(3)]


def test_names_and_passwords() -> None:
    """AUTH_INFO's name and password are printable ASCII, each ended by a zero."""
    assert read_password(b"relay\0s3cret\0") == ("relay", "s3cret")
    assert read_password(b"relay\0s3cret\0seq\0") == ("relay", "s3cret")
    for data in (b"relay\0s3cret", b"\0s3cret\0", b"re lay\0x\0", b"relay\0\xff\0", b"r" * 65 + b"\0x\0"):
        assert read_password(data) is None
    assert read_dispatcher(b"\1" + pack("<I", 77)) == "77"
    assert read_terminal(pack("<IB", 0, 2) + b"not an imei!!!!") is None
