"""Gateway: the TCP port where devices log in and send what their receivers say.

A thin shell: `Session` decides what the bytes mean. The gateway gathers the fixes of all connections, stores
them in the archive in groups, and only then hands them to the sink. NMEA has no acknowledgement, so when the
archive fails (a full disk) nothing that was promised is broken: the fixes go to the sink all the same, since
crews must be sent even then, and wait in a bounded buffer for the archive to recover; `counts` and `failing`
say so.

One identity on two connections: the newest wins and the older one is closed. A vehicle's modem that lost its
link comes back while its old connection still looks alive, and a dispatcher must see it at once; if the old
one had spoken within the last seconds, the unit is in two places, and that is an alarm (`alarms`).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import cast

import msgspec

from tracking.archive import Archive
from tracking.credentials import Verdict
from tracking.fix import Fix
from tracking.session import Session, Step

LOGIN_TIMEOUT_S = 10.0
COMMIT_EVERY_S = 0.1  # fixes of this long are stored with one sync
IDLE_S = 1.0  # after this long a silence an epoch gets no more sentences
SWEEP_EVERY_S = 0.25
MAX_CONNECTIONS = 19_000  # below the usual limit of 20,000 open files a process
MAX_WAITING = 100_000  # fixes that wait for the archive before devices are made to wait
TWO_PLACES_MS = 10_000
LISTED = 200  # how many strangers and alarms are kept


class Stranger(msgspec.Struct):
    """Someone who could not log in, as an admin sees it."""

    unit: str
    address: str
    why: str
    first_ms: int
    last_ms: int
    times: int


class TwoPlaces(msgspec.Struct, frozen=True):
    """One identity on two connections at once: a copied secret, or a modem that came back very fast."""

    unit: str
    at_ms: int
    old_address: str
    new_address: str


class Gateway:
    """Accepts devices, archives their fixes, then hands them over.

    Args:
        authenticate: (unit, secret) → `ok`, `unknown-unit` or `wrong-secret`; see `tracking.credentials`.
        archive: where tracks are stored before anyone sees them.
        sink: takes each stored group of fixes, all with unit and taken time, in the order of arrival; it is
        called in
            the event loop and must not block.
        clock: the service's now, in milliseconds since 1970 UTC. Time-outs are real time.
        idle_s: silence after which an unfinished epoch is put out, in real seconds.
    """

    def __init__(
        self,
        authenticate: Callable[[str, str], Verdict],
        archive: Archive,
        sink: Callable[[list[Fix]], None],
        clock: Callable[[], int],
        *,
        login_timeout_s: float = LOGIN_TIMEOUT_S,
        commit_every_s: float = COMMIT_EVERY_S,
        idle_s: float = IDLE_S,
        max_connections: int = MAX_CONNECTIONS,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self.authenticate = authenticate
        self.clock = clock
        self.login_timeout_s = login_timeout_s
        self.idle_s = idle_s
        self.alarms: deque[TwoPlaces] = deque(maxlen=LISTED)
        self.failing: str | None = None  # why the archive cannot be written, while it cannot
        self._archive = archive
        self._sink = sink
        self._commit_every_s = commit_every_s
        self._max_connections = max_connections
        self._max_waiting = max_waiting
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._speaking: dict[str, _Connection] = {}
        self._strangers: OrderedDict[tuple[str, str], Stranger] = OrderedDict()
        self._waiting: list[Fix] = []  # for the archive and the sink
        self._unstored: deque[Fix] = deque(maxlen=max_waiting)  # handed over, but the archive failed
        self._paused: set[_Connection] = set()
        self._arrived = asyncio.Event()
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []
        self._totals: Counter[str] = Counter()

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        if self._server is None:
            raise RuntimeError("the gateway has not been started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def counts(self) -> dict[str, int]:
        """Connections, logins, refusals, fixes stored, sentences read and rejected by reason: for health."""
        totals = Counter(self._totals)
        for connection in self._connections:
            if connection.session.parser is not None:
                totals.update(_named(connection.session))
        now = {
            "connections": len(self._connections),
            "units": len(self._speaking),
            "waiting": len(self._waiting),
            "unstored": len(self._unstored),
        }
        return now | dict(sorted(totals.items()))

    @property
    def strangers(self) -> list[Stranger]:
        """Who could not log in, the latest last: unknown units to enrol, wrong secrets to look into."""
        return list(self._strangers.values())

    async def start(self, host: str, port: int) -> None:
        """Begin to listen; port 0 takes a free one.

        Raises:
            OSError: if the address cannot be listened on, such as a port in use.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port, backlog=1024)
        self._tasks = [asyncio.create_task(self._commit()), asyncio.create_task(self._sweep())]

    async def close(self) -> None:
        """Stop listening, end every connection, store and hand over what has come."""
        if self._server is None or self._closing:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.end()
        self._closing = True
        self._arrived.set()
        committing, sweeping = self._tasks
        sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeping
        await committing
        await self._server.wait_closed()

    # What connections tell the gateway.

    def opened(self, connection: _Connection) -> bool:
        """Take a connection in; False when there are too many."""
        if self._closing or len(self._connections) >= self._max_connections:
            self._totals["refused: too many connections"] += 1
            return False
        self._connections.add(connection)
        self._totals["accepted"] += 1
        return True

    def logged_in(self, connection: _Connection, unit: str) -> None:
        """Make a connection the one that speaks for its unit; an older one is closed."""
        self._totals["logins"] += 1
        old = self._speaking.get(unit)
        self._speaking[unit] = connection
        if old is None:
            return
        self._totals["replaced"] += 1
        now_ms = self.clock()
        # Two vehicles may share one provider's address, so only the time says which it is.
        if old.last_fix_ms is not None and now_ms - old.last_fix_ms <= TWO_PLACES_MS:
            self._totals["two places"] += 1
            self.alarms.append(TwoPlaces(unit, now_ms, old.address, connection.address))
        old.end()

    def refused(self, connection: _Connection) -> None:
        """Count and list a refused login."""
        session = connection.session
        self._totals[f"refused: {session.refusal}"] += 1
        if session.claimed is None or session.refusal is None:
            return
        key = (session.claimed, session.refusal)
        now_ms = self.clock()
        seen = self._strangers.pop(key, None)
        if seen is None:
            seen = Stranger(session.claimed, connection.address, session.refusal, now_ms, now_ms, 0)
        seen.address, seen.last_ms, seen.times = connection.address, now_ms, seen.times + 1
        self._strangers[key] = seen
        if len(self._strangers) > LISTED:
            self._strangers.popitem(last=False)

    def take(self, fixes: list[Fix], connection: _Connection) -> None:
        """Queue fixes for the archive; hold the device back when too many wait."""
        self._waiting += fixes
        self._arrived.set()
        if len(self._waiting) > self._max_waiting:
            connection.pause(True)
            self._paused.add(connection)

    def lost(self, connection: _Connection) -> None:
        """Forget a connection that has ended."""
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._paused.discard(connection)
        session = connection.session
        if session.parser is not None:
            self._totals.update(_named(session))
        if session.unit is not None and self._speaking.get(session.unit) is connection:
            del self._speaking[session.unit]

    # What the gateway does by itself.

    async def _commit(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            fixes, self._waiting = self._waiting, []
            if fixes or self._unstored:
                await self._store(fixes)
            if fixes:
                self._hand_over(fixes)
                paused, self._paused = self._paused, set()
                for connection in paused:
                    connection.pause(False)
            if self._closing and not self._waiting:
                return
            if not self._closing:
                await asyncio.sleep(self._commit_every_s)

    async def _store(self, fixes: list[Fix]) -> None:
        group = [*self._unstored, *fixes]
        try:
            stored = await asyncio.to_thread(self._archive.append, group)
        except Exception as error:  # noqa: BLE001  # whatever the disk does, the live map must go on
            self.failing = str(error)
            self._totals["archive failures"] += 1
            overflow = len(self._unstored) + len(fixes) - self._max_waiting
            if overflow > 0:
                self._totals["not archived"] += overflow  # the deque drops as many, the oldest
            self._unstored.extend(fixes)
        else:
            self.failing = None
            self._unstored.clear()
            self._totals["stored"] += stored
            self._totals["stored before"] += len(group) - stored

    def _hand_over(self, fixes: list[Fix]) -> None:
        try:
            self._sink(fixes)
        except Exception as error:  # noqa: BLE001  # a fault of whoever listens must not stop the archive
            self._totals["sink failures"] += 1
            asyncio.get_running_loop().call_exception_handler(
                {"message": "the gateway's sink raised", "exception": error}
            )
        else:
            self._totals["handed over"] += len(fixes)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(SWEEP_EVERY_S, self.login_timeout_s, self.idle_s))
            now_s = loop.time()
            for connection in list(self._connections):
                connection.sweep(now_s)
            if self._unstored:
                self._arrived.set()  # try the archive again, though nothing new has come


