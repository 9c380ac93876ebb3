"""Advisor: keeps recommendations, proposals, outlooks and timers at hand; advises, and never acts by itself.

Every two seconds it looks at the calls that nobody has reached. The road times are asked for in a thread, so
that the feed and the commands do not wait for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.arrivals import Arrivals
from console.charts import LiveRoads
from console.views import View
from dispatch.advise import Advice, advise, look
from dispatch.asked import Accepted, Answer
from dispatch.candidate import PositionOf
from dispatch.commands import AssignCrew, SwapCrews
from dispatch.duplicate import pairs
from dispatch.engine import Engine
from dispatch.polyclinic import timed_out
from dispatch.reassign import Proposal
from dispatch.recommend import Recommendation, recommend
from dispatch.refusal import kept_in_reserve
from dispatch.soonfree import SoonFree, clear_times, soon_free
from dispatch.standby import Advised, Demand, advise_standby, coverage_of, demand_of, drives_between
from dispatch.sureroads import SureRoads
from dispatch.timers import Timer, alarms, timers
from routing.times import RoadTimes

LOOK_EVERY_S = 2.0
# What was shown is remembered: a dispatcher answers what stands on the screen, not what holds by then.
REMEMBERED = 500
# The fleet's habits change slowly.
HABITS_MS = 60_000
# And where calls come from, more slowly still.
DEMAND_MS = 3_600_000
# A mark is a hint on a row; a pulse carries so many at most, the longest first.
MOST_MARKS = 200

log = logging.getLogger("skoraya.advisor")


class Advisor:
    """Advises on one region.

    Args:
        engine: the region's engine.
        positions: the last position of each unit that has one, now.
        roads: who knows the road times.
        now_ms: the service's clock.

    Attributes:
        advice: the last proposals and outlooks.
        marks: everything that takes too long, at the last look.
        alike: calls that may tell of the same event as an older one, and which one that is.
        roads: the road times, answering whatever happens.
        arrivals: when each crew that drives will be there.
    """

    def __init__(
        self,
        engine: Engine,
        positions: Callable[[], Mapping[str, PositionOf]],
        roads: RoadTimes,
        now_ms: Callable[[], int],
    ) -> None:
        self.advice = Advice()
        self.marks: list[Timer] = []
        self.alike: dict[str, str] = {}
        self.roads = SureRoads(roads)
        self.arrivals = Arrivals(
            engine, positions, lambda: roads.current if isinstance(roads, LiveRoads) else roads, now_ms
        )
        self._engine = engine
        self._positions = positions
        self._now_ms = now_ms
        self._shown: OrderedDict[tuple[str, int], Recommendation] = OrderedDict()
        self._proposed: OrderedDict[str, Proposal] = OrderedDict()
        self._usual = clear_times(engine.region)
        self._usual_ms = 0
        self._demand: tuple[Demand, NDArray[np.bool_], NDArray[np.float64]] | None = None
        self._demand_ms = 0
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._looking = asyncio.create_task(self._look_again_and_again(), name="advisor")

    async def close(self) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    # ── one call ─────────────────────────────────────────────────────────────────────────────────────────

    def recommend(self, incident: str) -> Recommendation:
        """Rank the crews for a call as things stand now, and remember what was shown.

        Raises:
            KeyError: there is no such incident.
        """
        now_ms = self._now_ms()
        positions = self._positions()
        soon = self._soon(positions, now_ms)
        made = recommend(self._engine.region, incident, positions, self.roads, now_ms, soon=soon)
        _remember(self._shown, (incident, made.made_at_ms), made)
        return made

    async def assign(
        self,
        incident: str,
        unit: str,
        *,
        by: str,
        override_reason: str | None = None,
        shown_at_ms: int | None = None,
        shown_rank: int | None = None,
        at_ms: int | None = None,
        command_id: str | None = None,
    ) -> Answer:
        """Send a crew; store with it the ranking that the dispatcher saw, or else that of this moment.

        Args:
            incident: the call; it exists.
            unit: the crew.
            by: who sends it.
            override_reason: why another than the first, in words.
            shown_at_ms: `made_at_ms` of the recommendation on the screen.
            shown_rank: the rank beside which the dispatcher pressed, for when that one is forgotten here.
            at_ms: when it was sent, for what is entered afterwards; None: now.
            command_id: the client's id of the command.
        """
        shown = None if shown_at_ms is None else self._shown.get((incident, shown_at_ms))
        made = shown or self.recommend(incident)
        chosen = made.crew(unit)
        if chosen is not None and chosen.held and override_reason is None:
            return kept_in_reserve(unit)
        rank = None if chosen is None else chosen.rank
        if shown is None and shown_rank is not None:
            rank = shown_rank
        command = AssignCrew(
            incident=incident,
            unit=unit,
            eta_s=None if chosen is None else chosen.eta_s,
            rank=rank,
            ranking=made.evidence(),
            override_reason=override_reason,
            shown_at_ms=shown_at_ms if shown is None else shown.made_at_ms,
            at_ms=at_ms,
        )
        return await self._engine.submit(command, by=by, source="console", command_id=command_id)

    # ── all calls ────────────────────────────────────────────────────────────────────────────────────────

    async def take(self, proposal: str, *, by: str, command_id: str | None = None) -> Answer | None:
        """Take a proposal: all of its moves at once. None: it is not proposed (any more)."""
        standing = any(each.id == proposal for each in self.advice.proposals)
        # A repetition of a command that was answered is answered again, though its proposal is gone.
        known = self._proposed.get(proposal) if standing or command_id is not None else None
        if known is None or (not standing and not self._answered(by, command_id)):
            return None
        command = SwapCrews(
            proposal=known.id,
            moves=known.swap_moves(),
            gain_s=known.gain_s,
            late_fewer=known.late_fewer,
        )
        answered = await self._engine.submit(command, by=by, source="console", command_id=command_id)
        if isinstance(answered, Accepted) and not answered.repeated:
            left = tuple(each for each in self.advice.proposals if each.id != proposal)
            self.advice = msgspec.structs.replace(self.advice, proposals=left)
        return answered

    async def standby(self) -> list[Advised]:
        """Return which free crews should wait elsewhere; nothing where the region's rules have it off."""
        region, now_ms = self._engine.region, self._now_ms()
        if region.settings is None or not region.settings.standby:
            return []
        if self._demand is None or now_ms - self._demand_ms >= DEMAND_MS:
            demand = demand_of(region, now_ms)
            bases = [(base.lat_deg, base.lon_deg) for base in region.substations.values()]
            covered = await asyncio.to_thread(coverage_of, bases, region.settings.norm_s, demand, self.roads)
            drives_s = await asyncio.to_thread(drives_between, bases, self.roads)
            self._demand, self._demand_ms = (demand, covered, drives_s), now_ms
        return advise_standby(region, *self._demand)

    async def look(self) -> None:
        """Renew proposals, outlooks and marks, and raise the alarms that are due."""
        region, now_ms = self._engine.region, self._now_ms()
        positions: Mapping[str, PositionOf] | None = None
        if any(region.incidents[each].arrived_at_ms is None for each in region.open_incidents):
            positions = self._positions()
            situation = look(region, positions, self._soon(positions, now_ms), now_ms)
            self.advice = await asyncio.to_thread(advise, situation, self.roads, now_ms)
        else:  # every call is reached: nothing to hope for, and no position to be looked at
            self.advice = Advice(made_at_ms=now_ms)
        await self.arrivals.look(positions)
        for proposal in self.advice.proposals:
            _remember(self._proposed, proposal.id, proposal)
        for back in timed_out(region, self._now_ms()):
            await self._engine.submit(back, by="timers", source="engine")
        self.marks = timers(region, self._now_ms())
        self.alike = pairs(region.incidents[each] for each in region.open_incidents)
        for alarm in alarms(region, self.marks, self._now_ms()):
            await self._engine.submit(alarm, by="timers", source="engine")

    def state(self) -> View:
        """Show what snapshots and pulses carry: proposals, outlooks, arrivals, marks."""
        return {
            "proposals": proposals_view(self.advice),
            "outlooks": self.advice.outlooks,
            "arrivals": self.arrivals.view(),
            "marks": [mark_view(each) for each in self.marks[:MOST_MARKS]],
            "alike": self.alike,
        }

    def _soon(self, positions: Mapping[str, PositionOf], now_ms: int) -> list[SoonFree]:
        if now_ms - self._usual_ms >= HABITS_MS:
            self._usual, self._usual_ms = clear_times(self._engine.region), now_ms
        return soon_free(self._engine.region, positions, self._usual, now_ms)

    def _answered(self, by: str, command_id: str | None) -> bool:
        return command_id is not None and (by, command_id) in self._engine.region.answers

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Exception:  # the next look may go well; without advice, dispatching goes on
                log.exception("the advisor could not look")


def proposals_view(advice: Advice) -> list[View]:
    """Show proposals, best first; to send one free crew to one call is a recommendation, and no proposal."""
    return [
        {
            "id": each.id,
            "kind": each.kind,
            "made_at_ms": advice.made_at_ms,
            "gain_s": each.gain_s,
            "late_fewer": each.late_fewer,
            "moves": each.moves,
        }
        for each in advice.proposals
        if each.kind != "send"
    ]


def mark_view(timer: Timer) -> View:
    """Show what takes too long, for its row."""
    return {
        "name": timer.name,
        "incident": timer.incident,
        "assignment": timer.assignment,
        "unit": timer.unit,
        "since_ms": timer.since_ms,
        "over_s": round(timer.over_s, 1),
        "loud": timer.loud is not None,
    }


def _remember(memory: OrderedDict, key: object, value: object) -> None:  # type: ignore[type-arg]  # any memory
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)
