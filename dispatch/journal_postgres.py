"""The journal in PostgreSQL: for a region whose standby runs on another machine.

One connection writes and holds the leases, another reads, each under its own lock and made anew after it
broke. An append is one statement and therefore one transaction: it moves the head and writes the entries, or
neither. A commit is awaited (`synchronous_commit`), and a server that runs without fsync is refused: it would
acknowledge what is not durable.
"""

from __future__ import annotations

import contextlib
import hashlib
import ssl
import threading
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from dispatch.events import Envelope, Head, Sealed
from dispatch.journal import Check, JournalError, Progress, Trouble, Verdict, unsealed

try:
    from pg8000.exceptions import DatabaseError, Error
    from pg8000.native import Connection
except ImportError:
    raise ImportError("PostgreSQL needs its driver: install skoraya[postgres]") from None

# A server that is silent for so long counts as gone: nothing is acknowledged, and voice takes over.
CONNECT_TIMEOUT_S = 3
ANSWER_TIMEOUT_S = 5
LOCK_TIMEOUT_MS = 3_000
PAGE = 5_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS skoraya_entries (
    region text NOT NULL, seq bigint NOT NULL, hash text NOT NULL, body bytea NOT NULL,
    PRIMARY KEY (region, seq)
);
CREATE TABLE IF NOT EXISTS skoraya_heads (
    region text NOT NULL PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL
);
"""

APPEND = """
WITH moved AS (
    INSERT INTO skoraya_heads (region, seq, hash) VALUES (:region, :last_seq, :last_hash)
    ON CONFLICT (region) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
    WHERE skoraya_heads.seq = :head_seq AND skoraya_heads.hash = :head_hash
    RETURNING 1
)
INSERT INTO skoraya_entries (region, seq, hash, body)
SELECT CAST(:region AS text), entry.seq, entry.hash, decode(entry.body, 'base64')
FROM unnest(CAST(:seqs AS bigint[]), CAST(:hashes AS text[]), CAST(:bodies AS text[]))
    AS entry (seq, hash, body)
