"""Fix: one observation of a position by a satellite receiver."""

from __future__ import annotations

from typing import Literal

import msgspec

Quality = Literal["valid", "estimated"]
Source = Literal["device", "phone"]


class Fix(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One GNSS observation, with two clocks: when it was taken and when we learned it.

    Instants are integer milliseconds since 1970-01-01 UTC. Positions are WGS-84 degrees (PZ-90.11 differs by
    centimetres, so no transform is made). `None` means that the device did not say. Stored and handed over as
    an array in msgpack: a new field goes to the end and has a default, so that what was stored before can be
    read.
    """

    unit: str | None
    taken_ms: int | None  # None where the input has no date
    time_of_day_ms: int | None  # since midnight UTC
    received_ms: int
    lat_deg: float
    lon_deg: float
    speed_mps: float | None = None
    course_deg: float | None = None  # from true north
    altitude_m: float | None = None
    hdop: float | None = None
    satellites: int | None = None
    quality: Quality = "valid"
    history: bool = False  # the device says that it is a stored position, not a live one
    source: Source = "device"  # the crew's phone stands in for a silent receiver
    constellations: int = 0  # in use, as `tracking.constellations` numbers them; 0 where it is not said
