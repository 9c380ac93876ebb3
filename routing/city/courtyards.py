"""The service ways inside the made-up city's blocks: what a car's router drops and a crew needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from routing.city.drawing import Drawing
from routing.city.plan import Plan, Street
from routing.city.streets import CLOSED, Block

# Zone: how many of its blocks have a courtyard way.
_CHANCE = {"micro": 0.95, "inner": 0.75, "centre": 0.5, "works": 0.8}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Side:
    """A side of a block from which it can be entered: its two corners (plan nodes) and its street."""

    length_m: float
    a: int
    b: int
    street: Street


class _Yard:
    """One block while its ways are laid."""

    def __init__(self, plan: Plan, block: Block) -> None:
        self.plan = plan
        self.centre = plan.centre(block.cell)
        sides = []
        for (a, street), (b, _) in zip(block.cell, block.cell[1:] + block.cell[:1], strict=True):
            length_m = math.hypot(plan.xs[b] - plan.xs[a], plan.ys[b] - plan.ys[a])
            if length_m > 90 and street.kind not in CLOSED | {"trunk", "highway"}:
                sides.append(_Side(length_m, a, b, street))
        self.sides = sorted(sides, key=lambda side: -side.length_m)

    def enter(self, side: _Side, share: float) -> tuple[int, Point]:
        """Return a node of the street, part-way along a side, and where it is."""
        plan = self.plan
        x = plan.xs[side.a] + share * (plan.xs[side.b] - plan.xs[side.a])
        y = plan.ys[side.a] + share * (plan.ys[side.b] - plan.ys[side.a])
        node = plan.node_on(side.street, x, y, snap_m=12)
        return node, (plan.xs[node], plan.ys[node])

    def inward(self, at: Point, share: float) -> int:
        """Return a new node between a point and the block's middle."""
        return self.plan.node(
            at[0] + share * (self.centre[0] - at[0]), at[1] + share * (self.centre[1] - at[1])
        )


def lay_courtyard(drawing: Drawing, block: Block, random: Random) -> None:
    """Lay the service ways inside a block: a loop, a way through, or a dead end; some behind a gate."""
    if random.random() > _CHANCE.get(block.zone, 0.0):
        return
    yard = _Yard(drawing.plan, block)
    if not yard.sides:
        return
    gated = random.random() < (0.9 if block.zone == "works" else 0.14)
    tags = {"highway": "service"}
    if gated and random.random() < 0.75:
        tags["access"] = "private"
    side = yard.sides[0]
    if block.zone == "works":
        node, at = yard.enter(side, random.uniform(0.4, 0.6))
        gate = yard.inward(at, 0.12)
        drawing.node_tags[gate] = {"barrier": "gate"}
        drawing.way([node, gate, yard.inward(at, 0.8)], tags)
        return
    first, at = yard.enter(side, random.uniform(0.22, 0.34))
    one = yard.inward(at, 0.5)
    if block.zone != "micro" and random.random() < 0.6:
        gate = yard.inward(at, 0.2)
        if gated:
            drawing.node_tags[gate] = {"barrier": "lift_gate"}
        drawing.way([first, gate, one], tags)
        return
    second, other = yard.enter(side, random.uniform(0.66, 0.78))
    two = yard.inward(other, 0.5)
    plan = drawing.plan
    middle = plan.node((plan.xs[one] + plan.xs[two]) / 2, (plan.ys[one] + plan.ys[two]) / 2)
    loop = [first, one, middle, two, second]
    if gated:
        loop.insert(1, yard.inward(at, 0.16))
        drawing.node_tags[loop[1]] = {"barrier": "lift_gate"}
        loop.insert(-1, yard.inward(other, 0.16))
        drawing.node_tags[loop[-2]] = {"barrier": random.choice(("gate", "lift_gate"))}
    drawing.way(loop, tags)
    _lead_on(drawing, yard, middle, random)


def _lead_on(drawing: Drawing, yard: _Yard, middle: int, random: Random) -> None:
    """Lead a loop on to another side of the block, or into a dead end behind the houses."""
    plan, (cx, cy) = yard.plan, yard.centre
    if len(yard.sides) > 1 and random.random() < 0.7:
        side = yard.sides[1] if len(yard.sides) < 3 else random.choice(yard.sides[1:3])
        node, at = yard.enter(side, random.uniform(0.4, 0.6))
        near = math.dist(at, yard.centre) < 60
        drawing.way([middle, node] if near else [middle, yard.inward(at, 0.6), node], {"highway": "service"})
        return
    end = plan.node(cx + (cx - plan.xs[middle]) * 0.9, cy + (cy - plan.ys[middle]) * 0.9)
    drawing.way([middle, end], {"highway": "service"})
