from __future__ import annotations

from tracking.protocols.dialect import trusting
from tracking.protocols.recording import MAX_LINE, Recording
from tracking.protocols.wialon import WialonDevice

LINE = b"#SD#270413;205601;5544.6025;N;03739.6834;E;36;2;3;4"


def read(data: bytes, size: int) -> tuple[int, dict[str, int]]:
    """Read a log of upper-case lines in pieces; return the fixes' number and the counts."""
    reader = Recording(
        WialonDevice(trusting, anonymous=True), lambda line: line if line.isupper() else None, "not upper"
    )
    fixes = [fix for at in range(0, len(data), size) for fix in reader.feed(data[at : at + size], 0)]
    return len(fixes + reader.flush(0)), reader.counts


def test_lines_of_every_ending_in_any_chunks() -> None:
    """LF, CR LF, empty lines, no end at the end: each line is a message; unreadable ones are counted."""
    data = LINE + b"\n\n" + LINE + b"\r\n  \r\nno\n" + LINE
    whole = read(data, len(data))
    assert (whole[0], whole[1]["lines"], whole[1]["rejected not upper"]) == (3, 4, 1)
    assert whole[1]["read"] == 4  # what cannot be read was read all the same
    for size in (1, 2, 50):
        assert read(data, size) == whole


def test_what_editors_do_to_a_file_changes_nothing() -> None:
    """A byte order mark in front, lines that end with CR alone: the same three messages."""
    whole = read(LINE + b"\n" + LINE + b"\n" + LINE, 7)
    for size in (1, 2, 500):
        assert read(b"\xef\xbb\xbf" + LINE + b"\r" + LINE + b"\r" + LINE + b"\r", size) == whole


def test_a_line_that_is_too_long_is_dropped_whole() -> None:
    """Nothing grows beyond the limit: such a line is counted once, and the next one is read."""
    data = b"X" * (3 * MAX_LINE) + b"\n" + LINE + b"\n"
    for size in (1 << 16, len(data)):
        found, counts = read(data, size)
        assert (found, counts["rejected line too long"]) == (1, 1)
