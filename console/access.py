"""Who may do what: secrets, sessions and the role table.

No clock and no randomness of its own: `now_ms`, salts and tokens are arguments.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

Role = Literal["dispatcher", "admin", "crew", "intake", "hospital", "federal"]
Act = Literal[
    "watch",
    "take_call",
    "dispatch",
    "press_status",
    "read_reports",
    "find_place",
    "run_demo",
    "receive",
    "invite",
    "enrol",
    "believe",  # that a unit is where its device says
    "see_patients",  # in the reports and forms; each look is journalled
    "keep_reports",  # read logs in, correct times
    "compare_regions",
    "keep_roster",  # members and their qualifications, plans of crews
]

# The whole of authorisation: what a role may do. Everything else is refused.
PERMISSIONS: dict[Role, frozenset[Act]] = {
    "dispatcher": frozenset(
        {
            "watch",
            "take_call",
            "dispatch",
            "press_status",
            "believe",
            "read_reports",
            "find_place",
            "run_demo",
            "invite",
            "see_patients",
            "keep_roster",
        }
    ),
    "admin": frozenset(
        {
            "watch",
            "read_reports",
            "find_place",
            "invite",
            "enrol",
            "believe",
            "see_patients",
            "keep_reports",
            "keep_roster",
        }
    ),
    "federal": frozenset({"read_reports", "compare_regions"}),
    "crew": frozenset({"press_status"}),
    "intake": frozenset({"take_call", "find_place"}),
    "hospital": frozenset({"receive"}),
}

Session = tuple[str, int]  # the user and when it ends
SESSION_MS = 14 * 3_600_000  # a 12-hour shift and its hand-over
LINK_MS = 10 * 60_000
MAX_SESSIONS = 10_000

# RFC 7914's parameters for interactive sign-in (N = 2^14, r = 8, p = 1): about 16 MB and 50 ms a guess.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 14, 8, 1

# Sign-in attempts: at most this many failures a user name within the window, then a pause.
MAX_FAILURES = 10
FAILURE_WINDOW_MS = 60_000


class User(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person or program that may sign in. Hashes come from `skoraya secret`."""

    id: str
    role: Role
    name: str = ""
    password_hash: str | None = None
    token_hash: str | None = None
    unit: str | None = None  # a crew's own
    hospital: str | None = None  # whose board it is


class Identity(msgspec.Struct, frozen=True):
    """Who is speaking."""

    user: str
    role: Role
    name: str
    unit: str | None = None
    hospital: str | None = None

    def may(self, act: Act) -> bool:
        """Say whether the role allows `act`."""
        return act in PERMISSIONS[self.role]


def hash_password(password: str, salt: bytes) -> str:
    """Return `scrypt:salt:key` in hex, for the settings' `password_hash`; `salt` is 16 random bytes."""
    key = hashlib.scrypt(password.encode(), salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, dklen=32)
    return f"scrypt:{salt.hex()}:{key.hex()}"


def is_password(password: str, stored: str) -> bool:
    """Compare in constant time; a malformed `stored` matches nothing."""
    parts = stored.split(":")
    if len(parts) != 3 or parts[0] != "scrypt":
        return False
    try:
        salt = bytes.fromhex(parts[1])
    except ValueError:
        return False
    return hmac.compare_digest(hash_password(password, salt), stored)


def hash_token(token: str) -> str:
    """Return `sha256:…` in hex: enough for secrets of 128 random bits or more, which need no slow hash."""
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


