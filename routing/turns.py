"""Turns: restriction relations → the manoeuvres that are forbidden, and when.

Restrictions bind an ambulance here with or without siren, unless the relation itself excepts it. A manoeuvre
is the run of directed pieces of road that is not to be driven: two pieces for a restriction at a node, more
where `via` is a way or several. `only_*` over a way binds whoever has entered that way from `from`: it
forbids to leave it otherwise than to `to` (as OSRM reads it), not to turn off before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from routing.hours import schedule

End = tuple[int, int]
"""One end of an edge at a junction: (edge, 0 for its tail or 1 for its head)."""

Move = tuple[int, int]
"""An edge driven one way: (edge, 0 as it is drawn or 1 against it)."""

# restriction=* → whether the named turn is the forbidden one (no_*), or the only allowed one (only_*).
MEANINGS = {
    "no_left_turn": "no",
    "no_right_turn": "no",
    "no_straight_on": "no",
    "no_u_turn": "no",
    "no_entry": "no",
    "no_exit": "no",
    "only_left_turn": "only",
    "only_right_turn": "only",
    "only_straight_on": "only",
    "only_u_turn": "only",
}
KEYS = ("restriction", "restriction:vehicle", "restriction:motor_vehicle", "restriction:motorcar")

# `except` may name the vehicles that a restriction does not bind; an ambulance is one of these.
EXCEPTED = frozenset({"emergency", "ambulance", "vehicle", "motor_vehicle", "motorcar"})

# Conditions on vehicles larger than an ambulance: "weight>7.5" never holds for it.
LARGER = {"weight": 3.5, "weightrating": 3.5, "length": 7.0, "height": 2.8, "width": 2.2, "axles": 2.0}
_CLAUSE = re.compile(r"([^@;]+)@\s*(\([^()]*\)|[^;()]+)\s*(?:;|\Z)")
_SIZE = re.compile(r"(\w+)\s*(>=?)\s*(\d+(?:\.\d+)?)")

# The old way to write hours, before `restriction:conditional`.
OLD_HOURS = ("day_on", "day_off", "hour_on", "hour_off")

PATH_LIMIT = 64  # pieces of road that a via way may have between its junctions


class Restriction(NamedTuple):
    """One restriction at one node, or over one way or several."""

    meaning: str  # "no" or "only"
    starts: tuple[int, ...]  # OSM ways from which one comes
    via: int  # OSM node; -1 where the restriction leads over ways
    ends: tuple[int, ...]  # OSM ways to which one goes
    ways: tuple[int, ...] = ()  # OSM ways over which it leads
    hours: str = ""  # the schedule at which it holds; "": always
    side: int = 0  # -1 for a turn to the left, 1 for one to the right, 0 where it names no side


def restrictions(
    tags: Mapping[str, str], members: Iterable[tuple[str, str, int]]
) -> tuple[list[Restriction], list[str]]:
    """Read a relation: what of it binds an ambulance, and the conditions that were not understood.

    A condition that is not understood is taken to hold always: a turn is promised only where it is allowed.

    Args:
        tags: the relation's tags.
        members: (role, type: n, w or r, OSM id).
    """
    excepted = {vehicle.strip() for vehicle in re.split(r"[;,]", tags.get("except", ""))}
    if excepted & EXCEPTED:
        return [], []
    roles: dict[str, list[tuple[str, int]]] = {"from": [], "via": [], "to": []}
    for role, kind, number in members:
        roles.setdefault(role, []).append((kind, number))
    starts, ends = (tuple(number for kind, number in roles[role] if kind == "w") for role in ("from", "to"))
    kinds = {kind for kind, _ in roles["via"]}
    via = tuple(number for _, number in roles["via"])
    if not starts or not ends or not (kinds == {"w"} or (kinds == {"n"} and len(via) == 1)):
        return [], []
    found, unknown = [], []
    for name, condition in _named(tags):
        hours = _hours(condition) if condition else ""
        if hours is None:
            continue
        if hours and schedule(hours) is None:
            unknown.append(condition)
            hours = ""
        by_node = kinds == {"n"}
        found.append(
            Restriction(
                MEANINGS[name],
                starts,
                via[0] if by_node else -1,
                ends,
                () if by_node else via,
                hours,
                -1 if "left" in name else 1 if "right" in name else 0,
            )
        )
    return found, unknown


def _named(tags: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Yield (a key of MEANINGS, the condition or "") of each thing that a relation forbids."""
    for key in KEYS:
        if (name := tags.get(key, "")) in MEANINGS:
            yield name, _old_hours(tags)
        for clause in _CLAUSE.finditer(tags.get(f"{key}:conditional", "")):
            if (name := clause[1].strip()) in MEANINGS:
                yield name, clause[2].strip().removeprefix("(").removesuffix(")").strip()


def _old_hours(tags: Mapping[str, str]) -> str:
    days, hours = ((tags.get(f"{what}_on"), tags.get(f"{what}_off")) for what in ("day", "hour"))
    text = f"{days[0][:2]}-{days[1][:2]} " if days[0] and days[1] else ""
    return text + (f"{hours[0]}-{hours[1]}" if hours[0] and hours[1] else "")


