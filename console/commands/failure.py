"""Failure: what a command could not do, in words for the person who typed it."""

from __future__ import annotations


class Failure(Exception):
    """Ends a command with exit status 1; the message is one line: what is wrong, where, and what to do."""
