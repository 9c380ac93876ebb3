"""Print a unit's track from the archive, while the service runs or not.

    skoraya track 12 --from 2026-11-21T08:00:00Z --to 2026-11-21T09:00:00Z --format gpx > 12.gpx
    skoraya track 12 --data data/demo-1 --format raw | skoraya decode nmea -

Formats: geojson (a Feature), gpx (1.1), raw (the bytes as the device sent them, while they are kept).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from console.commands.decode import instant_ms
from console.commands.failure import Failure

DAY_MS = 86_400_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("unit", metavar="UNIT")
    add("--from", dest="start", type=instant_ms, metavar="ISO", help="default: a day before --to")
    add("--to", dest="end", type=instant_ms, metavar="ISO", help="default: now")
    add("--format", choices=("geojson", "gpx", "raw"), default="geojson", help="default: %(default)s")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--config", type=Path, metavar="FILE", help="the service's; default: skoraya.toml")
    place.add_argument("--data", type=Path, metavar="DIR", help="the data folder, instead of a configuration")


def run(arguments: argparse.Namespace) -> int:
    """Print the track."""
    from tracking.archive import Archive, ArchiveError  # noqa: PLC0415  # --help must not pay for it
    from tracking.trackfile import geojson, gpx  # noqa: PLC0415  # the same

    folder = _folder(arguments) / "tracks"
    if not folder.is_dir():
        raise Failure(f"{folder}: there are no tracks here; name the data folder with --data")
    end_ms: int = arguments.end if arguments.end is not None else time.time_ns() // 1_000_000
    start_ms: int = arguments.start if arguments.start is not None else end_ms - DAY_MS
    if start_ms > end_ms:
        raise Failure("--from is after --to; change them over")
    try:
        archive = Archive(folder)
        if arguments.format == "raw":
            for line in archive.raw(arguments.unit, start_ms, end_ms):
                sys.stdout.buffer.write(line.data)
            sys.stdout.buffer.flush()
        else:
            fixes = archive.track(arguments.unit, start_ms, end_ms)
            if not fixes:
                print(f"skoraya track: no fix of unit {arguments.unit} is from this time", file=sys.stderr)
            if arguments.format == "gpx":
                print(gpx(arguments.unit, fixes), end="")
            else:
                import msgspec  # noqa: PLC0415  # the same

                print(msgspec.json.encode(geojson(arguments.unit, fixes)).decode())
        archive.close()
    except ArchiveError as error:
        raise Failure(str(error)) from None
    return 0


def _folder(arguments: argparse.Namespace) -> Path:
    if arguments.data is not None:
        data: Path = arguments.data
        return data
    from console.settings import SettingsError, load  # noqa: PLC0415  # the same

    try:
        return Path(load(arguments.config or Path("skoraya.toml")).data)
    except SettingsError as error:
        raise Failure(f"{error}; or name the data folder with --data") from None
