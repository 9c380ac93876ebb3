"""Clock: the one place where the service asks what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


def wall_ms() -> int:
    """Return the machine's time: milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """The service's time, which the demo may run faster: now = started + (real now − real start) × speed.

    With speed 1 and equal starts it is the wall clock, to which the real service always keeps.
    """

    started_real_ms: int = 0
    started_ms: int = 0
    speed: float = 1.0
    real_ms: Callable[[], int] = wall_ms

    def now_ms(self) -> int:
        """Return the service's now, in milliseconds since 1970-01-01 UTC."""
        real_ms = self.real_ms()
        if self.speed == 1.0:  # exact: no float between two integers
            return self.started_ms + real_ms - self.started_real_ms
        return self.started_ms + round((real_ms - self.started_real_ms) * self.speed)

    def real_seconds(self, span_s: float) -> float:
        """Return how many real seconds `span_s` of this clock take."""
        return span_s / self.speed
