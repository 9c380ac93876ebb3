"""Check the journal's hash chain from its first entry to its last; name the first bad entry.

Exit status 0 when every entry is as it was written, 1 when one is not. It prints the head of each region:
keep it somewhere else and compare with --head later, for whoever can rewrite the whole journal can recompute
its hashes.

Examples:
  skoraya verify --config skoraya.toml --head demo:41:9f2c…
  SKORAYA_JOURNAL=postgresql://user:password@host/database skoraya verify --config skoraya.toml
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from console.commands.failure import Failure
from console.record import place_of
from console.settings import SettingsError, load
from dispatch.events import Head
from dispatch.journal import Journal, JournalError
from dispatch.journal_open import open_journal

BAR = 40


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=Path("skoraya.toml"), help="default: %(default)s"
    )
    parser.add_argument(
        "--journal",
        metavar="PLACE",
        help="the journal's file or postgresql:// address, without a configuration",
    )
    parser.add_argument(
        "--head",
        metavar="REGION:SEQ:HASH",
        type=_head,
        help="a head that was printed earlier: that entry must still have that hash",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what was checked, or fail with the first bad entry."""
    place = arguments.journal or _configured(arguments.config)
    try:
        journal = open_journal(place, read_only=True)
    except JournalError as error:
        raise Failure(str(error)) from error
    try:
        verdict = journal.verify(_bar if sys.stderr.isatty() else None)
        if verdict.flaw is not None:
            flaw = verdict.flaw
            raise Failure(
                f"{journal.name}: region {flaw.region}, entry {flaw.seq}: {flaw.message}; "
                f"{verdict.entries} entries are sound; restore a copy, and keep this one as evidence"
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


def _bar(done: int, total: int) -> None:
    """Draw how far it is; a line of its own remains at the end."""
    filled = BAR * done // max(1, total)
    end = "\n" if done >= total else ""
    sys.stderr.write(f"\r{'█' * filled}{'░' * (BAR - filled)} {done:,} of {total:,} entries{end}")
    sys.stderr.flush()


def _configured(config: Path) -> str:
    try:
        return place_of(load(config))
    except SettingsError as error:
        raise Failure(f"{error}; or name the journal itself with --journal") from None


def _compare(journal: Journal, region: str, head: Head) -> None:
    found = journal.entries(region, [head.seq])
    if not found:
        raise Failure(f"{journal.name}: region {region} has no entry {head.seq}: the journal was cut off")
    if found[0].hash != head.hash:
        raise Failure(
            f"{journal.name}: region {region}, entry {head.seq} has another hash ({found[0].hash}): "
            "the journal was rewritten"
        )


def _head(text: str) -> tuple[str, Head]:
    region, seq, digest = [*text.rsplit(":", 2), "", ""][:3]
    if not (region and seq.isdigit() and len(digest) == 64):
        raise argparse.ArgumentTypeError(f"{text!r} is not REGION:SEQ:HASH, as `skoraya verify` prints it")
    return region, Head(int(seq), digest)
