"""Joint re-assignment against the closest idle crew, simulated on Porto's roads; the demand is made up.

The roads and their times are real (OpenStreetMap, ../shared); where, when and why people call is drawn from a
seed: calls come as a Poisson process around a few hot spots, 20% priority 1, 45% priority 2, 35% priority 3.
16 crews at 8 bases drive along the roads, node by node: a crew that is turned around starts where it is.
Both rules see the same calls, the same times on scene and the same errors. An ETA that both see is the road
time; the drive then takes exp(N(0, σ)) times as long, drawn anew for each crew and call.

    closest   a call gets the closest idle crew; who must wait is served graver first, then earlier first
    joint     `dispatch.reassign` at each call and each clearing, every proposal taken
    half      the same, yet the dispatcher ignores every second offer of a swap

"Late" is over the norm of 20 minutes; high priority is 1 and 2.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from bench.gates import Gate
from dispatch.reassign import OpenCall, reassign
from routing.graph import RoadGraph
from routing.osm import read_roads

PORTO = Path(__file__).resolve().parents[2] / "shared" / "data" / "maps" / "porto_portugal.osm.pbf"

UNITS = 16
BASES = 8
HOSPITALS = 4
PLACES = 300
SPOTS = 5
SPOT_M = 4_000.0
NORM_S = 1_200.0
LOADS = (0.75, 1.0, 1.25)
CALLS_PER_HOUR = 11.0  # at 100%
SIGMAS = (0.0, 0.15, 0.30)
# By how much fewer late arrivals there must be in sum, by the errors of the ETAs.
FEWER = {0.0: 0.08, 0.15: 0.05, 0.30: 0.05}
SEEDS = 12
DAYS = 3
SHARES = (0.20, 0.45, 0.35)
SCENE_S, SCENE_SIGMA = 1_200.0, 0.5
CARRIED = 0.65
HANDOVER_S, HANDOVER_SIGMA = 1_200.0, 0.5
TURNOUT_S = 60.0
NEARLY_THERE_S = 90.0


class Town:
    """Places on the road graph, and the fastest way from every node to each of them."""

    def __init__(self, graph: RoadGraph, seed: int = 1) -> None:
        chance = np.random.default_rng(seed)
        lat, lon = graph.node_lat_e7 / 1e7, graph.node_lon_e7 / 1e7
        x_m = (lon - lon.mean()) * 111_320 * math.cos(math.radians(lat.mean()))
        y_m = (lat - lat.mean()) * 111_320
        spots = chance.choice(graph.nodes, SPOTS, replace=False)
        # Half of the demand lies around the spots, half wherever there are junctions.
        weight = np.full(graph.nodes, 1.0)
        for spot in spots:
            near = np.exp(-((x_m - x_m[spot]) ** 2 + (y_m - y_m[spot]) ** 2) / (2 * SPOT_M**2))
            weight += near * graph.nodes / near.sum() / SPOTS
        nodes = chance.choice(graph.nodes, PLACES, replace=False, p=weight / weight.sum())
        hospitals = nodes[:HOSPITALS]
        # Bases: each next one is the demand place that is farthest from those before.
        bases = [int(nodes[HOSPITALS])]
        for _ in range(BASES - 1):
            apart = np.min([np.hypot(x_m[nodes] - x_m[b], y_m[nodes] - y_m[b]) for b in bases], axis=0)
            bases.append(int(nodes[np.argsort(apart)[int(0.9 * PLACES)]]))
        ends = np.concatenate([nodes, hospitals, bases])
        back = csr_array(
            (graph.arc_siren_ms / 1000, (graph.arc_head, graph.arc_tail)), shape=(graph.nodes, graph.nodes)
        )
        self.to_s, following = dijkstra(back, indices=ends, return_predecessors=True)
        self.following: NDArray[Any] = following.astype(np.int32)
        self.nodes = ends
        self.places = range(PLACES)
        self.hospitals = range(PLACES, PLACES + HOSPITALS)
        self.bases = range(PLACES + HOSPITALS, PLACES + HOSPITALS + BASES)

    def way(self, node: int, end: int) -> tuple[list[int], list[float]]:
        """Return the nodes of the fastest way from a node to a place, and the seconds at each."""
        nodes = [node]
        following, target = self.following[end], int(self.nodes[end])
        while node != target:
            node = int(following[node])
            nodes.append(node)
        left_s = self.to_s[end][nodes]
        return nodes, (left_s[0] - left_s).tolist()


class Call(msgspec.Struct):
    """One call, drawn before the simulation so that each rule meets the same."""

    number: int
    at_s: float
    place: int
    priority: int
    scene_s: float
    handover_s: float | None
    crew: int | None = None
    changes: int = 0
    arrived_s: float | None = None


class Crew(msgspec.Struct):
    """Where a crew is and what it does.

    Attributes:
        state: "idle" (at its base or on the way there), "way" (to a call), "busy".
        nodes, times_s: the way it drives and the estimated seconds at each node.
        begun_s: when it starts to move; factor: real seconds for an estimated one.
        version: of its next event; older events are void.
    """

    number: int
    base: int
    node: int
    state: str = "idle"
    nodes: list[int] = []
    times_s: list[float] = []
    begun_s: float = 0.0
    factor: float = 1.0
    call: int = -1
    version: int = 0

    def at(self, now_s: float) -> tuple[int, float]:
        """Return the next node ahead and the estimated seconds until it."""
        if not self.nodes:
            return self.node, 0.0
        wait_s = max(0.0, self.begun_s - now_s)
        done_s = max(0.0, now_s - self.begun_s) / self.factor
        ahead = int(np.searchsorted(self.times_s, done_s))
        if ahead >= len(self.nodes):
            return self.nodes[-1], 0.0
        return self.nodes[ahead], wait_s + self.times_s[ahead] - done_s

    @property
    def at_base(self) -> bool:
        """Whether it stands, and needs its turnout time."""
        return not self.nodes


def calls_of(load: float, seed: int) -> list[Call]:
    """Draw the calls of some days."""
    chance = random.Random(seed)  # noqa: S311  # a repeatable demand, no secret
    calls: list[Call] = []
    at_s = 0.0
    while (at_s := at_s + chance.expovariate(CALLS_PER_HOUR * load / 3600)) < DAYS * 86_400:
        carried = chance.random() < CARRIED
        calls.append(
            Call(
                number=len(calls),
                at_s=at_s,
                place=chance.randrange(PLACES),
                priority=chance.choices((1, 2, 3), SHARES)[0],
                scene_s=SCENE_S * math.exp(chance.gauss(0, SCENE_SIGMA)),
                handover_s=HANDOVER_S * math.exp(chance.gauss(0, HANDOVER_SIGMA)) if carried else None,
            )
        )
    return calls


class Simulation:
    """Some days of one rule."""

    def __init__(self, town: Town, calls: list[Call], rule: str, sigma: float, seed: int) -> None:
        self.town = town
        self.calls = calls
        self.rule = rule
        self.sigma = sigma
        self.seed = seed
        self.crews = [
            Crew(number, town.bases[number % BASES], int(town.nodes[town.bases[number % BASES]]))
            for number in range(UNITS)
        ]
        self.open: dict[int, Call] = {}
        self.events: list[tuple[float, int, str, int, int]] = []
        self.order = itertools.count()
        self.taken = 0
        self.chance = random.Random(seed)  # noqa: S311  # a dispatcher's mood, no secret

    def run(self) -> list[Call]:
        """Live through the days; return the calls with their arrivals."""
        for call in self.calls:
            self._at(call.at_s, "call", call.number, 0)
        while self.events:
            now_s, _, kind, number, version = heapq.heappop(self.events)
            if kind == "call":
                self.open[number] = self.calls[number]
                self._decide(now_s)
                continue
            crew = self.crews[number]
            if version != crew.version:
                continue
            if kind == "arrive":
                self._arrive(crew, now_s)
            elif kind == "home":
                crew.node, crew.nodes = crew.nodes[-1], []
            else:
                self._clear(crew, now_s)
        return self.calls

    def _at(self, at_s: float, kind: str, number: int, version: int) -> None:
        heapq.heappush(self.events, (at_s, next(self.order), kind, number, version))

    def _drive(self, crew: Crew, end: int, now_s: float, factor: float) -> float:
        """Send the crew off from where it is; return when it is there."""
        turnout_s = TURNOUT_S if crew.at_base else 0.0
        node, offset_s = crew.at(now_s)
        crew.nodes, times_s = self.town.way(node, end)
        crew.times_s = [offset_s + each for each in times_s]
        crew.begun_s = now_s + turnout_s
        crew.factor = factor
        crew.version += 1
        return crew.begun_s + crew.times_s[-1] * factor

    def _send(self, crew: Crew, call: Call, now_s: float) -> None:
        chance = random.Random((self.seed * 100_003 + call.number) * 1_009 + crew.number)  # noqa: S311  # no secret
        there_s = self._drive(crew, call.place, now_s, math.exp(chance.gauss(0, self.sigma)))
        crew.state, crew.call, call.crew = "way", call.number, crew.number
        self._at(there_s, "arrive", crew.number, crew.version)

    def _arrive(self, crew: Crew, now_s: float) -> None:
        call = self.open.pop(crew.call)
        call.arrived_s = now_s
        crew.node, crew.nodes = int(self.town.nodes[call.place]), []
        busy_s = call.scene_s
        if call.handover_s is not None:
            hospital = min(self.town.hospitals, key=lambda each: float(self.town.to_s[each][crew.node]))
            busy_s += float(self.town.to_s[hospital][crew.node]) + call.handover_s
            crew.node = int(self.town.nodes[hospital])
        crew.state = "busy"
        crew.version += 1
        self._at(now_s + busy_s, "clear", crew.number, crew.version)

    def _clear(self, crew: Crew, now_s: float) -> None:
        crew.state = "idle"
        self._home(crew, now_s)
        self._decide(now_s)

    def _home(self, crew: Crew, now_s: float) -> None:
        crew.state = "idle"
        crew.nodes = crew.nodes or [crew.node]
        crew.times_s = crew.times_s if len(crew.times_s) == len(crew.nodes) else [0.0]
        there_s = self._drive(crew, crew.base, now_s, 1.0)
        self._at(there_s, "home", crew.number, crew.version)

    def _etas(self, crew: Crew, ends: list[int], now_s: float) -> NDArray[np.float64]:
        node, offset_s = crew.at(now_s)
        turnout_s = TURNOUT_S if crew.at_base else 0.0
        times: NDArray[np.float64] = self.town.to_s[ends, node] + offset_s + turnout_s
        return times

    def _decide(self, now_s: float) -> None:
        if self.rule != "closest":
            self._take_proposals(now_s)
        # With "closest" these are all calls; with "half" those whose proposal was ignored.
        waiting = [call for call in self.open.values() if call.crew is None]
        if self.rule == "joint":
            waiting = []
        for call in sorted(waiting, key=lambda each: (each.priority, each.at_s)):
            idle = [crew for crew in self.crews if crew.state == "idle"]
            if not idle:
                return
            self._send(min(idle, key=lambda each: self._etas(each, [call.place], now_s)[0]), call, now_s)

    def _take_proposals(self, now_s: float) -> None:
        calls = list(self.open.values())
        crews = [crew for crew in self.crews if crew.state != "busy"]
        if not calls or not crews:
            return
        ends = [call.place for call in calls]
        eta_s = np.stack([self._etas(crew, ends, now_s) for crew in crews], axis=1)
        column = {crew.number: number for number, crew in enumerate(crews)}
        known = [
            OpenCall(
                incident=str(call.number),
                priority=call.priority,
                waited_s=now_s - call.at_s,
                left_s=call.at_s + NORM_S - now_s,
                crew=None if call.crew is None else str(call.crew),
                settled=call.crew is not None
                and (call.changes > 0 or eta_s[row, column[call.crew]] < NEARLY_THERE_S),
            )
            for row, call in enumerate(calls)
        ]
        for proposal in reassign(known, [str(crew.number) for crew in crews], eta_s):
            if self.rule == "half" and proposal.kind != "send" and self.chance.random() < 0.5:
                continue
            self.taken += proposal.kind != "send"
            for move in proposal.moves:
                if move.taken is not None:
                    call = self.open[int(move.incident)]
                    call.crew = None
                    call.changes += 1
                    self.crews[int(move.taken)].state = "idle"
            for move in proposal.moves:
                if move.sent is not None:
                    self._send(self.crews[int(move.sent)], self.open[int(move.incident)], now_s)
            for move in proposal.moves:
                if move.taken is not None and self.crews[int(move.taken)].state == "idle":
                    self._home(self.crews[int(move.taken)], now_s)


class Figures(msgspec.Struct):
    """What one rule comes to over all seeds."""

    calls: int
    high: int
    late: int
    late_high: int
    late_low: int
    p90_high_s: float
    beyond_high_min: float
    p90_s: float
    taken: int
    late_first: int


def figures(town: Town, load: float, rule: str, sigma: float) -> Figures:
    """Simulate all seeds of a load."""
    calls: list[Call] = []
    taken = 0
    for seed in range(SEEDS):
        simulation = Simulation(town, calls_of(load, seed), rule, sigma, seed)
        calls += simulation.run()
        taken += simulation.taken
    waits = [(call.priority, call.arrived_s - call.at_s) for call in calls if call.arrived_s is not None]
    assert len(waits) == len(calls)
    high = [each for priority, each in waits if priority < 3]
    return Figures(
        calls=len(waits),
        high=len(high),
        late=sum(each > NORM_S for _, each in waits),
        late_high=sum(each > NORM_S for each in high),
        late_low=sum(each > NORM_S for priority, each in waits if priority == 3),
        p90_high_s=_rank(high, 0.9),
        beyond_high_min=sum(max(0.0, each - NORM_S) for each in high) / 60,
        p90_s=_rank([each for _, each in waits], 0.9),
        taken=taken,
        late_first=sum(each > NORM_S for priority, each in waits if priority == 1),
    )


def _rank(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


def rows(town: Town) -> Iterator[tuple[float, float, Figures, Figures]]:
    """Yield σ, load, and the figures of both rules."""
    for sigma in SIGMAS:
        for load in LOADS:
            yield sigma, load, figures(town, load, "closest", sigma), figures(town, load, "joint", sigma)


def main() -> list[Gate]:
    """Print the figures; return whether each of the gates is held."""
    if not PORTO.exists():
        print("dispatch_simulation: ../shared/data/maps is not here; nothing to simulate")
        return []
    town = Town(read_roads(PORTO).graph)
    print(__doc__.split("\n\n")[0])
    gates: list[Gate] = []
    sums: dict[float, list[int]] = {}
    for sigma, load, closest, joint in rows(town):
        total = sums.setdefault(sigma, [0, 0, 0, 0])
        for place, number in enumerate((closest.late, joint.late, closest.late_high, joint.late_high)):
            total[place] += number
        gates += judged(sigma, load, closest, joint)
        print(
            f"σ {sigma:.2f} load {load:4.0%}: {closest.calls} calls; late, high priority "
            f"{closest.late_high} → {joint.late_high}, priority 1 {closest.late_first} → {joint.late_first}, "
            f"low {closest.late_low} → {joint.late_low}; p90 high "
            f"{closest.p90_high_s / 60:.1f} → {joint.p90_high_s / 60:.1f} min; beyond the norm, high "
            f"{closest.beyond_high_min:.0f} → {joint.beyond_high_min:.0f} min; {joint.taken} swaps",
            flush=True,
        )
    for load in LOADS:
        half = figures(town, load, "half", 0.15)
        print(
            f"σ 0.15 load {load:4.0%}, every second offer ignored: late, high priority {half.late_high}, "
            f"low {half.late_low}; p90 high {half.p90_high_s / 60:.1f} min; {half.taken} swaps",
            flush=True,
        )
    for sigma, (late, late_joint, high, high_joint) in sums.items():
        fewer = 1 - late_joint / late
        print(
            f"σ {sigma:.2f} in sum: late {late} → {late_joint} ({-fewer:+.1%}), "
            f"of high priority {high} → {high_joint} ({high_joint / high - 1:+.1%})"
        )
        what = f"σ {sigma:.2f}, all loads: late arrivals in sum"
        wanted = FEWER[sigma]
        measured = f"{fewer:.1%} fewer ({late} → {late_joint})"
        gates.append(Gate(what, f"≥ {wanted:.0%} fewer", measured, fewer >= wanted))
    return gates


def judged(sigma: float, load: float, closest: Figures, joint: Figures) -> list[Gate]:
    """Say whether high priority is never worse off at a load than with the closest idle crew."""
    where = f"σ {sigma:.2f}, load {load:.0%}, high priority:"
    return [
        Gate(
            f"{where} {what}",
            "never more than closest idle",
            f"{before:{form}} → {after:{form}}",
            after <= before,
        )
        for what, form, before, after in (
            ("late arrivals", ".0f", closest.late_high, joint.late_high),
            ("p90, min", ".1f", closest.p90_high_s / 60, joint.p90_high_s / 60),
            ("minutes beyond the norm", ".0f", closest.beyond_high_min, joint.beyond_high_min),
        )
    ]


if __name__ == "__main__":
    main()
