from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.cells import cells_of, frame_of
from routing.grid import edge_of, edges_within, nearest_stretch, off_stretch_m

SPOT = st.tuples(st.integers(550_000_000, 550_400_000), st.integers(370_000_000, 370_700_000))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(SPOT, min_size=2, max_size=5), min_size=1, max_size=12), SPOT, st.floats(5, 3000))
def test_the_grid_finds_what_looking_at_every_stretch_finds(
    lines: list[list[tuple[int, int]]], spot: tuple[int, int], reach_m: float
) -> None:
    """For random lines, long ones across many cells among them: the same nearest, the same within reach."""
    points = np.array([point for line in lines for point in line], dtype=np.int32)
    edge_start = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int32)
    shape = (points[:, 0].copy(), points[:, 1].copy())
    cells, frame = cells_of(edge_start, *shape), frame_of(*shape)
    lat, lon = spot[0] / 1e7, spot[1] / 1e7
    shrink = float(np.cos(np.radians(lat)))
    stretches = [at for at in range(len(points) - 1) if at + 1 not in set(edge_start[1:-1].tolist())]
    offs_m = {at: off_stretch_m(lat, lon, shrink, shape, at) for at in stretches}
    found, off_m = nearest_stretch(lat, lon, frame, cells, shape, 1e6)
    assert off_m == min(offs_m.values())
    assert offs_m[found] == off_m
    out = np.empty(48, np.int64), np.empty(48)
    count = edges_within(lat, lon, frame, cells, shape, edge_start, reach_m, out)
    expected: dict[int, float] = {}
    for at, off in offs_m.items():
        edge = edge_of(edge_start, at)
        if off <= reach_m:
            expected[edge] = min(off, expected.get(edge, off))
    assert dict(zip(out[0][:count].tolist(), out[1][:count].tolist(), strict=True)) == expected


def test_a_map_of_one_point_and_an_empty_one_have_cells() -> None:
    """The smallest maps do not divide by nothing."""
    start, stretch = cells_of(np.array([0, 2]), np.array([5, 5]), np.array([7, 7]))
    assert (len(start), len(stretch)) == (2, 1)
    start, stretch = cells_of(np.array([0]), np.zeros(0, int), np.zeros(0, int))
    assert (len(start), len(stretch)) == (2, 0)
