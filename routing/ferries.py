"""Ferries: which of them carry an ambulance, and how long a crossing takes with the wait for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from routing.access import YES

Tags = Mapping[str, str]

# What must be said of a ferry before a vehicle is sent to it: most lines without a word carry people only.
CARRIES = ("emergency", "motor_vehicle", "motorcar", "vehicle", "hgv", "bus")

# A line that names no duration goes as fast as a chain or river ferry; one without an interval lets one wait.
FERRY_KMH = 10.0
WAIT_S = 600.0
LONGEST_S = 24 * 3600.0

_CLOCK = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_MINUTES = re.compile(r"(\d+(?:\.\d+)?)\s*(?:min|minutes)?")


def carries_us(tags: Tags) -> bool:
    """Say whether a way with route=ferry is said to carry vehicles."""
    return any(tags.get(key) in YES for key in CARRIES) and tags.get("access") != "no"


def duration_s(text: str) -> float | None:
    """Return a duration in seconds: "00:20", "1:30:00", "PT20M" or minutes; None for anything else."""
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        total = 3600.0 * hours + 60 * minutes + seconds
    elif text.startswith("P") and (found := _ISO.fullmatch(text)):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        total = 86400.0 * days + 3600 * hours + 60 * minutes + seconds
    elif found := _MINUTES.fullmatch(text):
        total = 60 * float(found[1])
    else:
        return None
    return total if 0 < total <= LONGEST_S else None


def crossing_s(tags: Tags, metres: float) -> float:
    """Return how long a ferry takes from shore to shore, with half its interval of waiting.

    Args:
        tags: of the line.
        metres: its length.
    """
    sails_s = duration_s(tags.get("duration", "")) or metres / (FERRY_KMH / 3.6)
    interval_s = duration_s(tags.get("interval", ""))
    return sails_s + (WAIT_S if interval_s is None else interval_s / 2)
