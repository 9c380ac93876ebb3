"""Number: a number above zero as a person types it, checked."""

from __future__ import annotations

import argparse
import math

MOST = 1e6  # of minutes two years; of anything else more than can be meant


def above_zero(text: str, *, what: str) -> float:
    """Return a number above 0 and at most `MOST`; `what` says in a refusal what is wanted."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no {what}")
    return value