class _Connection(asyncio.Protocol):
    """One device's socket: passes bytes to its session, and the session's answers back."""

    def __init__(self, gateway: Gateway) -> None:
        self.session = Session(gateway.authenticate)
        self.address = "?"
        self.last_fix_ms: int | None = None  # when its last fix came, by the service's clock
        self._gateway = gateway
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._opened_s = self._heard_s = self._loop.time()
        self._quiet = True  # nothing has come since the last silence was dealt with

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A TCP server makes no other; uvloop's are not of asyncio's class, so it cannot be asserted.
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.address = f"{peer[0]}:{peer[1]}" if peer else "?"
        if not self._gateway.opened(self):
            self._transport.abort()
            return
        # A vehicle in a tunnel says no goodbye: after some minutes without an answer the system ends it.
        plug: socket.socket = transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        session, gateway = self.session, self._gateway
        self._heard_s = self._loop.time()
        self._quiet = False
        before = session.state
        self._do(session.receive(data, gateway.clock()))
        if session.state != before and session.unit is not None:
            gateway.logged_in(self, session.unit)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self._finish()

    def sweep(self, now_s: float) -> None:
        """Deal with silence: no login in time, or an epoch that gets no more sentences."""
        if self.session.state == "login":
            # Since it was opened: a peer that trickles its login has no more time than any other.
            if now_s - self._opened_s >= self._gateway.login_timeout_s:
                self._do(self.session.time_out())
        elif not self._quiet and now_s - self._heard_s >= self._gateway.idle_s:
            self._quiet = True
            self._take(self.session.idle())

    def pause(self, held: bool) -> None:  # reads as what it does where it is called
        """Stop or resume reading, so that TCP holds the device back."""
        if self._transport is None or self._transport.is_closing():
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def end(self) -> None:
        """Close the socket from our side, keeping what has come."""
        self._finish()
        if self._transport is not None:
            self._transport.close()

    def _do(self, step: Step) -> None:
        if self._transport is None:
            return
        if step.send:
            self._transport.write(step.send)
        self._take(step.fixes)
        if step.close:
            if step.send:
                self._gateway.refused(self)
            self.end()

    def _take(self, fixes: list[Fix]) -> None:
        if fixes:
            self.last_fix_ms = self._gateway.clock()
            self._gateway.take(fixes, self)

    def _finish(self) -> None:
        self._take(self.session.end(self._gateway.clock()))
        self._gateway.lost(self)


def _named(session: Session) -> dict[str, int]:
    return {f"nmea {name}": n for name, n in session.parser.counts.items()} if session.parser else {}
