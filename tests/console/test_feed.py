"""The feed's frames and its backlog."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.feed import (
    HEADER,
    RECORD,
    Backlog,
    UnitPosition,
    decode_positions,
    encode_positions,
    latest,
    parse_since,
)

positions = st.builds(
    UnitPosition,
    index=st.integers(0, (1 << 24) - 1),
    lat_deg=st.floats(-90, 90),
    lon_deg=st.floats(-180, 180),
    course_deg=st.none() | st.floats(0, 360),
    speed_mps=st.none() | st.floats(0, 500),
    age_s=st.floats(0, 1e9),
    flags=st.integers(0, 7),
)


@given(st.lists(positions, max_size=20), st.integers(0, 1 << 50), st.booleans())
def test_a_position_survives_the_frame(sent: list[UnitPosition], now_ms: int, everyone: bool) -> None:
    """What a console reads is what was sent, within the record's resolution."""
    frame = encode_positions(sent, now_ms, everyone=everyone)
    assert len(frame) == HEADER.size + RECORD.size * len(sent)
    read_now_ms, read_everyone, read = decode_positions(frame)
    assert (read_now_ms, read_everyone, len(read)) == (now_ms, everyone, len(sent))
    for one, other in zip(sent, read, strict=True):
        assert (one.index, one.flags) == (other.index, other.flags)
        assert other.lat_deg == pytest.approx(one.lat_deg, abs=1e-7)
        assert other.lon_deg == pytest.approx(one.lon_deg, abs=1e-7)
        assert (one.course_deg is None) == (other.course_deg is None)
        if one.course_deg is not None and other.course_deg is not None:
            turn_deg = abs(one.course_deg - other.course_deg) % 360
            assert min(turn_deg, 360 - turn_deg) <= 0.75 + 1e-9
        if one.speed_mps is not None:
            assert other.speed_mps == pytest.approx(min(one.speed_mps, 127.0), abs=0.25)
        assert other.age_s == min(int(one.age_s), 65535)


def test_a_record_has_sixteen_bytes() -> None:
    """20,000 units fit in 320 kB, which is what the page's parser is built on."""
    assert (HEADER.size, RECORD.size) == (16, 16)


@pytest.mark.parametrize(
    "frame", [b"", b"\x01" * 15, b"\x02" + b"\x00" * 15, b"\x01\x00\x00\x00\x05" + b"\x00" * 11]
)
def test_foreign_bytes_are_no_position_frame(frame: bytes) -> None:
    """A frame that is cut or of another version is refused in words."""
    with pytest.raises(ValueError, match="position frame"):
        decode_positions(frame)


@given(st.integers(0, 1000), st.integers(0, 60), st.integers(-5, 70), st.integers(1, 40))
def test_a_backlog_gives_exactly_what_was_missed_or_nothing(
    start: int, added: int, back: int, capacity: int
) -> None:
    """A console that was cut off gets every missed event once and in order, or a fresh snapshot."""
    backlog = Backlog("e1", start, capacity)
    for seq in range(start + 1, start + added + 1):
        backlog.add(seq, str(seq))
    known = start + added - back
    missed = backlog.since("e1", known)
    if 0 <= back <= min(added, capacity):
        assert missed == [str(seq) for seq in range(known + 1, start + added + 1)]
    else:
        assert missed is None
    assert backlog.since("another", known) is None


def test_a_gap_in_the_backlog_is_refused() -> None:
    """The numbers that consoles count on cannot skip one."""
    backlog = Backlog("e", 4)
    with pytest.raises(ValueError, match="not the next"):
        backlog.add(6, "x")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("e:5", ("e", 5)),
        ("a:b:7", ("a:b", 7)),
        (None, None),
        ("", None),
        ("e:", None),
        (":5", None),
        ("e:-1", None),
        ("e:٣", None),
    ],
)
def test_since_is_read_strictly(text: str | None, read: tuple[str, int] | None) -> None:
    """Whatever a client writes into `since`, it gets its events or a snapshot, never an error."""
    assert parse_since(text) == read


def test_the_latest_position_of_a_unit_wins() -> None:
    """Of several positions of one unit only the last is sent."""
    one = UnitPosition(3, 1.0, 1.0, None, None, 0)
    two = UnitPosition(3, 2.0, 2.0, None, None, 0)
    other = UnitPosition(1, 5.0, 5.0, None, None, 0)
    assert latest([one, other, two]) == [other, two]
