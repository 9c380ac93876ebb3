from __future__ import annotations

import asyncio

import pytest

from dispatch.bus import Bus, Lagged


async def test_every_subscriber_gets_every_item_in_order() -> None:
    """Two listeners each read all that was published since they came."""
    bus: Bus[int] = Bus()
    first, second = bus.subscribe(), bus.subscribe()
    bus.publish([1, 2])
    bus.publish([3])
    assert [await first.get() for _ in range(3)] == [await second.get() for _ in range(3)] == [1, 2, 3]


async def test_a_slow_subscriber_is_marked_and_holds_up_nobody() -> None:
    """Beyond its capacity it is told that it lagged; others lose nothing; `resume` makes it listen again."""
    bus: Bus[int] = Bus()
    slow, quick = bus.subscribe(capacity=2), bus.subscribe(capacity=10)
    bus.publish(range(5))
    assert slow.lagged
    with pytest.raises(Lagged):
        await slow.get()
    assert [await quick.get() for _ in range(5)] == [0, 1, 2, 3, 4]
    slow.resume()
    bus.publish([5])
    assert await slow.get() == 5


async def test_a_listener_that_waits_is_woken() -> None:
    """A waiting `get` ends with the next item, and with the end of the subscription."""
    bus: Bus[int] = Bus()
    subscription = bus.subscribe()
    read: list[int] = []

    async def listen() -> None:
        read.extend([item async for item in subscription])

    task = asyncio.create_task(listen())
    await asyncio.sleep(0)
    bus.publish([7])
    subscription.close()
    await task
    assert read == [7]
    assert len(bus) == 0
