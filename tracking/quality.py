"""Quality: which fixes to believe. Each is judged live, history, estimated or suspect, with its reasons.

One wrong fix raises nothing: of 2,498 real ones three imply more than 70 m/s. So what cannot be is passed
over, and only what goes on is an incident. Rules, with `taken` corrected as in `tracking.device_clock`:

- **history**: the device says so, or a newer fix was there before. **future**: see `tracking.device_clock`;
  `AHEAD` such fixes in a row from a device whose clock was right are an incident (`clock`).
- **jump**: farther from the last good position than `MAX_MPS` allows. `JUMPS` in a row, at least `FAR_M`
  away, are an incident. Nearer than that, receivers do it themselves (echoes between houses): `JUMPS` fixes
  that agree among themselves are then the new position. A position that fewer than `PROOF` fixes have
  confirmed cannot accuse: it is itself replaced (a first fix after a cold start, or after our restart).
- **scatter**: `SCATTERED` doubted fixes in a row that do not agree among themselves (jamming).
- **convergence**: `CONVERGING` units jump within `CONVERGENCE_MS` to within `CONVERGENCE_M` of one point: all
  of them are suspect with their first jump; so they are (`jump`) where they go `SHIFT_M` by the same way.
- **false_place**: a jump into one of the configured places (airports are where spoofers send receivers) is an
  incident at once; driving there is not. At 0°, 0° nobody is: never believed, an incident after `JUMPS`.
- **too_fast**: two stretches of `PACE_MS` in a row at more than `MAX_MPS`, though no single step is a jump.
- **frozen**: on one spot while the reported speed sums up to `FROZEN_M`.

While suspect, the last good position stays; its radius grows (`tracking.fleet`). Trust returns when

- fixes break away from the lie by a jump (or a frozen unit thaws), to where the vehicle could be by
  `RETURN_MPS` from its last good position, and `RETURN_FIXES` of them agree over `RETURN_MS`; patience alone
  does not make a lie reachable; or
- they agree among themselves for `SETTLED_MS` while driving `SETTLED_M`: then it was the last good position
  that was wrong. A lie that stands still never becomes true by itself; or
- a person says so (`Inspector.believe`).

An incident that follows another within `REOPEN_MS` continues it and is not raised anew. All cross-unit memory
is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tracking.convergence import Convergence
from tracking.device_clock import TOLERANCE_MS
from tracking.distance import metres_between
from tracking.fix import Fix
from tracking.trust import Cluster, Incident, Judged, Reason, Trust

MAX_MPS = 70.0  # 250 km/h
SLACK_M = 100.0  # what receivers err by, between one fix and the next
PROOF = 3
JUMPS = 3
FAR_M = 1_000.0
SCATTERED = 6
SCATTERED_CLUSTERS = 4
AHEAD = 5

CONVERGING = 3
PACE_MS = 4_000
PACE_SLACK_M = 30.0
FROZEN_MPS = 5.0
FROZEN_FIXES = 8
FROZEN_M = 200.0
FROZEN_STEP_S = 10.0  # a longer gap counts as this: speed may have changed in it
SPOT_DEG = 1e-5  # about a metre: what counts as one spot
THAWED_M = 10.0

RETURN_MPS = 40.0  # 144 km/h as the crow flies
RETURN_SLACK_M = 1_000.0
RETURN_FIXES = 5
RETURN_MS = 4_000
RETURN_GAP_MS = 120_000
SETTLED_FIXES = 30
SETTLED_MS = 30 * 60_000
SETTLED_M = 1_000.0
REOPEN_MS = 10 * 60_000

NOWHERE_DEG = 0.01  # about a kilometre around 0°, 0°

_LIVE = Judged("live", (), moved=True)
_NOT_NEWER = Judged("history", ("not_newer",))
_STORED = Judged("history", ("stored_by_device",))
_FUTURE = Judged("suspect", ("future",))
_NO_MARKS: tuple[Reason, ...] = ()


class FalsePlace(msgspec.Struct, frozen=True):
    """Where spoofers put vehicles: a jump to within `radius_m` of it is not believed."""

    name: str
    lat_deg: float
    lon_deg: float
    radius_m: float = 2_000.0


class Inspector:
    """Judges the fixes of a fleet.

    Args:
        places: where a jump is suspect at once.
    """

    def __init__(self, places: Iterable[FalsePlace] = ()) -> None:
        self._places = tuple(places)
        self._convergence = Convergence()
        self._news: list[Incident] = []

    def take_news(self) -> list[Incident]:
        """Return the incidents that were raised or ended since the last call, in order."""
        news, self._news = self._news, []
        return news

    def judge(self, trust: Trust, fix: Fix, now_ms: int) -> Judged:
        """Judge one fix of the unit and keep what follows from it.

        Args:
            trust: the unit's record.
            fix: has its taken time (`tracking.dates.dated`).
            now_ms: our clock.
        """
        if fix.history:
            return _STORED
        said_ms = fix.taken_ms
        if said_ms is None:
            raise ValueError("a fix is judged with its taken time; see tracking.dates.dated")
        arrived_ms = fix.received_ms
        if said_ms > arrived_ms + TOLERANCE_MS and now_ms > arrived_ms:
            arrived_ms = now_ms  # only what is from the future even now is so
        # A phone's clock is not the device's, and teaches nothing about it.
        taken_ms = said_ms if fix.source == "phone" else trust.clock.instant_ms(said_ms, arrived_ms)
        if taken_ms is None or taken_ms > now_ms + TOLERANCE_MS:
            return self._future(trust, fix, now_ms)
        if taken_ms <= trust.seen_ms:
            return _NOT_NEWER
        trust.seen_ms = taken_ms
        lat_deg, lon_deg = fix.lat_deg, fix.lon_deg
        nowhere = -NOWHERE_DEG < lat_deg < NOWHERE_DEG and -NOWHERE_DEG < lon_deg < NOWHERE_DEG
        incident = trust.incident
        if nowhere or trust.doubted or (incident is not None and incident.ended_ms is None):
            return self._doubt(trust, fix, taken_ms, now_ms, nowhere=nowhere)
        good = trust.fix
        if good is None:
            return _believe(trust, fix, taken_ms)
        step_s = (taken_ms - trust.taken_ms) * 0.001
        step_m = metres_between(good.lat_deg, good.lon_deg, lat_deg, lon_deg)
        if step_m > MAX_MPS * step_s + SLACK_M:
            if trust.proof >= PROOF:
                return self._doubt(trust, fix, taken_ms, now_ms)
            trust.proof = 0
            _start_over(trust, fix, taken_ms)
        elif _frozen(trust, fix, step_s):
            return self._raise(trust, fix, taken_ms, ("frozen",), now_ms=now_ms)
        elif taken_ms - trust.pace_ms >= PACE_MS and _too_fast(trust, fix, taken_ms):
            return self._raise(trust, fix, taken_ms, ("too_fast",), now_ms=now_ms)
        return _believe(trust, fix, taken_ms)

    def believe(self, trust: Trust, now_ms: int) -> None:
        """End a unit's incident because a person says that it is where it says it is."""
        cluster = trust.cluster
        if trust.suspect:
            self._end(trust, now_ms)
            if cluster is not None:
                _start_over(trust, cluster.last, cluster.last_ms)
                _believe(trust, cluster.last, cluster.last_ms)

    # ── what cannot be believed as it is ─────────────────────────────────────────────────────────────────

    def _future(self, trust: Trust, fix: Fix, now_ms: int) -> Judged:
        incident = trust.incident
        if incident is not None and incident.ended_ms is None:
            incident.keep(fix)
        elif trust.fix is not None and trust.clock.ahead == AHEAD and trust.clock.was_right:
            self._open(trust, fix, ("clock",), now_ms)
        return _FUTURE

    def _doubt(self, trust: Trust, fix: Fix, taken_ms: int, now_ms: int, *, nowhere: bool = False) -> Judged:
        """Judge a fix while there are doubts: about this one, about those before it, or an open incident."""
        away_m, reachable = _from_good(trust, fix, taken_ms)
        incident = trust.incident
        if incident is not None and incident.ended_ms is None:
            return self._under_suspicion(trust, fix, taken_ms, now_ms, reachable=reachable and not nowhere)
        if not nowhere and _plausible(trust, fix, taken_ms, away_m):
            trust.cluster, trust.doubted, trust.clusters = None, 0, 0  # it was an outlier, and is over
            return _believe(trust, fix, taken_ms)
        began = _join(trust, fix, taken_ms, reachable=False)
        trust.doubted += 1
        far = away_m >= FAR_M
        if nowhere:
            if trust.doubted >= JUMPS:
                return self._raise(trust, fix, taken_ms, ("false_place",), now_ms=now_ms)
        elif far:
            if began and (judged := self._landed(trust, fix, taken_ms, now_ms)) is not None:
                return judged
            if trust.doubted >= JUMPS:
                return self._raise(trust, fix, taken_ms, ("jump",), now_ms=now_ms)
        elif trust.cluster is not None and trust.cluster.fixes >= JUMPS:
            _start_over(trust, fix, taken_ms)
            return _believe(trust, fix, taken_ms)
        if trust.doubted >= SCATTERED and trust.clusters >= SCATTERED_CLUSTERS:
            return self._raise(trust, fix, taken_ms, ("scatter",), now_ms=now_ms)
        return Judged("suspect", ("false_place",) if nowhere else ("jump",))

    def _landed(self, trust: Trust, fix: Fix, taken_ms: int, now_ms: int) -> Judged | None:
        """Look at where a jump ended: at a known false place, or where others have just jumped to."""
        reasons: list[Reason] = ["jump"]
        if any(
            metres_between(place.lat_deg, place.lon_deg, fix.lat_deg, fix.lon_deg) <= place.radius_m
            for place in self._places
        ):
            reasons.insert(0, "false_place")
        came, went = self._convergence.note(trust, fix, now_ms)
        together: tuple[Reason, ...] = ("jump",)
        if len(came) + 1 >= CONVERGING:
            reasons.insert(0, "convergence")
            together = ("convergence", "jump")
        units = came if len(came) >= len(went) else went
        if len(units) + 1 >= CONVERGING:
            everyone = (*units, trust.unit)
            for unit, (other, landed) in units.items():
                peers = tuple(each for each in everyone if each != unit)
                if not other.suspect and other.doubted:
                    self._open(other, landed, together, now_ms, peers)
        elif len(reasons) == 1:
            return None
        return self._raise(trust, fix, taken_ms, tuple(reasons), now_ms=now_ms, peers=tuple(units))

    def _under_suspicion(
        self, trust: Trust, fix: Fix, taken_ms: int, now_ms: int, *, reachable: bool
    ) -> Judged:
        incident = trust.incident
        assert incident is not None  # noqa: S101  # the caller has looked
        _join(trust, fix, taken_ms, reachable=reachable, thawing="frozen" in incident.reasons)
        cluster = trust.cluster
        if cluster is not None:
            lasted_ms = taken_ms - cluster.first_ms
            back = cluster.reachable and cluster.fixes >= RETURN_FIXES and lasted_ms >= RETURN_MS
            if back or _settled(cluster, fix, lasted_ms):
                self._end(trust, now_ms)
                _start_over(trust, fix, taken_ms)
                return _believe(trust, fix, taken_ms)
            if cluster.reachable:
                return Judged("suspect", ("unsettled", *incident.reasons))
        incident.keep(fix)
        return Judged("suspect", incident.reasons)

    # ── incidents ────────────────────────────────────────────────────────────────────────────────────────

    def _raise(
        self,
        trust: Trust,
        fix: Fix,
        taken_ms: int,
        reasons: tuple[Reason, ...],
        *,
        now_ms: int,
        peers: tuple[str, ...] = (),
    ) -> Judged:
        if trust.cluster is None:
            trust.cluster = Cluster(fix, taken_ms, fix, taken_ms, reachable=False)
        self._open(trust, fix, reasons, now_ms, peers)
        return Judged("suspect", reasons)

    def _open(
        self,
        trust: Trust,
        fix: Fix,
        reasons: tuple[Reason, ...],
        now_ms: int,
        peers: tuple[str, ...] = (),
    ) -> None:
        before = trust.incident
        reopened = (
            before is not None and before.ended_ms is not None and now_ms - before.ended_ms <= REOPEN_MS
        )
        trust.incident = Incident(
            unit=trust.unit,
            reasons=reasons,
            since_ms=now_ms,
            last_good=trust.fix,
            peers=peers,
            evidence=[],
            reopened=reopened,
        )
        trust.incident.keep(fix)
        self._news.append(trust.incident)

    def _end(self, trust: Trust, now_ms: int) -> None:
        if trust.incident is not None:
            trust.incident.ended_ms = now_ms
            self._news.append(trust.incident)
        trust.cluster, trust.doubted, trust.clusters = None, 0, 0


