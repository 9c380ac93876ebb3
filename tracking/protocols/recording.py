"""Recording: a log with one message a line, read as if its device had sent each as a datagram; no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tracking.fix import Fix
from tracking.protocols.dialect import Dialect

# Longer lines are dropped, so that nothing grows; a packet of EGTS has 131,106 hexadecimal digits at most.
MAX_LINE = 1 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors put it in front of a file


class Recording:
    """Reads a log of a dialect; see `tracking.protocols.dialect.Parser`.

    Args:
        device: decodes the messages.
        read_line: a line without its end → the message's bytes, or None if the line cannot be one.
        unreadable: how such a line is counted.
    """

    def __init__(self, device: Dialect, read_line: Callable[[bytes], bytes | None], unreadable: str) -> None:
        self._device = device
        self._read_line = read_line
        self._unreadable = unreadable
        self._lines = 0
        self._rejected: Counter[str] = Counter()
        self._tail = b""
        self._begun = False
        self._dropping = False  # within a line that is too long

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it, by name."""
        counts = self._device.counts
        for reason, n in self._rejected.items():
            counts["read"] += n
            counts[f"rejected {reason}"] = counts.get(f"rejected {reason}", 0) + n
        return counts | {"lines": self._lines}

    def feed(self, data: bytes, received_ms: int) -> list[Fix]:
        """Take bytes, cut anywhere; return the fixes of the lines that they complete."""
        # Old programs end lines with CR alone; of CR LF an empty line is left, which says nothing.
        *lines, self._tail = (self._tail + data.replace(b"\r", b"\n")).split(b"\n")
        fixes = [fix for line in lines for fix in self._line(line, received_ms)]
        if len(self._tail) > MAX_LINE:
            self._dropping, self._tail = True, b""
        return fixes

    def flush(self, received_ms: int) -> list[Fix]:
        """End the log; return the fixes of an unfinished last line, and what still waits."""
        tail, self._tail = self._tail, b""
        return self._line(tail, received_ms) + self._device.end(received_ms).fixes

    def _line(self, line: bytes, received_ms: int) -> list[Fix]:
        dropped, self._dropping = self._dropping or len(line) > MAX_LINE, False
        if not self._begun:
            self._begun, line = True, line.removeprefix(BYTE_ORDER_MARK)
        line = line.strip(b"\r\n\t \0")
        if not (line or dropped):
            return []
        self._lines += 1
        message = None if dropped else self._read_line(line)
        if message is None:
            self._rejected["line too long" if dropped else self._unreadable] += 1
            return []
        return self._device.datagram(message, received_ms).fixes
