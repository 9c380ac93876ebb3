"""Turn a receiver's or a device's log into fixes: one JSON object a line, in input order.

    skoraya decode nmea drive.log
    cat /dev/ttyACM0 | skoraya decode nmea - | jq .speed_mps
    skoraya decode egts packets.hex

What a FILE holds: nmea: a receiver's stream as it came, with binary and comments between, if there are any;
egts: one packet in hexadecimal a line; wialon: one message a line; osmand: one request a line, as its first
line, URL, query or JSON body. Who a device says it is (an OID, TID or IMEI, a login, an identity line) is the
unit of what follows.

The keys: unit, time (ISO 8601 UTC; null where the input has no date), time_of_day (s since midnight UTC), lat
and lon (degrees, WGS-84), speed_mps, course_deg, altitude_m, hdop, satellites, quality (valid or estimated),
history. What was read, and what was rejected and why, is summed up on stderr; rejected input is no failure.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from console.commands.failure import Failure
from tracking.constellations import names_of
from tracking.fix import Fix
from tracking.protocols import DIALECTS, log

CHUNK_BYTES = 1 << 16
BAR_BYTES = 1 << 22  # a shorter log is decoded before anybody asks

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # UTC by meaning; an aware one would print +00:00 and not Z


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("dialect", choices=tuple(DIALECTS), help="what the log is written in")
    parser.add_argument("file", metavar="FILE", help="the log, or - for standard input")
    parser.add_argument(
        "--now",
        type=instant_ms,
        metavar="ISO",
        help="when the log was made, such as 2026-11-21T12:00:00Z: dates of receivers that are 1,024 weeks "
        "behind (GPS week rollover) are then corrected; without it no date is touched",
    )


def run(arguments: argparse.Namespace) -> int:
    """Decode the file to stdout; return 0."""
    parser = log(arguments.dialect, unroll=arguments.now is not None)
    now_ms: int = arguments.now or 0
    for chunk in _chunks(arguments.file):
        _write(parser.feed(chunk, now_ms))
    _write(parser.flush(now_ms))
    print(summary(parser.counts), file=sys.stderr)
    return 0


def instant_ms(text: str) -> int:
    """Return an ISO 8601 instant as milliseconds since 1970; one without an offset is UTC."""
    try:
        parsed = dt.datetime.fromisoformat(text)
        if parsed.tzinfo is not None:
            parsed = parsed.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no ISO 8601 instant such as 2026-11-21T12:00:00Z"
        ) from None
    return (parsed - _EPOCH) // dt.timedelta(milliseconds=1)


def line(fix: Fix) -> bytes:
    """Return a fix as the command prints it, with the line end."""
    taken_ms, time_of_day_ms = fix.taken_ms, fix.time_of_day_ms
    time = None
    if taken_ms is not None:
        taken = _EPOCH + dt.timedelta(milliseconds=taken_ms)
        time = taken.isoformat(timespec="milliseconds") + "Z"
    return (
        msgspec.json.encode(
            {
                "unit": fix.unit,
                "time": time,
                "time_of_day": None if time_of_day_ms is None else time_of_day_ms / 1000,
                # 1e-9° is a tenth of a millimetre: what follows is the noise of binary fractions.
                "lat": round(fix.lat_deg, 9),
                "lon": round(fix.lon_deg, 9),
                "speed_mps": None if fix.speed_mps is None else round(fix.speed_mps, 4),
                "course_deg": fix.course_deg,
                "altitude_m": fix.altitude_m,
                "hdop": fix.hdop,
                "satellites": fix.satellites,
                "quality": fix.quality,
                "history": fix.history,
                "constellations": names_of(fix.constellations),
            }
        )
        + b"\n"
    )


def summary(counts: dict[str, int]) -> str:
    """Return one line: what was read, the fixes, what was rejected by reason, then the rest."""
    word = "rejected "
    rejected = {name.removeprefix(word): n for name, n in counts.items() if name.startswith(word)}
    parts = [f"read {counts['read']}", f"fixes {counts['fixes']}", f"rejected {sum(rejected.values())}"]
    if rejected:
        parts[-1] += f" ({', '.join(f'{reason} {n}' for reason, n in rejected.items())})"
    rest = {name: n for name, n in counts.items() if name not in ("read", "fixes")}
    parts += [f"{name} {n}" for name, n in rest.items() if not name.startswith(word)]
    return ", ".join(parts)


def _chunks(file: str) -> Iterator[bytes]:
    """Yield what the file, or standard input, holds; show how far it is on a terminal that is not the output.

    Raises:
        Failure: it cannot be read.
    """
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
            size_bytes = 0 if file == "-" else Path(file).stat().st_size
            bar = size_bytes > BAR_BYTES and sys.stderr.isatty() and not sys.stdout.isatty()
            # read1 hands over what a pipe has now, so that a live receiver's fixes appear as they come.
            read = getattr(source, "read1", source.read)
            done = 0
            while chunk := read(CHUNK_BYTES):
                yield chunk
                done += len(chunk)
                if bar and done % (1 << 20) < CHUNK_BYTES:
                    told = f"\r{done / size_bytes:4.0%} of {size_bytes >> 20} MB"
                    print(told, end="", file=sys.stderr, flush=True)
            if bar:
                print(file=sys.stderr)
    except OSError as error:
        name = "standard input" if file == "-" else file
        raise Failure(
            f"cannot read {name}: {error.strerror or error}; give a readable file, or - for standard input"
        ) from error


def _write(fixes: list[Fix]) -> None:
    if fixes:
        sys.stdout.write(b"".join(map(line, fixes)).decode())
        sys.stdout.flush()
