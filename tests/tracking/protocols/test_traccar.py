"""Traccar's own test messages, one by one: fixes or a named reject, stated places, and replies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tracking.protocols import log, maker
from tracking.protocols.dialect import Dialect, trusting
from tracking.protocols.egts_packet import Framer
from tracking.protocols.egts_record import read_records, subrecords
from tracking.protocols.wialon import write_message

pytestmark = pytest.mark.shared

# File and line of each item that Traccar marks Position(s) → fixes, or the reason why there is none.
POSITIONS: dict[tuple[str, int], int | str] = {
    ("Egts", 19): 10,
    ("Egts", 24): 13,
    ("Egts", 42): 2,
    ("Egts", 45): 1,
    ("Egts", 48): 2,
    ("Egts", 51): 5,
    ("Egts", 54): 1,
    ("Egts", 57): 55,
    ("Egts", 64): 1,
    ("Wialon", 19): 1,
    ("Wialon", 41): 1,
    ("Wialon", 44): 1,
    ("Wialon", 50): 1,
    ("Wialon", 53): 1,
    ("Wialon", 57): 1,
    ("Wialon", 61): 1,
    ("Wialon", 64): 1,
    ("Wialon", 76): 2,
    ("Wialon", 79): 1,
    ("Wialon", 85): "rejected bad latitude",  # 53° 64.0167' is no latitude
    ("OsmAnd", 22): 1,
    ("OsmAnd", 25): 1,
    ("OsmAnd", 44): 1,
    ("OsmAnd", 47): 1,
    ("OsmAnd", 50): 1,
    ("OsmAnd", 53): 1,
    ("OsmAnd", 56): 1,
    ("OsmAnd", 59): 1,
    ("OsmAnd", 62): 1,
    ("OsmAnd", 65): 1,
}
DIALECT = {"Egts": "egts", "EgtsFrame": "egts", "Wialon": "wialon", "OsmAnd": "osmand"}

# Places as they stand in the messages, read by a person.
PLACES: dict[tuple[str, int], tuple[float, float]] = {
    ("Wialon", 19): (55 + 54.350052 / 60, 36 + 44.670410 / 60),
    ("Wialon", 41): (7 + 56.0930 / 60, 123 + 38.6403 / 60),
    ("Wialon", 44): (7 + 56.0930 / 60, 123 + 38.6403 / 60),
    ("Wialon", 50): (53 + 12.59514 / 60, 48 + 30.37834 / 60),
    ("Wialon", 61): (22 + 37.7552 / 60, 114 + 4.8851 / 60),
    ("Wialon", 76): (50 + 27.50625 / 60, 30 + 26.19321 / 60),
    ("Wialon", 79): (50 + 27.50728 / 60, 30 + 26.20369 / 60),
    ("OsmAnd", 44): (42.06288, -88.23412),
    ("OsmAnd", 47): (49.60688, 6.15788),
    ("OsmAnd", 50): (60.0, 30.0),
    ("OsmAnd", 53): (60.0, 30.0),
    ("OsmAnd", 56): (60.0, 30.0),
    ("OsmAnd", 59): (41.666667, -0.883333),
    ("OsmAnd", 62): (60.0, 30.0),
    ("OsmAnd", 65): (40.7232948571, -74.0061408571),
}


def items(shared: Path, name: str) -> list[dict[str, Any]]:
    """What one of Traccar's files holds."""
    found: list[dict[str, Any]] = json.loads((shared / f"data/traccar/{name}.json").read_text())["items"]
    return found


@pytest.mark.parametrize("name", ["Egts", "EgtsFrame", "Wialon", "OsmAnd"])
def test_every_item_is_known(shared: Path, name: str) -> None:
    """Each item marked Position(s) has its line above, so that none is passed over."""
    marked = {(name, item["line"]) for item in items(shared, name) if item["verify"].startswith("Position")}
    assert marked == {key for key in POSITIONS if key[0] == name}


