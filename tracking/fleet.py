"""Fleet: where every unit is, as far as that can be believed: position, age, freshness and radius.

**What moves a unit.** Only a fix that quality control believes (`tracking.quality`) and that was *taken*
later than the last one. Everything else leaves the unit where it is: late arrivals and what a device sends
out of its store are history, for the track alone; a fix from the future is quarantined; a suspect one is
evidence.

**Freshness** says whether a unit should have spoken since; the age is always shown beside it:

- `live`: younger than `MISSED_INTERVALS` of its device's own interval, which is learned apart for driving and
  for standing (`tracking.rhythm`); or than a mobile link's usual gap: `GAP_MS` while it moves,
  `STALE_AFTER_MS` while it stands.
- `parked`: silent after a series of standing fixes, as a vehicle is whose engine was switched off. At its
  base `BASE_STOOD_MS` of standing make the series and it holds for `BASE_PARKED_MS`, a shift; elsewhere
  `STOOD_MS` and `PARKED_MS`, for there a dead link is as likely. The last fix must have come promptly: a
  device that speaks late is not switched off.
- `stale`: a moving one silent for three of its intervals, and a parked one beyond its bound.
- `suspect`: an incident is open (spoofing, jamming); `none`: never heard.

**Ranking** is stricter than colour: what is older than `STALE_AFTER_MS` is marked, and never ranked as fresh.
`rankable` sorts, and `may_have_driven_s` tells for how long a unit may have driven unnoticed: nothing up to
that age; then, for a vehicle that stood, at most `UNNOTICED_S`, since one that drives off speaks within three
intervals; for any other, its whole age. So a device that speaks once a minute is `live` on the map at an age
of 45 s, and `stale` in a ranking; and with 30% of positions lost and 20% ten minutes late none older than
30 s is ranked as fresh.

**Radius**: within it the unit is now: the receiver's error, and `TOP_MPS` for as long as it may have driven
unnoticed; while suspect, since the last good position. Bounded by `MAX_RADIUS_M`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from tracking.dates import dated
from tracking.device_clock import TOLERANCE_MS, DeviceClock
from tracking.distance import metres_between
from tracking.fix import Fix
from tracking.quality import FalsePlace, Inspector
from tracking.rhythm import Rhythm
from tracking.trust import Incident, Judged, Reason, Trust

Outcome = Literal["moved", "history", "future", "doubted", "suspect", "unknown"]
Freshness = Literal["live", "parked", "stale", "suspect", "none"]
Rankable = Literal["live", "parked", "stale", "suspect"]

FUTURE_TOLERANCE_MS = TOLERANCE_MS

MISSED_INTERVALS = 3
STALE_AFTER_MS = 30_000
GAP_MS = 10_000  # a mobile link is gone for some seconds at any turn, and the sign must not flicker

STOOD_FIXES = 3
STOOD_MS = 60_000
PARKED_MS = 30 * 60_000
BASE_M = 200.0
BASE_STOOD_MS = 10_000
BASE_PARKED_MS = 12 * 3_600_000
UNNOTICED_S = 60.0

TOP_MPS = 40.0  # 144 km/h as the crow flies
MAX_RADIUS_M = 50_000.0
# Metres of error for one of HDOP, and where the receiver does not say.
HDOP_M = 5.0
UNKNOWN_ERROR_M = 15.0


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit is believed to be.

    Attributes:
        fix: the last one believed, as it came.
        taken_ms: when it was taken, corrected where the device's clock is off.
        age_ms: since then, at least 0.
        rankable: how a recommendation may use it; see the module's docstring.
        may_have_driven_s: for how long it may have driven since, unnoticed.
        radius_m: the unit is within this of the fix.
        reasons: why it is suspect, or what marks it.
        clock_offset_ms: what is added to the device's time because its clock is off; 0 for a right one.
        at_base: whether it is near its own base.
    """

    unit: str
    fix: Fix
    taken_ms: int
    age_ms: int
    freshness: Freshness
    rankable: Rankable
    may_have_driven_s: float
    radius_m: float
    reasons: tuple[Reason, ...]
    clock_offset_ms: int
    at_base: bool


class Glance(msgspec.Struct, frozen=True):
    """What a map shows of a unit: the part of a `Position` that costs next to nothing.

    Attributes:
        fix: the last one believed, as it came.
        age_ms: since it was taken, at least 0.
        marked: some reason is attached to it.
    """

    fix: Fix
    age_ms: int
    freshness: Freshness
    marked: bool


