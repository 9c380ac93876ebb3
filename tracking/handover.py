"""Handover: what gateways in processes of their own pass on to the service, in frames over a local socket.

A frame is a length (u32, little-endian) and msgpack: many fixes at once, for a message each costs thirty
times as much. The service answers with the number (u32) of each frame that held a cry for help, once that is
durable: only then is the device answered. Everything else needs no answer: fixes are in the archive before
they are sent here, and while the service is away the newest wait, up to a limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import struct
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from tracking.fix import Fix
from tracking.identities import TWO_PLACES_MS, Alarm, Stranger
from tracking.protocols.dialect import Distress

MAX_FRAME = 64 << 20
MAX_WAITING = 200_000  # fixes that wait for the service
MAX_UNSENT_BYTES = 16 << 20  # in the socket, before the service counts as away
RETRY_S = 0.5
MAX_PATH_BYTES = 103  # of a socket on every system; Linux takes 107
ANSWER_WITHIN_S = 5.0

_LENGTH = struct.Struct("<I")


class Frame(msgspec.Struct, array_like=True):
    """What one gateway has to say."""

    number: int
    fixes: list[Fix] = []
    distress: list[Distress] = []
    alarms: list[Alarm] = []
    strangers: list[Stranger] = []
    counts: dict[str, int] = {}
    failing: str | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Frame)


class HandoverClient:
    """The gateway's end: connects, and connects again, for ever.

    Args:
        path: the service's socket.
    """

    def __init__(self, path: Path) -> None:
        self.totals: Counter[str] = Counter()
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: deque[Fix] = deque()
        self._alarms: list[Alarm] = []
        self._number = 0
        self._asked: dict[int, asyncio.Future[None]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the service listens."""
        return self._writer is not None and not self._writer.is_closing()

    def start(self) -> None:
        """Begin to connect."""
        self._task = asyncio.create_task(self._connect(), name="hand-over")

    async def close(self) -> None:
        """Send what can be sent, and stop."""
        if self._writer is not None:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await self._writer.drain()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def fixes(self, fixes: list[Fix]) -> None:
        """Pass fixes on; keep the newest while the service is away."""
        self._waiting.extend(fixes)
        while len(self._waiting) > MAX_WAITING:
            self._waiting.popleft()
            self.totals["not handed over"] += 1
        self._flush()

    def alarm(self, alarm: Alarm) -> None:
        """Pass an alarm on."""
        self._alarms.append(alarm)
        self._flush()

    def report(self, strangers: list[Stranger], counts: dict[str, int], failing: str | None) -> None:
        """Tell how the gateway is; the latest replaces the one before."""
        if self._has_room():
            self._send(Frame(self._next(), strangers=strangers, counts=counts, failing=failing))

    async def distress(self, distress: list[Distress]) -> None:
        """Pass cries for help on, and return when the service has them in its journal.

        Raises:
            OSError: the service is away, or did not answer in time.
        """
        if not self.is_connected:
            raise OSError("the service is away")
        number = self._next()
        answered = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._send(Frame(number, distress=distress))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await answered
        finally:
            self._asked.pop(number, None)

    def _next(self) -> int:
        self._number = (self._number + 1) & 0xFFFFFFFF
        return self._number

    def _has_room(self) -> bool:
        """Whether the service is there and takes what it is sent: one that hangs must not fill our memory."""
        writer = self._writer
        if writer is None or writer.is_closing():
            return False
        unsent: int = writer.transport.get_write_buffer_size()
        return unsent <= MAX_UNSENT_BYTES

    def _flush(self) -> None:
        if not self._has_room():
            return
        if self._waiting or self._alarms:
            fixes, self._waiting = list(self._waiting), deque()
            alarms, self._alarms = self._alarms, []
            self._send(Frame(self._next(), fixes=fixes, alarms=alarms))

    def _send(self, frame: Frame) -> None:
        assert self._writer is not None  # noqa: S101  # callers have looked
        packed = _encoder.encode(frame)
        self._writer.write(_LENGTH.pack(len(packed)) + packed)
        self.totals["frames"] += 1

    async def _connect(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_unix_connection(self._path)
                self._writer = writer
                self._flush()
                with contextlib.suppress(asyncio.IncompleteReadError):
                    while True:
                        (number,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                        answered = self._asked.get(number)
                        if answered is not None and not answered.done():
                            answered.set_result(None)
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            for waiting in self._asked.values():
                if not waiting.done():
                    waiting.set_exception(OSError("the service went away"))
            await asyncio.sleep(RETRY_S)


class HandoverPort:
    """The service's end: takes the frames of any number of gateways.

    Args:
        sink: takes fixes that are stored.
        on_distress: returns when cries for help are durable.
        on_alarm: is told of identities that cannot be right.

    Attributes:
        reports: the latest word of each gateway that is connected, by its number.
    """

    def __init__(
        self,
        sink: Callable[[list[Fix]], None],
        on_distress: Callable[[list[Distress]], Awaitable[None]],
        on_alarm: Callable[[Alarm], None],
    ) -> None:
        self.reports: dict[int, Frame] = {}
        self.totals: Counter[str] = Counter()
        self._sink = sink
        self._on_distress = on_distress
        self._on_alarm = on_alarm
        self._server: asyncio.Server | None = None
        self._links = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard: dict[
            str, tuple[int, int, int, int]
        ] = {}  # unit → link, when, link before, when it changed

    async def start(self, path: Path) -> None:
        """Listen; a socket that a killed service left is replaced.

        Raises:
            OSError: the path cannot be listened on.
        """
        if len(os.fsencode(path)) > MAX_PATH_BYTES:
            why = f"{path}: too long for a socket's path; name a data folder with a shorter one"
            raise OSError(errno.ENAMETOOLONG, why)
        path.unlink(missing_ok=True)  # noqa: ASYNC240  # once, at the start
        self._server = await asyncio.start_unix_server(self._serve, path)
        path.chmod(0o600)  # noqa: ASYNC240  # once; whoever may write here may move every unit

    async def close(self) -> None:
        """Stop listening and let the gateways go."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def strangers(self) -> list[Stranger]:
        """Who could not log in at any of the gateways."""
        return [stranger for report in self.reports.values() for stranger in report.strangers]

    @property
    def failing(self) -> str | None:
        """Why some gateway cannot archive, while it cannot."""
        return next((report.failing for report in self.reports.values() if report.failing), None)

    @property
    def counts(self) -> dict[str, int]:
        """The gateways' counts in sum, and ours."""
        total: Counter[str] = Counter()
        for report in self.reports.values():
            total.update(report.counts)
        return {"gateways": len(self._tasks)} | dict(total) | dict(self.totals)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # asyncio runs this as one
        self._tasks.add(task)
        self._links += 1
        link = self._links
        try:
            while True:
                (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                if length > MAX_FRAME:
                    self.totals["bad frames"] += 1
                    return
                await self._take(_decoder.decode(await reader.readexactly(length)), link, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return  # the gateway has ended, or we do
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.totals["bad frames"] += 1  # of another version: its fixes are in the archive all the same
        finally:
            self._tasks.discard(task)
            self.reports.pop(link, None)
            writer.close()

    async def _take(self, frame: Frame, link: int, writer: asyncio.StreamWriter) -> None:
        self.totals["frames"] += 1
        if frame.fixes:
            try:
                self._sink(frame.fixes)
            except Exception as error:  # noqa: BLE001  # a fault of whoever listens must not cut the gateway off
                self.totals["sink failures"] += 1
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "the hand-over's sink raised", "exception": error}
                )
            self._watch(frame.fixes, link)
        for alarm in frame.alarms:
            self._on_alarm(alarm)
        if frame.counts:
            self.reports[link] = frame
        if frame.distress:
            try:
                await self._on_distress(frame.distress)
            except Exception as error:  # noqa: BLE001  # it is not answered, so it comes again
                self.totals["distress failures"] += 1
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a cry for help could not be recorded", "exception": error}
                )
            else:
                writer.write(_LENGTH.pack(frame.number))

    def _watch(self, fixes: list[Fix], link: int) -> None:
        """Raise an alarm where a unit speaks through two gateways in turn: each sees only one of the places.

        A modem that comes back on another gateway changes once; who changes back within seconds is two.
        """
        heard = self._heard
        for fix in fixes:
            unit = fix.unit
            if unit is None or fix.history:
                continue
            known = heard.get(unit)
            if known is None or known[0] == link:
                before, since_ms = (0, 0) if known is None else known[2:]
                heard[unit] = (link, fix.received_ms, before, since_ms)
                continue
            was, _, before, since_ms = known
            if before == link and fix.received_ms - since_ms <= TWO_PLACES_MS:
                self.totals["two places"] += 1
                self._on_alarm(
                    Alarm("two-places", unit, fix.received_ms, f"gateway {was}", f"gateway {link}")
                )
            heard[unit] = (link, fix.received_ms, was, fix.received_ms)
