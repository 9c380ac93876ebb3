"""DeviceClock: how far a device's clock is off, and the instant at which its fixes were really taken.

A receiver with a position knows the time to a microsecond; a clock is off because a maker adds a time zone, a
week counter rolled over, or somebody plays a recording. Three things look alike and are told apart:

- Lateness: `received - taken` is large and changes from fix to fix, for a backlog is sent faster than it was
  recorded. Late is not wrong; nothing is corrected.
- A clock that is ahead: no fix can arrive before it was taken. Such fixes are quarantined as future ones.
- A clock that is off by a constant: `RUN` fixes in a row, over `RUN_MS` of arrival, by the same offset.

An offset is corrected, by the time of arrival, only where nothing better is known: the device must not have
shown a right clock within `MEMORY_MS` (else somebody plays a recording of a unit whose clock is right), and a
clock that is behind must be so by `BEHIND_MS` at least (less may be a link that is slow all the time, and a
position that is old must never look new). A corrected fix is marked by whoever uses it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

# How far ahead of our clock a fix may be. A receiver that has not yet heard the leap seconds is 18 s ahead.
TOLERANCE_MS = 30_000
RUN = 5
RUN_MS = 20_000
SAME_MS = 2_000  # offsets within this are one: links delay each message a little differently
BEHIND_MS = 55 * 60_000
MEMORY_MS = 24 * 3_600_000

State = Literal["unknown", "right", "late", "ahead", "corrected"]


class DeviceClock(msgspec.Struct):
    """What is known of one device's clock.

    Attributes:
        state: `unknown` before the first fix; `right`; `late` (the last fix was taken long before it came: a
            delay, or a clock that is behind); `ahead` (quarantined); `corrected` by `offset_ms`.
        offset_ms: is added to what the device says, 0 unless `corrected`.
        lead_ms: by how much the last fix was dated ahead of its arrival; negative when behind or late.
        ahead: fixes in a row from the future.
    """

    state: State = "unknown"
    offset_ms: int = 0
    lead_ms: int = 0
    ahead: int = 0
    _right_ms: int | None = None  # when a fix with a right time last arrived
    _run: int = 0
    _run_first_lead_ms: int = 0
    _run_lead_ms: int = 0
    _run_began_ms: int = 0
    _run_taken_ms: int = 0
    _run_received_ms: int = 0

    @property
    def was_right(self) -> bool:
        """Whether it has ever shown the right time."""
        return self._right_ms is not None

    def instant_ms(self, taken_ms: int, received_ms: int) -> int | None:
        """Return when a live fix was taken, corrected if need be; None for one from the future."""
        lead_ms = taken_ms - received_ms
        self.lead_ms = lead_ms
        if -TOLERANCE_MS <= lead_ms <= TOLERANCE_MS:
            self.state = "right"
            self.offset_ms = self.ahead = self._run = 0
            self._right_ms = received_ms
            return taken_ms
        self._follow(taken_ms, received_ms, lead_ms)
        if self.offset_ms:
            corrected_ms = taken_ms + self.offset_ms
            if corrected_ms <= received_ms + TOLERANCE_MS:
                self.state = "corrected"
                self.ahead = 0
                if corrected_ms > received_ms:  # this one came faster than those that were measured
                    self.offset_ms = -lead_ms
                    corrected_ms = received_ms
                return corrected_ms
        if lead_ms > 0:
            self.state = "ahead"
            self.ahead += 1
            return None
        self.state = "late"
        self.ahead = 0
        return taken_ms

    def _follow(self, taken_ms: int, received_ms: int, lead_ms: int) -> None:
        """Count fixes in a row that are off by the same; adopt the offset once there are enough of them."""
        same = abs(lead_ms - self._run_first_lead_ms) <= SAME_MS
        if not (self._run and same and taken_ms > self._run_taken_ms and received_ms > self._run_received_ms):
            self._run = 0
            self._run_first_lead_ms = self._run_lead_ms = lead_ms
            self._run_began_ms = received_ms
        self._run += 1
        self._run_taken_ms = taken_ms
        self._run_received_ms = received_ms
        self._run_lead_ms = max(self._run_lead_ms, lead_ms)  # the least delayed one shows the clock best
        lasting = self._run >= RUN and received_ms - self._run_began_ms >= RUN_MS
        forgotten = self._right_ms is None or received_ms - self._right_ms > MEMORY_MS
        if lasting and forgotten and (lead_ms > 0 or lead_ms <= -BEHIND_MS):
            self.offset_ms = -self._run_lead_ms
