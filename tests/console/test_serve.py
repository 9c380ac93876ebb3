"""`skoraya serve` when things go wrong: killed, misconfigured, on a taken port, on a bad map."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from routing.synth import City
from tests.console.served import Served, rmc, write_config

SHOWN = ("id", "phase", "place", "priority", "called_at_ms", "norm_ends_ms", "arrived_at_ms", "assignments")


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `skoraya serve` to its end."""
    command = [sys.executable, "-m", "console", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def storm(served: Served, city: City, stop: threading.Event, acknowledged: dict[str, dict[str, Any]]) -> None:
    """Take calls, send crews and press their buttons without a pause; note all that was acknowledged."""
    number = 0
    with served.client("dispatcher") as client:
        while not stop.is_set():
            number += 1
            where = city.addresses[number % len(city.addresses)]
            place = {"label": where.label, "lat_deg": where.lat_deg, "lon_deg": where.lon_deg}
            try:
                body = {"place": place, "reason": "injury", "command_id": f"call-{number}"}
                incident = client.post("/api/incidents", json=body).json()["incident"]
                acknowledged[incident["id"]] = incident
                unit = str(number % 6 + 1)
                path = f"/api/incidents/{incident['id']}"
                sent = client.post(path + "/assignments", json={"unit": unit})
                if sent.status_code != 201:
                    continue
                assignment = sent.json()["assignment"]
                acknowledged[assignment["id"]] = assignment
                for status in ("acknowledged", "en_route", "on_scene")[: number % 4]:
                    press = f"/api/assignments/{assignment['id']}/status"
                    acknowledged[assignment["id"]] = client.post(press, json={"status": status}).json()[
                        "assignment"
                    ]
                if number % 3 == 0:
                    client.post(path + "/close", json={"outcome": "test"})
                    del acknowledged[incident["id"]], acknowledged[assignment["id"]]
            except httpx.TransportError:
                return  # it was killed: this last command was not acknowledged


def test_kill_9_in_mid_traffic_loses_nothing_that_was_acknowledged(
    small_city: tuple[City, Path], tmp_path: Path
) -> None:
    """After `kill -9` and a restart the same calls, crews, assignments and positions are there."""
    city, map_folder = small_city
    config = write_config(tmp_path, city, map_folder)
    acknowledged: dict[str, dict[str, Any]] = {}
    stop = threading.Event()
    base = city.substations[0]
    with Served(config) as served:
        for unit in range(1, 7):
            with served.client(f"crew-{unit}") as crew:
                crew.post(f"/api/units/{unit}/duty", json={"duty": "on"})
        with served.device("2") as device:
            device.sendall(
                rmc(time.time() - 1, base.lat_deg, base.lon_deg)
                + rmc(time.time(), base.lat_deg, base.lon_deg)
            )
            traffic = threading.Thread(target=storm, args=(served, city, stop, acknowledged))
            traffic.start()
            until_s = time.monotonic() + 30
            while len(acknowledged) < 40 and time.monotonic() < until_s:
                time.sleep(0.05)
            served.kill()
        traffic.join(20)
    assert len(acknowledged) >= 40
    with Served(config) as served, served.client("dispatcher") as client:
        for thing, noted in acknowledged.items():
            if "unit" in noted:
                card = client.get(f"/api/incidents/{noted['incident']}").json()
                found = next(one for one in card["assignments"] if one["id"] == thing)
                # the last press may have been written and not yet answered when the process died
                assert noted["times"].items() <= found["times"].items()
            else:
                found = client.get(f"/api/incidents/{thing}").json()["incident"]
                assert (found["place"], found["called_at_ms"]) == (noted["place"], noted["called_at_ms"])
        assert "2" in {row["unit"] for row in _tracked(client)}
        verified = subprocess.run(
            [sys.executable, "-m", "console", "verify", "--config", str(config)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert verified.returncode == 0, verified.stderr


def _tracked(client: httpx.Client) -> list[dict[str, Any]]:
    """Return the units whose track of the last minutes is not empty."""
    now_ms = int(time.time() * 1000)
    found = []
    for unit in "123456":
        track = client.get(
            f"/api/tracks/{unit}", params={"from_ms": now_ms - 600_000, "to_ms": now_ms}
        ).json()
        if track["geometry"]["coordinates"]:
            found.append({"unit": unit})
    return found


def test_a_bad_configuration_never_starts(tmp_path: Path) -> None:
    """One line on standard error names the file and the key; the exit status is 1."""
    path = tmp_path / "skoraya.toml"
    path.write_text('region = "x"\nname = { ru = "a", en = "b" }\nnorm_min = 0\n', encoding="utf-8")
    done = serve("--config", str(path))
    assert done.returncode == 1
    assert "norm_min" in done.stderr
    assert done.stderr.count("\n") == 1
    assert serve("--config", str(tmp_path / "none.toml")).returncode == 1
    assert serve("--port", "x").returncode == 2


def test_the_printed_example_is_a_configuration(tmp_path: Path) -> None:
    """What `serve --example` prints passes `serve --check`."""
    path = tmp_path / "skoraya.toml"
    path.write_text(serve("--example").stdout, encoding="utf-8")
    done = serve("--check", "--config", str(path))
    assert (done.returncode, done.stderr) == (0, "")


def test_papers_that_are_not_there_are_said_so(tmp_path: Path) -> None:
    """An encrypted port without its certificate ends with one line that names the file; no traceback."""
    config = write_config(tmp_path, None, None)
    papers = '[gateway.tls]\nport = 0\ncertificate = "none.pem"\nkey = "none.pem"\n'
    config.write_text(config.read_text(encoding="utf-8") + "\n" + papers, encoding="utf-8")
    done = serve("--config", str(config))
    assert done.returncode == 1
    assert str(tmp_path / "none.pem") in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("key", ["HTTP", "GATEWAY"])
def test_a_taken_port_is_said_so(tmp_path: Path, key: str) -> None:
    """A second service on a port ends with one line that names the port; no traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "console",
            "serve",
            "--config",
            str(write_config(tmp_path, None, None)),
        ]
        environment = {**os.environ, f"SKORAYA_{key}_PORT": str(port)}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=environment, check=False
        )
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_map_crews_are_still_recommended_and_marked(tmp_path: Path) -> None:
    """No map: straight-line times, marked in the recommendation and in health; no address is found."""
    with Served(write_config(tmp_path, None, None)) as served, served.client("dispatcher") as client:
        client.post("/api/units/1/duty", json={"duty": "on"})
        place = {"label": "55.01, 60.01", "lat_deg": 55.01, "lon_deg": 60.01}
        incident = client.post("/api/incidents", json={"place": place, "reason": "injury"}).json()["incident"]
        shown = client.get(f"/api/incidents/{incident['id']}/recommendation").json()
        assert shown["degraded"]
        assert [crew["unit"] for crew in shown["crews"]] == ["1"]
        health = client.get("/api/health").json()
        assert health["status"] == "degraded"
        assert "map" in {part["part"] for part in health["degraded"]}
        assert client.get("/api/places?q=x").json() == {"places": []}


def test_a_bad_map_falls_back_to_the_last_good_one(small_city: tuple[City, Path], tmp_path: Path) -> None:
    """A map that breaks between two starts does not stop the region: the copy of the last good one serves."""
    city, map_folder = small_city
    own = tmp_path / "map"
    shutil.copytree(map_folder, own)
    config = write_config(tmp_path, city, own)
    with Served(config) as served, served.client("dispatcher") as client:
        assert client.get("/api/health").json()["degraded"] == []
    (own / "arc_head.npy").write_bytes(b"not an array")
    with Served(config) as served, served.client("dispatcher") as client:
        degraded = client.get("/api/health").json()["degraded"]
        assert [part["part"] for part in degraded] == ["map"]
        assert "last good" in degraded[0]["message"]
        start, end = city.substations[0], city.hospitals[0]
        way = client.get(
            "/api/route",
            params={"from": f"{start.lat_deg},{start.lon_deg}", "to": f"{end.lat_deg},{end.lon_deg}"},
        ).json()
        assert not way["properties"]["degraded"]
