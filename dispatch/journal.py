"""The journal: the append-only, hash-chained log that is the truth of a region.

Its key is (region, sequence number), so a second writer fails by the key and never corrupts. Each entry's
hash covers the entry's bytes and the hash before it; a table of heads, written in the same transaction, tells
when entries were cut off the end. Whoever can rewrite the file can also recompute every hash from the altered
entry on: only a head that was kept elsewhere (`skoraya verify` prints it, `--head` compares it) shows that.

SQLite here: WAL, synchronous FULL, so that a commit that returned has been through fsync.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from dispatch.events import Envelope, Head, Sealed, digest, unseal

# "skry" in ASCII: tells our file from another program's database.
APPLICATION_ID = 0x736B7279
BUSY_TIMEOUT_S = 5.0
PAGE = 5_000

Trouble = Literal["full", "locked", "corrupt", "io", "closed", "newer", "foreign", "missing", "second-writer"]


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
    """What every journal does, on any database. Methods may be called from any thread."""

    def head(self, region: str) -> Head:
        """Return the end of the region's chain."""
        ...

    def append(self, region: str, head: Head, sealed: Sequence[Sealed]) -> None:
        """Write entries behind `head` in one transaction; when this returns they are durable.

        Raises:
            JournalError: nothing was written, or, after an error of the disk, perhaps all; read to know.
        """
        ...

    def read(self, region: str, after_seq: int = 0) -> Iterator[Envelope]:
        """Return the entries behind `after_seq`, in order.

        Raises:
            JournalError: an entry cannot be read.
        """
        ...

    def entries(self, region: str, seqs: Sequence[int]) -> list[Envelope]:
        """Return those entries, in that order; numbers that do not exist are left out."""
        ...

    def verify(self) -> Verdict:
        """Recompute every hash; name the first bad entry."""
        ...

    def close(self) -> None:
        """Let go of the storage."""
        ...


SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    region TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (region, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heads (
    region TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL
) WITHOUT ROWID;
"""


class SqliteJournal:
    """A journal in one SQLite file: one connection writes, another reads, each under its own lock."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, and make it unless it is only to be read.

        Raises:
            JournalError: it is missing, no journal, or cannot be written.
        """
        self.path = path
        self._read_only = read_only
        self._closed = False
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        if read_only and not path.is_file():
            raise JournalError("missing", f"{path} does not exist: there is no journal to read")
        try:
            if not read_only:
                self._writer = self._connect()
                self._prepare(self._writer)
            self._reader = self._connect()
            self._check(self._reader)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    # ── what every journal does ──────────────────────────────────────────────────────────────────────────

    def head(self, region: str) -> Head:
        """Return the end of the region's chain: its last entry, whatever the table of heads says."""
        with self._read_lock:
            try:
                row = self._reading().execute(
                    "SELECT seq, hash FROM entries WHERE region = ? ORDER BY seq DESC LIMIT 1", (region,)
                )
                found = row.fetchone()
            except sqlite3.Error as error:
                raise self._explained(error) from error
        return Head() if found is None else Head(found[0], found[1])

    def append(self, region: str, head: Head, sealed: Sequence[Sealed]) -> None:
        """Write entries behind `head` in one transaction; when this returns they are durable.

        Raises:
            JournalError: "second-writer" when another has written behind that head; "full", "locked", "io"
                and others when the disk or the database did not take it.
        """
        if not sealed:
            return
        last = sealed[-1].envelope
        rows = [(region, each.envelope.seq, each.envelope.hash, each.body) for each in sealed]
        with self._write_lock:
            if self._closed or self._read_only:
                raise JournalError("closed", f"{self.path} is closed for writing")
            try:
                if self._writer is None:
                    self._writer = self._connect()
                self._writer.execute("BEGIN IMMEDIATE")
                self._writer.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
                moved = self._writer.execute(
                    "INSERT INTO heads VALUES (?, ?, ?) ON CONFLICT (region) DO UPDATE "
                    "SET seq = excluded.seq, hash = excluded.hash WHERE heads.seq = ? AND heads.hash = ?",
                    (region, last.seq, last.hash, head.seq, head.hash),
                )
                if moved.rowcount != 1:
                    self._roll_back()
                    raise JournalError(
                        "second-writer", f"region {region}: another writer is behind entry {head.seq}"
                    )
                self._writer.execute("COMMIT")
            except sqlite3.IntegrityError as error:
                self._roll_back()
                raise JournalError(
                    "second-writer",
                    f"region {region}: entry {head.seq + 1} was written by another; this writer must stop",
                ) from error
            except sqlite3.Error as error:
                self._roll_back()
                raise self._explained(error) from error

    def read(self, region: str, after_seq: int = 0) -> Iterator[Envelope]:
        """Return the entries behind `after_seq`, in order.

        Raises:
            JournalError: an entry cannot be read, or was written by a newer version.
        """
        seq = after_seq
        while page := self._page(region, seq):
            for row_seq, stored_hash, body in page:
                yield self._unsealed(region, row_seq, stored_hash, body)
            seq = page[-1][0]

    def entries(self, region: str, seqs: Sequence[int]) -> list[Envelope]:
        """Return those entries, in that order; numbers that do not exist are left out."""
        found: list[Envelope] = []
        with self._read_lock:
            for seq in seqs:
                try:
                    row = (
                        self._reading()
                        .execute("SELECT hash, body FROM entries WHERE region = ? AND seq = ?", (region, seq))
                        .fetchone()
                    )
                except sqlite3.Error as error:
                    raise self._explained(error) from error
                if row is not None:
                    found.append(self._unsealed(region, seq, row[0], row[1]))
        return found

    def verify(self) -> Verdict:
        """Recompute every hash and compare every head; name the first bad entry."""
        entries = 0
        heads: dict[str, Head] = {}
        region, head = "", Head()
        try:
            with closing(self._connect()) as connection:
                stored = dict(_stored_heads(connection))
                for row in connection.execute(
                    "SELECT region, seq, hash, body FROM entries ORDER BY region, seq"
                ):
                    if row[0] != region:
                        region, head = row[0], Head()
                    flaw = _flaw(head, *row)
                    if flaw is not None:
                        return Verdict(entries, heads, flaw)
                    head = heads[region] = Head(row[1], row[2])
                    entries += 1
                for name in sorted({*stored, *heads}):
                    flaw = _head_flaw(name, heads.get(name, Head()), stored.get(name, Head()))
                    if flaw is not None:
                        return Verdict(entries, heads, flaw)
                damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
                if damage != "ok":
                    message = f"the database file is damaged ({' '.join(str(damage).split())})"
                    return Verdict(entries, heads, Flaw(region, head.seq, "unreadable", message))
        except (sqlite3.Error, UnicodeDecodeError) as error:
            message = f"nothing can be read behind entry {head.seq} ({error})"
            return Verdict(entries, heads, Flaw(region, head.seq + 1, "unreadable", message))
        return Verdict(entries, heads)

    def close(self) -> None:
        """Let go of the file; the write-ahead log is folded into it."""
        with self._write_lock, self._read_lock:
            if self._closed:
                return
            self._closed = True
            self._reader.close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    # ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self._read_only else "rwc"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables == 0:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._check(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)

    def _check(self, connection: sqlite3.Connection) -> None:
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            connection.close()
            raise JournalError("foreign", f"{self.path} is no journal of Skoraya; name another file")

    def _reading(self) -> sqlite3.Connection:
        if self._closed:
            raise JournalError("closed", f"{self.path} is closed")
        return self._reader

    def _page(self, region: str, after_seq: int) -> list[tuple[int, str, bytes]]:
        with self._read_lock:
            try:
                return (
                    self._reading()
                    .execute(
                        "SELECT seq, hash, body FROM entries WHERE region = ? AND seq > ? "
                        "ORDER BY seq LIMIT ?",
                        (region, after_seq, PAGE),
                    )
                    .fetchall()
                )
            except sqlite3.Error as error:
                raise self._explained(error) from error

    def _unsealed(self, region: str, seq: int, stored_hash: str, body: bytes) -> Envelope:
        try:
            return unseal(body, stored_hash)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise JournalError(
                "newer",
                f"{self.path}: entry {seq} of region {region} cannot be read ({error}): it was altered, or "
                "written by a newer Skoraya; run `skoraya verify`",
            ) from error

    def _roll_back(self) -> None:
        """Drop the connection: after an error of the disk its state is not to be trusted."""
        if self._writer is not None:
            # Closing rolls back what was not committed; a disk that is gone must not hide the first error.
            with suppress(sqlite3.Error):
                self._writer.close()
            self._writer = None

    def _explained(self, error: sqlite3.Error) -> JournalError:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith("SQLITE_FULL"):
            return JournalError("full", f"{self.path}: the disk is full; free some space, then try again")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return JournalError("locked", f"{self.path}: another program holds the file ({error})")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return JournalError("corrupt", f"{self.path}: the file is damaged or no journal ({error})")
        return JournalError("io", f"{self.path}: the disk did not take it ({error})")


def _stored_heads(connection: sqlite3.Connection) -> Iterator[tuple[str, Head]]:
    for region, seq, stored_hash in connection.execute("SELECT region, seq, hash FROM heads"):
        yield region, Head(seq, stored_hash)


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
