"""The reports: five million made-up responses, as many as Moscow has in a year.

The responses are made up, with the gaps that real logs have: a tenth never arrives, half carries nobody,
buttons are forgotten, a few times lie in the wrong order. They are written as a CSV log, read into the
warehouse as any log from elsewhere, and asked what the main page asks. The same figures are then computed by
pandas and Polars over the same columns in memory; quantiles are compared to the millisecond. Each figure that
has a limit says it, and whether it was kept: by the clock, with the processor's seconds beside it, which say
more on a busy machine.
"""

from __future__ import annotations

import importlib.util
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dispatch import commands
from dispatch.catalogue import Name, RegionSettings
from dispatch.cut import Cut
from dispatch.decide import decide
from dispatch.defaults import CREW_KINDS, REASONS
from dispatch.events import Draft, StatusChanged, seal
from dispatch.firstaid import INSTRUCTIONS
from dispatch.incident import Place
from dispatch.ledger import Rows, response_row, rows_of
from dispatch.overview import overview
from dispatch.questions import calls, table
from dispatch.region import Region
from dispatch.response import INTERVALS, ORDER, Response
from dispatch.warehouse import Warehouse

ROWS = int(os.environ.get("BENCH_REPORTS_ROWS", "5000000"))
REPEATS = 3
PROJECTED, PROJECTED_UNITS = 5_000, 200
ZONE = ZoneInfo("Europe/Moscow")
YEAR_BEGIN_MS = 1_735_678_800_000  # 2025-01-01 in Moscow

MADE_UP = """
WITH chance AS (
  SELECT i, {begin} + (i * 31536000000 // {rows}) + (random() * 5000)::BIGINT AS called_at,
    random() AS a, random() AS b, random() AS c, random() AS d, random() AS e, random() AS f,
    random() AS wrong
  FROM range({rows}) t(i)),
legs AS (
  SELECT *, called_at + 8000 + (-ln(1 - a) * 40000)::BIGINT AS created_at,
    -- a rush hour is slower
    1 + 0.5 * greatest(0, sin(((called_at + 10800000) % 86400000) / 86400000.0 * 12.566)) AS rush
  FROM chance),
more AS (
  SELECT *, created_at + 5000 + (-ln(1 - b) * 60000)::BIGINT AS notified_at FROM legs),
way AS (SELECT *, notified_at + 15000 + (-ln(1 - c) * 70000)::BIGINT AS en_route_at FROM more),
there AS (SELECT *, en_route_at + 90000 + (-ln(1 - d) * 420000 * rush)::BIGINT AS on_scene_at FROM way),
done AS (SELECT *, on_scene_at + 300000 + (-ln(1 - e) * 1100000)::BIGINT AS left_scene_at FROM there),
hospital AS (SELECT *, left_scene_at + 240000 + (-ln(1 - f) * 800000)::BIGINT AS at_hospital_at FROM done),
last AS (SELECT *, CASE WHEN f < 0.5 THEN at_hospital_at + 300000 + (-ln(1 - a) * 1500000)::BIGINT
  ELSE on_scene_at + 600000 + (-ln(1 - a) * 1200000)::BIGINT END AS cleared_at FROM hospital)
SELECT '2025-' || i AS incident, 'u' || (i * 7 % 1000) AS unit,
  'd' || (hash(i * 17) % 125) AS district,
  's' || (hash(i * 7) % 60) AS substation,
  ['paramedic', 'doctor', 'resuscitation'][(1 + hash(i * 3) % 3)::BIGINT] AS crew_kind,
  1 + hash(i * 5) % 3 AS priority, 'r' || (hash(i * 11) % 24) AS reason, {times}
FROM last
"""


def _column(name: str, column: str, when: str = "true") -> str:
    text = f"strftime(make_timestamp(({column}) * 1000), '%Y-%m-%dT%H:%M:%S.%g') || 'Z'"
    return f"CASE WHEN {when} THEN {text} END AS {name}"


TIMES = ", ".join(
    (
        _column("received", "called_at"),
        _column("entered", "created_at"),
        _column("dispatched", "notified_at"),
        _column("enroute", "en_route_at", "c < 0.97"),
        # a hundredth of a percent of clocks are wrong by minutes
        _column("on_scene", "on_scene_at - CASE WHEN wrong < 0.0005 THEN 900000 ELSE 0 END", "d < 0.9"),
        _column("left_scene", "left_scene_at", "d < 0.9 AND f < 0.5"),
        _column("at_hospital", "at_hospital_at", "d < 0.9 AND f < 0.49"),
        _column("available", "cleared_at", "a > 0.001"),
    )
)


