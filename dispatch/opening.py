"""Opening: whether a hospital takes patients, who says so, and until when.

What nobody renews ends by itself: a hospital that was closed for a shift is open again when the shift is
over, and nobody is driven past it because somebody forgot a switch.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

State = Literal["open", "restricted", "closed"]
STATES: tuple[State, ...] = get_args(State)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a hospital takes.

    Attributes:
        refuses: with "restricted": the capabilities that it does not offer now.
        until_ms: when it ends by itself; None for "open", which needs no end.
        by: who said so; since_ms: when.
    """

    hospital: str
    state: State = "open"
    refuses: tuple[str, ...] = ()
    until_ms: int | None = None
    why: str | None = None
    by: str = ""
    since_ms: int = 0

    def as_of(self, now_ms: int) -> Opening:
        """Return how it stands at an instant: itself, or open when it has ended."""
        ended = self.until_ms is not None and now_ms >= self.until_ms
        return Opening(hospital=self.hospital) if ended else self
