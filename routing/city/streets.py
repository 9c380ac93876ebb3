"""The streets of the made-up city: radials, rings, embankments, a railway, a bypass, districts.

The frame is planned first (rays and rings, cut by the river and the railway); every cell of the frame is
then divided into districts, and every district into blocks: an old centre with one-way pairs, a grid turned
its own way, micro-districts with large blocks, rows of private houses, works, parks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from routing.city import names
from routing.city.frame import lay_bridges, lay_frame, lay_rail, lay_river
from routing.city.ground import Ground
from routing.city.plan import Cell, Plan

# Zone of a block: (mean area of a block in m², its length to its breadth, chance of a regular grid).
ZONES = {
    "centre": (24_000.0, 1.2, 0.75),
    "inner": (38_000.0, 1.3, 0.45),
    "micro": (85_000.0, 1.3, 0.25),
    "private": (20_000.0, 2.6, 0.7),
    "works": (150_000.0, 1.4, 0.2),
    "park": (1e12, 1.0, 0.0),
    "forest": (1e12, 1.0, 0.0),
}
# A cell of the frame is first divided by collectors into districts of about this area.
DISTRICT_M2 = 700_000.0

# Kinds that a vehicle cannot use.
CLOSED = frozenset({"rail", "path"})


@dataclass(frozen=True, slots=True)
class Block:
    """A cell that is not divided any more, its zone, and its number of the district."""

    cell: Cell
    zone: str
    district: int


@dataclass(slots=True)
class District:
    """A part of the city of one age and kind; `cell` is its outline, `at` its middle in metres."""

    cell: Cell
    zone: str
    at: tuple[float, float]


@dataclass(slots=True)
class Town:
    """Everything planned. The first `framed` streets of `plan` are the frame: they may cross the railway."""

    plan: Plan
    blocks: list[Block]
    districts: list[District]
    rail_nodes: set[int]
    framed: int


def plan_town(ground: Ground, random: Random) -> Town:
    """Plan a city on this ground."""
    plan = Plan()
    frame = lay_frame(plan, ground, random)
    framed = len(plan.streets)
    cells = lay_rail(plan, frame, ground, random)
    cells = lay_river(plan, cells, ground)
    lay_bridges(plan, ground, random)
    town = Town(plan, [], [], set(), framed)
    source = names.street_names(random, {street.name for street in plan.streets})
    for cell, outermost in cells:
        _, y = plan.centre(cell)
        if ground.in_river(y) and abs(y - ground.river_y_m) < ground.river_half_m * 0.5:
            continue
        _divide(town, (cell, outermost), ground, random, source)
    # Cutting districts put further nodes on the railway; streets that end there are cut short later.
    town.rail_nodes = {n for street in plan.streets if street.kind == "rail" for n in street.nodes}
    return town


def _divide(
    town: Town, framed: tuple[Cell, bool], ground: Ground, random: Random, source: Iterator[str]
) -> None:
    """Divide a cell of the frame into districts by collectors, and those into blocks."""
    plan = town.plan
    cell, outermost = framed
    pending, districts = [(cell, 0)], []
    while pending:
        part, depth = pending.pop()
        if plan.area_m2(part) < DISTRICT_M2 * random.uniform(1.0, 1.9):
            districts.append(part)
            continue
        kind = "secondary" if depth == 0 and plan.area_m2(part) > 2.5e6 else "tertiary"
        parts = _halve(plan, part, random, kind, source, spread=0.1)
        if parts is None:
            districts.append(part)
        else:
            pending += [(half, depth + 1) for half in parts]
    for part in districts:
        x, y = plan.centre(part)
        zone = _zone(math.hypot(x, y) / ground.radius_m, outermost, ground.radius_m, random)
        if plan.area_m2(part) < 30_000:
            zone = "park"
        town.districts.append(District(part, zone, (x, y)))
        number = len(town.districts) - 1
        for block in _blocks(plan, part, zone, random, source):
            kind = zone
            if zone in {"centre", "inner", "micro", "private"} and random.random() < 0.035:
                kind = "park"
            town.blocks.append(Block(block, kind, number))


def _zone(share: float, outermost: bool, radius_m: float, random: Random) -> str:
    """Choose what a district is, by its distance from the centre as a share of the city's radius."""
    if share < 0.2 or share * radius_m < 900:
        return "centre"
    table: tuple[tuple[str, float], ...]
    if share < 0.45:
        table = (("inner", 0.5), ("micro", 0.34), ("private", 0.05), ("park", 0.07), ("works", 0.04))
    elif share < 0.75:
        table = (("micro", 0.44), ("private", 0.3), ("works", 0.12), ("inner", 0.05), ("park", 0.09))
    else:
        table = (("private", 0.44), ("micro", 0.2), ("works", 0.14), ("park", 0.05), ("forest", 0.17))
        if outermost and random.random() < 0.22:
            return "forest"
    pick = random.random()
    for zone, chance in table:
        pick -= chance
        if pick < 0:
            return zone
    return "micro"


