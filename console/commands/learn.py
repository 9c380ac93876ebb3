"""Learn from the fleet's own finished drives how long the roads really take; says whether it may be used.

    skoraya learn --config skoraya.toml
    skoraya learn --config skoraya.toml --write

Every drive to a patient in the journal is taken from the tracks' archive and put on the map's roads. What the
drives teach is judged on drives that it was not learned from: |median bias| at most 5%, log-sigma at most
0.20, and 88 to 92% must keep the p90. With --write it is put into the data folder, where a running service
takes it up within a minute; what fails the gate is told and never used. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import msgspec

from console.commands.failure import Failure


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=Path("skoraya.toml"), help="default: %(default)s"
    )
    parser.add_argument(
        "--write", action="store_true", help="let the service use it, if the gate lets it pass"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what was learned."""
    from console.lessons import ended_drives, learned_from, put_on_roads, write_learned  # noqa: PLC0415  # --help must not pay for it
    from console.record import place_of  # noqa: PLC0415  # the same
    from console.settings import SettingsError, load  # noqa: PLC0415  # the same
    from dispatch.journal import JournalError  # noqa: PLC0415  # the same
    from dispatch.journal_open import open_journal  # noqa: PLC0415  # the same
    from dispatch.past import rebuilt  # noqa: PLC0415  # the same
    from dispatch.snapshot import Snapshots  # noqa: PLC0415  # the same
    from routing.gate import taught  # noqa: PLC0415  # the same
    from routing.graph import MapError  # noqa: PLC0415  # the same
    from routing.router import Router  # noqa: PLC0415  # the same
    from tracking.archive import Archive, ArchiveError  # noqa: PLC0415  # the same

    try:
        settings = load(arguments.config)
    except SettingsError as error:
        raise Failure(str(error)) from None
    folder = Path(settings.data)
    if settings.map is None:
        raise Failure(f"{arguments.config}: no map is configured; drives can only be put on a map's roads")
    if not (folder / "tracks").is_dir():
        raise Failure(f"{folder / 'tracks'}: there are no tracks here; has the service run?")
    now_ms = time.time_ns() // 1_000_000
    try:
        router = Router.open(Path(settings.map))
        journal = open_journal(place_of(settings), read_only=True)
        try:
            region = rebuilt(journal, Snapshots(folder / "snapshots"), settings.region, now_ms)
        finally:
            journal.close()
        archive = Archive(folder / "tracks")
        looked, drives = 0, []
        for ended in ended_drives(region, (), now_ms):
            looked += 1
            fixes = archive.track(ended.unit, ended.from_ms, ended.to_ms)
            drive = put_on_roads(router, ended, fixes, settings.time_zone)
            if drive is not None:
                drives.append(drive)
        archive.close()
    except (MapError, JournalError, ArchiveError) as error:
        raise Failure(str(error)) from None
    learned = learned_from(*taught(drives))
    if arguments.write:
        try:
            write_learned(folder, learned)
        except OSError as error:
            raise Failure(f"{folder}: it could not be written: {error.strerror}") from None
    shown = {"ended_drives": looked, "put_on_roads": len(drives), **msgspec.to_builtins(learned)}
    print(msgspec.json.encode(shown).decode())
    return 0
