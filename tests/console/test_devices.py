"""Devices over HTTP, against a real service: strangers, enrolment, wrong identities; tracks as files."""

from __future__ import annotations

import socket
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.served import Served, rmc, write_config

IMEI = "359853000144328"
GPX = "{http://www.topografix.com/GPX/1/1}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module, without a map."""
    with Served(write_config(tmp_path_factory.mktemp("devices"), None, None, units=4)) as running:
        yield running


def log_in(served: Served, device: str, secret: str) -> tuple[socket.socket, bytes]:
    """Open a device's connection; return it with the gateway's answer."""
    connection = socket.create_connection(served.gateway, timeout=20)
    connection.sendall(f"LOGIN {device} {secret}\r\n".encode())
    return connection, connection.recv(100)


def listed(admin: httpx.Client) -> dict[str, dict[str, Any]]:
    """Who could not log in, by name."""
    found = admin.get("/api/devices/strangers").json()["strangers"]
    return {one["unit"]: one for one in found}


def until(condition: Callable[[], object]) -> None:
    """Wait for something that is going to happen."""
    until_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until_s, "it did not happen within 20 s"
        time.sleep(0.05)


def track(client: httpx.Client, unit: str, begun_ms: int) -> dict[str, Any]:
    """A unit's track since then."""
    span = {"from_ms": begun_ms, "to_ms": begun_ms + 3_600_000}
    found: dict[str, Any] = client.get(f"/api/tracks/{unit}", params=span).json()
    return found


def test_a_stranger_is_refused_listed_enrolled_and_heard(tmp_path: Path) -> None:
    """A device that nobody knows stores nothing; enrolled by an admin it speaks, after a restart too."""
    config = write_config(tmp_path, None, None, units=2)
    begun_s = time.time() - 60
    with Served(config) as served, served.client("admin") as admin:
        for _ in range(2):
            connection, answer = log_in(served, IMEI, "x")
            assert answer == b"ERR unknown-unit\n"
            connection.close()
        stranger = listed(admin)[IMEI]
        assert (stranger["why"], stranger["times"]) == ("unknown-unit", 2)
        assert stranger["address"].startswith("127.0.0.1:")
        assert begun_s * 1000 <= stranger["first_ms"] <= stranger["last_ms"] <= time.time() * 1000
        made = admin.post(f"/api/devices/{IMEI}/enrol", json={"unit": "2"})
        assert made.status_code == 201
        secret = made.json()["secret"]
        assert len(secret) >= 24
        assert IMEI not in listed(admin)
        connection, answer = log_in(served, IMEI, secret)
        assert answer == f"OK {IMEI}\n".encode()
        connection.sendall(b"".join(rmc(begun_s + step, 55.0, 60.0) for step in range(3)))
        until(lambda: len(track(admin, "2", round(begun_s * 1000) - 1000)["properties"]["taken_ms"]) >= 2)
        connection.close()
        assert secret not in (tmp_path / "data" / "devices.json").read_text(encoding="utf-8")
    with Served(config) as again:
        connection, answer = log_in(again, IMEI, secret)
        assert answer == f"OK {IMEI}\n".encode()
        connection.close()
        _, answer = log_in(again, IMEI, "another-secret")
        assert answer == b"ERR wrong-secret\n"


