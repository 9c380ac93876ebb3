"""Gateway: the ports where devices send what their receivers say, in any dialect, over TCP and UDP.

A thin shell: a `Session` decides what the bytes mean, the `Committer` stores the fixes of all connections in
groups, hands them to the sink, and only then answers the devices.

One identity on two connections: the newest wins and the older one is closed. A vehicle's modem that lost its
link comes back while its old connection still looks alive, and a dispatcher must see it at once; if the old
one had spoken within the last seconds, the unit is in two places, and that is an alarm (`alarms`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence

from tracking.archive import Archive
from tracking.committer import COMMIT_EVERY_S, MAX_WAITING, Committer
from tracking.connection import READ_BYTES, Connection
from tracking.datagrams import UdpPort
from tracking.fix import Fix
from tracking.identities import Alarm, Identities, Stranger, host_of
from tracking.protocols import DIALECTS
from tracking.protocols.dialect import Distress, Judgement
from tracking.registry import Registry
from tracking.speaker import Speaker
from tracking.tls import HANDSHAKE_WITHIN_S

LOGIN_TIMEOUT_S = 10.0
IDLE_S = 1.0  # after this long a silence an epoch gets no more sentences
SWEEP_EVERY_S = 0.25
CENSUS_SLICE = 100  # connections that are asked for their counts at once
MAX_CONNECTIONS = 19_000  # below the usual limit of 20,000 open files a process


async def unheard(distress: list[Distress]) -> None:
    """Refuse cries for help where nobody listens: what is in no journal is not acknowledged."""
    raise RuntimeError(f"nobody listens to {len(distress)} cries for help")


class Gateway:
    """Accepts devices, archives their fixes, then hands them over.

    Args:
        registry: who may speak for which unit.
        archive: where tracks are stored before anyone sees them.
        sink: takes each stored group of fixes, all with unit and taken time; it is called in the event loop
            and must not block. What is live comes before what was waiting.
        clock: the service's now, in milliseconds since 1970 UTC. Time-outs are real time.
        on_distress: returns when cries for help are durable; the device is answered after it.
        on_alarm: is told of each alarm about an identity.
        keep_raw: also archive the bytes as they came.
        idle_s: silence after which an unfinished epoch is put out, in real seconds.
    """

    def __init__(
        self,
        registry: Registry,
        archive: Archive,
        sink: Callable[[list[Fix]], None],
        clock: Callable[[], int],
        *,
        on_distress: Callable[[list[Distress]], Awaitable[None]] = unheard,
        on_alarm: Callable[[Alarm], None] = lambda _: None,
        keep_raw: bool = False,
        login_timeout_s: float = LOGIN_TIMEOUT_S,
        commit_every_s: float = COMMIT_EVERY_S,
        idle_s: float = IDLE_S,
        max_connections: int = MAX_CONNECTIONS,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self.registry = registry
        self.clock = clock
        self.keep_raw = keep_raw
        self.login_timeout_s = login_timeout_s
        self.idle_s = idle_s
        self.buffer = memoryview(bytearray(READ_BYTES))
        self.committer = Committer(
            archive,
            sink,
            on_distress,
            commit_every_s=commit_every_s,
            max_waiting=max_waiting,
            keep_raw=keep_raw,
        )
        self.identities = Identities(registry)
        self.totals: Counter[str] = Counter()
        self._on_alarm = on_alarm
        self._max_connections = max_connections
        self.encrypted_port: int | None = None  # once one is listened on
        self._servers: list[asyncio.Server] = []
        self._udp: list[UdpPort] = []
        self._connections: set[Speaker] = set()
        self._speaking: dict[str, Speaker] = {}
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The first TCP port that is listened on, once started."""
        if not self._servers:
            raise RuntimeError("the gateway has not been started")
        port: int = self._servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def counts(self) -> dict[str, int]:
        """Connections, logins, refusals, fixes stored, sentences read and rejected by reason: for health."""
        totals = Counter(self.totals)
        for speaker in self._speakers():
            totals.update(speaker.session.counts)
        return self._now | dict(sorted(totals.items()))

    async def census(self) -> dict[str, int]:
        """Return the counts as `counts` does, but let the devices speak while thousands are asked."""
        totals: Counter[str] = Counter()
        ended = Counter(self.totals)
        for number, speaker in enumerate(self._speakers(), start=1):
            if number % CENSUS_SLICE == 0:
                await asyncio.sleep(0)
            totals.update(speaker.session.counts)
        totals.update(ended)  # as it was at the beginning: who leaves meanwhile is counted above
        return self._now | dict(sorted(totals.items()))

    def _speakers(self) -> list[Speaker]:
        return [*self._connections, *(peer for port in self._udp for peer in port.peers)]

    @property
    def _now(self) -> dict[str, int]:
        now = {"connections": len(self._connections), "units": len(self._speaking)}
        return now | self.committer.counts

    @property
    def failing(self) -> str | None:
        """Why the archive cannot be written, while it cannot."""
        return self.committer.failing

    @property
    def strangers(self) -> list[Stranger]:
        """Who could not log in, the latest last."""
        return self.identities.strangers

    @property
    def alarms(self) -> deque[Alarm]:
        """Identities that cannot be right, the latest last."""
        return self.identities.alarms

    async def start(
        self,
        host: str,
        port: int,
        *,
        dialects: Sequence[str] = tuple(DIALECTS),
        shared: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Begin to listen for TCP connections; port 0 takes a free one. May be called for several ports.

        Args:
            host: the address.
            port: the port.
            dialects: which may be spoken there; told apart by their first bytes.
            shared: let other processes listen on the same port; the system deals the connections out.
            tls: from `tracking.tls.gateway_side`, for an encrypted port.

        Raises:
            OSError: if the address cannot be listened on, such as a port in use.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(self, dialects),
            host,
            port,
            backlog=4096,
            reuse_port=shared or None,
            ssl=tls,
            ssl_handshake_timeout=None if tls is None else HANDSHAKE_WITHIN_S,
        )
        self._servers.append(server)
        if tls is not None:
            self.encrypted_port = server.sockets[0].getsockname()[1]
        self._begin()

    async def start_udp(
        self,
        host: str,
        port: int,
        *,
        dialects: Sequence[str] = ("nmea", "wialon"),
        shared: bool = False,
    ) -> int:
        """Begin to listen for datagrams; return the port.

        Raises:
            OSError: if the address cannot be listened on.
        """
        loop = asyncio.get_running_loop()
        transport, listener = await loop.create_datagram_endpoint(
            lambda: UdpPort(self, dialects), local_addr=(host, port), reuse_port=shared or None
        )
        self._udp.append(listener)
        self._begin()
        taken: int = transport.get_extra_info("sockname")[1]
        return taken

    async def close(self) -> None:
        """Stop listening, end every connection, store and hand over what has come."""
        if not self._tasks or self._closing:
            return
        for server in self._servers:
            server.close()
        for listener in self._udp:
            listener.close()
        for connection in list(self._connections):
            connection.end()
        self._closing = True
        committing, sweeping = self._tasks
        sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeping
        await self.committer.close()
        await committing
        for server in self._servers:
            await server.wait_closed()

    # What connections tell the gateway.

    def opened(self, connection: Speaker) -> bool:
        """Take a connection in; False when there are too many."""
        if self._closing or len(self._connections) >= self._max_connections:
            self.totals["refused: too many connections"] += 1
            return False
        self._connections.add(connection)
        self.totals["accepted"] += 1
        return True

    def judged(self, speaker: Speaker, judgement: Judgement) -> None:
        """Note a claim; make the speaker the one that speaks for its unit, and close an older one."""
        now_ms = self.clock()
        claim = judgement.claim
        if judgement.verdict == "wrong-secret" and claim.secret is None and speaker.session.name == "egts":
            self.totals["asked for a secret"] += 1  # EGTS says who it is first, and its secret when asked
            return
        self._raise(self.identities.judged(judgement, speaker.address, now_ms))
        if judgement.verdict != "ok":
            self.totals[f"refused: {judgement.verdict}"] += 1
            return
        self.totals["logins"] += 1
        speaker.proven = True
        unit = judgement.unit
        if self.registry.is_relay(claim.unit):
            return
        old = self._speaking.get(unit)
        self._speaking[unit] = speaker
        if old is None or old is speaker:
            return
        if speaker.session.name == old.session.name == "osmand" and host_of(speaker.address) == host_of(
            old.address
        ):
            return  # each request stands alone: a phone, or the proxy before many, has several connections
        self.totals["replaced"] += 1
        if alarm := self.identities.two_places(unit, old.address, speaker.address, old.last_fix_ms, now_ms):
            self.totals["two places"] += 1
            self._raise(alarm)
        if old.session.unit == unit:  # a relay goes on for its other vehicles
            old.end()

    def turned_away(self, speaker: Speaker) -> None:
        """Count one who said nothing that could be judged."""
        refusal = getattr(speaker.session.dialect, "refusal", None)
        if refusal is None:
            refusal = "timeout" if speaker.session.name in (None, "nmea") else "no-login"
        if refusal not in ("unknown-unit", "wrong-secret"):  # those were counted when they were judged
            self.totals[f"refused: {refusal}"] += 1

    def lost(self, connection: Speaker) -> bool:
        """Forget a connection that has ended; say whether it was known until now."""
        if connection not in self._connections:
            return False
        self._connections.discard(connection)
        self.fell_silent(connection)
        return True

    def fell_silent(self, speaker: Speaker) -> None:
        """Keep the counts of one who says no more; nobody speaks for its unit."""
        self.totals.update(speaker.session.counts)
        unit = speaker.session.unit
        if unit is not None and self._speaking.get(unit) is speaker:
            del self._speaking[unit]

    # What the gateway does by itself.

    def _begin(self) -> None:
        if not self._tasks:
            self._tasks = [asyncio.create_task(self.committer.run()), asyncio.create_task(self._sweep())]

    def _raise(self, alarm: Alarm | None) -> None:
        if alarm is not None:
            self._on_alarm(alarm)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(SWEEP_EVERY_S, self.login_timeout_s, self.idle_s))
            now_s = loop.time()
            for connection in list(self._connections):
                try:
                    connection.sweep(now_s)
                except Exception as error:  # noqa: BLE001  # the others are to be timed out all the same
                    loop.call_exception_handler(
                        {"message": "a silence was not dealt with", "exception": error}
                    )
                    connection.give_up()
            for listener in self._udp:
                listener.sweep(now_s)
            self.committer.nudge()
