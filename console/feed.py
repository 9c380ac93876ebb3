"""The feed's frames: what happened as numbered text, where everyone is as latest-wins bytes. No I/O.

The format is in docs/protocols.md §3. A frame is encoded once and the same bytes go to every console.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

POSITIONS_VERSION = 1
HEADER = struct.Struct("<BBHIq")  # version, kind, zero, count, now_ms
RECORD = struct.Struct("<IiiBBH")  # index and flags, latitude, longitude, course, speed, age

STALE, ESTIMATED, SUSPECT, PARKED, AGING, PHONE = 1, 2, 4, 8, 16, 32

MAX_INDEX = (1 << 24) - 1
UNKNOWN = 255
MAX_SAID = 1000  # characters of a page's message; it says little


class UnitPosition(msgspec.Struct, frozen=True):
    """Where one unit is, as a console shows it."""

    index: int
    lat_deg: float
    lon_deg: float
    course_deg: float | None
    speed_mps: float | None
    age_s: float
    flags: int = 0


def encode_positions(positions: Sequence[UnitPosition], now_ms: int, *, everyone: bool) -> bytes:
    """Return one binary frame; `everyone` says that units which are not in it have no position."""
    frame = bytearray(HEADER.size + RECORD.size * len(positions))
    HEADER.pack_into(frame, 0, POSITIONS_VERSION, 0 if everyone else 1, 0, len(positions), now_ms)
    offset = HEADER.size
    for one in positions:
        RECORD.pack_into(
            frame,
            offset,
            one.index | one.flags << 24,
            round(one.lat_deg * 1e7),
            round(one.lon_deg * 1e7),
            UNKNOWN if one.course_deg is None else round(one.course_deg / 1.5) % 240,
            UNKNOWN if one.speed_mps is None else max(0, min(254, round(one.speed_mps * 2))),
            max(0, min(65535, int(one.age_s))),
        )
        offset += RECORD.size
    return bytes(frame)


def decode_positions(frame: bytes) -> tuple[int, bool, list[UnitPosition]]:
    """Return `now_ms`, `everyone` and the positions of a frame: for clients and tests.

    Raises:
        ValueError: the frame is none of ours.
    """
    if len(frame) < HEADER.size:
        raise ValueError(f"a position frame has at least {HEADER.size} bytes, this one {len(frame)}")
    version, kind, _, count, now_ms = HEADER.unpack_from(frame)
    if version != POSITIONS_VERSION or len(frame) != HEADER.size + count * RECORD.size:
        raise ValueError(f"not a position frame of version {POSITIONS_VERSION}")
    positions = [
        UnitPosition(
            index=packed & MAX_INDEX,
            flags=packed >> 24,
            lat_deg=lat / 1e7,
            lon_deg=lon / 1e7,
            course_deg=None if course == UNKNOWN else course * 1.5,
            speed_mps=None if speed == UNKNOWN else speed / 2,
            age_s=age_s,
        )
        for packed, lat, lon, course, speed, age_s in RECORD.iter_unpack(frame[HEADER.size :])
    ]
    return now_ms, kind == 0, positions


class Backlog:
    """The last numbered frames, so that a console that was cut off takes up where it was."""

    def __init__(self, epoch: str, seq: int, capacity: int = 10_000) -> None:
        """`epoch` names this run of the engine, `seq` is the last event before the first frame to come."""
        self.epoch = epoch
        self.seq = seq
        self._frames: deque[str] = deque(maxlen=capacity)

    def add(self, seq: int, frame: str) -> None:
        """Keep the frame of event `seq`.

        Raises:
            ValueError: `seq` is not the next number; a gap here would be a gap on every screen.
        """
        if seq != self.seq + 1:
            raise ValueError(f"the feed stands at {self.seq}; {seq} is not the next event")
        self._frames.append(frame)
        self.seq = seq

    def since(self, epoch: str, seq: int) -> list[str] | None:
        """Return the frames after `seq`, or None where they cannot be given and a snapshot must serve."""
        missed = self.seq - seq
        if epoch != self.epoch or not 0 <= missed <= len(self._frames):
            return None
        return list(self._frames)[len(self._frames) - missed :]


def parse_since(text: str | None) -> tuple[str, int] | None:
    """Return (epoch, seq) of `EPOCH:SEQ`; None for anything else, which then gets a snapshot."""
    epoch, colon, seq = (text or "").rpartition(":")
    if not colon or not epoch or not (seq.isascii() and seq.isdecimal()) or len(seq) > 18:
        return None
    return epoch, int(seq)


class Looking(msgspec.Struct, frozen=True, tag_field="t", tag="looking"):
    """A page says which call it has open; `page` is its own name for itself."""

    page: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    incident: Annotated[str, msgspec.Meta(max_length=100)] | None = None


def parse_looking(text: str | None) -> Looking | None:
    """Return what a page says it looks at; None for a ping, and for anything that is not ours."""
    if not text or len(text) > MAX_SAID:
        return None
    try:
        return msgspec.json.decode(text, type=Looking)
    except msgspec.DecodeError:  # and ValidationError, which is one
        return None


def latest(positions: Iterable[UnitPosition]) -> list[UnitPosition]:
    """Keep the last position of each unit, in order of index."""
    return sorted({one.index: one for one in positions}.values(), key=lambda one: one.index)
