"""Swap: crews that change calls in one decision, so that no unit is ever in two places. Pure.

What a proposal of `dispatch.reassign` asks for is checked against the region as it is when it is taken: crews
move, arrive and are sent elsewhere while a dispatcher reads. All of the moves happen, or none.
"""

from __future__ import annotations

import math

from dispatch import events
from dispatch.assignment import Assignment, Status
from dispatch.attend import before_sending, warned_of
from dispatch.attendance import breaks_reserve, free_crews
from dispatch.commands import SwapCrews
from dispatch.events import Dated, SwapMove
from dispatch.incident import Incident
from dispatch.reassign import DANGER_TO_LIFE
from dispatch.refusal import Refusal, bad_text, kept_in_reserve, unit_busy, unknown_unit
from dispatch.region import Region

# A crew may be called off while it is notified or on its way, and no longer once it is on scene.
ON_THE_WAY: frozenset[Status] = frozenset({"notified", "acknowledged", "en_route"})


def swaps_of(region: Region, incident: str) -> int:
    """Return how often the incident's crew was taken for another call or for a nearer crew."""
    return sum(each.status == "pre_empted" for each in region.assignments_of(incident))


def swap_crews(region: Region, command: SwapCrews, now_ms: int) -> list[Dated] | Refusal:
    """Return the events of the swap: what was proposed, then every release, then every sending."""
    if refused := _refused(region, command):
        return refused
    decided = [
        Dated(
            events.CrewsSwapped(
                proposal=command.proposal,
                incidents=tuple(move.incident for move in command.moves),
                moves=command.moves,
                gain_s=command.gain_s,
                late_fewer=command.late_fewer,
            ),
            now_ms,
        )
    ]
    for move in command.moves:
        if move.assignment is not None:
            taken = region.assignments[move.assignment]
            decided.append(Dated(_pre_empted(taken, command.proposal), max(now_ms, taken.since_ms)))
    for move in command.moves:
        if move.sent is not None:
            decided += before_sending(region.incidents[move.incident], now_ms)
            decided.append(Dated(_assigned(region, move, now_ms), now_ms))
    return decided


def _refused(region: Region, command: SwapCrews) -> Refusal | None:
    """Return why nothing of it can be done, or None."""
    if not command.moves:
        return Refusal("field-missing", "the swap has no moves", {"field": "moves"})
    if refused := bad_text(proposal=command.proposal):
        return refused
    numbers = [command.gain_s, *(each for move in command.moves for each in (move.before_s, move.after_s))]
    if not all(each is None or math.isfinite(each) for each in numbers):
        return Refusal("not-a-number", "a time of the swap is not a finite number", {"field": "moves"})
    for named in (
        [move.incident for move in command.moves],
        [move.sent for move in command.moves if move.sent is not None],
    ):
        if len(set(named)) < len(named):
            return Refusal("swap-contradicts-itself", "the swap names a call or a crew twice")
    released = {move.assignment for move in command.moves if move.assignment is not None}
    for move in command.moves:
        if refused := _bad_move(region, move) or _cannot_go(region, move, released):
            return refused
    return _out_of_reserve(region, command)


def _out_of_reserve(region: Region, command: SwapCrews) -> Refusal | None:
    """Return why a major incident cannot have one more crew, or None: ordinary calls keep their reserve."""
    sent = {move.sent for move in command.moves if move.sent is not None}
    taken = {move.taken for move in command.moves if move.taken is not None}
    before = free_crews(region)
    left = before - len(sent - taken) + len(taken - sent)
    for move in command.moves:
        more = move.sent is not None and move.assignment is None
        if more and left < before and breaks_reserve(region, move.incident, left):
            return kept_in_reserve(move.sent or "")
    return None


def _bad_move(region: Region, move: SwapMove) -> Refusal | None:
    """Return why a call's crew cannot be changed like that, or None."""
    incident = region.incidents.get(move.incident)
    if incident is None:
        return Refusal(
            "unknown-incident", f"there is no incident {move.incident!r}", {"incident": move.incident}
        )
    if not incident.open:
        return Refusal(
            "already-closed",
            f"incident {incident.id} is {incident.ending}",
            {"incident": incident.id, "ending": incident.ending, "ended_at_ms": incident.ended_at_ms},
        )
    bound = [each for each in region.assignments_of(incident.id) if each.open]
    if move.assignment is None:
        if move.sent is None:
            return Refusal("field-missing", "a move neither takes nor sends a crew", {"field": "moves"})
        return _outdated(incident, bound[0]) if bound else None
    taken = next((each for each in bound if each.id == move.assignment), None)
    if taken is None or taken.unit != move.taken or taken.status not in ON_THE_WAY:
        return _outdated(incident, taken)
    if swaps_of(region, incident.id):
        return Refusal(
            "already-swapped",
            f"the crew of incident {incident.id} was changed once already",
            {"incident": incident.id},
        )
    later = move.after_s is None or move.before_s is None or move.after_s > move.before_s
    if incident.priority == DANGER_TO_LIFE and (move.sent is None or later):
        return Refusal(
            "delays-danger-to-life",
            f"incident {incident.id} is a danger to life and would be reached later",
            {"incident": incident.id, "before_s": move.before_s, "after_s": move.after_s},
        )
    return None


def _cannot_go(region: Region, move: SwapMove, released: set[str]) -> Refusal | None:
    """Return why the crew that is to be sent cannot go, or None."""
    if move.sent is None:
        return None
    unit = region.units.get(move.sent)
    if unit is None:
        return unknown_unit(move.sent)
    active = region.active_assignment(unit.id)
    if active is not None and active.id not in released:
        return unit_busy(active, move.incident)
    if unit.duty != "on":
        return Refusal(
            "unit-off-duty",
            f"unit {unit.id} cannot be sent: its duty is {unit.duty}",
            {"unit": unit.id, "duty": unit.duty},
        )
    return None


def _outdated(incident: Incident, crew: Assignment | None) -> Refusal:
    return Refusal(
        "swap-outdated",
        f"incident {incident.id} is no longer as it was proposed; ask for proposals again",
        {
            "incident": incident.id,
            "assignment": None if crew is None else crew.id,
            "state": None if crew is None else crew.status,
        },
    )


def _pre_empted(taken: Assignment, proposal: str) -> events.StatusChanged:
    return events.StatusChanged(
        assignment=taken.id,
        incident=taken.incident,
        unit=taken.unit,
        status="pre_empted",
        before=taken.status,
        why=f"proposal {proposal}",
    )


def _assigned(region: Region, move: SwapMove, now_ms: int) -> events.CrewAssigned:
    assert move.sent is not None  # noqa: S101  # asked for moves that send a crew
    unit = region.units[move.sent]
    return events.CrewAssigned(
        assignment=f"{move.incident}.{len(region.incidents[move.incident].assignments) + 1}",
        incident=move.incident,
        unit=unit.id,
        substation=unit.substation,
        crew_kind=unit.crew_kind,
        eta_s=move.after_s,
        hazards=warned_of(region, region.incidents[move.incident], now_ms),
    )
