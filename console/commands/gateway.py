"""Run one gateway process beside the service: as many as there are cores, all on the same ports.

    skoraya gateway --config skoraya.toml

The service must run with `external = true` under [gateway]. Each process stores tracks in the same data
folder, in segments of its own, and passes the fixes on to the service over a local socket; while the service
is away it goes on storing and acknowledging.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path

from console.commands.failure import Failure

REPORT_EVERY_S = 1.0
COUNT_EVERY = 5  # reports with the same counts: thousands of connections take a while to ask


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--config", type=Path, default=Path("skoraya.toml"), metavar="FILE", help="default: %(default)s"
    )


def run(arguments: argparse.Namespace) -> int:
    """Listen until stopped."""
    from console.settings import Settings, SettingsError, load  # noqa: PLC0415  # --help must not pay for it

    try:
        settings = load(arguments.config)
    except SettingsError as error:
        raise Failure(str(error)) from None
    from console.clock import wall_ms  # noqa: PLC0415  # the same
    from console.devices import (  # noqa: PLC0415  # the same
        ARCHIVE_NAME,
        ENROLLED_NAME,
        SOCKET_NAME,
        configured,
        open_ports,
        where,
    )
    from tracking.archive import Archive, ArchiveError  # noqa: PLC0415  # the same
    from tracking.enrolment import Enrolment, EnrolmentError  # noqa: PLC0415  # the same
    from tracking.gateway import Gateway  # noqa: PLC0415  # the same
    from tracking.handover import HandoverClient  # noqa: PLC0415  # the same
    from tracking.registry import Registry  # noqa: PLC0415  # the same
    from tracking.tls import TlsError  # noqa: PLC0415  # the same

    async def listen(settings: Settings) -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        data = Path(settings.data)
        registry = Registry(configured(settings))
        archive = Archive(data / ARCHIVE_NAME)
        enrolment = Enrolment(data / ENROLLED_NAME, registry)
        client = HandoverClient(data / SOCKET_NAME)
        gateway = Gateway(
            registry,
            archive,
            client.fixes,
            wall_ms,
            on_distress=client.distress,
            on_alarm=client.alarm,
            keep_raw=settings.tracks.raw_days > 0,
        )
        client.start()
        await open_ports(gateway, settings, shared=True)
        print(f"» {where(gateway, settings)}", flush=True)
        reports, counts = 0, gateway.counts
        while not stop.is_set():
            with contextlib.suppress(
                EnrolmentError
            ):  # half of a file on a full disk; the next look may be better
                enrolment.refresh()
            if reports % COUNT_EVERY == 0:
                counts = await gateway.census()
            reports += 1
            client.report(gateway.strangers, counts | dict(client.totals), gateway.failing)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPORT_EVERY_S):
                    await stop.wait()
        await gateway.close()
        await client.close()
        archive.close()

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(listen(settings))
    except (ArchiveError, EnrolmentError, TlsError) as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"{error.strerror or error}; see [gateway] in {arguments.config}") from None
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  # not on every system
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made
