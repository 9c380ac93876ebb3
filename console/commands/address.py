"""Address: HOST:PORT as a person types it, checked."""

from __future__ import annotations

import argparse


def address(text: str) -> tuple[str, int]:
    """Return (host, port) of "127.0.0.1:5039" or "[::1]:5039"; the type of a command's HOST:PORT argument."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:5039")
    return host, int(port)
