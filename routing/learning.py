"""Learning: what the fleet's own runs say about the roads' times → factors, and how wide an ETA must be.

Two steps, both on the logarithm of actual over predicted, so that twice as slow and twice as fast weigh the
same:

1. *Factors* by road class × time of day × siren, from stretches of matched tracks: the median of the group,
   drawn towards the class's, that towards the siren's, that towards 0, each by n / (n + 30). Few runs change
   little; a crew that stopped for a minute is one stretch of many and moves no median.
2. *Spread* from whole runs that the factors were not learned from: the 90th percentile of what is left says
   how much longer than its median an ETA's p90 is, and the median says whether there is a bias.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from statistics import median, quantiles
from typing import NamedTuple

# How many stretches count as much as what is known without them.
PRIOR = 30
BAND_HOURS = 4

# An observation beyond this is a stop, a wrong match or a broken clock, not a road's speed.
WILDEST = log(8)

# Without runs of one's own: generic car ETAs against 10,156 blue-light runs had a standard deviation of 4.9
# minutes; on a typical run that is a log-σ of 0.3, and a normal's 90th percentile lies 1.2816 σ above.
UNKNOWN_P90 = exp(1.2816 * 0.30)


class Stretch(NamedTuple):
    """One road driven by one vehicle."""

    road: int  # class, index into speeds.CLASSES
    hour: int  # local, 0–23
    siren: bool
    predicted_s: float  # by the map alone, without any learned factor
    actual_s: float


class Run(NamedTuple):
    """A whole run, predicted with the factors that are to be judged."""

    predicted_s: float
    actual_s: float


@dataclass(frozen=True)
class Factors:
    """How many times as long the roads take as the map says."""

    by_group: Mapping[tuple[int, int, bool], float] = field(default_factory=dict)  # road, band, siren
    by_road: Mapping[tuple[int, bool], float] = field(default_factory=dict)
    by_siren: Mapping[bool, float] = field(default_factory=dict)
    p90: float = UNKNOWN_P90  # how many times its median an ETA's 90th percentile is

    def factor(self, road: int, hour: int | None, *, siren: bool) -> float:
        """Return the factor of a road class at an hour; of all hours where that is None."""
        known = self.by_road.get((road, siren), self.by_siren.get(siren, 1.0))
        return known if hour is None else self.by_group.get((road, hour // BAND_HOURS, siren), known)


class Spread(NamedTuple):
    """How good ETAs were on runs that nothing was learned from."""

    runs: int
    bias: float  # median of actual ÷ predicted, less 1
    log_sigma: float  # robust: 0.7413 × the distance of the quartiles
    p90: float  # 90th percentile of actual ÷ predicted
    within_p90: float | None = None  # share of runs that took no longer than the p90 they were given


def learn(stretches: Iterable[Stretch], p90: float = UNKNOWN_P90) -> Factors:
    """Return the factors that stretches of road teach; stretches of no time or a wild one are left out."""
    group: dict[tuple[int, int, bool], list[float]] = defaultdict(list)
    for one in stretches:
        if one.predicted_s > 0 and one.actual_s > 0 and abs(log(one.actual_s / one.predicted_s)) < WILDEST:
            group[one.road, one.hour // BAND_HOURS, one.siren].append(log(one.actual_s / one.predicted_s))
    road: dict[tuple[int, bool], list[float]] = defaultdict(list)
    siren: dict[bool, list[float]] = defaultdict(list)
    for (number, _, with_siren), logs in group.items():
        road[number, with_siren] += logs
        siren[with_siren] += logs
    top = {key: _shrunk(logs, 0.0) for key, logs in siren.items()}
    middle = {key: _shrunk(logs, top[key[1]]) for key, logs in road.items()}
    low = {key: _shrunk(logs, middle[key[0], key[2]]) for key, logs in group.items()}
    return Factors(
        by_group={key: exp(value) for key, value in low.items()},
        by_road={key: exp(value) for key, value in middle.items()},
        by_siren={key: exp(value) for key, value in top.items()},
        p90=p90,
    )


def _shrunk(logs: Sequence[float], towards: float) -> float:
    share = len(logs) / (len(logs) + PRIOR)
    return share * median(logs) + (1 - share) * towards


def spread(runs: Iterable[Run], given_p90: float | None = None) -> Spread:
    """Return how far runs were from their predictions.

    Args:
        runs: at least ten, with times above 0.
        given_p90: the factor by which their p90 was told, to see how many kept within it.

    Raises:
        ValueError: fewer than ten runs: nothing can be said.
    """
    ratios = [run.actual_s / run.predicted_s for run in runs if run.predicted_s > 0 and run.actual_s > 0]
    if len(ratios) < 10:
        raise ValueError(f"{len(ratios)} runs say nothing; ten are the least")
    logs = sorted(log(ratio) for ratio in ratios)
    lower, _, upper = quantiles(logs, n=4)
    within = None if given_p90 is None else sum(r <= given_p90 for r in ratios) / len(ratios)
    return Spread(
        len(ratios),
        bias=exp(median(logs)) - 1,
        log_sigma=0.7413 * (upper - lower),
        p90=exp(quantiles(logs, n=10)[-1]),
        within_p90=within,
    )
