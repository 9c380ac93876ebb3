"""A cut beside itself in other periods and other logs; and its parts, which add up to it."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.against import against
from dispatch.cut import DIMENSIONS, Cut
from dispatch.ledger import Rows, response_row
from dispatch.questions import cells, histogram, table
from dispatch.response import INTERVALS, Response
from dispatch.warehouse import Warehouse

MOSCOW = ZoneInfo("Europe/Moscow")
DAY_MS = 86_400_000
# A Monday midnight in Moscow.
MONDAY_MS = 1_794_776_400_000


def response(number: int, called_ms: int, length_s: int) -> Response:
    """A response that was on scene so long after the call."""
    chance = random.Random(number)
    return Response(
        assignment=f"a{number}",
        incident=f"i{number}",
        unit=f"u{number % 4}",
        times={
            "called": called_ms,
            "created": called_ms,
            "notified": called_ms + 30_000,
            "en_route": called_ms + 60_000,
            "on_scene": called_ms + length_s * 1000,
        },
        status="cleared",
        district=chance.choice(["north", None]),
        substation=chance.choice(["s1", "s2", None]),
        crew_kind=chance.choice(["doctor", None]),
        priority=chance.choice([1, 2, None]),
        reason=chance.choice(["stroke", "burns"]),
        hospital=chance.choice(["h1", None]),
        norm_s=1200,
        first=True,
    )


def put(warehouse: Warehouse, responses: list[Response]) -> None:
    """Write responses as if the journal had brought them."""
    warehouse.write("test", Rows(1, "", [response_row(each, "test") for each in responses], [], [], []))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40 * DAY_MS), st.integers(61, 9000)), min_size=1, max_size=40))
def test_the_parts_of_every_dimension_add_up_to_the_whole(calls: list[tuple[int, int]]) -> None:
    """By each dimension: responses, n, within, missing and negative sum up; so do the histogram's steps."""
    with closing(Warehouse.open(None, MOSCOW)) as warehouse:
        put(warehouse, [response(i, MONDAY_MS + at, length) for i, (at, length) in enumerate(calls)])
        whole = cells(warehouse, Cut())
        for dimension in DIMENSIONS:
            rows = table(warehouse, Cut(), (dimension,), tuple(INTERVALS))
            for name, cell in whole.items():
                for count in ("responses", "n", "within", "missing", "negative"):
                    parts = sum(getattr(row.cells[name], count) for row in rows)
                    assert parts == getattr(cell, count), (dimension, name, count)
                assert max((row.cells[name].max or 0 for row in rows), default=0) == (cell.max or 0)
        assert sum(n for _, n in histogram(warehouse, Cut(), "response", 60)) == whole["response"].n


def test_a_week_stands_beside_the_week_before_and_that_of_a_year_before() -> None:
    """Ten minutes slower than the week before, as quick as 52 weeks ago; weekdays match."""
    with closing(Warehouse.open(None, MOSCOW)) as warehouse:
        made = []
        for week, length_s in ((0, 1500), (-1, 900), (-52, 1500)):
            begin_ms = MONDAY_MS + week * 7 * DAY_MS
            made += [
                response(1000 * (week + 100) + i, begin_ms + i * 6_000_000, length_s + i % 50)
                for i in range(100)
            ]
        put(warehouse, made)
        found = against(warehouse, Cut(from_ms=MONDAY_MS, to_ms=MONDAY_MS + 7 * DAY_MS))
        before, year = found["before"], found["year_before"]
        assert before is not None
        assert year is not None
        assert (before.from_ms, before.to_ms) == (MONDAY_MS - 7 * DAY_MS, MONDAY_MS)
        assert before.cells["response"].n == 100
        assert (before.changes["response"]["p90"].by, before.changes["response"]["p90"].noise) == (600, False)
        assert before.changes["response"]["within_norm"].by == -1.0
        assert before.changes["response"]["n"].noise
        assert year.changes["response"]["p90"].by == 0
        assert year.changes["response"]["p90"].noise
        assert "scene" not in before.changes, "there is nothing to compare of an interval that nobody has"


def test_without_a_period_there_is_none_before_it() -> None:
    """All that there is has no period before, and says so instead of comparing with something else."""
    with closing(Warehouse.open(None, MOSCOW)) as warehouse:
        put(warehouse, [response(1, MONDAY_MS, 600)])
        assert against(warehouse, Cut()) == {"before": None, "year_before": None}


@pytest.mark.shared
def test_a_log_from_elsewhere_is_compared_as_a_whole(shared: Path) -> None:
    """Whatever our period: a log has a time of its own."""
    with closing(Warehouse.open(None, MOSCOW)) as warehouse:
        warehouse.read_in(shared / "data/calls/sffd_shared.csv", "sffd", ZoneInfo("UTC"), 0)
        put(warehouse, [response(i, MONDAY_MS + i * 60_000, 600) for i in range(50)])
        cut = Cut(from_ms=MONDAY_MS, to_ms=MONDAY_MS + DAY_MS, norm_s=1200)
        there = against(warehouse, cut, "sffd")["versus"]
        assert there is not None
        assert there.cells == cells(warehouse, Cut(source="sffd", norm_s=1200))
        ours = cells(warehouse, cut)["response"]
        assert there.changes["response"]["p50"].by == round(
            (ours.p50 or 0) - (there.cells["response"].p50 or 0), 3
        )
