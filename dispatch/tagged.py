"""Tagged: values that carry the name of their kind: what all events and all commands share. Pure."""

from __future__ import annotations

import msgspec


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


class EventBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=_snake):
    """What all events share: frozen, and named by their class in snake_case under `kind`."""


class CommandBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="command"):
    """What all commands share: frozen, and named by their class under `command`."""
