"""Vehicle: one ambulance as the gateway sees it, a TCP client that speaks NMEA. Shell: sockets."""

from __future__ import annotations

import asyncio
import math
from itertools import pairwise

from console.simulate.chance import chance
from console.simulate.clock import SimulatedClock
from console.simulate.drive import Drive, Place, Spot, line_from, metres_between, moved
from console.simulate.plan import UnitPlan
from console.simulate.receiver import Receiver
from console.simulate.sentence import write
from console.simulate.tally import Tally

CONNECT_S = 10.0  # real seconds for a connection and its login
RETRY_FIRST_S = 0.5
RETRY_LONGEST_S = 10.0
REFUSED_S = 20.0  # before a refused login is tried again
BAD_LINK_SHARE = 0.07  # of the vehicles
EPOCH_REAL_S = 0.5  # at high clock speeds a vehicle sends no more often than this


class LoginError(Exception):
    """The gateway answered ERR, or something that is no answer."""


class Vehicle:
    """Where one ambulance truly is, and the link on which its receiver speaks of it."""

    def __init__(
        self, plan: UnitPlan, gateway: tuple[str, int], clock: SimulatedClock, tally: Tally, seed: int
    ) -> None:
        rng = chance(seed, "vehicle", plan.id)
        self.unit = plan.id
        # Ambulances of one substation stand side by side, not in each other.
        self.home = moved(Place(plan.lat_deg, plan.lon_deg), rng.uniform(-15, 15), rng.uniform(-15, 15))
        self.linked = False
        self._plan, self._gateway, self._clock, self._tally, self._rng = plan, gateway, clock, tally, rng
        self._pace = rng.lognormvariate(0.0, 0.15)  # this driver against the router's estimate
        self._bad_link = rng.random() < BAD_LINK_SHARE
        self._lag_ms = rng.randint(40, 400)  # from the epoch to the sentence's leaving, real time
        self._receiver = Receiver(plan.id, rng)
        self._parked = Spot(*self.home, 0.0, rng.uniform(0, 360))
        self._drive: Drive | None = None

    def place_at(self, place: Place) -> None:
        """Put the vehicle somewhere before it first speaks: a restarted demo goes on where it was."""
        self._parked = Spot(*place, 0.0, self._parked.course_deg)

    def spot(self, now_ms: int) -> Spot:
        """Return where the vehicle truly is at `now_ms`."""
        if self._drive is None:
            return self._parked
        spot = self._drive.at(now_ms)
        if now_ms >= self._drive.ends_ms:
            self._parked, self._drive = spot, None
        return spot

    def set_off(self, route: list[Place], seconds: float, now_ms: int) -> Drive:
        """Drive along `route`, which the router says takes `seconds`, from where the vehicle is now."""
        spot = self.spot(now_ms)
        line = line_from(spot.place, route)
        routed_m = sum(metres_between(a, b) for a, b in pairwise(route))
        line_m = sum(metres_between(a, b) for a, b in pairwise(line))
        mean_mps = routed_m / seconds if seconds > 0 and routed_m > 0 else 10.0
        self._drive = Drive(line, now_ms, line_m / mean_mps * self._pace, spot.speed_mps)
        return self._drive

    def stop(self, now_ms: int) -> None:
        """Stand where the vehicle is."""
        self._parked = self.spot(now_ms)._replace(speed_mps=0.0)
        self._drive = None

    async def run(self) -> None:
        """Keep the link up and send, until cancelled."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                reader, writer = await self._connected()
            except LoginError as refusal:
                self._tally.trouble[f"login refused: {refusal}"] += 1
                await asyncio.sleep(REFUSED_S * self._rng.uniform(0.7, 1.3))
                continue
            except (OSError, TimeoutError, ValueError) as error:
                self._tally.trouble[f"gateway {type(error).__name__}"] += 1
                await asyncio.sleep(pause_s * self._rng.uniform(0.7, 1.3))
                pause_s = min(pause_s * 2, RETRY_LONGEST_S)
                continue
            pause_s = RETRY_FIRST_S
            self.linked = True
            try:
                silent_s = await self._speak(reader, writer)
            except (OSError, TimeoutError) as error:
                self._tally.trouble[f"link cut: {type(error).__name__}"] += 1
                silent_s = 0.0
            finally:
                self.linked = False
                writer.close()
            await self._clock.sleep(silent_s)
            await asyncio.sleep(self._rng.uniform(0.2, 0.6))

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a link that the gateway has answered `OK`, or raise."""
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(*self._gateway)
            try:
                writer.write(f"LOGIN {self._plan.id} {self._plan.secret}\r\n".encode())
                self._check(await reader.readline())
            except BaseException:
                writer.close()
                raise
            return reader, writer

    def _check(self, answer: bytes) -> None:
        """Raise unless the gateway's answer to the login is OK."""
        if not answer:
            raise ConnectionResetError("closed before an answer")
        text = answer.decode("utf-8", "replace").strip()
        if text != f"OK {self._plan.id}":
            raise LoginError(text[:60])

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        """Send an epoch a second until the link ends; return for how many simulated seconds to be silent."""
        clock = self._clock
        # Whole simulated seconds, as receivers do; fewer of them where the clock runs fast.
        every_ms = 1000 * max(1, math.ceil(EPOCH_REAL_S * clock.speed))
        lag_ms = round(self._lag_ms * clock.speed)
        drops_ms = clock.now_ms() + self._rng.uniform(90, 400) * 1000 if self._bad_link else math.inf
        while True:
            epoch_ms = ((clock.now_ms() - lag_ms) // every_ms + 1) * every_ms
            await clock.sleep_until(epoch_ms + lag_ms)
            if reader.at_eof():
                raise ConnectionResetError
            if epoch_ms > drops_ms:
                return self._rng.uniform(10, 30)
            fix = self._receiver.observe(self.spot(epoch_ms), epoch_ms)
            writer.write(write(fix, self._receiver.talker))
            async with asyncio.timeout(CONNECT_S):
                await writer.drain()
            self._tally.done["epochs"] += 1
