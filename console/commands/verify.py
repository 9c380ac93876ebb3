"""Check the journal's hash chain from its first entry to its last; name the first bad entry.

Exit status 0 when every entry is as it was written, 1 when one is not. It prints the head of each region:
keep it somewhere else and compare with --head later, for whoever can rewrite the whole file can recompute
its hashes.

Example:
  skoraya verify --config skoraya.toml --head demo:41:9f2c…
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from console.commands.failure import Failure
from console.settings import SettingsError, load
from dispatch.events import Head
from dispatch.journal import JournalError
from dispatch.journal_sqlite import SqliteJournal


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=Path("skoraya.toml"), help="default: %(default)s"
    )
    parser.add_argument(
        "--journal", metavar="PATH", type=Path, help="the journal's file, without a configuration"
    )
    parser.add_argument(
        "--head",
        metavar="REGION:SEQ:HASH",
        type=_head,
        help="a head that was printed earlier: that entry must still have that hash",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what was checked, or fail with the first bad entry."""
    path = arguments.journal or _configured(arguments.config)
    try:
        journal = SqliteJournal(path, read_only=True)
    except JournalError as error:
        raise Failure(str(error)) from error
    try:
        verdict = journal.verify()
        if verdict.flaw is not None:
            flaw = verdict.flaw
            raise Failure(
                f"{path}: region {flaw.region}, entry {flaw.seq}: {flaw.message}; "
                f"{verdict.entries} entries are sound; restore a copy, and keep this file as evidence"
            )
        if arguments.head is not None:
            _compare(journal, *arguments.head)
    except JournalError as error:
        raise Failure(str(error)) from error
    finally:
        journal.close()
    heads = [{"region": region, "seq": head.seq, "hash": head.hash} for region, head in verdict.heads.items()]
    print(msgspec.json.encode({"entries": verdict.entries, "sound": True, "heads": heads}).decode())
    return 0


def _configured(config: Path) -> Path:
    try:
        return Path(load(config).data) / "journal.sqlite"
    except SettingsError as error:
        raise Failure(f"{error}; or name the file itself with --journal") from None


def _compare(journal: SqliteJournal, region: str, head: Head) -> None:
    found = journal.entries(region, [head.seq])
    if not found:
        raise Failure(f"{journal.path}: region {region} has no entry {head.seq}: the journal was cut off")
    if found[0].hash != head.hash:
        raise Failure(
            f"{journal.path}: region {region}, entry {head.seq} has another hash ({found[0].hash}): "
            "the journal was rewritten"
        )


def _head(text: str) -> tuple[str, Head]:
    region, seq, digest = [*text.rsplit(":", 2), "", ""][:3]
    if not (region and seq.isdigit() and len(digest) == 64):
        raise argparse.ArgumentTypeError(f"{text!r} is not REGION:SEQ:HASH, as `skoraya verify` prints it")
    return region, Head(int(seq), digest)
