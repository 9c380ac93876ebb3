"""The responses in memory are at any time those of the file, and a cut means the same in both."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import columns as columns_of
from dispatch.columns import Columns
from dispatch.cut import DIMENSIONS, WHYS, Cut, Dimension
from dispatch.ledger import Rows, response_row
from dispatch.pick import group, pick
from dispatch.questions import calls, cells, table
from dispatch.response import INTERVALS, Response
from dispatch.stock import Stock
from dispatch.warehouse import Warehouse
from tests.dispatch.test_warehouse import AT_MS, HEADER, MOSCOW, UTC, made_up, put


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """An empty one in memory."""
    with closing(Warehouse.open(None, MOSCOW)) as opened:
        yield opened


def rows_of(columns: Columns) -> list[tuple[Any, ...]]:
    """Return the responses as tuples in order of their ids, names instead of codes."""
    found = []
    for chunk in columns.chunks:
        arrays = chunk.arrays
        parts = [
            [(*columns.names[name], None)[code] for code in array] if name in columns_of.NAMED else array
            for name, array in sorted(arrays.items())
        ]
        found += list(zip(arrays["id"].tolist(), *(list(part) for part in parts), strict=True))
    return sorted(found)


def in_step(warehouse: Warehouse) -> bool:
    """Say whether what is at hand is what a fresh reading of the file gives."""
    with warehouse.cursor() as cursor:
        fresh = Stock().columns(cursor)
    return rows_of(warehouse.columns()) == rows_of(fresh)


def test_what_is_at_hand_follows_every_kind_of_write(warehouse: Warehouse, tmp_path: Path) -> None:
    """New responses, corrections, overlaps found later, logs read in, replaced and dropped, all forgotten."""
    chance = random.Random(5)
    responses = [made_up(chance, number) for number in range(80)]
    assert warehouse.columns().count == 0
    for start in range(0, 80, 9):
        put(warehouse, responses[max(0, start - 4) : start + 9], seq=start + 1)
        assert in_step(warehouse)
    assert warehouse.columns().count == 80
    log = tmp_path / "log.csv"
    for count in (5, 3):
        log.write_text(
            "\n".join([HEADER, *(f"i{n},u{n % 2},2017-01-01T0{n}:00:00,,,,,,,,1" for n in range(count))]),
            encoding="utf-8",
        )
        warehouse.read_in(log, "log", UTC, 0)
        assert in_step(warehouse)
        assert warehouse.columns().count == 80 + count
    assert warehouse.drop_import("log")
    assert in_step(warehouse)
    warehouse.forget("test")
    assert in_step(warehouse)
    assert warehouse.columns().count == 0


def test_a_question_sees_whole_writes_only(warehouse: Warehouse) -> None:
    """While one thread corrects all responses again and again, every question finds as many as there are."""
    chance = random.Random(6)
    responses = [made_up(chance, number) for number in range(60)]
    put(warehouse, responses)

    def correct() -> None:
        for turn in range(12):
            put(warehouse, responses, seq=turn + 2)

    with ThreadPoolExecutor(1) as other:
        writing = other.submit(correct)
        while not writing.done():
            assert warehouse.columns().count == 60
        writing.result()
    assert in_step(warehouse)


def test_more_than_one_chunk_counts_as_one(warehouse: Warehouse) -> None:
    """With chunks of 16 rows every figure and every group is what it is with one."""
    chance = random.Random(7)
    put(warehouse, [made_up(chance, number) for number in range(100)])
    whole = warehouse.columns()
    small = Columns((), whole.names)
    for part in np.array_split(np.arange(100), 9):
        small = columns_of.with_rows(
            small, {name: array[part] for name, array in whole.chunks[0].arrays.items()}, most=16
        )
    assert len(small.chunks) > 5
    assert rows_of(small) == rows_of(whole)
    one, many = pick(whole, Cut()), pick(small, Cut())
    first, second = group(one, ("substation", "hour"), 999), group(many, ("substation", "hour"), 999)
    assert first is not None
    assert second is not None
    assert (first.keys, first.responses) == (second.keys, second.responses)
    assert (one.period(), one.flags()) == (many.period(), many.flags())


WANTED: dict[Dimension, list[str]] = {
    "substation": ["", "s1", "s2", "nowhere"],
    "crew_kind": ["doctor", ""],
    "priority": ["", "1", "3"],
    "hour": ["", "3", "12"],
    "weekday": ["0", "6"],
    "unit": ["u0", "u2"],
    "day": ["20833"],
    "month": ["", "684"],
    "district": [""],
}


@pytest.fixture(scope="module")
def known() -> Iterator[Warehouse]:
    """One with two sources, to be asked only."""
    chance = random.Random(8)
    with closing(Warehouse.open(None, ZoneInfo("Asia/Yekaterinburg"))) as opened:
        put(opened, [made_up(chance, number * 7) for number in range(150)])
        odd = Response(assignment="odd", incident="odd", unit="u9", times={"called": AT_MS, "created": AT_MS})
        opened.write("other", Rows(1, "", [response_row(odd, "other")], [], [], []))
        yield opened


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_cut_means_the_same_at_hand_and_in_the_file(known: Warehouse, data: st.DataObject) -> None:
    """For any filters, a figure is of as many responses as the calls that it opens, and of the same ones."""
    draw = data.draw
    chosen = draw(st.lists(st.sampled_from(sorted(WANTED)), max_size=2, unique=True))
    cut = Cut(
        source=draw(st.sampled_from(["", None, "log"])),
        from_ms=draw(st.sampled_from([None, AT_MS, AT_MS + 30_000_000])),
        to_ms=draw(st.sampled_from([None, AT_MS + 40_000_000, AT_MS + 60_000_001])),
        only={
            each: tuple(draw(st.lists(st.sampled_from(WANTED[each]), min_size=1, max_size=3)))
            for each in chosen
        },
        crews=draw(st.sampled_from(["each", "first"])),
        norm_s=draw(st.sampled_from([None, 600])),
        usual_norm_s=900,
        late_by=draw(st.sampled_from([None, "response", "task"])),
        with_interval=draw(st.sampled_from([None, "transport"])),
        why=draw(st.sampled_from([None, *WHYS])),
        without_doubtful=draw(st.booleans()),
    )
    total, rows = calls(known, cut, order="longest", interval="response", offset=0, limit=999)
    cell = cells(known, cut, ("response",))["response"]
    lengths = [row["response_s"] for row in rows if (row["response_s"] or -1) >= 0]
    assert (cell.responses, cell.n, cell.max) == (total, len(lengths), lengths[0] if lengths else None)
    by = draw(st.sampled_from(DIMENSIONS))
    assert sum(row.cells["response"].responses for row in table(known, cut, (by,))) == total


def test_every_interval_and_dimension_is_at_hand(known: Warehouse) -> None:
    """Whatever the API can group or filter by is a column."""
    there = set(known.columns().chunks[0].arrays)
    assert {*DIMENSIONS, *(f"{name}_ms" for name in INTERVALS)} <= there
