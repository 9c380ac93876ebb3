r"""NMEA 0183: a stream of bytes in, fixes out; no I/O.

A sentence begins at `$` and ends at CR, LF or the next `$`; whatever lies between sentences (binary
protocols, `!` sentences, tag blocks `\s:…*hh\`, comments, a prefix before `$`, text after the checksum) is
passed over, but for lines that say who speaks, where someone asks for them. The position sentences RMC, GGA,
GNS and GLL, of any talker, VTG's speed, ZDA's date, and the satellites of GSA and GSV are read; every other
sentence is ignored unchecked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from tracking.fix import Fix
from tracking.protocols.identity import MAX_IDENTITY_LINE, SENTENCE_HEADS, read_identity, read_prefix
from tracking.protocols.nmea_epoch import Epochs
from tracking.protocols.nmea_sentence import READERS, Rejected, explain, reader_of
from tracking.protocols.nmea_sky import Sky

# The standard's limit is 82 characters; high-precision receivers pass it by some tens. A line without an end
# is dropped when it is longer than this, so the buffer never grows beyond it and one chunk.
MAX_SENTENCE = 255

_HEX = "0123456789ABCDEFabcdef"
_CHECKSUMS = {f"{high}{low}".encode(): int(high + low, 16) for high in _HEX for low in _HEX}
# By far the most usual end of a sentence: its last five bytes.
_USUAL_ENDS = {b"*" + text + b"\r\n": value for text, value in _CHECKSUMS.items()}

_PLACELESS = frozenset({"ZDA", "VTG"})  # sentences that never hold a position

_LINE_END = re.compile(rb"[\r\n]+")

# (identity, whether it is a sentence's prefix) → whose the fixes from here on are, or None for nobody's.
Identify = Callable[[str, bool], str | None]

_512_BITS = (1 << 512) - 1
_256_BITS = (1 << 256) - 1
_64_BITS = (1 << 64) - 1


def checksum(body: bytes) -> int:
    """Return the XOR of all bytes of `body`, which has at most 256 of them."""
    # Folded as one big number: three times as fast as byte by byte.
    n = int.from_bytes(body, "big")
    if len(body) > 64:
        if len(body) > 128:
            n ^= n >> 1024
        n = (n ^ n >> 512) & _512_BITS
    n = (n ^ n >> 256) & _256_BITS
    n ^= n >> 128
    n = (n ^ n >> 64) & _64_BITS
    n ^= n >> 32
    n ^= n >> 16
    return (n ^ n >> 8) & 0xFF


class NmeaParser:
    """Decodes the stream of one receiver. It never raises, whatever the bytes.

    Args:
        unit: whose fixes these are, or None.
        unroll: correct dates of receivers that are whole GPS week rollovers (1,024 weeks) behind, taking
            `received_ms` as now. A live gateway does; a log is unrolled only when someone says when it was
            made.
        hasty: put a fix out as soon as the receiver's habit says that its epoch is over; a log can wait.
        identify: asked whenever a line or a prefix says who speaks; see `tracking.protocols.identity`.

    Attributes:
        read: position sentences seen, good or bad.
        other: sentences that are not about a position.
        void: good position sentences in which the receiver says that it has no position.
        rejected: bad position sentences by reason.
        fixes: fixes returned so far.
        sky: which satellites the receiver sees and uses, as it said last.
    """

    __slots__ = (
        "_between",
        "_epochs",
        "_identify",
        "_tail",
        "fixes",
        "other",
        "read",
        "rejected",
        "sky",
        "void",
    )

    def __init__(
        self,
        unit: str | None = None,
        *,
        unroll: bool = False,
        hasty: bool = True,
        identify: Identify | None = None,
    ) -> None:
        self.read = 0
        self.other = 0
        self.void = 0
        self.fixes = 0
        self.rejected: Counter[str] = Counter()
        self.sky = Sky()
        self._tail = b""  # an unfinished sentence from its `$` on, or nothing
        self._between = b""  # an unfinished line that is no sentence, or nothing
        self._identify = identify
        self._epochs = Epochs(unit, unroll=unroll, hasty=hasty)

    @property
    def unit(self) -> str | None:
        """Whose the fixes are."""
        return self._epochs.unit

    @unit.setter
    def unit(self, unit: str | None) -> None:
        self._epochs.unit = unit

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it, by name; reasons of rejection stand under `rejected …`."""
        named = {
            "read": self.read,
            "fixes": self.fixes,
            "without a position": self.void,
            "other sentences": self.other,
            "late": self._epochs.late,
        }
        return named | {f"rejected {reason}": n for reason, n in sorted(self.rejected.items())}

    def feed(self, data: bytes, received_ms: int) -> list[Fix]:
        """Take bytes as they came, cut anywhere; return the fixes that they complete."""
        fixes: list[Fix] = []
        joined = self._tail + data
        pieces = joined.split(b"$")
        last = pieces[-1]
        ended = b"\n" in last or b"\r" in last or len(last) > MAX_SENTENCE + 4
        if len(pieces) > 1 and not ended:
            self._tail = b"$" + pieces.pop()  # it may still be growing
        else:
            self._tail = b""
        before = pieces.pop(0)  # what precedes the first `$` belongs to no sentence
        if self._identify is None or (
            # Usually nothing lies between the sentences: a line end is followed by `$`, or by nothing.
            not before
            and not self._between
            and joined.count(b"\n$") + (last[-1:] == b"\n") == joined.count(b"\n") == len(pieces)
        ):
            self._sentences(pieces, received_ms, fixes)
        else:
            self._with_identities(before, pieces, not self._tail, received_ms, fixes)
        self.fixes += len(fixes)
        return fixes

    def idle(self) -> list[Fix]:
        """Put out the current epoch's fix because the line has fallen silent, by the caller's clock."""
        fixes: list[Fix] = []
        self._epochs.idle(fixes)
        self.fixes += len(fixes)
        return fixes

    def flush(self, received_ms: int) -> list[Fix]:
        """End the stream: take an unfinished sentence as finished and the current epoch as over."""
        fixes: list[Fix] = []
        tail, self._tail = self._tail, b""
        if tail:
            self._sentences([tail[1:]], received_ms, fixes)
        elif self._between:
            self._text(b"\n", fixes)
        self._epochs.end(fixes)
        self.fixes += len(fixes)
        return fixes

    def _sentences(self, pieces: list[bytes], received_ms: int, fixes: list[Fix]) -> None:
        # The hot path: one loop, and as few calls and look-ups in it as there can be.
        readers, ends, add = READERS, _USUAL_ENDS, self._epochs.add
        read = 0
        for piece in pieces:
            reader = readers.get(piece[:6]) or reader_of(piece[:6])
            if reader is None:
                self._other(piece, fixes)
                continue
            read += 1
            match, observe, _ = reader
            stated = ends.get(piece[-5:])
            body = piece[:-5]
            matched = match(body) if stated is not None else None
            if matched is None:
                # Text follows, or another line end, or it is no sentence.
                body, star, rest = piece.partition(b"*")
                matched = match(body) if star and len(body) <= MAX_SENTENCE else None
                stated = _stated(rest)
            if matched is None or stated != checksum(body):
                self.rejected[_reason(reader[2], piece)] += 1
                continue
            try:
                observation = observe(matched.groups())
            except Rejected as rejected:
                self.rejected[str(rejected)] += 1
                continue
            if observation.lat_deg is None and reader[2] not in _PLACELESS:
                self.void += 1
            add(observation, received_ms, fixes)
        self.read += read

    def _other(self, piece: bytes, fixes: list[Fix]) -> None:
        """Take a sentence that is not about a position: of the satellites, or one that says who speaks."""
        self.other += 1
        kind = piece[2:6]
        if kind in (b"GSA,", b"GSV,"):
            body, _, rest = piece.partition(b"*")
            if len(body) > MAX_SENTENCE or _stated(rest) != checksum(body):
                return
            if kind == b"GSV,":
                self.sky.take_gsv(body)
            elif self.sky.take_gsa(body):
                self._epochs.sky(self.sky.hdop, self.sky.bits)
            return
        if self._identify is not None and piece[:4] in SENTENCE_HEADS:
            self._claimed(read_identity(b"$" + _LINE_END.split(piece, 1)[0]), False, fixes)

    def _with_identities(
        self, before: bytes, pieces: list[bytes], ended: bool, received_ms: int, fixes: list[Fix]
    ) -> None:
        """Read sentences one by one, and between them the lines that say who speaks."""
        if before or self._between:
            self._text(before, fixes)
        for number, piece in enumerate(pieces):
            if self._between:
                self._prefix(fixes)
            self._sentences([piece], received_ms, fixes)
            rest = _LINE_END.split(piece, 1)[1:]
            if rest:
                self._text(rest[0], fixes)
            elif ended and number == len(pieces) - 1:
                self._between = b"\xff"  # the rest of a sentence that is too long is no line of its own
        if self._between and not ended:
            self._prefix(fixes)

    def _text(self, text: bytes, fixes: list[Fix]) -> None:
        """Look for identities in text that is no sentence; keep its last, unfinished line."""
        *lines, self._between = _LINE_END.split(self._between + text)
        for line in lines:
            if line:
                self._claimed(read_identity(line), False, fixes)
        self._between = self._between[: MAX_IDENTITY_LINE + 1]

    def _prefix(self, fixes: list[Fix]) -> None:
        before, self._between = self._between, b""
        self._claimed(read_prefix(before), True, fixes)

    def _claimed(self, name: str | None, prefix: bool, fixes: list[Fix]) -> None:
        if name is None or self._identify is None:
            return
        unit = self._identify(name, prefix)
        if unit != self._epochs.unit:
            self._epochs.end(fixes)
            self._epochs.unit = unit


def _stated(rest: bytes) -> int | None:
    """Return the checksum that stands behind a sentence's `*`; text may follow it, but not a third digit."""
    return None if rest[2:3].isalnum() else _CHECKSUMS.get(rest[:2])


def _reason(kind: str, piece: bytes) -> str:
    """Return why a piece that begins like a position sentence is none."""
    line = piece.replace(b"\r", b"\n").partition(b"\n")[0]
    if len(line) > MAX_SENTENCE:
        return "too long"
    body, star, rest = line.partition(b"*")
    if not star:
        return "no checksum"
    if _stated(rest) != checksum(body):
        return "bad checksum"
    return explain(kind, body)
