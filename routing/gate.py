"""Gate: whether what the fleet's drives taught may be used: judged on drives that it was not learned from.

Every drive is judged once. The drives are dealt into five hands; the factors for a hand are learned from
three others, and the bias of whole drives (a mean of noise is more than its median) and the spread are read
off the fifth. What is then used is learned from all.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from statistics import median, quantiles
from typing import NamedTuple

from routing.drives import Drive
from routing.learning import Factors, Run, learn, spread

HANDS = 5
# Fewer say too little of one in ten: the share within the p90 would be less certain than the gate is wide.
LEAST_DRIVES = 200
MOST_BIAS, MOST_LOG_SIGMA = 0.05, 0.20
WITHIN_P90 = (0.88, 0.92)


class Verdict(NamedTuple):
    """How good ETAs with the factors would have been; None where too few drives are known to say.

    Attributes:
        drives: how many were judged; each by factors that it was not learned from.
        bias: median of actual ÷ predicted, less 1; log_sigma: robust; within_p90: share that kept the p90.
        plain_bias, plain_log_sigma: the same of the map alone.
        why: what the gate says against them; empty where they may be used.
    """

    drives: int
    bias: float | None = None
    log_sigma: float | None = None
    within_p90: float | None = None
    plain_bias: float | None = None
    plain_log_sigma: float | None = None
    why: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the factors may be used."""
        return not self.why


def taught(drives: Sequence[Drive]) -> tuple[Factors, Verdict]:
    """Return what drives teach, and whether it may be used; a refused teaching must not be used."""
    if len(drives) < LEAST_DRIVES:
        return Factors(), Verdict(
            len(drives), why=(f"{len(drives)} drives are too few; {LEAST_DRIVES} are the least",)
        )
    ordered = sorted(drives, key=lambda drive: (drive.at_ms, drive.id))
    hands = [ordered[number::HANDS] for number in range(HANDS)]
    judged: list[tuple[float, float]] = []  # actual ÷ median, p90 ÷ median
    for number, hand in enumerate(hands):
        beside = hands[(number + 1) % HANDS]
        learned = _learned(
            [one for other in hands if other is not hand and other is not beside for one in other]
        )
        shift, p90 = _calibrated([one.run(learned) for one in beside])
        for one in hand:
            run = one.run(learned)
            if run.predicted_s > 0:
                judged.append((run.actual_s / run.predicted_s / shift, p90))
    logs = sorted(log(ratio) for ratio, _ in judged)
    lower, _, upper = quantiles(logs, n=4)
    plain = spread(one.run(Factors()) for one in ordered)
    verdict = Verdict(
        drives=len(judged),
        bias=exp(median(logs)) - 1,
        log_sigma=0.7413 * (upper - lower),
        within_p90=sum(ratio <= p90 for ratio, p90 in judged) / len(judged),
        plain_bias=plain.bias,
        plain_log_sigma=plain.log_sigma,
    )
    learned = _learned(ordered)
    shift, _ = _calibrated([one.run(learned) for one in ordered])
    # The spread is that of drives that were not learned from: of the others it would be too good.
    p90 = exp(quantiles(logs, n=10)[-1])
    return _scaled(learned, shift, p90), verdict._replace(why=_against(verdict))


def _learned(drives: Sequence[Drive]) -> Factors:
    return learn(stretch for drive in drives for stretch in drive.lessons())


def _calibrated(runs: Sequence[Run]) -> tuple[float, float]:
    """Return (how many times the prediction the median drive takes, how many times that the p90 is)."""
    known = spread(runs)
    shift = 1 + known.bias
    return shift, known.p90 / shift


def _scaled(factors: Factors, shift: float, p90: float) -> Factors:
    return Factors(
        by_group={key: value * shift for key, value in factors.by_group.items()},
        by_road={key: value * shift for key, value in factors.by_road.items()},
        by_siren={key: value * shift for key, value in factors.by_siren.items()},
        p90=p90,
    )


def _against(verdict: Verdict) -> tuple[str, ...]:
    assert verdict.bias is not None  # noqa: S101  # only a verdict with figures is asked
    assert verdict.log_sigma is not None  # noqa: S101  # the same
    assert verdict.within_p90 is not None  # noqa: S101  # the same
    against = []
    if abs(verdict.bias) > MOST_BIAS:
        against.append(f"the median drive is {verdict.bias:+.1%} off; {MOST_BIAS:.0%} is the most")
    if verdict.log_sigma > MOST_LOG_SIGMA:
        against.append(f"log-sigma is {verdict.log_sigma:.3f}; {MOST_LOG_SIGMA} is the most")
    low, high = WITHIN_P90
    if not low <= verdict.within_p90 <= high:
        against.append(f"{verdict.within_p90:.1%} keep the p90; {low:.0%} to {high:.0%} should")
    return tuple(against)
