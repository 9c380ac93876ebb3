"""Rank units by road time to a point: a JSON list, best first.

    skoraya nearest maps/tver --to 56.8587,35.9176 --units units.csv -k 5

UNITS.csv has the columns unit, lat, lon and, if known, heading_deg (from true north; leave it empty for a
unit that stands). Each answer has unit, seconds, metres, seconds_p90 (nine runs in ten take no longer; null
where nothing is known), and degraded: true where the unit is too far from
any road, so that the straight line was taken.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from console.commands.failure import Failure
from console.commands.position import demand_road, open_map, position

if TYPE_CHECKING:
    from routing.times import UnitPlace

COLUMNS = ("unit", "lat", "lon")
RANGES = {"lat": 90.0, "lon": 180.0, "heading_deg": 360.0}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("map", metavar="MAP", type=Path, help="a map made by: skoraya map build")
    parser.add_argument("--to", metavar="LAT,LON", type=position, required=True, help="the incident")
    parser.add_argument(
        "--units",
        metavar="UNITS.csv",
        type=Path,
        required=True,
        help="where the units are; - reads standard input",
    )
    parser.add_argument("-k", type=_count, default=5, help="how many units to name (%(default)s)")
    parser.add_argument(
        "--at",
        metavar="ISO",
        type=instant,
        help="when: speeds depend on the hour, by the sun at the map's middle",
    )
    parser.add_argument(
        "--siren", action=argparse.BooleanOptionalAction, default=True, help="drive with siren (default: yes)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the ranking; return 0."""
    from routing.weights import Conditions  # noqa: PLC0415  # numpy, which --help does not need

    units = read_units(arguments.units)
    router = open_map(arguments.map)
    demand_road(router, "--to", arguments.to, arguments.map)
    local = local_at(arguments.at, router.bounds)
    router.set_conditions(Conditions(hour=local.hour if local else None, local=local))
    lat_deg, lon_deg = arguments.to
    etas = router.nearest(lat_deg, lon_deg, units, arguments.k, siren=arguments.siren)
    answer = [
        {
            "unit": eta.unit,
            "seconds": eta.seconds_s,
            "metres": round(eta.metres_m, 1),
            "seconds_p90": None if eta.p90_s is None else round(eta.p90_s, 3),
            "degraded": eta.degraded,
        }
        for eta in etas
    ]
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def instant(text: str) -> dt.datetime:
    """Return the instant of an ISO 8601 text; UTC where it names no offset. The type of `--at`."""
    try:
        read = dt.datetime.fromisoformat(text)
        read = read if read.tzinfo else read.replace(tzinfo=dt.UTC)
        # It must have a local time anywhere on Earth.
        _ = read - dt.timedelta(days=1), read + dt.timedelta(days=1)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no ISO 8601 instant such as 2026-11-21T12:00:00Z"
        ) from None
    return read


def local_at(at: dt.datetime | None, bounds: tuple[float, float, float, float]) -> dt.datetime | None:
    """Return the time by the sun in the middle of a map, to whole hours of zone; None for no instant."""
    if at is None:
        return None
    west, _, east, _ = bounds
    zone = dt.timezone(dt.timedelta(hours=round((west + east) / 30)))
    return at.astimezone(zone).replace(tzinfo=None)


def read_units(path: Path) -> list[UnitPlace]:
    """Return the units of a CSV file, or of standard input (-).

    Raises:
        Failure: it cannot be read, or a line is wrong; names file, line and column.
    """
    try:
        text = (sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()).decode("utf-8-sig")
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}; give a CSV file of units") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{path}, byte {error.start}: not UTF-8; save the file as UTF-8") from error
    rows = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    units: dict[str, UnitPlace] = {}
    header: list[str] | None = None
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = _header(path, rows.line_num, row)
                continue
            unit = _unit(path, rows.line_num, header, row)
            if unit.unit in units:
                raise Failure(
                    f"{path}, line {rows.line_num}, column unit: {unit.unit!r} is there twice; keep one line"
                )
            units[unit.unit] = unit
    except csv.Error as error:
        raise Failure(f"{path}, line {rows.line_num}: {error}; is it a CSV file?") from error
    if not units:
        raise Failure(
            f"{path} holds no units; it needs the columns unit,lat,lon[,heading_deg] and a line a unit"
        )
    return list(units.values())


def _header(path: Path, line: int, row: list[str]) -> list[str]:
    header = [cell.strip().lower() for cell in row]
    for column in COLUMNS:
        if column not in header:
            raise Failure(
                f"{path}, line {line}: no column {column!r}; the first line names unit,lat,lon[,heading_deg]"
            )
    for column in (*COLUMNS, "heading_deg"):
        if header.count(column) > 1:
            raise Failure(f"{path}, line {line}: the column {column!r} is there twice; keep one of them")
    return header


def _unit(path: Path, line: int, header: list[str], row: list[str]) -> UnitPlace:
    from routing.times import UnitPlace  # noqa: PLC0415  # msgspec, which --help does not need

    row = row + [""] * (len(header) - len(row)) if "heading_deg" in header[len(row) :] else row
    if len(row) != len(header):
        raise Failure(f"{path}, line {line}: {len(row)} columns instead of {len(header)}")
    cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
    if not cells["unit"]:
        raise Failure(f"{path}, line {line}, column unit: empty; every unit needs a name")
    if not cells["unit"].isprintable():
        raise Failure(f"{path}, line {line}, column unit: {cells['unit']!r} holds control characters")
    numbers: dict[str, float | None] = {}
    for column, most in RANGES.items():
        if column == "heading_deg" and not cells.get(column):
            numbers[column] = None
            continue
        try:
            value = float(cells[column])
        except ValueError:
            raise Failure(
                f"{path}, line {line}, column {column}: {cells[column]!r} is not a number"
            ) from None
        if not abs(value) <= most:
            raise Failure(
                f"{path}, line {line}, column {column}: {cells[column]} is not within -{most:g} to {most:g}"
            )
        numbers[column] = value
    return UnitPlace(cells["unit"], numbers["lat"] or 0.0, numbers["lon"] or 0.0, numbers["heading_deg"])
