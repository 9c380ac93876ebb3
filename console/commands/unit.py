"""The on-board program: reads a receiver, stores to disk, forwards to the gateway when there is a link.

    skoraya unit --to gateway.example:5039 --unit 12 --secret-file /etc/skoraya/secret --serial /dev/ttyACM0
    skoraya unit --to 127.0.0.1:5039 --unit 12 --secret-file secret --gpsd
    skoraya unit --to 127.0.0.1:5039 --unit 12 --secret-file secret --file drive.log
    skoraya unit --to gateway.example:5040 --tls --ca ca.pem --certificate 12.pem --unit 12 --gpsd

It survives hours without a link, and a power cut: the newest fix goes first and what has waited behind it, by
Wialon IPS 2.0, and a fix is forgotten when the gateway has acknowledged it. With --file it ends when all is
sent.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from console.commands.address import address
from console.commands.failure import Failure

if TYPE_CHECKING:
    import ssl

    from tracking.fix import Fix

GPSD = ("127.0.0.1", 2947)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--to", required=True, type=address, metavar="HOST:PORT", help="the gateway")
    add(
        "--unit",
        required=True,
        metavar="ID",
        help="what it calls itself: the unit's id, or its IMEI",
    )
    add(
        "--secret-file",
        type=Path,
        metavar="FILE",
        help="default: SKORAYA_SECRET in the environment",
    )
    add("--tls", action="store_true", help="the gateway's port is an encrypted one")
    add("--ca", type=Path, metavar="FILE", help="the gateway's authority, PEM; default: the system's")
    add("--certificate", type=Path, metavar="FILE", help="the unit's own, PEM: then it needs no secret")
    add("--key", type=Path, metavar="FILE", help="of that certificate; default: in the same file")
    add("--outbox", type=Path, default=Path("outbox.sqlite"), metavar="FILE", help="default: %(default)s")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--serial", metavar="DEVICE", help="a serial receiver (needs skoraya[serial])")
    source.add_argument(
        "--gpsd",
        nargs="?",
        type=address,
        const=GPSD,
        metavar="HOST:PORT",
        help=f"default: {GPSD[0]}:{GPSD[1]}",
    )
    source.add_argument("--file", metavar="FILE", help="an NMEA log, a pipe, or - for standard input")
    add("--baud", type=_baud, default=9600, help="of the serial receiver; default: %(default)s")


def run(arguments: argparse.Namespace) -> int:
    """Forward until stopped, or until a file is sent."""
    tls = _tls(arguments)
    secret = "" if arguments.certificate else _secret(arguments.secret_file)
    from console.clock import wall_ms  # noqa: PLC0415  # --help must not pay for it
    from tracking.forwarder import Forwarder  # noqa: PLC0415  # the same
    from tracking.outbox import Outbox, OutboxError  # noqa: PLC0415  # the same
    from tracking.receiver import (  # noqa: PLC0415  # the same
        ReceiverError,
        from_file,
        from_gpsd,
        from_serial,
    )

    def tell(words: str) -> None:
        print(f"» {words}", file=sys.stderr, flush=True)

    def source() -> AsyncIterator[list[Fix]]:
        if arguments.serial:
            return from_serial(arguments.serial, arguments.baud, arguments.unit, wall_ms, tell)
        if arguments.gpsd:
            gpsd_host, gpsd_port = arguments.gpsd
            return from_gpsd(gpsd_host, gpsd_port, arguments.unit, wall_ms, tell)
        path = None if arguments.file == "-" else Path(arguments.file)
        return from_file(path, arguments.unit, wall_ms)

    async def forward() -> Forwarder:
        outbox = Outbox(arguments.outbox)
        forwarder = Forwarder(
            outbox,
            arguments.to,
            unit=arguments.unit,
            secret=secret,
            now_ms=wall_ms,
            tell=tell,
            tls=tls,
        )
        ended = asyncio.Event()
        storing = asyncio.create_task(forwarder.store(source()))
        storing.add_done_callback(lambda _: ended.set())
        sending = asyncio.create_task(forwarder.forward(until_empty=ended))
        loop = asyncio.get_running_loop()

        def stop() -> None:
            # Both: a cancelled task alone does not end the waiting for the other, and a receiver never ends.
            storing.cancel()
            sending.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            # A full disk or a receiver that cannot be read ends it; what is in the outbox stays there.
            done, _ = await asyncio.wait({storing, sending}, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                if not task.cancelled() and (failed := task.exception()) is not None:
                    raise failed
        finally:
            storing.cancel()
            sending.cancel()
            await asyncio.gather(storing, sending, return_exceptions=True)
            outbox.close()
        return forwarder

    try:
        forwarder = asyncio.run(forward())
    except (OutboxError, ReceiverError) as error:
        raise Failure(str(error)) from None
    print(f"acknowledged {forwarder.taken}, rejected {forwarder.rejected}", file=sys.stderr)
    return 0


def _secret(path: Path | None) -> str:
    if path is None:
        found = os.environ.get("SKORAYA_SECRET", "")
    else:
        try:
            found = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"cannot read the secret from {path}: {error}") from None
    if not found or not found.isprintable() or any(sign in found for sign in " ;|#"):
        raise Failure("no secret, or one with spaces, ; | or #: give --secret-file, or SKORAYA_SECRET")
    return found


def _tls(arguments: argparse.Namespace) -> ssl.SSLContext | None:
    if not arguments.tls:
        for option in ("ca", "certificate", "key"):
            if getattr(arguments, option) is not None:
                raise Failure(f"--{option} goes with --tls")
        return None
    from tracking.tls import TlsError, device_side  # noqa: PLC0415  # --help must not pay for it

    try:
        return device_side(arguments.ca, arguments.certificate, arguments.key)
    except TlsError as error:
        raise Failure(str(error)) from None


def _baud(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 50 <= int(text) <= 4_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed of a serial line, such as 9600")
    return int(text)
