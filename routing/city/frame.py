"""The frame of the made-up city: rays and rings, a bypass, the river with its bridges, the railway."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

from routing.city import names
from routing.city.ground import Ground
from routing.city.plan import Cell, Plan, Street

# Kinds of the streets that may have a bridge.
FRAME = frozenset({"trunk", "primary", "secondary", "highway"})


def lay_frame(plan: Plan, ground: Ground, random: Random) -> list[tuple[Cell, bool]]:
    """Lay rays and rings; return the cells between them, each with whether it is at the city's edge."""
    radius = ground.radius_m
    rings = max(2, round(radius / 1900))
    arms = max(6, min(14, round(5 + radius / 1800)))
    shares = [0.2] if rings == 2 else [0.15]
    shares += [0.15 + 0.85 * ((j / (rings - 1)) ** 0.9) for j in range(1, rings)]
    corners = _corners(ground, random, shares, arms)
    grid = [[plan.node(x, y) for x, y in ring] for ring in corners]
    ring_streets: list[list[Street]] = []
    ring_names = list(names.RINGS)
    for j, ring in enumerate(grid):
        kind = "primary" if j == 1 else ("secondary" if j < len(grid) - 1 else "tertiary")
        name = ring_names[j] if j < len(ring_names) else f"{j + 1}-я Окружная улица"
        row, before = [], 0.0
        for i in range(arms):
            street = plan.street(kind, name, ring[i], ring[(i + 1) % arms], before_m=before)
            before += street.length_m
            row.append(street)
        ring_streets.append(row)
    avenue_names = list(names.AVENUES)
    random.shuffle(avenue_names)
    # Every such town has these two.
    for name in ("проспект Мира", "улица Ленина"):
        avenue_names.remove(name)
        avenue_names.insert(0, name)
    rays: list[list[Street]] = []
    for i in range(arms):
        row, before = [], 0.0
        for j in range(len(grid) - 1):
            kind = "primary" if i % 2 == 0 or j == 0 else "secondary"
            street = plan.street(kind, avenue_names[i % 16], grid[j][i], grid[j + 1][i], before_m=before)
            before += street.length_m
            row.append(street)
        rays.append(row)
    _outskirts(plan, ground, grid, random)
    cells: list[tuple[Cell, bool]] = [([(grid[0][i], ring_streets[0][i]) for i in range(arms)], False)]
    for j in range(len(grid) - 1):
        for i in range(arms):
            k = (i + 1) % arms
            cell: Cell = [
                (grid[j][i], rays[i][j]),
                (grid[j + 1][i], ring_streets[j + 1][i]),
                (grid[j + 1][k], rays[k][j]),
                (grid[j][k], ring_streets[j][i]),
            ]
            cells.append((cell, j == len(grid) - 2))
    return cells


def _corners(
    ground: Ground, random: Random, shares: list[float], arms: int
) -> list[list[tuple[float, float]]]:
    """Return where rays meet rings, ring by ring, metres; of many tries the one clearest of the river."""
    best, kept = -math.inf, []
    for _ in range(80):
        turn = random.uniform(0, math.tau)
        angles = [turn + math.tau * (i + random.uniform(-0.22, 0.22)) / arms for i in range(arms)]
        corners = []
        for share in shares:
            ring = []
            for angle in angles:
                far = ground.radius_m * share * (1 + random.uniform(-0.07, 0.07))
                lean = angle + random.gauss(0, 0.03)
                ring.append((far * math.cos(lean), far * math.sin(lean)))
            corners.append(ring)
        # The ways out go on from the outermost ring: their ends must not come down to the water either.
        ends = [(1.3 * x, 1.3 * y) for x, y in corners[-1]]
        clear = min(abs(y - ground.river_y_m) for ring in (*corners, ends) for _, y in ring)
        if clear > best:
            best, kept = clear, corners
        if clear > ground.river_half_m + 200:
            break
    return kept


