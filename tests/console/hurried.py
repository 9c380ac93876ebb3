"""`python -m tests.console.hurried SPEED --config FILE`: the real service on a clock that runs faster.

For tests in which minutes must pass: the service's time is what every recorded time is written in.
"""

from __future__ import annotations

import argparse
import functools
import sys

import console.clock
from console.clock import Clock, wall_ms
from console.commands import serve


def main() -> int:
    """Serve with a fast clock until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("speed", type=float)
    serve.configure(parser)
    arguments = parser.parse_args()
    now_ms = wall_ms()
    # `serve` takes its clock from here; nothing else of the service differs.
    console.clock.Clock = functools.partial(Clock, now_ms, now_ms, arguments.speed)  # type: ignore[misc, assignment]  # a class that is called alike
    return serve.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
