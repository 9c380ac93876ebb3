from __future__ import annotations

import random
from math import exp

import pytest

from routing.drives import Drive
from routing.gate import LEAST_DRIVES, taught
from routing.learning import Factors
from routing.router import Router
from routing.speeds import CLASSES
from tests.routing.driving import drives

ROADS = [name for name in CLASSES if name not in ("barrier", "road", "path")]


def made_up(count: int, seed: int, pace: float = 0.10, noise: float = 0.35) -> list[Drive]:
    """Return drives with planted speeds: a class's own, the crew's pace, and lights on every stretch."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        hour, own = chance.randrange(24), exp(chance.gauss(0, pace))
        stretches = []
        for _ in range(chance.randint(8, 30)):
            road, usual_s = chance.choice(ROADS), chance.uniform(5, 60)
            true = 0.7 + 0.09 * (ROADS.index(road) % 8) + (0.2 if hour < 6 else 0.0)
            stretches.append((road, usual_s, usual_s * true * own * exp(chance.gauss(0, noise))))
        by_road = {road: sum(s for other, s, _ in stretches if other == road) for road, _, _ in stretches}
        found.append(
            Drive(
                f"d{number}", number, hour, True, sum(s for _, _, s in stretches), tuple(by_road.items()),
                tuple(stretches),
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_speeds_pass_and_hold_on_drives_never_seen(seed: int) -> None:
    """Simulated: the gate passes, and on 2,000 further drives bias, spread and p90 are as it said."""
    factors, verdict = taught(made_up(1000, seed))
    assert verdict.passed, verdict.why
    assert verdict.plain_log_sigma is not None
    assert verdict.log_sigma is not None
    assert verdict.log_sigma < verdict.plain_log_sigma
    runs = [drive.run(factors) for drive in made_up(2000, seed + 100)]
    ratios = sorted(run.actual_s / run.predicted_s for run in runs)
    assert abs(ratios[1000] - 1) <= 0.05
    assert 0.88 <= sum(ratio <= factors.p90 for ratio in ratios) / 2000 <= 0.92


def test_drives_that_scatter_too_much_are_refused_with_a_reason() -> None:
    """Where crews' paces differ by a log-σ of 0.4 nothing learned makes a good ETA: refused, and told why."""
    _, verdict = taught(made_up(600, 4, pace=0.4))
    assert not verdict.passed
    assert any("log-sigma" in why for why in verdict.why)


def test_too_few_drives_are_refused() -> None:
    """One drive less than the least teaches nothing, and says how many there are."""
    factors, verdict = taught(made_up(LEAST_DRIVES - 1, 5))
    assert factors == Factors()
    assert verdict.why == (f"{LEAST_DRIVES - 1} drives are too few; {LEAST_DRIVES} are the least",)


@pytest.mark.slow
def test_tracks_on_real_roads_pass_the_gate(porto: Router) -> None:
    """From noisy tracks along Porto's roads, through matching, to factors that the gate lets pass."""
    _, verdict = taught(drives(porto, 230, 6))
    assert verdict.passed, verdict
