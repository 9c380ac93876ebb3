"""Wialon IPS 1.1, 2.0 and 2.1: a tracker's end of a connection; no I/O.

Messages are lines, `#type#fields`. A connection begins with `#L#imei;password`, or, from 2.0 on, with
`#L#2.0;imei;password;checksum`, after which every message ends with a checksum. A message may name its device
in front, as datagrams do: `imei#D#…` or `2.0;imei#D#…`; that is whose this one message is, and it is judged.
`#B#` brings stored positions, which are history. Every message is answered, and the answer says what was
taken: `#ASD#1`, `#AD#1`, `#AB#3`, or why it was not.

Photos, tachograph files and words to the driver are answered with a refusal: nothing here would keep them.

Source: Gurtam, Wialon IPS 1.1, 2.0 and 2.1.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter

from tracking.fix import Fix
from tracking.protocols.dialect import (
    MAX_UNIT_CHARACTERS,
    Claim,
    Distress,
    Judge,
    Judgement,
    Parser,
    Step,
    trusting,
)
from tracking.protocols.recording import Recording
from tracking.protocols.wialon_message import Bad, Message, checked, crc16, read_message

# A longer line is dropped. 64 kB are some 600 stored positions with parameters in one #B#.
MAX_LINE = 1 << 18
MAX_FILE_BYTES = 1 << 26

_TYPED = re.compile(rb"(?:(?:(\d\.\d);)?([\x21-\x22\x24-\x3a\x3c-\x7e]{1,64}))?#([A-Z]{1,3})#(.*)", re.DOTALL)
_SIZE = re.compile(rb"\d{1,9}")
_VERSION = re.compile(rb"\d\.\d")
_IDENTITY = re.compile(rb"[\x21-\x3a\x3c-\x7e]{1,%d}" % MAX_UNIT_CHARACTERS)

_LOGIN_ANSWER = {"ok": b"1", "unknown-unit": b"0", "wrong-secret": b"01"}
_COMPRESSED = 0xFF


class WialonDevice:
    """One connection's state; see `tracking.protocols.dialect.Dialect`.

    Args:
        judge: decides on every login, and on every device that a datagram names.
        anonymous: take positions of nobody too, as a log's reader does; otherwise they are refused.
    """

    def __init__(self, judge: Judge, *, anonymous: bool = False) -> None:
        self.unit: str | None = None
        self._judge = judge
        self._anonymous = anonymous
        self._login: str | None = None
        self._checksums: bool | None = None if anonymous else False  # None: as each message looks
        self._speaker: str | None = None  # whose the current message is
        self._checked = self._checksums  # whether it ends with a checksum
        self._named: tuple[str, str] | None = None  # the last device that a message named, and its unit
        self._buffer = b""
        self._dropping = False  # within a line that is too long
        self._skip_bytes = 0  # of a file that is not kept
        self._seen: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._fixes: list[Fix] = []
        self._distress: list[Distress] = []
        self._judged: list[Judgement] = []
        self._closing = False

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it, by name."""
        named = {name: self._seen[name] for name in ("read", "fixes", "without a position")}
        named |= dict(sorted(self._seen.items()))
        return named | {f"rejected {reason}": n for reason, n in sorted(self._rejected.items())}

    def feed(self, data: bytes, received_ms: int) -> Step:
        """Take bytes of a stream, cut anywhere."""
        replies: list[bytes] = []
        buffer = self._buffer + data
        at = 0
        while at < len(buffer) and not self._closing:
            if self._skip_bytes:
                skipped = min(self._skip_bytes, len(buffer) - at)
                self._skip_bytes -= skipped
                at += skipped
                continue
            if buffer[at] == _COMPRESSED and not self._dropping:
                # 0xFF, length, and a packet packed by zlib.
                if len(buffer) - at < 3:
                    break
                end = at + 3 + (buffer[at + 1] | buffer[at + 2] << 8)
                if len(buffer) < end:
                    break
                self._unpacked(buffer[at + 3 : end], received_ms, replies)
                at = end
                continue
            end = buffer.find(b"\n", at)
            if end < 0:
                break
            self._line(buffer[at:end], received_ms, replies)
            at = end + 1
        self._buffer = b"" if self._closing else buffer[at:]
        if len(self._buffer) > MAX_LINE and self._buffer[0] != _COMPRESSED:
            self._dropping, self._buffer = True, b""
        return self._step(replies)

    def datagram(self, data: bytes, received_ms: int) -> Step:
        """Take whole messages; the last one needs no line end."""
        self._buffer, self._dropping, self._skip_bytes, self._closing = b"", False, 0, False
        step = self.feed(data if data.endswith(b"\n") else data + b"\r\n", received_ms)
        self._drop_rest()
        self._skip_bytes = 0
        return Step(step.fixes, step.distress, step.judged, step.reply)

    def idle(self) -> Step:
        """Return nothing: a position is complete when it comes."""
        return Step()

    def time_out(self) -> Step:
        """Close a connection on which nobody logged in."""
        return Step(close=True) if self.unit is None and self._named is None else Step()

    def end(self, received_ms: int) -> Step:  # noqa: ARG002  # as every dialect's
        """End the stream. An unfinished message is not taken: it will come again."""
        self._drop_rest()
        return Step()

    def _drop_rest(self) -> None:
        if self._buffer:
            self._seen["read"] += 1
            self._rejected["truncated message"] += 1
        self._buffer = b""

    def _step(self, replies: list[bytes]) -> Step:
        fixes, self._fixes = self._fixes, []
        distress, self._distress = self._distress, []
        judged, self._judged = self._judged, []
        self._seen["fixes"] += len(fixes)
        return Step(fixes, distress, judged, b"".join(replies), self._closing)

    def _unpacked(self, packed: bytes, received_ms: int, replies: list[bytes]) -> None:
        inflate = zlib.decompressobj()
        try:
            text = inflate.decompress(packed, MAX_LINE)
        except zlib.error:
            text = b""
        if not inflate.eof:
            self._seen["read"] += 1
            self._rejected["bad compression"] += 1
            return
        for line in text.split(b"\n"):
            self._line(line, received_ms, replies)

    def _line(self, line: bytes, received_ms: int, replies: list[bytes]) -> None:
        dropped, self._dropping = self._dropping or len(line) > MAX_LINE, False
        line = line.strip(b"\r\n \t\0")
        if not (line or dropped):
            return
        self._seen["read"] += 1
        matched = None if dropped else _TYPED.fullmatch(line)
        if matched is None:
            self._rejected["line too long" if dropped else "not a message"] += 1
            return
        version, name, kind, body = matched.groups()
        self._speaker, self._checked = self.unit, self._checksums
        if name is not None:
            if not self._anonymous:
                self._checked = version is not None
            self._speaker = self._judged_unit(name.decode())
            if self._speaker is None:
                return
        if kind == b"L":
            replies.append(b"#AL#" + self._logged_in(body) + b"\r\n")
        elif kind == b"P":
            replies.append(b"#AP#\r\n")
        elif kind in (b"SD", b"D", b"B"):
            self._data(kind, body, received_ms, replies)
        else:
            self._seen["other messages"] += 1
            replies.append(self._other(kind, body))

    def _data(self, kind: bytes, body: bytes, received_ms: int, replies: list[bytes]) -> None:
        if self._speaker is None and not self._anonymous:
            self._rejected["nobody's"] += 1
            self._closing = True
            return
        answer = self._stored(body, received_ms) if kind == b"B" else self._one(body, received_ms)
        replies.append(b"#A" + kind + b"#" + answer + b"\r\n")

    def _one(self, body: bytes, received_ms: int) -> bytes:
        try:
            message = read_message(body, with_checksum=self._checked)
        except Bad as bad:
            self._rejected[bad.reason] += 1
            return bad.code
        self._take(message, received_ms, history=False)
        return b"1"

    def _stored(self, body: bytes, received_ms: int) -> bytes:
        """Take the messages of a #B#; return how many of them were good, or nothing for a bad checksum."""
        last = body.rpartition(b"|")[2]
        if self._checked or (self._checked is None and last and b";" not in last):
            text = checked(body, b"|")
            if text is None:
                self._rejected["bad checksum"] += 1
                return b""
            body = text
        taken = 0
        for part in body.split(b"|"):
            if not part:
                continue
            try:
                message = read_message(part)
            except Bad as bad:
                self._rejected[bad.reason] += 1
                continue
            self._take(message, received_ms, history=True)
            taken += 1
        return b"%d" % taken

    def _take(self, message: Message, received_ms: int, *, history: bool) -> None:
        taken_ms = message.taken_ms
        fix = None
        if message.lat_deg is None or message.lon_deg is None:
            self._seen["without a position"] += 1
        else:
            fix = Fix(
                self._speaker,
                taken_ms,
                message.time_of_day_ms,
                received_ms,
                message.lat_deg,
                message.lon_deg,
                message.speed_mps,
                message.course_deg,
                message.altitude_m,
                message.hdop,
                message.satellites,
                "estimated" if message.estimated else "valid",
                history,
            )
            self._fixes.append(fix)
        if message.alarm:
            self._seen["alarms"] += 1
            cry = Distress(self._speaker, "button", taken_ms, received_ms, fix, "Wialon SOS")
            self._distress.append(cry)

    def _logged_in(self, body: bytes) -> bytes:
        """Judge a login; return what answers it."""
        fields = body.split(b";")
        checksums = _VERSION.fullmatch(fields[0]) is not None and len(fields) > 2
        if checksums:
            text = checked(body)
            if text is None:
                self._rejected["bad checksum"] += 1
                self._closing = True
                return b"10"
            fields = text.split(b";")[1:]
        if len(fields) != 2 or not _IDENTITY.fullmatch(fields[0]):
            self._rejected["bad login"] += 1
            self._closing = True
            return b"0"
        # What is not ASCII stays as it is written, so that it matches no secret.
        secret = fields[1].decode("ascii", "backslashreplace")
        claim = Claim(fields[0].decode(), None if secret in ("", "NA") else secret, self._login)
        judgement = self._judge(claim)
        self._judged.append(judgement)
        if judgement.verdict == "ok":
            self.unit, self._login = judgement.unit, claim.unit
            self._checksums = None if self._anonymous else checksums
        else:
            self._rejected[judgement.verdict] += 1
            self._closing = True
        return _LOGIN_ANSWER[judgement.verdict]

    def _judged_unit(self, name: str) -> str | None:
        """Judge the device that a message names; return its unit, or None if it is refused."""
        if self._named is not None and self._named[0] == name:
            return self._named[1]
        if name == self._login:
            return self.unit
        judgement = self._judge(Claim(name, None, self._login))
        self._judged.append(judgement)
        if judgement.verdict != "ok":
            self._rejected[judgement.verdict] += 1
            return None
        self._named = name, judgement.unit
        return judgement.unit

    def _other(self, kind: bytes, body: bytes) -> bytes:
        """Answer what is no position; a file that follows is passed over."""
        if kind == b"M":
            return b"#AM#0\r\n"
        if kind in (b"I", b"T"):
            # The line begins with size and index, or with code, size and index; that many bytes follow it.
            size, index = [*body.split(b";"), b"", b"", b""][kind == b"T" :][:2]
            self._skip_bytes = min(int(size), MAX_FILE_BYTES) if _SIZE.fullmatch(size) else 0
            return b"#A%s#%s;0\r\n" % (kind, index if _SIZE.fullmatch(index) else b"NA")
        if kind == b"IT":
            return b"#AIT#0\r\n"
        return b""


def device(judge: Judge, *, unroll: bool = False) -> WialonDevice:  # noqa: ARG001  # its dates are the device's
    """Return the end of one connection."""
    return WialonDevice(judge)


def log(*, unroll: bool = False) -> Parser:  # noqa: ARG001  # the same
    """Return a reader of a log that holds one message a line."""
    return Recording(WialonDevice(trusting, anonymous=True), lambda line: line, "not a message")


def write_message(kind: bytes, body: bytes) -> bytes:
    """Return a message of IPS 2.0 with its checksum, as a device sends it; `body` without the checksum.

    The separator before the checksum is `|` for #B# and `;` for the rest.
    """
    text = body + (b"|" if kind == b"B" else b";")
    return b"#%s#%s%04X\r\n" % (kind, text, crc16(text))
