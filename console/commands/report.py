"""Response intervals of a call log: n, mean, p50, p90, p95, max, share within the norm, as JSON (seconds).

FILE.csv holds one row a unit and call, with the columns incident, unit, received, entered, dispatched,
enroute, on_scene, left_scene, at_hospital, available (times in ISO 8601, empty where unknown) and any others.
Quantiles are nearest-rank, over raw values; negative intervals are counted, and left out of all else.

With --into the log is read into a running service, to stand beside the region's own figures there; what is
printed then are both, and what the region's own are more or less. The service's token is in SKORAYA_TOKEN.

Example:
  skoraya report calls.csv --by unit_type,priority --norm 20
  SKORAYA_TOKEN=… skoraya report calls.csv --into http://127.0.0.1:8000 --as neighbours
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from console.commands.failure import Failure
from console.commands.intake import put_in
from console.commands.number import above_zero
from dispatch.log import LogError, read_log
from dispatch.reports import grouped, intervals, overlaps
from dispatch.response import Response, out_of_order

# What a log from elsewhere has the times for.
INTERVALS = ("processing", "turnout", "travel", "response", "scene", "transport", "turnaround", "task")
PROGRESS_BYTES = 1 << 22
_minutes = partial(above_zero, what="number of minutes above 0, such as 20")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE.csv", help="the log; - reads standard input")
    parser.add_argument("--by", metavar="COLUMN,…", help="give the same for each value of these columns")
    parser.add_argument(
        "--norm", metavar="MIN", type=_minutes, default=20.0, help="the norm in minutes (20 unless given)"
    )
    parser.add_argument("--into", metavar="URL", help="read it into the service there, to compare with")
    parser.add_argument(
        "--as",
        dest="name",
        metavar="NAME",
        help="what the log is called there (the file's name unless given)",
    )
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        default="UTC",
        help="whose clock its hours are read off there (UTC unless given)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the report, or read the log into a service and print both."""
    if arguments.into is not None:
        return _into(arguments)
    by = [] if arguments.by is None else [column.strip() for column in arguments.by.split(",")]
    name = "standard input" if arguments.file == "-" else arguments.file
    try:
        responses = list(read_log(_lines(arguments.file, name), by))
    except LogError as error:
        raise Failure(f"{name}: {error}") from error
    except OSError as error:
        raise Failure(
            f"{name}: {error.strerror or error}; give a CSV file, or - for standard input"
        ) from error
    norm_ms = round(arguments.norm * 60_000)
    pairs = overlaps(responses)
    answer = _report(responses, pairs, norm_ms)
    if by:
        groups = grouped(responses, lambda response: _key(response, by))
        answer["groups"] = {
            key: _report(members, [pair for pair in pairs if _key(pair[1], by) == key], norm_ms)
            for key, members in groups.items()
        }
    print(msgspec.json.format(msgspec.json.encode(answer), indent=1).decode())
    return 0


def _into(arguments: argparse.Namespace) -> int:
    if arguments.by is not None:
        raise Failure("--by is not for --into: the service groups by what its page is asked for")
    token = os.environ.get("SKORAYA_TOKEN", "")
    if not token:
        raise Failure("SKORAYA_TOKEN is not set: it is the token of a user with the role admin")
    name = arguments.name or ("log" if arguments.file == "-" else Path(arguments.file).stem)
    answer = put_in(arguments.file, name, arguments.into, token, arguments.timezone)
    print(msgspec.json.format(msgspec.json.encode(answer), indent=1).decode())
    return 0


def _report(
    responses: list[Response], pairs: list[tuple[Response, Response]], norm_ms: int
) -> dict[str, object]:
    return {
        "intervals": intervals(responses, norm_ms, INTERVALS),
        "times_out_of_order": sorted(
            [each.incident, each.unit] for each in responses if out_of_order(each.times) is not None
        ),
        "overlapping_assignments": sorted(
            [first.unit, first.incident, second.incident] for first, second in pairs
        ),
    }


def _key(response: Response, by: list[str]) -> str:
    """Return a group's name: its values as one CSV row, so that a comma within a value stays clear."""
    if len(by) == 1:
        return response.columns[by[0]]
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(response.columns[column] for column in by)
    return row.getvalue()


def _lines(file: str, name: str) -> Iterator[str]:
    """Read the file line by line as UTF-8, with progress on a terminal when it is long.

    Raises:
        Failure: some bytes are not UTF-8; says where.
    """
    with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
        total = Path(file).stat().st_size if file != "-" else 0
        show = total > PROGRESS_BYTES and sys.stderr.isatty()
        read, shown = 0, 0
        for number, line in enumerate(stream, start=1):
            try:
                # A byte order mark belongs to no column's name.
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise Failure(
                    f"{name}: line {number}, byte {read + error.start}: not UTF-8; save the file as UTF-8"
                ) from error
            if "\r" in text[:-2]:
                yield from io.StringIO(text, newline="")  # old programs end a line with CR alone
            else:
                yield text
            read += len(line)
            if show and read - shown > PROGRESS_BYTES:
                shown = read
                print(f"\rreading {100 * read // total} %", end="", file=sys.stderr, flush=True)
        if shown:
            print("\r" + " " * 20 + "\r", end="", file=sys.stderr, flush=True)
