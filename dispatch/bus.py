"""The bus: what the engine publishes, to whoever listens in this process.

Each subscriber has a bounded queue. One that does not keep up is marked as lagged and gets nothing more until
it resumes (the feed then sends it a snapshot); it never makes the engine or another subscriber wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lagged(Exception):  # noqa: N818  # it is a state of the listener, not an error
    """The subscriber fell behind and has missed items; `resume` and start from a snapshot."""


class Subscription(Generic[T]):
    """One listener's queue. Use `async for item in subscription`, or `get`."""

    def __init__(self, bus: Bus[T], capacity: int) -> None:
        self._bus = bus
        self._queue: asyncio.Queue[T | None] = asyncio.Queue()
        self._capacity = capacity
        self.lagged = False
        self.closed = False

    def offer(self, item: T) -> None:
        """Take an item in, or mark this subscriber as lagged when its queue is full."""
        if self.lagged or self.closed:
            return
        if self._queue.qsize() >= self._capacity:
            self.lagged = True
            self._queue = _replaced(self._queue)
            return
        self._queue.put_nowait(item)

    async def get(self) -> T:
        """Return the next item.

        Raises:
            Lagged: items were lost.
            StopAsyncIteration: the subscription is closed.
        """
        if self.lagged:
            raise Lagged
        if self.closed and self._queue.empty():
            raise StopAsyncIteration
        item = await self._queue.get()
        if self.lagged:
            raise Lagged
        if item is None:
            raise StopAsyncIteration
        return item

    def resume(self) -> None:
        """Forget what was missed and listen again."""
        self._queue = asyncio.Queue()
        self.lagged = False

    def close(self) -> None:
        """Stop listening; a waiting `get` ends."""
        if not self.closed:
            self.closed = True
            self._queue.put_nowait(None)
            self._bus.forget(self)

    def __aiter__(self) -> Subscription[T]:
        return self

    async def __anext__(self) -> T:
        return await self.get()


def _replaced(queue: asyncio.Queue[T | None]) -> asyncio.Queue[T | None]:
    """Empty a full queue, leaving one wake-up for a `get` that already waits on it."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
    return queue


class Bus(Generic[T]):
    """Publish to every subscriber without ever waiting for one."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription[T]] = []

    def subscribe(self, capacity: int = 1024) -> Subscription[T]:
        """Listen from now on; `capacity` is how many items may wait."""
        subscription = Subscription(self, capacity)
        self._subscriptions.append(subscription)
        return subscription

    def publish(self, items: Iterable[T]) -> None:
        """Offer the items, in order, to every subscriber."""
        for item in items:
            for subscription in tuple(self._subscriptions):
                subscription.offer(item)

    def forget(self, subscription: Subscription[T]) -> None:
        """Stop offering to the subscriber."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def __len__(self) -> int:
        return len(self._subscriptions)
