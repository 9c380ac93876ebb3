from __future__ import annotations

from pathlib import Path

import pytest

from tracking.protocols.nmea import NmeaParser
from tracking.protocols.nmea_sky import Sky


def test_constellations_of_a_new_receiver() -> None:
    """NMEA 4.11 says the system at the end of each GSA; a system without satellites is not in use."""
    sky = Sky()
    assert sky.take_gsa(b"GNGSA,A,3,02,05,13,15,,,,,,,,,1.24,0.73,1.00,1")
    assert sky.take_gsa(b"GNGSA,A,3,65,66,,,,,,,,,,,1.24,0.73,1.00,2")
    assert sky.take_gsa(b"GNGSA,A,3,,,,,,,,,,,,,1.24,0.73,1.00,3")
    assert (sky.in_use, sky.constellations) == ({"GPS": 4, "GLONASS": 2, "Galileo": 0}, ["GLONASS", "GPS"])
    assert (sky.mode, sky.pdop, sky.hdop, sky.vdop) == ("3D", 1.24, 0.73, 1.0)


def test_constellations_by_number_and_by_talker() -> None:
    """Before 4.11 a GN or GP sentence tells by the satellites' numbers, and others by their talker."""
    sky = Sky()
    assert sky.take_gsa(b"GNGSA,A,2,02,,33,70,195,,,,,,,,,,")
    assert sky.in_use == {"GPS": 1, "SBAS": 1, "GLONASS": 1, "QZSS": 1}
    assert (sky.mode, sky.hdop) == ("2D", None)
    assert sky.take_gsa(b"GPGSA,A,3,02,03,71,,,,,,,,,,2.5,99.99,2.1")
    assert sky.in_use == {"GPS": 2, "GLONASS": 1}
    assert sky.hdop is None  # 99.99 is what receivers write for "unknown"
    assert sky.take_gsa(b"BDGSA,A,3,02,03,,,,,,,,,,,2.5,1.3,2.1")
    assert sky.in_use["BeiDou"] == 2


def test_satellites_in_view() -> None:
    """GSV's total is kept for each constellation; sentences that are none are refused."""
    sky = Sky()
    assert sky.take_gsv(b"GPGSV,3,1,11,03,03,111,00,04,15,270,00,06,01,010,00,13,06,292,00")
    assert sky.take_gsv(b"GLGSV,1,1,00")
    assert sky.in_view == {"GPS": 11, "GLONASS": 0}
    assert not sky.take_gsv(b"GPGSV,3,1,x")
    assert not sky.take_gsa(b"GPGSA,A,3,02,03")
    assert sky.mode is None


@pytest.mark.shared
def test_real_receivers(shared: Path) -> None:
    """What logs of receivers of two to four systems say of their satellites is found in them."""
    expected = {
        "telit-he910": (["GPS"], {"GPS": 7}),
        "ericsson-gru04": (["GLONASS", "GPS"], {"GPS": 13, "GLONASS": 9}),
        "quectel-l76k-dual": (["BeiDou", "GLONASS", "GPS"], {"GPS": 11, "BeiDou": 4, "GLONASS": 9}),
        "telit-pls83-w": (
            ["BeiDou", "GLONASS", "GPS", "Galileo"],
            {"GLONASS": 10, "BeiDou": 5, "Galileo": 13, "GPS": 10},
        ),
    }
    for name, (constellations, in_view) in expected.items():
        parser = NmeaParser()
        parser.feed((shared / f"data/nmea/gpsd/{name}.log").read_bytes(), 0)
        assert parser.sky.constellations == constellations
        assert parser.sky.in_view == in_view
        assert parser.sky.mode in ("2D", "3D")
