"""RoadGraph: the roads as compact arrays.

An *edge* is a piece of road between two junctions, with its shape, drawn in one direction. An *arc* is an
edge driven one way: an edge has one or two. Arcs that belong to no edge (`arc_edge` is -1) have no length:
they join the split copies of a junction that has a barrier or a turn restriction, and carry its cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


class MapError(Exception):
    """A map that cannot be read or built; the message is one line: what, which file, what to do."""


def _none() -> NDArray[np.int32]:
    return np.zeros(0, dtype=np.int32)


def _no_metres() -> NDArray[np.float64]:
    return np.zeros(0)


def _no_bytes() -> NDArray[np.uint8]:
    return np.zeros(0, dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """Roads between junctions, as arrays of N nodes, A arcs, E edges and P shape points.

    Coordinates are WGS-84 degrees × 10⁷ (OSM's own precision), times integer milliseconds, lengths metres.
    All nodes can reach each other: the graph is one strongly connected part.
    """

    node_lat_e7: NDArray[np.int32]  # [N]
    node_lon_e7: NDArray[np.int32]  # [N]
    arc_start: NDArray[np.int32]  # [N+1] arcs arc_start[n]..arc_start[n+1] leave node n
    arc_tail: NDArray[np.int32]  # [A]
    arc_head: NDArray[np.int32]  # [A]
    arc_edge: NDArray[np.int32]  # [A] or -1
    arc_plain_ms: NDArray[np.int32]  # [A] ≥ 1, without siren
    arc_siren_ms: NDArray[np.int32]  # [A] ≥ 1, with siren
    back_start: NDArray[np.int32]  # [N+1] entries back_start[n]..back_start[n+1] of back_* enter node n
    back_tail: NDArray[np.int32]  # [A] the node from which one comes
    back_arc: NDArray[np.int32]  # [A] the arc by which one comes
    edge_forward: NDArray[np.int32]  # [E] the arc that drives the edge as drawn, or -1
    edge_backward: NDArray[np.int32]  # [E] the arc against it, or -1
    edge_m: NDArray[np.float64]  # [E]
    edge_road: NDArray[np.uint8]  # [E] index into speeds.CLASSES
    edge_name: NDArray[np.int32]  # [E] or -1
    edge_start: NDArray[np.int32]  # [E+1] points edge_start[e]..edge_start[e+1] of shape_* draw edge e
    shape_lat_e7: NDArray[np.int32]  # [P]
    shape_lon_e7: NDArray[np.int32]  # [P]
    cell_start: NDArray[np.int32]  # [cells+1] entries cell_start[c]..cell_start[c+1] of cell_stretch
    cell_stretch: NDArray[np.int32]  # the stretches that pass through each cell, see `routing.grid`
    name_start: NDArray[np.int32]  # [names+1] into name_bytes
    name_bytes: NDArray[np.uint8]  # UTF-8
    # A twin repeats an edge for those who come from where a restriction over that edge begins.
    twin_edge: NDArray[np.int32] = field(default_factory=_none)  # [T] ascending
    twin_of: NDArray[np.int32] = field(default_factory=_none)  # [T] the edge that it repeats
    # Arcs that are open by the hour only, and the rule that each keeps (`routing.timetable`).
    timed_arc: NDArray[np.int32] = field(default_factory=_none)  # [H]
    timed_rule: NDArray[np.int32] = field(default_factory=_none)  # [H]
    rule_start: NDArray[np.int32] = field(default_factory=_none)  # [rules+1] into rule_bytes
    rule_bytes: NDArray[np.uint8] = field(default_factory=_no_bytes)  # UTF-8
    # What follows from the above; a saved map holds it, so that opening a country computes nothing.
    arc_m: NDArray[np.float64] = field(default_factory=_no_metres)  # [A] or empty, see `arc_metres`
    back_plain_ms: NDArray[np.int32] = field(default_factory=_none)  # [A] or empty, see `back_ms`
    back_siren_ms: NDArray[np.int32] = field(default_factory=_none)  # [A] likewise

    @property
    def nodes(self) -> int:
        """N."""
        return len(self.node_lat_e7)

    @property
    def arcs(self) -> int:
        """A."""
        return len(self.arc_head)

    @property
    def edges(self) -> int:
        """E."""
        return len(self.edge_m)

    @property
    def km(self) -> float:
        """Length of all edges; a road with two carriageways counts twice."""
        return float(self.edge_m.sum() - self.edge_m[self.twin_edge].sum()) / 1000

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees, of every shape point."""
        lon, lat = self.shape_lon_e7, self.shape_lat_e7
        return (int(lon.min()) / 1e7, int(lat.min()) / 1e7, int(lon.max()) / 1e7, int(lat.max()) / 1e7)

    @property
    def rules(self) -> list[str]:
        """The texts of the rules by which some arcs are open."""
        text = bytes(self.rule_bytes)
        return [text[start:end].decode() for start, end in pairwise(self.rule_start.tolist())]

    def name(self, edge: int) -> str | None:
        """Return the street's name, if it has one."""
        number = int(self.edge_name[edge])
        if number < 0:
            return None
        return bytes(self.name_bytes[self.name_start[number] : self.name_start[number + 1]]).decode()

    @property
    def arc_metres(self) -> NDArray[np.float64]:
        """Return the arcs' lengths, [A]; the arcs inside a junction have none."""
        if len(self.arc_m) == self.arcs:
            return self.arc_m
        return np.where(self.arc_edge >= 0, self.edge_m[self.arc_edge], 0.0)

    def back_ms(self, *, siren: bool) -> NDArray[np.int32]:
        """Return the arcs' times in the order of `back_arc`, [A]."""
        kept = self.back_siren_ms if siren else self.back_plain_ms
        return kept if len(kept) == self.arcs else self.arc_ms(siren=siren)[self.back_arc]

    def arc_ms(self, *, siren: bool) -> NDArray[np.int32]:
        """Return the arcs' times."""
        return self.arc_siren_ms if siren else self.arc_plain_ms
