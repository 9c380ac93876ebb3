"""Snapshots: a region's fold kept on disk, so that a start need not replay a year. A cache, and nothing more.

A snapshot says which entry it stands behind, by number and hash, and which version of the fold made it. One
that does not fit the journal, the fold or its own checksum is thrown away and the journal is replayed
instead. It is written in small pieces by a thread beside the engine, into a file
that gets its name when it is whole and synced.

The pieces are pickled, for the values of a region are of many kinds; nothing is unpickled but the frozen
values of this package, so that a damaged or planted file can make no code run.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import logging
import os
import pickle
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from dispatch.events import Head
from dispatch.journal import Journal, JournalError
from dispatch.region import Region

log = logging.getLogger("skoraya.snapshot")

# Raised whenever an entry that there already was is folded into something else than before. New kinds of
# entries, and fields and attributes with a default, need no new number: no older entry speaks of them. A test
# holds a journal of the past, and what it was folded into, against the fold as it is.
FOLD = 2

MAGIC = b"skoraya snapshot 1\n"
LENGTH = struct.Struct("<I")
# So many values are pickled without a pause: about 3 ms, in which nothing else in the process runs.
PIECE = 500
PAUSE_S = 0.001
KEPT = 8


class Header(msgspec.Struct, frozen=True):
    """What a snapshot says of itself.

    Attributes:
        learned_ms: when the last entry in it was learned, ms since 1970 UTC.
        program: the version of the fold that made it.
    """

    region: str
    seq: int
    hash: str
    learned_ms: int
    program: str


class _Unfit(Exception):  # noqa: N818  # an expected state of a cache, not an error
    """The snapshot cannot be used; says why."""


class Snapshots:
    """The snapshots of one installation, in one folder."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when something is written."""
        self.folder = folder

    def load(self, journal: Journal, region: str, learned_by_ms: int | None = None) -> Region:
        """Return the newest fold that fits the journal, or an empty region; what does not fit is removed.

        Args:
            journal: the truth that it must fit.
            region: the region's id.
            learned_by_ms: take none whose last entry was learned after this instant.

        Raises:
            JournalError: the journal cannot be read.
        """
        for path in reversed(self._paths(region)):
            try:
                with path.open("rb") as file:
                    header = _header(file)
                    _check(header, region, journal)
                    if learned_by_ms is not None and header.learned_ms > learned_by_ms:
                        continue
                    return _read(file, header)
            except (_Unfit, OSError) as error:
                log.warning("snapshot %s is thrown away: %s", path.name, error)
                with contextlib.suppress(OSError):
                    path.unlink()
        return Region(region)

    def save(self, journal: Journal, region: Region) -> bool:
        """Write a fold that nobody changes any more, such as a fork; say whether it was written.

        When it was not, nothing is harmed but the speed of the next start.

        Raises:
            JournalError: the journal cannot be read.
        """
        found = journal.entries(region.id, [region.seq])
        if not found or found[0].hash != region.hash:
            return False
        header = Header(region.id, region.seq, region.hash, found[0].learned_ms, program())
        path = self.folder / f"{_stem(region.id)}{region.seq:015d}.snapshot"
        aside = path.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for torn in self.folder.glob(f"{_stem(region.id)}*.part"):  # of a process that was killed
                torn.unlink(missing_ok=True)
            with aside.open("wb") as file:
                _write(file, header, region)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            self._thin(region.id)
        except OSError as error:
            log.warning("snapshot %s was not written: %s", path.name, error.strerror)
            with contextlib.suppress(OSError):
                aside.unlink()
            return False
        return True

    def _paths(self, region: str) -> list[Path]:
        """Return the region's snapshots, oldest first."""
        return sorted(self.folder.glob(f"{_stem(region)}{'[0-9]' * 15}.snapshot"))

    def _thin(self, region: str) -> None:
        """Keep the newest two, and of the older ones those that lie farthest apart."""
        paths = self._paths(region)
        while len(paths) > KEPT:
            seqs = [0, *(int(path.stem[-15:]) for path in paths)]
            # Without the one at `place`, so many entries would lie between its neighbours.
            gaps = [(seqs[place + 2] - seqs[place], place) for place in range(len(paths) - 2)]
            paths.pop(min(gaps)[1]).unlink()


def program() -> str:
    """Return what makes snapshots now: programs of before calls were filed must not read them."""
    return f"fold {FOLD}, filed"


