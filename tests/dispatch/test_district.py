"""The district of a place is that of the nearest centre which the map names."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch.cut import Cut
from dispatch.district import Centre, Districts
from dispatch.questions import table
from dispatch.warehouse import Warehouse

NORTH = Centre("Северный", "suburb", 55.80, 37.60)
SOUTH = Centre("Южный", "suburb", 55.70, 37.60)
TOWN = Centre("Город", "city", 55.75, 37.60)
VILLAGE = Centre("Слобода", "village", 55.75, 37.90)


def test_a_place_is_of_the_nearest_district() -> None:
    """North of the middle it is the northern one; a town's own centre gives way to its suburbs."""
    districts = Districts([NORTH, SOUTH, TOWN, VILLAGE, Centre("Аптека", "pharmacy", 55.75, 37.6)])
    assert districts.of(55.76, 37.60) == "Северный"
    assert districts.of(55.74, 37.60) == "Южный"
    assert districts.of(55.75, 37.85) == "Слобода"
    assert districts.of(55.75, 39.00) is None
    assert Districts([TOWN]).of(55.76, 37.61) == "Город"
    assert Districts([]).of(55.76, 37.61) is None


def test_a_log_with_positions_gets_its_districts(tmp_path: Path) -> None:
    """Rows that tell their district keep it, those with a position are named, the others stay without."""
    log = tmp_path / "log.csv"
    log.write_text(
        "incident,unit,received,entered,dispatched,enroute,on_scene,left_scene,at_hospital,available,"
        "district,lat,lon\n"
        "a,u1,2017-01-01T00:00:00,,,,,,,,,55.79,37.60\n"
        "b,u1,2017-01-01T01:00:00,,,,,,,,Own,55.79,37.60\n"
        "c,u1,2017-01-01T02:00:00,,,,,,,,,,\n"
        "d,u1,2017-01-01T03:00:00,,,,,,,,,55.71,37.61\n",
        encoding="utf-8",
    )
    with closing(Warehouse.open(None, ZoneInfo("UTC"))) as warehouse:
        warehouse.read_in(log, "log", ZoneInfo("UTC"), 0, Districts([NORTH, SOUTH]).of)
        rows = table(warehouse, Cut(source="log"), ("district",))
    assert [(row.key[0], row.cells["response"].responses) for row in rows] == [
        ("Own", 1),
        ("Северный", 1),
        ("Южный", 1),
        (None, 1),
    ]
