"""Autopilot: sends the first recommended crew to calls that wait. Shell: asks the service."""

from __future__ import annotations

import msgspec

from console.simulate.chance import chance
from console.simulate.city import Incident
from console.simulate.service import RefusedError
from console.simulate.world import World

PATIENCE_S = (15.0, 40.0)  # a dispatcher reads before sending; a person has the time to be first
AGAIN_S = (10.0, 25.0)
LOOK_REAL_S = 0.5


class _Crew(msgspec.Struct):
    unit: str
    rank: int


class _Recommendation(msgspec.Struct):
    crews: list[_Crew] = []


class Autopilot:
    """Looks at the waiting calls, danger to life first; does nothing at all while switched off."""

    def __init__(self, world: World) -> None:
        self._token, self._seed = world.plan.autopilot_token, world.seed
        self._service, self._city, self._clock, self._tally = (
            world.service,
            world.city,
            world.clock,
            world.tally,
        )
        self._not_before_ms: dict[str, float] = {}
        self._tries = 0

    async def run(self) -> None:
        """Act until cancelled."""
        while True:
            await self._clock.sleep(LOOK_REAL_S * self._clock.speed)
            self._not_before_ms = {
                incident: at_ms
                for incident, at_ms in self._not_before_ms.items()
                if incident in self._city.incidents
            }
            while (incident := self._next()) is not None:
                await self._send(incident)

    def _next(self) -> Incident | None:
        """Return the call to act on now, if any."""
        if not self._city.autopilot:
            return None
        now_ms = self._clock.now_ms()
        return next((each for each in self._city.waiting() if now_ms >= self._ripe_ms(each)), None)

    def _ripe_ms(self, incident: Incident) -> float:
        if incident.id not in self._not_before_ms:
            patience_s = chance(self._seed, "autopilot", incident.id).uniform(*PATIENCE_S)
            self._not_before_ms[incident.id] = incident.created_at_ms + patience_s * 1000
        return self._not_before_ms[incident.id]

    async def _send(self, incident: Incident) -> None:
        """Send the first recommended crew; whatever comes of it, leave the call alone for a while."""
        self._tries += 1
        rng = chance(self._seed, "again", self._tries)
        self._not_before_ms[incident.id] = self._clock.now_ms() + rng.uniform(*AGAIN_S) * 1000
        path = f"/api/incidents/{incident.id}"
        try:
            answer = await self._service.ask("GET", f"{path}/recommendation", self._token)
            crews = msgspec.json.decode(answer, type=_Recommendation).crews
            first = min(crews, key=lambda crew: crew.rank, default=None)
            # A person may have acted, or switched the autopilot off, while the answer was on its way.
            now = self._city.incidents.get(incident.id)
            if first is None or not self._city.autopilot or now is None or now.phase != "waiting":
                return
            command_id = f"demo-autopilot-{incident.id}-{self._clock.now_ms()}"
            body: dict[str, object] = {"unit": first.unit, "command_id": command_id}
            await self._service.ask("POST", f"{path}/assignments", self._token, body)
        except (RefusedError, msgspec.DecodeError):
            return
        self._tally.done["crews sent"] += 1
