"""Re-assign: which crew should go where, over all open calls at once. Proposals for a person; pure.

Taking each call by itself sends the nearest crew and leaves the next call a far one. Here all calls that wait
or whose crew is still on its way are matched with all crews at once (`dispatch.matching`), at a cost of

    w · (ETA + 300 s if late) + w · 120 s if a crew that is on its way is changed,

w = 4, 4, 1 for the priorities 1, 2, 3, and w · (3600 s + waited) for a call that is left without a crew,
twice that for danger to life. So a change must gain two minutes before it is proposed (hysteresis), and a
call's crew is changed once at most.

What no sum can buy: a call with danger to life (priority 1) is never reached later by a proposal than as
things stand. Its crew is changed only for one that is there sooner; while it waits, it gets one that is
there as soon as the nearest free one that no earlier such call needs. Only other calls wait for crews about
to be free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.events import SwapMove
from dispatch.matching import cheapest

DANGER_TO_LIFE = 1

Kind = Literal["send", "swap", "turn_around"]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the costs are made of; the defaults are those of the module's text.

    Attributes:
        weights: of the priorities 1, 2, 3.
        late_s: what arriving after the norm costs.
        change_s: what changing a crew that is on its way costs: the gain below which nothing is proposed.
        alone_s: what leaving a call without a crew costs, beside the time that it has waited.
    """

    weights: tuple[float, float, float] = (4.0, 4.0, 1.0)
    late_s: float = 300.0
    change_s: float = 120.0
    alone_s: float = 3600.0


RULES = Rules()


class OpenCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that nobody has reached yet.

    Attributes:
        waited_s: since the call.
        left_s: until the norm ends; negative when it has.
        crew: the unit that is on its way, or None; assignment: what binds it.
        settled: its crew stays: it was changed once already, is nearly there, or is not surely known.
    """

    incident: str
    priority: int
    waited_s: float
    left_s: float
    crew: str | None = None
    assignment: str | None = None
    settled: bool = False


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What changes for one call.

    Attributes:
        taken: the crew that is called off, and `assignment`, what bound it; None for a call that waits.
        sent: the crew that goes instead; None when the call waits (again).
        expected: for a call that waits again: the crew that is about to be free for it, if any.
        before_s: until a crew is there as things stand: the one on its way, else the nearest free one that no
            graver or earlier call needs; None when there is none.
        after_s: until `sent`, or `expected`, is there; None when nobody is.
    """

    incident: str
    priority: int
    taken: str | None = None
    assignment: str | None = None
    sent: str | None = None
    expected: str | None = None
    before_s: float | None = None
    after_s: float | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Moves that belong together: one crew released here is sent there.

    Attributes:
        id: the same as long as the same crews are to make the same moves.
        kind: "send" (only calls that wait get free crews), "swap" (a nearer crew takes over, and nobody else
            is touched), "turn_around" (a crew on its way goes to another call).
        gain_s: by how much crews are there sooner, summed over the calls that have both times.
        late_fewer: how many calls fewer are reached after the norm (a call without a crew counts as late).
    """

    id: str
    kind: Kind
    moves: tuple[Move, ...]
    gain_s: float
    late_fewer: int

    def swap_moves(self) -> tuple[SwapMove, ...]:
        """Return the moves as the command that takes the proposal wants them."""
        return tuple(
            SwapMove(
                incident=move.incident,
                taken=move.taken,
                assignment=move.assignment,
                sent=move.sent,
                before_s=move.before_s,
                after_s=move.after_s,
            )
            for move in self.moves
        )


def reassign(
    calls: Sequence[OpenCall],
    units: Sequence[str],
    eta_s: NDArray[np.float64],
    soon: Collection[str] = (),
    rules: Rules = RULES,
) -> list[Proposal]:
    """Return what to change, best first; nothing where things are well as they stand.

    Args:
        calls: that nobody has reached; see `OpenCall`.
        units: free crews, crews on their way to one of the calls, and crews about to be free.
        eta_s: [calls, units] seconds until the crew is there; infinite where it must not be sent.
        soon: those of the units that are about to be free: they can be waited for, and not sent.
        rules: what things cost.
    """
    column = {unit: number for number, unit in enumerate(units)}
    bound = {call.crew for call in calls if call.crew is not None}
    settled = {call.crew for call in calls if call.settled and call.crew is not None}
    # A crew whose time to its own call is not known is left alone: the change could not be judged.
    rows = [
        row
        for row, call in enumerate(calls)
        if not (call.crew is not None and (call.settled or not _known(eta_s, row, column.get(call.crew))))
    ]
    open_calls = [calls[row] for row in rows]
    fixed = settled | (bound - {call.crew for call in open_calls})
    usable = [number for number, unit in enumerate(units) if unit not in fixed]
    names = [units[number] for number in usable]
    if not rows or not names:
        return []
    times_s = eta_s[np.ix_(rows, usable)]
    free = np.array([unit not in bound and unit not in soon for unit in names])
    waiting_for = np.array([unit in soon for unit in names])
    at = {unit: number for number, unit in enumerate(names)}
    before_s = _before(open_calls, times_s, free, at)
    cost = _costs(open_calls, times_s, waiting_for, at, before_s, rules)
    chosen = cheapest(cost)
    moves = []
    for row, call in enumerate(open_calls):
        number = int(chosen[row])
        unit = names[number] if number < len(names) else None
        if unit == call.crew:
            continue
        hold = unit is not None and unit in soon
        moves.append(
            Move(
                incident=call.incident,
                priority=call.priority,
                taken=call.crew,
                assignment=call.assignment,
                sent=None if hold else unit,
                expected=unit if hold else None,
                before_s=before_s[row],
                after_s=None if unit is None else float(times_s[row, number]),
            )
        )
    left_s = {call.incident: call.left_s for call in open_calls}
    proposals = [_proposal(group, left_s) for group in _together(moves)]
    return sorted(proposals, key=lambda each: (-each.late_fewer, -each.gain_s, each.id))


def _known(eta_s: NDArray[np.float64], row: int, column: int | None) -> bool:
    return column is not None and bool(np.isfinite(eta_s[row, column]))


def _before(
    calls: Sequence[OpenCall],
    times_s: NDArray[np.float64],
    free: NDArray[np.bool_],
    at: Mapping[str, int],
) -> list[float | None]:
    """Return when each call is reached as things stand: by its crew, else by the nearest free one."""
    before_s: list[float | None] = [None] * len(calls)
    left = free.copy()
    order = sorted(range(len(calls)), key=lambda row: (calls[row].priority, -calls[row].waited_s))
    for row in order:
        crew = calls[row].crew
        if crew is not None:
            before_s[row] = float(times_s[row, at[crew]])
            continue
        possible = np.where(left, times_s[row], np.inf)
        number = int(possible.argmin())
        if np.isfinite(possible[number]):
            before_s[row] = float(possible[number])
            left[number] = False
    return before_s


def _costs(  # noqa: PLR0917  # arrays and indices of one matrix; they belong together
    calls: Sequence[OpenCall],
    times_s: NDArray[np.float64],
    soon: NDArray[np.bool_],
    at: Mapping[str, int],
    before_s: Sequence[float | None],
    rules: Rules,
) -> NDArray[np.float64]:
    """Return [calls, units + calls]: what each pair costs, and, behind the units, being left alone."""
    weight = np.array([rules.weights[call.priority - 1] for call in calls])
    left_s = np.array([call.left_s for call in calls])
    cost = times_s + rules.late_s * (times_s > left_s[:, None])
    alone = np.full((len(calls), len(calls)), np.inf)
    for row, call in enumerate(calls):
        changed_s = 0.0
        if call.crew is not None:
            changed_s = rules.change_s
            own = at[call.crew]
            kept = cost[row, own]
            cost[row] += changed_s
            cost[row, own] = kept
        limit_s = before_s[row]
        if call.priority == DANGER_TO_LIFE:
            cost[row, soon] = np.inf
            if limit_s is not None:  # never later than as things stand, whatever the sum
                cost[row, times_s[row] > limit_s] = np.inf
                continue
        alone[row, row] = rules.alone_s + call.waited_s + changed_s
        if call.priority == DANGER_TO_LIFE:  # it has none: a crew on its way elsewhere goes there first
            alone[row, row] *= 2
    return np.asarray(weight[:, None] * np.hstack([cost, alone]), dtype=np.float64)


def _together(moves: Sequence[Move]) -> list[list[Move]]:
    """Group the moves that share a crew; drop the groups in which nobody is sent."""
    groups: list[tuple[set[str], list[Move]]] = []
    for move in moves:
        units = {unit for unit in (move.taken, move.sent) if unit is not None}
        own = [move]
        apart = []
        for others, members in groups:
            if others & units:
                units |= others
                own += members
            else:
                apart.append((others, members))
        groups = [*apart, (units, own)]
    return [members for _, members in groups if any(move.sent is not None for move in members)]


def _proposal(moves: list[Move], left_s: Mapping[str, float]) -> Proposal:
    moves.sort(key=lambda move: (move.priority, move.incident))
    taken = {move.taken for move in moves if move.taken is not None}
    kind: Kind = "send"
    if taken:
        kind = "turn_around" if any(move.sent in taken for move in moves) else "swap"
    gain_s, late_fewer = 0.0, 0
    for move in moves:
        if move.before_s is not None and move.after_s is not None:
            gain_s += move.before_s - move.after_s
        late_fewer += _late(move.before_s, left_s[move.incident]) - _late(move.after_s, left_s[move.incident])
    text = ";".join(f"{move.incident}:{move.taken}>{move.sent}" for move in moves)
    return Proposal(
        id=hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
        kind=kind,
        moves=tuple(moves),
        gain_s=round(gain_s, 1),
        late_fewer=late_fewer,
    )


def _late(eta_s: float | None, left_s: float) -> bool:
    return eta_s is None or eta_s > left_s
