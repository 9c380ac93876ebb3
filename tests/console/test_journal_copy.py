"""A journal that is copied from one database to another, and what is refused."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from console.commands.failure import Failure
from console.commands.journal import copy
from dispatch.events import Draft, Head, seal
from dispatch.journal_open import open_journal
from tests.dispatch.golden import play
from tests.dispatch.storage import Storage


def written(path: Path, by: str = "anna") -> Path:
    """A SQLite journal with the life of many calls, sealed as an engine seals them."""
    with closing(open_journal(path)) as journal:
        drafts = [
            Draft(event=each.event, at_ms=each.at_ms, learned_ms=each.learned_ms, by=by, source="x")
            for each in play().journal
        ]
        journal.append("test", Head(), seal("test", Head(), drafts))
    return path


def test_a_copy_holds_every_entry_byte_for_byte(storage: Storage, tmp_path: Path) -> None:
    """From SQLite to each database: both chains are sound, end alike, and a second copy changes nothing."""
    path = written(tmp_path / "source.sqlite")
    with closing(open_journal(path, read_only=True)) as source, closing(storage.open()) as target:
        verdict = copy(source, target)
        assert verdict.flaw is None
        assert target.head("test") == source.head("test")
        assert [each.body for each in target.stored("test")] == [each.body for each in source.stored("test")]
        assert copy(source, target).entries == verdict.entries


def test_a_copy_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    """The first forty entries are there: the rest follow."""
    with (
        closing(open_journal(written(tmp_path / "source.sqlite"), read_only=True)) as source,
        closing(open_journal(tmp_path / "target.sqlite")) as target,
    ):
        begun = list(source.stored("test"))[:40]
        target.append("test", Head(), begun)
        copy(source, target)
        assert target.head("test") == source.head("test")


def test_nothing_is_written_into_another_journal_or_from_an_altered_one(tmp_path: Path) -> None:
    """Other entries there, or a byte altered here: a clear No, and the target is as it was."""
    path = written(tmp_path / "source.sqlite")
    with closing(open_journal(path)) as source, closing(open_journal(tmp_path / "target.sqlite")) as target:
        copy(source, target)
        other = list(source.stored("test"))
        stranger = open_journal(written(tmp_path / "other.sqlite", by="boris"))
        with closing(stranger), pytest.raises(Failure, match="other entries"):
            copy(stranger, target)
        assert target.head("test") == source.head("test")
        with closing(sqlite3.connect(path)) as altered, altered:
            altered.execute("UPDATE entries SET body = ? WHERE seq = 5", (other[4].body + b" ",))
        with closing(open_journal(tmp_path / "third.sqlite")) as third:
            with pytest.raises(Failure, match="entry 5"):
                copy(source, third)
            assert third.head("test") == Head()


def test_the_command_prints_the_heads_and_says_what_is_wrong(tmp_path: Path) -> None:
    """One JSON object on success; one line and exit 1 for a file that is not there."""
    path = written(tmp_path / "source.sqlite")
    command = [sys.executable, "-m", "console", "journal", "copy"]
    done = subprocess.run(
        [*command, path, tmp_path / "to.sqlite"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["heads"][0]["region"] == "test"
    failed = subprocess.run(
        [*command, tmp_path / "no.sqlite", tmp_path / "to.sqlite"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 1
    assert len(failed.stderr.strip().splitlines()) == 1
    assert "no.sqlite" in failed.stderr