class Access:
    """Users, their sessions and one-time links. Holds no plain secret longer than a call."""

    def __init__(
        self,
        users: Iterable[User],
        new_token: Callable[[], str],
        *,
        sessions: Mapping[str, Session] | None = None,
        keep: Callable[[dict[str, Session]], None] = lambda _: None,
    ) -> None:
        """Begin with the sessions of before a restart.

        Args:
            users: as the settings list them.
            new_token: returns 32 unguessable bytes as text.
            sessions: by the hash of their cookie.
            keep: is given all sessions whenever one begins or ends.
        """
        self._new_token = new_token
        self._users = {user.id: user for user in users}
        self._by_token = {user.token_hash: user for user in self._users.values() if user.token_hash}
        self._sessions: dict[str, Session] = dict(sessions or {})  # by the hash of the cookie
        self._keep = keep
        self._links: dict[str, tuple[str, int]] = {}
        self._failures: dict[str, list[int]] = {}
        # An unknown user costs as much time as a wrong password: names cannot be guessed by the clock. This
        # is no password's hash, and takes as long to compare as any.
        self._decoy_hash = f"scrypt:{b'decoy'.hex()}:{hashlib.sha256(new_token().encode()).hexdigest()}"

    def sign_in(self, user_id: str, password: str, now_ms: int) -> tuple[str, Identity] | None:
        """Return the session's cookie and its owner, or None: wrong name or password, or too many tries."""
        if self.is_throttled(user_id, now_ms):
            return None
        user = self._users.get(user_id)
        stored = self._decoy_hash if user is None or user.password_hash is None else user.password_hash
        if not is_password(password, stored) or user is None:
            recent = [at for at in self._failures.get(user_id, []) if at > now_ms - FAILURE_WINDOW_MS]
            if len(self._failures) >= MAX_SESSIONS:
                self._failures.clear()  # names made up by the thousand must not grow us
            self._failures[user_id] = [*recent, now_ms]
            return None
        self._failures.pop(user_id, None)
        return self._open_session(user, now_ms)

    def is_throttled(self, user_id: str, now_ms: int) -> bool:
        """Say whether `user_id` has failed too often in the last minute."""
        recent = [at for at in self._failures.get(user_id, []) if at > now_ms - FAILURE_WINDOW_MS]
        return len(recent) >= MAX_FAILURES

    def bound_to(self, *, unit: str | None = None, hospital: str | None = None) -> str | None:
        """Return the user of a crew or of a hospital's board; None when there is none."""
        for user in self._users.values():
            if (unit is not None and user.role == "crew" and user.unit == unit) or (
                hospital is not None and user.role == "hospital" and user.hospital == hospital
            ):
                return user.id
        return None

    def make_link(self, user_id: str, now_ms: int) -> str:
        """Return the token of a one-time sign-in link that ends in ten minutes."""
        token = self._new_token()
        self._links[hash_token(token)] = (user_id, now_ms + LINK_MS)
        return token

    def follow_link(self, token: str, now_ms: int) -> tuple[str, Identity] | None:
        """Use a link up; return a session, or None when it is used, wrong or too old."""
        user_id, ends_ms = self._links.pop(hash_token(token), ("", 0))
        user = self._users.get(user_id)
        if user is None or ends_ms <= now_ms:
            return None
        return self._open_session(user, now_ms)

    def of_cookie(self, cookie: str | None, now_ms: int) -> Identity | None:
        """Return the owner of a session that has not ended."""
        if not cookie:
            return None
        user_id, ends_ms = self._sessions.get(hash_token(cookie), ("", 0))
        user = self._users.get(user_id)
        return _identity(user) if user is not None and ends_ms > now_ms else None

    def of_token(self, token: str | None) -> Identity | None:
        """Return the program that a bearer token belongs to."""
        if not token:
            return None
        # The look-up is by the token's hash: its timing tells nothing about the token.
        user = self._by_token.get(hash_token(token))
        return None if user is None else _identity(user)

    def sign_out(self, cookie: str | None) -> None:
        """End a session; an unknown one is ended already."""
        if cookie:
            self._sessions.pop(hash_token(cookie), None)
            self._keep(dict(self._sessions))

    def _open_session(self, user: User, now_ms: int) -> tuple[str, Identity]:
        ended = [key for key, (_, ends_ms) in self._sessions.items() if ends_ms <= now_ms]
        for key in ended:
            del self._sessions[key]
        if len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[min(self._sessions, key=lambda key: self._sessions[key][1])]
        cookie = self._new_token()
        self._sessions[hash_token(cookie)] = (user.id, now_ms + SESSION_MS)
        self._keep(dict(self._sessions))
        return cookie, _identity(user)


def _identity(user: User) -> Identity:
    return Identity(user.id, user.role, user.name or user.id, user.unit, user.hospital)
