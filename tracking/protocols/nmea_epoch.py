"""Epochs: the sentences that a receiver sends about one moment, merged into one fix.

How sentences that disagree within an epoch are reconciled:

- The position and its time come from one sentence, never mixed: the first that has a position in the order
  RMC, GNS, GGA, GLL (RMC carries date, speed and course of the same solution; GLL is often cut to fewer
  digits).
- Speed and course come from RMC, else from VTG; altitude and HDOP from the first sentence that has them, HDOP
  else from the last GSA; satellites is the largest count, since receivers that send one GGA a constellation
  count each constellation apart.
- A sentence without a position does not take away another's, but a warning (status V in RMC or GLL) beside a
  position makes the fix `estimated`, and so does a position of mode E, M or S (quality 6, 7, 8).
- The date is RMC's, else ZDA's, else carried on from the last dated fix over midnight. A date beside no
  position is not believed: receivers without satellites send whatever their clock woke up with.

When an epoch ends: with the first sentence of another time of day, and sooner once the receiver's habit is
known. If its last two epochs were made of the same kinds of sentence in the same order, the third is over
as soon as it has them all, so a live unit's fix does not wait for the next second. A receiver that then
says more (GGA with every fifth RMC, ZDA every ten seconds) must keep its next habit for twice as many
epochs before it counts. That depends on sentences alone and not on a clock, so that any chunking of the
input gives the same fixes. A log, which nobody waits for, is read without haste: there no habit ends an
epoch. A sentence that comes after its epoch's end, or a second one of its kind within it, is counted as
late and changes nothing but the date of what follows; so a receiver whose clock stands still gives one fix,
goes stale, and is seen to be broken.

VTG and GSA say no time. A VTG is of the epoch within which it comes; a second one is of the next epoch. The
HDOP of a GSA is good for the epoch in which it comes and the next, and its constellations for `SKY_EPOCHS`.
"""

from __future__ import annotations

import sys

from tracking.dates import DAY_MS, nearest_day, unrolled_day
from tracking.fix import Fix
from tracking.protocols.nmea_sentence import Observation

# Some receivers stamp one epoch's sentences a few milliseconds apart (the eXplorist 210: .297, .300, .305).
SAME_EPOCH_MS = 10

# Two receivers on one line may be this far apart, and a sentence of a past epoch begins no new one.
OVERLAP_MS = 5000

# For how many epochs the constellations of the last GSA hold: receivers say them seldom at high rates.
SKY_EPOCHS = 20

# After how many epochs alike the next one is expected to be the same.
HABIT_EPOCHS, MOST_HABIT_EPOCHS = 2, 64

_RANK = {b"RMC": 0, b"GNS": 1, b"GGA": 2, b"GLL": 3, b"ZDA": 4}
_UNTIMED = b"VTG"


