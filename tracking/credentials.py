"""Credentials: which devices may speak for which unit.

A device's secret is long and random (`secrets.token_urlsafe()`), so a plain SHA-256 of it is kept: it cannot
be guessed back, and a check costs a microsecond, which matters when 20,000 units reconnect at once. A secret
chosen by a person would need a slow hash instead; there is no way to choose one here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

Verdict = Literal["ok", "unknown-unit", "wrong-secret"]

_NO_HASH = "0" * 64


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Credentials:
    """Answers who may speak for a unit.

    Args:
        hashes: unit → `hash_secret(secret)`; it is looked up at each login, so it may change meanwhile.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = hashes

    def __call__(self, unit: str, secret: str) -> Verdict:
        """Return `ok`, `unknown-unit` or `wrong-secret`; compares in constant time."""
        known = self._hashes.get(unit)
        same = hmac.compare_digest(hash_secret(secret), known or _NO_HASH)
        if known is None:
            return "unknown-unit"
        return "ok" if same else "wrong-secret"