def test_an_admin_may_choose_the_secret_or_none(served: Served) -> None:
    """A secret that the device has already is taken; a device without one is known by its identity alone."""
    with served.client("admin") as admin:
        chosen = admin.post("/api/devices/phone-7/enrol", json={"unit": "1", "secret": "s3cret-of-a-phone"})
        assert chosen.json()["secret"] == "s3cret-of-a-phone"
        alone = admin.post("/api/devices/8613/enrol", json={"unit": "1", "identity_alone": True})
        assert alone.json() == {"device": "8613", "unit": "1", "secret": None}
        stamp = round(time.time())
        for query, status in (
            (f"id=phone-7&token=s3cret-of-a-phone&lat=55&lon=60&timestamp={stamp}", b"200"),
            (f"id=phone-7&token=wrong-secret&lat=55&lon=60&timestamp={stamp}", b"403"),
            (f"id=8613&lat=55&lon=60&timestamp={stamp + 1}", b"200"),
        ):
            with socket.create_connection(served.gateway, timeout=20) as phone:
                phone.sendall(f"GET /?{query} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
                assert phone.recv(1000).split()[1] == status
        assert listed(admin)["phone-7"]["why"] == "wrong-secret"


@pytest.mark.parametrize(
    ("user", "device", "body", "status"),
    [
        ("dispatcher", "x", {"unit": "1"}, 403),
        ("crew-1", "x", {"unit": "1"}, 403),
        ("admin", "x", {"unit": "99"}, 404),
        ("admin", "x y", {"unit": "1"}, 422),
        ("admin", "x" * 65, {"unit": "1"}, 422),
        ("admin", "x", {}, 422),
        ("admin", "x", {"unit": "1", "secret": "short"}, 422),
        ("admin", "x", {"unit": "1", "secret": "long enough but with spaces"}, 422),
        ("admin", "x", {"unit": "1", "secret": "long-enough", "identity_alone": True}, 422),
    ],
)
def test_who_may_enrol_what(
    served: Served, user: str, device: str, body: dict[str, object], status: int
) -> None:
    """An admin alone; of a unit that is there, with a name and a secret that devices can send."""
    with served.client(user) as client:
        refused = client.post(f"/api/devices/{device}/enrol", json=body)
    assert refused.status_code == status
    assert len(refused.json()["error"]["message"]) > 10


def test_identities_that_cannot_be_right_are_listed(served: Served) -> None:
    """One identity in two places, and one that changes within a session, are shown to an admin."""
    with served.client("admin") as admin, served.device("3") as first:
        first.sendall(rmc(time.time() - 2, 55.0, 60.0) + rmc(time.time() - 1, 55.0, 60.0))
        time.sleep(1.5)
        with served.device("3") as second:
            claim = f"PGID,{IMEI}".encode()
            second.sendall(b"$%s*%02X\r\n" % (claim, _sum(claim)))

            def kinds() -> set[tuple[str, str]]:
                alarms = admin.get("/api/devices/strangers").json()["alarms"]
                return {(alarm["kind"], alarm["unit"]) for alarm in alarms}

            until(lambda: {("two-places", "3"), ("identity-changed", "3")} <= kinds())


def _sum(body: bytes) -> int:
    value = 0
    for byte in body:
        value ^= byte
    return value


def test_a_track_as_geojson_and_as_gpx(served: Served) -> None:
    """Both files say where the unit was and when, the same points; at most a day, of a unit that is there."""
    begun_s = round(time.time()) - 30
    with served.device("4") as device, served.client("dispatcher") as client:
        device.sendall(b"".join(rmc(begun_s + step, 55 + step / 1000, 60.5, 20, 90) for step in range(10)))
        device.sendall(rmc(begun_s + 10, 55.01, 60.5))
        until(lambda: len(track(client, "4", begun_s * 1000)["properties"]["taken_ms"]) >= 10)
        feature = track(client, "4", begun_s * 1000)
        span = {"from_ms": begun_s * 1000, "to_ms": begun_s * 1000 + 9000}
        answer = client.get("/api/tracks/4.gpx", params=span)
        assert answer.headers["content-type"].startswith("application/gpx+xml")
        points = ET.fromstring(answer.text).findall(f".//{GPX}trkpt")  # noqa: S314  # our own service's
        assert [(float(point.attrib["lon"]), float(point.attrib["lat"])) for point in points] == [
            pytest.approx(pair, abs=1e-8) for pair in feature["geometry"]["coordinates"][:10]
        ]
        first = points[0].find(f"{GPX}time")
        assert first is not None
        assert first.text == time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(begun_s))
        assert feature["geometry"]["coordinates"][3] == pytest.approx([60.5, 55.003], abs=1e-7)
        assert feature["properties"]["taken_ms"][:10] == [(begun_s + step) * 1000 for step in range(10)]
        for path in ("/api/tracks/4", "/api/tracks/4.gpx"):
            long = {"from_ms": 0, "to_ms": 86_400_001}
            assert client.get(path, params=long).status_code == 422
            back = {"from_ms": 5, "to_ms": 4}
            assert client.get(path, params=back).status_code == 422
        for path in ("/api/tracks/99", "/api/tracks/99.gpx"):
            assert client.get(path, params=span).status_code == 404
