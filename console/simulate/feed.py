"""FeedClient: the one listener to the service's feed, on behalf of the whole city. Shell: sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from console.simulate.chance import chance
from console.simulate.city import GapError, Snapshot, read_frame, read_positions
from console.simulate.drive import Place
from console.simulate.world import World

RETRY_FIRST_S = 0.5
RETRY_LONGEST_S = 10.0
SILENCE_S = 15.0  # the service sends a pulse every two seconds


class FeedClient:
    """Keeps the city up to date; `positions` holds the first full position frame, for a restart."""

    def __init__(self, world: World, changed: Callable[[set[str]], None]) -> None:
        self._url = "ws" + world.plan.api.removeprefix("http").rstrip("/") + "/feed"
        self._token, self._changed = world.plan.autopilot_token, changed
        self._city, self._tally = world.city, world.tally
        self._rng = chance(world.seed, "feed")
        self._resume = False
        self.ready = asyncio.Event()  # the first snapshot is in
        self.placed = asyncio.Event()  # and the position frame after it
        self.positions: dict[str, Place] = {}

    async def run(self) -> None:
        """Listen until cancelled; resume after a cut, start afresh after a gap."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                async with connect(
                    self._address(),
                    additional_headers={"Authorization": f"Bearer {self._token}"},
                    compression=None,  # both ends are on one machine
                    proxy=None,
                    open_timeout=10,
                    close_timeout=1,  # when told to stop, stop
                    max_size=64 * 1024 * 1024,  # a snapshot of a country's region is big
                ) as connection:
                    pause_s = RETRY_FIRST_S
                    await self._listen(connection)
            except GapError:
                self._resume = False
                self._tally.trouble["feed gap"] += 1
            except InvalidStatus as refusal:
                self._resume = False
                self._tally.trouble[f"feed refused {refusal.response.status_code}"] += 1
            except (OSError, TimeoutError, WebSocketException) as error:
                self._tally.trouble[f"feed {type(error).__name__}"] += 1
            await asyncio.sleep(pause_s * self._rng.uniform(0.7, 1.3))
            pause_s = min(pause_s * 2, RETRY_LONGEST_S)

    def _address(self) -> str:
        if self._resume and self._city.epoch is not None:
            return f"{self._url}?since={quote(self._city.epoch, safe='')}:{self._city.seq}"
        return self._url

    async def _listen(self, connection: ClientConnection) -> None:
        while True:
            async with asyncio.timeout(SILENCE_S):
                message = await connection.recv()
            if isinstance(message, bytes):
                if not self.placed.is_set():
                    self._place(message)
                continue
            frame = read_frame(message)
            if frame is None:
                continue
            changed = self._city.apply(frame)
            self._resume = self._city.epoch is not None
            if changed:
                self._changed(changed)
            if isinstance(frame, Snapshot):
                self.ready.set()

    def _place(self, frame: bytes) -> None:
        if not self.ready.is_set():
            return
        by_index = read_positions(frame)
        self.positions = {
            unit.id: by_index[unit.index] for unit in self._city.units.values() if unit.index in by_index
        }
        self.placed.set()
