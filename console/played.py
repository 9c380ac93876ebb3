"""Played units: what the load generator's units say, in NMEA with our login line or in EGTS. Plain values."""

from __future__ import annotations

import datetime as dt
import struct
from functools import lru_cache
from math import cos, pi, sin

from tracking.protocols import egts_packet, egts_record
from tracking.protocols.nmea import checksum

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_POSITION = struct.Struct("<IIIBHBBBBBB")

CENTRE_LAT_DEG, CENTRE_LON_DEG = 55.75, 37.62


@lru_cache(maxsize=16)  # many units speak within the same hundredth of a second
def _clock(at_cs: int) -> tuple[bytes, bytes]:
    """Return an instant (hundredths of a second) as the time and the date of a sentence."""
    at = _EPOCH + dt.timedelta(milliseconds=at_cs * 10)
    return f"{at:%H%M%S}.{at_cs % 100:02d}".encode(), f"{at:%d%m%y}".encode()


class PlayedUnit:
    """One vehicle on a circle of its own.

    Args:
        number: which of the units it is; decides where its circle is.
    """

    __slots__ = ("_east_deg", "_north_deg", "_packet", "_phase", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self._north_deg = CENTRE_LAT_DEG + number % 200 * 0.004 - 0.4
        self._east_deg = CENTRE_LON_DEG + number // 200 % 200 * 0.006 - 0.6
        self._phase = number * 0.7
        self._packet = 0

    def position(self, at_ms: int) -> tuple[float, float, float, float]:
        """Return latitude, longitude (degrees), speed (m/s) and course (degrees) at an instant."""
        angle = self._phase + at_ms / 60_000
        lat_deg = self._north_deg + 0.0015 * cos(angle)
        lon_deg = self._east_deg + 0.0026 * sin(angle)
        return lat_deg, lon_deg, 2.78, (angle * 180 / pi + 90) % 360

    def nmea(self, at_ms: int) -> bytes:
        """Return RMC and GGA of an instant."""
        lat_deg, lon_deg, speed_mps, course_deg = self.position(at_ms)
        clock, date = _clock(at_ms // 10)
        north, east = int(lat_deg), int(lon_deg)
        where = b"%02d%08.5f,N,%03d%08.5f,E" % (north, (lat_deg - north) * 60, east, (lon_deg - east) * 60)
        rmc = b"GNRMC,%b,A,%b,%.1f,%.1f,%b,,,A,V" % (clock, where, speed_mps / 0.514444, course_deg, date)
        gga = b"GNGGA,%b,%b,1,12,0.8,156.2,M,14.0,M,," % (clock, where)
        return b"$%b*%02X\r\n$%b*%02X\r\n" % (rmc, checksum(rmc), gga, checksum(gga))

    def egts_login(self) -> bytes:
        """Return TERM_IDENTITY with the unit's number as the terminal's."""
        identity = struct.pack("<IB", self.number, 0)
        return self._appdata(1, egts_record.write_subrecord(egts_record.TERM_IDENTITY, identity))

    def egts_secret(self, secret: str) -> bytes:
        """Return AUTH_INFO, for a platform that asks for a secret."""
        info = f"{self.number}\0{secret}\0".encode()
        return self._appdata(1, egts_record.write_subrecord(egts_record.AUTH_INFO, info))

    def egts(self, at_ms: int) -> tuple[int, bytes]:
        """Return a packet with one POS_DATA of an instant, and the packet's number."""
        lat_deg, lon_deg, speed_mps, course_deg = self.position(at_ms)
        course = round(course_deg) % 360
        position = _POSITION.pack(
            (at_ms - egts_record.EPOCH_MS) // 1000,
            round(lat_deg / 90 * 0xFFFFFFFF),
            round(lon_deg / 180 * 0xFFFFFFFF),
            0x13,  # valid, 3D, moving; north and east
            round(speed_mps * 36) | (course >> 8) << 15,
            course & 0xFF,
            0,
            0,
            0,
            0,
            0,
        )
        number = self._packet
        return number, self._appdata(2, egts_record.write_subrecord(egts_record.POS_DATA, position))

    def _appdata(self, service: int, data: bytes) -> bytes:
        number, self._packet = self._packet, (self._packet + 1) & 0xFFFF
        record = egts_record.write_record(number, service, data)
        return egts_packet.write_packet(number, egts_packet.APPDATA, record)
