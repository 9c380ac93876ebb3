"""Turncosts: what a turn at a junction costs beyond driving straight on, and a sign or a light on the way.

The classes' travel speeds hold the mean of a road's own junctions, so straight on costs nothing here. The
figures are a judgement to start from. OSRM's car profile has up to 7.5 s for a sharp turn, 20 s for a U-turn
and 2 s for a light (profiles/car.lua: turn_penalty, u_turn_penalty, traffic_light_penalty); with siren a crew
is let through, but brakes and looks all the same, so it keeps about 40% of a car's. Left is across the
oncoming stream where one drives on the right; where one drives on the left the sides are exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from routing.drawn import Halt


class TurnMs(NamedTuple):
    """One turn's cost, ms."""

    plain_ms: int
    siren_ms: int


# Turning round where one could also drive on: brake, swing, and let the others pass, siren or not.
TURN_ROUND_MS = 10_000
ROUND = TurnMs(TURN_ROUND_MS, TURN_ROUND_MS)

STRAIGHT = TurnMs(0, 0)
RIGHT = TurnMs(2_000, 1_000)
LEFT = TurnMs(5_000, 2_000)
SHARP_RIGHT = TurnMs(4_000, 2_500)
SHARP_LEFT = TurnMs(7_000, 3_500)

STRAIGHT_DEG = 40.0  # a bend of the road, not a turn
SHARP_DEG = 120.0

# highway=* of a node → what it costs to drive over it: half of a red phase half of the time, or the look.
HALTS = {
    "traffic_signals": Halt(8_000, 3_000),
    "stop": Halt(4_000, 2_000),
    "give_way": Halt(2_000, 1_000),
}


def turn_ms(angle_deg: float) -> TurnMs:
    """Return the cost of a turn by its angle: 0 straight on, 90 right, -90 left."""
    angle_deg = (angle_deg + 180) % 360 - 180
    if abs(angle_deg) <= STRAIGHT_DEG:
        return STRAIGHT
    if angle_deg > 0:
        return RIGHT if angle_deg <= SHARP_DEG else SHARP_RIGHT
    return LEFT if angle_deg >= -SHARP_DEG else SHARP_LEFT


def halt(tags: Mapping[str, str]) -> Halt | None:
    """Return what a node's light or sign costs, and whom; None where it is none."""
    cost = HALTS.get(tags.get("highway", ""))
    if cost is None:
        return None
    sense = tags.get("traffic_signals:direction") or tags.get("direction") or ""
    return cost._replace(forward=sense != "backward", backward=sense != "forward")
