"""The made-up city's houses: rows along the streets, slabs in the yards, and their numbers.

Odd numbers stand on the left of a street and even ones on the right, rising along it. A house in the yard
takes the number of the one before it with a корпус ("5к2"); some corner houses carry both streets' numbers
("12/3"); a house squeezed in later carries a letter ("7А").
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from random import Random

import numpy as np
import shapely

from routing.city.drawing import Drawing
from routing.city.ground import Array, Ground
from routing.city.plan import Street
from routing.city.streets import CLOSED, Town

# Zone: distance from the street's axis, depth, least and greatest width, least and greatest gap (all m),
# how full, levels, what `building` says.
ROWS: dict[str, tuple[float, float, float, float, float, float, float, tuple[int, int], str]] = {
    "centre": (15.0, 14.0, 22.0, 46.0, 6.0, 18.0, 0.9, (2, 5), "yes"),
    "inner": (18.0, 13.0, 32.0, 70.0, 14.0, 32.0, 0.85, (4, 9), "apartments"),
    "micro": (26.0, 13.0, 48.0, 95.0, 22.0, 46.0, 0.82, (5, 16), "apartments"),
    "private": (13.0, 9.0, 9.0, 14.0, 13.0, 24.0, 0.92, (1, 2), "house"),
    "works": (34.0, 32.0, 50.0, 120.0, 26.0, 70.0, 0.7, (1, 2), "industrial"),
}


@dataclass(slots=True)
class House:
    """One house: middle, half width and half depth (m), the direction of its front, its street and number."""

    x: float
    y: float
    half_width: float
    half_depth: float
    ux: float
    uy: float
    street: Street | None
    odd: bool
    along: float
    block: int
    zone: str
    levels: int
    corner: Street | None = None
    yard: bool = False
    number: str = ""


def build_houses(drawing: Drawing, town: Town, ground: Ground, random: Random) -> list[House]:
    """Place and number the houses; call after the roads are drawn, which houses keep clear of."""
    fronts = _fronts(town)
    houses = _rows(ground, fronts, random)
    houses += _yards(town, ground, random)
    houses = _clear(drawing, houses)
    _number(houses, random)
    return houses


@dataclass(slots=True)
class _Front:
    """One side of a block: its samples are `points[first:last]` of all fronts' samples."""

    block: int
    zone: str
    street: Street
    left: bool
    before_m: float
    forward: bool
    xs: list[float]
    ys: list[float]
    next_street: Street


def _fronts(town: Town) -> list[_Front]:
    plan = town.plan
    fronts = []
    for number, block in enumerate(town.blocks):
        if block.zone not in ROWS:
            continue
        after = block.cell[1:] + block.cell[:1]
        for (a, street), (b, following) in zip(block.cell, after, strict=True):
            if street.kind in CLOSED | {"highway", "trunk"} or not street.name:
                continue
            ax, ay, bx, by = plan.xs[a], plan.ys[a], plan.xs[b], plan.ys[b]
            count = max(1, int(math.hypot(bx - ax, by - ay) / 80))
            shares = [k / count for k in range(count + 1)]
            # The block lies left of its side; whether that is left of the street depends on their directions.
            start, end = street.along(ax, ay), street.along(bx, by)
            fronts.append(
                _Front(
                    number,
                    block.zone,
                    street,
                    end > start,
                    street.before_m + start,
                    end > start,
                    [ax + s * (bx - ax) for s in shares],
                    [ay + s * (by - ay) for s in shares],
                    following,
                )
            )
    return fronts


def _rows(ground: Ground, fronts: list[_Front], random: Random) -> list[House]:
    """Set a row of houses along every side of every block."""
    if not fronts:
        return []
    bent_x, bent_y = ground.bend(
        np.array([x for front in fronts for x in front.xs]),
        np.array([y for front in fronts for y in front.ys]),
    )
    all_x, all_y = bent_x.tolist(), bent_y.tolist()
    houses: list[House] = []
    first = 0
    for front in fronts:
        last = first + len(front.xs)
        _row(front, all_x[first:last], all_y[first:last], random, houses)
        first = last
    return houses


