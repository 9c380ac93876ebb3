"""Advice on Porto's roads: recommendations of 1,000 units with all reasons; joint proposals for 300 × 40.

Units and calls lie at random junctions of the whole extract (46 × 35 km), which is harder than a city's own
spread: road searches reach farther. All units move between two questions, so that none is located beforehand.
A joint proposal is measured with its road times; a near crew is on its way to 25 of the 40 calls.
"""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.dispatch_simulation import PORTO
from bench.gates import Gate, at_most
from dispatch import commands
from dispatch.advise import advise, look, times
from dispatch.candidate import PositionOf
from dispatch.catalogue import Name, RegionSettings
from dispatch.decide import decide
from dispatch.defaults import CREW_KINDS, REASONS
from dispatch.equipment import EQUIPMENT
from dispatch.events import Draft, seal
from dispatch.firstaid import INSTRUCTIONS
from dispatch.incident import Place
from dispatch.reassign import reassign
from dispatch.recommend import recommend
from dispatch.refusal import Refusal
from dispatch.region import Region
from dispatch.soonfree import clear_times, soon_free
from routing.osm import read_roads
from routing.router import Router
from routing.times import Point, UnitPlace

Somewhere = Callable[[], Point]

UNITS = 1_000
RECOMMENDATIONS = 200
JOINT_UNITS = 300
JOINT_CALLS = 40
ON_THE_WAY = 25
JOINTS = 40
NOW_MS = 1_800_000_000_000


def main() -> list[Gate]:
    """Print what was measured; return whether it is as promised."""
    if not Path(PORTO).exists():
        print("dispatch_advice: ../shared/data/maps is not here; nothing to measure")
        return []
    graph = read_roads(PORTO).graph
    router = Router(graph)
    router.warm_up()
    chance = random.Random(1)  # noqa: S311  # a repeatable fleet, no secret

    def somewhere() -> Point:
        node = chance.randrange(graph.nodes)
        return float(graph.node_lat_e7[node]) / 1e7, float(graph.node_lon_e7[node]) / 1e7

    gc.freeze()  # as the service does when it has started
    took_ms, cpu_ms = [], []
    bench = Bench(UNITS)
    for _ in range(RECOMMENDATIONS):
        call = bench.call(somewhere())
        positions = bench.positions(somewhere, chance)
        soon = soon_free(bench.region, positions, clear_times(bench.region), NOW_MS)
        started_s, began_s = time.perf_counter(), time.thread_time()
        made = recommend(bench.region, call, positions, router, NOW_MS, soon=soon)
        took_ms.append((time.perf_counter() - started_s) * 1000)
        cpu_ms.append((time.thread_time() - began_s) * 1000)
        assert len(made.crews) + len(made.left_out) == UNITS
    _print(f"recommendation of {UNITS:,} units with all reasons", took_ms, "20 ms at p99")
    _print("  of it, this thread's own processor time (the machine may be busy with others)", cpu_ms)

    whole_ms, own_ms, look_ms, solve_ms, proposals = [], [], [], [], 0
    for _ in range(JOINTS):
        bench = Bench(JOINT_UNITS)
        positions = bench.positions(somewhere, chance)
        bench.calls(somewhere, positions, router)
        started_s, began_s = time.perf_counter(), time.thread_time()
        situation = look(bench.region, positions, [], NOW_MS)
        looked_s = time.perf_counter()
        advice = advise(situation, router, NOW_MS)
        ended_s = time.perf_counter()
        own_ms.append((time.thread_time() - began_s) * 1000)
        whole_ms.append((ended_s - started_s) * 1000)
        look_ms.append((looked_s - started_s) * 1000)
        eta_s = times(situation, router)
        calls, units = [each.call for each in situation.calls], [each.place.unit for each in situation.crews]
        started_s = time.perf_counter()
        reassign(calls, units, eta_s)
        solve_ms.append((time.perf_counter() - started_s) * 1000)
        assert len(advice.outlooks) == JOINT_CALLS
        proposals += len(advice.proposals)
    _print(f"joint proposal, {JOINT_UNITS} units × {JOINT_CALLS} calls, with road times", whole_ms, "150 ms")
    _print("  of it, this thread's own processor time", own_ms)
    _print("  of it, looking at the region on the event loop", look_ms)
    _print("  of it, matching and making proposals", solve_ms)
    print(f"          {proposals / JOINTS:.1f} proposals each")
    return [
        at_most(f"recommendation of {UNITS:,} units, Porto, p99", _p99(took_ms), 20, "ms", _own(cpu_ms)),
        at_most(
            f"joint proposal, {JOINT_UNITS} units × {JOINT_CALLS} calls, p99",
            _p99(whole_ms),
            150,
            "ms",
            _own(own_ms),
        ),
    ]


