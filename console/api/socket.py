"""The feed's WebSocket: who may listen, what they are sent first, and when they are sent away."""

from __future__ import annotations

import asyncio
import contextlib

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

from console.api.caller import identity_of, is_foreign, service_of
from console.feed import parse_looking, parse_since
from console.live import Console, Live

router = APIRouter()

# A page that takes no bytes for so long is gone; it will come back with `since`.
SEND_TIMEOUT_S = 20.0
# A session that was ended elsewhere is noticed within this time (ASVS 4.4 asks for promptness).
CHECK_EVERY_S = 4.0
SIGNED_OUT = 4401


@router.websocket("/feed")
async def feed(socket: WebSocket, since: str | None = None) -> None:
    """Send the region's events and positions until the page leaves or its session ends."""
    identity = identity_of(socket)
    if is_foreign(socket) or (identity is not None and not identity.may("watch")):
        await _deny(socket, 403, "foreign-origin" if is_foreign(socket) else "role")
        return
    if identity is None:
        await _deny(socket, 401, "sign-in")
        return
    await socket.accept()
    live = service_of(socket).live
    console, first = live.join(
        parse_since(since), identity.name, identity.user, masked=not identity.may("dispatch")
    )
    tasks = [
        asyncio.create_task(_send(socket, live, console, first), name="feed send"),
        asyncio.create_task(_listen(socket, live, console), name="feed listen"),
        asyncio.create_task(_check(socket), name="feed check"),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        live.leave(console)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    # A send that timed out or a page that left needs no word; a session that ended gets its code.
    code = SIGNED_OUT if tasks[2] in done else 1001
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
        await socket.close(code)


async def _send(socket: WebSocket, live: Live, console: Console, first: list[str]) -> None:
    for frame in first:
        await _text(socket, frame)
    while True:
        if console.lagged:
            await _text(socket, live.catch_up(console))
        for frame in console.take_events():
            await _text(socket, frame)
        for word in (console.take_pulse(), console.take_presence()):
            if word is not None:
                await _text(socket, word)
        moved = console.take_positions()
        if console.wants_everyone:
            console.wants_everyone = False
            await _bytes(socket, live.everyone_frame())
        elif moved is not None:
            await _bytes(socket, moved)
        await console.wake.wait()
        console.wake.clear()


async def _listen(socket: WebSocket, live: Live, console: Console) -> None:
    # Whatever else the page sends is read and dropped, so that it cannot pile up.
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if (looking := parse_looking(message.get("text"))) is not None:
            live.look(console, looking.page, looking.incident)


async def _check(socket: WebSocket) -> None:
    while True:
        await asyncio.sleep(CHECK_EVERY_S)
        identity = identity_of(socket)
        if identity is None or not identity.may("watch"):
            return


async def _text(socket: WebSocket, frame: str) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await socket.send_text(frame)


async def _bytes(socket: WebSocket, frame: bytes) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await socket.send_bytes(frame)


async def _deny(socket: WebSocket, status: int, code: str) -> None:
    await socket.send_denial_response(JSONResponse({"error": {"code": code, "message": code}}, status))