def _row(front: _Front, xs: list[float], ys: list[float], random: Random, houses: list[House]) -> None:
    back, depth, narrow, wide, near, far, full, levels, _ = ROWS[front.zone]
    lengths = [math.hypot(xs[k + 1] - xs[k], ys[k + 1] - ys[k]) for k in range(len(xs) - 1)]
    total = sum(lengths)
    at = back + random.uniform(0, 6)
    margin = back
    piece, passed = 0, 0.0
    offset = back + depth / 2
    tall = random.randint(*levels)
    while True:
        width = random.uniform(narrow, wide)
        if at + width > total - margin:
            return
        middle = at + width / 2
        while piece < len(lengths) - 1 and passed + lengths[piece] < middle:
            passed += lengths[piece]
            piece += 1
        ux = (xs[piece + 1] - xs[piece]) / lengths[piece]
        uy = (ys[piece + 1] - ys[piece]) / lengths[piece]
        here = middle - passed
        if random.random() < full:
            houses.append(
                House(
                    xs[piece] + here * ux - offset * uy,
                    ys[piece] + here * uy + offset * ux,
                    width / 2,
                    depth / 2,
                    ux,
                    uy,
                    front.street,
                    front.left,
                    front.before_m + (middle if front.forward else -middle),
                    front.block,
                    front.zone,
                    tall if random.random() < 0.7 else random.randint(*levels),
                    corner=front.next_street if at + width > total - margin - 30 else None,
                )
            )
        at += width + random.uniform(near, far)


def _yards(town: Town, ground: Ground, random: Random) -> list[House]:
    """Set slabs inside large blocks, parallel to the block's longest side."""
    plan = town.plan
    houses: list[House] = []
    centres: list[tuple[float, float]] = []
    for number, block in enumerate(town.blocks):
        if block.zone not in {"micro", "inner", "works"}:
            continue
        area = plan.area_m2(block.cell)
        if area < 30_000:
            continue
        cx, cy = plan.centre(block.cell)
        best, u = 0.0, (1.0, 0.0)
        for (a, _), (b, _) in zip(block.cell, block.cell[1:] + block.cell[:1], strict=True):
            dx, dy = plan.xs[b] - plan.xs[a], plan.ys[b] - plan.ys[a]
            length = math.hypot(dx, dy)
            if length > best:
                best, u = length, (dx / length, dy / length)
        count = int(area / (26_000 if block.zone == "works" else 14_000))
        for _ in range(min(count, 9)):
            # Somewhere in the middle part: a random corner, drawn towards the centre.
            node = random.choice(block.cell)[0]
            share = 0.62 * math.sqrt(random.random())
            other = random.choice(block.cell)[0]
            x = cx + share * ((plan.xs[node] + plan.xs[other]) / 2 - cx)
            y = cy + share * ((plan.ys[node] + plan.ys[other]) / 2 - cy)
            turned = random.random() < 0.3
            ux, uy = (-u[1], u[0]) if turned else u
            _, depth, narrow, wide, *_, levels, _ = ROWS[block.zone]
            width = random.uniform(narrow, min(wide, 75))
            houses.append(
                House(
                    x, y, width / 2, depth / 2, ux, uy, None, False, 0.0, number, block.zone,
                    random.randint(*levels), yard=True,
                )
            )  # fmt: skip
            centres.append((x, y))
    if houses:
        mid_x, mid_y = np.array([h.x for h in houses]), np.array([h.y for h in houses])
        ahead_x, ahead_y = ground.bend(
            mid_x + np.array([10 * h.ux for h in houses]), mid_y + np.array([10 * h.uy for h in houses])
        )
        mid_x, mid_y = ground.bend(mid_x, mid_y)
        ahead = np.hypot(ahead_x - mid_x, ahead_y - mid_y)
        along_x, along_y = (ahead_x - mid_x) / ahead, (ahead_y - mid_y) / ahead
        for house, x, y, ux, uy in zip(
            houses, mid_x.tolist(), mid_y.tolist(), along_x.tolist(), along_y.tolist(),
            strict=True,
        ):  # fmt: skip
            house.x, house.y, house.ux, house.uy = x, y, ux, uy
    return houses