def _outskirts(plan: Plan, ground: Ground, grid: list[list[int]], random: Random) -> None:
    """Lead every other ray out as a highway, and lay a dual bypass round two thirds of the city."""
    arms = len(grid[0])
    ways_out: list[Street] = []
    for i in range(arms):
        node = grid[-1][i]
        angle = math.atan2(plan.ys[node], plan.xs[node])
        far = ground.radius_m * (1.34 if i % 2 == 0 else 1.2)
        end = plan.node(far * math.cos(angle), far * math.sin(angle))
        ways_out.append(plan.street("highway", names.HIGHWAYS[i % len(names.HIGHWAYS)], node, end))
    span = max(4, round(arms * 0.7))
    start = random.randrange(arms)
    for side, factor in ((-1, 1.1), (1, 1.1 + 26 / ground.radius_m)):
        corners = []
        for step in range(span + 1):
            way_out = ways_out[(start + step) % arms]
            angle = math.atan2(way_out.by, way_out.bx)
            far = ground.radius_m * factor
            corners.append(plan.node_on(way_out, far * math.cos(angle), far * math.sin(angle), snap_m=5))
        # Traffic keeps right: the outer carriageway runs anticlockwise, the inner one against it.
        for a, b in pairwise(corners):
            bypass = plan.street("trunk", "Западный обход", a, b, oneway=side)
            for bank in (-1, 1):
                y = ground.river_y_m + bank * ground.river_half_m
                share = (y - bypass.ay) / (bypass.by - bypass.ay) if bypass.by != bypass.ay else -1
                if 0.01 < share < 0.99:
                    plan.node_on(bypass, bypass.ax + share * (bypass.bx - bypass.ax), y, snap_m=0)


def lay_rail(
    plan: Plan, cells: list[tuple[Cell, bool]], ground: Ground, random: Random
) -> list[tuple[Cell, bool]]:
    """Lay a railway across the city, east of its centre; it cuts every cell in its way."""
    angle = math.radians(90 + random.uniform(-28, 28))
    direction = (math.cos(angle), math.sin(angle))
    point = (ground.radius_m * random.uniform(0.3, 0.42), 0.0)
    rest: list[tuple[Cell, bool]] = []
    rail: list[Street] = []
    for cell, outermost in cells:
        parts = plan.cut(cell, point, direction, "rail", "")
        if parts is None:
            rest.append((cell, outermost))
        else:
            rail.append(plan.streets[-1])
            rest += [(part, outermost) for part in parts]
    if rail:
        ends = [n for street in rail for n in street.nodes]
        along = {n: plan.xs[n] * direction[0] + plan.ys[n] * direction[1] for n in ends}
        for sign, node in ((-1, min(ends, key=along.__getitem__)), (1, max(ends, key=along.__getitem__))):
            far = 0.62 * ground.radius_m * sign
            end = plan.node(plan.xs[node] + far * direction[0], plan.ys[node] + far * direction[1])
            plan.street("rail", "", *((end, node) if sign < 0 else (node, end)))
    return rest


def lay_river(plan: Plan, cells: list[tuple[Cell, bool]], ground: Ground) -> list[tuple[Cell, bool]]:
    """Cut every cell along both banks: by an embankment near the centre, by a path farther out."""
    for side, name in ((1, names.BANKS[0]), (-1, names.BANKS[1])):
        y = ground.river_y_m + side * ground.river_half_m
        rest: list[tuple[Cell, bool]] = []
        for cell, outermost in cells:
            x, _ = plan.centre(cell)
            kind = "tertiary" if abs(x) < 0.62 * ground.radius_m else "path"
            parts = plan.cut(
                cell, (-ground.radius_m, y), (1.0, 0.0), kind, name if kind != "path" else "", order=True
            )
            rest += [(cell, outermost)] if parts is None else [(part, outermost) for part in parts]
        cells = rest
    for street in plan.streets:  # what leaves the city crosses the water as well
        if street.kind in {"highway", "rail"}:
            for side in (1, -1):
                y = ground.river_y_m + side * ground.river_half_m
                if (street.ay - y) * (street.by - y) < 0:
                    share = (y - street.ay) / (street.by - street.ay)
                    plan.node_on(street, street.ax + share * (street.bx - street.ax), y)
    return cells


def lay_bridges(plan: Plan, ground: Ground, random: Random) -> None:
    """Choose the few streets that cross the river by a bridge."""
    top, bottom = ground.river_y_m + ground.river_half_m, ground.river_y_m - ground.river_half_m
    across = [
        street
        for street in plan.streets
        if street.kind in FRAME | {"tertiary"}
        and street.name not in names.BANKS
        and min(street.ay, street.by) < bottom + 20
        and max(street.ay, street.by) > top - 20
    ]
    across.sort(key=lambda street: street.ax)
    wanted = max(2, round(ground.radius_m / 1500))
    rank = {"trunk": 0, "highway": 1, "primary": 2, "secondary": 3, "tertiary": 4}
    chosen: list[Street] = [street for street in across if street.kind in {"trunk", "highway"}]
    rest = sorted(
        (s for s in across if s not in chosen), key=lambda street: (rank[street.kind], random.random())
    )
    for street in rest:
        if wanted == 0:
            break
        if all(abs(street.ax - other.ax) > 250 for other in chosen if other.kind not in {"trunk", "highway"}):
            chosen.append(street)
            wanted -= 1
    for street in chosen:
        street.bridge = True
