"""Load worker: one process of the load generator; plays its share of the units and reports what came of it.

    python -m console.loadworker < plan.json

An EGTS packet counts as acknowledged when the response names it, and its latency is the time until then. NMEA
has no acknowledgement: a unit ends its stream and waits for the gateway to close in turn, which it does after
it has read everything; then all that the unit sent counts as acknowledged. Latency is then that of the
login's answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import struct
import sys
import time

import msgspec

from console.played import PlayedUnit
from tracking.protocols.egts_packet import HEADER_BYTES, RESPONSE
from tracking.protocols.egts_record import AUTH_PARAMS

_EGTS_HEAD = struct.Struct("<BBBBBHHB")
LOGIN_WITHIN_S = 30.0
DRAIN_S = 30.0
STEP_S = 0.02  # what is due is sent in steps of this: finer ones only cost the machine under test


class Plan(msgspec.Struct, frozen=True):
    """What one worker is to do."""

    host: str
    port: int
    first: int
    units: int
    prefix: str
    secret: str
    protocol: str
    hz: float
    seconds: float
    begin_s: float  # on the machine's monotonic clock: when sending begins
    connect_s: float  # connections are spread over this long


class Tally(msgspec.Struct):
    """What came of it. Latencies are counted by tenths of a millisecond."""

    connected: int = 0
    refused: int = 0
    cut: int = 0
    sent: int = 0
    acknowledged: int = 0
    late: int = 0  # sendings that began more than a second behind their time
    latencies: dict[int, int] = {}
    why: dict[str, int] = {}

    def took(self, latency_s: float) -> None:
        """Count one answer's latency."""
        tenths = int(latency_s * 10_000)
        self.latencies[tenths] = self.latencies.get(tenths, 0) + 1


