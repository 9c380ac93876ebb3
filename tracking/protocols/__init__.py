"""The dialects that devices speak: bytes in, fixes out; no I/O.

A new dialect is one file here and one line in `DIALECTS`.
"""

from __future__ import annotations

import importlib
from typing import Protocol

from tracking.fix import Fix

# Dialect: where its parser is made, `module:callable`; imported when it is first asked for.
DIALECTS = {
    "nmea": "tracking.protocols.nmea:NmeaParser",
}


class Parser(Protocol):
    """Decodes one device's stream, cut into chunks anywhere; never raises, whatever the bytes."""

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it: `read`, `fixes`, `rejected <reason>` and more, by name."""

    def feed(self, data: bytes, received_ms: int) -> list[Fix]:
        """Take bytes; return the fixes that they complete, in input order."""

    def flush(self, received_ms: int) -> list[Fix]:
        """End the stream; return the fixes that were still waiting for more."""


class Maker(Protocol):
    """Makes a dialect's parser for one device."""

    def __call__(self, unit: str | None = None, *, unroll: bool = False) -> Parser:
        """Return a parser of `unit`'s stream; with `unroll`, week rollovers are judged by `received_ms`."""


def maker(dialect: str) -> Maker:
    """Return what makes parsers of a dialect.

    Raises:
        KeyError: if `dialect` is none of `DIALECTS`.
    """
    module, _, name = DIALECTS[dialect].partition(":")
    made: Maker = getattr(importlib.import_module(module), name)
    return made
