"""Timetable: which arcs are shut at a local time: ferries, bridges, winter roads and turns by the hour.

A map names its rules as texts, "open SCHEDULE" or "shut SCHEDULE", and which arcs keep which rule. Where no
time is known, a rule stands as it does for most of the year.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.graph import RoadGraph
from routing.hours import holds, mostly, schedule


def open_while(hours: str) -> str:
    """Return the rule of what is open at a schedule and shut at all other times."""
    return f"open {hours}"


def shut_while(hours: str) -> str:
    """Return the rule of what is shut at a schedule and open at all other times."""
    return f"shut {hours}"


def is_shut(rule: str, local: dt.datetime | None) -> bool:
    """Say whether what keeps this rule is shut.

    A rule that nobody can read shuts: it is never promised. On a day that may be a holiday, what is shut on
    holidays or on other days is shut.

    Args:
        rule: as `open_while` and `shut_while` give it.
        local: local time, without its zone; None where it is not known.
    """
    word, _, hours = rule.partition(" ")
    rules = schedule(hours)
    if rules is None or word not in ("open", "shut"):
        return True
    if local is None:
        return mostly(rules) == (word == "shut")
    within = {holds(rules, local, festive=festive) for festive in (False, True)}
    return (word == "shut") in within


def state(graph: RoadGraph, local: dt.datetime | None) -> tuple[bool, ...]:
    """Return which rules of a map shut their arcs now; while it stays the same, so do the arcs."""
    return tuple(is_shut(rule, local) for rule in graph.rules)


def shut_arcs(graph: RoadGraph, local: dt.datetime | None) -> NDArray[np.int64]:
    """Return the arcs that are shut at a local time, in no order."""
    if len(graph.timed_arc) == 0:
        return np.zeros(0, dtype=np.int64)
    shut: NDArray[Any] = np.array(state(graph, local), dtype=bool)
    arcs: NDArray[np.int64] = graph.timed_arc[shut[graph.timed_rule]].astype(np.int64)
    return arcs
