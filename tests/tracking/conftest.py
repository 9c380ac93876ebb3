"""Real logs of satellite receivers, what gpsd made of them, and sentences made to order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tracking.fix import Fix
from tracking.protocols.nmea import NmeaParser


@pytest.fixture(scope="session")
def gpsd_logs(shared: Path) -> list[Path]:
    """The logs of real receivers from gpsd's test suite."""
    return sorted((shared / "data/nmea/gpsd").glob("*.log"))


@pytest.fixture(scope="session")
def all_logs(shared: Path) -> list[Path]:
    """Every file with NMEA in it, good and bad."""
    found = sorted(
        path for path in (shared / "data/nmea").glob("*/*") if path.suffix in (".log", ".tsv", ".txt")
    )
    assert len(found) > 80
    return found


@pytest.fixture(scope="session")
def decoded() -> Callable[[bytes], list[Fix]]:
    """Decode a whole log, given in one piece."""

    def decode(data: bytes) -> list[Fix]:
        parser = NmeaParser()
        return parser.feed(data, 0) + parser.flush(0)

    return decode


@pytest.fixture(scope="session")
def gpsd_positions() -> Callable[[Path], list[tuple[int, float, float]]]:
    """Read gpsd's own positions with a time beside a log: time of day in ms, latitude, longitude."""

    def read(log: Path) -> list[tuple[int, float, float]]:
        positions = []
        for line in (log.parent / f"{log.name}.chk").read_text(errors="replace").splitlines():
            if '"class":"TPV"' not in line:
                continue
            report = json.loads(line)
            if "time" in report and "lat" in report and "lon" in report:
                hours, minutes, seconds = report["time"].partition("T")[2].rstrip("Z").split(":")
                time_ms = (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)
                positions.append((time_ms, report["lat"], report["lon"]))
        return positions

    return read


@pytest.fixture(scope="session")
def sentence() -> Callable[[str], bytes]:
    """Write a sentence with `$`, its checksum and line end."""

    def write(body: str) -> bytes:
        value = 0
        for byte in body.encode():
            value ^= byte
        return f"${body}*{value:02X}\r\n".encode()

    return write
