"""What is drawn of the city: nodes, ways and relations, before they get numbers and degrees."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from routing.city.ground import Array, Ground, to_degrees
from routing.city.plan import Plan

Tags = dict[str, str]


@dataclass(slots=True)
class Drawing:
    """Elements to be written.

    A reference to a node is its number in `plan` where it is ≥ 0, else −1 − its number among `xs`, `ys`:
    points that already lie where they belong (houses: right angles must survive the bending of the ground).
    """

    plan: Plan
    ground: Ground
    xs: list[float] = field(default_factory=list)
    ys: list[float] = field(default_factory=list)
    node_tags: dict[int, Tags] = field(default_factory=dict)
    ways: list[tuple[list[int], Tags]] = field(default_factory=list)
    restrictions: list[tuple[int, int, int, str]] = field(default_factory=list)

    def point(self, x: float, y: float, tags: Tags | None = None) -> int:
        """Add a point where it lies in the city (metres); return the reference to it."""
        self.xs.append(x)
        self.ys.append(y)
        reference = -len(self.xs)
        if tags:
            self.node_tags[reference] = tags
        return reference

    def way(self, references: list[int], tags: Tags) -> int:
        """Add a way; return its number."""
        self.ways.append((references, tags))
        return len(self.ways) - 1

    def line(self, a: int, b: int, step_m: float = 90.0) -> list[int]:
        """Return references from plan node a to b (b left out), with points between for the bend."""
        plan = self.plan
        ax, ay, bx, by = plan.xs[a], plan.ys[a], plan.xs[b], plan.ys[b]
        count = int((abs(bx - ax) + abs(by - ay)) * 0.8 / step_m)
        references = [a]
        for k in range(1, count + 1):
            share = k / (count + 1)
            references.append(plan.node(ax + share * (bx - ax), ay + share * (by - ay)))
        return references

    def ring(self, corners: list[int], tags: Tags) -> int:
        """Add a closed way through plan nodes; return its number."""
        references: list[int] = []
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            references += self.line(a, b)
        return self.way([*references, references[0]], tags)

    def placed(self) -> tuple[Array, Array, Array, Array]:
        """Return latitude and longitude of the plan's nodes, and of the points, degrees."""
        bent = self.ground.bend(np.asarray(self.plan.xs, float), np.asarray(self.plan.ys, float))
        lat, lon = to_degrees(*bent)
        point_lat, point_lon = to_degrees(np.asarray(self.xs, float), np.asarray(self.ys, float))
        return lat, lon, point_lat, point_lon
