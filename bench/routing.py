"""Roads: building a map, and every question that dispatch asks of it, against what one can install.

Porto from ../shared (through the whole loader), New York of the 9th DIMACS challenge, and a made-up country
of 3 million junctions. Single thread; medians and p99 in ms of its CPU time, each question at its best of
three times: others may be busy beside us.

The peers answer the same question on the same arcs: the five units nearest by road to an incident, all on
nodes, by one backward search. Most cannot stop by themselves where the fifth is found, so they are told a
limit for nothing: the answer itself ("told"), and for scipy also twice the answer ("guessing"), as a caller
who does not know it would have to guess. A peer that is not installed is named and skipped.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.roadgraphs import country, new_york
from routing.gazetteer import build_places
from routing.graph import RoadGraph
from routing.hierarchy import Hierarchy
from routing.mapfile import load, save
from routing.osm import read_roads
from routing.partway import arrivals
from routing.places import Places
from routing.router import Router, UnitPlace
from routing.search import Scratch, settle
from routing.weights import Conditions, Weights

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PORTO = DATA / "maps" / "porto_portugal.osm.pbf"
NEW_YORK = DATA / "roads" / "USA-road-t.NY.gr.gz", DATA / "roads" / "USA-road-d.NY.co.gz"

K = 5
UNITS = (50, 200, 1000)
QUERIES = 1000
PEER_QUERIES = 40
CHECKED = 2000
TIMES, SLOW_MS = 3, 2000.0  # questions are asked again unless all of them take as long as this
COUNTRY_SIDE = 2000  # about 3 million junctions

Spots = list[tuple[float, float]]


PIECES = ("building", "porto", "new-york", "country", "places")


def main() -> None:
    """Print the figures; `python -m bench.routing PIECE …` only those of some pieces."""
    if not PORTO.exists():
        print("routing: ../shared/data/maps is not here; nothing to measure")
        return
    # One thread: libraries that would take more are told not to, before they are imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    wanted = [piece for piece in PIECES if piece in sys.argv] or PIECES
    if "building" in wanted:
        _building()
    if "places" in wanted:
        _places()
    if "porto" in wanted:
        router = Router(read_roads(PORTO).graph)
        _peers("Porto", router)
        _questions("Porto", router)
    if "new-york" in wanted and NEW_YORK[0].exists():
        router = Router(new_york(*NEW_YORK))
        _peers("New York", router)
        _questions("New York", router)
    if "country" in wanted:
        _country()


def _places() -> None:
    """Look addresses of Porto up, as they are written, with an error, and begun; in ms."""
    with tempfile.TemporaryDirectory() as folder:
        build_places(PORTO, Path(folder))
        started = time.perf_counter()
        with Places.open(Path(folder)) as places:
            opened_s = time.perf_counter() - started
            labels = [house.label for house in places.houses(300)]
            wrong = [label[:4] + label[5] + label[4] + label[6:] for label in labels if len(label) > 8]
            begun = [label[: 3 + number % 8] for number, label in enumerate(labels)]
            streets = [label.rpartition(",")[0] for label in labels]
            pairs = [f"{one} / {other}" for one, other in zip(streets[::2], streets[1::2], strict=False)]
            print(f"  looking up among {len(places):,} places of Porto, opened in {opened_s:.2f} s, ms")
            for name, typed in (
                ("as written", labels),
                ("two letters swapped", wrong),
                ("begun", begun),
                ("crossings", pairs),
            ):
                print(f"    {name} {_row(_timed(places.find, typed)[1])}")
            spots = [(house.lat_deg + 2e-4, house.lon_deg) for house in places.houses(300)]
            print(f"    near a point {_row(_timed(lambda spot: places.near(*spot), spots)[1])}")


def _building() -> None:
    """Build Porto's map in processes of their own, for their time, imports included, and peak memory."""
    head = "import resource, sys, time; from pathlib import Path\nstarted = time.perf_counter()\n"
    peak = (
        "wall_s = time.perf_counter() - started\n"
        "both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        "cpu_s = sum(one.ru_utime + one.ru_stime for one in both)\n"
        "print(cpu_s, wall_s, max(one.ru_maxrss for one in both) / 1024)\n"
    )
    roads = "from routing.osm import read_roads\nread_roads(Path(sys.argv[1]))\n"
    whole = "from routing.mapbuild import build_map\nbuild_map(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    router = "from routing.router import Router\nstarted = time.perf_counter(); "
    opened = router + "Router.open(Path(sys.argv[2]))\n"
    copied = (
        "import shutil\nshutil.copytree(sys.argv[2], sys.argv[2] + '-copy', copy_function=shutil.copyfile)\n"
        + router
        + "Router.open(Path(sys.argv[2] + '-copy'))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, code in (
            ("roads alone", roads),
            ("with places and tiles", whole),
            ("loading", opened),
            ("loading a copy, which is read through", copied),
        ):
            done = subprocess.run(
                [sys.executable, "-c", head + code + peak, str(PORTO), f"{folder}/porto"],
                capture_output=True,
                text=True,
                check=True,
            )
            cpu_s, wall_s, megabytes = (float(part) for part in done.stdout.split())
            print(
                f"routing: Porto, {name}: {wall_s:.2f} s; "
                f"the process {cpu_s:.2f} s CPU, peak {megabytes:.0f} MB"
            )