@pytest.mark.parametrize("key", POSITIONS, ids=lambda key: f"{key[0]}-{key[1]}")
def test_each_position(shared: Path, key: tuple[str, int]) -> None:
    """So many fixes with a time and a place on Earth, or the named reject; stated places within 1e-5°."""
    name, line = key
    (item,) = (item for item in items(shared, name) if item["line"] == line)
    reader = log(DIALECT[name])
    fixes = reader.feed(item["data"].encode() + b"\n", 0) + reader.flush(0)
    expected = POSITIONS[key]
    if isinstance(expected, str):
        assert fixes == []
        assert reader.counts[expected] == 1
        return
    assert len(fixes) == expected
    place = PLACES.get(key)
    if stated := item.get("expect"):
        place = (stated["lat"], stated["lon"])
        assert fixes[0].taken_ms == 1_367_096_161_000  # "2013-04-27 20:56:01.000", of both
    if place is not None:
        assert (fixes[0].lat_deg, fixes[0].lon_deg) == pytest.approx(place, abs=1e-5)
    for fix in fixes:
        assert -90 <= fix.lat_deg <= 90
        assert -180 <= fix.lon_deg <= 180
        assert (fix.lat_deg, fix.lon_deg) != (0, 0)


@pytest.mark.parametrize("name", ["Egts", "EgtsFrame"])
def test_egts_replies(shared: Path, name: str) -> None:
    """Every packet with records is answered once, by its number, with the status of each of its records."""
    answered = 0
    for item in items(shared, name):
        data = bytes.fromhex(item["data"] if isinstance(item["data"], str) else item["data"][0])
        (packet,) = Framer().feed(data)
        reply = maker("egts")(trusting).feed(data, 0).reply
        if packet.type == 0:
            assert reply == b""
            continue
        response, *_ = Framer().feed(reply)
        assert (response.type, response.data[0] | response.data[1] << 8, response.data[2]) == (
            0,
            packet.number,
            0,
        )
        told = [
            (body[0] | body[1] << 8, body[2])
            for record in read_records(response.data[3:])[0]
            for kind, body in subrecords(record.data)
            if kind == 0
        ]
        assert [number for number, _ in told] == [record.number for record in read_records(packet.data)[0]]
        answered += 1
    assert answered == {"Egts": 12, "EgtsFrame": 1}[name]


def logged_in(version: int) -> Dialect:
    """A Wialon device that may speak."""
    device = maker("wialon")(trusting)
    login = b"#L#12;NA\r\n" if version == 1 else write_message(b"L", b"2.0;12;NA")
    assert device.feed(login, 0).reply == b"#AL#1\r\n"
    return device


@pytest.mark.parametrize(
    ("line", "version", "answer"),
    [
        (16, 0, b"#AL#10\r\n"),  # its checksum is wrong: 2.0 says so
        (19, 2, b"#ASD#1\r\n"),
        (22, 2, b"#AD#1\r\n"),
        (26, 2, b"#AD#1\r\n"),
        (29, 2, b"#AD#1\r\n"),  # no position is no fault
        (32, 0, b"#AL#1\r\n"),
        (35, 0, b"#AL#1\r\n"),
        (38, 0, b"#AP#\r\n"),
        (41, 2, b"#AD#1\r\n"),
        (44, 0, b"#AD#1\r\n"),  # it names its device itself
        (50, 1, b"#AD#1\r\n"),
        (53, 1, b"#ASD#1\r\n"),
        (57, 0, b"#ASD#1\r\n"),
        (61, 1, b"#ASD#1\r\n"),
        (64, 1, b"#AD#1\r\n"),
        (76, 1, b"#AB#2\r\n"),
        (79, 1, b"#AB#1\r\n"),
        (85, 1, b"#AB#0\r\n"),
        (92, 1, b"#AD#1\r\n"),
    ],
)
def test_wialon_replies(shared: Path, line: int, version: int, answer: bytes) -> None:
    """Each message of the file gets its own kind of acknowledgement; a black box, how many were taken."""
    (item,) = (item for item in items(shared, "Wialon") if item["line"] == line)
    device = logged_in(version) if version else maker("wialon")(trusting)
    assert device.feed(item["data"].encode() + b"\r\n", 0).reply == answer


def test_osmand_replies(shared: Path) -> None:
    """Each request is answered 200; without an id or a place that could be believed, 400."""
    for item in items(shared, "OsmAnd"):
        path, _, body = item["data"].partition("Content-Typeapplication/json")
        if body:
            request = f"POST / HTTP/1.1\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}".encode()
        else:
            request = f"GET {path} HTTP/1.1\r\n\r\n".encode()
        reply = maker("osmand")(trusting).feed(request, 0).reply
        expected = b"HTTP/1.1 400" if item["verify"] == "Null" else b"HTTP/1.1 200"
        assert reply.startswith(expected), item["data"]
