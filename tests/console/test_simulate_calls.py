"""The demo's callers."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, pairwise, takewhile

import msgspec
import pytest

from console.simulate.calls import BRISK_CALLS, calls
from console.simulate.plan import ClockPlan, Plan, ReasonPlan, UnitPlan

START_MS = 1_795_262_400_000
PLAN = Plan(
    api="http://127.0.0.1:1",
    gateway=("127.0.0.1", 2),
    clock=ClockPlan(started_real_ms=5, started_ms=START_MS, speed=2.0),
    units=(UnitPlan(id="1", secret="s", token="t", lat_deg=55.9, lon_deg=60.6),),
    caller_token="c",
    autopilot_token="a",
    addresses=tuple((f"ул. Ленина, {number}", 55.9 + number / 1000, 60.6) for number in range(1, 21)),
    reasons=(
        ReasonPlan(id="chest_pain", priority=1, weight=3),
        ReasonPlan(id="fever", priority=3, weight=1, ages_years=(0, 14)),
        ReasonPlan(id="never", priority=2, weight=0),
        ReasonPlan(id="childbirth", priority=2, weight=1, ages_years=(18, 42), women_only=True),
    ),
    calls_per_hour=45,
)


def test_the_same_seed_makes_the_same_calls() -> None:
    """A demo can be told again: equal plans give equal calls, another seed gives others."""
    assert list(islice(calls(PLAN), 200)) == list(islice(calls(PLAN), 200))
    other = msgspec.structs.replace(PLAN, seed=2)
    assert list(islice(calls(PLAN), 20)) != list(islice(calls(other), 20))


def test_the_city_lives_at_once() -> None:
    """A dozen calls come in the first two simulated minutes, in order of time."""
    first = list(islice(calls(PLAN), 40))
    assert sum(call.due_ms <= START_MS + 120_000 for call in first) == BRISK_CALLS
    assert [call.due_ms for call in first] == sorted(call.due_ms for call in first)
    assert first[0].due_ms > START_MS


def test_after_the_start_calls_come_at_the_plans_rate() -> None:
    """Over a hundred hours the rate is 45 an hour, with the irregular gaps of a Poisson process."""
    begin_ms = START_MS + 120_000
    day = [
        call.due_ms
        for call in takewhile(lambda call: call.due_ms < begin_ms + 100 * 3_600_000, calls(PLAN))
        if call.due_ms > begin_ms
    ]
    assert len(day) / 100 == pytest.approx(45, rel=0.06)
    gaps = [(b - a) / 1000 for a, b in pairwise(day)]
    mean = sum(gaps) / len(gaps)
    spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert spread == pytest.approx(mean, rel=0.1)  # exponential: the deviation equals the mean


def test_reasons_come_by_weight_and_places_from_the_map() -> None:
    """Weights are kept, a weight of nothing never comes, and every address is one of the plan's."""
    made = list(islice(calls(PLAN), 4000))
    counts = Counter(call.reason for call in made)
    assert counts["chest_pain"] / 4000 == pytest.approx(0.6, abs=0.03)
    assert "never" not in counts
    known = {(label, lat, lon) for label, lat, lon in PLAN.addresses}
    assert {(call.place.label, call.place.lat_deg, call.place.lon_deg) for call in made} == known


def test_nobody_real_can_be_named_or_phoned() -> None:
    """Phones are of a code that does not exist; a patient is a sex and an age that fit the reason."""
    for call in islice(calls(PLAN), 2000):
        assert re.fullmatch(r"\+7 000 \d{3}-\d\d-\d\d", call.phone)
        assert re.fullmatch(r"(мужчина|женщина|мальчик|девочка), \d+ [гл]\.|ребёнок, до года", call.patient)
        if call.reason == "childbirth":
            assert call.patient.startswith("женщина")
        if call.reason == "fever":
            assert not call.patient.startswith(("мужчина", "женщина"))


@pytest.mark.parametrize(
    ("age", "words"),
    [(21, "21 г."), (22, "22 г."), (25, "25 л."), (11, "11 л."), (12, "12 л."), (63, "63 г."), (70, "70 л.")],
)
def test_ages_are_written_as_russians_write_them(age: int, words: str) -> None:
    """21 г., but 11 л. and 25 л."""
    reason = ReasonPlan(id="x", priority=1, ages_years=(age, age))
    one = next(calls(msgspec.structs.replace(PLAN, reasons=(reason,))))
    assert one.patient.endswith(f", {words}")


def test_every_call_can_be_repeated_without_being_made_twice() -> None:
    """Each body carries its own command_id and times from the simulated clock, none before its start."""
    made = [call.body() for call in islice(calls(PLAN), 100)]
    assert len({body["command_id"] for body in made}) == 100
    for body in made:
        assert body["source"] == "demo"
        assert isinstance(body["called_at_ms"], int)
        assert body["called_at_ms"] >= START_MS


def test_a_city_without_calls_is_possible() -> None:
    """A rate of 0 makes none, not even the brisk first ones; a low rate is not drowned by them."""
    assert list(calls(msgspec.structs.replace(PLAN, calls_per_hour=0.0))) == []
    slow = msgspec.structs.replace(PLAN, calls_per_hour=1.0)
    assert sum(call.due_ms <= START_MS + 120_000 for call in islice(calls(slow), 20)) == 4
