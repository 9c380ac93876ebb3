"""A real city's log, replayed as live events through the real engine into the warehouse."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dispatch import commands
from dispatch.catalogue import CrewKind, Name, Reason, RegionSettings, Substation
from dispatch.commands import Command
from dispatch.cut import Cut
from dispatch.engine import Accepted, Engine
from dispatch.incident import Place
from dispatch.journal_open import open_journal
from dispatch.ledger import rows_of
from dispatch.log import read_log
from dispatch.questions import calls, cells
from dispatch.region import Region
from dispatch.reports import intervals
from dispatch.response import ORDER, Response
from dispatch.warehouse import Warehouse
from tests.conftest import NO_SKIPS

SETTINGS = RegionSettings(
    id="sf",
    name=Name("Сан-Франциско", "San Francisco"),
    timezone="America/Los_Angeles",
    crew_kinds=(CrewKind(id="crew", ru="Бригада", en="Crew"),),
    reasons=(Reason(id="call", ru="Вызов", en="Call", priority=2),),
)
PRESSED = [name for name in ORDER if name not in {"called", "created", "notified"}]


class Replay:
    """The log's rows as commands, in order of time, under a clock that stands where the row says."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now_ms = 0
        self.incidents: dict[str, str] = {}
        self.assignments: dict[int, str] = {}
        self.deferred: dict[str, list[tuple[int, Response]]] = {}
        self.to_come: Counter[str] = Counter()
        self.rows: dict[str, Response] = {}

    async def ask(self, command: Command) -> Accepted | None:
        """Submit; None for a refusal."""
        answered = await self.engine.submit(command, by="replay", source="replay")
        return answered if isinstance(answered, Accepted) else None

    async def do(self, command: Command) -> Accepted:
        """Submit what must be accepted."""
        answered = await self.engine.submit(command, by="replay", source="replay")
        assert isinstance(answered, Accepted), answered
        return answered

    async def run(self, rows: list[Response]) -> None:
        """Replay the rows; what no dispatcher could have entered in time is corrected at the end."""
        queue: list[tuple[int, int, int, str]] = []
        self.to_come.update(row.incident for row in rows)
        for number, row in enumerate(rows):
            queue.append((row.times["notified"], 0, number, "notified"))
            queue += [(row.times[name], 1, number, name) for name in PRESSED if name in row.times]
        for number, row in enumerate(rows):
            queue.append((row.times["created"], -1, number, "created"))
        heapq.heapify(queue)
        while queue:
            at_ms, _, number, name = heapq.heappop(queue)
            self.now_ms = max(self.now_ms, at_ms)
            await self.step(rows[number], number, name)
        self.now_ms += 60_000
        for number, row in enumerate(rows):
            await self.settle(self.assignments[number], row)

    async def step(self, row: Response, number: int, name: str) -> None:
        """Play one moment of one row."""
        if name == "created":
            if row.incident not in self.incidents:
                done = await self.do(
                    commands.CreateIncident(
                        place=Place(label="-", lat_deg=37.7, lon_deg=-122.4),
                        reason="call",
                        called_at_ms=row.times["called"],
                    )
                )
                assert done.incident is not None
                self.incidents[row.incident] = done.incident
        elif name == "notified":
            busy = self.engine.region.active_assignment(row.unit)
            if busy is not None:  # the log says that it was in two places at once
                has_end = "cleared" in self.rows[busy.id].times
                await self.do(
                    commands.SetStatus(assignment=busy.id, status="cleared" if has_end else "cancelled")
                )
            incident = self.incidents[row.incident]
            sent = await self.do(commands.AssignCrew(incident=incident, unit=row.unit))
            assert sent.assignment is not None
            self.assignments[number] = sent.assignment
            self.rows[sent.assignment] = row
            self.to_come[row.incident] -= 1
            if not self.to_come[row.incident]:
                for late, other in self.deferred.pop(row.incident, []):
                    await self.press(self.assignments[late], "cleared", other.times["cleared"])
        elif number in self.assignments:
            if name == "cleared" and self.to_come[row.incident]:
                # its last crew's end would close a call to which the log sends another one later
                self.deferred.setdefault(row.incident, []).append((number, row))
                return
            await self.press(self.assignments[number], name, row.times[name])

    async def press(self, assignment: str, name: str, at_ms: int) -> None:
        """Press a button as a crew would; a refusal is left to `settle`."""
        await self.ask(commands.SetStatus(assignment=assignment, status=name, at_ms=at_ms))  # type: ignore[arg-type]  # of ORDER

    async def settle(self, assignment: str, row: Response) -> None:
        """End what the log left open, and correct what differs from it."""
        if self.engine.region.assignments[assignment].open:
            ending = "cleared" if "cleared" in row.times else "cancelled"
            await self.do(commands.SetStatus(assignment=assignment, status=ending))  # type: ignore[arg-type]  # one of two statuses
        known = self.engine.region.assignments[assignment].times
        for name in ("notified", *PRESSED):
            wanted = row.times.get(name)
            if wanted != known.get(name):  # type: ignore[call-overload]  # of ORDER
                await self.do(
                    commands.CorrectTime(assignment=assignment, what=name, to_ms=wanted, why="the log")  # type: ignore[arg-type]  # the same
                )