def readable() -> tuple[str, ...]:
    """Return what a snapshot must have been made by to be believed."""
    return program(), f"fold {FOLD}"


def _stem(region: str) -> str:
    """Return a region's id as the beginning of a file's name."""
    return "".join(each if each.isalnum() else f"_{ord(each):x}_" for each in region) + "-"


def _header(file: IO[bytes]) -> Header:
    if file.read(len(MAGIC)) != MAGIC:
        raise _Unfit("it is no snapshot of this version")
    try:
        return msgspec.json.decode(file.readline(10_000), type=Header)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _Unfit(f"its first line cannot be read ({error})") from error


def _check(header: Header, region: str, journal: Journal) -> None:
    if header.program not in readable():
        raise _Unfit("another version of the fold made it")
    if header.region != region:
        raise _Unfit(f"it is of region {header.region}")
    try:
        found = journal.entries(region, [header.seq])
    except JournalError as error:
        if error.trouble == "newer":
            raise _Unfit(str(error)) from error
        raise
    if not found or Head(header.seq, found[0].hash) != Head(header.seq, header.hash):
        raise _Unfit(f"the journal has another entry {header.seq}")


def _write(file: IO[bytes], header: Header, region: Region) -> None:
    digest = hashlib.sha256()

    def put(content: bytes) -> None:
        digest.update(content)
        file.write(content)

    put(MAGIC)
    put(msgspec.json.encode(header) + b"\n")
    for piece in _pieces(region):
        content = pickle.dumps(piece, protocol=5)
        put(LENGTH.pack(len(content)))
        put(content)
        time.sleep(PAUSE_S)  # let the engine's loop run: pickling holds the interpreter's lock
    put(LENGTH.pack(0))
    file.write(digest.digest())


def _pieces(region: Region) -> Iterator[tuple[str, Any]]:
    """Yield (attribute, value), and a large dict as many (attribute, small dict)."""
    for name, value in _attributes(region).items():
        if not isinstance(value, dict):
            yield name, value
            continue
        yield name, type(value)()
        items = list(value.items())
        for first in range(0, len(items), PIECE):
            yield name, dict(items[first : first + PIECE])


def _attributes(region: Region) -> dict[str, Any]:
    """Return what a snapshot holds of a region, by name: its own dicts and values, not copies."""
    return {**region.own(), **region.calls.stores()}


def _read(file: IO[bytes], header: Header) -> Region:
    with _collector_at_rest():
        region = Region(header.region)
        wanted = _attributes(region)
        there: set[str] = set()
        file.seek(0)
        digest = hashlib.sha256(file.read(len(MAGIC)) + file.readline(10_000))
        while content := _piece(file, digest.update):
            try:
                name, value = _Unpickler(io.BytesIO(content)).load()
            except Exception as error:  # what broken bytes make pickle raise has no end
                raise _Unfit(f"it is damaged ({error})") from error
            there.add(name)
            if isinstance(held := wanted.get(name), dict) and isinstance(value, dict):
                held.update(value)
            else:
                vars(region)[name] = value
        if file.read() != digest.digest():
            raise _Unfit("it is damaged: its checksum is another")
        # What it does not name has come since, and is as it is in a region that never heard of it.
        if not there <= wanted.keys() or region.head != Head(header.seq, header.hash):
            raise _Unfit("it is of another region or version")
    return region


def _piece(file: IO[bytes], digested: Callable[[bytes], object]) -> bytes:
    length = file.read(LENGTH.size)
    if len(length) < LENGTH.size:
        raise _Unfit("it ends too soon")
    content = file.read(LENGTH.unpack(length)[0])
    digested(length + content)
    return content


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Hold the garbage collector, which would walk a million new values that all stay again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Unpickler(pickle.Unpickler):
    """Makes the frozen values of this package, and nothing else."""

    def find_class(self, module: str, name: str) -> object:
        """Return the class, where it is one of ours."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == (_rebuild.__module__, _rebuild.__qualname__):
            return _rebuild
        if module.startswith("dispatch.") and "." not in name:
            found = getattr(__import__(module, fromlist=[name]), name, None)
            if isinstance(found, type) and issubclass(found, msgspec.Struct):
                return found
        raise _Unfit(f"it names {module}.{name}")


class _Keyword(msgspec.Struct, kw_only=True):
    """A value whose fields have to be named."""

    name: str


# How msgspec has such a value made again: it calls the class with the fields' names.
_rebuild: Any = _Keyword(name="").__reduce__()[0]
