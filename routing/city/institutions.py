"""Where the made-up city's ambulances stand and go: substations, hospitals, schools, shops."""

from __future__ import annotations

import math
from random import Random

from routing.city import names
from routing.city.drawing import Drawing
from routing.city.houses import House
from routing.city.streets import Town


def draw_institutions(drawing: Drawing, town: Town, houses: list[House], random: Random) -> set[int]:
    """Turn some houses into institutions and draw them; return the numbers of the houses so taken."""
    radius = drawing.ground.radius_m
    taken: set[int] = set()
    candidates = [
        i for i, h in enumerate(houses) if h.street and h.zone in {"inner", "micro", "centre"} and not h.yard
    ] or [i for i, h in enumerate(houses) if h.street is not None]  # fmt: skip
    if not candidates:
        return taken
    count = max(3, min(60, round(7 * (radius / 5500) ** 1.6)))
    for number, i in enumerate(_spread(houses, candidates, count, 0.78 * radius), start=1):
        taken.add(i)
        _draw(drawing, houses[i], {"emergency": "ambulance_station", "name": f"Подстанция № {number}"})
    rest = [i for i in candidates if i not in taken and houses[i].half_width > 15] or candidates
    count = max(4, min(40, round(6 * (radius / 5500) ** 1.4)))
    for number, i in enumerate(_spread(houses, rest, count, 0.7 * radius, shift=1)):
        taken.add(i)
        name, specialities = names.HOSPITALS[number % len(names.HOSPITALS)]
        if number >= len(names.HOSPITALS):
            name, specialities = f"Городская больница № {number + 2}", names.HOSPITALS[number % 8][1]
        _draw(
            drawing,
            houses[i],
            {
                "amenity": "hospital",
                "emergency": "yes",
                "name": name,
                "healthcare": "hospital",
                "healthcare:speciality": ";".join(specialities),
            },
        )
    rest = [i for i in candidates if i not in taken]
    random.shuffle(rest)
    schools = min(len(rest) // 20, round(len(houses) / 350))
    for number, i in enumerate(sorted(rest[:schools]), start=1):
        taken.add(i)
        _draw(drawing, houses[i], {"amenity": "school", "name": f"Школа № {number}"})
    for i in rest[schools : schools + len(rest) // 9]:
        key, value, name = random.choice(names.SHOPS)
        house = houses[i]
        # A shop is a point in its house's front, and carries no address of its own.
        shift = random.uniform(-0.6, 0.6) * house.half_width
        drawing.point(house.x + shift * house.ux, house.y + shift * house.uy, {key: value, "name": name})
    _station(drawing, town)
    return taken


def _draw(drawing: Drawing, house: House, tags: dict[str, str]) -> None:
    ux, uy = house.ux * house.half_width, house.uy * house.half_width
    vx, vy = -house.uy * house.half_depth, house.ux * house.half_depth
    outline = [(-ux - vx, -uy - vy), (ux - vx, uy - vy), (ux + vx, uy + vy), (vx - ux, vy - uy)]
    references = [drawing.point(house.x + x, house.y + y) for x, y in outline]
    address = {"building": "yes", "building:levels": str(house.levels)}
    if house.street is not None:
        address |= {"addr:street": house.street.name, "addr:housenumber": house.number}
    drawing.way([*references, references[0]], address | tags)


def _spread(
    houses: list[House], candidates: list[int], count: int, reach_m: float, shift: int = 0
) -> list[int]:
    """Choose houses far apart: the first near the centre, each next the farthest from all before it."""
    within = [i for i in candidates if math.hypot(houses[i].x, houses[i].y) < reach_m] or candidates
    within = within[:: max(1, len(within) // 3000)]
    start = sorted(within, key=lambda i: math.hypot(houses[i].x, houses[i].y))[
        min(shift * 8, len(within) - 1)
    ]
    chosen = [start]
    apart = {i: math.dist((houses[i].x, houses[i].y), (houses[start].x, houses[start].y)) for i in within}
    while len(chosen) < min(count, len(within)):
        best = max(within, key=apart.__getitem__)
        chosen.append(best)
        for i in within:
            far = math.dist((houses[i].x, houses[i].y), (houses[best].x, houses[best].y))
            apart[i] = min(apart[i], far)
    return chosen


def _station(drawing: Drawing, town: Town) -> None:
    plan = town.plan
    rail = [n for n in town.rail_nodes if not drawing.ground.in_river(plan.ys[n])]
    if not rail:
        return
    near = sorted(sorted(rail), key=lambda n: abs(plan.ys[n] - 200))[:1]
    for n in near:
        node = plan.node(plan.xs[n] + 25, plan.ys[n] + 60)
        drawing.node_tags[node] = {"railway": "station", "name": "Новоречинск-Главный"}
