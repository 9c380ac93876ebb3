from __future__ import annotations

import random
from math import exp

import pytest

from routing.learning import PRIOR, Factors, Run, Stretch, learn, spread
from routing.speeds import CLASSES

ROADS = [number for number, name in enumerate(CLASSES) if name not in ("barrier", "road", "path")]


def planted(road: int, hour: int, *, siren: bool) -> float:
    """Return how many times as long this made-up city's roads really take."""
    return 0.7 + 0.09 * (road % 8) + (0.2 if hour < 6 else 0.0) + (0.0 if siren else 0.25)


def drive(chance: random.Random) -> list[Stretch]:
    """Return the stretches of one run: a driver's own pace, and lights and queues on every road."""
    hour, siren, pace = chance.randrange(24), chance.random() < 0.8, exp(chance.gauss(0, 0.10))
    stretches = []
    for _ in range(chance.randint(8, 30)):
        road, predicted_s = chance.choice(ROADS), chance.uniform(5, 60)
        noise = exp(chance.gauss(0, 0.35)) * (4 if chance.random() < 0.02 else 1)
        actual_s = predicted_s * planted(road, hour, siren=siren) * pace * noise
        stretches.append(Stretch(road, hour, siren, predicted_s, actual_s))
    return stretches


def as_run(factors: Factors, stretches: list[Stretch]) -> Run:
    """Return a run, predicted by factors."""
    return Run(
        sum(one.predicted_s * factors.factor(one.road, one.hour, siren=one.siren) for one in stretches),
        sum(one.actual_s for one in stretches),
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_gate_holds_on_runs_that_nothing_was_learned_from(seed: int) -> None:
    """Simulated runs with planted speeds: |median bias| ≤ 5%, log-σ ≤ 0.20, and p90 covers 88–92%."""
    chance = random.Random(seed)
    runs = [drive(chance) for _ in range(6000)]
    learning, calibrating, held_out = runs[:2000], runs[2000:4000], runs[4000:]
    factors = learn(one for run in learning for one in run)
    known = spread(as_run(factors, run) for run in calibrating)
    # The predictions are moved by the bias that whole runs show: a mean of noise is more than its median.
    shift = 1 + known.bias
    factors = learn((one for run in learning for one in run), p90=known.p90 / shift)
    corrected = [as_run(factors, run) for run in held_out]
    judged = spread((Run(run.predicted_s * shift, run.actual_s) for run in corrected), given_p90=factors.p90)
    assert abs(judged.bias) <= 0.05
    assert judged.log_sigma <= 0.20
    assert judged.within_p90 is not None
    assert 0.88 <= judged.within_p90 <= 0.92
    naive = spread(as_run(Factors(), run) for run in held_out)
    assert abs(naive.bias) > abs(judged.bias)
    assert naive.log_sigma > judged.log_sigma


def test_few_runs_change_little_and_many_all() -> None:
    """One stretch of twice the time moves its class by less than a tenth; a thousand by nearly all of it."""
    one = learn([Stretch(4, 12, True, 10, 20)]).factor(4, 12, siren=True)
    many = learn([Stretch(4, 12, True, 10, 20)] * 1000).factor(4, 12, siren=True)
    assert 1 < one < 1.1
    assert 1.95 < many <= 2


def test_what_was_never_driven_takes_after_its_kin() -> None:
    """An hour never driven takes the class's factor, a class never driven the siren's, without siren none."""
    factors = learn([Stretch(4, 12, True, 10, 20)] * 10 * PRIOR)
    assert factors.factor(4, 3, siren=True) == factors.by_road[4, True]
    assert factors.factor(5, 3, siren=True) == factors.by_siren[True] > 1.5
    assert factors.factor(4, 12, siren=False) == 1


def test_stops_and_broken_clocks_teach_nothing() -> None:
    """Times of nothing, below nothing, and a hundredfold are left out."""
    wild = [Stretch(4, 12, True, 10, actual) for actual in (0.0, -5.0, 1000.0)] + [Stretch(4, 12, True, 0, 5)]
    assert learn(wild) == learn([])


def test_a_handful_of_runs_says_nothing() -> None:
    """Fewer than ten runs have no spread."""
    with pytest.raises(ValueError, match="9 runs say nothing"):
        spread([Run(10, 10)] * 9)
