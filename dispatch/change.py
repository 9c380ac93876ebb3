"""Change: one cell against another, figure by figure, and whether chance alone may make it so. Pure."""

from __future__ import annotations

import msgspec

from dispatch.confidence import is_noise
from dispatch.measure import Cell

# Lengths that are compared; only the first two have a confidence of their own.
LENGTHS = ("p50", "p90", "p95", "mean", "max")


class Change(msgspec.Struct, frozen=True):
    """How a figure differs from what it was.

    Attributes:
        by: now less then: seconds, a share, or a count.
        noise: chance alone may make it; None where that is not known.
    """

    by: float
    noise: bool | None


def changes(now: Cell, then: Cell) -> dict[str, Change]:
    """Return the change of each figure that both cells have.

    Shares by a two-proportion z-test; p50 and p90 by whether their confidence intervals meet, which finds a
    little less than a test of its own would; counts as Poisson's: two deviations of their difference.
    A mean or a maximum has no confidence here: its change is shown and not judged.
    """
    found = {"n": Change(now.n - then.n, (now.n - then.n) ** 2 <= 4 * (now.n + then.n))}
    if now.within_norm is not None and then.within_norm is not None:
        found["within_norm"] = Change(
            round(now.within_norm - then.within_norm, 5),
            is_noise((now.within, now.n), (then.within, then.n)),
        )
    for figure in LENGTHS:
        value, was = getattr(now, figure), getattr(then, figure)
        if value is not None and was is not None:
            found[figure] = Change(round(value - was, 3), _may_be_equal(now, then, figure))
    return found


def _may_be_equal(now: Cell, then: Cell, figure: str) -> bool | None:
    if figure not in {"p50", "p90"}:
        return None
    one, other = getattr(now, f"{figure}_ci"), getattr(then, f"{figure}_ci")
    if one is None or other is None:
        return True
    return bool(one[0] <= other[1] and other[0] <= one[1])
