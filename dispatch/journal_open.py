"""⚙ Journal opening: an address or a path → the journal that keeps it."""

from __future__ import annotations

from pathlib import Path

from dispatch.journal import Journal, is_address
from dispatch.journal_sqlite import SqliteJournal


def open_journal(where: str | Path, *, read_only: bool = False) -> Journal:
    """Open a journal: a `postgresql://…` address, or the path of a SQLite file.

    Raises:
        JournalError: it is missing, no journal, or cannot be written; or the driver for it is missing.
    """
    if is_address(where):
        from dispatch.journal_postgres import PostgresJournal  # noqa: PLC0415  # its driver is an extra

        return PostgresJournal(str(where), read_only=read_only)
    return SqliteJournal(Path(where), read_only=read_only)
