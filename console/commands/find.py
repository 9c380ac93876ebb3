"""Look an address or a place up in a built map; prints a JSON list, best first.

Streets may be typed with or without "ул.", begun, mistyped or in Latin letters; a crossing as "Ленина /
Садовая". A house that is not on file is answered by its street and the nearest numbers, each under its own
label.

Example:
  skoraya find city.map "ленина 5к2"
  [{"label": "ул. Ленина, 5к2", "lat": 55.650112, "lon": 62.750034, "kind": "house"}]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from console.commands.failure import Failure


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("map", type=Path, metavar="MAP", help="a map made by `skoraya map`")
    parser.add_argument("text", metavar="TEXT", help="what to look for, as a caller says it")
    parser.add_argument("--limit", type=_limit, default=8, metavar="N", help="at most so many places (8)")


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; nothing found is an empty list and no failure."""
    from routing.places import Places, PlacesError  # noqa: PLC0415  # rapidfuzz and SQLite, not for --help

    folder: Path = arguments.map
    if not folder.is_dir():
        raise Failure(f"{folder}: there is no map here; make one with `skoraya map build IN OUT`")
    try:
        with Places.open(folder) as places:
            found = places.find(arguments.text, arguments.limit)
    except PlacesError as problem:
        raise Failure(str(problem)) from problem
    answer = [
        {"label": place.label, "lat": place.lat_deg, "lon": place.lon_deg, "kind": place.kind}
        for place in found
    ]
    print(json.dumps(answer, ensure_ascii=False))
    if not found:
        print(f"skoraya find: nothing in {folder} is like {arguments.text!r}", file=sys.stderr)
    return 0


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)
