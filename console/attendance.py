"""Attendance: notices that nothing is heard any more from a dispatcher's console, and tells dispatch.

A person counts as there while a page of theirs is connected or asks for anything. After a restart everybody
has the same time to come back before it is said that somebody is gone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from dispatch.deskcommands import NoteAttendance
from dispatch.engine import Engine

LOOK_EVERY_S = 1.0

log = logging.getLogger("skoraya.attendance")


class Attendance:
    """Watches who is at the workplaces of one region.

    Args:
        engine: the region's engine.
        connected: the users who have a page connected.
        now_ms: the service's clock.
        absent_s: after so many seconds of silence somebody counts as gone; by this machine's own clock.
        only_heard: leave alone whom this process has never heard; for the demo, whose guest may not come.
    """

    def __init__(
        self,
        engine: Engine,
        connected: Callable[[], Collection[str]],
        now_ms: Callable[[], int],
        absent_s: float,
        *,
        only_heard: bool = False,
    ) -> None:
        self._engine = engine
        self._connected = connected
        self._now_ms = now_ms
        self._absent_s = absent_s
        self._only_heard = only_heard
        self._heard: dict[str, tuple[float, int]] = {}  # user → this machine's clock, the service's
        self._began: tuple[float, int] | None = None
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._began = self._now()
        self._looking = asyncio.create_task(self._look_again_and_again(), name="attendance")

    async def close(self) -> None:
        """Stop watching."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def heard(self, user: str) -> None:
        """Note that somebody asks for something."""
        self._heard[user] = self._now()

    async def look(self) -> None:
        """Tell dispatch who has fallen silent, and who is back."""
        for user in self._connected():
            self.heard(user)
        here_s, _ = self._now()
        for post in list(self._engine.region.posts.values()):
            last = self._heard.get(post.user)
            if last is None:
                if self._only_heard or self._began is None:
                    continue
                last = self._began
            gone = here_s - last[0] > self._absent_s
            if gone != (post.silent_ms is not None):
                told = NoteAttendance(
                    workplace=post.workplace, user=post.user, silent_ms=last[1] if gone else None
                )
                await self._engine.submit(told, by="attendance", source="engine")

    def _now(self) -> tuple[float, int]:
        return time.monotonic(), self._now_ms()

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Exception:  # the next look may go well; who is gone can wait a second
                log.exception("the attendance could not be looked at")
