"""Constellations: which satellite systems a position rests on, as the bits of a number.

The bits are those of EGTS (GOST 33472, EXT_POS_DATA, NS), with one of our own for SBAS: a number costs a byte
in a segment and nothing at rest, where names would cost more than the position.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Constellation = Literal["GPS", "GLONASS", "Galileo", "BeiDou", "QZSS", "NavIC", "SBAS"]

_BITS: dict[Constellation, int] = {
    "GLONASS": 1,
    "GPS": 2,
    "Galileo": 4,
    "BeiDou": 16,
    "NavIC": 64,
    "QZSS": 128,
    "SBAS": 256,
}
_COMPASS = 8  # BeiDou under its earlier name


def bits_of(names: Iterable[Constellation]) -> int:
    """Return constellations as bits."""
    bits = 0
    for name in names:
        bits |= _BITS[name]
    return bits


def names_of(bits: int) -> list[Constellation]:
    """Return the constellations of the bits, in the alphabet's order; unknown bits are passed over."""
    if bits & _COMPASS:
        bits |= _BITS["BeiDou"]
    return sorted(name for name, bit in _BITS.items() if bits & bit)