@pytest.mark.shared
@pytest.mark.slow
async def test_the_log_as_live_events_gives_the_same_figures_from_the_journal(
    shared: Path, tmp_path: Path
) -> None:
    """Every figure, the rows out of order and the overlaps, from the journal alone.

    The whole log, against the golden figures, where skips are forbidden; else 250 of its calls, all doubtful
    ones among them, against the plain report of the same rows.
    """
    folder = shared / "data/calls"
    golden = json.loads((folder / "sffd_shared_golden.json").read_text(encoding="utf-8"))
    with (folder / "sffd_shared.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(read_log(stream))
    if NO_SKIPS:
        figures = golden["all"]
    else:
        doubtful = {incident for incident, _ in golden["times_out_of_order"]}
        doubtful |= {each for pair in golden["overlapping_assignments"] for each in pair[1:]}
        kept = doubtful | set(list({row.incident: None for row in rows})[:250])
        rows = [row for row in rows if row.incident in kept]
        plain = msgspec.to_builtins(intervals(rows, 1_200_000))
        figures = {
            name: {
                "within_20min" if key == "within_norm" else key: value for key, value in plain[name].items()
            }
            for name in golden["all"]
        }
    with closing(open_journal(tmp_path / "journal.sqlite")) as journal:
        replay: Replay | None = None
        first_ms = min(row.times["called"] for row in rows)
        engine = await Engine.open(journal, "sf", lambda: first_ms if replay is None else replay.now_ms)
        replay = Replay(engine)
        replay.now_ms = first_ms
        await replay.do(commands.ConfigureRegion(settings=SETTINGS))
        await replay.do(
            commands.RegisterSubstation(substation=Substation(id="s", name="s", lat_deg=37.7, lon_deg=-122.4))
        )
        for unit in {row.unit: None for row in rows}:
            await replay.do(
                commands.RegisterUnit(unit=unit, call_sign=unit, crew_kind="crew", substation="s")
            )
            await replay.do(commands.SetDuty(unit=unit, duty="on"))
        await replay.run(rows)
        await engine.close()
        region = Region("sf")
        with closing(Warehouse.open(None, ZoneInfo("America/Los_Angeles"))) as warehouse:
            entries = list(journal.read("sf"))
            region.apply_all(entries)
            for start in range(0, len(entries), 5000):
                warehouse.write("sf", rows_of(region, entries[start : start + 5000]))
            made = cells(warehouse, Cut(norm_s=1200))
            for interval, expected in figures.items():
                cell = made[interval]
                got = {
                    key: getattr(cell, key) for key in ("n", "negative", "mean", "p50", "p90", "p95", "max")
                }
                assert got | {"within_20min": cell.within_norm} == expected, interval
            of = {mine: theirs for theirs, mine in replay.incidents.items()}
            _, wrong = calls(
                warehouse,
                Cut(why="times_out_of_order"),
                order="called",
                interval="task",
                offset=0,
                limit=99,
            )
            assert sorted([of[row["incident"]], row["unit"]] for row in wrong) == golden["times_out_of_order"]
            _, pairs = calls(
                warehouse, Cut(why="overlapping"), order="called", interval="task", offset=0, limit=99
            )
            assert (
                sorted(
                    [row["unit"], of[row["overlap_of"].rsplit(".", 1)[0]], of[row["incident"]]]
                    for row in pairs
                )
                == golden["overlapping_assignments"]
            )
