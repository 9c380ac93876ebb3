"""`make bench`: run every bench, or those that are named: `make bench routing`."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from pathlib import Path

from bench.gates import Gate, show

BENCHES = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if path.stem not in {"__init__", "__main__", "gates", "roadgraphs", "screenshots"}
)


def main(names: list[str]) -> int:
    """Run the named benches; return 2 for a name that is none."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"there is no bench {unknown[0]!r}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; read the ratios, for seconds drift")
    # `dispatch` means dispatch_advice and dispatch_simulation too.
    wanted = [
        bench
        for bench in BENCHES
        if not names or any(bench == name or bench.startswith(f"{name}_") for name in names)
    ]
    judged: list[Gate] = []
    for name in wanted:
        print(f"\n## {name}\n", flush=True)
        judged += importlib.import_module(f"bench.{name}").main() or []  # not every bench judges itself
    if judged:
        show(judged)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
