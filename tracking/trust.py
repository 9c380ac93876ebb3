"""Trust: what quality control knows of one unit: the last position that it believes, and what it doubts."""

from __future__ import annotations

from typing import Literal

import msgspec

from tracking.device_clock import DeviceClock
from tracking.fix import Fix

Verdict = Literal["live", "history", "estimated", "suspect"]

Reason = Literal[
    # history, which goes to the track alone
    "stored_by_device",  # the device says that it is a stored position
    "not_newer",  # a newer one was there before
    # estimated, which is believed with a mark
    "estimated_by_device",  # dead reckoning, or a receiver that warns
    "clock_corrected",  # the device's clock is off; dated by its arrival
    "by_phone",  # of the crew's phone, for the receiver is silent
    # suspect, which is not believed
    "future",  # taken later than it arrived
    "jump",  # farther away than any vehicle gets in the time
    "scatter",  # one jump after another: jamming
    "too_fast",  # step by step faster than any vehicle
    "frozen",  # reports speed and stays on the spot
    "convergence",  # several units jumped to one point at once
    "false_place",  # where spoofers put vehicles, or where nobody can be
    "clock",  # a clock that was right runs ahead
    "unsettled",  # plausible again, but not yet for long enough
]

EVIDENCE = 50  # fixes kept of an incident: the first half and the last half


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What quality control says of one fix.

    Attributes:
        verdict: `live` and `estimated` are believed; `history` goes to the track alone; `suspect` is not
            believed.
        reasons: why, as codes; empty for a live fix.
        moved: whether the unit is there now.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    moved: bool = False


class Incident(msgspec.Struct, kw_only=True):
    """A time in which one unit's positions were not believed.

    Attributes:
        reasons: what raised it, the gravest first.
        since_ms: when it was noticed, by our clock; ended_ms: when trust returned, or None.
        last_good: the last position believed, None where there was none.
        peers: the other units that converged with this one.
        evidence: fixes that were not believed, the first and the last ones.
        suspects: how many there were.
        reopened: it follows one that ended a few minutes ago, about which everybody knows.
    """

    unit: str
    reasons: tuple[Reason, ...]
    since_ms: int
    last_good: Fix | None
    peers: tuple[str, ...] = ()
    evidence: list[Fix] = []
    suspects: int = 0
    ended_ms: int | None = None
    reopened: bool = False

    def keep(self, fix: Fix) -> None:
        """Add to the evidence, within its bound."""
        self.suspects += 1
        if len(self.evidence) >= EVIDENCE:
            del self.evidence[EVIDENCE // 2]
        self.evidence.append(fix)


class Cluster(msgspec.Struct):
    """Doubted fixes in a row that are plausible among themselves.

    Attributes:
        first, first_ms: where and when it began; last, last_ms: where it is; fixes: how many.
        reachable: it began where the last good position's vehicle could have been.
    """

    first: Fix
    first_ms: int
    last: Fix
    last_ms: int
    reachable: bool
    fixes: int = 1

    def add(self, fix: Fix, taken_ms: int) -> None:
        """Take the next one in."""
        self.last = fix
        self.last_ms = taken_ms
        self.fixes += 1


class Trust(msgspec.Struct):
    """One unit, as quality control knows it; `tracking.quality.Inspector` keeps it.

    Attributes:
        fix: the last position believed, as it came, or None.
        taken_ms: when that was taken, corrected where the device's clock is off.
        reasons: what marks it (`estimated_by_device`, `clock_corrected`, `by_phone`), or nothing.
        proof: how many fixes in a row agree with it: a first fix may itself be wrong.
        seen_ms: the newest instant of any fix that was looked at.
        incident: the incident that is open, or the last one.
        doubted: fixes in a row that could not be believed; clusters: into how many clusters they fall.
        pace_…: where and when the present stretch of speed measurement began, how many were too fast.
        spot_…: where it stands while it claims to drive, and how far it claims to have driven.
    """

    unit: str
    fix: Fix | None = None
    taken_ms: int = 0
    reasons: tuple[Reason, ...] = ()
    proof: int = 0
    seen_ms: int = -(1 << 62)
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    incident: Incident | None = None
    cluster: Cluster | None = None
    doubted: int = 0
    clusters: int = 0
    pace_lat_deg: float = 0.0
    pace_lon_deg: float = 0.0
    pace_ms: int = 0
    paces_too_fast: int = 0
    spot_lat_deg: float = 0.0
    spot_lon_deg: float = 0.0
    spot_fixes: int = 0
    spot_driven_m: float = 0.0

    @property
    def suspect(self) -> bool:
        """Whether an incident is open."""
        return self.incident is not None and self.incident.ended_ms is None
