"""Turns: restriction relations → the turns that a junction forbids.

Restrictions bind an ambulance here with or without siren, unless the relation itself excepts it. Those by a
way (`via` is a way) and those by the hour (`restriction:conditional`) are counted but not applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

End = tuple[int, int]
"""One end of an edge at a junction: (edge, 0 for its tail or 1 for its head)."""

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

# `except` may name the vehicles that a restriction does not bind; an ambulance is one of these.
EXCEPTED = frozenset({"emergency", "ambulance"})


class Restriction(NamedTuple):
    """One restriction at one node."""

    meaning: str  # "no" or "only"
    starts: tuple[int, ...]  # OSM ways from which one comes
    via: int  # OSM node
    ends: tuple[int, ...]  # OSM ways to which one goes


def restriction(tags: Mapping[str, str], members: Iterable[tuple[str, str, int]]) -> Restriction | None:
    """Read a relation; None where it does not bind an ambulance or is of a shape that is not applied.

    Args:
        tags: the relation's tags.
        members: (role, type: n, w or r, OSM id).
    """
    meaning = MEANINGS.get(tags.get("restriction", ""))
    excepted = {vehicle.strip() for vehicle in tags.get("except", "").split(";")}
    if meaning is None or excepted & EXCEPTED:
        return None
    roles: dict[str, list[tuple[str, int]]] = {"from": [], "via": [], "to": []}
    for role, kind, number in members:
        roles.setdefault(role, []).append((kind, number))
    via = roles["via"]
    starts, ends = (tuple(number for kind, number in roles[role] if kind == "w") for role in ("from", "to"))
    if len(via) != 1 or via[0][0] != "n" or not starts or not ends:
        return None
    return Restriction(meaning, starts, via[0][1], ends)


def forbidden_turns(
    restrictions: Sequence[Restriction], ends_at: Mapping[int, Sequence[tuple[End, int]]]
) -> tuple[set[tuple[End, End]], int]:
    """Return the forbidden (end arrived by, end left by), and how many restrictions were applied.

    Args:
        restrictions: as read.
        ends_at: for each OSM node that is split, the ends that meet there, each with its OSM way.

    A restriction whose ways do not both meet its node is not applied: the extract is cut there, the way is
    none that we use, or the relation is broken. Where a way passes through the node instead of ending there,
    both of its ends are meant; from a way to itself (a U-turn), only an end to itself is.
    """
    forbidden: set[tuple[End, End]] = set()
    applied = 0
    for rule in restrictions:
        at = ends_at.get(rule.via, ())
        starts = [end for end, way in at if way in rule.starts]
        ends = [end for end, way in at if way in rule.ends]
        if not starts or not ends:
            continue
        applied += 1
        for start in starts:
            if rule.meaning == "no":
                u_turn = bool(set(rule.starts) & set(rule.ends))
                targets = [end for end in ends if (end == start) == u_turn]
            else:
                targets = [end for end, _ in at if end not in ends and end != start]
            forbidden.update((start, end) for end in targets)
    return forbidden, applied
