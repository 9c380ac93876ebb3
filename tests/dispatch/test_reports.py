from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from dispatch.reports import figures, grouped, intervals, overlaps, report
from dispatch.response import Response, responses_of
from tests.dispatch.conftest import World

NORM_MS = 1_200_000


def made_up(count: int, seed: int = 1) -> list[Response]:
    """Responses with gaps and, now and then, a time in the wrong place."""
    chance = random.Random(seed)
    responses = []
    for number in range(count):
        at_ms, times = 1_800_000_000_000 + number * 60_000, {}
        for name in ("called", "created", "notified", "en_route", "on_scene", "left_scene", "at_hospital"):
            if chance.random() < 0.9:
                times[name] = at_ms
            at_ms += round(chance.expovariate(1 / 300_000)) - (60_000 if chance.random() < 0.05 else 0)
        times["cleared"] = at_ms
        responses.append(
            Response(
                assignment=f"a{number}",
                incident=f"i{number}",
                unit=f"u{number % 7}",
                times=times,
                substation=chance.choice(["s1", "s2", None]),
                priority=chance.choice([1, 2, 3]),
            )
        )
    return responses


@given(st.lists(st.integers(-1000, 10_000_000), max_size=200))
def test_quantiles_are_values_at_the_nearest_rank(values: list[int]) -> None:
    """Each quantile is a real value with at least that share at or below it; the next smaller has less."""
    got = figures(values, NORM_MS)
    kept = [value for value in values if value >= 0]
    assert (got.n, got.negative) == (len(kept), len(values) - len(kept))
    if not kept:
        assert (got.mean, got.p50, got.p90, got.p95, got.max, got.within_norm) == (None,) * 6
        return
    for hundredths, quantile in ((50, got.p50), (90, got.p90), (95, got.p95)):
        assert quantile is not None
        quantile_ms = round(quantile * 1000)
        assert quantile_ms in kept
        at_or_below = sum(value <= quantile_ms for value in kept)
        below = sum(value < quantile_ms for value in kept)
        assert at_or_below * 100 >= hundredths * len(kept) > below * 100
    assert got.within_norm == round(sum(value <= NORM_MS for value in kept) / len(kept), 5)


def test_a_quantile_is_not_spoilt_by_floating_point() -> None:
    """Of 1 to 100 p95 is the 95th, of 1 to 20 the 19th; 0.95 × n in floats may lie above the whole number."""
    for n in (20, 40, 60, 100, 140, 200):
        assert figures(range(1000, (n + 1) * 1000, 1000), NORM_MS).p95 == n * 95 / 100


def test_the_report_is_the_same_for_any_order_of_arrival() -> None:
    """Shuffled responses give the same figures, groups, lists."""
    responses = made_up(300)
    first = report(responses, "substation", 1200)
    random.Random(7).shuffle(responses)
    assert report(responses, "substation", 1200) == first


def test_the_parts_add_up_to_the_whole() -> None:
    """The groups' n and negatives sum to those of all, whatever the grouping; no response is dropped."""
    responses = made_up(300)
    for by in ("substation", "priority", "unit", "crew_kind", "reason"):
        made = report(responses, by, 1200)  # type: ignore[arg-type]  # from the list of all
        for name, whole in made.intervals.items():
            assert sum(group[name].n for group in made.groups.values()) == whole.n
            assert sum(group[name].negative for group in made.groups.values()) == whole.negative
        assert len(made.responses) == 300
    assert any(line.why == "times_out_of_order" for line in made.left_out)
    assert any(line.why == "missing" for line in made.left_out)


def test_a_late_correction_changes_exactly_the_figures_it_should() -> None:
    """Another hospital time changes transport and turnaround of its group, and nothing else."""
    responses = made_up(100)
    before = report(responses, "priority", 1200)
    index = next(i for i, each in enumerate(responses) if {"at_hospital", "left_scene"} <= each.times.keys())
    times = {**responses[index].times, "at_hospital": responses[index].times["left_scene"] + 9_999_000}
    old = responses[index]
    responses[index] = Response(
        assignment=old.assignment, incident=old.incident, unit=old.unit, times=times, priority=old.priority
    )
    after = report(responses, "priority", 1200)
    changed = {name for name, whole in after.intervals.items() if whole != before.intervals[name]}
    assert changed == {"transport", "turnaround"}
    groups = {name for name, group in after.groups.items() if group != before.groups[name]}
    assert groups == {str(old.priority)}


def test_what_is_not_finished_is_left_out_and_named(world: World) -> None:
    """A crew on its way is in no figure, a finished one is; both are accounted for."""
    done, under_way = world.send(world.call(), "u1"), world.send(world.call(), "u2")
    world.press(done, "en_route", "on_scene", "cleared")
    world.press(under_way, "en_route")
    made = report(responses_of(world.region), "substation", 1200)
    assert made.intervals["response"].n == 1
    assert [line.assignment for line in made.responses] == [done]
    left_out = [(line.assignment, line.why, line.what) for line in made.left_out]
    assert left_out == [(under_way, "not_finished", "en_route")]
    assert made.groups["s1"]["response"].n == 1
    assert made.period is not None


def test_an_empty_report_is_a_report() -> None:
    """Nothing finished gives n = 0 everywhere, no period, no error."""
    made = report([], "substation", 1200)
    assert made.period is None
    assert made.intervals["response"].n == 0
    assert made.groups == {}


def test_overlaps_are_pairs_of_consecutive_assignments() -> None:
    """A crew sent before it was back is found; touching times are no overlap; each crew is judged alone."""

    def one(incident: str, unit: str, notified: int, cleared: int) -> Response:
        times = {"notified": notified, "cleared": cleared}
        return Response(assignment=incident, incident=incident, unit=unit, times=times)

    a, b, c = one("a", "u", 0, 10), one("b", "u", 5, 20), one("c", "u", 20, 30)
    other = one("d", "v", 6, 8)
    assert overlaps([c, other, b, a]) == [(a, b)]


def test_intervals_can_be_chosen() -> None:
    """Only the named ones are computed, in that order."""
    assert list(intervals(made_up(3), NORM_MS, ("task", "response"))) == ["task", "response"]
    assert list(grouped(made_up(50), lambda each: each.unit)) == [f"u{each}" for each in range(7)]