def corners(houses: list[House], grow_m: float = 0.0) -> Array:
    """Return the outlines, shape (houses, 5, 2), metres, anticlockwise; `grow_m` widens them all round."""
    data = np.array([(h.x, h.y, h.half_width + grow_m, h.half_depth + grow_m, h.ux, h.uy) for h in houses])
    if not len(data):
        return np.zeros((0, 5, 2))
    middle, along = data[:, 0:2], data[:, 4:6]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    along = along * data[:, 2:3]
    across = across * data[:, 3:4]
    return np.stack(
        [
            middle - along - across,
            middle + along - across,
            middle + along + across,
            middle - along + across,
            middle - along - across,
        ],
        axis=1,
    )


def _clear(drawing: Drawing, houses: list[House]) -> list[House]:
    """Drop houses that stand on a road, in water, or on an earlier house."""
    if not houses:
        return []
    bent_x, bent_y = drawing.ground.bend(np.asarray(drawing.plan.xs), np.asarray(drawing.plan.ys))
    bent = np.stack([bent_x, bent_y], axis=1)
    lines, waters = [], []
    for references, tags in drawing.ways:
        if "highway" in tags or "railway" in tags:
            lines.append(bent[references])
        elif tags.get("natural") == "water":
            waters.append(shapely.Polygon(bent[references]))
    outlines = np.asarray(shapely.polygons(corners(houses, 3.0)))
    roads = shapely.linestrings(
        np.concatenate(lines), indices=np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    )
    bad = np.zeros(len(houses), bool)
    tree = shapely.STRtree(outlines)
    bad[tree.query(roads, predicate="intersects")[1]] = True
    for water in waters:
        bad[tree.query(water, predicate="intersects")] = True
    flags = bad.tolist()
    pairs = tree.query(outlines, predicate="intersects").T
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    for first, second in pairs.tolist():
        if not flags[first]:
            flags[second] = True
    return [house for house, drop in zip(houses, flags, strict=True) if not drop]


def _number(houses: list[House], random: Random) -> None:
    sides: dict[tuple[str, bool], list[House]] = defaultdict(list)
    for house in houses:
        if house.street is not None:
            sides[house.street.name, house.odd].append(house)
    for (_, odd), row in sides.items():
        row.sort(key=lambda house: house.along)
        number = 1 if odd else 2
        previous = 0
        for house in row:
            if previous and house.zone == "private" and random.random() < 0.025:
                house.number = f"{previous}А"
                previous = 0
                continue
            house.number = str(number)
            previous = number
            number += 2
            crossing = house.corner
            if (
                crossing is not None
                and house.zone != "private"
                and crossing.name not in {"", house.street.name if house.street else ""}
                and random.random() < 0.3
            ):
                house.number += f"/{random.randint(1, 60)}"
    fronts: dict[int, list[House]] = defaultdict(list)
    for house in houses:
        if house.street is not None:
            fronts[house.block].append(house)
    used: dict[tuple[str, str], int] = defaultdict(lambda: 1)
    for house in houses:
        if house.street is None and fronts[house.block] and house.zone != "works":
            front = min(fronts[house.block], key=lambda f: (f.x - house.x) ** 2 + (f.y - house.y) ** 2)
            house.street = front.street
            base = front.number.split("/")[0]
            key = (front.street.name if front.street else "", base)
            used[key] += 1
            house.number = f"{base}к{used[key]}"


def draw_houses(drawing: Drawing, houses: list[House]) -> None:
    """Draw every house as a closed way with its address."""
    for house, outline in zip(houses, corners(houses).tolist(), strict=True):
        references = [drawing.point(x, y) for x, y in outline[:4]]
        tags = {"building": ROWS[house.zone][8], "building:levels": str(house.levels)}
        if house.number and house.street is not None:
            tags["addr:street"] = house.street.name
            tags["addr:housenumber"] = house.number
        drawing.way([*references, references[0]], tags)