def _believe(trust: Trust, fix: Fix, taken_ms: int) -> Judged:
    if trust.fix is None:
        _start_over(trust, fix, taken_ms)
    trust.fix = fix
    trust.taken_ms = taken_ms
    trust.proof += 1
    if fix.quality == "valid" and not trust.clock.offset_ms and fix.source == "device":
        trust.reasons = _NO_MARKS
        return _LIVE
    marks: list[Reason] = ["estimated_by_device"] if fix.quality == "estimated" else []
    if fix.source == "phone":
        marks.append("by_phone")
    elif trust.clock.offset_ms:
        marks.append("clock_corrected")
    trust.reasons = tuple(marks)
    return Judged("estimated", trust.reasons, moved=True)


def _start_over(trust: Trust, fix: Fix, taken_ms: int) -> None:
    """Begin to measure at this fix: what was measured across a jump says nothing."""
    trust.pace_lat_deg, trust.pace_lon_deg, trust.pace_ms = fix.lat_deg, fix.lon_deg, taken_ms
    trust.paces_too_fast = 0
    trust.spot_lat_deg, trust.spot_lon_deg = fix.lat_deg, fix.lon_deg
    trust.spot_fixes, trust.spot_driven_m = 0, 0.0
    trust.cluster, trust.doubted, trust.clusters = None, 0, 0


