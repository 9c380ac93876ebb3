"""Connection: one device's socket; passes bytes to its session, what that decides to the gateway."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, cast

from tracking.committer import Owed
from tracking.evidence import struck
from tracking.protocols.dialect import Step
from tracking.session import Session
from tracking.tls import name_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tracking.gateway import Gateway

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

# UDP peers that are remembered, and how long after their last word.
MAX_PEERS = 50_000
PEER_IDLE_S = 600.0
UDP_BUFFER_BYTES = 4 << 20  # what the system may keep for us; it grants what it allows


class Speaker:
    """What TCP connections and UDP peers have in common.

    Attributes:
        session: what the bytes mean.
        address: from where.
        proven: some claim on it was accepted.
        last_fix_ms: when its last fix came, by the service's clock.
    """

    __slots__ = ("address", "backlog", "gateway", "last_fix_ms", "opened_s", "owed", "proven", "session")

    def __init__(self, gateway: Gateway, dialects: Sequence[str], now_s: float) -> None:
        self.session = Session(gateway.registry, dialects)
        self.gateway = gateway
        self.address = "?"
        self.proven = False
        self.last_fix_ms: int | None = None
        self.owed: deque[Owed] = deque()
        self.backlog = 0
        self.opened_s = now_s

    def answer(self, reply: bytes, close: bool) -> None:
        """Send an answer, then close if so."""
        raise NotImplementedError

    def give_up(self) -> None:
        """End without an answer."""
        raise NotImplementedError

    def hold(self, held: bool) -> None:
        """Stop or resume reading."""

    def end(self) -> None:
        """End from our side, keeping what has come."""
        raise NotImplementedError

    def sweep(self, now_s: float) -> None:
        """Deal with silence."""

    def do(self, step: Step, now_ms: int) -> None:
        """Do what a step says, in its order."""
        gateway = self.gateway
        if step.judged:
            for judgement in step.judged:
                gateway.judged(self, judgement)
        if step.fixes:
            self.last_fix_ms = now_ms
        if step.close and not self.proven:
            gateway.turned_away(self)
        gateway.committer.put(step, self)


class Connection(Speaker, asyncio.BufferedProtocol):
    """One device's TCP connection."""

    __slots__ = ("_dialects", "_heard_s", "_loop", "_quiet", "_transport")

    def __init__(self, gateway: Gateway, dialects: Sequence[str]) -> None:
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
            now_ms = self.gateway.clock()
            step = self.session.end(now_ms)
            if step.fixes or step.distress:  # a reply would reach nobody
                self.do(Step(step.fixes, step.distress, step.judged), now_ms)
            self.gateway.committer.forget(self)


class UdpPeer(Speaker):
    """One address that sends datagrams."""

    __slots__ = ("_port", "heard_s", "quiet", "where")

    def __init__(
        self, gateway: Gateway, dialects: Sequence[str], port: UdpPort, where: tuple[str, int], now_s: float
    ) -> None:
        super().__init__(gateway, dialects, now_s)
        self._port = port
        self.where = where
        self.address = f"{where[0]}:{where[1]}/udp"
        self.heard_s = now_s
        self.quiet = True

    def answer(self, reply: bytes, close: bool) -> None:
        """Send an answer, then close if so."""
        if reply:
            self._port.send(reply, self.where)
        if close:
            self.end()

    def give_up(self) -> None:
        """End without an answer: what was not acknowledged comes again."""
        self._port.forget(self)

    def end(self) -> None:
        """End from our side, keeping what has come."""
        self._port.forget(self)


class UdpPort(asyncio.DatagramProtocol):
    """Hears datagrams; each address is a session of its own, which is forgotten after a silence."""

    def __init__(self, gateway: Gateway, dialects: Sequence[str]) -> None:
        self._gateway = gateway
        self._dialects = dialects
        self._loop = asyncio.get_running_loop()
        self._peers: OrderedDict[tuple[str, int], UdpPeer] = OrderedDict()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket; refuse it when there are too many."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        plug: socket.socket = transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER_BYTES)

    @property
    def peers(self) -> Collection[UdpPeer]:
        """Who has spoken within the last minutes."""
        return self._peers.values()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take one datagram."""
        gateway, where = self._gateway, (addr[0], addr[1])
        now_s, now_ms = self._loop.time(), gateway.clock()
        peer = self._peers.get(where)
        if peer is None:
            peer = self._peers[where] = UdpPeer(gateway, self._dialects, self, where, now_s)
            if len(self._peers) > MAX_PEERS:
                self.forget(next(iter(self._peers.values())))
        else:
            self._peers.move_to_end(where)
        peer.heard_s, peer.quiet = now_s, False
        gateway.totals["datagrams"] += 1
        if gateway.committer.is_full:
            gateway.totals["datagrams dropped: too much waits"] += 1
            return
        try:
            step = peer.session.datagram(data, now_ms)
        except Exception as error:  # noqa: BLE001  # one datagram must not silence the port, whatever is in it
            gateway.totals["datagrams that broke us"] += 1
            self._loop.call_exception_handler({"message": "a datagram broke its dialect", "exception": error})
            self._peers.pop(where, None)
            return
        if gateway.keep_raw and peer.proven and (unit := peer.session.unit) is not None:
            gateway.committer.raw(unit, now_ms, struck(peer.session.name, data))
        peer.do(step, now_ms)

    def send(self, reply: bytes, where: tuple[str, int]) -> None:
        """Answer an address."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(reply, where)

    def forget(self, peer: UdpPeer) -> None:
        """Forget an address, keeping what has come: its next datagram begins anew."""
        if self._peers.get(peer.where) is peer:
            del self._peers[peer.where]
            self._end(peer)

    def sweep(self, now_s: float) -> None:
        """Forget the addresses that have been silent for long; put out what waits."""
        now_ms = self._gateway.clock()
        for peer in list(self._peers.values()):  # the longest silent first
            silent_s = now_s - peer.heard_s
            if silent_s < self._gateway.idle_s:
                break
            if not peer.quiet:
                peer.quiet = True
                peer.do(peer.session.idle(), now_ms)
            if silent_s >= PEER_IDLE_S:
                self.forget(peer)

    def close(self) -> None:
        """Stop listening, keeping what has come."""
        while self._peers:
            self.forget(next(iter(self._peers.values())))
        if self._transport is not None:
            self._transport.close()

    def _end(self, peer: UdpPeer) -> None:
        self._gateway.fell_silent(peer)
        now_ms = self._gateway.clock()
        step = peer.session.end(now_ms)
        if step.fixes or step.distress:
            peer.do(Step(step.fixes, step.distress), now_ms)
        self._gateway.committer.forget(peer)
