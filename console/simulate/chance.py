"""Chance: repeatable randomness, one stream for each thing that is left to it."""

from __future__ import annotations

import random


def chance(seed: int, *about: object) -> random.Random:
    """Return the stream of the demo's `seed` that is about `about` alone: nothing else draws from it.

    So what one crew does depends neither on the number of the others nor on the order in which they act.
    """
    text = ":".join(str(part) for part in (seed, *about))
    return random.Random(text)  # noqa: S311  # a made-up city, not a secret
