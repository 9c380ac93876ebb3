from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dispatch.events import Draft, Head, Sealed, TookOver, seal
from dispatch.journal import JournalError
from dispatch.journal_sqlite import SqliteJournal


def drafts(count: int) -> list[Draft]:
    """Entries without a meaning."""
    return [
        Draft(event=TookOver(epoch=f"e{each}"), at_ms=each, learned_ms=each, by="engine", source="engine")
        for each in range(count)
    ]


def written(path: Path, count: int = 10, region: str = "r") -> list[Sealed]:
    """Write a journal of some entries, and let it go."""
    sealed = seal(region, Head(), drafts(count))
    with closing(SqliteJournal(path)) as journal:
        journal.append(region, Head(), sealed)
    return sealed


def tampered(path: Path, *statements: str) -> None:
    """Change the file behind the journal's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def flaw_of(path: Path) -> tuple[str, int] | None:
    """Return what `verify` finds first: what, and where."""
    with closing(SqliteJournal(path, read_only=True)) as journal:
        flaw = journal.verify().flaw
    return None if flaw is None else (flaw.what, flaw.seq)


def test_what_was_written_is_read_in_order_and_verifies(tmp_path: Path) -> None:
    """Entries come back as they went in, from any place on; another region's do not mix in."""
    path = tmp_path / "journal.sqlite"
    sealed = written(path)
    other = written(path, 3, "other")
    with closing(SqliteJournal(path)) as journal:
        assert list(journal.read("r")) == [each.envelope for each in sealed]
        assert list(journal.read("r", 7)) == [each.envelope for each in sealed[7:]]
        assert journal.entries("r", [9, 2, 77]) == [sealed[8].envelope, sealed[1].envelope]
        assert journal.head("r") == Head(10, sealed[-1].envelope.hash)
        assert journal.head("nowhere") == Head()
        verdict = journal.verify()
    assert verdict.flaw is None
    assert verdict.entries == 13
    assert verdict.heads["other"] == Head(3, other[-1].envelope.hash)


