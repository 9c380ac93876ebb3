"""Parser: the arguments of a command; what is wrong with them is said in one line."""

from __future__ import annotations

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """As `argparse`'s, but an error is one line: which argument, why, and where to read on."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with status 2."""
        self.exit(2, f"{self.prog}: {message}; see: {self.prog} --help\n")