class Field(NamedTuple):
    """One graph with units on it."""

    rows: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]  # backward
    units: NDArray[np.int64]
    limits: dict[int, int]  # incident → the answer's last ms


Ask = Callable[[Field, int], list[int]]


def _peers(name: str, router: Router) -> None:
    graph = router.graph
    rows = (graph.back_start, graph.back_tail, graph.arc_siren_ms[graph.back_arc])
    for column in rows:
        column.flags.writeable = False
    nodes = graph.nodes
    print(f"  k = {K} nearest on {name} ({nodes:,} nodes, {graph.arcs:,} arcs), ms: median (p99)")
    generator = np.random.default_rng(1)
    scratch = Scratch(nodes)
    makers: list[tuple[str, Callable[[RoadGraph], dict[str, Ask]]]] = [
        ("scipy", _scipy),
        ("networkx", _networkx),
        ("igraph", _igraph),
        ("rustworkx", _rustworkx),
        ("pyroutingkit", _pyroutingkit),
    ]
    hierarchy = None
    if importlib.util.find_spec("pyroutingkit") is not None:
        hierarchy = Hierarchy(graph)
    # The peers get the same arcs: nothing closed, no hour.
    now = Weights(True, (graph.arc_start, graph.arc_head, graph.arc_siren_ms), rows, graph.arc_siren_ms)
    asks: dict[str, Ask] = {}
    for package, maker in makers:
        if importlib.util.find_spec(package) is None:
            print(f"    {package} is not installed: skipped")
        else:
            asks |= maker(graph)
    for count in UNITS:
        units = generator.choice(nodes, count, replace=False).astype(np.int64)
        incidents = generator.integers(0, nodes, QUERIES).tolist()

        def ours(incident: int, units: NDArray[np.int64] = units) -> list[int]:
            return _ours(scratch, rows, units, incident)

        ours(0)
        answers, spent = _timed(ours, incidents)
        limits = {at: answer[-1] for at, answer in zip(incidents, answers, strict=True)}
        field = Field(rows, units, limits)
        median = statistics.median(spent)
        print(f"    {count:5,} units: ours, the kernel {_row(spent)}")
        if hierarchy is not None:
            quick, quick_spent = _timed(_through(hierarchy, now, units), incidents)
            assert quick == answers
            chosen = "is" if hierarchy.pays(count, K) else "is not"
            print(
                f"          ours, through the kept hierarchy {_row(quick_spent)}; Router {chosen} to take it"
            )
            if hierarchy.pays(count, K):
                median = statistics.median(quick_spent)
        fastest = ("", np.inf)
        for peer, ask in asks.items():
            slow = peer.startswith(("networkx", "igraph", "rustworkx"))
            most = QUERIES if peer == "pyroutingkit" else PEER_QUERIES // 4 if slow else PEER_QUERIES
            asked = incidents[:most]
            theirs, peer_spent = _timed(lambda at, ask=ask, field=field: ask(field, at), asked)
            assert theirs == answers[: len(asked)], peer
            ratio = statistics.median(peer_spent) / median
            print(f"          {peer}: {_row(peer_spent)} = {ratio:,.1f}×")
            if not peer.endswith(("told", "guessing")):
                fastest = min(fastest, (peer, ratio), key=lambda pair: pair[1])
        print(f"          the fastest peer that needs no telling: {fastest[0]}, {fastest[1]:,.1f}×")
        if count == UNITS[-1] and "scipy, told" in asks:
            checked = generator.integers(0, nodes, CHECKED).tolist()
            found, _ = _timed(ours, checked)
            field.limits.update({at: answer[-1] for at, answer in zip(checked, found, strict=True)})
            wrong = sum(
                asks["scipy, told"](field, at) != answer for at, answer in zip(checked, found, strict=True)
            )
            print(
                f"          equal to scipy to the millisecond in {CHECKED - wrong:,} of {CHECKED:,} queries"
            )


