"""Road graphs that come from no map: New York of the DIMACS challenge, and a made-up country."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.drawn import Drawn, Kind
from routing.graph import RoadGraph
from routing.junctions import build

Ints = NDArray[Any]

# A country of lattice roads: every 16th is a highway of the region, every 128th one of the country.
SPACING_M = 150
KINDS = (
    Kind("residential", forward=True, backward=True, plain_kmh=28, siren_kmh=33, name=-1),
    Kind("secondary", forward=True, backward=True, plain_kmh=40, siren_kmh=48, name=-1),
    Kind("trunk", forward=True, backward=True, plain_kmh=70, siren_kmh=85, name=-1),
)


def new_york(times: Path, coordinates: Path) -> RoadGraph:
    """Read the 9th DIMACS challenge's travel times (tenths of seconds) and coordinates (degrees × 10⁶)."""
    with gzip.open(times, "rt") as lines:
        arcs = np.array([line.split()[1:] for line in lines if line.startswith("a ")], dtype=np.int64)
    with gzip.open(coordinates, "rt") as lines:
        spots = np.array([line.split()[2:] for line in lines if line.startswith("v ")], dtype=np.int64)
    # Roads are listed once each way, with one time.
    once = arcs[arcs[:, 0] < arcs[:, 1]]
    drawn = Drawn(
        node=once[:, :2].reshape(-1),
        lat_e7=spots[once[:, :2].reshape(-1) - 1, 1] * 10,
        lon_e7=spots[once[:, :2].reshape(-1) - 1, 0] * 10,
        known=np.ones(2 * len(once), dtype=bool),
        way_start=2 * np.arange(len(once) + 1),
        way_id=np.arange(len(once)),
        # No two pieces that meet are of one kind, so no node is contracted: the graph stays the challenge's.
        way_kind=np.arange(len(once)),
        kinds=[KINDS[0]._replace(name=number) for number in range(len(once))],
        names=[""] * len(once),
    )
    built = build(drawn)
    assert built is not None
    graph = built[0]
    ms = np.zeros(graph.arcs, dtype=np.int32)
    ms[graph.edge_forward] = ms[graph.edge_backward] = once[graph.edge_name, 2] * 100
    return replace(graph, arc_plain_ms=ms, arc_siren_ms=ms)


def country(side: int, seed: int = 1) -> RoadGraph:
    """Return a made-up country of about 3/4 side² junctions: a lattice, half of the cross roads gone.

    Through the same contraction, connectivity and grid as every map; only the reading of a file is missing.
    """
    chance = np.random.default_rng(seed)
    number = np.arange(side * side).reshape(side, side)
    lat_e7 = (5.5e8 + number // side * SPACING_M * 90 + chance.integers(-4000, 4000, number.shape)).ravel()
    lon_e7 = (3.7e8 + number % side * SPACING_M * 157 + chance.integers(-6000, 6000, number.shape)).ravel()
    down = np.stack([number[:-1], number[1:]], axis=-1).reshape(-1, 2)
    across = np.stack([number[:, :-1], number[:, 1:]], axis=-1).reshape(-1, 2)
    across = across[(chance.random(len(across)) < 0.5) | (across[:, 0] // side % 16 == 0)]
    ends = np.concatenate([down, across])
    line = np.concatenate([down[:, 0] % side, across[:, 0] // side])
    drawn = Drawn(
        node=ends.reshape(-1),
        lat_e7=lat_e7[ends.reshape(-1)].astype(np.int64),
        lon_e7=lon_e7[ends.reshape(-1)].astype(np.int64),
        known=np.ones(2 * len(ends), dtype=bool),
        way_start=2 * np.arange(len(ends) + 1),
        way_id=np.arange(len(ends)),
        way_kind=(line % 16 == 0).astype(np.int64) + (line % 128 == 0),
        kinds=KINDS,
        names=[],
    )
    built = build(drawn)
    assert built is not None
    return built[0]
