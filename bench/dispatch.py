"""The engine on SQLite, durable: commands a second, and how long each waits for its answer.

Time runs from putting a command into the engine's queue to its answer, which comes after fsync. `paced` sends
the stated rate from an open loop (nobody waits for the answer before the next one); `one by one` is the same
work with a commit a command; `replay` folds the journal back as a start does.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from dispatch import commands
from dispatch.candidate import PositionOf
from dispatch.catalogue import Name, RegionSettings, Substation
from dispatch.defaults import CREW_KINDS, REASONS
from dispatch.engine import Accepted, Engine
from dispatch.incident import Place
from dispatch.journal_sqlite import SqliteJournal
from dispatch.recommend import recommend
from routing.times import StraightLine

RATE = 500
PACED_S = 6
ONE_BY_ONE = 1_500
CLIENTS = 256
SATURATED = 20_000
UNITS = 1_000
RECOMMENDATIONS = 300


def main() -> None:
    """Print what was measured."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        # Here and not in /tmp, which is memory on many machines: fsync must cost what it costs.
        asyncio.run(_measure(Path(folder) / "journal.sqlite"))


async def _measure(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        engine = await Engine.open(journal, "bench", _clock)
        await _set_up(engine)
        paced_ms = await _paced(engine)
        print(
            f"dispatch: paced at {RATE} commands/s: p50 {_rank(paced_ms, 0.5):.2f} ms, "
            f"p99 {_rank(paced_ms, 0.99):.2f} ms, max {paced_ms[-1]:.2f} ms"
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


def _clock() -> int:
    return time.time_ns() // 1_000_000


async def _set_up(engine: Engine) -> None:
    settings = RegionSettings(id="bench", name=Name("Замер", "Bench"), crew_kinds=CREW_KINDS, reasons=REASONS)
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
