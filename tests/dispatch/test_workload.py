from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.cut import Cut
from dispatch.ledger import Row, Rows
from dispatch.warehouse import Warehouse
from dispatch.workload import HOUR_MS, disputes, ended, endings, queue, utilisation
from tests.dispatch.test_warehouse import AT_MS, made_up, put

BEGIN_MS = AT_MS // (24 * HOUR_MS) * 24 * HOUR_MS


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """An empty one in memory, whose hours are those of UTC."""
    with closing(Warehouse.open(None, ZoneInfo("UTC"))) as opened:
        yield opened


def call(number: int, called_ms: int, sent_ms: int | None, ended_ms: int, arrived: int | None = None) -> Row:
    """Return an ended call's row."""
    return {
        "region": "test",
        "incident": f"i{number}",
        "number": number,
        "district": None,
        "priority": 1 + number % 3,
        "reason": "other",
        "called_at": called_ms,
        "created_at": called_ms,
        "sent_at": sent_ms,
        "arrived_at": arrived,
        "ended_at": ended_ms,
        "ending": "closed" if sent_ms is not None else "cancelled",
        "outcome": "x",
        "crews": 0 if sent_ms is None else 1,
        "norm_ms": 1_200_000,
    }


def duty(seq: int, unit: str, what: str, at_ms: int) -> Row:
    """Return a duty change's row."""
    return {
        "seq": seq,
        "unit": unit,
        "duty": what,
        "at_ms": at_ms,
        "substation": "s1",
        "crew_kind": "doctor",
    }