WHERE EXISTS (SELECT 1 FROM moved)
"""

# What a server's error means for us (SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html).
TROUBLES: dict[str, Trouble] = {
    "53100": "full",
    "23505": "second-writer",
    "55P03": "locked",
    "40P01": "locked",
    "57014": "locked",
    "3D000": "missing",
    "42P01": "missing",
    "XX001": "corrupt",
    "XX002": "corrupt",
    "25006": "io",
}
WORDS: dict[Trouble, str] = {
    "full": "the server's disk is full; free some space, then try again",
    "locked": "another session holds what is needed",
    "missing": "there is no such database, or no journal in it",
    "corrupt": "the database is damaged",
    "gone": "the database does not answer",
    "io": "the database did not take it",
}


class PostgresJournal:
    """A journal in a PostgreSQL database, given as `postgresql://user:password@host:port/database`."""

    def __init__(self, address: str, *, read_only: bool = False) -> None:
        """Connect, and make the tables unless it is only to be read.

        Raises:
            JournalError: the address is none, the server does not answer, lets us not in, or is not safe.
        """
        self._target = _target(address)
        self.name = _name(address)
        self._read_only = read_only
        self._closed = False
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._writer: Connection | None = None
        self._reader: Connection | None = None
        self._leases: set[str] = set()
        try:
            if not read_only:
                with self._write_lock:
                    self._prepare(self._writing())
            with self._read_lock:
                self._reading().run("SELECT 1 FROM skoraya_heads LIMIT 1")
        except (Error, OSError) as error:
            self.close()
            raise self._explained(error) from error
        except JournalError:
            self.close()
            raise

    # ── what every journal does ──────────────────────────────────────────────────────────────────────────

    def head(self, region: str) -> Head:
        """Return the end of the region's chain: its last entry, whatever the table of heads says."""
        found = self._read(
            "SELECT seq, hash FROM skoraya_entries WHERE region = :region ORDER BY seq DESC LIMIT 1",
            region=region,
        )
        return Head(found[0][0], found[0][1]) if found else Head()

    def append(self, region: str, head: Head, sealed: Sequence[Sealed]) -> None:
        """Write entries behind `head` in one transaction; when this returns they are durable.

        Raises:
            JournalError: "second-writer" when another has written behind that head; "gone" when the
                connection broke, and then the entries may have been written or not; others when the server
                refused.
        """
        if not sealed:
            return
        last = sealed[-1].envelope
        written = self._write(
            APPEND,
            region=region,
            last_seq=last.seq,
            last_hash=last.hash,
            head_seq=head.seq,
            head_hash=head.hash,
            seqs=[each.envelope.seq for each in sealed],
            hashes=[each.envelope.hash for each in sealed],
            bodies=[_base64(each.body) for each in sealed],
        )
        if written != len(sealed):
            raise JournalError("second-writer", f"region {region}: another writer is behind entry {head.seq}")

    def probe(self, region: str) -> None:
        """Commit a new version of the head, which is as the old one.

        Raises:
            JournalError: the server would take no entry now either.
        """
        self._write("UPDATE skoraya_heads SET seq = seq WHERE region = :region", region=region)

    def hold(self, region: str) -> bool:
        """Take the region's lease: an advisory lock, which ends with the writing connection.

        An engine whose connection broke has lost it: then a waiting standby takes over.
        """
        with self._write_lock:
            try:
                writer = self._writing()
                if region in self._leases:
                    return True
                if writer.run("SELECT pg_try_advisory_lock(:key)", key=_lease(region))[0][0]:
                    self._leases.add(region)
                    return True
            except (Error, OSError) as error:
                self._drop_writer()
                raise self._explained(error) from error
        return False

    def read(self, region: str, after_seq: int = 0) -> Iterator[Envelope]:
        """Return the entries behind `after_seq`, in order.

        Raises:
            JournalError: an entry cannot be read, or was written by a newer version.
        """
        return (each.envelope for each in self.stored(region, after_seq))

    def stored(self, region: str, after_seq: int = 0) -> Iterator[Sealed]:
        """Return the entries behind `after_seq` with their bytes, as `read` does."""
        seq = after_seq
        while page := self._read(
            "SELECT seq, hash, body FROM skoraya_entries WHERE region = :region AND seq > :seq "
            "ORDER BY seq LIMIT :page",
            region=region,
            seq=seq,
            page=PAGE,
        ):
            for row_seq, stored_hash, body in page:
                yield Sealed(unsealed(self.name, region, row_seq, stored_hash, body), body)
            seq = page[-1][0]

    def entries(self, region: str, seqs: Sequence[int]) -> list[Envelope]:
        """Return those entries, in that order; numbers that do not exist are left out."""
        if not seqs:
            return []
        rows = self._read(
            "SELECT seq, hash, body FROM skoraya_entries "
            "WHERE region = :region AND seq = ANY(CAST(:seqs AS bigint[]))",
            region=region,
            seqs=list(seqs),
        )
        found = {seq: unsealed(self.name, region, seq, stored, body) for seq, stored, body in rows}
        return [found[seq] for seq in seqs if seq in found]

    def verify(self, progress: Progress | None = None) -> Verdict:
        """Recompute every hash and compare every head; name the first bad entry."""
        check = Check({}, None)
        try:
            with contextlib.closing(self._connect()) as connection:
                # One picture of both tables, while the engine goes on writing.
                connection.run("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                stored = connection.run("SELECT region, seq, hash FROM skoraya_heads")
                check = Check({row[0]: Head(row[1], row[2]) for row in stored}, progress)
                flaw = check.rows(_all_rows(connection)) or check.ends()
        except (Error, OSError) as error:
            return check.unreadable(error)
        return check.verdict(flaw)

    def close(self) -> None:
        """Let go of the connections, and with them of the leases."""
        with self._write_lock, self._read_lock:
            self._closed = True
            self._drop_writer()
            self._drop_reader()

    # ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────

    def _write(self, statement: str, **values: object) -> int:
        """Run one statement, which is one transaction; return how many rows it wrote."""
        with self._write_lock:
            try:
                writer = self._writing()
                writer.run(statement, **values)
                count: int = writer.row_count
            except (Error, OSError) as error:
                explained = self._explained(error)
                if explained.trouble == "gone":
                    self._drop_writer()
                raise explained from error
            return count

    def _read(self, statement: str, **values: object) -> list[Any]:
        with self._read_lock:
            try:
                fresh = self._reader is None
                try:
                    rows: list[Any] = self._reading().run(statement, **values)
                except (Error, OSError) as error:
                    self._drop_reader()
                    if fresh or isinstance(error, DatabaseError):
                        raise
                    # The server may have been restarted since the last question; reading twice does no harm.
                    rows = self._reading().run(statement, **values)
            except (Error, OSError) as error:
                self._drop_reader()
                raise self._explained(error) from error
            return rows

    def _writing(self) -> Connection:
        if self._closed or self._read_only:
            raise JournalError("closed", f"{self.name} is closed for writing")
        if self._writer is None:
            self._writer = self._connect()
            for region in tuple(self._leases):
                # Where a standby was quicker it takes over, and our next entry fails by the key.
                if not self._writer.run("SELECT pg_try_advisory_lock(:key)", key=_lease(region))[0][0]:
                    self._leases.discard(region)
        return self._writer

    def _reading(self) -> Connection:
        if self._closed:
            raise JournalError("closed", f"{self.name} is closed")
        if self._reader is None:
            self._reader = self._connect()
        return self._reader

    def _connect(self) -> Connection:
        connection = Connection(
            **self._target, timeout=CONNECT_TIMEOUT_S, application_name="skoraya", tcp_keepalive=True
        )
        try:
            self._make_safe(connection)
        except BaseException:
            _close(connection)
            raise
        return connection

    def _make_safe(self, connection: Connection) -> None:
        connection._usock.settimeout(ANSWER_TIMEOUT_S)  # noqa: SLF001  # pg8000 has no other way to tell the two timeouts apart
        connection.run(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        if connection.run("SHOW fsync")[0][0] != "on":
            raise JournalError("unsafe", f"{self.name}: the server runs with fsync off; it would lose calls")
        if connection.run("SHOW synchronous_commit")[0][0] != "remote_apply":  # that is more than "on"
            connection.run("SET synchronous_commit = on")

    def _prepare(self, connection: Connection) -> None:
        connection.run("BEGIN")
        # Two services that start at once must not both make the tables.
        connection.run("SELECT pg_advisory_xact_lock(:key)", key=_lease(""))
        connection.run(SCHEMA)
        connection.run("COMMIT")

    def _drop_writer(self) -> None:
        if self._writer is not None:
            _close(self._writer)
            self._writer = None

    def _drop_reader(self) -> None:
        if self._reader is not None:
            _close(self._reader)
            self._reader = None

    def _explained(self, error: Exception) -> JournalError:
        if isinstance(error, DatabaseError) and error.args and isinstance(error.args[0], dict):
            state, text = str(error.args[0].get("C", "")), str(error.args[0].get("M", ""))
            if state == "23505":
                return JournalError("second-writer", f"{self.name}: an entry was written by another")
            gone = state.startswith(("08", "57P"))
            trouble = "gone" if gone else TROUBLES.get(state, "io")
            return JournalError(trouble, f"{self.name}: {WORDS[trouble]} ({text})")
        return JournalError("gone", f"{self.name}: {WORDS['gone']} ({' '.join(str(error).split())})")


def _all_rows(connection: Connection) -> Iterator[tuple[str, int, object, object]]:
    """Yield every entry through a cursor of the server's: a journal may be larger than the memory."""
    connection.run(
        "DECLARE every NO SCROLL CURSOR FOR "
        'SELECT region, seq, hash, body FROM skoraya_entries ORDER BY region COLLATE "C", seq'
    )
    while rows := connection.run(f"FETCH {PAGE} FROM every"):
        yield from rows


def _lease(region: str) -> int:
    """Return the 64-bit key of a region's advisory lock."""
    digest = hashlib.sha256(f"skoraya lease {region}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _base64(body: bytes) -> str:
    return b2a_base64(body, newline=False).decode()


def _close(connection: Connection) -> None:
    # The other end may be gone; that must not hide the first error.
    with contextlib.suppress(Error, OSError):
        connection.close()


def _name(address: str) -> str:
    """Return the address without its password."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"postgresql://{host}{parts.path}"


def _target(address: str) -> dict[str, Any]:
    """Return pg8000's arguments for an address.

    Raises:
        JournalError: it is no address.
    """
    parts = urlsplit(address)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    try:
        port = parts.port or 5432
    except ValueError:
        raise JournalError("missing", f"{_name(address)}: the port is no number") from None
    database = unquote(parts.path.lstrip("/"))
    if not parts.username or not database:
        raise JournalError(
            "missing", f"{_name(address)}: write postgresql://user:password@host:port/database"
        )
    target: dict[str, Any] = {
        "user": unquote(parts.username),
        "password": unquote(parts.password) if parts.password is not None else None,
        "database": database,
        "ssl_context": _tls(address, options.pop("sslmode", "prefer"), options.pop("sslrootcert", None)),
    }
    folder = options.pop("host", None)
    if options:
        raise JournalError("missing", f"{_name(address)}: nothing is known of the option {min(options)!r}")
    if folder is not None:
        return {**target, "unix_sock": f"{folder}/.s.PGSQL.{port}"}
    return {**target, "host": parts.hostname or "localhost", "port": port}


def _tls(address: str, mode: str, authority: str | None) -> ssl.SSLContext | bool | None:
    """Return what pg8000 takes for libpq's sslmode: False is never, None when the server can, True always."""
    if mode in ("disable", "prefer", "require"):
        return {"disable": False, "prefer": None, "require": True}[mode]
    if mode == "verify-full":
        return ssl.create_default_context(cafile=authority)
    raise JournalError("missing", f"{_name(address)}: sslmode is disable, prefer, require or verify-full")
