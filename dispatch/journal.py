"""The journal: the append-only, hash-chained log that is the truth of a region.

Its key is (region, sequence number), so a second writer fails by the key and never corrupts. Each entry's
hash covers the entry's bytes and the hash before it; a table of heads, written in the same transaction, tells
when entries were cut off the end. Whoever can rewrite the database can also recompute every hash from the
altered entry on: only a head that was kept elsewhere (`skoraya verify` prints it, `--head` compares it) shows
that.

Here is what every journal does and how a chain is checked; `journal_sqlite` and `journal_postgres` keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from dispatch.events import Envelope, Head, Sealed, digest, unseal

Trouble = Literal[
    "full",
    "locked",
    "corrupt",
    "io",
    "closed",
    "newer",
    "foreign",
    "missing",
    "second-writer",
    "gone",  # the database's server does not answer
    "unsafe",  # the database would acknowledge what is not durable
]

# Told now and then how many entries were checked, and how many there are to check.
Progress = Callable[[int, int], None]
PROGRESS_EVERY = 5_000


class JournalError(Exception):
    """The journal could not do it; `trouble` is for programs, the text for people."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble


class Flaw(msgspec.Struct, frozen=True):
    """The first entry of a journal that is not as it was written.

    Attributes:
        what: "altered", "missing", "reordered", "truncated", "unreadable" or "head".
        message: one sentence.
    """

    region: str
    seq: int
    what: str
    message: str


class Verdict(msgspec.Struct, frozen=True):
    """What `verify` found: how many entries are sound, each region's head, and the first flaw or None."""

    entries: int
    heads: dict[str, Head]
    flaw: Flaw | None = None


class Journal(Protocol):
    """What every journal does, on any database. Methods may be called from any thread.

    Attributes:
        name: what it is called in messages, without any password.
    """

    name: str

    def head(self, region: str) -> Head:
        """Return the end of the region's chain."""
        ...

    def append(self, region: str, head: Head, sealed: Sequence[Sealed]) -> None:
        """Write entries behind `head` in one transaction; when this returns they are durable.

        Raises:
            JournalError: nothing was written, or, after an error of the disk or the connection, perhaps all;
                read to know.
        """
        ...

    def probe(self, region: str) -> None:
        """Commit something that is no entry, through everything that an entry goes through.

        Raises:
            JournalError: the journal would take no entry now either.
        """
        ...

    def hold(self, region: str) -> bool:
        """Take the region's lease and keep it until `close` or the end of the process; False: another has it.

        The lease only decides who waits. What keeps two writers from corrupting a region is its key.

        Raises:
            JournalError: the storage cannot tell.
        """
        ...

    def read(self, region: str, after_seq: int = 0) -> Iterator[Envelope]:
        """Return the entries behind `after_seq`, in order.

        Raises:
            JournalError: an entry cannot be read.
        """
        ...

    def stored(self, region: str, after_seq: int = 0) -> Iterator[Sealed]:
        """Return the entries behind `after_seq` with their bytes, as `read` does."""
        ...

    def entries(self, region: str, seqs: Sequence[int]) -> list[Envelope]:
        """Return those entries, in that order; numbers that do not exist are left out."""
        ...

    def verify(self, progress: Progress | None = None) -> Verdict:
        """Recompute every hash; name the first bad entry."""
        ...

    def close(self) -> None:
        """Let go of the storage, and of the leases."""
        ...


def is_address(where: str | Path) -> bool:
    """Say whether this names a PostgreSQL database and not a file."""
    return str(where).startswith(("postgresql://", "postgres://"))


def unsealed(name: str, region: str, seq: int, stored_hash: str, body: bytes) -> Envelope:
    """Read an entry back from the journal called `name`.

    Raises:
        JournalError: "newer": it was altered, or is of a kind that this version does not know.
    """
    try:
        return unseal(body, stored_hash)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise JournalError(
            "newer",
            f"{name}: entry {seq} of region {region} cannot be read ({error}): it was altered, or "
            "written by a newer Skoraya; run `skoraya verify`",
        ) from error


class Check:
    """The check of whole chains, row by row, on any database."""

    def __init__(self, stored: Mapping[str, Head], progress: Progress | None) -> None:
        """`stored` is the table of heads."""
        self.entries = 0
        self.heads: dict[str, Head] = {}
        self.region, self.head = "", Head()
        self._stored = stored
        self._progress = progress
        self._total = sum(head.seq for head in stored.values())

    def rows(self, rows: Iterable[tuple[str, int, object, object]]) -> Flaw | None:
        """Check rows (region, seq, hash, body) in order of region and seq; return the first flaw."""
        for region, seq, stored_hash, body in rows:
            if region != self.region:
                self.region, self.head = region, Head()
            flaw = _flaw(self.head, region, seq, stored_hash, body)
            if flaw is not None:
                return flaw
            self.head = self.heads[region] = Head(seq, str(stored_hash))
            self.entries += 1
            if self._progress is not None and self.entries % PROGRESS_EVERY == 0:
                self._progress(self.entries, max(self._total, self.entries))
        return None

    def ends(self) -> Flaw | None:
        """Compare the end of each chain with the table of heads."""
        for name in sorted({*self._stored, *self.heads}):
            flaw = _head_flaw(name, self.heads.get(name, Head()), self._stored.get(name, Head()))
            if flaw is not None:
                return flaw
        return None

    def verdict(self, flaw: Flaw | None = None) -> Verdict:
        """Return what was found."""
        if self._progress is not None and flaw is None:
            self._progress(self.entries, self.entries)
        return Verdict(self.entries, self.heads, flaw)

    def unreadable(self, error: Exception) -> Verdict:
        """Return the verdict when the storage itself failed."""
        message = f"nothing can be read behind entry {self.head.seq} ({error})"
        return self.verdict(Flaw(self.region, self.head.seq + 1, "unreadable", message))


def _flaw(before: Head, region: str, seq: int, stored_hash: object, body: object) -> Flaw | None:
    """Return what is wrong with one entry, given the sound one before it."""
    if seq != before.seq + 1:
        message = f"entry {before.seq + 1} is missing: the next one is {seq}"
        return Flaw(region, before.seq + 1, "missing", message)
    # SQLite keeps no promise about types: whoever altered the file may have put text or a number there.
    if not (isinstance(body, bytes) and isinstance(stored_hash, str)):
        return Flaw(region, seq, "altered", f"entry {seq} was altered: it holds no bytes")
    try:
        envelope = unseal(body, stored_hash)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        envelope = None
    sound = digest(before.hash, body) == stored_hash
    if envelope is not None and not sound and (envelope.seq != seq or envelope.previous != before.hash):
        message = f"entry {seq} does not follow entry {before.seq}: it was moved, replaced or altered"
        return Flaw(region, seq, "reordered", message)
    if not sound:
        return Flaw(region, seq, "altered", f"entry {seq} was altered: its hash does not fit its bytes")
    if envelope is None:
        return Flaw(region, seq, "unreadable", f"entry {seq} is of a kind that this version does not know")
    if (envelope.region, envelope.seq, envelope.previous) != (region, seq, before.hash):
        return Flaw(region, seq, "reordered", f"entry {seq} speaks of another place in the chain")
    return None


def _head_flaw(region: str, last: Head, stored: Head) -> Flaw | None:
    if last.seq < stored.seq:
        message = f"entries {last.seq + 1} to {stored.seq} were cut off the end"
        return Flaw(region, last.seq + 1, "truncated", message)
    if last != stored:
        message = f"the table of heads names entry {stored.seq}, the chain ends with {last.seq}"
        return Flaw(region, last.seq, "head", message)
    return None
