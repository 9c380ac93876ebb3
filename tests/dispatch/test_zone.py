from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.catalogue import Substation, Zone
from dispatch.zone import bad_zones, zone_of

BASES = {
    "s1": Substation(id="s1", name="№ 1", lat_deg=55.0, lon_deg=61.0),
    "s2": Substation(id="s2", name="№ 2", lat_deg=55.2, lon_deg=61.0),
}
SOUTH = Zone(id="south", ru="Юг", en="South", substations=("s1",))
NORTH = Zone(id="north", ru="Север", en="North", substations=("s2",))
ISLAND = Zone(
    id="island", ru="Остров", en="Island", polygon=((54.9, 60.9), (54.9, 61.1), (55.05, 61.1), (55.05, 60.9))
)


def test_a_place_lies_in_the_zone_of_the_nearest_substation() -> None:
    """South of the middle between two bases it is the southern one's zone, north of it the northern one's."""
    assert zone_of([SOUTH, NORTH], BASES, 55.09, 61.3) == "south"
    assert zone_of([SOUTH, NORTH], BASES, 55.11, 61.3) == "north"


def test_a_polygon_goes_before_substations() -> None:
    """Whatever base is nearer, what a region has drawn holds; outside of it the bases decide again."""
    assert zone_of([SOUTH, NORTH, ISLAND], BASES, 55.0, 61.0) == "island"
    assert zone_of([SOUTH, NORTH, ISLAND], BASES, 55.06, 61.0) == "south"
    assert zone_of([ISLAND], BASES, 55.06, 61.0) is None


def test_without_zones_a_call_lies_in_none() -> None:
    """A region that knows no zones has desks that serve everything."""
    assert zone_of([], BASES, 55.0, 61.0) is None


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_has_a_zone_where_one_has_a_substation(lat_deg: float, lon_deg: float) -> None:
    """No call falls between the zones."""
    assert zone_of([ISLAND, SOUTH, NORTH], BASES, lat_deg, lon_deg) in {"south", "north", "island"}


def test_zones_that_cannot_be_meant_are_named() -> None:
    """Twice the same id, nothing inside, an unknown base, a base in two zones, a corner off the earth."""
    assert bad_zones([SOUTH, NORTH, ISLAND], BASES) is None
    for wrong in (
        [SOUTH, SOUTH],
        [Zone(id="a", ru="", en="")],
        [Zone(id="a", ru="", en="", substations=("s9",))],
        [SOUTH, Zone(id="a", ru="", en="", substations=("s1",))],
        [Zone(id="a", ru="", en="", polygon=((0.0, 0.0), (0.0, 200.0), (1.0, 1.0)))],
    ):
        found = bad_zones(wrong, BASES)
        assert found is not None
        assert found[1]
