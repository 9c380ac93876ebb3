"""Condition: how a patient is, as the caller answers: conscious, breathing normally? Pure.

Both questions come first on every call: a person who is not conscious and does not breathe normally, or of
whom nobody can say it, gets resuscitation instructions at once (the "no, no, go" of telephone CPR; American
Heart Association, Circulation 2020;141:e686). An answer can raise a call's priority and never lowers it.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Answer = Literal["yes", "no", "unknown"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)

# How a patient is compared with the last time that somebody spoke with the caller.
Change = Literal["better", "same", "worse"]
CHANGES: tuple[Change, ...] = get_args(Change)

DANGER_TO_LIFE = 1


class Condition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The last answers; None is a question that was not asked.

    Attributes:
        conscious: does the patient answer?
        breathing: does the patient breathe normally? Gasping is "no".
    """

    conscious: Answer | None = None
    breathing: Answer | None = None

    @property
    def arrest(self) -> bool:
        """Whether to resuscitate until somebody who is there knows better."""
        return self.conscious == "no" and self.breathing in ("no", "unknown")

    @property
    def priority(self) -> int | None:
        """The priority that the answers demand at least, or None: they demand none."""
        return DANGER_TO_LIFE if "no" in (self.conscious, self.breathing) else None


def after(before: Condition | None, answered: Condition) -> Condition:
    """Return what is known after an answer: what was not asked again stays."""
    known = before or Condition()
    return Condition(
        conscious=answered.conscious or known.conscious, breathing=answered.breathing or known.breathing
    )