def _ours(scratch: Scratch, rows: Any, units: NDArray[np.int64], incident: int) -> list[int]:  # noqa: ANN401  # numpy arrays
    count = len(units)
    _, times = settle(
        scratch,
        rows,
        seeds=(np.array([incident], dtype=np.int64), np.zeros(1, np.int64)),
        items=(units, np.zeros(count, np.int64), np.arange(count, dtype=np.int64)),
        direct_ms=np.full(count, -1, dtype=np.int64),
        k=K,
    )
    return [int(ms) for ms in times]


def _through(hierarchy: Hierarchy, now: Weights, units: NDArray[np.int64]) -> Callable[[int], list[int]]:
    hierarchy.customise(now)
    stops = units.astype(np.uint32)  # units stand: this is done once

    def ask(incident: int) -> list[int]:
        with hierarchy.customised(now) as metric:
            found = metric.between_ms(stops, np.array([incident], dtype=np.uint32))[0]
        return [int(ms) for ms in np.sort(found)[:K]]

    return ask


def _scipy(graph: RoadGraph) -> dict[str, Ask]:
    from scipy.sparse import csr_array  # noqa: PLC0415  # a peer that may be missing
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415  # the same

    ms = graph.arc_siren_ms[graph.back_arc].astype(np.float64)
    matrix = csr_array((ms, graph.back_tail, graph.back_start), shape=(graph.nodes, graph.nodes))

    def ask(times: float) -> Ask:
        def nearest(field: Field, incident: int) -> list[int]:
            limit = times * field.limits[incident]
            found = dijkstra(matrix, indices=np.array([incident]), limit=limit)[0][field.units]
            return [int(ms) for ms in np.sort(found[np.isfinite(found)])[:K]]

        return nearest

    return {"scipy, told": ask(1), "scipy, guessing": ask(2), "scipy, all": ask(np.inf)}


def _arcs(graph: RoadGraph) -> list[tuple[int, int, int]]:
    """Return the arcs reversed, the quickest of parallel ones."""
    quickest: dict[tuple[int, int], int] = {}
    columns = graph.arc_head.tolist(), graph.arc_tail.tolist(), graph.arc_siren_ms.tolist()
    for tail, head, ms in zip(*columns, strict=True):
        quickest[tail, head] = min(ms, quickest.get((tail, head), ms))
    return [(tail, head, ms) for (tail, head), ms in quickest.items()]


def _networkx(graph: RoadGraph) -> dict[str, Ask]:
    import networkx as nx  # noqa: PLC0415  # a peer that may be missing

    back: nx.DiGraph[int] = nx.DiGraph()
    back.add_weighted_edges_from(_arcs(graph))

    def ask(field: Field, incident: int) -> list[int]:
        times = nx.single_source_dijkstra_path_length(back, incident, cutoff=field.limits[incident])
        return sorted(int(times[unit]) for unit in field.units.tolist() if unit in times)[:K]

    return {"networkx, told": ask}


def _igraph(graph: RoadGraph) -> dict[str, Ask]:
    igraph = importlib.import_module("igraph")
    back = igraph.Graph(
        n=graph.nodes, edges=np.column_stack([graph.arc_head, graph.arc_tail]).tolist(), directed=True
    )
    weights = graph.arc_siren_ms.tolist()

    def ask(field: Field, incident: int) -> list[int]:
        found = back.distances(source=[incident], target=field.units.tolist(), weights=weights)[0]
        return sorted(int(ms) for ms in found)[:K]

    return {"igraph": ask}


def _rustworkx(graph: RoadGraph) -> dict[str, Ask]:
    rx = importlib.import_module("rustworkx")
    back = rx.PyDiGraph()
    back.add_nodes_from(range(graph.nodes))
    back.add_edges_from(_arcs(graph))

    def ask(field: Field, incident: int) -> list[int]:
        found = rx.dijkstra_shortest_path_lengths(back, incident, float)
        return sorted(int(found[unit]) if unit != incident else 0 for unit in field.units.tolist())[:K]

    return {"rustworkx": ask}


def _pyroutingkit(graph: RoadGraph) -> dict[str, Ask]:
    kit = importlib.import_module("pyroutingkit")
    topology = kit.CCHTopology()
    started = time.perf_counter()
    topology.build(
        graph.arc_head.astype(np.uint32),
        graph.arc_tail.astype(np.uint32),
        (graph.node_lat_e7 / 1e7).astype(np.float32),
        (graph.node_lon_e7 / 1e7).astype(np.float32),
        graph.nodes,
    )
    print(f"    pyroutingkit: its hierarchy was built in {time.perf_counter() - started:.1f} s")
    metric = kit.CCHMetric(topology)
    metric.customize(graph.arc_siren_ms.astype(np.uint32))

    def ask(field: Field, incident: int) -> list[int]:
        found = metric.distances_many_to_many(
            np.array([incident], dtype=np.uint32), field.units.astype(np.uint32)
        )
        return [int(ms) for ms in np.sort(np.asarray(found).ravel())[:K]]

    return {"pyroutingkit": ask}


