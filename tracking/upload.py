"""Upload: the vehicle's end of Wialon IPS 2.0, with its checksums and acknowledgements; no I/O.

The newest fix goes first, as a live message (`#D#`), and what has waited goes behind it in packets (`#B#`);
one of each is on its way at a time, so a long backlog never stands in front of where the vehicle is now.

Source: Gurtam, Wialon IPS 2.0.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Sequence
from typing import Literal

import msgspec

from tracking.fix import Fix
from tracking.protocols.wialon_message import ESTIMATED, crc16

State = Literal["login", "open", "refused"]
Kind = Literal["live", "backlog"]

# Answers to a login: 1 is good, these are refusals until somebody changes something.
_REFUSALS = {b"0": "the gateway does not know this unit", b"01": "the secret is wrong", b"10": "bad checksum"}

MAX_ANSWER = 1024

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Entry(msgspec.Struct, frozen=True):
    """A fix that waits, and its number."""

    number: int
    fix: Fix


class Settled(msgspec.Struct, frozen=True):
    """What has become of fixes that were sent.

    Attributes:
        numbers: whose these are.
        taken: how many the gateway has on its disk; the others it will never believe.
        again: they did not arrive whole, and are to be sent again.
    """

    numbers: list[int]
    taken: int
    again: bool = False


class Upload:
    """One connection.

    Args:
        unit: what the vehicle calls itself.
        secret: what proves it.

    Attributes:
        state: `login` until the gateway has answered.
        refusal: why it would not have us.
    """

    def __init__(self, unit: str, secret: str) -> None:
        self.state: State = "login"
        self.refusal: str | None = None
        self._login = f"2.0;{unit};{secret};".encode()
        self._sent: deque[tuple[Kind, list[int]]] = deque()
        self._buffer = b""

    @property
    def on_its_way(self) -> frozenset[int]:
        """The numbers of fixes that wait for their answer."""
        return frozenset(number for _, numbers in self._sent for number in numbers)

    def has_room(self, kind: Kind) -> bool:
        """Whether a message of this kind may be sent now."""
        return self.state == "open" and all(sent != kind for sent, _ in self._sent)

    def log_in(self) -> bytes:
        """Return the first message."""
        return b"#L#%s%04X\r\n" % (self._login, crc16(self._login))

    def live(self, entry: Entry) -> bytes:
        """Return the message of where the vehicle is now."""
        self._sent.append(("live", [entry.number]))
        body = f"{_long(entry.fix)};".encode()
        return b"#D#%s%04X\r\n" % (body, crc16(body))

    def backlog(self, entries: Sequence[Entry]) -> bytes:
        """Return one packet of where it has been."""
        self._sent.append(("backlog", [entry.number for entry in entries]))
        body = "".join(f"{_long(entry.fix)}|" for entry in entries).encode()
        return b"#B#%s%04X\r\n" % (body, crc16(body))

    def receive(self, data: bytes) -> list[Settled]:
        """Take bytes from the gateway, cut anywhere; return what they settle."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._buffer = self._buffer[-MAX_ANSWER:]
        return [settled for line in lines if (settled := self._line(line.strip())) is not None]

    def _line(self, line: bytes) -> Settled | None:
        kind, _, answer = line.lstrip(b"#").partition(b"#")
        if kind == b"AL" and self.state == "login":
            self.state = "open" if answer == b"1" else "refused"
            if self.state == "refused":
                self.refusal = _REFUSALS.get(answer, f"answer {answer.decode(errors='replace')}")
            return None
        wanted: Kind | None = {b"AD": "live", b"AB": "backlog"}.get(kind)  # type: ignore[assignment]  # of these two
        if wanted is None or not self._sent or self._sent[0][0] != wanted:
            return None
        _, numbers = self._sent.popleft()
        if wanted == "live":
            # 16: the checksum of an extended message is wrong.
            return Settled(numbers, int(answer == b"1"), again=answer == b"16")
        return Settled(numbers, int(answer) if answer.isdigit() else 0, again=not answer)


def _long(fix: Fix) -> str:
    """Return all fields of an extended message; that a position was not measured is a parameter of ours."""
    estimated = f"{ESTIMATED.decode()}:1:1" if fix.quality == "estimated" else "NA"
    return f"{_fields(fix)};{_number(fix.hdop, 2)};NA;NA;;NA;{estimated}"


def _fields(fix: Fix) -> str:
    """Return date to satellites, the ten fields of a short message."""
    at = _EPOCH + dt.timedelta(milliseconds=fix.taken_ms or 0)
    north, east = abs(fix.lat_deg), abs(fix.lon_deg)
    # Seven digits of a minute are 0.2 mm: the archive gets what the receiver said.
    minutes_north, minutes_east = round(north % 1 * 60, 7), round(east % 1 * 60, 7)
    if minutes_north >= 60:
        north, minutes_north = north + 1, 0.0
    if minutes_east >= 60:
        east, minutes_east = east + 1, 0.0
    where = (
        f"{int(north):02d}{minutes_north:010.7f};{'S' if fix.lat_deg < 0 else 'N'};"
        f"{int(east):03d}{minutes_east:010.7f};{'W' if fix.lon_deg < 0 else 'E'}"
    )
    speed_kmh = None if fix.speed_mps is None else min(fix.speed_mps * 3.6, 999.0)
    altitude = None if fix.altitude_m is None or abs(fix.altitude_m) > 99_999 else fix.altitude_m
    return (
        f"{at:%d%m%y};{at:%H%M%S}.{(fix.taken_ms or 0) % 1000:03d};{where};{_number(speed_kmh, 4)};"
        f"{_number(fix.course_deg, 2)};{_number(altitude, 2)};{_number(fix.satellites, 0)}"
    )


def _number(value: float | None, digits: int) -> str:
    return "NA" if value is None else f"{value:.{digits}f}"
