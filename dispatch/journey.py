"""Journey: a transfer between hospitals or a planned ride, which is due at an hour and not at once. Pure.

It stands in a queue of its own until shortly before it is due, and then among the calls, behind every
emergency of a graver priority. Its norm runs from when it is due.
"""

from __future__ import annotations

from typing import Literal

import msgspec

JourneyKind = Literal["transfer", "planned"]
# A journey can be asked for so far ahead.
FARTHEST_MS = 92 * 86_400_000


class Journey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What it is.

    Attributes:
        due_ms: when the crew is to be with the patient.
        hospital: id of the hospital that it goes to, where it goes to one.
    """

    kind: JourneyKind
    due_ms: int
    hospital: str | None = None