def _questions(name: str, router: Router) -> None:
    """Measure what callers ask, with positions part-way along roads, in ms."""
    router.warm_up()
    print(f"  questions to Router on {name}, ms: median (p99)")
    for count in UNITS:
        _crews(router, count)
    incidents = _spots(router.graph, 300, 5)
    _routes(router, incidents)
    units = _units(router.graph, 1000, 6)
    places = router.locate(units)
    grown, spent = _timed(router.tree, incidents[:20])
    print(f"    the tree of a destination {_row(spent)}")
    refreshed = _timed(lambda tree: tree.etas_ms(places), [tree for tree in grown if tree])[1]
    print(f"    ETAs of 1,000 units from a tree {_row(refreshed)}")
    fresh = [_spots(router.graph, 1000, seed) for seed in range(20, 40)]
    tree = next(tree for tree in grown if tree)
    print(
        f"    the same from new positions {_row(_timed(lambda at: tree.etas_ms(router.snap(at)), fresh)[1])}"
    )
    fleet = [units[first : first + 200] for first in range(0, 1000, 50)][:16]
    covers, spent = _timed(router.coverage, fleet)
    print(f"    coverage of every road from 200 units {_row(spent)}")
    print(f"    its share within 5 minutes {_row(_timed(lambda cover: cover.road_share(300), covers)[1])}")
    print(f"    its minutes for every road {_row(_timed(lambda cover: cover.edge_ms(), covers)[1])}")
    asked = [(units[first : first + 300], incidents[first : first + 40]) for first in range(0, 200, 20)]
    by_trees = _timed(lambda pair: router.matrix(*pair), asked[:3])
    print(f"    matrix 300 × 40 by trees {_row(by_trees[1])}")
    started = time.perf_counter()
    if not router.build_hierarchy():
        print("    pyroutingkit is not installed: no matrix by a hierarchy")
        return
    built_s = time.perf_counter() - started
    router.matrix(*asked[0])
    found, spent = _timed(lambda pair: router.matrix(*pair), asked)
    print(f"    with the hierarchy, on {name}:")
    _crews(router, UNITS[0])
    _by_hand(router, UNITS[0])
    _routes(router, incidents)
    changed = [Conditions(closed=frozenset({edge})) for edge in range(10)]
    started = time.thread_time()
    for conditions in changed:
        router.set_conditions(conditions)
        router.customise()
    each_ms = (time.thread_time() - started) * 1000 / len(changed)
    print(f"    a closure: other times, and the hierarchy customised for both kinds of driving {each_ms:.1f}")
    router.set_conditions(Conditions())
    assert all((one == other).all() for one, other in zip(by_trees[0], found, strict=False))
    print(f"    matrix 300 × 40 by a hierarchy {_row(spent)}, the same answers (built in {built_s:.1f} s)")


def _routes(router: Router, spots: Spots) -> None:
    pairs = list(zip(spots[:100], spots[100:200], strict=True))
    print(f"    a route with its line {_row(_timed(lambda pair: router.route(*pair), pairs)[1])}")
    both = _timed(lambda pair: router.alternative(*pair), pairs[:30])[1]
    print(f"    an alternative route {_row(both)}")
    legs = _timed(lambda spot: router.one_to_many(spot, spots[:12]), spots[20:60])[1]
    print(f"    ways to twelve hospitals {_row(legs)}")


def _crews(router: Router, count: int) -> None:
    units, incidents = _units(router.graph, count, 3), _spots(router.graph, QUERIES, 4)
    started = time.perf_counter()
    router.locate(units)
    snapped = (time.perf_counter() - started) * 1000
    crews = router.crews(units)
    ends = [router.ends([spot]) for spot in incidents]
    router.ways_of(ends[0], crews, K)
    located = _timed(lambda end: router.nearest_of(end, crews, K), ends)[1]
    drawn = _timed(lambda end: router.ways_of(end, crews, K), ends)[1]
    whole = _timed(lambda spot: router.nearest(*spot, units, K), incidents)[1]
    print(
        f"    {count:5,} units: of located crews {_row(located)}; with all five ways drawn {_row(drawn)} "
        f"= {statistics.median(drawn) / statistics.median(located):.2f}×; from raw positions {_row(whole)}; "
        f"locating all anew {snapped:.1f}"
    )


