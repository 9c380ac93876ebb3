"""The command `skoraya`: finds the subcommand and runs it.

Each subcommand is a module of `console.commands` with `configure(parser)` and `run(arguments) -> int`;
only the one that was asked for is imported, so that `--help` and `decode` start at once.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence

from console.commands.failure import Failure
from console.parser import Parser

# Subcommand: what it does, in the words of `skoraya --help`.
COMMANDS = {
    "demo": "run a made-up city, live, and open its console",
    "serve": "run the real service",
    "gateway": "run one of several gateway processes beside the service",
    "unit": "the on-board program: store what a receiver says and forward it",
    "load": "play many units at a gateway, and measure it",
    "track": "a unit's track, as GeoJSON or GPX",
    "decode": "turn a receiver's or device's log into fixes, as JSON",
    "map": "build, make up or describe a map",
    "coverage": "say which share of the roads and addresses the units reach in time",
    "nearest": "rank units by road time to a point",
    "route": "the fastest way between two points, as GeoJSON",
    "find": "look an address or place up",
    "learn": "learn the roads' times from the fleet's own drives, and judge it",
    "report": "response intervals of a call log",
    "verify": "check the journal's hash chain",
    "journal": "copy a journal to another database, checked at both ends",
    "secret": "make a token or hash a password for the configuration",
}

# What writing to standard output fails with, on a full or a broken disk.
UNWRITTEN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG})

# Options whose value may begin with a minus: argparse alone would take "-33.9,151.2" for an option.
SIGNED_OPTIONS = frozenset({"--to", "--from"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; return 0 on success, 1 on a failure, 2 on bad arguments."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else "--help"
    _open_what_is_closed()
    if name in COMMANDS:
        return _run(name, arguments[1:])
    parser = Parser(
        prog="skoraya",
        description="Ambulance dispatch with GLONASS/GNSS tracking.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands:\n"
        + "\n".join(f"  {command:<10}{summary}" for command, summary in COMMANDS.items())
        + "\n\n`skoraya COMMAND --help` shows its options and an example; start with `skoraya demo`.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument("command", nargs="?", metavar="COMMAND", help=f"one of: {', '.join(COMMANDS)}")
    if name in ("-h", "--help"):
        parser.print_help()
        return 0
    if name == "--version":
        from importlib.metadata import version  # noqa: PLC0415  # 20 ms that no other command should pay

        print(f"skoraya {version('skoraya')}")
        return 0
    print(f"skoraya: there is no command {name!r}; try one of: {', '.join(COMMANDS)}", file=sys.stderr)
    return 2


def _run(name: str, arguments: list[str]) -> int:
    module = importlib.import_module(f"console.commands.{name}")
    parser = Parser(
        prog=f"skoraya {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.configure(parser)
    try:
        parsed = parser.parse_args(_joined(arguments))
    except SystemExit as stopped:  # argparse has printed its say: 0 after --help, 2 after a bad argument
        return int(stopped.code or 0)
    try:
        status: int = module.run(parsed)
        sys.stdout.flush()
    except Failure as failure:
        print(f"skoraya {name}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"skoraya {name}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (`head`, say) has had enough: no failure, and nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # A command says itself what is wrong with its files: this is mostly a full disk behind `>`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        unwritten = error.errno in UNWRITTEN and error.filename is None
        where = "the output cannot be written" if unwritten else error.filename
        why = error.strerror or error
        print(f"skoraya {name}: {why if where is None else f'{where}: {why}'}", file=sys.stderr)
        return 1
    return status


def _open_what_is_closed() -> None:
    """Give a process that was started with a closed stream (`>&-`) an empty one in its place."""
    for number, stream, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, stream) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, stream, open(number, mode, closefd=False))  # noqa: SIM115  # for as long as we live


def _joined(arguments: list[str]) -> list[str]:
    """Write `--to -33.9,151.2` as `--to=-33.9,151.2`."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] in SIGNED_OPTIONS:
            joined[-1] += "=" + argument
        else:
            joined.append(argument)
    return joined


if __name__ == "__main__":
    sys.exit(main())
