"""Roads: building a map, and the k nearest crews against networkx and scipy, on the same arcs in one run.

Porto from ../shared (through the whole loader), and New York of the 9th DIMACS challenge for kernels only.
Single thread; medians and p99. The peers answer the same question: the five units nearest by road to an
incident, all on nodes, by one backward search. They cannot stop by themselves where the fifth is found, so
they are told a limit for nothing: the answer itself ("told"), and for scipy also twice the answer
("guessing"), as a caller who does not know it would have to guess.
"""

from __future__ import annotations

import gzip
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.osm import read_roads
from routing.partway import RoadPoints
from routing.router import Eta, Router, UnitPlace
from routing.search import Scratch, settle

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PORTO = DATA / "maps" / "porto_portugal.osm.pbf"
NEW_YORK = DATA / "roads" / "USA-road-t.NY.gr.gz"

K = 5
UNITS = (50, 200, 1000)
QUERIES = 200
PEER_QUERIES = 40

Rows = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def main() -> None:
    """Print the figures."""
    if not PORTO.exists():
        print("routing: ../shared/data/maps is not here; nothing to measure")
        return
    _building()
    graph = read_roads(PORTO).graph
    router = Router(graph)
    router.warm_up()
    _kernels("Porto", (graph.back_start, graph.back_tail, graph.arc_siren_ms[graph.back_arc]))
    _facade(router)
    if NEW_YORK.exists():
        _kernels("New York", _new_york())


