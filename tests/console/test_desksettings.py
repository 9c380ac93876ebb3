"""What an installation may decide about its dispatch centre, and what it cannot mean."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from console import demodesks
from console.desksettings import MajorSetting, plan_of, problem_of_desks, workplaces_of, zones_of
from console.settings import Settings, SettingsError, load
from dispatch.catalogue import SCALES
from routing.institutions import Substation

PLAIN = """
region = "r"
name = { ru = "Р", en = "R" }
[[substation]]
id = "s1"
name = "S"
lat_deg = 55.0
lon_deg = 60.0
"""
CENTRE = """
[[zone]]
id = "north"
ru = "Север"
en = "North"
substations = ["s1"]
[[zone]]
id = "island"
ru = "Остров"
en = "Island"
polygon = [[55.0, 60.0], [55.1, 60.0], [55.0, 60.1]]
[[workplace]]
id = "senior"
ru = "Старший"
en = "Senior"
kind = "senior"
[[workplace]]
id = "n"
ru = "Север"
en = "North"
kind = "zone"
zones = ["north", "island"]
staff = ["anna"]
[major]
reserve_least = 3
[[major.scale]]
id = "bus"
ru = "автобус"
en = "bus"
casualties = 40
crews = { doctor = 2, paramedic = 6 }
"""


def read(tmp_path: Path, text: str) -> Settings:
    """Read a configuration."""
    path = tmp_path / "skoraya.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {})


def test_zones_workplaces_and_the_plan_are_read_as_dispatch_knows_them(tmp_path: Path) -> None:
    """Everything that the file says arrives; a file that says nothing means the usual plan and no zones."""
    settings = read(tmp_path, PLAIN + CENTRE)
    assert [zone.id for zone in zones_of(settings.zone)] == ["north", "island"]
    assert zones_of(settings.zone)[1].polygon[1] == (55.1, 60.0)
    assert workplaces_of(settings.workplace)[1].staff == ("anna",)
    plan = plan_of(settings.major)
    assert (plan.reserve_least, plan.scales[0].crews) == (3, (("doctor", 2), ("paramedic", 6)))
    assert plan_of(read(tmp_path, PLAIN).major).scales == SCALES


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ('substations = ["s9"]', 'substations = ["s1"]', "zone 'north': there is no substation 's9'"),
        ('zones = ["moon"]', 'zones = ["north", "island"]', "workplace 'n': there is no zone 'moon'"),
        ('kind = "doctor"', 'kind = "senior"', "one must be of the kind 'senior'"),
        ('id = "senior"', 'id = "n"', "the id 'senior' is given twice"),
        ("crews = { pilot = 1 }", "crews = { doctor = 2, paramedic = 6 }", "pilot = 1"),
        ("reserve_share = 1.5\nreserve_least = 3", "reserve_least = 3", "reserve_share"),
        ("reserve_least = -1", "reserve_least = 3", "reserve_least"),
        ('kind = "attic"', 'kind = "zone"', "attic"),
    ],
)
def test_what_cannot_be_meant_is_named(tmp_path: Path, wrong: str, right: str, says: str) -> None:
    """The message says which zone, workplace or scale, and what is wrong with it."""
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, (PLAIN + CENTRE).replace(right, wrong, 1))
    assert says in str(refused.value)


def test_how_long_somebody_may_be_silent_has_bounds(tmp_path: Path) -> None:
    """No time at all would call everybody gone, and an hour nobody."""
    with pytest.raises(SettingsError):
        read(tmp_path, "absent_min = 0\n" + PLAIN)


def test_the_demos_desks_can_be_meant() -> None:
    """Two zones over all substations, a senior above them; a single substation needs none."""
    bases = [Substation(id=f"s{n}", name="", lat_deg=55.0, lon_deg=60.0 + n) for n in (3, 1, 2)]
    zones, desks = demodesks.zones(bases), demodesks.workplaces(bases)
    assert problem_of_desks(zones, desks, MajorSetting(), [base.id for base in bases], ()) is None
    assert [zone.substations for zone in zones] == [("s1",), ("s2", "s3")]
    assert demodesks.zones(bases[:1]) == demodesks.workplaces(bases[:1]) == ()
    assert {one.workplace for one in demodesks.at_the_start(desks, "demo", "x")} == {"senior", "west", "east"}
    assert msgspec.structs.asdict(workplaces_of(desks)[0])["kind"] == "senior"
