"""Host: the process around a service: its listening socket, its signals, its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator

import uvicorn

from console.api.app import make_app
from console.service import Service, StartError

# A page that holds its feed open must not hold the process: the feed is cut after this.
GRACE_S = 3


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: the host has one place for them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


BACKLOG = 2048


def listen(host: str, port: int, *, now: bool = True) -> socket.socket:
    """Return a bound socket; with `now` false it has the port, and takes nobody in before `listen(BACKLOG)`.

    Raises:
        StartError: the port is in use, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # From now on a page that comes early waits, instead of being refused until the region is ready.
        if now:
            listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(
            f"cannot listen on {host}:{port}: {error.strerror}; is another service running there? "
            "choose another port"
        ) from None
    return listener


async def run_until_stopped(service: Service, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve the console until SIGINT or SIGTERM, or until `stop` is set; then end in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    config = uvicorn.Config(
        make_app(service),
        ws_per_message_deflate=False,  # position frames are sent as they are encoded, once for all pages
        log_config=None,
        access_log=False,  # a path may hold what a caller typed; no name or phone belongs in a log
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving
    await service.close()


def log_to_stderr() -> None:
    """Write warnings and errors to standard error, one line each."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
