"""⚙ Datagrams: a UDP port, where each address that speaks is a session of its own."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from typing import TYPE_CHECKING, cast

from tracking.evidence import struck
from tracking.speaker import Host, Speaker

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# UDP peers that are remembered, and how long after their last word.
MAX_PEERS = 50_000
PEER_IDLE_S = 600.0
UDP_BUFFER_BYTES = 4 << 20  # what the system may keep for us; it grants what it allows


class UdpPeer(Speaker):
    """One address that sends datagrams."""

    __slots__ = ("_port", "heard_s", "quiet", "where")

    def __init__(
        self, gateway: Host, dialects: Sequence[str], port: UdpPort, where: tuple[str, int], now_s: float
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

    def __init__(self, gateway: Host, dialects: Sequence[str]) -> None:
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
            self._gateway.fell_silent(peer)
            peer.finish(judged=False)

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