def test_the_queue_equals_a_count_minute_by_minute(warehouse: Warehouse) -> None:
    """Random waits over two days, on whole minutes: mean and depth of each hour as counted by hand."""
    chance = random.Random(2)
    waits = []
    for _ in range(120):
        begin = chance.randrange(0, 2 * 1440 - 200)
        waits.append((begin, begin + chance.randrange(0, 180)))
    rows = [
        call(number, BEGIN_MS + begin * 60_000, BEGIN_MS + end * 60_000, BEGIN_MS + (end + 9) * 60_000)
        for number, (begin, end) in enumerate(waits)
    ]
    warehouse.write("test", Rows(1, "", [], rows, [], []))
    to_ms = BEGIN_MS + 2 * 24 * HOUR_MS
    found = queue(warehouse, Cut(from_ms=BEGIN_MS, to_ms=to_ms), to_ms + 1)
    depth = [sum(begin <= minute < end for begin, end in waits) for minute in range(2 * 1440)]
    for hour in found:
        minutes = [minute for minute in range(2 * 1440) if minute // 60 % 24 == hour.hour]
        assert hour.mean == pytest.approx(sum(depth[minute] for minute in minutes) / len(minutes), abs=0.001)
        assert hour.calls == sum(begin // 60 % 24 == hour.hour for begin, _ in waits)
        assert hour.most == max(depth[minute] for minute in minutes)


def test_endings_add_up(warehouse: Warehouse) -> None:
    """Every call is in exactly one of the four columns."""
    rows = [
        call(1, BEGIN_MS, BEGIN_MS + 1, BEGIN_MS + 9, arrived=BEGIN_MS + 5),
        call(2, BEGIN_MS, BEGIN_MS + 1, BEGIN_MS + 9),
        call(3, BEGIN_MS, None, BEGIN_MS + 9),
        {**call(4, BEGIN_MS, BEGIN_MS + 1, BEGIN_MS + 9), "ending": "cancelled"},
    ]
    warehouse.write("test", Rows(1, "", [], rows, [], []))
    (whole,) = endings(warehouse, Cut(), None, BEGIN_MS + HOUR_MS)
    assert (whole.calls, whole.treated, whole.lost, whole.cancelled_waiting, whole.cancelled_sent) == (
        4,
        1,
        1,
        1,
        1,
    )
    for how, number in (("treated", 1), ("lost", 2), ("cancelled_waiting", 3), ("cancelled_sent", 4)):
        total, listed = ended(warehouse, Cut(), how, BEGIN_MS + HOUR_MS, offset=0, limit=9)  # type: ignore[arg-type]  # one of them
        assert (total, [row["number"] for row in listed]) == (1, [number])
    by = endings(warehouse, Cut(), "priority", BEGIN_MS + HOUR_MS)
    assert sum(each.calls for each in by) == 4


def test_filters_choose_the_calls_of_queue_and_endings(warehouse: Warehouse) -> None:
    """By priority, by hour, by the substation of a crew that was sent: as if the others had never been."""
    rows = [
        {
            **call(number, BEGIN_MS + number * HOUR_MS, BEGIN_MS + number * HOUR_MS + 60_000, BEGIN_MS * 2),
            "district": "north" if number % 2 else None,
        }
        for number in range(6)
    ]
    warehouse.write("test", Rows(1, "", [], rows, [], []))
    sent = made_up(random.Random(1), 1)
    put(
        warehouse,
        [
            type(sent)(
                assignment="a", incident="i4", unit="u", times=sent.times, substation="s9", status="cleared"
            )
        ],
    )
    now_ms = BEGIN_MS + 24 * HOUR_MS
    choices: list[tuple[dict[Any, tuple[str, ...]], set[int]]] = [
        ({"priority": ("1",)}, {0, 3}),
        ({"hour": ("2", "5")}, {2, 5}),
        ({"district": ("",)}, {0, 2, 4}),
        ({"substation": ("s9",)}, {4}),
        ({"substation": ("s9",), "hour": ("3",)}, set()),
    ]
    for only, wanted in choices:
        cut = Cut(only=only, from_ms=BEGIN_MS, to_ms=now_ms)
        assert sum(each.calls for each in endings(warehouse, cut, None, now_ms)) == len(wanted)
        assert {each.hour for each in queue(warehouse, cut, now_ms) if each.calls} == wanted
    duties = [duty(2, "u1", "on", BEGIN_MS), {**duty(3, "u2", "on", BEGIN_MS), "crew_kind": "paramedic"}]
    warehouse.write("test", Rows(9, "", [], [], duties, []))
    for name, value, key in (("unit", "u1", "u1"), ("crew_kind", "paramedic", "u2")):
        (own,) = utilisation(warehouse, Cut(only={name: (value,)}), "unit", now_ms)  # type: ignore[dict-item]  # a dimension
        assert own.key == key


def test_utilisation_counts_what_lies_within_the_duty(warehouse: Warehouse) -> None:
    """Eight hours on duty with a break and a repair; a task that began before the period counts in part."""
    duties = [
        duty(1, "u1", "on", BEGIN_MS),
        duty(2, "u1", "break", BEGIN_MS + 2 * HOUR_MS),
        duty(3, "u1", "on", BEGIN_MS + 3 * HOUR_MS),
        duty(4, "u1", "out_of_order", BEGIN_MS + 4 * HOUR_MS),
        duty(5, "u1", "on", BEGIN_MS + 6 * HOUR_MS),
        duty(6, "u1", "off", BEGIN_MS + 8 * HOUR_MS),
    ]
    response = made_up(random.Random(1), 1)
    times = {
        "called": BEGIN_MS,
        "created": BEGIN_MS,
        "notified": BEGIN_MS + HOUR_MS // 2,
        "cleared": BEGIN_MS + 3 * HOUR_MS // 2,
    }
    warehouse.write("test", Rows(9, "", [], [], duties, []))
    warehouse.write("test", Rows(9, "", [], [], duties, []))
    put(warehouse, [type(response)(assignment="a", incident="i", unit="u1", times=times, status="cleared")])
    (whole,) = utilisation(warehouse, Cut(), "substation", BEGIN_MS + 24 * HOUR_MS)
    assert (whole.key, whole.in_service_h, whole.committed_h) == ("s1", 6.0, 1.0)
    assert whole.share == pytest.approx(1 / 6, abs=1e-5)
    part = Cut(from_ms=BEGIN_MS + HOUR_MS, to_ms=BEGIN_MS + 2 * HOUR_MS)
    (cut,) = utilisation(warehouse, part, "unit", BEGIN_MS + 24 * HOUR_MS)
    assert (cut.in_service_h, cut.committed_h, cut.share) == (1.0, 0.5, 0.5)


def test_a_disputed_button_is_listed_with_its_seconds(warehouse: Warehouse) -> None:
    """By stage with n and the median; the cases, the worst first, only those of the cut."""
    put(warehouse, [made_up(random.Random(1), number) for number in range(3)])
    rows: list[Row] = [
        {
            "seq": 10 + number,
            "assignment": f"a{number}",
            "incident": "i",
            "unit": "u",
            "at_ms": AT_MS,
            "stage": "on_scene",
            "button_ms": AT_MS + 90_000,
            "disagreement_s": 90.0 * (number + 1),
        }
        for number in range(4)
    ]
    warehouse.write("test", Rows(99, "", [], [], [], rows))
    stages, cases = disputes(warehouse, Cut(), 0, 10)
    assert stages == [{"stage": "on_scene", "n": 3, "p50_s": 180.0, "max_s": 270.0}]
    assert [case["assignment"] for case in cases] == ["a2", "a1", "a0"]
