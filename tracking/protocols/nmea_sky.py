"""Sky: which satellites a receiver sees and uses, by constellation, from its GSA and GSV sentences; no I/O.

Neither sentence has a time of its own, so nothing here belongs to one fix; it is what the receiver said last.
"""

from __future__ import annotations

import re
from typing import Literal

from tracking.constellations import Constellation, bits_of

Mode = Literal["none", "2D", "3D"]

_BY_TALKER: dict[bytes, Constellation] = {
    b"GP": "GPS",
    b"GL": "GLONASS",
    b"GA": "Galileo",
    b"GB": "BeiDou",
    b"BD": "BeiDou",
    b"GQ": "QZSS",
    b"QZ": "QZSS",
    b"GI": "NavIC",
}
# NMEA 4.11 ends a GSA with the number of its system.
_BY_SYSTEM: dict[bytes, Constellation] = {
    b"1": "GPS",
    b"2": "GLONASS",
    b"3": "Galileo",
    b"4": "BeiDou",
    b"5": "QZSS",
    b"6": "NavIC",
}
# Before that, the number of a satellite tells.
_BY_NUMBER: tuple[tuple[range, Constellation], ...] = (
    (range(1, 33), "GPS"),
    (range(33, 65), "SBAS"),
    (range(65, 97), "GLONASS"),
    (range(120, 159), "SBAS"),
    (range(193, 203), "QZSS"),
    (range(203, 238), "BeiDou"),
    (range(301, 337), "Galileo"),
    (range(401, 438), "BeiDou"),
)
_MODES: dict[bytes, Mode] = {b"1": "none", b"2": "2D", b"3": "3D"}

_DOP = rb"(\d{0,3}(?:\.\d{0,6}|))"
_GSA = re.compile(
    rb"([A-OQ-Z][A-Z0-9])GSA,[AM]?,([123]?),((?:\d{0,3},){12})" + b",".join([_DOP] * 3) + rb"(?:,(\d?))?"
)
_GSV = re.compile(rb"([A-OQ-Z][A-Z0-9])GSV,\d,\d,(\d{1,3})(?:,[0-9A-F.]{0,8})*")

# A receiver writes 99.99 for a dilution that it does not know.
_UNKNOWN_DOP = 99


class Sky:
    """What a receiver said last of its satellites.

    Attributes:
        in_view: satellites in view, by constellation (GSV).
        in_use: satellites used for the position, by constellation (GSA).
        mode: `none`, `2D` or `3D` (GSA); None before the first GSA.
        pdop, hdop, vdop: dilutions of precision (GSA), or None.
    """

    __slots__ = (
        "hdop",
        "in_use",
        "in_view",
        "mode",
        "pdop",
        "vdop",
    )

    def __init__(self) -> None:
        self.in_view: dict[Constellation, int] = {}
        self.in_use: dict[Constellation, int] = {}
        self.mode: Mode | None = None
        self.pdop: float | None = None
        self.hdop: float | None = None
        self.vdop: float | None = None

    @property
    def constellations(self) -> list[Constellation]:
        """The constellations in use, in the alphabet's order."""
        return sorted(name for name, n in self.in_use.items() if n)

    @property
    def bits(self) -> int:
        """The same, as a fix carries it."""
        return bits_of(name for name, n in self.in_use.items() if n)

    def take_gsa(self, body: bytes) -> bool:
        """Take a GSA (address to last field, its checksum checked); return whether it could be read."""
        matched = _GSA.fullmatch(body)
        if matched is None:
            return False
        talker, mode, listed, *dilutions, system = matched.groups()
        said = _BY_SYSTEM.get(system or b"") or _BY_TALKER.get(talker)
        if talker == b"GP" and system is None:
            said = None  # older receivers list every constellation in one GPGSA
            self.in_use.clear()
        elif said is not None:
            self.in_use[said] = 0
        counts: dict[Constellation, int] = {}
        for number in listed.split(b","):
            name = said or (_constellation(int(number)) if number else None)
            if number and name is not None:
                counts[name] = counts.get(name, 0) + 1
        self.in_use |= counts
        self.mode = _MODES.get(mode, self.mode)
        self.pdop, self.hdop, self.vdop = map(_dilution, dilutions)
        return True

    def take_gsv(self, body: bytes) -> bool:
        """Take a GSV (address to last field, its checksum checked); return whether it could be read."""
        matched = _GSV.fullmatch(body)
        if matched is None:
            return False
        name = _BY_TALKER.get(matched[1])
        if name is not None:
            self.in_view[name] = int(matched[2])
        return True


def _constellation(number: int) -> Constellation | None:
    return next((name for numbers, name in _BY_NUMBER if number in numbers), None)


def _dilution(raw: bytes) -> float | None:
    value = float(raw) if raw.strip(b".") else None
    return value if value is not None and 0 < value < _UNKNOWN_DOP else None
