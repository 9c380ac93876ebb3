"""Failure: what a command could not do, in words for the person who typed it."""

from __future__ import annotations


class Failure(Exception):  # noqa: N818  # it is what a command ends with; the name reads in every `raise`
    """Ends a command with exit status 1; the message is one line: what is wrong, where, and what to do."""
