from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from console.__main__ import main
from dispatch.events import Draft, Head, TookOver, seal
from dispatch.journal_open import open_journal
from dispatch.journal_sqlite import SqliteJournal
from tests.dispatch.postgres import PASSWORD, Server


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal of five entries."""
    path = tmp_path / "journal.sqlite"
    drafts = [
        Draft(event=TookOver(epoch=f"e{each}"), at_ms=0, learned_ms=0, by="b", source="s")
        for each in range(5)
    ]
    with closing(SqliteJournal(path)) as opened:
        opened.append("demo", Head(), seal("demo", Head(), drafts))
    return path


def test_a_sound_journal_passes_and_its_head_is_printed(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 0, with the head that one may keep elsewhere and compare later."""
    assert main(["verify", "--journal", str(journal)]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["entries"], made["sound"]) == (5, True)
    head = made["heads"][0]
    kept = f"{head['region']}:{head['seq']}:{head['hash']}"
    assert main(["verify", "--journal", str(journal), "--head", kept]) == 0


def test_one_altered_byte_is_found_and_the_entry_named(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 and one line with the region, the entry and what is wrong."""
    content = bytearray(journal.read_bytes())
    content[content.index(b'"epoch":"e2"') + 10] ^= 0x08
    journal.write_bytes(content)
    assert main(["verify", "--journal", str(journal)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "region demo, entry 3: entry 3 was altered" in printed.err


def test_a_journal_rewritten_with_all_its_hashes_is_found_by_a_kept_head(
    tmp_path: Path, journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such a journal is sound in itself; the head that was kept elsewhere gives it away."""
    with closing(SqliteJournal(journal, read_only=True)) as opened:
        head = opened.head("demo")
    forged = tmp_path / "forged.sqlite"
    drafts = [
        Draft(event=TookOver(epoch=f"x{each}"), at_ms=0, learned_ms=0, by="b", source="s")
        for each in range(5)
    ]
    with closing(SqliteJournal(forged)) as opened:
        opened.append("demo", Head(), seal("demo", Head(), drafts))
    assert main(["verify", "--journal", str(forged)]) == 0
    assert main(["verify", "--journal", str(forged), "--head", f"demo:{head.seq}:{head.hash}"]) == 1
    assert "rewritten" in capsys.readouterr().err
    assert main(["verify", "--journal", str(forged), "--head", f"demo:6:{head.hash}"]) == 1
    assert "no entry 6" in capsys.readouterr().err


def test_a_journal_in_postgresql_is_verified_and_its_altered_byte_found(
    postgres: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same command on the other database; neither the answer nor the failure shows the password."""
    address = postgres.fresh()
    drafts = [
        Draft(event=TookOver(epoch=f"e{each}"), at_ms=0, learned_ms=0, by="b", source="s")
        for each in range(5)
    ]
    with closing(open_journal(address)) as opened:
        opened.append("demo", Head(), seal("demo", Head(), drafts))
    assert main(["verify", "--journal", address]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 5
    flip = "set_byte(body, 40, get_byte(body, 40) # 1)"
    postgres.ask("shared", f"UPDATE skoraya_entries SET body = {flip} WHERE seq = 3")  # noqa: S608  # constants of this test
    assert main(["verify", "--journal", address]) == 1
    printed = capsys.readouterr()
    assert "region demo, entry 3" in printed.err
    assert printed.err.count("\n") == 1
    assert quote(PASSWORD, safe="") not in printed.err


def test_on_a_terminal_a_bar_shows_how_far_it_is(journal: Path) -> None:
    """With standard error on a terminal a bar is drawn there; standard output stays one line of JSON."""
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "console", "verify", "--journal", str(journal)],
        stdout=subprocess.PIPE,
        stderr=follower,
        check=True,
    )
    os.close(follower)
    drawn = os.read(leader, 10_000).decode()
    os.close(leader)
    assert "5 of 5 entries" in drawn
    assert json.loads(done.stdout)["sound"]


def test_what_is_no_journal_is_one_clear_line_and_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing file stays missing; text and another program's database are refused by name."""
    missing, text, foreign = tmp_path / "missing", tmp_path / "text", tmp_path / "foreign"
    text.write_text("no journal" * 100, encoding="utf-8")
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    for path in (missing, text, foreign):
        assert main(["verify", "--journal", str(path)]) == 1
        error = capsys.readouterr().err
        assert str(path) in error
        assert error.count("\n") == 1
    assert not missing.exists()


def test_a_malformed_head_is_a_bad_argument(journal: Path) -> None:
    """Exit 2."""
    assert main(["verify", "--journal", str(journal), "--head", "demo-5"]) == 2
