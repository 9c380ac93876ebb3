"""Play many units at a gateway: say what was sent, acknowledged and lost, and how long answers took.

    skoraya load --example --units 20000 > load.toml            units for the gateway's configuration
    skoraya load --to 127.0.0.1:5039 --units 20000 --hz 1 --seconds 60
    skoraya load --to 127.0.0.1:5039 --units 2000 --hz 1 --seconds 60 --protocol egts

Units are called PREFIX1, PREFIX2, …; in EGTS their numbers alone. NMEA has no acknowledgement: there a fix
counts as acknowledged when the gateway has read its stream to the end, and the latency is that of the login's
answer.
"""

from __future__ import annotations

import argparse
import ipaddress
import math
import subprocess
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from console.commands.address import address
from console.commands.failure import Failure
from console.commands.number import above_zero

if TYPE_CHECKING:
    from console.loadworker import Tally

MOST_UNITS = 1_000_000
_number = partial(above_zero, what="number above 0, such as 1")
UNITS_A_PROCESS = 9_000  # sockets, below the usual limit of open files


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--to", type=address, metavar="HOST:PORT", help="the gateway; only this machine's own addresses")
    add("--units", type=_count, default=100, metavar="N", help="default: %(default)s")
    add(
        "--hz",
        type=_number,
        default=1.0,
        metavar="F",
        help="fixes a second of each; default: %(default)s",
    )
    add("--seconds", type=_number, default=30.0, metavar="S", help="default: %(default)s")
    add("--protocol", choices=("nmea", "egts"), default="nmea", help="default: %(default)s")
    add("--prefix", default="load-", help="of the units' names in NMEA; default: %(default)s")
    add("--first", type=_count, default=1, metavar="N", help="the first unit's number; default: %(default)s")
    add("--secret", default="load-secret", help="of all the units; default: %(default)s")
    add("--processes", type=_count, metavar="N", help="default: as many as the sockets need")
    add("--i-own-this-address", action="store_true", help="allow an address that is not this machine's own")
    add("--example", action="store_true", help="print the units as configuration, and exit")


def run(arguments: argparse.Namespace) -> int:
    """Play, and print what came of it."""
    if arguments.example:
        _print_example(arguments)
        return 0
    if arguments.to is None:
        print("skoraya load: --to HOST:PORT is missing: where is the gateway?", file=sys.stderr)
        return 2
    host, port = arguments.to
    if not arguments.i_own_this_address:
        _demand_loopback(host)
    import msgspec  # noqa: PLC0415  # --help must not pay for it

    from console.loadworker import Plan, Tally  # noqa: PLC0415  # the same

    processes = arguments.processes or math.ceil(arguments.units / UNITS_A_PROCESS)
    connect_s = max(0.5, arguments.units / 4000)
    begin_s = time.monotonic() + connect_s + 2 + arguments.units / 4000
    workers = []
    first = arguments.first
    for index in range(processes):
        units = arguments.units // processes + (index < arguments.units % processes)
        plan = Plan(
            host,
            port,
            first,
            units,
            arguments.prefix,
            arguments.secret,
            arguments.protocol,
            arguments.hz,
            arguments.seconds,
            begin_s,
            connect_s,
        )
        first += units
        worker = subprocess.Popen(
            [sys.executable, "-m", "console.loadworker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert worker.stdin is not None  # noqa: S101  # it is a pipe
        worker.stdin.write(msgspec.json.encode(plan))
        worker.stdin.close()
        workers.append(worker)
    total = Tally()
    over = threading.Event()
    showing = threading.Thread(target=_show, args=(over, begin_s, arguments.seconds), daemon=True)
    if sys.stderr.isatty():
        showing.start()
    try:
        for worker in workers:
            assert worker.stdout is not None  # noqa: S101  # it is a pipe
            said = worker.stdout.read()
            try:
                part = msgspec.json.decode(said, type=Tally)
            except msgspec.DecodeError:
                raise Failure("a process of the load generator failed; see above") from None
            worker.wait()
            _add(total, part)
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
        over.set()
        if showing.is_alive():
            showing.join()  # it wipes its line, which must not be one of the results
    _print(total, arguments)
    if total.why.keys() == {"ConnectionRefusedError"} and not total.connected:
        raise Failure(f"nothing listens at {host}:{port}; start `skoraya serve`, or mend --to")
    if not total.connected:
        reasons = ", ".join(f"{why} ({count})" for why, count in total.why.items())
        raise Failure(
            f"no unit could log in at {host}:{port}: {reasons}; does the gateway know them? See --example"
        )
    return 0


def _show(over: threading.Event, begin_s: float, seconds: float) -> None:
    """Draw on a terminal how far the play is, until it is over."""
    while not over.wait(0.5):
        played_s = min(max(0.0, time.monotonic() - begin_s), seconds)
        stage = "waiting for the answers" if played_s == seconds else "playing" if played_s else "connecting"
        filled = "#" * round(24 * played_s / seconds)
        told = f"\r\x1b[K[{filled:·<24}] {stage}: {played_s:.0f} of {seconds:.0f} s"
        print(told, end="", file=sys.stderr, flush=True)
    print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def quantile(counted: dict[int, int], p: float) -> int:
    """Return the nearest-rank quantile of values with their counts, of which there is at least one."""
    rank = math.ceil(p * sum(counted.values()))
    for value in sorted(counted):
        rank -= counted[value]
        if rank <= 0:
            return value
    return max(counted)


def _add(total: Tally, part: Tally) -> None:
    for name in ("connected", "refused", "cut", "sent", "acknowledged", "late"):
        setattr(total, name, getattr(total, name) + getattr(part, name))
    for tenths, count in part.latencies.items():
        total.latencies[tenths] = total.latencies.get(tenths, 0) + count
    for why, count in part.why.items():
        total.why[why] = total.why.get(why, 0) + count


def _print(total: Tally, arguments: argparse.Namespace) -> None:
    what = "a fix" if arguments.protocol == "egts" else "a login"
    for name in ("connected", "refused", "cut", "sent", "acknowledged"):
        print(f"{name:<13}{getattr(total, name)}")
    print(f"{'lost':<13}{total.sent - total.acknowledged}")
    if total.latencies:
        p50_ms, p99_ms = quantile(total.latencies, 0.5) / 10, quantile(total.latencies, 0.99) / 10
        print(f"{'latency p50':<13}{p50_ms:.1f} ms, of {what}")
        print(f"{'latency p99':<13}{p99_ms:.1f} ms")
    if total.late:
        print("behind       the load generator could not send as fast as it was asked to")


def _print_example(arguments: argparse.Namespace) -> None:
    from tracking.credentials import hash_secret  # noqa: PLC0415  # --help must not pay for it

    kept = hash_secret(arguments.secret)
    for number in range(arguments.first, arguments.first + arguments.units):
        name = f"{arguments.prefix}{number}" if arguments.protocol == "nmea" else str(number)
        print(f'[[unit]]\nid = "{name}"\ncrew_kind = "paramedic"\nsubstation = "s1"')
        print(f'secret_hash = "sha256:{kept}"\n')


def _demand_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Failure(
            f"{host} is not this machine: a load test of a system that is in use is an attack; "
            "if it is yours and idle, add --i-own-this-address"
        )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_UNITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_UNITS}")
    return int(text)