def _hours(condition: str) -> str | None:
    """Return the part of a condition that is about time; None where the rest of it never holds for us."""
    parts = [part.strip() for part in re.split(r"\s+AND\s+", condition, flags=re.IGNORECASE)]
    left = []
    for part in parts:
        size = _SIZE.fullmatch(part)
        if size is None:
            left.append(part)
        elif float(size[3]) >= LARGER.get(size[1], float("inf")):
            return None
    return " ".join(left)


Patterns = dict[tuple[Move, ...], set[str]]
"""Each forbidden manoeuvre, with the schedules at which it is; "" is always."""


def forbidden(
    rules: Sequence[Restriction],
    ends_at: Callable[[int], Sequence[tuple[End, int]]],
    way_ends: Mapping[int, tuple[int, int]],
    other_end: Callable[[End], int],
) -> tuple[Patterns, int]:
    """Return the forbidden manoeuvres, and how many restrictions were applied.

    A restriction whose ways do not meet is not applied: the extract is cut there, the way is none that we
    use, or the relation is broken. Where a way passes through the node instead of ending there, both of its
    ends are meant; from a way to itself (a U-turn), only an end to itself is.

    Args:
        rules: as read.
        ends_at: the ends that meet at an OSM node, each with its OSM way; none where no road passes.
        way_ends: the first and the last OSM node of each way over which a restriction leads.
        other_end: the OSM node at the other end of the edge of an end.
    """
    patterns: Patterns = {}
    applied = 0
    for rule in rules:
        found = _at_node(rule, ends_at) if rule.via >= 0 else _over_ways(rule, ends_at, way_ends, other_end)
        if found is None:
            continue
        applied += 1
        for pattern in found:
            patterns.setdefault(pattern, set()).add(rule.hours)
    return patterns, applied


def _into(end: End) -> Move:
    """Return the move that arrives by an end."""
    return end[0], 1 - end[1]


def _at_node(
    rule: Restriction, ends_at: Callable[[int], Sequence[tuple[End, int]]]
) -> list[tuple[Move, ...]] | None:
    at = ends_at(rule.via)
    starts = [end for end, way in at if way in rule.starts]
    ends = [end for end, way in at if way in rule.ends]
    if not starts or not ends:
        return None
    found: list[tuple[Move, ...]] = []
    u_turn = bool(set(rule.starts) & set(rule.ends))
    for start in starts:
        if rule.meaning == "no":
            targets = [end for end in ends if (end == start) == u_turn]
        else:
            targets = [end for end, _ in at if end not in ends and end != start]
        found += [(_into(start), target) for target in targets]
    return found


def _over_ways(
    rule: Restriction,
    ends_at: Callable[[int], Sequence[tuple[End, int]]],
    way_ends: Mapping[int, tuple[int, int]],
    other_end: Callable[[End], int],
) -> list[tuple[Move, ...]] | None:
    """Return the manoeuvres from each start over the chain of ways to what is forbidden behind it."""
    found: list[tuple[Move, ...]] = []
    met = False
    for begin in {node for way in rule.ways for node in way_ends.get(way, ())}:
        starts = [end for end, way in ends_at(begin) if way in rule.starts]
        if not starts:
            continue
        for moves, last in _chains(begin, rule.ways, ends_at, way_ends, other_end):
            at = ends_at(last)
            ends = [end for end, way in at if way in rule.ends]
            if not ends:
                continue
            met = True
            back = moves[-1][0], 1 - moves[-1][1]  # the end by which the last way arrives
            if rule.meaning == "no":
                targets = [end for end in ends if end != back]
            else:
                targets = [end for end, _ in at if end not in ends and end != back]
            found += [(_into(start), *moves, target) for start in starts for target in targets]
    return found if met else None


def _chains(
    begin: int,
    ways: tuple[int, ...],
    ends_at: Callable[[int], Sequence[tuple[End, int]]],
    way_ends: Mapping[int, tuple[int, int]],
    other_end: Callable[[End], int],
) -> list[tuple[tuple[Move, ...], int]]:
    """Return each run of moves from a node over all of the ways, each from end to end, and where it ends."""
    if not ways:
        return [((), begin)]
    found = []
    for way in ways:
        nodes = way_ends.get(way)
        if nodes is None or begin not in nodes or nodes[0] == nodes[1]:
            continue
        stop = nodes[1] if nodes[0] == begin else nodes[0]
        moves = _along(begin, stop, way, ends_at, other_end)
        if moves:
            rest = tuple(other for other in ways if other != way)
            found += [
                ((*moves, *more), last) for more, last in _chains(stop, rest, ends_at, way_ends, other_end)
            ]
    return found


def _along(
    begin: int,
    stop: int,
    way: int,
    ends_at: Callable[[int], Sequence[tuple[End, int]]],
    other_end: Callable[[End], int],
) -> tuple[Move, ...]:
    """Return the moves along one way from one of its ends to the other; none where it is not whole."""
    moves: list[Move] = []
    node = begin
    while node != stop and len(moves) < PATH_LIMIT:
        onward = [end for end, of in ends_at(node) if of == way and (not moves or end != _back(moves[-1]))]
        if len(onward) != 1:
            return ()
        moves.append(onward[0])
        node = other_end(onward[0])
    return tuple(moves) if node == stop else ()


def _back(move: Move) -> End:
    """Return the end by which a move arrives."""
    return move[0], 1 - move[1]
