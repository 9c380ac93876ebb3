"""The engine on SQLite and on PostgreSQL, durable: commands a second, and how long each waits for its answer.

Time runs from putting a command into the engine's queue to its answer, which comes after fsync. `paced` sends
the stated rate from an open loop (nobody waits for the answer before the next one); `one by one` is the same
work with a commit a command; `replay` folds the journal back as a first start does. Then a region with a
million entries: how long a start takes by replay and by snapshot, and what it weighs in memory. PostgreSQL is
one of this machine (the tests' own), reached over TCP.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from bench.gates import Gate, at_most
from dispatch import commands
from dispatch.candidate import PositionOf
from dispatch.catalogue import Name, RegionSettings, Substation
from dispatch.decide import decide
from dispatch.defaults import CREW_KINDS, REASONS
from dispatch.engine import Accepted, Engine
from dispatch.events import Draft, RankedSummary, Sealed, seal
from dispatch.firstaid import INSTRUCTIONS
from dispatch.incident import Place
from dispatch.journal import Journal
from dispatch.journal_open import open_journal
from dispatch.recommend import recommend
from dispatch.refusal import Refusal
from dispatch.region import Region
from dispatch.snapshot import Snapshots
from routing.times import StraightLine

RATE = 500
PACED_S = 20
ONE_BY_ONE = 1_500
CLIENTS = 256
SATURATED = 20_000
UNITS = 1_000
MILLION = 1_000_000
MILLION_UNITS = 300
STEPS = ("acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital", "cleared")
RECOMMENDATIONS = 300
SHIFTS = 30
SHIFT_H = 8


def main() -> list[Gate]:
    """Print what was measured; return whether it is as promised."""
    gates: list[Gate] = []
    with tempfile.TemporaryDirectory(dir=".") as folder:
        # Here and not in /tmp, which is memory on many machines: fsync must cost what it costs.
        paced_ms = asyncio.run(_measure("SQLite", str(Path(folder) / "journal.sqlite")))
        p50 = f" (p50 {_rank(paced_ms, 0.5):.1f} ms)"
        gates.append(
            at_most(f"{RATE} commands/s on SQLite, durable, p99", _rank(paced_ms, 0.99), 50, "ms", p50)
        )
        from tests.dispatch.postgres import Server, programs  # noqa: PLC0415  # it needs what tests need

        where = programs()
        if where is None:
            print("PostgreSQL: none runs here")
        else:
            server = Server(where)
            try:
                asyncio.run(_measure("PostgreSQL", server.database()))
            finally:
                server.close()
        gates += _million(Path(folder) / "million")
    gates.append(_alarms())
    return gates


def _alarms() -> Gate:
    """Live through made-up shifts, and count the alarms of each hour at the workplace."""
    from tests.dispatch.test_timers import Shift  # noqa: PLC0415  # it needs what tests need

    hours: Counter[tuple[int, int]] = Counter()
    for seed in range(SHIFTS):
        shift = Shift(seed, hours=SHIFT_H)
        hours.update((seed, (at_ms - shift.begun_ms) // 3_600_000) for at_ms in shift.run())
    print(
        f"alarms: {SHIFTS} made-up shifts of {SHIFT_H} h at one workplace, 12 calls an hour: "
        f"{hours.total() / SHIFTS / SHIFT_H:.1f} an hour, {max(hours.values())} in the worst hour"
    )
    what = f"alarms an hour at a workplace, worst of {SHIFTS * SHIFT_H} hours"
    return at_most(what, max(hours.values()), 6, "an hour")


async def _measure(name: str, place: str) -> list[float]:
    with closing(open_journal(place)) as journal:
        print(f"{name}:")
        engine = await Engine.open(journal, "bench", _clock)
        await _set_up(engine)
        began_s = time.process_time()
        paced_ms = await _paced(engine)
        own_ms = (time.process_time() - began_s) * 1000 / len(paced_ms)
        print(
            f"          paced at {RATE} commands/s: p50 {_rank(paced_ms, 0.5):.2f} ms, "
            f"p99 {_rank(paced_ms, 0.99):.2f} ms, max {paced_ms[-1]:.2f} ms; "
            f"{own_ms:.2f} ms of processor time each"
        )
        single_s = await _one_by_one(engine)
        print(f"          one by one: {ONE_BY_ONE / single_s:9,.0f} commands/s")
        started_s = time.perf_counter()
        saturated_ms = await _saturated(engine)
        saturated_s = time.perf_counter() - started_s
        print(
            f"          {CLIENTS} clients: {SATURATED / saturated_s:9,.0f} commands/s, "
            f"p50 {_rank(saturated_ms, 0.5):.2f} ms, p99 {_rank(saturated_ms, 0.99):.2f} ms, "
            f"{SATURATED / saturated_s / (ONE_BY_ONE / single_s):.1f} times one by one"
        )
        _recommendations(engine)
        entries = engine.seq
        await engine.close()
        started_s = time.perf_counter()
        successor = await Engine.open(journal, "bench", _clock)
        spent_s = time.perf_counter() - started_s
        assert successor.seq == entries + 1
        await successor.close()
        print(f"          replay: {entries:,} entries in {spent_s:.2f} s, {entries / spent_s:,.0f} a second")
        started_s = time.perf_counter()
        assert journal.verify().flaw is None
        print(f"          verify: {entries / (time.perf_counter() - started_s):,.0f} entries a second")
    return paced_ms


def _million(folder: Path) -> list[Gate]:
    """Measure a start with a million entries, each in a process of its own."""
    folder.mkdir()
    with closing(open_journal(folder / "journal.sqlite")) as journal:
        _fill(journal)
    print(f"{MILLION:,} entries:")
    spawn = multiprocessing.get_context("spawn")
    ready_s = spawn.Value("d", 0.0)
    for _ in range(2):  # the first finds no snapshot and leaves one behind
        process = spawn.Process(target=_start, args=(folder, ready_s))
        process.start()
        process.join()
        assert process.exitcode == 0
    what = f"ready with {MILLION:,} entries, by snapshot, state equal to a full replay by hash"
    return [at_most(what, ready_s.value, 5, "s")]


def _start(folder: Path, ready_s: Synchronized[float]) -> None:
    """Start as a service does, print what it took, and tell it."""
    before = _resident_mb()
    began_s = time.perf_counter()
    with closing(open_journal(folder / "journal.sqlite")) as journal:
        snapshots = Snapshots(folder / "snapshots")
        had = snapshots.folder.exists()

        async def start() -> Region:
            engine = await Engine.open(journal, "bench", _clock, snapshots=snapshots)
            spent_s = ready_s.value = time.perf_counter() - began_s
            how = "by snapshot" if had else "by replay"
            print(
                f"          ready {how}: {spent_s:.2f} s, {engine.seq:,} entries, "
                f"{_resident_mb() - before:,.0f} MB in memory",
                flush=True,
            )
            region = engine.region.fork()
            await engine.close()
            return region

        region = asyncio.run(start())
        if had:
            whole = Region("bench")
            whole.apply_all(each for each in journal.read("bench") if each.seq <= region.seq)
            assert whole.fingerprint() == region.fingerprint()
            size_mb = max(path.stat().st_size for path in snapshots.folder.iterdir()) / 1e6
            print(f"          equal to a full replay by hash; {size_mb:,.0f} MB a snapshot", flush=True)
        else:
            began_s = time.perf_counter()
            assert snapshots.save(journal, region)
            print(f"          snapshot written in {time.perf_counter() - began_s:.2f} s, beside the work")


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _fill(journal: Journal) -> None:
    """Write the journal of a region in which a million things have happened: calls with whole tasks."""
    region, waiting = Region("bench"), list[Sealed]()
    head, now_ms = region.head, 1_700_000_000_000

    def do(command: commands.Command) -> Sealed:
        nonlocal now_ms
        now_ms += 300
        decided = decide(region, command, now_ms, f"day-{now_ms // 86_400_000}")
        assert not isinstance(decided, Refusal), decided
        sealed = seal(
            "bench",
            region.head,
            [
                Draft(
                    event=each.event,
                    at_ms=each.at_ms,
                    learned_ms=now_ms,
                    by="bench",
                    source="bench",
                    command_id=str(region.seq),
                    command_print="0123456789abcdef",
                )
                for each in decided
            ],
        )
        region.apply_all(each.envelope for each in sealed)
        waiting.extend(sealed)
        return sealed[0]

    settings = RegionSettings(
        id="bench",
        name=Name("Замер", "Bench"),
        crew_kinds=CREW_KINDS,
        reasons=REASONS,
        instructions=INSTRUCTIONS,
    )
    do(commands.ConfigureRegion(settings=settings))
    do(commands.RegisterSubstation(substation=Substation(id="s1", name="s1", lat_deg=41.15, lon_deg=-8.61)))
    for unit in map(str, range(MILLION_UNITS)):
        do(
            commands.RegisterUnit(
                unit=unit, call_sign=unit, crew_kind=CREW_KINDS[0].id, vehicle_class="B", substation="s1"
            )
        )
        do(commands.SetDuty(unit=unit, duty="on"))
    ranking = tuple(RankedSummary(unit=str(rank), rank=rank, eta_s=200.0 + rank) for rank in range(5))
    number = 0
    while region.seq < MILLION:
        number += 1
        do(_call(number))
        incident = next(reversed(region.incidents))
        unit = str(number % MILLION_UNITS)
        do(commands.AssignCrew(incident=incident, unit=unit, eta_s=240.0, rank=1, ranking=ranking))
        assignment = next(reversed(region.assignments))
        for status in STEPS:
            do(commands.SetStatus(assignment=assignment, status=status))  # type: ignore[arg-type]  # literals
        if len(waiting) > 5_000 or region.seq >= MILLION:
            journal.append("bench", head, waiting)
            head = region.head
            waiting.clear()


def _clock() -> int:
    return time.time_ns() // 1_000_000


async def _set_up(engine: Engine) -> None:
    settings = RegionSettings(
        id="bench",
        name=Name("Замер", "Bench"),
        crew_kinds=CREW_KINDS,
        reasons=REASONS,
        instructions=INSTRUCTIONS,
    )
    base = Substation(id="s1", name="s1", lat_deg=41.15, lon_deg=-8.61)
    for command in (
        commands.ConfigureRegion(settings=settings),
        commands.RegisterSubstation(substation=base),
    ):
        assert isinstance(await _ask(engine, command), Accepted)
    for number in range(UNITS):
        kind = CREW_KINDS[number % 2].id
        unit = commands.RegisterUnit(unit=str(number), call_sign=str(number), crew_kind=kind, substation="s1")
        assert isinstance(await _ask(engine, unit), Accepted)
        assert isinstance(await _ask(engine, commands.SetDuty(unit=str(number), duty="on")), Accepted)


async def _ask(engine: Engine, command: commands.Command) -> object:
    return await engine.submit(command, by="bench", source="bench")


def _call(number: int) -> commands.CreateIncident:
    place = Place(label=f"Rua {number}", lat_deg=41.15, lon_deg=-8.61)
    return commands.CreateIncident(place=place, reason=REASONS[number % len(REASONS)].id, phone="+351 000")


async def _run(engine: Engine, number: int) -> float:
    """Take a call as a client would, with a command id; return how long the answer took, ms."""
    started_s = time.perf_counter()
    answer = await engine.submit(_call(number), by="bench", source="bench", command_id=str(number))
    assert isinstance(answer, Accepted)
    return (time.perf_counter() - started_s) * 1000


async def _paced(engine: Engine) -> list[float]:
    loop = asyncio.get_running_loop()
    begin_s = loop.time()
    tasks = []
    for number in range(RATE * PACED_S):
        await asyncio.sleep(begin_s + number / RATE - loop.time())
        tasks.append(asyncio.create_task(_run(engine, number)))
    return sorted(await asyncio.gather(*tasks))


async def _one_by_one(engine: Engine) -> float:
    started_s = time.perf_counter()
    for number in range(ONE_BY_ONE):
        await _run(engine, 1_000_000 + number)
    return time.perf_counter() - started_s


async def _saturated(engine: Engine) -> list[float]:
    async def client(first: int) -> list[float]:
        return [await _run(engine, 2_000_000 + number) for number in range(first, SATURATED, CLIENTS)]

    took = await asyncio.gather(*(client(first) for first in range(CLIENTS)))
    return sorted(each for own in took for each in own)


def _recommendations(engine: Engine) -> None:
    """Measure ranking with every reason, over straight lines: what dispatch itself adds to the road times."""
    chance = random.Random(1)  # noqa: S311  # a repeatable fleet, no secret
    positions = {
        unit: PositionOf(
            unit=unit,
            lat_deg=chance.uniform(41.1, 41.2),
            lon_deg=chance.uniform(-8.7, -8.55),
            age_s=chance.expovariate(1 / 10),
            freshness="live" if chance.random() < 0.9 else "stale",
        )
        for unit in engine.region.units
    }
    took_ms = []
    for incident in list(engine.region.incidents)[:RECOMMENDATIONS]:
        started_s = time.perf_counter()
        made = recommend(engine.region, incident, positions, StraightLine(), _clock())
        took_ms.append((time.perf_counter() - started_s) * 1000)
        assert len(made.crews) + len(made.left_out) == UNITS
    took_ms.sort()
    print(
        f"          recommendation of {UNITS:,} units without roads: p50 {_rank(took_ms, 0.5):.2f} ms, "
        f"p99 {_rank(took_ms, 0.99):.2f} ms"
    )


def _rank(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank quantile of sorted values."""
    return values[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    main()