def test_reading_goes_on_over_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More entries than one page come back without gap or repetition."""
    monkeypatch.setattr("dispatch.journal_sqlite.PAGE", 3)
    written(tmp_path / "j", 10)
    with closing(SqliteJournal(tmp_path / "j")) as journal:
        assert [each.seq for each in journal.read("r")] == list(range(1, 11))


def test_a_second_writer_fails_by_the_key_and_corrupts_nothing(tmp_path: Path) -> None:
    """Who writes behind a head that is no longer the end is refused, and the chain stays whole."""
    path = tmp_path / "j"
    sealed = written(path)
    with closing(SqliteJournal(path)) as first, closing(SqliteJournal(path)) as second:
        head = Head(10, sealed[-1].envelope.hash)
        second.append("r", head, seal("r", head, drafts(1)))
        with pytest.raises(JournalError) as refused:
            first.append("r", head, seal("r", head, drafts(2)))
        assert refused.value.trouble == "second-writer"
        assert first.head("r").seq == 11
    assert flaw_of(path) is None


def test_a_writer_whose_past_is_another_is_refused(tmp_path: Path) -> None:
    """A file that was put back from a copy and written anew has the right number and the wrong hash."""
    path = tmp_path / "j"
    written(path)
    strange = Head(10, "f" * 64)
    with closing(SqliteJournal(path)) as journal:
        with pytest.raises(JournalError) as refused:
            journal.append("r", strange, seal("r", strange, drafts(1)))
        assert refused.value.trouble == "second-writer"
        assert journal.head("r").seq == 10
    assert flaw_of(path) is None


def test_of_many_writers_at_once_one_wins_each_number(tmp_path: Path) -> None:
    """Eight threads, each with its own connection, race for the same numbers: each is written once."""
    path = tmp_path / "j"
    written(path, 1)
    won: list[int] = []
    troubles: set[str] = set()

    def race() -> None:
        with closing(SqliteJournal(path)) as journal:
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
    assert flaw_of(path) is None


def test_one_flipped_byte_in_any_entry_is_found(tmp_path: Path) -> None:
    """Whichever byte of whichever entry is flipped in the file itself, verify names that entry."""
    path = tmp_path / "j"
    sealed = written(path, 4)
    whole = path.read_bytes()
    for number, each in enumerate(sealed, start=1):
        start = whole.index(each.body)
        for offset in range(len(each.body)):
            altered = bytearray(whole)
            altered[start + offset] ^= 0x01
            path.write_bytes(altered)
            found = flaw_of(path)
            assert found is not None
            assert found[1] == number
    path.write_bytes(whole)
    assert flaw_of(path) is None


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE entries SET body = replace(body, 'e3', 'e4') WHERE seq = 4"], ("altered", 4)),
        (["UPDATE entries SET body = 'text' WHERE seq = 4"], ("altered", 4)),
        (["UPDATE entries SET body = 7 WHERE seq = 4"], ("altered", 4)),
        (["UPDATE entries SET hash = hex(randomblob(32)) WHERE seq = 4"], ("altered", 4)),
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
def test_altered_missing_reordered_and_cut_off_entries_are_named(
    tmp_path: Path, statements: list[str], found: tuple[str, int]
) -> None:
    """Whatever is done to the table, verify says what, and at which entry it begins."""
    path = tmp_path / "j"
    written(path)
    tampered(path, *statements)
    assert flaw_of(path) == found


def test_a_full_disk_is_refused_in_words_and_nothing_is_half_written(tmp_path: Path) -> None:
    """A transaction that does not fit leaves the journal as it was; with space again, it goes on."""
    path = tmp_path / "j"
    sealed = written(path)
    head = Head(10, sealed[-1].envelope.hash)
    with closing(SqliteJournal(path)) as journal:
        assert journal._writer is not None
        journal._writer.execute("PRAGMA max_page_count = 8")
        with pytest.raises(JournalError, match="disk is full") as refused:
            journal.append("r", head, seal("r", head, drafts(500)))
        assert refused.value.trouble == "full"
        assert journal.head("r") == head
        # The writer connects anew, and SQLite's limit was the old connection's: there is space again.
        journal.append("r", head, seal("r", head, drafts(500)))
        assert journal.head("r").seq == 510
    assert flaw_of(path) is None


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


def test_a_write_error_of_the_system_is_refused_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Under a limit on the file's size the kernel refuses a write; all entries before it are sound."""
    path = tmp_path / "j"
    process = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    acknowledged, trouble = process.stdout.split()
    assert trouble in {"full", "io"}
    assert int(acknowledged) > 10
    with closing(SqliteJournal(path)) as journal:
        assert journal.head("r").seq >= int(acknowledged)
    assert flaw_of(path) is None


def test_a_file_held_by_another_program_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another holds the write lock, appending ends with "locked" and not by hanging."""
    monkeypatch.setattr("dispatch.journal_sqlite.BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "j"
    sealed = written(path)
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
    tampered(path, "CREATE TABLE recipes (name TEXT)")


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


def test_an_entry_of_a_newer_version_stops_the_reading(tmp_path: Path) -> None:
    """Folding without it would give another truth: reading raises and says what to do."""
    path = tmp_path / "j"
    written(path)
    tampered(path, "UPDATE entries SET body = replace(body, 'took_over', 'flew_away') WHERE seq = 4")
    with closing(SqliteJournal(path)) as journal, pytest.raises(JournalError, match="newer") as refused:
        list(journal.read("r"))
    assert refused.value.trouble == "newer"


def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    """After `close` reading and writing are refused, and closing again is harmless."""
    journal = SqliteJournal(tmp_path / "j")
    journal.close()
    journal.close()
    for use in (lambda: journal.head("r"), lambda: journal.append("r", Head(), seal("r", Head(), drafts(1)))):
        with pytest.raises(JournalError) as refused:
            use()
        assert refused.value.trouble == "closed"
