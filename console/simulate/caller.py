"""Caller: makes the stream of `calls` ring at the service. Shell: asks the service."""

from __future__ import annotations

from console.simulate.calls import calls
from console.simulate.service import RefusedError
from console.simulate.world import World

LATE_MS = 30_000  # calls that came due before this process started were made by the one before it


async def call(world: World) -> None:
    """Post every call when it is due; a service that is away is called again, in order, until it answers."""
    plan, clock = world.plan, world.clock
    begun_ms = clock.now_ms()
    for one in calls(plan):
        if one.due_ms < begun_ms - LATE_MS:
            continue
        await clock.sleep_until(one.due_ms)
        try:
            await world.service.ask("POST", "/api/incidents", plan.caller_token, one.body())
        except RefusedError:
            continue  # counted by the service; the next caller may fare better
        world.tally.done["calls"] += 1
