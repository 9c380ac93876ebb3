"""What was wanted, what was measured, and whether it holds: one table at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Gate(NamedTuple):
    """One figure that is promised."""

    what: str
    wanted: str
    measured: str
    held: bool


def at_most(what: str, value: float, limit: float, unit: str, beside: str = "") -> Gate:
    """Judge a figure that must not be more than its limit; `beside` tells what it is made of."""
    return Gate(what, f"≤ {limit:g} {unit}", f"{value:.1f} {unit}{beside}", value <= limit)


def show(gates: Sequence[Gate]) -> None:
    """Print them as a table."""
    rows = [("", "what", "wanted", "measured"), *((_sign(each), *each[:3]) for each in gates)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    print("\n## gates\n")
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    failed = sum(not each.held for each in gates)
    print(f"\n{len(gates) - failed} of {len(gates)} held")


def _sign(gate: Gate) -> str:
    return "held" if gate.held else "FAILED"
