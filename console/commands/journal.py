"""Copy a journal to another file or database, entry by entry, its chain checked at both ends.

The source is only read. Stop the service before, and write the new place into its configuration after. A copy
that was cut off goes on where it ended; into a journal that holds anything else nothing is written.

Examples:
  skoraya journal copy data/journal.sqlite postgresql://user:password@host/database
  SKORAYA_TO=postgresql://user:password@host/database skoraya journal copy data/journal.sqlite
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys

import msgspec

from console.commands.failure import Failure
from dispatch.events import Head
from dispatch.journal import Journal, JournalError, Verdict
from dispatch.journal_open import open_journal

BATCH = 1_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", choices=["copy"], help="what to do")
    parser.add_argument("source", metavar="FROM", help="the journal's file or postgresql:// address")
    parser.add_argument(
        "target",
        metavar="TO",
        nargs="?",
        default=os.environ.get("SKORAYA_TO"),
        help="where to; default: the environment's SKORAYA_TO, which no list of processes shows",
    )


def run(arguments: argparse.Namespace) -> int:
    """Copy, and print the heads that both have."""
    if arguments.target is None:
        raise Failure("say where to copy to: skoraya journal copy FROM TO")
    try:
        source = open_journal(arguments.source, read_only=True)
        try:
            target = open_journal(arguments.target)
            try:
                verdict = copy(source, target)
            finally:
                target.close()
        finally:
            source.close()
    except JournalError as error:
        raise Failure(str(error)) from error
    heads = [{"region": region, "seq": head.seq, "hash": head.hash} for region, head in verdict.heads.items()]
    print(msgspec.json.encode({"entries": verdict.entries, "sound": True, "heads": heads}).decode())
    return 0


def copy(source: Journal, target: Journal) -> Verdict:
    """Copy every region's entries that the target does not have yet; return what both hold by then.

    Raises:
        JournalError: a journal cannot be read or written.
        Failure: the source is not sound, or the target holds something else.
    """
    before = _sound(source)
    for region, head in before.heads.items():
        there = target.head(region)
        if not target.hold(region):
            raise Failure(f"{target.name}: a service holds the region {region}; stop it first")
        if there.seq > head.seq or (there.seq and _hash_at(source, region, there.seq) != there.hash):
            raise Failure(f"{target.name}: region {region} holds other entries already; nothing was copied")
        entries = source.stored(region, there.seq)
        while batch := list(itertools.islice(entries, BATCH)):
            target.append(region, there, batch)
            there = Head(batch[-1].envelope.seq, batch[-1].envelope.hash)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{region}: {there.seq:,} of {head.seq:,} entries ")
        if sys.stderr.isatty():
            sys.stderr.write("\n")
    after = _sound(target)
    for region, head in before.heads.items():
        if after.heads.get(region, Head()).seq < head.seq or _hash_at(target, region, head.seq) != head.hash:
            raise Failure(
                f"{target.name}: region {region} is not as it is in {source.name}; use neither copy"
            )
    return after


def _sound(journal: Journal) -> Verdict:
    verdict = journal.verify()
    if verdict.flaw is not None:
        flaw = verdict.flaw
        raise Failure(f"{journal.name}: region {flaw.region}, entry {flaw.seq}: {flaw.message}")
    return verdict


def _hash_at(journal: Journal, region: str, seq: int) -> str | None:
    found = journal.entries(region, [seq])
    return found[0].hash if found else None
