from __future__ import annotations

import xml.etree.ElementTree as ET

from tracking.fix import Fix
from tracking.trackfile import geojson, gpx

FULL = Fix("<12>", 1_795_273_200_250, None, 0, 55.5, -37.25, 3.25, 271.5, 150.1, 0.9, 12)
BARE = Fix("<12>", 1_795_273_201_000, None, 0, -0.000000001, 180.0)
NS = {"g": "http://www.topografix.com/GPX/1/1"}


def test_gpx_is_well_formed_and_says_everything() -> None:
    """An XML reader finds each point with its time, height and quality; what is unknown is left out."""
    root = ET.fromstring(gpx("<12>", [FULL, BARE]))  # noqa: S314  # our own text
    assert root.findtext("g:trk/g:name", namespaces=NS) == "<12>"
    full, bare = root.findall("g:trk/g:trkseg/g:trkpt", NS)
    assert (full.get("lat"), full.get("lon")) == ("55.500000000", "-37.250000000")
    said = {child.tag.rpartition("}")[2]: child.text for child in full}
    assert said.pop("extensions") is None
    assert said == {
        "ele": "150.1",
        "time": "2026-11-21T15:00:00.250Z",
        "fix": "3d",
        "sat": "12",
        "hdop": "0.9",
    }
    assert [child.tag.rpartition("}")[2] for child in bare] == ["time", "fix"]


def test_a_clock_beyond_all_calendars_is_left_out() -> None:
    """A fix of the year 60,000 is a point without a time."""
    root = ET.fromstring(gpx("1", [Fix("1", 1 << 60, None, 0, 1.0, 2.0)]))  # noqa: S314  # our own text
    assert root.find("g:trk/g:trkseg/g:trkpt/g:time", NS) is None


def test_geojson_is_longitude_first() -> None:
    """The Feature's line and its lists of times and speeds have one entry a fix."""
    feature = geojson("12", [FULL, BARE])
    assert feature["geometry"]["coordinates"] == [(-37.25, 55.5), (180.0, -0.000000001)]
    assert feature["properties"]["speed_mps"] == [3.25, None]
    for few in ([], [FULL]):  # no line by RFC 7946
        geometry = geojson("12", few)["geometry"]
        assert (geometry["type"], len(geometry["coordinates"])) == ("MultiPoint", len(few))