class Epochs:
    """Collects observations of one receiver into fixes, at most one an epoch."""

    __slots__ = (
        "_ahead",
        "_constellations",
        "_dated_ms",
        "_day",
        "_ended",
        "_habit",
        "_habit_seen",
        "_habit_wanted",
        "_hdop",
        "_hdop_epochs",
        "_kinds",
        "_over",
        "_placed",
        "_received_ms",
        "_sentences",
        "_sky_epochs",
        "_time_of_day_ms",
        "_unroll",
        "late",
        "unit",
    )

    def __init__(self, unit: str | None, *, unroll: bool = False, hasty: bool = True) -> None:
        self.unit = unit
        self.late = 0  # sentences that came after their epoch had ended, or twice
        self._unroll = unroll
        self._sentences: list[Observation] = []
        self._kinds: list[bytes] = []
        self._time_of_day_ms: int | None = None
        self._received_ms = 0
        self._over = False  # the current epoch's fix is out already
        self._placed = False  # … and it has a position
        self._habit: list[bytes] = []
        self._habit_seen = 0
        self._habit_wanted = HABIT_EPOCHS if hasty else sys.maxsize
        self._ended: tuple[int | None, ...] = ()  # the times of day of the last few epochs
        self._day: int | None = None  # the current epoch's, as far as its first sentence says it
        self._dated_ms: int | None = None  # the last instant known with its date
        self._ahead: Observation | None = None  # a VTG of the next epoch
        self._hdop: float | None = None  # of the last GSA, while it is good
        self._hdop_epochs = 0  # for how many epochs more
        self._constellations = 0  # the same, as of the last GSAs
        self._sky_epochs = 0

    def add(self, observation: Observation, received_ms: int, fixes: list[Fix]) -> None:
        """Take one sentence; append to `fixes` what it completes."""
        kinds = self._kinds
        time_of_day_ms = observation.time_of_day_ms
        if not kinds:
            self._begin(observation, received_ms)
        elif time_of_day_ms is None or time_of_day_ms != self._time_of_day_ms or observation.day is not None:
            # The one test above spares the next for most sentences: those that follow the first of an epoch.
            if observation.kind in kinds and observation.kind.endswith(_UNTIMED):
                self._ahead = observation
                return
            if self._is_another(observation):
                if time_of_day_ms in self._ended and self._overlaps(time_of_day_ms):
                    self.late += 1
                    return
                self.end(fixes)
                self._begin(observation, received_ms)
                kinds = self._kinds
            elif self._time_of_day_ms is None:
                self._time_of_day_ms = time_of_day_ms
        if self._over or observation.kind in kinds:
            self._take_late(observation)
            return
        kinds.append(observation.kind)
        self._sentences.append(observation)
        if kinds == self._habit and self._habit_seen >= self._habit_wanted:
            self._merge(fixes)

    def end(self, fixes: list[Fix]) -> None:
        """End the current epoch, if there is one; append its fix unless that is out already."""
        if not self._kinds:
            return
        if not self._over:
            self._merge(fixes)
        if self._kinds == self._habit:
            self._habit_seen += 1
        else:
            self._habit = self._kinds
            self._habit_seen = 1
        self._kinds = []
        self._ended = (self._time_of_day_ms, *self._ended[:2])
        self._time_of_day_ms = None
        self._day = None
        self._over = False

    def idle(self, fixes: list[Fix]) -> None:
        """Put out the current epoch's fix now; sentences of it that still come are late."""
        if self._kinds and not self._over:
            self._merge(fixes)

    def sky(self, hdop: float | None, constellations: int) -> None:
        """Take the HDOP of a GSA, and which constellations the receiver uses by now."""
        self._hdop, self._hdop_epochs = hdop, 2
        self._constellations, self._sky_epochs = constellations, SKY_EPOCHS

    def _begin(self, observation: Observation, received_ms: int) -> None:
        if self._ahead is not None:
            if self._ahead.kind != observation.kind:
                self._kinds.append(self._ahead.kind)
                self._sentences.append(self._ahead)
            self._ahead = None
        self._received_ms = received_ms
        self._time_of_day_ms = observation.time_of_day_ms
        self._day = observation.day

    def _take_late(self, observation: Observation) -> None:
        self.late += 1
        if observation.kind not in self._kinds:
            self._kinds.append(observation.kind)
            self._habit_seen = 0  # the habit has changed: learn it anew, with more patience
            if self._habit_wanted < MOST_HABIT_EPOCHS:
                self._habit_wanted *= 2
        time_of_day_ms = observation.time_of_day_ms
        placed = observation.lat_deg is not None or self._placed
        if placed and observation.day is not None and time_of_day_ms is not None:
            self._taken_ms(observation.day, time_of_day_ms)  # it still tells the date to those after it

    def _overlaps(self, time_of_day_ms: int | None) -> bool:
        if time_of_day_ms is None or self._time_of_day_ms is None:
            return False
        apart_ms = abs(time_of_day_ms - self._time_of_day_ms)  # 0 is another day, or it were no other epoch
        return 0 < min(apart_ms, DAY_MS - apart_ms) <= OVERLAP_MS

    def _is_another(self, observation: Observation) -> bool:
        ours, theirs = self._time_of_day_ms, observation.time_of_day_ms
        repeated = observation.kind in self._kinds
        if ours is None or theirs is None:
            return repeated
        if ours == theirs:
            # A logger that speaks once a day at the same time, not a repetition.
            return observation.day is not None and self._day is not None and observation.day != self._day
        apart_ms = abs(ours - theirs)
        return repeated or min(apart_ms, DAY_MS - apart_ms) > SAME_EPOCH_MS

    def _merge(self, fixes: list[Fix]) -> None:
        self._over, self._placed = True, False
        best: Observation | None = None
        best_rank = len(_RANK)
        day = speed_mps = course_deg = altitude_m = hdop = satellites = None
        doubted = False
        for seen in self._sentences:
            doubted = doubted or seen.doubted
            # Without a position a sentence carries nothing but ZDA's date: take every field as it comes.
            if seen.lat_deg is not None and (rank := _RANK[seen.kind[2:]]) < best_rank:
                best, best_rank = seen, rank
            if seen.day is not None and (day is None or seen.lat_deg is not None):
                day = seen.day
            if seen.speed_mps is not None and (speed_mps is None or seen.lat_deg is not None):
                speed_mps = seen.speed_mps
            if seen.course_deg is not None and (course_deg is None or seen.lat_deg is not None):
                course_deg = seen.course_deg
            if altitude_m is None:
                altitude_m = seen.altitude_m
            if hdop is None:
                hdop = seen.hdop
            if seen.satellites is not None:
                satellites = max(satellites or 0, seen.satellites)
        self._sentences.clear()
        if self._hdop_epochs:
            self._hdop_epochs -= 1
            if hdop is None:
                hdop = self._hdop
        constellations = 0
        if self._sky_epochs:
            self._sky_epochs -= 1
            constellations = self._constellations
        if best is None or best.lat_deg is None or best.lon_deg is None:
            return
        self._placed = True
        time_of_day_ms = best.time_of_day_ms
        if time_of_day_ms is None:
            time_of_day_ms = self._time_of_day_ms
        fixes.append(
            Fix(
                self.unit,
                None if time_of_day_ms is None else self._taken_ms(day, time_of_day_ms),
                time_of_day_ms,
                self._received_ms,
                best.lat_deg,
                best.lon_deg,
                speed_mps,
                course_deg,
                altitude_m,
                hdop,
                satellites,
                "estimated" if doubted or best.estimated else "valid",
                constellations=constellations,
            )
        )

    def _taken_ms(self, day: int | None, time_of_day_ms: int) -> int | None:
        if day is not None:
            if self._unroll:
                day = unrolled_day(day, self._received_ms)
        elif self._dated_ms is not None:
            day = nearest_day(time_of_day_ms, self._dated_ms)
        else:
            return None
        self._dated_ms = taken_ms = day * DAY_MS + time_of_day_ms
        return taken_ms
