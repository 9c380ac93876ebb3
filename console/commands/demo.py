"""Run a made-up city, live, and open its console: vehicles, crews and callers are network clients.

For example:
  skoraya demo
  skoraya demo --units 120 --speed 4 --no-browser
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from console.commands.failure import Failure


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "--port",
        type=_number(0, 65535, int),
        default=8000,
        help="of the console; 0 takes a free one (default: 8000)",
    )
    add("--units", type=_number(1, 2000, int), default=60, help="ambulances, 1 to 2000 (default: 60)")
    add("--seed", type=int, default=1, help="of the city and its calls (default: 1)")
    add("--speed", type=_number(0.1, 60, float), default=1.0, help="of the one clock, 0.1 to 60 (default: 1)")
    add("--data", type=Path, metavar="DIR", help="journal, tracks and map (default: data/demo-SEED)")
    add("--no-browser", action="store_true", help="only print the address")


def run(arguments: argparse.Namespace) -> int:
    """Build the city if it is not there, start the service and the city, and serve until stopped."""
    started_s = time.monotonic()
    print("» starting", flush=True)
    # After the first word to the user, for these take a second or two to load.
    from console.demo_run import DemoOptions, run_demo  # noqa: PLC0415  # see above
    from console.host import log_to_stderr  # noqa: PLC0415  # see above
    from console.service import StartError  # noqa: PLC0415  # see above
    from dispatch.journal import JournalError  # noqa: PLC0415  # see above
    from routing.graph import MapError  # noqa: PLC0415  # see above
    from tracking.archive import ArchiveError  # noqa: PLC0415  # see above

    data = arguments.data or Path("data") / f"demo-{arguments.seed}"
    options = DemoOptions(
        port=arguments.port,
        units=arguments.units,
        seed=arguments.seed,
        speed=arguments.speed,
        data=data,
        browser=not arguments.no_browser,
    )
    log_to_stderr()
    try:
        asyncio.run(run_demo(options, started_s))
    except (StartError, JournalError, ArchiveError, MapError) as error:
        raise Failure(str(error)) from None
    except OSError as error:
        where = error.filename or data
        raise Failure(f"{where}: {error.strerror or error}; choose another folder with --data") from None
    return 0


def _number(low: float, high: float, kind: type[int | float]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return value

    return parse
