"""Orientation: whether an extract's latitudes and longitudes are what they say, or each other.

Exchanged coordinates give a map that is its own mirror image somewhere else on Earth, and no range check sees
that where both are below 90°. Two things do. A turn that its restriction calls left lies on the right in
a mirror. And a city's corners are square only at its true latitude: a degree of longitude is shorter than one
of latitude by the latitude's cosine, and exchanged coordinates shrink the wrong axis by the wrong cosine.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.drawn import Drawn

Ints = NDArray[Any]

LEAST_TURNS = 4  # restrictions with a side that are asked for before they are believed
LEAST_CORNERS = 24
SQUARE_DEG = 4.0
CLEARER = 1.8  # how many times as many square corners the exchange must give


class Signs(NamedTuple):
    """What speaks for and against the coordinates as they are given."""

    turns_right: int  # restrictions whose named side is the side on which they lie
    turns_wrong: int
    square: int = 0  # square corners with the coordinates as they are; not counted where turns tell
    square_exchanged: int = 0  # and with latitude and longitude exchanged

    @property
    def exchanged(self) -> bool:
        """Whether latitude and longitude are each other's."""
        if self.turns_right + self.turns_wrong >= LEAST_TURNS:
            return self.turns_wrong > 3 * self.turns_right
        return self.square_exchanged >= LEAST_CORNERS and self.square_exchanged > CLEARER * self.square

    @property
    def words(self) -> str:
        """What was seen, for a message."""
        turns = self.turns_right + self.turns_wrong
        if turns >= LEAST_TURNS:
            return f"{self.turns_wrong:,} of {turns:,} restricted turns lie on the wrong side"
        return f"{self.square_exchanged:,} square corners with them exchanged, {self.square:,} as they are"


def signs(drawn: Drawn) -> Signs:
    """Look at the turns and the corners of drawn ways."""
    right, wrong = _turns(drawn)
    return Signs(right, wrong) if right + wrong >= LEAST_TURNS else Signs(right, wrong, *_corners(drawn))


def _turns(drawn: Drawn) -> tuple[int, int]:
    rules = [rule for rule in drawn.restrictions if rule.side and rule.via >= 0]
    wanted = {way for rule in rules for way in (*rule.starts, *rule.ends)}
    numbers = np.flatnonzero(np.isin(drawn.way_id, np.array(sorted(wanted), dtype=np.int64)))
    row = {int(drawn.way_id[number]): int(number) for number in numbers}
    votes = [0, 0]
    for rule in rules:
        into = _beside(drawn, row.get(rule.starts[0]), rule.via)
        out = _beside(drawn, row.get(rule.ends[0]), rule.via)
        if into is None or out is None:
            continue
        (x1, y1), (x2, y2) = into, out
        cross, dot = -x1 * y2 + y1 * x2, -x1 * x2 - y1 * y2  # from -into to out; > 0 is left
        if abs(cross) > 0.5 * abs(dot):  # a turn, and no bend
            votes[(cross < 0) != (rule.side > 0)] += 1
    return votes[0], votes[1]


def _beside(drawn: Drawn, way: int | None, node: int) -> tuple[float, float] | None:
    """Return where a way leads from its end at a node: (east, north), in degrees of latitude."""
    if way is None:
        return None
    run = slice(int(drawn.way_start[way]), int(drawn.way_start[way + 1]))
    nodes = drawn.node[run]
    if len(nodes) < 2 or not drawn.known[run].all() or node not in (nodes[0], nodes[-1]):
        return None
    here, there = (0, 1) if nodes[0] == node else (-1, -2)
    lat, lon = drawn.lat_e7[run] / 1e7, drawn.lon_e7[run] / 1e7
    shrink = float(np.cos(np.radians(lat[here])))
    return float(lon[there] - lon[here]) * shrink, float(lat[there] - lat[here])


def _corners(drawn: Drawn) -> tuple[int, int]:
    """Count the square corners between ways that meet, as given and exchanged."""
    way = np.repeat(np.arange(len(drawn.way_id)), np.diff(drawn.way_start))
    here = np.flatnonzero((way[1:] == way[:-1]) & drawn.known[1:] & drawn.known[:-1])
    # Each stretch as seen from both of its ends: at which node, of which way, leading where.
    node = np.concatenate([drawn.node[here], drawn.node[here + 1]])
    of = np.concatenate([way[here], way[here]])
    lat, lon = drawn.lat_e7 / 1e7, drawn.lon_e7 / 1e7
    up = np.concatenate([lat[here + 1] - lat[here], lat[here] - lat[here + 1]])
    east = np.concatenate([lon[here + 1] - lon[here], lon[here] - lon[here + 1]])
    order = np.lexsort((of, node))
    node, of, up, east = node[order], of[order], up[order], east[order]
    pair = np.flatnonzero((node[1:] == node[:-1]) & (of[1:] != of[:-1]))
    middle = float(np.median(lat)), float(np.median(lon))

    def square(x: NDArray[np.float64], y: NDArray[np.float64]) -> int:
        dot = x[pair] * x[pair + 1] + y[pair] * y[pair + 1]
        size = np.hypot(x[pair], y[pair]) * np.hypot(x[pair + 1], y[pair + 1])
        return int((np.abs(dot) < np.sin(np.radians(SQUARE_DEG)) * size).sum())

    given = square(east * np.cos(np.radians(middle[0])), up)
    return given, square(up * np.cos(np.radians(min(90.0, abs(middle[1])))), east)
