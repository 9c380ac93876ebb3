"""Tally: what the demo city did and what went wrong, counted; a line of it when something did."""

from __future__ import annotations

from collections import Counter


class Tally:
    """Counts of work and of trouble; `done` and `trouble` are read freely."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.trouble: Counter[str] = Counter()
        self._told: Counter[str] = Counter()

    def line(self) -> str | None:
        """Return one line on the trouble since the last call, or None if there was none."""
        fresh = self.trouble - self._told
        self._told = Counter(self.trouble)
        if not fresh:
            return None
        what = ", ".join(f"{kind} ×{count}" for kind, count in fresh.most_common(8))
        work = ", ".join(f"{count} {kind}" for kind, count in sorted(self.done.items()))
        return f"demo city: trouble since the last line: {what} (so far: {work or 'nothing done'})"
