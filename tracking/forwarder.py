"""Forwarder: the on-board program: what a receiver says goes to disk, and from there to the gateway.

A fix is in the outbox before it is sent, and leaves it when the gateway has acknowledged it, which the
gateway does when it has it on its own disk. So neither a dead link nor a power cut on either side loses one;
one whose answer was lost is sent twice, and a track has it once.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable

from tracking.fix import Fix
from tracking.outbox import Outbox
from tracking.upload import Upload

ANSWER_WITHIN_S = 20.0
FIRST_RETRY_S, LAST_RETRY_S = 1.0, 30.0
PACKET_FIXES = 100
LIVE_WITHIN_MS = 60_000


class Forwarder:
    """Empties an outbox over a link that comes and goes.

    Args:
        outbox: what waits.
        gateway: its host and port.
        unit, secret: who we are; the secret may be empty where a certificate says it.
        now_ms: milliseconds since 1970 UTC.
        tell: is told, in words, when the link comes and goes.
        first_retry_s: the pause after the first failure; it doubles with each, up to half a minute.
        tls: from `tracking.tls.device_side`, for an encrypted link.

    Attributes:
        taken: fixes that the gateway has acknowledged.
        rejected: fixes that it will never take.
    """

    def __init__(
        self,
        outbox: Outbox,
        gateway: tuple[str, int],
        *,
        unit: str,
        secret: str,
        now_ms: Callable[[], int],
        tell: Callable[[str], None],
        answer_within_s: float = ANSWER_WITHIN_S,
        first_retry_s: float = FIRST_RETRY_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.taken = 0
        self.rejected = 0
        self._outbox = outbox
        self._gateway = gateway
        self._unit, self._secret = unit, secret
        self._now_ms = now_ms
        self._tell = tell
        self._answer_within_s = answer_within_s
        self._first_retry_s = first_retry_s
        self._tls = tls
        self._arrived = asyncio.Event()

    async def store(self, source: AsyncIterator[list[Fix]]) -> None:
        """Take everything that a receiver says into the outbox.

        Raises:
            OutboxError: the disk is full; whoever runs us must see it.
        """
        async for fixes in source:
            await asyncio.to_thread(self._outbox.append, fixes)
            self._arrived.set()

    async def forward(self, *, until_empty: asyncio.Event | None = None) -> None:
        """Send, for ever, or once `until_empty` is set until nothing waits."""
        retry_s = self._first_retry_s
        while until_empty is None or not until_empty.is_set() or len(self._outbox):
            why = "the gateway closed the connection"
            upload = Upload(self._unit, self._secret)
            try:
                async with asyncio.timeout(self._answer_within_s):
                    reader, writer = await asyncio.open_connection(*self._gateway, ssl=self._tls)
            except (OSError, TimeoutError) as error:
                why = self._why(error)
            else:
                try:
                    if await self._converse(upload, reader, writer, until_empty):
                        return
                except (OSError, TimeoutError) as error:
                    why = self._why(error)
                finally:
                    writer.close()
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()
            if upload.state == "open":
                retry_s = self._first_retry_s
            why = upload.refusal or why
            self._tell(f"{why}; {len(self._outbox)} fixes wait; trying again in {retry_s:.0f} s")
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, LAST_RETRY_S)

    async def _converse(
        self,
        upload: Upload,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        until_empty: asyncio.Event | None,
    ) -> bool:
        """Log in and send; return True when nothing is left to do, False when the gateway has closed."""
        writer.write(upload.log_in())
        told = False
        hearing = asyncio.ensure_future(reader.read(4096))
        asked_s = self._time_s()
        try:
            while True:
                timeout_s = 1.0 if upload.state == "open" and not upload.on_its_way else self._answer_within_s
                arriving = asyncio.ensure_future(self._arrived.wait())
                try:
                    await asyncio.wait(
                        {hearing, arriving}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    arriving.cancel()
                self._arrived.clear()
                if hearing.done():
                    data = hearing.result()
                    if not data:
                        return False
                    await self._settle(upload, data)
                    hearing = asyncio.ensure_future(reader.read(4096))
                    asked_s = self._time_s()
                elif (upload.on_its_way or upload.state == "login") and self._waited_s(
                    asked_s
                ) > self._answer_within_s:
                    raise TimeoutError
                if upload.state == "refused":
                    return False
                if upload.state == "open" and not told:
                    told = True
                    self._tell(f"connected; {len(self._outbox)} fixes wait")
                idle = not upload.on_its_way
                if idle and until_empty is not None and until_empty.is_set() and not len(self._outbox):
                    return True
                if sending := await asyncio.to_thread(self._next, upload):
                    writer.write(sending)
                    async with asyncio.timeout(self._answer_within_s):
                        await writer.drain()
                    if idle:
                        asked_s = self._time_s()
        finally:
            hearing.cancel()

    def _next(self, upload: Upload) -> bytes:
        """Return what may be sent now: the newest, and a packet of what lies behind it."""
        if upload.state != "open" or not len(self._outbox):
            return b""
        # One look, lest a fix that comes between two of them goes as history and the unit never moves there.
        packet = upload.has_room("backlog")
        if not packet and not upload.has_room("live"):
            return b""
        waiting = self._outbox.newest(PACKET_FIXES if packet else 1, upload.on_its_way)
        if not waiting:
            return b""
        sending = b""
        if abs(self._now_ms() - (waiting[-1].fix.taken_ms or 0)) <= LIVE_WITHIN_MS:
            newest = waiting.pop()  # it goes as live, or waits until it can
            if upload.has_room("live"):
                sending += upload.live(newest)
        if waiting and packet:
            sending += upload.backlog(waiting)
        return sending

    async def _settle(self, upload: Upload, data: bytes) -> None:
        for settled in upload.receive(data):
            if settled.again:
                continue
            await asyncio.to_thread(self._outbox.delete, settled.numbers)
            self.taken += settled.taken
            self.rejected += len(settled.numbers) - settled.taken

    def _why(self, error: OSError) -> str:
        """Say what is wrong with the link, to somebody at the roadside."""
        host, port = self._gateway
        match error:
            case TimeoutError():
                return f"no answer in time from {host}:{port}"
            case socket.gaierror():
                return f"nobody here knows the name {host}"
            case ssl.SSLCertVerificationError():
                return f"{host}:{port} shows a certificate that is not believed: {error.verify_message}"
            case ssl.SSLError():
                return f"{host}:{port} ended the encrypted link: {error.reason or error}"
            case ConnectionRefusedError():
                return f"nobody listens at {host}:{port}"
        return f"{host}:{port} cannot be reached: {error.strerror or error}"

    def _time_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _waited_s(self, since_s: float) -> float:
        return self._time_s() - since_s
