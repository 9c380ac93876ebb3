"""SimulatedClock: the service's clock, slept by. Shell: asks the machine's clock and waits."""

from __future__ import annotations

import asyncio

from console.clock import Clock
from console.simulate.plan import ClockPlan


class SimulatedClock:
    """Tells and awaits the service's instants."""

    def __init__(self, plan: ClockPlan) -> None:
        self._clock = Clock(plan.started_real_ms, plan.started_ms, plan.speed)

    @property
    def speed(self) -> float:
        """Simulated seconds in a real one."""
        return self._clock.speed

    def now_ms(self) -> int:
        """Return the service's now."""
        return self._clock.now_ms()

    async def sleep_until(self, at_ms: float) -> None:
        """Return once the clock shows `at_ms` or later."""
        while (left_ms := at_ms - self.now_ms()) > 0:  # noqa: ASYNC110  # awaits a time, not an event
            # At least a millisecond: a shorter sleep may end before the clock's millisecond turns.
            await asyncio.sleep(max(self._clock.real_seconds(left_ms / 1000), 0.001))

    async def sleep(self, simulated_s: float) -> None:
        """Wait for `simulated_s` of the clock's seconds."""
        await self.sleep_until(self.now_ms() + simulated_s * 1000)
