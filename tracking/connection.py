"""Connection: one device's socket; passes bytes to its session, what that decides to the gateway."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, cast

from tracking.evidence import struck
from tracking.session import Session
from tracking.speaker import Host, Speaker
from tracking.tls import name_in

if TYPE_CHECKING:
    from collections.abc import Sequence

# One reading takes no more than this, so that a device that sends megabytes lets the others speak in between.
READ_BYTES = 16 << 10

# A connection of which nothing is heard for two minutes is asked every 30 s, and ended after the fourth time;
# left to the system it is two hours. Not every system has all of these.
KEEPALIVE = [
    (getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
    if hasattr(socket, name)
]

# A device that does not read its answers is given this long to take the last of them.
LINGER_S = 10.0


class Connection(Speaker, asyncio.BufferedProtocol):
    """One device's TCP connection."""

    __slots__ = ("_dialects", "_heard_s", "_loop", "_quiet", "_transport")

    def __init__(self, gateway: Host, dialects: Sequence[str]) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard_s = self._loop.time()
        super().__init__(gateway, dialects, self._heard_s)
        self._dialects = dialects
        self._transport: asyncio.Transport | None = None
        self._quiet = True  # nothing has come since the last silence was dealt with

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket; refuse it when there are too many."""
        # A TCP server makes no other; uvloop's are not of asyncio's class, so it cannot be asserted.
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.address = f"{peer[0]}:{peer[1]}" if peer else "?"
        if not self.gateway.opened(self):
            self._transport.abort()
            return
        certified = name_in(transport.get_extra_info("peercert"))
        if certified is not None:
            self.session = Session(self.gateway.registry.proven_by(certified), self._dialects)
        # A vehicle in a tunnel says no goodbye: after some minutes without an answer the system ends it.
        plug: socket.socket = transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            plug.setsockopt(socket.IPPROTO_TCP, option, value)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # asyncio's signature
        """Say where the next bytes go."""
        return self.gateway.buffer  # one for all: it is emptied before the next reading

    def buffer_updated(self, nbytes: int) -> None:
        """Take bytes as they came."""
        gateway = self.gateway
        data = bytes(gateway.buffer[:nbytes])
        self._heard_s = self._loop.time()
        self._quiet = False
        now_ms = gateway.clock()
        step = self.session.receive(data, now_ms)
        # Before a login there is nobody whose words they were, and they may hold a secret.
        if gateway.keep_raw and self.proven and (unit := self.session.unit) is not None:
            gateway.committer.raw(unit, now_ms, struck(self.session.name, data))
        if step.fixes or step.reply or step.judged or step.close or step.distress:
            self.do(step, now_ms)

    def eof_received(self) -> bool | None:
        """Let the transport close."""
        return None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Keep what has come, and forget the connection."""
        self._finish()

    def sweep(self, now_s: float) -> None:
        """Deal with silence: no login in time, or an epoch that gets no more sentences."""
        if not self.proven:
            # Since it was opened: a peer that trickles its login has no more time than any other.
            if now_s - self.opened_s >= self.gateway.login_timeout_s:
                self.do(self.session.time_out(), self.gateway.clock())
        elif not self._quiet and now_s - self._heard_s >= self.gateway.idle_s:
            self._quiet = True
            self.do(self.session.idle(), self.gateway.clock())

    def answer(self, reply: bytes, close: bool) -> None:
        """Send an answer, then close if so."""
        if self._transport is None:
            return
        if reply and not self._transport.is_closing():
            self._transport.write(reply)
        if close:
            self.end()

    def give_up(self) -> None:
        """End without an answer: what was not acknowledged comes again."""
        self._finish()
        if self._transport is not None:
            self._transport.abort()

    def pause_writing(self) -> None:
        """Cut off a device that does not read its answers: they would pile up without a bound."""
        self.gateway.totals["cut off: reads no answers"] += 1
        self.give_up()

    def hold(self, held: bool) -> None:
        """Stop or resume reading, so that TCP holds the device back."""
        if self._transport is None or self._transport.is_closing():
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def end(self) -> None:
        """End from our side, keeping what has come."""
        self._finish()
        if self._transport is not None:
            self._transport.close()
            if self._transport.get_write_buffer_size():
                self._loop.call_later(LINGER_S, self._transport.abort)

    def _finish(self) -> None:
        if self.gateway.lost(self):
            self.finish(judged=True)
