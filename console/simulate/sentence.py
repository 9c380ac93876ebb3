"""Sentences: a fix as a receiver writes it, RMC and GGA, through pynmea2."""

from __future__ import annotations

from datetime import UTC, datetime

import pynmea2

from tracking.fix import Fix

KNOTS_PER_MPS = 3600 / 1852


def write(fix: Fix, talker: str = "GN") -> bytes:
    """Return `fix` as an RMC and a GGA sentence of one epoch (NMEA 0183 4.10), each ended by CR LF.

    The fix must have a `taken_ms`. Times are written to the hundredth, angles to 1e-5 of a minute (2 cm).
    """
    if fix.taken_ms is None:
        raise ValueError("a receiver's sentence needs the time at which the fix was taken")
    taken = datetime.fromtimestamp(fix.taken_ms // 1000, UTC)
    time = f"{taken:%H%M%S}.{fix.taken_ms % 1000 // 10:02d}"
    position = (*_angle(fix.lat_deg, 2, "NS"), *_angle(fix.lon_deg, 3, "EW"))
    speed = "" if fix.speed_mps is None else f"{fix.speed_mps * KNOTS_PER_MPS:.3f}"
    course = "" if fix.course_deg is None else f"{round(fix.course_deg, 2) % 360:.2f}"
    estimated = fix.quality == "estimated"
    rmc = pynmea2.RMC(
        talker,
        "RMC",
        (time, "A", *position, speed, course, f"{taken:%d%m%y}", "", "", "E" if estimated else "A", "V"),
    )
    gga = pynmea2.GGA(
        talker,
        "GGA",
        (
            time,
            *position,
            "6" if estimated else "1",
            "" if fix.satellites is None else f"{fix.satellites:02d}",
            "" if fix.hdop is None else f"{fix.hdop:.2f}",
            "" if fix.altitude_m is None else f"{fix.altitude_m:.1f}",
            "M",
            "",
            "M",
            "",
            "",
        ),
    )
    return f"{rmc}\r\n{gga}\r\n".encode("ascii")


def _angle(degrees: float, width: int, hemispheres: str) -> tuple[str, str]:
    """Return `[d]ddmm.mmmmm` and the hemisphere; rounding never yields sixty minutes."""
    units = round(abs(degrees) * 60 * 100_000)  # 1e-5 of a minute
    whole, rest = divmod(units, 60 * 100_000)
    return f"{whole:0{width}d}{rest // 100_000:02d}.{rest % 100_000:05d}", hemispheres[degrees < 0]
