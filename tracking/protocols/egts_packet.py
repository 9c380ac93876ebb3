"""EGTS packets: found in a stream of bytes, both checksums checked, and written; no I/O.

A packet whose header's checksum is right but whose data's is wrong is passed over whole, since its length is
known; after anything else the next believable header is looked for. So one pass over the bytes is enough,
whatever they are.

Source: GOST 33472-2015, transport layer (the same as order 285 of the Russian Ministry of Transport, 2012).
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections import Counter
from collections.abc import Iterator
from struct import Struct
from typing import Literal

import msgspec

VERSION = 1
HEADER_BYTES = 11
ROUTED_HEADER_BYTES = 16  # with peer and recipient address and a time to live
MAX_PACKET_BYTES = ROUTED_HEADER_BYTES + 0xFFFF + 2

RESPONSE, APPDATA, SIGNED_APPDATA = 0, 1, 2

_PREFIX, _ENCRYPTED, _COMPRESSED = 0xC0, 0x18, 0x04  # bits of the flags
_LOWEST_PRIORITY = 0x03

_HEADER = Struct(
    "<BBBBBHHB"
)  # version, key, flags, header's length, its encoding, data's length, number, type
_U16 = Struct("<H")

# What every header looks like, so that rubbish is passed over quickly.
_HEADER_BEGINS = re.compile(rb"\x01.[\x00-\x3f][\x0b\x10]\x00....[\x00-\x02]", re.DOTALL)

Trouble = Literal["bad data checksum", "encrypted", "compressed"]


def _crc8_table() -> bytes:
    table = bytearray()
    for value in range(256):
        for _ in range(8):
            value = (value << 1 ^ 0x31 if value & 0x80 else value << 1) & 0xFF  # noqa: PLW2901  # a register
        table.append(value)
    return bytes(table)


_CRC8 = _crc8_table()


def crc8(data: bytes | bytearray) -> int:
    """Return the header's checksum: polynomial 0x31, begun with 0xFF."""
    value = 0xFF
    table = _CRC8
    for byte in data:
        value = table[value ^ byte]
    return value


def crc16(data: bytes | bytearray) -> int:
    """Return the data's checksum: polynomial 0x1021, begun with 0xFFFF."""
    return crc_hqx(data, 0xFFFF)


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One packet whose header is right. `trouble` says why its data cannot be read, if so."""

    number: int
    type: int
    data: bytes
    trouble: Trouble | None = None


class Framer:
    """Finds packets in a stream, cut into chunks anywhere.

    Attributes:
        rejected: stretches of bytes that are no packet, by reason.
    """

    def __init__(self) -> None:
        self.rejected: Counter[str] = Counter()
        self._buffer = bytearray()
        self._lost = False  # within a stretch that is no packet, which is counted already

    @property
    def waiting(self) -> int:
        """How many bytes wait for the rest of their packet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Take bytes; yield the packets that they complete. Whoever stops early has no use for the rest."""
        buffer = self._buffer
        buffer += data
        at, size = 0, len(buffer)
        while size - at >= HEADER_BYTES:
            length = buffer[at + 3]
            if buffer[at] == VERSION and length in (HEADER_BYTES, ROUTED_HEADER_BYTES):
                if size - at < length:
                    break
                _, _, flags, _, encoding, data_bytes, number, kind = _HEADER.unpack_from(buffer, at)
                right = crc8(buffer[at : at + length - 1]) == buffer[at + length - 1]
                if right and not encoding and not flags & _PREFIX and kind <= SIGNED_APPDATA:
                    end = at + length + data_bytes + (2 if data_bytes else 0)
                    if size < end:
                        break
                    body = bytes(buffer[at + length : at + length + data_bytes])
                    trouble = _trouble(flags, body, buffer, end)
                    at = end
                    self._lost = False
                    yield Packet(number, kind, body, trouble)
                    continue
                self._lose("bad header checksum" if not right else "bad header")
            else:
                self._lose("not a packet")
            found = _HEADER_BEGINS.search(buffer, at + 1)
            if found is not None:
                at = found.start()
            else:
                rest = buffer.find(VERSION, max(at + 1, size - _HEADER.size + 1))
                at = size if rest < 0 else rest
        del buffer[:at]

    def end(self) -> None:
        """Drop what waits for its rest, because no more is to come."""
        if self._buffer and not self._lost:
            self.rejected["truncated packet"] += 1
        self._buffer.clear()
        self._lost = False

    def _lose(self, why: str) -> None:
        if not self._lost:
            self._lost = True
            self.rejected[why] += 1


def _trouble(flags: int, body: bytes, buffer: bytearray, end: int) -> Trouble | None:
    if body and crc16(body) != _U16.unpack_from(buffer, end - 2)[0]:
        return "bad data checksum"
    if flags & _ENCRYPTED:
        return "encrypted"
    return "compressed" if flags & _COMPRESSED else None


def write_packet(number: int, kind: int, data: bytes) -> bytes:
    """Return a packet of the platform's, ready to be sent."""
    header = _HEADER.pack(VERSION, 0, _LOWEST_PRIORITY, HEADER_BYTES, 0, len(data), number, kind)
    tail = _U16.pack(crc16(data)) if data else b""
    return header + bytes((crc8(header),)) + data + tail