class Bench:
    """A region in memory with its crews on duty."""

    def __init__(self, units: int) -> None:
        """`units` crews, half doctors, half paramedics."""
        self.region = Region("bench")
        settings = RegionSettings(
            id="bench",
            name=Name("Замер", "Bench"),
            crew_kinds=CREW_KINDS,
            reasons=REASONS,
            instructions=INSTRUCTIONS,
            equipment=EQUIPMENT,
        )
        self._do(commands.ConfigureRegion(settings=settings))
        for number in range(units):
            kind = CREW_KINDS[number % 2].id
            aboard = tuple(each.id for each in EQUIPMENT if (number + len(each.id)) % 4)
            self._do(
                commands.RegisterUnit(
                    unit=str(number), call_sign=str(number), crew_kind=kind, equipment=aboard
                )
            )
            self._do(commands.SetDuty(unit=str(number), duty="on"))

    def call(self, at: Point) -> str:
        """Take a call."""
        place = Place(label="Rua", lat_deg=at[0], lon_deg=at[1])
        reason = REASONS[len(self.region.incidents) % len(REASONS)]
        self._do(commands.CreateIncident(place=place, reason=reason.id))
        return next(reversed(self.region.incidents))

    def positions(self, somewhere: Somewhere, chance: random.Random) -> dict[str, PositionOf]:
        """Put every unit somewhere; one of ten is stale."""
        found = {}
        for unit in self.region.units:
            lat_deg, lon_deg = somewhere()
            live = chance.random() < 0.9
            found[unit] = PositionOf(
                unit=unit,
                lat_deg=lat_deg,
                lon_deg=lon_deg,
                age_s=chance.uniform(0, 5) if live else chance.uniform(30, 600),
                freshness="live" if live else "stale",
            )
        return found

    def calls(self, somewhere: Somewhere, positions: dict[str, PositionOf], router: Router) -> None:
        """Take 40 calls of any kind of crew; to 25 of them one of the nearest crews is on its way."""
        places = [UnitPlace(each.unit, each.lat_deg, each.lon_deg) for each in positions.values()]
        for number in range(JOINT_CALLS):
            at = somewhere()
            call = self.call(at)
            if number < ON_THE_WAY:
                near = router.nearest(*at, places, 10)
                unit = next(each.unit for each in near if self.region.active_assignment(each.unit) is None)
                self._do(commands.AssignCrew(incident=call, unit=unit))

    def _do(self, command: commands.Command) -> None:
        decided = decide(self.region, command, NOW_MS, "2027-01-15")
        assert not isinstance(decided, Refusal), decided
        drafts = [
            Draft(event=each.event, at_ms=each.at_ms, learned_ms=NOW_MS, by="bench", source="bench")
            for each in decided
        ]
        self.region.apply_all(each.envelope for each in seal("bench", self.region.head, drafts))


def _print(what: str, took_ms: Sequence[float], limit: str = "") -> None:
    p50 = sorted(took_ms)[len(took_ms) // 2]
    wanted = f" (wanted: {limit})" if limit else ""
    print(f"          {what}: p50 {p50:.1f} ms, p99 {_p99(took_ms):.1f} ms{wanted}", flush=True)


def _own(cpu_ms: Sequence[float]) -> str:
    return f" ({_p99(cpu_ms):.1f} ms of processor time)"


def _p99(took_ms: Sequence[float]) -> float:
    ranked = sorted(took_ms)
    return ranked[math.ceil(0.99 * len(ranked)) - 1]


if __name__ == "__main__":
    main()
