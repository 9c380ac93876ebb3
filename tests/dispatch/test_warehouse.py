from __future__ import annotations

import csv
import json
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.cut import Cut
from dispatch.events import Envelope
from dispatch.ledger import Rows, response_row, rows_of
from dispatch.log import LogError, read_log
from dispatch.questions import calls, cells, left_out, table
from dispatch.region import Region
from dispatch.reports import figures
from dispatch.response import INTERVALS, ORDER, Response, interval_ms, out_of_order
from dispatch.warehouse import Warehouse, WarehouseError
from tests.dispatch.conftest import World

MOSCOW = ZoneInfo("Europe/Moscow")
UTC = ZoneInfo("UTC")
AT_MS = 1_800_000_000_000


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """An empty one in memory."""
    with closing(Warehouse.open(None, MOSCOW)) as opened:
        yield opened


def put(warehouse: Warehouse, responses: list[Response], seq: int = 1) -> None:
    """Write responses as if the journal had brought them."""
    warehouse.write("test", Rows(seq, "", [response_row(each, "test") for each in responses], [], [], []))


def everything(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Return all rows of all tables, sorted."""
    with warehouse.cursor() as cursor:
        return [
            row
            for name in ("responses", "calls", "duties")
            # but for the ids, which number the rows as they come and stand last
            for row in sorted(
                (line[: -1 if name == "responses" else None] for line in cursor.table(name).fetchall()),
                key=repr,
            )
        ]


def made_up(chance: random.Random, number: int) -> Response:
    """A response with gaps and, now and then, a time in the wrong place."""
    at_ms, times = AT_MS + number * 60_000, {}
    for name in ORDER:
        if chance.random() < 0.85 or name in {"called", "created"}:
            times[name] = at_ms
        at_ms += chance.choice([0, 1, 999, 1000, 61_234, 70_000_000, chance.randrange(3_000_000)])
        at_ms -= 90_000 if chance.random() < 0.05 else 0
    return Response(
        assignment=f"a{number}",
        incident=f"i{number // 2}",
        unit=f"u{number % 3}",
        times=times,
        status="cleared",
        substation=chance.choice(["s1", "s2", None]),
        crew_kind=chance.choice(["doctor", "paramedic"]),
        priority=chance.choice([1, 2, 3, None]),
        norm_s=chance.choice([600, 1200]),
    )


@pytest.mark.shared
def test_the_warehouse_gives_the_golden_figures_of_a_real_log(shared: Path, warehouse: Warehouse) -> None:
    """Read in by DuckDB, every figure equals the golden one; the same rows are out of order and overlap."""
    log = shared / "data/calls/sffd_shared.csv"
    golden = json.loads((shared / "data/calls/sffd_shared_golden.json").read_text(encoding="utf-8"))
    done = warehouse.read_in(log, "sffd", UTC, 0)
    assert (done.rows, done.not_numbers) == (golden["rows"], 0)
    parts: dict[str, dict[Any, tuple[str, ...]]] = {
        "all": {},
        "ambulances": {"crew_kind": ("MEDIC", "PRIVATE")},
        "ambulances_priority_3": {"crew_kind": ("MEDIC", "PRIVATE"), "priority": ("3",)},
    }
    for name, only in parts.items():
        made = cells(warehouse, Cut(source="sffd", norm_s=1200, only=only))
        for interval, expected in golden[name].items():
            cell = made[interval]
            got = {key: getattr(cell, key) for key in ("n", "negative", "mean", "p50", "p90", "p95", "max")}
            assert got | {"within_20min": cell.within_norm} == expected
    _, wrong = calls(
        warehouse,
        Cut(source="sffd", why="times_out_of_order"),
        order="called",
        interval="task",
        offset=0,
        limit=99,
    )
    assert sorted([row["incident"], row["unit"]] for row in wrong) == golden["times_out_of_order"]
    _, pairs = calls(
        warehouse, Cut(source="sffd", why="overlapping"), order="called", interval="task", offset=0, limit=99
    )
    assert (
        sorted([row["unit"], row["overlap_of"].split(".")[0], row["incident"]] for row in pairs)
        == golden["overlapping_assignments"]
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60))
def test_the_warehouse_counts_as_the_plain_report_does(seed: int, count: int) -> None:
    """Random responses: n, mean, quantiles, doubts equal those of the plain functions, whole and grouped."""
    chance = random.Random(seed)
    responses = [made_up(chance, number) for number in range(count)]
    with closing(Warehouse.open(None, MOSCOW)) as warehouse:
        put(warehouse, responses)
        whole = cells(warehouse, Cut(norm_s=1200))
        rows = table(warehouse, Cut(norm_s=1200), ("substation", "priority"), tuple(INTERVALS))
        assert left_out(warehouse, Cut())["times_out_of_order"] == sum(
            out_of_order(each.times) is not None for each in responses
        )
        for name in INTERVALS:
            lengths = [interval_ms(each.times, name) for each in responses]
            plain = figures((each for each in lengths if each is not None), 1_200_000)
            for key in plain.__struct_fields__:
                assert getattr(whole[name], key) == getattr(plain, key), (name, key)
            assert whole[name].missing == sum(each is None for each in lengths)
            assert sum(row.cells[name].n for row in rows) == plain.n
            assert sum(row.cells[name].within for row in rows) == whole[name].within
            assert sum(row.cells[name].negative for row in rows) == plain.negative
        for row in rows:
            group = [each for each in responses if (each.substation, each.priority) == row.key]
            for name, cell in row.cells.items():
                lengths = [interval_ms(each.times, name) for each in group]
                plain = figures((each for each in lengths if each is not None), 1_200_000)
                for key in plain.__struct_fields__:
                    assert getattr(cell, key) == getattr(plain, key), (row.key, name, key)
            only: dict[Any, tuple[str, ...]] = {
                "substation": (row.key[0] or "",),  # type: ignore[dict-item]  # a substation's id is text
                "priority": ("" if row.key[1] is None else str(row.key[1]),),
            }
            behind, _ = calls(warehouse, Cut(only=only), order="called", interval="task", offset=0, limit=0)
            assert behind == len(group) == row.cells["task"].responses


def test_the_order_of_arrival_does_not_matter(warehouse: Warehouse) -> None:
    """Shuffled, in pieces, some twice: the same rows, overlaps included."""
    chance = random.Random(3)
    responses = [made_up(chance, number) for number in range(40)]
    put(warehouse, responses)
    first = everything(warehouse)
    assert any(row for row in first if "u1" in row)
    with closing(Warehouse.open(None, MOSCOW)) as other:
        chance.shuffle(responses)
        for start in range(0, 40, 7):
            put(other, responses[max(0, start - 3) : start + 7], seq=start + 1)
        assert sorted(everything(other), key=repr) == sorted(first, key=repr)


def test_a_late_correction_changes_exactly_the_figures_it_should(warehouse: Warehouse) -> None:
    """Another hospital time changes transport, handover and turnaround of its group alone."""
    chance = random.Random(4)
    responses = [made_up(chance, number) for number in range(60)]
    put(warehouse, responses)
    before = table(warehouse, Cut(), ("substation",), tuple(INTERVALS))
    index = next(
        number
        for number, each in enumerate(responses)
        if {"left_scene", "at_hospital", "handed_over", "cleared"} <= each.times.keys()
        and each.substation == "s1"
    )
    old = responses[index]
    times = {**old.times, "at_hospital": old.times["at_hospital"] + 60_000}
    corrected = Response(**{**{name: getattr(old, name) for name in old.__struct_fields__}, "times": times})
    put(warehouse, [corrected], seq=2)
    after = table(warehouse, Cut(), ("substation",), tuple(INTERVALS))
    changed = {
        (one.key, name)
        for one, other in zip(before, after, strict=True)
        for name in INTERVALS
        if one.cells[name] != other.cells[name]
    }
    assert changed == {(("s1",), name) for name in ("transport", "handover", "turnaround")}


def finished(world: World, units: tuple[str, ...] = ("u1", "u2")) -> None:
    """Let a few calls happen: two crews at one, one refused, one cancelled call."""
    call = world.call("chest_pain")
    sent = [world.send(call, unit) for unit in units]
    world.press(sent[0], "en_route", "on_scene", "left_scene", "at_hospital", "cleared")
    world.press(sent[1], "en_route", "on_scene", "cleared")
    lost = world.call("fever", 3)
    refused = world.send(lost, "u3")
    world.press(refused, "refused")


def test_the_journals_rows_are_the_same_at_once_and_entry_by_entry(
    new_world: Callable[[], World], warehouse: Warehouse
) -> None:
    """Entry by entry as they come, all at once, or again after forgetting: the same rows."""
    world = new_world()
    finished(world)
    live = Region("test")
    for envelope in world.journal:
        live.apply(envelope)
        warehouse.write("test", rows_of(live, [envelope]))
    assert warehouse.head("test").seq == world.region.seq
    step_by_step = everything(warehouse)
    warehouse.forget("test")
    assert everything(warehouse) == []
    again: list[Envelope] = world.journal
    warehouse.write("test", rows_of(world.region, again))
    assert everything(warehouse) == step_by_step
    warehouse.write("test", rows_of(world.region, again))
    assert everything(warehouse) == step_by_step
    made = cells(warehouse, Cut(crews="first"))
    assert made["response"].n == 1
    assert cells(warehouse, Cut())["response"].n == 2


HEADER = (
    "incident,unit,received,entered,dispatched,enroute,on_scene,left_scene,at_hospital,available,priority"
)
GOOD = "i1,u1,2017-01-01T00:00:00,,2017-01-01T00:01:00.5,,,,,,2"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["i1,u1,2017-01-01T00:00:00,,soon,,,,,,1"], "line 3, column dispatched: 'soon'"),
        (["i1,,2017-01-01T00:00:00,,,,,,,,1"], "line 3, column unit: empty"),
        (["i1,u1"], "line 3: 2 fields"),
        (["i1,u1,2017-02-30T00:00:00,,,,,,,,1"], "line 3, column received"),
        (['"two\nlines",u1,,,,,,,,,1', "i2,u1,x,,,,,,,,1"], "line 5, column received: 'x'"),
    ],
)
def test_a_bad_log_names_line_and_column_and_leaves_the_old_one(
    warehouse: Warehouse, tmp_path: Path, lines: list[str], words: str
) -> None:
    """The old import of that name is still there, whole."""
    log = tmp_path / "log.csv"
    log.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    assert warehouse.read_in(log, "log", UTC, 0).rows == 1
    log.write_text("\n".join([HEADER, GOOD, *lines]) + "\n", encoding="utf-8")
    with pytest.raises(LogError, match=words):
        warehouse.read_in(log, "log", UTC, 0)
    assert [each.rows for each in warehouse.imports()] == [1]
    assert cells(warehouse, Cut(source="log"))["processing"].max == 60.5


def test_both_readers_of_a_log_agree(warehouse: Warehouse, tmp_path: Path) -> None:
    """Times that DuckDB leaves to the slower reader (week dates, no seconds) change nothing of the others."""
    rows = [
        f"i{number},u{number % 3},2017-01-01T0{number}:00:00.123456,,2017-01-01T0{number}:01:00+00:00,,"
        f"2017-01-01 0{number}:09:00Z,,,,{number or 'x'}"
        for number in range(9)
    ]
    log = tmp_path / "log.csv"
    log.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    fast = warehouse.read_in(log, "one", UTC, 0)
    log.write_text("\n".join([HEADER, *rows, "i9,u9,2017-W01-1,,,,,,,,1"]) + "\n", encoding="utf-8")
    slow = warehouse.read_in(log, "one", UTC, 0)
    assert (fast.rows, slow.rows, fast.not_numbers, slow.not_numbers) == (9, 10, 1, 1)
    with warehouse.cursor() as cursor:
        both = cursor.execute(
            "SELECT * EXCLUDE (source, region, id) FROM responses WHERE incident <> 'i9'"
        ).fetchall()
    warehouse.read_in(log, "two", UTC, 0)
    log.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    warehouse.read_in(log, "two", UTC, 0)
    with warehouse.cursor() as cursor:
        two = cursor.execute(
            "SELECT * EXCLUDE (source, region, id) FROM responses WHERE source = 'two'"
        ).fetchall()
    assert sorted(map(repr, both)) == sorted(map(repr, two))
    with log.open(encoding="utf-8", newline="") as stream:
        plain = list(read_log(stream, ["priority"]))
    assert [each.times["called"] for each in plain] == sorted(
        row[0] for row in _column(warehouse, "called_at")
    )


def _column(warehouse: Warehouse, name: str) -> list[tuple[Any, ...]]:
    with warehouse.cursor() as cursor:
        found: list[tuple[Any, ...]] = cursor.execute(
            f"SELECT {name} FROM responses WHERE source = 'two'"  # noqa: S608  # a column of ours
        ).fetchall()
        return found


def test_a_dropped_import_is_gone(warehouse: Warehouse, tmp_path: Path) -> None:
    """It is in no figure and in no list, and cannot be dropped twice."""
    log = tmp_path / "log.csv"
    log.write_text(HEADER + "\n" + GOOD + "\n", encoding="utf-8")
    warehouse.read_in(log, "log", UTC, 0)
    assert warehouse.drop_import("log")
    assert not warehouse.drop_import("log")
    assert cells(warehouse, Cut(source=None))["processing"].responses == 0


def test_a_broken_file_is_put_aside_and_made_anew(tmp_path: Path) -> None:
    """What is no database costs the projection alone, and is kept for whoever wants to look."""
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"no database at all" * 500)
    with closing(Warehouse.open(path, MOSCOW)) as warehouse:
        assert warehouse.head("test").seq == 0
    assert (tmp_path / "warehouse.duckdb.unusable").exists()
    with closing(Warehouse.open(path, MOSCOW)) as warehouse:
        put(warehouse, [made_up(random.Random(1), 1)], seq=7)
    with closing(Warehouse.open(path, MOSCOW)) as warehouse:
        assert warehouse.head("test").seq == 7


def test_a_question_that_runs_while_it_closes_ends_with_one_clear_error() -> None:
    """The question is broken off and says why; so does the next one; nothing else is raised."""
    warehouse = Warehouse.open(None, MOSCOW)
    begun = threading.Event()

    def ask() -> None:
        with warehouse.cursor() as cursor:
            begun.set()
            cursor.execute("SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 3").fetchone()

    with ThreadPoolExecutor(1) as other:
        asking = other.submit(ask)
        begun.wait(20)
        warehouse.close()
        with pytest.raises(WarehouseError, match="the warehouse"):
            asking.result(20)
    with pytest.raises(WarehouseError, match="closed"):
        cells(warehouse, Cut())


def test_what_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    """A folder in place of the file is named."""
    with pytest.raises(WarehouseError, match=r"none/warehouse\.duckdb"):
        Warehouse.open(tmp_path / "none" / "warehouse.duckdb", MOSCOW)


def test_hours_and_days_are_the_regions_own(tmp_path: Path) -> None:
    """On both sides of a change of the clock and of midnight, as Python's own calendar says."""
    zone = ZoneInfo("Europe/Berlin")
    log = tmp_path / "log.csv"
    moments = [
        "2017-03-26T00:59:59Z",
        "2017-03-26T01:00:00Z",
        "2017-10-29T00:59:59Z",
        "2017-10-29T01:00:00Z",
        "2017-12-31T22:59:59Z",
        "2017-12-31T23:00:00Z",
    ]
    rows = [f"i{number},u1,{moment},,,,,,,,1" for number, moment in enumerate(moments)]
    log.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    with closing(Warehouse.open(None, zone)) as warehouse:
        warehouse.read_in(log, "log", zone, 0)
        with warehouse.cursor() as cursor:
            found = cursor.execute(
                'SELECT "day", "month", "hour", weekday FROM responses ORDER BY called_at'
            ).fetchall()
    assert [row[2] for row in found] == [1, 3, 2, 2, 23, 0]
    assert [row[1] for row in found] == [47 * 12 + 2] * 2 + [47 * 12 + 9] * 2 + [47 * 12 + 11, 48 * 12]
    assert [row[3] for row in found] == [6, 6, 6, 6, 6, 0]
    assert found[5][0] == found[4][0] + 1


def test_the_header_is_read_as_a_table(tmp_path: Path, warehouse: Warehouse) -> None:
    """A byte order mark, quotes and commas within cells are CSV, not data."""
    log = tmp_path / "log.csv"
    with log.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*HEADER.split(","), "reason"])
        writer.writerow([*GOOD.split(","), 'chest, "pain"'])
    warehouse.read_in(log, "log", UTC, 0)
    _, rows = calls(warehouse, Cut(source="log"), order="called", interval="task", offset=0, limit=9)
    assert [row["reason"] for row in rows] == ['chest, "pain"']
