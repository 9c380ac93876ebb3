from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracking.constellations import Constellation, bits_of, names_of

NAMES: list[Constellation] = ["BeiDou", "GLONASS", "GPS", "Galileo", "NavIC", "QZSS", "SBAS"]


@given(st.sets(st.sampled_from(NAMES)))
def test_names_survive_as_bits(names: set[Constellation]) -> None:
    """Every set of constellations comes back, in the alphabet's order."""
    assert names_of(bits_of(names)) == sorted(names)


def test_the_bits_are_those_of_egts() -> None:
    """GOST 33472: 1 GLONASS, 2 GPS, 4 Galileo, 8 Compass and 16 BeiDou; what nobody knows is passed over."""
    assert names_of(3) == ["GLONASS", "GPS"]
    assert names_of(8) == names_of(16) == names_of(24) == ["BeiDou"]
    assert names_of(32 | 1 << 15) == []