def _building() -> None:
    """Read Porto's roads in a process of its own, for its peak memory."""
    code = (
        "import resource, sys, time; from pathlib import Path; from routing.osm import read_roads\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "started = time.perf_counter(); roads = read_roads(Path(sys.argv[1]))\n"
        "print(time.perf_counter() - started, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PORTO)], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    seconds, before, peak = (float(part) for part in done.stdout.split())
    memory = f"peak {peak / 1024:.0f} MB ({before / 1024:.0f} are imports)"
    print(f"routing: Porto's roads read in {seconds:.1f} s, {memory}")


class Field(NamedTuple):
    """One graph with units on it, in the form of each engine."""

    rows: Rows
    scratch: Scratch
    units: NDArray[np.int64]
    matrix: csr_array[Any, tuple[int, int]]
    back: nx.DiGraph[int]


def _kernels(name: str, rows: Rows) -> None:
    nodes = len(rows[0]) - 1
    print(f"  k = {K} nearest on {name} ({nodes:,} nodes, {len(rows[1]):,} arcs), ms: median (p99)")
    generator = np.random.default_rng(1)
    matrix = csr_array((rows[2].astype(np.float64), rows[1], rows[0]), shape=(nodes, nodes))
    back: nx.DiGraph[int] = nx.DiGraph()
    tails = np.repeat(np.arange(nodes), np.diff(rows[0]))
    for tail, head, ms in zip(tails.tolist(), rows[1].tolist(), rows[2].tolist(), strict=True):
        if not back.has_edge(tail, head) or back[tail][head]["weight"] > ms:
            back.add_edge(tail, head, weight=ms)
    for count in UNITS:
        units = generator.choice(nodes, count, replace=False).astype(np.int64)
        field = Field(rows, Scratch(nodes), units, matrix, back)
        _ours(field, 0)
        incidents = generator.integers(0, nodes, QUERIES).tolist()
        answers, spent = _timed(partial(_ours, field), incidents)
        limits = {at: answer[-1] for at, answer in zip(incidents, answers, strict=True)}
        columns = [f"ours {_row(spent)}"]
        twice = {at: 2 * limit for at, limit in limits.items()}
        for peer, ask, told in (
            ("scipy, told", _scipy, limits),
            ("scipy, guessing", _scipy, twice),
            ("networkx, told", _networkx, limits),
        ):
            asked = incidents[:PEER_QUERIES]
            theirs, peer_spent = _timed(partial(ask, field, told), asked)
            assert theirs == answers[: len(asked)], peer
            ratio = statistics.median(peer_spent) / statistics.median(spent[: len(asked)])
            columns.append(f"{peer} {_row(peer_spent)} = {ratio:,.1f}×")
        print(f"    {count:5,} units: " + "; ".join(columns))


def _ours(field: Field, incident: int) -> list[int]:
    count = len(field.units)
    _, times = settle(
        field.scratch,
        field.rows,
        seeds=(np.array([incident], dtype=np.int64), np.zeros(1, np.int64)),
        items=(field.units, np.zeros(count, np.int64), np.arange(count, dtype=np.int64)),
        direct_ms=np.full(count, -1, dtype=np.int64),
        k=K,
    )
    return [int(ms) for ms in times]


def _scipy(field: Field, limits: dict[int, int], incident: int) -> list[int]:
    found = dijkstra(field.matrix, indices=np.array([incident]), limit=float(limits[incident]))[0]
    times = found[field.units]
    return [int(ms) for ms in np.sort(times[np.isfinite(times)])[:K]]


def _networkx(field: Field, limits: dict[int, int], incident: int) -> list[int]:
    times = nx.single_source_dijkstra_path_length(field.back, incident, cutoff=limits[incident])
    return sorted(int(times[unit]) for unit in field.units.tolist() if unit in times)[:K]


def _facade(router: Router) -> None:
    """Measure what a caller pays: positions in, names, seconds and metres out."""
    chance = np.random.default_rng(2)
    graph = router.graph

    def spots(count: int) -> list[tuple[float, float]]:
        picked = chance.integers(0, len(graph.shape_lat_e7), count)
        return [(graph.shape_lat_e7[at] / 1e7, graph.shape_lon_e7[at] / 1e7) for at in picked.tolist()]

    for count in UNITS:
        units = [UnitPlace(str(number), *spot) for number, spot in enumerate(spots(count))]
        started = time.perf_counter()
        places = router.locate(units)
        snapped = (time.perf_counter() - started) * 1000
        names = [unit.unit for unit in units]
        incidents = spots(QUERIES)
        whole = _timed(partial(_nearest, router, units), incidents)[1]
        ends = [router.locate([UnitPlace("", *spot)]) for spot in incidents]
        located = _timed(partial(_nearest_of, router, places, names), ends)[1]
        print(
            f"    {count:5,} units through Router: nearest {_row(whole)}, of units located before "
            f"{_row(located)}; locating all anew {snapped:.1f} ms"
        )
    pairs = list(zip(spots(50), spots(50), strict=True))
    _, spent = _timed(lambda pair: router.route(*pair), pairs)
    print(f"    a route across Porto with its line: {_row(spent)}")


def _nearest(router: Router, units: list[UnitPlace], spot: tuple[float, float]) -> list[Eta]:
    lat_deg, lon_deg = spot
    return router.nearest(lat_deg, lon_deg, units, K)


def _nearest_of(router: Router, places: RoadPoints, names: list[str], end: RoadPoints) -> list[Eta]:
    return router.nearest_of(end, places, names, K)


def _new_york() -> Rows:
    """Read the DIMACS file (tenths of seconds) as the backward rows of its graph, ms."""
    with gzip.open(NEW_YORK, "rt") as lines:
        arcs = np.array([line.split()[1:] for line in lines if line.startswith("a ")], dtype=np.int64)
    tail, head, ms = arcs[:, 0] - 1, arcs[:, 1] - 1, arcs[:, 2] * 100
    nodes = int(max(tail.max(), head.max())) + 1
    order = np.argsort(head, kind="stable")
    start = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(head, minlength=nodes), out=start[1:])
    rows = start, tail[order].astype(np.int32), ms[order].astype(np.int32)
    for column in rows:
        column.flags.writeable = False
    return rows


def _timed(ask: Callable[[Any], Any], questions: list[Any]) -> tuple[list[Any], list[float]]:
    answers, spent = [], []
    for question in questions:
        started = time.perf_counter()
        answers.append(ask(question))
        spent.append((time.perf_counter() - started) * 1000)
    return answers, spent


def _row(spent: list[float]) -> str:
    return f"{statistics.median(spent):.3f} ({sorted(spent)[int(0.99 * (len(spent) - 1))]:.3f})"


if __name__ == "__main__":
    main()
