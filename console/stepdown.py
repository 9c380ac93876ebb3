"""Steps down: when another service has taken the region over, this one lets the devices go to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

LOOK_EVERY_S = 0.5

log = logging.getLogger("skoraya.stepdown")


class StepDown:
    """Waits until this service is deposed and closes the devices' ports; its consoles stay, and say why.

    Args:
        deposed: says whether another service has taken the region over.
        let_go: closes the ports.

    Attributes:
        done: the ports are closed for good.
    """

    def __init__(self, deposed: Callable[[], bool], let_go: Callable[[], Awaitable[None]]) -> None:
        self.done = False
        self._deposed = deposed
        self._let_go = let_go
        self._waiting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to wait."""
        self._waiting = asyncio.create_task(self._wait(), name="step down")

    async def close(self) -> None:
        """Stop waiting."""
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)

    async def _wait(self) -> None:
        while not self._deposed():  # noqa: ASYNC110  # the engine tells nobody when it learns it
            await asyncio.sleep(LOOK_EVERY_S)
        await self._let_go()
        self.done = True
        log.warning("another service has the region: the devices' ports are closed; stop this service")
