"""Fleet: the last position of every unit, how old it is, and whether the unit should have spoken since.

Two clocks: only a fix that was *taken* later than the last one moves a unit. A late arrival is history, for
the track alone; a fix from the future is quarantined, or one wrong timestamp would freeze its unit until that
moment comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

from tracking.dates import dated
from tracking.fix import Fix

Outcome = Literal["moved", "history", "future", "unknown"]
Freshness = Literal["live", "stale", "none"]

# How far ahead of our clock a fix may be. A receiver that has not yet heard the leap seconds is 18 s ahead.
FUTURE_TOLERANCE_MS = 30_000

# A position is stale after this many intervals of its own device without a newer one, but never sooner than…
MISSED_INTERVALS = 3
STALE_AFTER_MS = 30_000

# …and an interval is never taken for longer than this: a unit silent for a quarter of an hour is stale
# anyway.
MAX_INTERVAL_MS = 300_000
FIRST_INTERVAL_MS = 10_000


class _Last(msgspec.Struct):
    fix: Fix
    taken_ms: int
    interval_ms: float


class Fleet:
    """The units of a region and where each was last.

    Args:
        units: the ids that are ours; a fix of any other is `unknown` and changes nothing.
        future_tolerance_ms: how far ahead of `now_ms` a fix may be taken.

    Attributes:
        counts: how many fixes had each outcome.
    """

    def __init__(self, units: Iterable[str], *, future_tolerance_ms: int = FUTURE_TOLERANCE_MS) -> None:
        self.counts: Counter[Outcome] = Counter()
        self._tolerance_ms = future_tolerance_ms
        self._last: dict[str, _Last | None] = dict.fromkeys(units)

    @property
    def units(self) -> tuple[str, ...]:
        """The ids that are ours, in the order in which they were given."""
        return tuple(self._last)

    def enrol(self, unit: str) -> None:
        """Make a unit ours; it has no position yet."""
        self._last.setdefault(unit, None)

    def apply(self, fix: Fix, now_ms: int) -> Outcome:
        """Take a fix in, and say what it did.

        `moved`: the unit is there now. `history`: not newer than what we know, for the track alone. `future`:
        taken more than the tolerance after `now_ms`, quarantined. `unknown`: no unit of ours.
        """
        outcome = self._apply(dated(fix), now_ms)
        self.counts[outcome] += 1
        return outcome

    def last(self, unit: str) -> Fix | None:
        """Return the newest fix of a unit, with its taken time, or None."""
        last = self._last.get(unit)
        return last.fix if last else None

    def age_ms(self, unit: str, now_ms: int) -> int | None:
        """Return how long ago the last fix was taken, at least 0; None when there is none."""
        last = self._last.get(unit)
        return max(0, now_ms - last.taken_ms) if last else None

    def silence_ms(self, unit: str, now_ms: int) -> int | None:
        """Return how long ago the last fix was received: less than its age by what it took to reach us."""
        last = self._last.get(unit)
        return max(0, now_ms - last.fix.received_ms) if last else None

    def freshness(self, unit: str, now_ms: int) -> Freshness:
        """Return `live`, `stale` (the unit should have spoken since) or `none` (never heard)."""
        last = self._last.get(unit)
        if last is None:
            return "none"
        allowed_ms = max(STALE_AFTER_MS, MISSED_INTERVALS * last.interval_ms)
        return "stale" if now_ms - last.taken_ms > allowed_ms else "live"

    def _apply(self, fix: Fix, now_ms: int) -> Outcome:
        unit, taken_ms = fix.unit, fix.taken_ms
        if unit is None or unit not in self._last:
            return "unknown"
        if taken_ms is None or taken_ms > now_ms + self._tolerance_ms:
            return "future"
        last = self._last[unit]
        if last is None:
            self._last[unit] = _Last(fix, taken_ms, FIRST_INTERVAL_MS)
            return "moved"
        if taken_ms <= last.taken_ms:
            return "history"
        since_ms = taken_ms - last.taken_ms
        # Steps of a tenth follow the median: an outage, however long, counts as one long interval.
        if since_ms > last.interval_ms:
            last.interval_ms = min(since_ms, last.interval_ms * 1.1, MAX_INTERVAL_MS)
        else:
            last.interval_ms = max(since_ms, last.interval_ms * 0.9)
        last.fix, last.taken_ms = fix, taken_ms
        return "moved"
