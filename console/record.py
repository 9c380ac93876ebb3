"""The record of one region as a service holds it: the journal, its snapshots, and the lease on both."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from console.settings import Settings
from dispatch.journal import Journal, JournalError
from dispatch.journal_open import open_journal
from dispatch.past import rebuilt
from dispatch.region import Region
from dispatch.snapshot import Snapshots

LEASE_EVERY_S = 0.5

# What every console shows while the journal takes nothing, before the reason.
NOT_RECORDED = "nothing is recorded: send by voice, write it down"


class Record:
    """A region's journal and what belongs to it."""

    def __init__(self, settings: Settings) -> None:
        """Open the journal that the settings name; snapshots lie in the data folder, wherever the journal is.

        Raises:
            JournalError: the journal cannot be opened.
            OSError: the data folder cannot be made.
        """
        folder = Path(settings.data)
        folder.mkdir(parents=True, exist_ok=True)
        self.region = settings.region
        self.journal: Journal = open_journal(place_of(settings))
        self.snapshots = Snapshots(folder / "snapshots")
        self._looking_back = asyncio.Lock()

    async def stand_by(self, tell: Callable[[], None]) -> None:
        """Wait until no other service holds the region, and hold it; `tell` is called once when it must wait.

        Raises:
            JournalError: the journal cannot tell.
        """
        told = False
        while not await self._hold():
            if not told:
                tell()
                told = True
            await asyncio.sleep(LEASE_EVERY_S)

    async def keep_lease(self) -> None:
        """Take the lease as soon as it is free, while the service runs without it."""
        with contextlib.suppress(JournalError):  # the journal was closed: the service stops
            await self.stand_by(lambda: None)

    async def _hold(self) -> bool:
        try:
            return await asyncio.to_thread(self.journal.hold, self.region)
        except JournalError as error:
            if error.trouble != "gone":
                raise
            return False  # a standby waits for its database, too

    async def past(self, at_ms: int) -> Region:
        """Return the region as it was known at that instant; one at a time, beside the work.

        Raises:
            JournalError: the journal cannot be read.
        """
        async with self._looking_back:
            return await asyncio.to_thread(rebuilt, self.journal, self.snapshots, self.region, at_ms)

    def close(self) -> None:
        """Let go of the journal and the lease."""
        self.journal.close()


def place_of(settings: Settings) -> str:
    """Return where the journal is: PostgreSQL's address, or a file, by default one in the data folder."""
    if settings.journal is None:
        return str(Path(settings.data) / "journal.sqlite")
    return settings.journal