def _by_hand(router: Router, count: int) -> None:
    """Ask pyroutingkit what Router answers for few crews, with all that can be made ready beforehand."""
    hierarchy, now, graph = router._hierarchy, router._weights[True], router.graph  # noqa: SLF001  # the peer is what lies inside
    assert hierarchy is not None
    crews = router.crews(_units(graph, count, 3))
    ends = [router.ends([spot]) for spot in _spots(graph, QUERIES, 4)]
    item_ms, item_unit, stops = crews.item_ms, crews.item_unit, crews.item_node.astype(np.uint32)
    asked = []
    for end in ends:
        node, ms, place, _ = arrivals(graph, now.own_ms, end.places)
        asked.append((node.astype(np.uint32), (ms + end.walk_ms[place])[:, None] + item_ms))
    with hierarchy.customised(now) as metric:
        kit = metric._kit  # noqa: SLF001  # the same

        def ask(question: tuple[NDArray[Any], NDArray[Any]]) -> list[tuple[int, int, float]]:
            nodes, extra = question
            between = kit.distances_many_to_many(nodes, stops) + extra
            seed = between.argmin(axis=0)
            item_best = between.min(axis=0)
            best = np.full(count, 1 << 30)
            np.minimum.at(best, item_unit, item_best)
            found = []
            for unit in best.argsort(kind="stable")[:K].tolist():
                item = int(((item_unit == unit) & (item_best == best[unit])).argmax())
                arcs = kit.query(int(nodes[seed[item]]), int(stops[item]))[2]
                found.append((unit, int(best[unit]), float(graph.edge_m[graph.arc_edge[arcs]].sum())))
            return found

        answers, spent = _timed(ask, asked)
    ours = [router.nearest_of(end, crews, K) for end in ends]
    same = sum(
        [ms for _, ms, _ in theirs] == [round(eta.seconds_s * 1000) for eta in etas]
        for theirs, etas in zip(answers, ours, strict=True)
    )
    print(
        f"          pyroutingkit asked the same by hand, both ends of roads and five ways: {_row(spent)}; "
        f"equal in {same:,} of {len(ours):,} (it is not asked about crews on the incident's own road)"
    )


def _country() -> None:
    """Build, save, load and ask a country; in the same process, after the cities are gone."""
    started, cpu = time.perf_counter(), time.process_time()
    graph = country(COUNTRY_SIDE)
    print(
        f"  a made-up country: {graph.nodes:,} nodes, {graph.arcs:,} arcs built in {_since(started)} "
        f"({time.process_time() - cpu:.0f} s CPU)"
    )
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        save(graph, Path(folder), {})
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        print(f"    saved ({size / 1e6:.0f} MB) in {_since(started)}")
        del graph
        started = time.perf_counter()
        router = Router(load(Path(folder)))
        print(f"    loaded in {_since(started)}")
        started = time.perf_counter()
        load(Path(folder), thorough=True)
        print(f"    a copy, which is read through, would be in {_since(started)}")
        router.warm_up()
        _crews(router, 2000)
        _crews(router, 50)


def _since(started: float) -> str:
    return f"{time.perf_counter() - started:.2f} s"


def _spots(graph: RoadGraph, count: int, seed: int) -> Spots:
    picked = np.random.default_rng(seed).integers(0, len(graph.shape_lat_e7), count)
    return list(
        zip(
            (graph.shape_lat_e7[picked] / 1e7).tolist(),
            (graph.shape_lon_e7[picked] / 1e7).tolist(),
            strict=True,
        )
    )


def _units(graph: RoadGraph, count: int, seed: int) -> list[UnitPlace]:
    return [UnitPlace(str(number), *spot) for number, spot in enumerate(_spots(graph, count, seed))]


def _timed(ask: Callable[[Any], Any], questions: list[Any]) -> tuple[list[Any], list[float]]:
    """Ask all questions, up to `TIMES` times over; return answers, and each one's least CPU ms."""
    answers: list[Any] = []
    least = [float("inf")] * len(questions)
    for time_number in range(TIMES):
        for number, question in enumerate(questions):
            started = time.thread_time()
            answer = ask(question)
            least[number] = min(least[number], (time.thread_time() - started) * 1000)
            if time_number == 0:
                answers.append(answer)
        if sum(least) > SLOW_MS:
            break
    return answers, least


def _row(spent: list[float]) -> str:
    return f"{statistics.median(spent):.3f} ({sorted(spent)[int(0.99 * (len(spent) - 1))]:.3f})"


if __name__ == "__main__":
    main()
