"""Drawn: the ways of an extract as they are drawn, before anything is decided about junctions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.turns import Restriction

Ints = NDArray[Any]


class Kind(NamedTuple):
    """What all points of a piece of road have in common."""

    road: str
    forward: bool
    backward: bool
    plain_kmh: float
    siren_kmh: float
    name: int  # index into Drawn.names, or -1
    rule: int = -1  # index into Drawn.rules: the hours that it keeps, or -1
    roundabout: bool = False  # nobody gives way or turns inside it


class Halt(NamedTuple):
    """What a sign or a light at a node costs whoever drives over it, ms."""

    plain_ms: int
    siren_ms: int
    forward: bool = True  # whether it is meant for those who drive as the way is drawn
    backward: bool = True


@dataclass
class Drawn:
    """Ways as they are drawn: W ways of P points in all, in one run."""

    node: Ints  # [P] the OSM node of each point
    lat_e7: Ints  # [P]
    lon_e7: Ints  # [P]
    known: NDArray[np.bool_]  # [P] whether the position is known (extracts are cut through ways)
    way_start: Ints  # [W+1]
    way_id: Ints  # [W]
    way_kind: Ints  # [W] index into kinds
    kinds: Sequence[Kind]
    names: Sequence[str]
    barriers: Mapping[int, float | None] = field(default_factory=dict)  # OSM node → seconds, None: closed
    halts: Mapping[int, Halt] = field(default_factory=dict)  # OSM node → what stopping there costs
    restrictions: Sequence[Restriction] = ()
    rules: Sequence[str] = ()  # `timetable` reads them