def _frozen(trust: Trust, fix: Fix, step_s: float) -> bool:
    """Say whether the unit has claimed to drive for too long on one spot."""
    speed_mps = fix.speed_mps
    if (
        speed_mps is None
        or speed_mps < FROZEN_MPS
        or abs(fix.lat_deg - trust.spot_lat_deg) > SPOT_DEG
        or abs(fix.lon_deg - trust.spot_lon_deg) > SPOT_DEG
    ):
        trust.spot_lat_deg, trust.spot_lon_deg = fix.lat_deg, fix.lon_deg
        trust.spot_fixes, trust.spot_driven_m = 0, 0.0
        return False
    trust.spot_fixes += 1
    trust.spot_driven_m += speed_mps * min(step_s, FROZEN_STEP_S)
    return trust.spot_fixes >= FROZEN_FIXES and trust.spot_driven_m >= FROZEN_M


def _too_fast(trust: Trust, fix: Fix, taken_ms: int) -> bool:
    """End a stretch of speed measurement; say whether this and the one before were too fast."""
    driven_m = metres_between(trust.pace_lat_deg, trust.pace_lon_deg, fix.lat_deg, fix.lon_deg)
    within_m = MAX_MPS * (taken_ms - trust.pace_ms) * 0.001 + PACE_SLACK_M
    trust.pace_lat_deg, trust.pace_lon_deg, trust.pace_ms = fix.lat_deg, fix.lon_deg, taken_ms
    trust.paces_too_fast = trust.paces_too_fast + 1 if driven_m > within_m else 0
    return trust.paces_too_fast >= 2


