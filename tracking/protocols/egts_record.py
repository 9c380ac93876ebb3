"""EGTS records: what stands in a packet's data (whose it is, positions, identities), and answers written.

Source: GOST 33472-2015, service support layer, authorisation and telematic services. Subrecord codes of the
authorisation service are those of the order 285 of 2012, which devices in the field use.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

import msgspec

from tracking.protocols.dialect import MAX_UNIT_CHARACTERS

AUTH_SERVICE, TELEDATA_SERVICE, ECALL_SERVICE = 1, 2, 10

# Subrecords of all services, of authorisation, of telematics, of eCall.
RECORD_RESPONSE = 0
TERM_IDENTITY, DISPATCHER_IDENTITY, AUTH_PARAMS, AUTH_INFO, RESULT_CODE = 1, 5, 6, 7, 9
POS_DATA, EXT_POS_DATA = 16, 17
RAW_MSD_DATA = 40

# Result codes, sent for a packet, for a record, and for a login.
OK, BAD_DATA, BAD_DATA_CHECKSUM, DENIED, UNKNOWN_ID = 0, 132, 138, 151, 153
CANNOT_DECRYPT, UNKNOWN_TYPE = 129, 133

EPOCH_MS = 1_262_304_000_000  # 2010-01-01 UTC

_RECORD = Struct("<HHB")  # length, number, flags
_U16, _U32 = Struct("<H"), Struct("<I")
_POSITION = Struct("<IIIBHB3sBB")
_RESPONSE = Struct("<HB")  # number of the packet, result
_RECORD_RESPONSE = Struct("<BHHB")  # type, length, number of the record, status
_ANSWER = Struct("<HHBBB")  # length, number, flags, services of source and recipient

_HAS_OBJECT, _HAS_EVENT, _HAS_TIME = 1, 2, 4
_TO_DEVICE = 0x58  # the recipient's service is on the device; lowest priority

_VALID, _HISTORY, _SOUTH, _WEST, _HAS_ALTITUDE = 0x01, 0x08, 0x20, 0x40, 0x80
_PZ90 = 0x04

_UNIT_DEGREES = 0xFFFF_FFFF
_TENTH_KMH_MPS = 1 / 36


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record: its number, whose it is (None where it does not say), its service and its subrecords."""

    number: int
    object_id: int | None
    service: int
    data: bytes


class Position(msgspec.Struct, gc=False):
    """One POS_DATA with its EXT_POS_DATA. `bad` says why there is no position in it, if so."""

    taken_ms: int
    lat_deg: float
    lon_deg: float
    speed_mps: float
    course_deg: float | None
    altitude_m: float | None
    history: bool
    pz90: bool  # PZ-90.02: decimetres from WGS-84, so nothing is transformed
    source: int  # why the device sent it: 0 a timer, … 13 the alarm button, 15 an emergency call
    bad: str | None
    hdop: float | None = None
    satellites: int | None = None
    constellations: int = 0


def read_records(data: bytes) -> tuple[list[Record], bool]:
    """Return a packet's records, and whether they filled its data exactly."""
    records: list[Record] = []
    at, size = 0, len(data)
    while size - at >= 7:
        length, number, flags = _RECORD.unpack_from(data, at)
        start = at + 5
        object_id = None
        if flags & _HAS_OBJECT and size - start >= 4:
            (object_id,) = _U32.unpack_from(data, start)
        start += ((flags & _HAS_OBJECT) + (flags >> 1 & 1) + (flags >> 2 & 1)) * 4
        end = start + 2 + length
        if end > size:
            return records, False
        records.append(Record(number, object_id, data[start], data[start + 2 : end]))
        at = end
    return records, at == size


