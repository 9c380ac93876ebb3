"""The journal in one SQLite file: WAL and synchronous FULL, so that what was committed went through fsync."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

from dispatch.events import Envelope, Head, Sealed
from dispatch.journal import Check, Flaw, JournalError, Progress, Verdict, unsealed

# "skry" in ASCII: tells our file from another program's database.
APPLICATION_ID = 0x736B7279
BUSY_TIMEOUT_S = 5.0
PAGE = 5_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    region TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (region, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heads (
    region TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS probes (region TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""


class SqliteJournal:
    """A journal in one SQLite file: one connection writes, another reads, each under its own lock."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, and make it unless it is only to be read.

        Raises:
            JournalError: it is missing, no journal, or cannot be written.
        """
        self.path = path
        self.name = str(path)
        self._read_only = read_only
        self._closed = False
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._leases: dict[str, IO[str]] = {}
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
            try:
                writer = self._writing()
                writer.execute("BEGIN IMMEDIATE")
                writer.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
                moved = writer.execute(
                    "INSERT INTO heads VALUES (?, ?, ?) ON CONFLICT (region) DO UPDATE "
                    "SET seq = excluded.seq, hash = excluded.hash WHERE heads.seq = ? AND heads.hash = ?",
                    (region, last.seq, last.hash, head.seq, head.hash),
                )
                if moved.rowcount != 1:
                    self._roll_back()
                    raise JournalError(
                        "second-writer", f"region {region}: another writer is behind entry {head.seq}"
                    )
                writer.execute("COMMIT")
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
        return (each.envelope for each in self.stored(region, after_seq))

    def stored(self, region: str, after_seq: int = 0) -> Iterator[Sealed]:
        """Return the entries behind `after_seq` with their bytes, as `read` does."""
        seq = after_seq
        while page := self._page(region, seq):
            for row_seq, stored_hash, body in page:
                yield Sealed(unsealed(self.name, region, row_seq, stored_hash, body), body)
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
                    found.append(unsealed(self.name, region, seq, row[0], row[1]))
        return found

    def probe(self, region: str) -> None:
        """Commit something that is no entry.

        Raises:
            JournalError: the disk would take no entry now either.
        """
        with self._write_lock:
            try:
                writer = self._writing()
                writer.execute("BEGIN IMMEDIATE")
                # A row that does not change is not written, and would prove nothing.
                writer.execute(
                    "INSERT INTO probes VALUES (?, 1) ON CONFLICT (region) DO UPDATE SET count = count + 1",
                    (region,),
                )
                writer.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise self._explained(error) from error

    def hold(self, region: str) -> bool:
        """Take the region's lease: a lock on a file beside the journal, which ends with the process."""
        with self._write_lock:
            if region in self._leases:
                return True
            name = "".join(each if each.isalnum() else f"-{ord(each):x}-" for each in region)
            try:
                lease = self.path.with_name(f"{self.path.name}-{name}.lease").open("a")
            except OSError as error:
                raise JournalError("io", f"{self.path}: no lease can be taken: {error.strerror}") from error
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lease.close()
                return False
            except OSError as error:
                lease.close()
                raise JournalError("io", f"{self.path}: no lease can be taken: {error.strerror}") from error
            self._leases[region] = lease
            return True

    def verify(self, progress: Progress | None = None) -> Verdict:
        """Recompute every hash and compare every head; name the first bad entry."""
        check = Check({}, None)
        try:
            with closing(self._connect()) as connection:
                check = Check(dict(_stored_heads(connection)), progress)
                rows = connection.execute("SELECT region, seq, hash, body FROM entries ORDER BY region, seq")
                flaw = check.rows(rows) or check.ends()
                if flaw is None:
                    damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
                    if damage != "ok":
                        message = f"the database file is damaged ({' '.join(str(damage).split())})"
                        flaw = Flaw(check.region, check.head.seq, "unreadable", message)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            return check.unreadable(error)
        return check.verdict(flaw)

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
            for lease in self._leases.values():
                lease.close()
            self._leases.clear()

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

    def _writing(self) -> sqlite3.Connection:
        if self._closed or self._read_only:
            raise JournalError("closed", f"{self.path} is closed for writing")
        if self._writer is None:
            self._writer = self._connect()
        return self._writer

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
        # SQLite keeps no promise about types: whoever altered the file may have put anything there.
        yield str(region), Head(seq if isinstance(seq, int) else -1, str(stored_hash))
