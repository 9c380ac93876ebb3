"""Make a secret and the hash of it that the configuration keeps.

Example:
  skoraya secret token                 a new token or device secret, and its hash
  skoraya secret password < file       the hash of a password read from standard input
"""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys

from console.access import hash_password, hash_token
from console.commands.failure import Failure


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("kind", choices=("token", "password"), help="what to make")


def run(arguments: argparse.Namespace) -> int:
    """Print the secret where it is new, and its hash."""
    if arguments.kind == "token":
        token = secrets.token_urlsafe(24)
        print(f"secret: {token}\nhash:   {hash_token(token)}")
        return 0
    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if len(password) < 8:
        raise Failure("a password has at least 8 characters")
    print(f"hash:   {hash_password(password, secrets.token_bytes(16))}")
    return 0
