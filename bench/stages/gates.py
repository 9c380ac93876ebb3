"""What a bench found against what was promised: one line each, its limit, and whether it holds."""

from __future__ import annotations

import os


class Gates:
    """Collects figures with their limits and prints them as a table."""

    def __init__(self) -> None:
        """Nothing has been found yet."""
        self._rows: list[tuple[str, str, str, str]] = []

    def at_most(self, what: str, found: float, limit: float, unit: str = "", digits: int = 1) -> None:
        """Note a figure that must not pass its limit."""
        verdict = "pass" if found <= limit else "FAIL"
        self._rows.append((what, f"{found:,.{digits}f} {unit}", f"≤ {limit:g} {unit}", verdict))

    def note(self, what: str, found: str) -> None:
        """Note a figure that nothing was promised of."""
        self._rows.append((what, found, "", ""))

    def show(self) -> None:
        """Print the table, and how busy the machine was."""
        heads = ("what", "found", "limit", "")
        wide = [max(len(row[i]) for row in (heads, *self._rows)) for i in range(4)]
        for row in (heads, *self._rows):
            print(f"  {row[0]:<{wide[0]}}  {row[1]:>{wide[1]}}  {row[2]:>{wide[2]}}  {row[3]}")
        print(f"  load while it ran (1 and 5 min): {os.getloadavg()[0]:.1f}, {os.getloadavg()[1]:.1f}")