class _Unit(msgspec.Struct):
    trust: Trust
    rhythm: Rhythm
    base: tuple[float, float] | None


class Fleet:
    """The units of a region and where each was last.

    Args:
        units: the ids that are ours; a fix of any other is `unknown` and changes nothing.
        bases: unit → latitude and longitude of the base where it parks, where it has one.
        false_places: where spoofers put vehicles; see `tracking.quality`.

    Attributes:
        counts: how many fixes had each outcome.
        reasons: how many fixes were judged for each reason.
    """

    def __init__(
        self,
        units: Iterable[str],
        *,
        bases: Mapping[str, tuple[float, float]] | None = None,
        false_places: Iterable[FalsePlace] = (),
    ) -> None:
        self.counts: Counter[Outcome] = Counter()
        self.reasons: Counter[Reason] = Counter()
        self._inspector = Inspector(false_places)
        self._bases = dict(bases or {})
        self._units: dict[str, _Unit] = {}
        self._changed: dict[str, None] = {}
        for unit in units:
            self.enrol(unit)

    @property
    def units(self) -> tuple[str, ...]:
        """The ids that are ours, in the order in which they were given."""
        return tuple(self._units)

    def enrol(self, unit: str, base: tuple[float, float] | None = None) -> None:
        """Make a unit ours; it has no position yet. Of one that is ours, only the base may change."""
        if base is not None:
            self._bases[unit] = base
        known = self._units.get(unit)
        if known is None:
            self._units[unit] = _Unit(Trust(unit), Rhythm(), self._bases.get(unit))
        elif base is not None:
            known.base = base

    def apply(self, fix: Fix, now_ms: int) -> Outcome:
        """Take a fix in, and say what it did.

        `moved`: the unit is there now. `history`: not newer than what we know, or out of the device's store;
        for the track alone. `future`: taken later than it came, quarantined. `doubted`: it cannot be, and
        nothing follows from a single one. `suspect`: an incident is open. `unknown`: no unit of ours.
        """
        known = None if fix.unit is None else self._units.get(fix.unit)
        if known is None:
            self.counts["unknown"] += 1
            return "unknown"
        if fix.taken_ms is None:
            fix = dated(fix)
        trust = known.trust
        judged = self._inspector.judge(trust, fix, now_ms)
        if judged.moved:
            outcome: Outcome = "moved"
            if fix.source == "device":
                known.rhythm.follow(
                    fix, trust.taken_ms, prompt=fix.received_ms - trust.taken_ms <= STALE_AFTER_MS
                )
        else:
            outcome = _outcome(judged, suspect=trust.suspect)
        if outcome != "history":
            self._changed[trust.unit] = None
        for reason in judged.reasons:
            self.reasons[reason] += 1
        self.counts[outcome] += 1
        return outcome

    def last(self, unit: str) -> Fix | None:
        """Return the newest fix of a unit that is believed, with its taken time, or None."""
        known = self._units.get(unit)
        return known.trust.fix if known else None

    def position(self, unit: str, now_ms: int) -> Position | None:
        """Return where a unit is believed to be, or None when nothing was ever believed."""
        known = self._units.get(unit)
        if known is None or known.trust.fix is None:
            return None
        trust, fix = known.trust, known.trust.fix
        age_ms = max(0, now_ms - trust.taken_ms)
        freshness = self._freshness(known, now_ms)
        rankable = _rankable(known, freshness, age_ms)
        driven_s = _may_have_driven_s(rankable, age_ms)
        error_m = UNKNOWN_ERROR_M if fix.hdop is None else max(fix.hdop * HDOP_M, HDOP_M)
        incident = trust.incident
        return Position(
            unit=unit,
            fix=fix,
            taken_ms=trust.taken_ms,
            age_ms=age_ms,
            freshness=freshness,
            rankable=rankable,
            may_have_driven_s=driven_s,
            radius_m=min(error_m + TOP_MPS * (driven_s or min(age_ms / 1000, UNNOTICED_S)), MAX_RADIUS_M),
            reasons=incident.reasons if incident is not None and trust.suspect else trust.reasons,
            clock_offset_ms=trust.clock.offset_ms,
            at_base=_at_base(known),
        )

    def glance(self, unit: str, now_ms: int) -> Glance | None:
        """Return what a map shows of a unit, or None when nothing was ever believed."""
        known = self._units.get(unit)
        if known is None or known.trust.fix is None:
            return None
        trust, fix = known.trust, known.trust.fix
        incident = trust.incident
        reasons = incident.reasons if incident is not None and trust.suspect else trust.reasons
        age_ms = max(0, now_ms - trust.taken_ms)
        return Glance(fix, age_ms, self._freshness(known, now_ms), bool(reasons))

    def silent(self, now_ms: int) -> list[str]:
        """Return the units whose last fix is older than `GAP_MS`: time alone changes only theirs."""
        heard_ms = now_ms - GAP_MS
        return [
            unit
            for unit, known in self._units.items()
            if known.trust.taken_ms < heard_ms and known.trust.fix is not None
        ]

    def age_ms(self, unit: str, now_ms: int) -> int | None:
        """Return how long ago the last fix was taken, at least 0; None when there is none."""
        known = self._units.get(unit)
        return max(0, now_ms - known.trust.taken_ms) if known and known.trust.fix else None

    def silence_ms(self, unit: str, now_ms: int) -> int | None:
        """Return how long ago the last fix was received: less than its age by what it took to reach us."""
        known = self._units.get(unit)
        return max(0, now_ms - known.trust.fix.received_ms) if known and known.trust.fix else None

    def freshness(self, unit: str, now_ms: int) -> Freshness:
        """Return how fresh a unit's position is; see the module's docstring."""
        known = self._units.get(unit)
        return "none" if known is None else self._freshness(known, now_ms)

    def clock(self, unit: str) -> DeviceClock | None:
        """Return what is known of the clock of a unit's device, for showing; None for no unit of ours."""
        known = self._units.get(unit)
        return None if known is None else known.trust.clock

    def incident(self, unit: str) -> Incident | None:
        """Return the unit's open incident with its evidence, or the last one, or None."""
        known = self._units.get(unit)
        return None if known is None else known.trust.incident

    def believe(self, unit: str, now_ms: int) -> None:
        """End a unit's incident because a person says that it is where it says it is."""
        if (known := self._units.get(unit)) is not None:
            self._inspector.believe(known.trust, now_ms)
            self._changed[unit] = None

    def take_news(self) -> list[Incident]:
        """Return the incidents that were raised or ended (`ended_ms`) since the last call, in order."""
        return self._inspector.take_news()

    def take_changed(self) -> list[str]:
        """Return the units that a fix has changed since the last call."""
        changed, self._changed = self._changed, {}
        return list(changed)

    def _freshness(self, known: _Unit, now_ms: int) -> Freshness:
        trust, rhythm = known.trust, known.rhythm
        if trust.fix is None:
            return "none"
        if trust.suspect:
            return "suspect"
        age_ms = now_ms - trust.taken_ms
        gap_ms = STALE_AFTER_MS if rhythm.standing else GAP_MS
        if age_ms <= max(gap_ms, MISSED_INTERVALS * rhythm.interval_ms):
            return "live"
        return "parked" if _parked(known, age_ms) else "stale"


