"""The engine: the single writer of a region.

Interface only for this hour; the body follows.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dispatch.bus import Bus
from dispatch.commands import Command
from dispatch.events import Envelope
from dispatch.refusal import Refusal
from dispatch.region import Region


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The command was obeyed and is durable.

    Attributes:
        envelopes: what it wrote; empty when things were already so.
        incident, assignment, unit: ids of what it made or moved, where there is one.
        repeated: this command id was answered before; nothing was done now.
    """

    envelopes: tuple[Envelope, ...] = ()
    incident: str | None = None
    assignment: str | None = None
    unit: str | None = None
    repeated: bool = False


class Unavailable(msgspec.Struct, frozen=True):
    """The journal could not take it: nothing was acknowledged; try again with the same command id."""

    message: str
    since_ms: int


Answer = Accepted | Refusal | Unavailable


class Engine:
    """The single writer of a region."""

    bus: Bus[Envelope]

    @property
    def region(self) -> Region:
        """The region as far as it is durable; for reading."""
        raise NotImplementedError

    @property
    def seq(self) -> int:
        """The last durable entry."""
        raise NotImplementedError

    @property
    def epoch(self) -> str:
        """This writer's unique name; feeds number their events within it."""
        raise NotImplementedError

    @property
    def degraded(self) -> Unavailable | None:
        """Why the journal takes nothing at present, or None."""
        raise NotImplementedError

    @classmethod
    async def open(
        cls, journal: object, region: str, clock: Callable[[], int], epoch: str | None = None
    ) -> Engine:
        """Fold the journal, take the region over, and accept commands."""
        raise NotImplementedError

    async def submit(
        self, command: Command, *, by: str, source: str, command_id: str | None = None
    ) -> Answer:
        """Decide, write durably, fold, publish; then answer."""
        raise NotImplementedError

    async def timeline(self, incident: str) -> list[Envelope]:
        """Return the entries that touched the incident, oldest first."""
        raise NotImplementedError

    async def close(self) -> None:
        """Finish what is queued and stop."""
        raise NotImplementedError
