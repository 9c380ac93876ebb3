"""What was asked of an engine, and what it is answered with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from dispatch.commands import Command, print_of
from dispatch.events import Envelope, Sealed
from dispatch.refusal import Refusal
from dispatch.region import Answer as Written


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The command was obeyed and is durable.

    Attributes:
        envelopes: what it wrote; empty when things were already so.
        incident: id of the incident that it made or moved, where there is one.
        assignment: the same of an assignment.
        unit: the same of a unit.
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


class Asked:
    """One command on its way through the stages."""

    def __init__(
        self, command: Command, by: str, source: str, command_id: str | None, answered: asyncio.Future[Answer]
    ) -> None:
        self.command = command
        self.by = by
        self.source = source
        self.command_id = command_id
        self.print = None if command_id is None else print_of(command)
        self.answered = answered
        self.sealed: list[Sealed] = []
        self.written: Written | None = None
        self.answer: Answer | None = None

    @property
    def key(self) -> tuple[str, str] | None:
        """Command ids are each user's own."""
        return None if self.command_id is None else (self.by, self.command_id)

    def fail(self, error: BaseException) -> None:
        """End this one command with an exception."""
        if not self.answered.done():
            self.answered.set_exception(error)

    def finish(self, answer: Answer) -> None:
        """Answer, unless the one who asked has gone."""
        if not self.answered.done():
            self.answered.set_result(answer)


def accepted(command: Command, envelopes: Sequence[Envelope], *, repeated: bool = False) -> Accepted:
    """Return the answer to a command that wrote these entries."""
    sources = [*(envelope.event for envelope in envelopes), command]

    def first(name: str) -> str | None:
        return next((getattr(source, name) for source in sources if hasattr(source, name)), None)

    return Accepted(
        envelopes=tuple(envelopes),
        incident=first("incident"),
        assignment=first("assignment"),
        unit=first("unit"),
        repeated=repeated,
    )


def reused(command_id: str | None) -> Refusal:
    """Return the answer to a command whose id belongs to another."""
    return Refusal(
        "command-id-reused",
        "that command_id was used for another command",
        {"field": "command_id", "command_id": command_id},
    )