def main() -> None:
    """Print what was measured."""
    _projection()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        log = Path(folder) / "year.csv"
        _write(log)
        print(f"  {ROWS:,} made-up responses, {log.stat().st_size / 1e6:,.0f} MB of CSV")
        # in a process of its own, so that the memory is the warehouse's alone
        subprocess.run(
            [sys.executable, "-c", f"from bench.reports import ask; ask({str(folder)!r})"], check=True
        )
        for engine in ("pandas", "polars"):
            if importlib.util.find_spec(engine) is None:
                print(f"  {engine}: not installed (dependency group `bench`)")
                continue
            subprocess.run(
                [
                    sys.executable,
                    "-c",
                    f"from bench.reports import rival; rival({engine!r}, {str(folder)!r})",
                ],
                check=True,
            )


def _projection() -> None:
    """Fill a warehouse from a journal of finished calls, in pages as a service does; print the rates."""
    now_ms, sealed = YEAR_BEGIN_MS, []
    region = Region("bench")
    settings = RegionSettings(
        id="bench",
        name=Name("Замер", "Bench"),
        crew_kinds=CREW_KINDS,
        reasons=REASONS,
        instructions=INSTRUCTIONS,
    )
    todo: list[commands.Command] = [commands.ConfigureRegion(settings=settings)]
    for unit in range(PROJECTED_UNITS):
        todo += [
            commands.RegisterUnit(unit=str(unit), call_sign=str(unit), crew_kind=CREW_KINDS[0].id),
            commands.SetDuty(unit=str(unit), duty="on"),
        ]
    for number in range(PROJECTED):
        day, crew = number // 10_000, str(number % PROJECTED_UNITS)
        incident = f"{day}-{number % 10_000 + 1}"
        todo += [
            commands.CreateIncident(
                place=Place(label="-", lat_deg=55.0, lon_deg=37.0), reason=REASONS[number % len(REASONS)].id
            ),
            commands.AssignCrew(incident=incident, unit=crew),
            *(
                commands.SetStatus(assignment=f"{incident}.1", status=status)
                for status in ("en_route", "on_scene", "left_scene", "at_hospital", "cleared")
            ),
        ]
    created = -1
    for command in todo:
        now_ms += 1000
        created += isinstance(command, commands.CreateIncident)
        decided = decide(region, command, now_ms, str(max(created, 0) // 10_000))
        assert isinstance(decided, list), decided
        drafts = [
            Draft(event=each.event, at_ms=each.at_ms, learned_ms=now_ms, by="b", source="b")
            for each in decided
        ]
        for each in seal("bench", region.head, drafts):
            region.apply(each.envelope)
            sealed.append(each.envelope)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        warehouse = Warehouse.open(Path(folder) / "warehouse.duckdb", ZONE)
        for page in (10_000, 1_400):  # a rebuild's, and a second of 200 finished responses
            warehouse.forget("bench")
            started_s = time.perf_counter()
            entries = sealed if page == 10_000 else sealed[-10 * page :]
            for start in range(0, len(entries), page):
                warehouse.write("bench", rows_of(region, entries[start : start + page]))
            spent_s = time.perf_counter() - started_s
            finished = sum(
                isinstance(each.event, StatusChanged) and each.event.status == "cleared" for each in entries
            )
            _say(
                f"projection, {page} entries at once: finished responses",
                finished / spent_s,
                "a second",
                least=200,
            )
        warehouse.close()


def _write(log: Path) -> None:
    import duckdb  # noqa: PLC0415  # the other processes do not need it before they fork

    with duckdb.connect(config={"memory_limit": "1200MB", "preserve_insertion_order": False}) as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute("SELECT setseed(0.1)")
        made_up = MADE_UP.format(begin=YEAR_BEGIN_MS, rows=ROWS, times=TIMES)
        duck.execute(f"COPY ({made_up}) TO '{log}' (HEADER)")


class Spent(NamedTuple):
    """The seconds of the best of some runs: by the clock, and of all threads' processors."""

    wall_s: float
    cpu_s: float


def _best(work: Callable[[], Any]) -> tuple[Spent, Any]:
    best, made = Spent(math.inf, math.inf), None
    for _ in range(REPEATS):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        made = work()
        best = min(best, Spent(time.perf_counter() - wall_s, time.process_time() - cpu_s))
    return best, made


def _say(what: str, value: float, unit: str, *, most: float = math.inf, least: float = -math.inf) -> None:
    """Print a figure, its limit, and whether it was kept."""
    limit = ""
    if most < math.inf:
        limit = f"  (at most {most:g}: {'kept' if value <= most else 'NOT KEPT'})"
    if least > -math.inf:
        limit = f"  (at least {least:g}: {'kept' if value >= least else 'NOT KEPT'})"
    print(f"  {what}: {value:,.{2 if value < 100 else 0}f} {unit}{limit}", flush=True)


def _say_spent(what: str, spent: Spent, most: float = math.inf) -> None:
    _say(f"{what} (CPU {spent.cpu_s:.2f} s)", spent.wall_s, "s", most=most)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ask(folder: str) -> None:
    """Read the log in and ask; print the seconds and the memory. Then write the columns for the rivals."""
    warehouse = Warehouse.open(Path(folder) / "warehouse.duckdb", ZONE)
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    done = warehouse.read_in(Path(folder) / "year.csv", "year", ZONE, 0)
    spent = Spent(time.perf_counter() - wall_s, time.process_time() - cpu_s)
    _say_spent(f"import of {done.rows:,} rows", spent, most=60)
    _say("peak memory after it", _memory_mb(), "MB", most=2000)
    wall_s = time.perf_counter()
    columns = warehouse.columns()
    _say("first question after a start: columns read", time.perf_counter() - wall_s, "s")
    _say("columns in memory", columns.nbytes() / 1e6, "MB")
    cut = Cut(source="year")
    overview(warehouse, cut)  # compiles the kernels where no earlier run did
    spent, page = _best(lambda: overview(warehouse, cut))
    _say_spent("main page, warm (11 intervals, league, heat map, trend, distribution)", spent, most=1)
    print(f"  doubts: {page.left_out}")
    month = (YEAR_BEGIN_MS + 150 * 86_400_000, YEAR_BEGIN_MS + 180 * 86_400_000)
    for name, what in (
        ("one month, with the month before", Cut(source="year", from_ms=month[0], to_ms=month[1])),
        ("one substation", Cut(source="year", only={"substation": ("s7",)})),
        ("priority 1", Cut(source="year", only={"priority": ("1",)})),
        ("a norm of 15 minutes for all", Cut(source="year", norm_s=900)),
        (
            "two districts and the late ones",
            Cut(source="year", only={"district": ("d1", "d2")}, late_by="response"),
        ),
        ("without doubtful times", Cut(source="year", without_doubtful=True)),
        ("first crews at night", Cut(source="year", crews="first", only={"hour": ("0", "1", "2", "3")})),
    ):
        spent, _ = _best(lambda what=what: overview(warehouse, what))  # type: ignore[misc]  # bound at once
        _say_spent(f"main page of {name}", spent, most=1.5)
    for by in (("district", "hour"), ("substation", "month"), ("unit", "priority"), ("reason",)):
        spent, rows = _best(lambda by=by: table(warehouse, cut, by))  # type: ignore[misc]  # the same
        _say_spent(f"table by {' × '.join(by)}, {len(rows):,} groups", spent, most=1.5)
    late = Cut(source="year", late_by="response", only={"weekday": ("0",), "hour": ("8",)})
    spent, (total, _) = _best(
        lambda: calls(warehouse, late, order="longest", interval="response", offset=0, limit=100)
    )
    _say_spent(f"the {total:,} late calls of Mondays at 8, the worst 100", spent, most=1.5)
    _beside(warehouse)
    basic, _ = _best(lambda: _basic(warehouse, cut))
    _say_spent("basic set (what the rivals compute)", basic)
    _say("peak memory in all", _memory_mb(), "MB", most=2000)
    with warehouse.cursor() as cursor:
        columns_sql = ", ".join(f"{name}_ms" for name in INTERVALS)
        cursor.execute(
            f"COPY (SELECT substation, weekday, hour, day, {columns_sql} FROM responses "  # noqa: S608  # of our own names
            "WHERE source = 'year') "
            f"TO '{folder}/columns.parquet' (FORMAT parquet)"
        )
    cell = page.intervals["response"]
    (Path(folder) / "ours").write_text(
        f"{basic.wall_s} {basic.cpu_s} {cell.p50} {cell.p90} {cell.p95}", encoding="utf-8"
    )


def _beside(warehouse: Warehouse) -> None:
    """Write a second of 200 finished responses beside the year, five times, each followed by a question."""
    spent = []
    for second in range(5):
        rows = [
            response_row(
                Response(
                    assignment=f"{second}.{number}",
                    incident=f"{second}.{number}",
                    unit=f"u{number}",
                    status="cleared",
                    times={
                        name: YEAR_BEGIN_MS + second * 1000 + place * 60_000
                        for place, name in enumerate(ORDER)
                    },
                ),
                "bench",
            )
            for number in range(200)
        ]
        begun = Spent(time.perf_counter(), time.process_time())
        warehouse.write("bench", Rows(second + 1, "", rows, [], [], []))
        columns = warehouse.columns()
        spent.append(Spent(time.perf_counter() - begun.wall_s, time.process_time() - begun.cpu_s))
        assert columns.count == ROWS + 200 * (second + 1)
    _say_spent("200 finished responses written and at hand, at worst", max(spent), most=1)


def _basic(warehouse: Warehouse, cut: Cut) -> None:
    from dispatch.questions import cells  # noqa: PLC0415  # beside the other questions

    cells(warehouse, cut)
    table(warehouse, cut, ("substation",))
    table(warehouse, cut, ("weekday", "hour"))
    table(warehouse, cut, ("day",))


def rival(engine: str, folder: str) -> None:
    """Compute the basic set with pandas or Polars, columns in memory; compare, and print the ratio."""
    work = {"pandas": _pandas, "polars": _polars}[engine](f"{folder}/columns.parquet")
    spent, theirs = _best(work)
    ours_s, ours_cpu_s, *ours = map(float, (Path(folder) / "ours").read_text(encoding="utf-8").split())
    assert [each / 1000 for each in theirs] == ours, (theirs, ours)
    _say_spent(f"{engine} for the same, peak {_memory_mb():,.0f} MB", spent)
    least = 2.0 if engine == "pandas" else -math.inf
    _say(f"{engine}, times ours by the clock", spent.wall_s / ours_s, "×", least=least)
    _say(f"{engine}, times ours by the processor", spent.cpu_s / ours_cpu_s, "×")


def _pandas(path: str) -> Callable[[], list[float]]:
    import duckdb  # noqa: PLC0415  # reads the file into pandas without a further library
    import numpy as np  # noqa: PLC0415  # comes with pandas
    import pandas as pd  # noqa: PLC0415  # the bench group's alone

    frame = pd.DataFrame(
        {
            name: np.ma.filled(column.astype("float64"), np.nan) if name.endswith("_ms") else column
            for name, column in duckdb.sql(f"SELECT * FROM '{path}'").fetchnumpy().items()  # noqa: S608  # our own file
        }
    )
    frame["substation"] = frame["substation"].astype("category")
    shares = [0.5, 0.9, 0.95]

    def figures(column: Any) -> Any:  # noqa: ANN401  # a pandas column or groups of one
        valid = column[column >= 0]
        return (
            valid.quantile(shares, interpolation="higher"),
            valid.mean(),
            valid.max(),
            (valid <= 1_200_000).sum(),
        )

    def work() -> list[float]:
        whole = {name: figures(frame[f"{name}_ms"]) for name in INTERVALS}
        valid = frame[frame["response_ms"] >= 0]
        for by in (["substation"], ["weekday", "hour"], ["day"]):
            groups = valid.groupby(by, observed=True)["response_ms"]
            groups.quantile(shares, interpolation="higher")
            groups.agg(["count", "mean", "max"])
            (valid["response_ms"] <= 1_200_000).groupby([valid[each] for each in by], observed=True).sum()
        del whole
        # pandas has no nearest rank for a column: the value at rank ceil(p·n), sorted
        ordered = np.sort(valid["response_ms"].to_numpy())
        return [float(ordered[-(-len(ordered) * hundredth // 100) - 1]) for hundredth in (50, 90, 95)]

    return work


def _polars(path: str) -> Callable[[], list[float]]:
    import polars as pl  # noqa: PLC0415  # the bench group's alone

    frame = pl.read_parquet(path)
    shares = (0.5, 0.9, 0.95)

    def summed(name: str) -> list[Any]:
        valid = pl.col(f"{name}_ms").filter(pl.col(f"{name}_ms") >= 0)
        return [
            *(valid.quantile(share, "higher").alias(f"{name}{share}") for share in shares),
            valid.mean().alias(f"{name}mean"),
            valid.max().alias(f"{name}max"),
            (valid <= 1_200_000).sum().alias(f"{name}within"),
        ]

    def work() -> list[float]:
        frame.select(each for name in INTERVALS for each in summed(name))
        for by in (("substation",), ("weekday", "hour"), ("day",)):
            frame.group_by(by).agg(summed("response"))
        ordered = frame["response_ms"].filter(frame["response_ms"] >= 0).sort()
        return [float(ordered[-(-len(ordered) * hundredth // 100) - 1]) for hundredth in (50, 90, 95)]

    return work
