"""The plane on which the city is planned: nodes, straight streets, and cuts of convex cells.

Blocks come from cutting convex polygons by lines again and again. Each cut is a street; where it meets
another, both get one node. A cut that would end just beside an existing node takes that node instead, so
that crossings are crossings.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field

# A cut that ends this near an existing node of the street ends in that node, metres.
SNAP_M = 28.0


@dataclass(slots=True, eq=False)
class Street:
    """One straight street of the plan, from (ax, ay) to (bx, by) in metres.

    `at` are the distances from a of its `nodes`, ascending. `before_m` is what lies before a along the
    named street that this is a part of, so that house numbers run on. `oneway` is 1 along, −1 against, 0
    both ways.
    """

    kind: str
    name: str
    ax: float
    ay: float
    bx: float
    by: float
    before_m: float = 0.0
    oneway: int = 0
    bridge: bool = False
    at: list[float] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)

    @property
    def length_m(self) -> float:
        """The distance from a to b."""
        return math.hypot(self.bx - self.ax, self.by - self.ay)

    def along(self, x: float, y: float) -> float:
        """Project a point; return its distance from a, metres."""
        length = self.length_m or 1.0
        return ((x - self.ax) * (self.bx - self.ax) + (y - self.ay) * (self.by - self.ay)) / length


# A cell: its corners anticlockwise, each a node and the street that leads from it to the next corner.
Cell = list[tuple[int, Street]]


class Plan:
    """Nodes (`xs`, `ys`, metres) and streets of a city that is being planned."""

    def __init__(self) -> None:
        self.xs: list[float] = []
        self.ys: list[float] = []
        self.streets: list[Street] = []

    def node(self, x: float, y: float) -> int:
        """Add a node; return its number."""
        self.xs.append(x)
        self.ys.append(y)
        return len(self.xs) - 1

    def street(
        self, kind: str, name: str, a: int, b: int, *, before_m: float = 0.0, oneway: int = 0
    ) -> Street:
        """Add a street between two nodes."""
        street = Street(kind, name, self.xs[a], self.ys[a], self.xs[b], self.ys[b], before_m, oneway)
        street.at = [0.0, street.length_m]
        street.nodes = [a, b]
        self.streets.append(street)
        return street

    def node_on(self, street: Street, x: float, y: float, snap_m: float = SNAP_M) -> int:
        """Return the street's node at (x, y): an existing one within `snap_m`, else a new one."""
        along = min(max(street.along(x, y), 0.0), street.length_m)
        place = bisect_left(street.at, along)
        for near in (place - 1, place):
            if 0 <= near < len(street.at) and abs(street.at[near] - along) <= snap_m:
                return street.nodes[near]
        share = along / street.length_m
        node = self.node(
            street.ax + share * (street.bx - street.ax), street.ay + share * (street.by - street.ay)
        )
        street.at.insert(place, along)
        street.nodes.insert(place, node)
        return node

    def cross(self, a: Street, b: Street) -> int | None:
        """Give two streets that cross a common node; None when they do not cross."""
        dax, day, dbx, dby = a.bx - a.ax, a.by - a.ay, b.bx - b.ax, b.by - b.ay
        turn = dax * dby - day * dbx
        if abs(turn) < 1e-9:
            return None
        s = ((b.ax - a.ax) * dby - (b.ay - a.ay) * dbx) / turn
        t = ((b.ax - a.ax) * day - (b.ay - a.ay) * dax) / turn
        if not (0 < s < 1 and 0 < t < 1):
            return None
        node = self.node(a.ax + s * dax, a.ay + s * day)
        for street, share in ((a, s), (b, t)):
            along = share * street.length_m
            place = bisect_left(street.at, along)
            street.at.insert(place, along)
            street.nodes.insert(place, node)
        return node

    def area_m2(self, cell: Cell) -> float:
        """Return the area of a cell."""
        total = 0.0
        for (node, _), (after, _) in zip(cell, cell[1:] + cell[:1], strict=True):
            total += self.xs[node] * self.ys[after] - self.xs[after] * self.ys[node]
        return total / 2

    def centre(self, cell: Cell) -> tuple[float, float]:
        """Return the mean of a cell's corners."""
        return sum(self.xs[n] for n, _ in cell) / len(cell), sum(self.ys[n] for n, _ in cell) / len(cell)

    def cut(
        self,
        cell: Cell,
        point: tuple[float, float],
        direction: tuple[float, float],
        kind: str,
        name: str,
        *,
        oneway: int = 0,
        order: bool = False,
    ) -> tuple[Cell, Cell] | None:
        """Cut a cell by a line; the cut becomes a street.

        Args:
            cell: a convex cell.
            point: any point of the line, metres.
            direction: along the line, a unit vector; the new street runs this way.
            kind: of the new street.
            name: of the new street.
            oneway: of the new street.
            order: whether it is a part of a longer street, whose house numbers run on along `direction`.

        Returns:
            The two parts, or None where the line misses the cell or cuts only a splinter.
        """
        (px, py), (dx, dy) = point, direction
        xs, ys = self.xs, self.ys
        sides = [dx * (ys[n] - py) - dy * (xs[n] - px) for n, _ in cell]
        if min(sides) > -SNAP_M or max(sides) < SNAP_M:
            return None
        corners: Cell = []
        hits: list[int] = []
        count = len(cell)
        for i in range(count):
            node, street = cell[i]
            after = (i + 1) % count
            corners.append(cell[i])
            if sides[i] * sides[after] >= 0:
                continue
            share = sides[i] / (sides[i] - sides[after])
            other = cell[after][0]
            hit = self.node_on(
                street, xs[node] + share * (xs[other] - xs[node]), ys[node] + share * (ys[other] - ys[node])
            )
            if hit not in (node, other):
                corners.append((hit, street))
            hits.append(hit)
        if len(hits) != 2 or hits[0] == hits[1]:
            return None
        index = {node: i for i, (node, _) in enumerate(corners)}
        first, second = sorted((index[hits[0]], index[hits[1]]))
        if second - first < 2 or second - first > len(corners) - 2:
            return None
        a, b = corners[first][0], corners[second][0]
        if (xs[b] - xs[a]) * dx + (ys[b] - ys[a]) * dy < 0:
            a, b = b, a
        before = dx * (xs[a] - px) + dy * (ys[a] - py) if order else 0.0
        street = self.street(kind, name, a, b, before_m=before, oneway=oneway)
        one = [*corners[first:second], (corners[second][0], street)]
        two = [*corners[second:], *corners[:first], (corners[first][0], street)]
        return one, two