class _Unit(asyncio.Protocol):
    def __init__(self, plan: Plan, number: int, tally: Tally) -> None:
        self.unit = PlayedUnit(number)
        self.ready = asyncio.get_running_loop().create_future()
        self.gone = asyncio.get_running_loop().create_future()
        self.sent = 0
        self.answered = 0
        self._plan = plan
        self._tally = tally
        self._transport: asyncio.Transport | None = None
        self._socket = -1
        self._asked_s = 0.0
        self._buffer = b""
        self._open: dict[int, float] = {}  # EGTS packets without a response → when they were sent
        self._logins = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")  # noqa: S101  # uvloop's
        self._transport = transport  # type: ignore[assignment]  # uvloop's transports are of no asyncio class
        self._socket = transport.get_extra_info("socket").fileno()
        self._asked_s = time.perf_counter()
        if self._plan.protocol == "egts":
            self._write(self.unit.egts_login())
        else:
            name = f"{self._plan.prefix}{self.unit.number}"
            self._write(f"LOGIN {name} {self._plan.secret}\n".encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._plan.protocol == "egts":
            self._responses()
        elif b"\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\n")
            if line.startswith(b"OK"):
                self._tally.took(time.perf_counter() - self._asked_s)
                self._logged_in()
            else:
                self._fail(line.decode(errors="replace"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("closed before the login" if exc is None else type(exc).__name__)
        if not self.gone.done():
            self.gone.set_result(exc is None)

    def send(self) -> None:
        """Send one fix of now."""
        at_ms = time.time_ns() // 1_000_000
        if self._transport is None or self._transport.is_closing():
            return
        if self._plan.protocol == "egts":
            number, packet = self.unit.egts(at_ms)
            self._open[number] = time.perf_counter()
            self._write(packet)
        else:
            self._write_through(self.unit.nmea(at_ms))
        self.sent += 1

    def finish(self) -> None:
        """Say that nothing more comes."""
        if self._transport is not None and not self._transport.is_closing():
            if self._plan.protocol == "egts" and not self._open:
                self._transport.close()
            elif self._transport.can_write_eof():
                with contextlib.suppress(OSError):
                    self._transport.write_eof()

    @property
    def waits(self) -> bool:
        """Whether something that was sent has no answer yet."""
        return bool(self._open)

    def _write(self, data: bytes) -> None:
        assert self._transport is not None  # noqa: S101  # callers have looked
        self._transport.write(data)

    def _write_through(self, data: bytes) -> None:
        """Write to the socket itself: the transport's ways cost as much as the sentences do."""
        assert self._transport is not None  # noqa: S101  # callers have looked
        taken = 0
        if self._transport.get_write_buffer_size() == 0:
            with contextlib.suppress(BlockingIOError, ConnectionError):  # the transport will tell
                taken = os.write(self._socket, data)
        if taken < len(data):
            self._transport.write(data[taken:])

    def _logged_in(self) -> None:
        if not self.ready.done():
            self.ready.set_result(True)

    def _fail(self, why: str) -> None:
        if not self.ready.done():
            self._tally.why[why] = self._tally.why.get(why, 0) + 1
            self.ready.set_result(False)

    def _responses(self) -> None:
        now_s = time.perf_counter()
        while len(self._buffer) >= HEADER_BYTES:
            _, _, _, head, _, length, _, kind = _EGTS_HEAD.unpack_from(self._buffer)
            size = head + (length + 2 if length else 0)
            if len(self._buffer) < size:
                return
            body, self._buffer = self._buffer[head : head + length], self._buffer[size:]
            if kind == RESPONSE:
                answered_s = self._open.pop(int.from_bytes(body[:2], "little"), None)
                if answered_s is not None:
                    self.answered += 1
                    self._tally.took(now_s - answered_s)
                continue
            result = body[
                7:
            ]  # behind the record's header: AUTH_PARAMS (6) or RESULT_CODE (9 by the standard: 7)
            if result[:1] == bytes((AUTH_PARAMS,)):
                self._write(self.unit.egts_secret(self._plan.secret))
            elif result[3:4] == b"\0":
                self._tally.took(now_s - self._asked_s)
                self._logged_in()
            else:
                self._fail(f"EGTS result {result[3:4].hex()}")


async def play(plan: Plan) -> Tally:
    """Connect, log in, send, wait for what is owed; return what came of it."""
    tally = Tally()
    units: list[_Unit] = []
    gate = asyncio.Semaphore(200)

    async def connect(index: int) -> None:
        await asyncio.sleep(plan.connect_s * index / plan.units)
        async with gate:
            number = plan.first + index
            try:
                _, unit = await asyncio.get_running_loop().create_connection(
                    lambda: _Unit(plan, number, tally), plan.host, plan.port
                )
                async with asyncio.timeout(LOGIN_WITHIN_S):
                    good = await asyncio.shield(unit.ready)
            except (OSError, TimeoutError) as error:
                tally.why[type(error).__name__] = tally.why.get(type(error).__name__, 0) + 1
                tally.refused += 1
                return
            if good:
                units.append(unit)
            else:
                tally.refused += 1

    await asyncio.gather(*(connect(index) for index in range(plan.units)))
    tally.connected = len(units)
    if plan.protocol == "egts":
        tally.latencies.clear()  # of the fixes, from here on
    await asyncio.sleep(max(0.0, plan.begin_s - time.monotonic()))
    await _send(plan, units, tally)
    # What is on its way may arrive; then the streams end.
    for _ in range(round(DRAIN_S * 10)):
        if not any(unit.waits for unit in units):
            break
        await asyncio.sleep(0.1)
    for unit in units:
        unit.finish()
    if units:
        await asyncio.wait([unit.gone for unit in units], timeout=DRAIN_S)
    for unit in units:
        tally.sent += unit.sent
        ended = unit.gone.done() and unit.gone.result()
        tally.cut += not ended
        if plan.protocol == "egts":
            tally.acknowledged += unit.answered
        elif ended:
            tally.acknowledged += unit.sent
    return tally


async def _send(plan: Plan, units: list[_Unit], tally: Tally) -> None:
    """Let every unit send `hz` times a second, spread evenly over the period."""
    period_s = 1 / plan.hz
    begin_s = time.monotonic()
    count = len(units)
    total = round(plan.seconds * plan.hz) * count
    done = 0
    while done < total:
        elapsed_s = time.monotonic() - begin_s
        due = min(total, int(elapsed_s / period_s * count) + 1)
        if (due - done) * period_s > count:
            tally.late += 1
        # A few at a time, so that answers are heard in between.
        for index in range(done, min(due, done + 500)):
            units[index % count].send()
        done = min(due, done + 500)
        await asyncio.sleep(0 if done < due else STEP_S)


def main() -> int:
    """Read the plan, play it, write the tally."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        import uvloop  # noqa: PLC0415  # not on every system
    except ImportError:
        tally = asyncio.run(play(plan))
    else:
        tally = uvloop.run(play(plan))
    sys.stdout.buffer.write(msgspec.json.encode(tally))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
