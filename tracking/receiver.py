"""Receiver: where a vehicle's fixes come from: a serial receiver, a file, or gpsd."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from tracking.dates import DAY_MS, dated
from tracking.fix import Fix
from tracking.protocols.nmea import NmeaParser

CHUNK_BYTES = 4096
RETRY_S = 2.0
SILENT_S = 1.0  # after this long an epoch gets no more sentences
WATCH = b'?WATCH={"enable":true,"json":true}\n'
MAX_LINE = 1 << 16


class ReceiverError(Exception):
    """The receiver cannot be read; one line says why and what to do."""


class Report(msgspec.Struct):
    """gpsd's TPV and SKY, as far as they are read here (gpsd_json(5))."""

    report: str = msgspec.field(name="class")
    mode: int = 0  # 2: two dimensions, 3: three
    status: int = 1  # 0 and 6 and above: unknown, dead reckoning, surveyed, simulated
    time: str | None = None
    lat: float | None = None
    lon: float | None = None
    alt: float | None = None  # old programs
    altMSL: float | None = None  # noqa: N815  # gpsd's own name
    speed: float | None = None
    track: float | None = None
    hdop: float | None = None
    uSat: int | None = None  # noqa: N815  # the same


class Plug(Protocol):
    """An open serial port."""

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; fewer after a time-out."""

    def close(self) -> None:
        """Close it."""


async def from_file(path: Path | None, unit: str, now_ms: Callable[[], int]) -> AsyncIterator[list[Fix]]:
    """Yield the fixes of an NMEA log, a pipe or a device file, or of standard input (None); ends with it.

    Raises:
        ReceiverError: it cannot be read.
    """
    parser = NmeaParser(unit, unroll=True)
    try:
        with contextlib.ExitStack() as opened:
            source = await asyncio.to_thread(_open, path, opened)
            read = getattr(source, "read1", source.read)
            while chunk := await asyncio.to_thread(read, CHUNK_BYTES):
                if fixes := parser.feed(chunk, now_ms()):
                    yield [dated(fix) for fix in fixes]
    except OSError as error:
        raise ReceiverError(f"cannot read {path or 'standard input'}: {error.strerror or error}") from None
    if fixes := parser.flush(now_ms()):
        yield [dated(fix) for fix in fixes]


async def from_serial(
    device: str, baud: int, unit: str, now_ms: Callable[[], int], tell: Callable[[str], None]
) -> AsyncIterator[list[Fix]]:
    """Yield the fixes of a serial receiver, for ever: one that is pulled out is waited for, and `tell` told.

    Raises:
        ReceiverError: pyserial is not installed.
    """
    try:
        import serial  # noqa: PLC0415  # an extra, which most units need
    except ImportError:
        raise ReceiverError(
            "a serial receiver needs pyserial: pip install 'skoraya[serial]' (or let gpsd read it: --gpsd)"
        ) from None

    def plug_in() -> Plug:
        plug: Plug = serial.Serial(device, baud, timeout=SILENT_S)
        return plug

    missed = False
    while True:
        parser = NmeaParser(unit, unroll=True)
        try:
            port = await asyncio.to_thread(plug_in)
            try:
                while True:
                    chunk = await asyncio.to_thread(port.read, 256)
                    missed = missed and not chunk
                    fixes = parser.feed(chunk, now_ms()) if chunk else parser.idle()
                    if fixes:
                        yield [dated(fix) for fix in fixes]
            finally:
                port.close()
        except OSError as error:  # serial.SerialException is one
            if not missed:
                missed = True
                tell(f"no receiver at {device}: {error.strerror or error}; waiting for it")
            if fixes := parser.flush(now_ms()):
                yield [dated(fix) for fix in fixes]
        await asyncio.sleep(RETRY_S)


async def from_gpsd(
    host: str, port: int, unit: str, now_ms: Callable[[], int], tell: Callable[[str], None]
) -> AsyncIterator[list[Fix]]:
    """Yield the fixes that gpsd reports, for ever; `tell` is told when it is not there."""
    satellites: list[int | None] = [None]
    missed = False
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port, limit=MAX_LINE)
            try:
                writer.write(WATCH)
                while True:
                    line = await reader.readuntil(b"\n")
                    missed = False
                    if fix := read_report(line, unit, now_ms(), satellites):
                        yield [fix]
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            if not missed:
                missed = True
                why = error.strerror if isinstance(error, OSError) else None
                tell(f"no gpsd at {host}:{port}: {why or 'it has ended'}; waiting for it")
        await asyncio.sleep(RETRY_S)


def read_report(line: bytes, unit: str, received_ms: int, satellites: list[int | None]) -> Fix | None:
    """Return the fix of one of gpsd's lines, or None.

    Args:
        line: JSON.
        unit: whose it is.
        received_ms: when it came.
        satellites: how many the last SKY counted; kept up to date.
    """
    try:
        said = msgspec.json.decode(line, type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if said.report == "SKY" and said.uSat is not None:
        satellites[0] = said.uSat
    if said.report != "TPV" or said.mode < 2 or said.lat is None or said.lon is None or said.time is None:
        return None
    if not (-90 <= said.lat <= 90 and -180 <= said.lon <= 180):
        return None
    try:
        taken = dt.datetime.fromisoformat(said.time)
    except ValueError:
        return None
    if taken.tzinfo is None:
        return None
    taken_ms = round(taken.timestamp() * 1000)
    return Fix(
        unit,
        taken_ms,
        taken_ms % DAY_MS,
        received_ms,
        said.lat,
        said.lon,
        said.speed,
        said.track,
        said.alt if said.altMSL is None else said.altMSL,
        said.hdop,
        satellites[0],
        "estimated" if said.status in (0, 6, 8) else "valid",
    )


def _open(path: Path | None, opened: contextlib.ExitStack) -> BinaryIO:
    if path is None:
        import sys  # noqa: PLC0415  # only here

        return sys.stdin.buffer
    return opened.enter_context(path.open("rb"))
