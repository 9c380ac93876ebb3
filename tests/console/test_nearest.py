"""The units' file of `skoraya nearest` and `skoraya coverage`, as people and programs write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.commands.failure import Failure
from console.commands.nearest import read_units


@pytest.mark.parametrize(
    "text",
    [
        "unit,lat,lon\nA 1,-55.5,62.25\n",
        "\ufeffunit,lat,lon\r\nA 1,-55.5,62.25\r\n",
        "lon,x,unit,LAT\r62.25,,A 1,-55.5\r",
        'unit, lat, lon\n"A 1", "-55.5", 62.25\n\n',
        "unit,lat,lon,heading_deg\nA 1,-55.5,62.25,\n",
    ],
)
def test_however_the_table_is_written_the_units_are_the_same(tmp_path: Path, text: str) -> None:
    """A byte order mark, line ends of three kinds, another order, spaces and quotes change nothing."""
    path = tmp_path / "units.csv"
    path.write_bytes(text.encode())
    (unit,) = read_units(path)
    assert (unit.unit, unit.lat_deg, unit.lon_deg, unit.heading_deg) == ("A 1", -55.5, 62.25, None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("unit,lat,lon\n1,55,62\n1,56,62\n", "line 3, column unit: '1' is there twice"),
        ("unit,lat,lat,lon\n1,55,55,62\n", "line 1: the column 'lat' is there twice"),
        ("unit,lat,lon\n1,nan,62\n", "line 2, column lat: nan is not within"),
        ("unit,lat,lon\n", "holds no units"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_column(tmp_path: Path, text: str, why: str) -> None:
    """A table that could be meant in two ways is refused, and the message says where."""
    path = tmp_path / "units.csv"
    path.write_bytes(text.encode())
    with pytest.raises(Failure, match=why):
        read_units(path)
