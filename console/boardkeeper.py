"""Keeps the board on disk as a page to print when the service is gone: never older than a minute."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

# Twice a minute: one write may fail, and what lies there is still no older than a minute.
EVERY_S = 25.0

log = logging.getLogger("skoraya.board")


class BoardKeeper:
    """Writes the page again and again.

    Args:
        path: where it is kept; a reader finds the old page or the new one, never half of one.
        page: makes it, as things stand.

    Attributes:
        failing: why it could not be written last time, or None.
    """

    def __init__(self, path: Path, page: Callable[[], str]) -> None:
        self.failing: str | None = None
        self._path = path
        self._page = page
        self._keeping: asyncio.Task[None] | None = None
        self._writing = threading.Lock()  # the thread of a cancelled task goes on beside the last writing

    def start(self) -> None:
        """Begin; the first page is written at once."""
        self._keeping = asyncio.create_task(self._keep(), name="board on paper")

    async def close(self) -> None:
        """Stop, and leave a last page."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            await self.write()

    async def write(self) -> None:
        """Write the page once; a failure is kept in `failing`, and told to the log when it is new."""
        try:
            await asyncio.to_thread(self._replace, self._page().encode("utf-8", "replace"))
        except Exception as error:  # noqa: BLE001  # whatever it is, the next try may go well
            failing = f"the printable board cannot be written: {error}"
            if self.failing != failing:
                log.warning("%s", failing)
            self.failing = failing
        else:
            self.failing = None

    async def _keep(self) -> None:
        while True:
            await self.write()
            await asyncio.sleep(EVERY_S)

    def _replace(self, content: bytes) -> None:
        with self._writing:
            _replace(self._path, content)


def _replace(path: Path, content: bytes) -> None:
    aside = path.with_suffix(".part")
    try:
        # It names patients: nobody but the service's own user reads it.
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