def _axes(plan: Plan, cell: Cell) -> tuple[float, float]:
    """Return the direction of a cell's longest side, a unit vector."""
    best, direction = 0.0, (1.0, 0.0)
    for (a, _), (b, _) in zip(cell, cell[1:] + cell[:1], strict=True):
        dx, dy = plan.xs[b] - plan.xs[a], plan.ys[b] - plan.ys[a]
        length = math.hypot(dx, dy)
        if length > best:
            best, direction = length, (dx / length, dy / length)
    return direction


def _extent(plan: Plan, cell: Cell, direction: tuple[float, float]) -> tuple[float, float]:
    """Return the least and the greatest distance of a cell's corners along a direction."""
    values = [plan.xs[n] * direction[0] + plan.ys[n] * direction[1] for n, _ in cell]
    return min(values), max(values)


def _halve(
    plan: Plan,
    cell: Cell,
    random: Random,
    kind: str,
    source: Iterator[str],
    *,
    spread: float,
    ratio: float = 1.0,
) -> tuple[Cell, Cell] | None:
    """Cut a cell across its longer side, not quite in the middle and not quite square."""
    u = _axes(plan, cell)
    v = (-u[1], u[0])
    (u0, u1), (v0, v1) = _extent(plan, cell, u), _extent(plan, cell, v)
    if (u1 - u0) < (v1 - v0) * ratio:
        u, v, (u0, u1), (v0, v1) = v, (-u[0], -u[1]), (v0, v1), (-u1, -u0)
    at = u0 + (u1 - u0) * (0.5 + random.uniform(-spread, spread))
    middle = (v0 + v1) / 2
    lean = random.gauss(0, 0.06)
    direction = (v[0] * math.cos(lean) - v[1] * math.sin(lean), v[0] * math.sin(lean) + v[1] * math.cos(lean))
    return plan.cut(
        cell, (at * u[0] + middle * v[0], at * u[1] + middle * v[1]), direction, kind, next(source)
    )


def _blocks(plan: Plan, cell: Cell, zone: str, random: Random, source: Iterator[str]) -> list[Cell]:
    """Divide a district into blocks in the manner of its zone."""
    area, ratio, regular = ZONES[zone]
    if plan.area_m2(cell) < 1.5 * area:
        return [cell]
    if random.random() < regular:
        return _grid(plan, cell, zone, random, source)
    pending, blocks = [cell], []
    while pending:
        part = pending.pop()
        if plan.area_m2(part) < area * random.uniform(0.9, 1.9):
            blocks.append(part)
            continue
        kind = "unclassified" if zone == "works" else "residential"
        halves = _halve(plan, part, random, kind, source, spread=0.15, ratio=ratio / 1.5)
        if halves is None:
            blocks.append(part)
        else:
            pending += halves
    return blocks


def _grid(plan: Plan, cell: Cell, zone: str, random: Random, source: Iterator[str]) -> list[Cell]:
    """Divide a district by two families of streets; in the old centre, one family is of one-way pairs."""
    area, ratio, _ = ZONES[zone]
    u = _axes(plan, cell)
    turn = random.gauss(0, 0.05)
    u = (u[0] * math.cos(turn) - u[1] * math.sin(turn), u[0] * math.sin(turn) + u[1] * math.cos(turn))
    v = (-u[1], u[0])
    step_v = math.sqrt(area / ratio)
    cells = [cell]
    for family, (direction, normal, step) in enumerate(((u, v, step_v), (v, (-u[0], -u[1]), area / step_v))):
        low, high = _extent(plan, cell, normal)
        count = max(0, round((high - low) / step) - 1)
        for k in range(1, count + 1):
            at = low + (high - low) * (k + random.uniform(-0.13, 0.13)) / (count + 1)
            point = (at * normal[0], at * normal[1])
            oneway = 0
            if zone == "centre" and family == 0 and count > 1:
                oneway = 1 if k % 2 else -1
            kind = "unclassified" if zone == "works" else "residential"
            if zone in {"micro", "centre"} and family == 1 and random.random() < 0.15:
                kind = "living_street"
            name = next(source)
            after: list[Cell] = []
            for part in cells:
                halves = plan.cut(part, point, direction, kind, name, oneway=oneway, order=True)
                after += [part] if halves is None else halves
            cells = after
    return cells
