"""Where a test's journal lies: a SQLite file, or a database of the tests' own PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dispatch.journal import Journal
from dispatch.journal_open import open_journal
from tests.dispatch.postgres import Server


@dataclass
class Storage:
    """One journal's place."""

    where: str
    server: Server | None = None

    @property
    def is_file(self) -> bool:
        """Say whether it is SQLite."""
        return self.server is None

    def open(self, *, read_only: bool = False) -> Journal:
        """Open the journal."""
        return open_journal(self.where, read_only=read_only)

    def tamper(self, *statements: str) -> None:
        """Change the tables behind the journal's back."""
        if self.server is not None:
            self.server.ask(self.where.rpartition("/")[2], *statements)
            return
        with closing(sqlite3.connect(self.where)) as connection, connection:
            for statement in statements:
                connection.execute(statement)


def storage_of(folder: Path, server: Server | None) -> Storage:
    """Return a new place for a journal."""
    return Storage(str(folder / "journal.sqlite")) if server is None else Storage(server.fresh(), server)
