"""Standby: at which base a free crew should wait; off by default, and only where it is worth the drive. Pure.

The base is the one that maximises Σ d · (1 − q) · qᵏ over the demand d that it covers, where k other free
crews cover that demand already and q is the share of crews that are busy: the marginal gain of one crew
more in the maximal expected coverage model (M. Daskin, "A maximum expected covering location model",
Transportation Science 17, 1983). Moving a crew costs fuel and rest, so small gains are not told; and where
a crew waits never decides who is sent: danger to life gets the soonest crew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.region import Region
from routing.times import Point, RoadTimes

# Demand is counted in cells of about a kilometre: past calls of so many days, newest first, so many at most.
CELL_DEG = 0.01
DAYS = 28
CALLS = 20_000
# A base covers what is reached from it within the norm, less the time to answer, choose and leave.
LEAVE_S = 240.0
# What a move must gain at least: this share of all demand, expected to be covered more than at its own base.
LEAST_GAIN = 0.02
# And no farther than this.
LONGEST_DRIVE_S = 900.0

MOVED = "\0"


class Demand(msgspec.Struct, frozen=True):
    """Where calls come from: cells, and each one's share of all calls."""

    cells: tuple[Point, ...]
    shares: tuple[float, ...]


class Advised(msgspec.Struct, frozen=True, kw_only=True):
    """A free crew would cover more elsewhere.

    Attributes:
        gain: share of all demand that is expected to be covered more than from `own`, 0 to 1.
        drive_s: from its own base to the other.
    """

    unit: str
    own: str
    base: str
    gain: float
    drive_s: float


def demand_of(region: Region, now_ms: int) -> Demand:
    """Return where the calls of the last weeks came from."""
    counted: dict[tuple[int, int], int] = {}
    oldest_ms = now_ms - DAYS * 86_400_000
    for seen, incident in enumerate(region.latest_incidents()):
        if seen == CALLS:
            break
        if incident.created_at_ms < oldest_ms:  # one that was corrected stands among the newest
            continue
        place = incident.place
        narrow = CELL_DEG / max(0.1, math.cos(math.radians(place.lat_deg)))
        cell = round(place.lat_deg / CELL_DEG), round(place.lon_deg / narrow)
        counted[cell] = counted.get(cell, 0) + 1
    total = sum(counted.values())
    cells = tuple(
        (lat * CELL_DEG, lon * CELL_DEG / max(0.1, math.cos(math.radians(lat * CELL_DEG))))
        for lat, lon in counted
    )
    return Demand(cells, tuple(count / total for count in counted.values()))


def coverage_of(bases: Sequence[Point], norm_s: float, demand: Demand, roads: RoadTimes) -> NDArray[np.bool_]:
    """Return [bases, cells]: whether a crew at the base is there within the norm. Takes road times."""
    within_s = norm_s - LEAVE_S
    covered = np.zeros((len(bases), len(demand.cells)), dtype=bool)
    for row, base in enumerate(bases):
        legs = roads.one_to_many(base, demand.cells) if demand.cells else []
        covered[row] = [leg.seconds_s <= within_s for leg in legs]
    return covered


def advise_standby(
    region: Region, demand: Demand, covered: NDArray[np.bool_], drive_s: NDArray[np.float64]
) -> list[Advised]:
    """Return which free crews should wait at another base, the greatest gain first; nothing where it is off.

    One crew is moved in thought before the next is judged, so that two are not sent to cover one gap.

    Args:
        region: the state of things; `RegionSettings.standby` turns it on.
        demand: from `demand_of`.
        covered: [bases, cells] from `coverage_of`.
        drive_s: [bases, bases] seconds from base to base.
    """
    if region.settings is None or not region.settings.standby or not demand.cells:
        return []
    bases = list(region.substations)
    on_duty = [unit for unit in region.units.values() if unit.duty == "on"]
    free = [
        unit for unit in on_duty if unit.id not in region.active and unit.substation in region.substations
    ]
    busy = min(max(len(region.active) / max(len(on_duty), 1), 0.05), 0.95)
    at = {unit.id: bases.index(unit.substation) for unit in free if unit.substation is not None}
    shares = np.array(demand.shares)
    found: list[Advised] = []
    while (best := _best_move(at, covered, drive_s, shares, busy)) is not None:
        unit, base, gain = best
        own = at.pop(unit)
        at[f"{MOVED}{unit}"] = base  # it waits there in thought, and is not moved again
        found.append(
            Advised(
                unit=unit,
                own=bases[own],
                base=bases[base],
                gain=round(gain, 4),
                drive_s=round(float(drive_s[own, base]), 1),
            )
        )
    return found


def _best_move(
    at: dict[str, int],
    covered: NDArray[np.bool_],
    drive_s: NDArray[np.float64],
    shares: NDArray[np.float64],
    busy: float,
) -> tuple[str, int, float] | None:
    """Return the crew, the base and the gain of the best move that is worth it, or None."""
    best: tuple[str, int, float] | None = None
    crews = np.zeros(len(covered))
    np.add.at(crews, list(at.values()), 1.0)
    for own in {base for unit, base in at.items() if not unit.startswith(MOVED)}:
        others = crews.copy()
        others[own] -= 1
        gains = _gains(covered, others, shares, busy)
        gains = np.where(drive_s[own] <= LONGEST_DRIVE_S, gains - gains[own], -np.inf)
        base = int(gains.argmax())
        if gains[base] >= LEAST_GAIN and (best is None or gains[base] > best[2]):
            unit = min(unit for unit, where in at.items() if where == own and not unit.startswith(MOVED))
            best = unit, base, float(gains[base])
    return best


def _gains(
    covered: NDArray[np.bool_], crews: NDArray[np.float64], shares: NDArray[np.float64], busy: float
) -> NDArray[np.float64]:
    """Return [bases]: what one crew more is expected to cover from each base."""
    depth = crews @ covered
    each = shares * (1 - busy) * busy**depth
    return np.asarray(covered @ each, dtype=np.float64)


def drives_between(bases: Sequence[Point], roads: RoadTimes) -> NDArray[np.float64]:
    """Return [bases, bases] seconds from each to each, without siren."""
    return np.array(
        [[leg.seconds_s for leg in roads.one_to_many(start, bases, siren=False)] for start in bases]
    ).reshape(len(bases), len(bases))
