"""Sessions: who is signed in, kept over a restart, so that no crew's tablet asks for a new link at night.

The file holds hashes of cookies alone, and of each user's secrets: whoever reads it can sign in nowhere, and
a session ends with the password that it was opened by.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

from console.access import Session, User

SESSIONS_NAME = "sessions.json"

log = logging.getLogger("skoraya.sessions")


class _Kept(msgspec.Struct, frozen=True):
    cookie_hash: str
    user: str
    ends_ms: int
    secrets: str


class SessionFile:
    """The sessions of one service on its disk.

    Args:
        path: the file; it is made with the first session.
        users: as the settings list them now.
    """

    def __init__(self, path: Path, users: Iterable[User]) -> None:
        self._path = path
        self._writing = threading.Lock()  # passwords are checked in threads
        self._secrets = {user.id: _fingerprint(user) for user in users}

    def load(self) -> dict[str, Session]:
        """Return the sessions of users that are there with the same secrets; none where it is unreadable."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=list[_Kept])
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
            log.warning("everybody signs in again: cannot read %s: %s", self._path, error)
            return {}
        return {
            one.cookie_hash: (one.user, one.ends_ms)
            for one in kept
            if self._secrets.get(one.user) == one.secrets
        }

    def save(self, sessions: dict[str, Session]) -> None:
        """Write them down, aside and then in place; with a full disk a restart will end them."""
        kept = [
            _Kept(cookie_hash, user, ends_ms, self._secrets.get(user, ""))
            for cookie_hash, (user, ends_ms) in sessions.items()
        ]
        aside = self._path.with_suffix(".writing")
        try:
            with self._writing:
                aside.touch(mode=0o600)
                with aside.open("wb") as file:
                    file.write(msgspec.json.encode(kept))
                    file.flush()
                    os.fsync(file.fileno())
                aside.replace(self._path)
        except OSError as error:
            log.warning("sessions will not outlive a restart: cannot write %s: %s", self._path, error)


def _fingerprint(user: User) -> str:
    return hashlib.sha256(f"{user.password_hash}\n{user.token_hash}".encode()).hexdigest()
