from __future__ import annotations

import pytest

from routing.access import WayUse, barrier_s, way_use

BOTH = (True, True)


@pytest.mark.parametrize(
    ("tags", "road", "private"),
    [
        ({"highway": "residential"}, "residential", False),
        ({"highway": "service", "access": "private"}, "service", True),
        ({"highway": "service", "service": "driveway", "motor_vehicle": "private"}, "service", True),
        ({"highway": "service", "service": "emergency_access", "access": "no"}, "service", False),
        ({"highway": "service", "access": "no", "emergency": "yes"}, "service", False),
        ({"highway": "footway", "emergency": "yes"}, "path", False),
        ({"highway": "cycleway", "emergency": "designated"}, "path", False),
        ({"highway": "footway", "motor_vehicle": "yes"}, "path", False),
        ({"highway": "service", "access": "no", "psv": "yes"}, "service", False),
        ({"highway": "busway", "access": "no", "bus": "designated"}, "busway", False),
        ({"highway": "pedestrian"}, "pedestrian", False),
        ({"highway": "residential", "motor_vehicle": "no"}, "pedestrian", False),
        ({"highway": "track", "tracktype": "grade2"}, "track", False),
        ({"highway": "living_street"}, "living_street", False),
        ({"highway": "unclassified;tertiary"}, "unclassified", False),
    ],
)
def test_an_ambulance_uses_what_a_car_may_not(tags: dict[str, str], road: str, private: bool) -> None:
    """Courtyards, private ground, emergency and bus ways are roads, at the speed of their kind."""
    assert way_use(tags) == WayUse(road, *BOTH, private=private)


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "steps", "emergency": "yes"},
        {"highway": "cycleway"},
        {"highway": "construction", "construction": "primary"},
        {"highway": "proposed"},
        {"highway": "residential", "abandoned": "yes"},
        {"highway": "residential", "access": "no"},
        {"highway": "residential", "emergency": "no"},
        {"highway": "pedestrian", "area": "yes"},
        {"highway": "track", "tracktype": "grade5"},
        {"highway": "track"},
        {"highway": "service", "maxheight": "2.1"},
        {"highway": "service", "maxwidth": "1.9 m"},
        {"highway": "bus_stop"},
        {"highway": "primary", "oneway": "reversible"},
        {"highway": ""},
    ],
)
def test_what_cannot_be_driven_is_no_road(tags: dict[str, str]) -> None:
    """Footways, steps, building sites, what is too low or narrow, and what is closed to all are left out."""
    assert way_use(tags) is None


@pytest.mark.parametrize(
    ("tags", "directions"),
    [
        ({"oneway": "yes"}, (True, False)),
        ({"oneway": "1"}, (True, False)),
        ({"oneway": "-1"}, (False, True)),
        ({"oneway": "no"}, BOTH),
        ({"oneway": "alternating"}, BOTH),
        ({"junction": "roundabout"}, (True, False)),
        ({"junction": "roundabout", "oneway": "no"}, BOTH),
        ({"highway": "motorway"}, (True, False)),
        ({"highway": "motorway", "oneway": "no"}, BOTH),
        ({"oneway": "yes", "oneway:emergency": "no"}, BOTH),
        ({"oneway": "yes", "oneway:bus": "no"}, BOTH),
        ({"oneway": "yes", "busway": "opposite_lane"}, BOTH),
        ({"oneway": "yes", "oneway:bicycle": "no"}, (True, False)),
        ({"motor_vehicle:backward": "no"}, (True, False)),
    ],
)
def test_one_ways_bind_unless_lifted_for_us(tags: dict[str, str], directions: tuple[bool, bool]) -> None:
    """One-way signs, roundabouts and motorways have one direction; a contraflow bus lane gives the other."""
    use = way_use({"highway": "secondary", **tags})
    assert use is not None
    assert (use.forward, use.backward) == directions


@pytest.mark.parametrize(
    ("tags", "cost_s"),
    [
        ({"barrier": "lift_gate"}, 20),
        ({"barrier": "gate"}, 30),
        ({"barrier": "gate", "access": "private"}, 60),
        ({"barrier": "gate", "locked": "yes"}, 120),
        ({"barrier": "gate", "emergency": "yes"}, 15),
        ({"barrier": "gate", "emergency": "no"}, None),
        ({"barrier": "bollard"}, None),
        ({"barrier": "bollard", "emergency": "yes"}, 15),
        ({"barrier": "bollard", "bollard": "removable"}, 45),
        ({"barrier": "block"}, None),
        ({"barrier": "entrance"}, 0),
        ({"barrier": "entrance", "emergency": "yes"}, 0),
        ({"barrier": "height_restrictor", "maxheight": "2"}, None),
        ({"barrier": "height_restrictor", "maxheight": "3.5"}, 0),
        ({"barrier": "yes"}, 60),
    ],
)
def test_barriers_cost_time_or_close_the_way(tags: dict[str, str], cost_s: float | None) -> None:
    """A gate costs what opening it takes; a bollard or block closes the way, unless it can be taken away."""
    assert barrier_s(tags) == cost_s
