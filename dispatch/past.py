"""The past: a region as it was known at any instant, rebuilt from the nearest snapshot and the journal."""

from __future__ import annotations

import time

from dispatch.journal import Journal
from dispatch.region import Region
from dispatch.snapshot import Snapshots

# Folding holds the interpreter's lock; after so many entries everyone else has a turn.
TURN = 500


def rebuilt(journal: Journal, snapshots: Snapshots, region: str, at_ms: int) -> Region:
    """Return the region as it was known at `at_ms` (ms since 1970 UTC): the fold of all learned by then.

    What happened earlier and was told later is not in it: nobody knew it then.

    Raises:
        JournalError: the journal cannot be read.
    """
    fold = snapshots.load(journal, region, learned_by_ms=at_ms)
    for envelope in journal.read(region, fold.seq):
        if envelope.learned_ms > at_ms:
            break
        fold.apply(envelope)
        if fold.seq % TURN == 0:
            time.sleep(0)
    return fold