def _outcome(judged: Judged, *, suspect: bool) -> Outcome:
    if judged.verdict == "history":
        return "history"
    if "future" in judged.reasons:
        return "future"
    return "suspect" if suspect else "doubted"


def _at_base(known: _Unit) -> bool:
    fix = known.trust.fix
    if fix is None or known.base is None:
        return False
    return metres_between(*known.base, fix.lat_deg, fix.lon_deg) <= BASE_M


def _parked(known: _Unit, age_ms: int) -> bool:
    """Say whether a unit's last fixes tell that it stood, and that was not too long ago."""
    rhythm = known.rhythm
    if known.trust.fix is not None and known.trust.fix.source == "phone":
        return False
    if not (rhythm.standing and rhythm.prompt) or rhythm.stood_fixes < STOOD_FIXES:
        return False
    if rhythm.stood_ms >= STOOD_MS and age_ms <= PARKED_MS:
        return True
    return rhythm.stood_ms >= BASE_STOOD_MS and age_ms <= BASE_PARKED_MS and _at_base(known)


def _rankable(known: _Unit, freshness: Freshness, age_ms: int) -> Rankable:
    if freshness == "suspect":
        return "suspect"
    if age_ms <= STALE_AFTER_MS:
        return "live"
    return "parked" if _parked(known, age_ms) else "stale"


def _may_have_driven_s(rankable: Rankable, age_ms: int) -> float:
    if rankable == "live":
        return 0.0
    return min(age_ms / 1000, UNNOTICED_S) if rankable == "parked" else age_ms / 1000
