"""The made-up city's ways: streets, bridges, courtyards with their gates, the railway, the river, parks."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from random import Random

from routing.city import names
from routing.city.courtyards import lay_courtyard
from routing.city.drawing import Drawing, Tags
from routing.city.ground import Ground
from routing.city.plan import Plan, Street
from routing.city.streets import CLOSED, Block, Town

# Streets that end at the railway stop this far before it, metres.
STOP_BEFORE_RAIL_M = 38.0
HIGHWAY = {"highway": "trunk", "path": "footway"}
# Maximum speeds that are signed; streets without one follow the rule of the town, as in life.
MAXSPEED = {"trunk": "90", "highway": "90", "primary": "60", "secondary": "60"}


def draw_roads(drawing: Drawing, town: Town, ground: Ground, random: Random) -> None:
    """Draw courtyards, streets, the railway, and turn restrictions where avenues meet."""
    for block in town.blocks:
        lay_courtyard(drawing, block, random)
    ends: dict[int, list[tuple[int, Street]]] = defaultdict(list)
    for number, street in enumerate(town.plan.streets):
        _street(drawing, town, street, ground, random, framed=number < town.framed, ends=ends)
    _crossings(drawing, town, ends, random)


def _tags(street: Street, random: Random) -> Tags:
    if street.kind == "rail":
        return {"railway": "rail", "electrified": "contact_line", "gauge": "1520"}
    tags = {"highway": HIGHWAY.get(street.kind, street.kind)}
    if street.name:
        tags["name"] = street.name
    if street.oneway:
        tags["oneway"] = "yes" if street.oneway > 0 else "-1"
    if street.kind in MAXSPEED:
        tags["maxspeed"] = MAXSPEED[street.kind]
    elif street.kind in {"residential", "tertiary"} and random.random() < 0.12:
        tags["maxspeed"] = "40"
    if street.kind in {"trunk", "primary"}:
        tags["lanes"] = "2" if street.oneway else "4"
    elif street.kind == "secondary":
        tags["lanes"] = "2"
    if street.kind == "highway":
        tags["ref"] = f"Р-{351 + sum(map(ord, street.name)) % 40}"
    if street.kind not in {"path", "highway"} and random.random() < 0.4:
        tags["surface"] = "asphalt"
    return tags


def _street(
    drawing: Drawing,
    town: Town,
    street: Street,
    ground: Ground,
    random: Random,
    *,
    framed: bool,
    ends: dict[int, list[tuple[int, Street]]],
) -> None:
    plan = town.plan
    stops = list(street.nodes)
    if not framed and street.kind != "rail":
        stops = _cut_short(plan, stops, town.rail_nodes)
    tags = _tags(street, random)
    # Most reversed one-ways are written the other way round; a few keep oneway=-1, as in real data.
    if tags.get("oneway") == "-1" and random.random() < 0.9:
        stops.reverse()
        tags["oneway"] = "yes"
    run: list[int] = []
    last = -1

    def finish() -> None:
        nonlocal run
        if len(run) > 1:
            way = drawing.way(run, tags)
            for node in (run[0], run[-1]):
                ends[node].append((way, street))
        run = []

    for a, b in pairwise(stops):
        if ground.in_river((plan.ys[a] + plan.ys[b]) / 2):
            finish()
            if street.bridge or street.kind == "rail":
                way = drawing.way([*drawing.line(a, b), b], tags | {"bridge": "yes", "layer": "1"})
                ends[a].append((way, street))
                ends[b].append((way, street))
            continue
        if run and last == a:
            run.pop()
        run += [*drawing.line(a, b), b]
        last = b
    finish()


def _cut_short(plan: Plan, stops: list[int], rail: set[int]) -> list[int]:
    """Let a street end before the railway that it was cut against."""
    for end, before in ((0, 1), (-1, -2)):
        if len(stops) < 2 or stops[end] not in rail:
            continue
        a, b = stops[end], stops[before]
        length = math.hypot(plan.xs[b] - plan.xs[a], plan.ys[b] - plan.ys[a])
        if length < 2 * STOP_BEFORE_RAIL_M:
            stops.pop(end)
            continue
        share = STOP_BEFORE_RAIL_M / length
        stops[end] = plan.node(
            plan.xs[a] + share * (plan.xs[b] - plan.xs[a]), plan.ys[a] + share * (plan.ys[b] - plan.ys[a])
        )
    return stops


def _crossings(
    drawing: Drawing, town: Town, ends: dict[int, list[tuple[int, Street]]], random: Random
) -> None:
    """Set traffic lights and level crossings, and forbid some left turns where two avenues meet."""
    plan = town.plan
    for street in plan.streets[: town.framed]:
        for node in street.nodes:
            if node in town.rail_nodes and street.kind not in CLOSED:
                drawing.node_tags[node] = {"railway": "level_crossing"}
    for node, arms in ends.items():
        big = [(way, street) for way, street in arms if street.kind in {"primary", "secondary"}]
        if len(big) < 3:
            continue
        drawing.node_tags.setdefault(node, {"highway": "traffic_signals"})
        if random.random() > 0.5:
            continue
        way, street = random.choice(big)
        there = _leaving(plan, node, street)
        for other_way, other in big:
            away = _leaving(plan, node, other)
            # Arriving along −there and leaving along `away`: a positive cross product is a turn to the left.
            cross = -there[0] * away[1] + there[1] * away[0]
            if other_way != way and cross > 0.7:
                drawing.restrictions.append((way, node, other_way, "no_left_turn"))
                break


def _leaving(plan: Plan, node: int, street: Street) -> tuple[float, float]:
    far = street.nodes[-1] if street.nodes[0] == node else street.nodes[0]
    dx, dy = plan.xs[far] - plan.xs[node], plan.ys[far] - plan.ys[node]
    length = math.hypot(dx, dy) or 1.0
    return dx / length, dy / length


def draw_land(drawing: Drawing, town: Town, ground: Ground, random: Random) -> None:
    """Draw the river, what the districts are, parks with their ponds and walks, and the districts' names."""
    plan = drawing.plan
    far = 1.7 * ground.radius_m
    half = ground.river_half_m - 32
    corners = [
        plan.node(x, ground.river_y_m + y)
        for x, y in ((-far, -half), (far, -half), (far, half), (-far, half))
    ]
    drawing.ring(corners, {"natural": "water", "water": "river", "name": "Светлая"})
    a, b = plan.node(-far, ground.river_y_m), plan.node(far, ground.river_y_m)
    drawing.way([*drawing.line(a, b), b], {"waterway": "river", "name": "Светлая"})
    use = {"centre": "commercial", "works": "industrial", "park": "", "forest": ""}
    district_names = list(names.DISTRICTS[1:])
    random.shuffle(district_names)
    named: list[tuple[float, float]] = []
    park_names = list(names.PARKS)
    for district in town.districts:
        nodes = [node for node, _ in district.cell]
        if district.zone == "forest":
            drawing.ring(nodes, {"landuse": "forest"})
        elif district.zone != "park":
            drawing.ring(nodes, {"landuse": use.get(district.zone, "residential")})
        apart = all(math.dist(district.at, other) > 1500 for other in named)
        if district.zone in {"inner", "micro", "private"} and apart and district_names:
            named.append(district.at)
            node = plan.node(*district.at)
            drawing.node_tags[node] = {"place": "suburb", "name": district_names.pop()}
    for block in town.blocks:
        if block.zone == "park":
            _park(drawing, block, random, park_names)
    centre = plan.node(0.0, 0.0)
    drawing.node_tags[centre] = {"place": "city", "name": "Новоречинск", "name:en": "Novorechinsk"}
    plan_square = plan.node(60.0, 40.0)
    drawing.node_tags[plan_square] = {"place": "square", "name": "площадь Революции"}


def _park(drawing: Drawing, block: Block, random: Random, park_names: list[str]) -> None:
    plan = drawing.plan
    tags = {"leisure": "park"}
    cx, cy = plan.centre(block.cell)
    area = plan.area_m2(block.cell)
    if area > 30_000 and park_names:
        tags["name"] = park_names.pop()

    def inner(share: float) -> list[int]:
        return [
            plan.node(cx + share * (plan.xs[n] - cx), cy + share * (plan.ys[n] - cy)) for n, _ in block.cell
        ]

    drawing.ring(inner(0.93), tags)
    if area > 120_000:
        count, reach = 14, 0.16 * math.sqrt(area)
        pond = []
        for k in range(count):
            angle = math.tau * k / count
            far = reach * (1 + 0.25 * math.sin(2 * angle + cx) + random.uniform(-0.08, 0.08))
            pond.append(plan.node(cx + far * math.cos(angle), cy + 0.7 * far * math.sin(angle)))
        drawing.way([*pond, pond[0]], {"natural": "water", "water": "pond"})
        walk = inner(0.62)
        drawing.ring(walk, {"highway": "footway"})
        return
    centre = plan.node(cx, cy)
    for node in inner(0.93)[:4]:
        drawing.way([node, centre], {"highway": "footway"})