def _from_good(trust: Trust, fix: Fix, taken_ms: int) -> tuple[float, bool]:
    """Return how far away the last good position is, and whether the vehicle could be here by now."""
    good = trust.fix
    if good is None:
        return 0.0, True
    away_m = metres_between(good.lat_deg, good.lon_deg, fix.lat_deg, fix.lon_deg)
    passed_s = (taken_ms - trust.taken_ms) * 0.001
    return away_m, away_m <= RETURN_MPS * passed_s + RETURN_SLACK_M


def _plausible(trust: Trust, fix: Fix, taken_ms: int, away_m: float) -> bool:
    """Say whether a fix continues the good positions, and does so better than the doubted ones before it.

    A lie that stands 30 km away comes within reach by waiting; it continues itself better all the same.
    """
    if trust.fix is None:
        return True
    passed_s = (taken_ms - trust.taken_ms) * 0.001
    if away_m > MAX_MPS * passed_s + SLACK_M:
        return False
    cluster = trust.cluster
    if cluster is None:
        return True
    step_m = metres_between(cluster.last.lat_deg, cluster.last.lon_deg, fix.lat_deg, fix.lon_deg)
    step_s = max((taken_ms - cluster.last_ms) * 0.001, 0.001)
    return step_m > MAX_MPS * step_s + SLACK_M or step_m / step_s >= away_m / passed_s


def _join(trust: Trust, fix: Fix, taken_ms: int, *, reachable: bool, thawing: bool = False) -> bool:
    """Put a doubted fix into the present cluster, or begin a new one; say whether it did."""
    cluster = trust.cluster
    if cluster is not None:
        step_m = metres_between(cluster.last.lat_deg, cluster.last.lon_deg, fix.lat_deg, fix.lon_deg)
        step_ms = taken_ms - cluster.last_ms
        jumped = step_m > MAX_MPS * step_ms * 0.001 + SLACK_M
        # After a silence a lie that has ended shows no jump; it is only somewhere else.
        elsewhere = reachable and step_ms >= RETURN_GAP_MS and step_m > FAR_M
        thawed = (
            thawing
            and reachable
            and not cluster.reachable
            and metres_between(cluster.first.lat_deg, cluster.first.lon_deg, fix.lat_deg, fix.lon_deg)
            > THAWED_M
        )
        if not (jumped or elsewhere or thawed):
            cluster.add(fix, taken_ms)
            return False
    trust.cluster = Cluster(fix, taken_ms, fix, taken_ms, reachable)
    trust.clusters += 1
    return True


def _settled(cluster: Cluster, fix: Fix, lasted_ms: int) -> bool:
    if cluster.fixes < SETTLED_FIXES or lasted_ms < SETTLED_MS:
        return False
    first = cluster.first
    return metres_between(first.lat_deg, first.lon_deg, fix.lat_deg, fix.lon_deg) >= SETTLED_M
