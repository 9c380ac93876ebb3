"""The dialects that devices speak: bytes in, fixes and replies out; no I/O.

A new dialect is one file here and one line in `DIALECTS`. Its module has two names: `device`, which makes its
end of a connection (`dialect.Maker`), and `log`, which makes the reader of a recorded log (`dialect.Parser`).
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import NamedTuple

from tracking.protocols.dialect import Maker, Parser


class Registered(NamedTuple):
    """A dialect.

    Attributes:
        module: imported when it is first asked for.
        first_bytes: with which of them a connection begins that speaks it, on a port of several dialects.
    """

    module: str
    first_bytes: bytes


DIALECTS = {
    "nmea": Registered("tracking.protocols.nmea_device", b""),  # whatever begins otherwise
    "egts": Registered("tracking.protocols.egts", b"\x01"),
    "wialon": Registered("tracking.protocols.wialon", b"#"),
    "osmand": Registered("tracking.protocols.osmand", b"GPH"),  # GET, POST, HEAD
}


def maker(dialect: str) -> Maker:
    """Return what makes a dialect's end of one connection.

    Raises:
        KeyError: if `dialect` is none of `DIALECTS`.
    """
    made: Maker = _module(dialect).device
    return made


def log(dialect: str, *, unroll: bool = False) -> Parser:
    """Return a reader of a dialect's log; with `unroll`, week rollovers are judged by `received_ms` as now.

    Raises:
        KeyError: if `dialect` is none of `DIALECTS`.
    """
    reader: Parser = _module(dialect).log(unroll=unroll)
    return reader


def _module(dialect: str) -> ModuleType:
    return importlib.import_module(DIALECTS[dialect].module)