def subrecords(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield types and data of a record's subrecords; a truncated one ends them with type -1."""
    at, size = 0, len(data)
    while size - at >= 3:
        end = at + 3 + (data[at + 1] | data[at + 2] << 8)
        if end > size:
            break
        yield data[at], data[at + 3 : end]
        at = end
    if at != size:
        yield -1, data[at:]


def read_position(data: bytes) -> Position | None:
    """Return what a POS_DATA says, or None if it is too short for one."""
    if len(data) < _POSITION.size:
        return None
    seconds, lat, lon, flags, speed, course, _, _, source = _POSITION.unpack_from(data)
    altitude_m = None
    if flags & _HAS_ALTITUDE and len(data) >= _POSITION.size + 3:
        altitude_m = float(data[21] | data[22] << 8 | data[23] << 16)
        if speed & 0x4000:  # below sea level
            altitude_m = -altitude_m
    course += speed >> 15 << 8
    bad = None
    if not flags & _VALID:
        bad = "not valid"
    elif not lat and not lon:
        bad = "position 0,0"
    elif not seconds:
        bad = "no time"
    lat_deg = lat * 90 / _UNIT_DEGREES
    lon_deg = lon * 180 / _UNIT_DEGREES
    return Position(
        EPOCH_MS + seconds * 1000,
        -lat_deg if flags & _SOUTH else lat_deg,
        -lon_deg if flags & _WEST else lon_deg,
        (speed & 0x3FFF) * _TENTH_KMH_MPS,
        float(course) if course < 360 else None,
        altitude_m,
        bool(flags & _HISTORY),
        bool(flags & _PZ90),
        source,
        bad,
    )


def extend(position: Position, data: bytes) -> None:
    """Add what an EXT_POS_DATA says: dilution of precision, satellites and constellations."""
    if not data:
        return
    flags = data[0]
    at = 1
    if flags & 1:  # vertical dilution
        at += 2
    if flags & 2 and len(data) >= at + 2:
        position.hdop = _U16.unpack_from(data, at)[0] / 100
    at += (flags >> 1 & 1) * 2 + (flags >> 2 & 1) * 2  # and of the position
    if flags & 8 and len(data) > at:
        position.satellites = data[at]
    at += flags >> 3 & 1
    if flags & 16 and len(data) >= at + 2:
        (position.constellations,) = _U16.unpack_from(data, at)


def read_terminal(data: bytes) -> str | None:
    """Return who a TERM_IDENTITY says it is: the terminal's number, or its IMEI where that is 0; or None."""
    if len(data) < 5:
        return None
    (number,) = _U32.unpack_from(data)
    if number:
        return str(number)
    at = 5 + (data[4] & 1) * 2  # behind a home dispatcher's number
    if not data[4] & 2 or len(data) < at + 15:
        return None
    imei = data[at : at + 15].strip(b"\0 ")
    return imei.decode() if imei.isalnum() else None


def read_dispatcher(data: bytes) -> str | None:
    """Return the number of a DISPATCHER_IDENTITY: a relay that carries many vehicles; or None."""
    return str(_U32.unpack_from(data, 1)[0]) if len(data) >= 5 else None


def read_password(data: bytes) -> tuple[str, str] | None:
    """Return name and password of an AUTH_INFO, or None if they are not printable ASCII."""
    parts = data.split(b"\0")
    if len(parts) < 3 or not 0 < len(parts[0]) <= MAX_UNIT_CHARACTERS:
        return None
    if not all(0x21 <= byte <= 0x7E for byte in parts[0] + parts[1]):
        return None
    return parts[0].decode(), parts[1].decode()


def write_response(number: int, result: int) -> bytes:
    """Return the beginning of a response's data: which packet it answers, and the result."""
    return _RESPONSE.pack(number, result)


def write_statuses(number: int, service: int, statuses: list[tuple[int, int]]) -> bytes:
    """Return a record that gives the status of each received record of a service: (number, status)."""
    data = b"".join(
        [_RECORD_RESPONSE.pack(RECORD_RESPONSE, 3, record, status) for record, status in statuses]
    )
    return write_record(number, service, data)


def write_record(number: int, service: int, data: bytes) -> bytes:
    """Return a record to the device."""
    return _ANSWER.pack(len(data), number, _TO_DEVICE, service, service) + data


def write_subrecord(kind: int, data: bytes) -> bytes:
    """Return one subrecord."""
    return bytes((kind,)) + _U16.pack(len(data)) + data
