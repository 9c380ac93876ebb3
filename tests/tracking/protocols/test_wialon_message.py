from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tracking.protocols.wialon_message import Bad, checked, crc16, read_message


def test_the_checksum_is_crc16_arc() -> None:
    """The check value that catalogues of checksums give for CRC-16/ARC."""
    assert crc16(b"123456789") == 0xBB3D


@pytest.mark.shared
def test_checksums_of_real_messages(shared: Path) -> None:
    """All the messages of real trackers that end with a checksum have the one that we compute."""
    items = json.loads((shared / "data/traccar/Wialon.json").read_text())["items"]
    bodies = [item["data"].rpartition("#")[2].encode() for item in items if "D#" in item["data"]]
    with_checksum = [body for body in bodies if body.count(b";") in (10, 16)]
    assert len(with_checksum) == 6
    assert all(checked(body) is not None for body in with_checksum)


@given(
    st.floats(-89.99, 89.99),
    st.floats(-179.99, 179.99),
    st.integers(0, 86_399),
    st.integers(0, 999),
    st.integers(0, 300),
)
def test_a_message_comes_back_as_it_was_written(
    lat_deg: float, lon_deg: float, second: int, milliseconds: int, kmh: int
) -> None:
    """Degrees and minutes, both hemispheres, time with a fraction and speed are read as they were meant."""
    lat, lon = abs(lat_deg), abs(lon_deg)
    clock = f"{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}.{milliseconds:03d}"
    lat_minutes, lon_minutes = min(lat % 1 * 60, 59.999999), min(lon % 1 * 60, 59.999999)
    text = (
        f"010120;{clock};{int(lat):02d}{lat_minutes:09.6f};{'S' if lat_deg < 0 else 'N'}"
        f";{int(lon):03d}{lon_minutes:09.6f};{'W' if lon_deg < 0 else 'E'};{kmh};NA;;7"
    )
    assume(max(lat, lon) > 1e-5)  # 0,0 itself is refused
    message = read_message(text.encode())
    assert message.lat_deg == pytest.approx(lat_deg, abs=1e-7)
    assert message.lon_deg == pytest.approx(lon_deg, abs=1e-7)
    assert message.taken_ms == second * 1000 + milliseconds + 1_577_836_800_000
    assert message.speed_mps == pytest.approx(kmh / 3.6)
    assert (message.course_deg, message.altitude_m, message.satellites) == (None, None, 7)


@given(st.binary(max_size=120) | st.from_regex(rb"[0-9NASEW.;|-]{0,120}", fullmatch=True))
def test_any_bytes_are_a_message_or_bad(body: bytes) -> None:
    """No bytes make the reader raise anything but a named reason with a code."""
    for with_checksum in (False, True, None):
        with contextlib.suppress(Bad):
            message = read_message(body, with_checksum=with_checksum)
            assert message.lat_deg is None or -90 <= message.lat_deg <= 90
