"""A real service for tests: `skoraya serve` as a process, on free ports of this machine."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import pynmea2

from console.access import hash_password, hash_token
from routing.synth import City

PASSWORD = "a long password"
DEVICE_SECRET = "device-secret-{unit}"
TOKENS = {
    "dispatcher": "token-dispatcher",
    "second": "token-second",
    "admin": "token-admin",
    "intake": "token-intake",
}
START_TIMEOUT_S = 60


def write_config(folder: Path, city: City | None, map_folder: Path | None, units: int = 6) -> Path:
    """Write a configuration of a few units round-robin over the city's substations; return its path."""
    lines = [
        'region = "test"',
        'name = { ru = "Проба", en = "Trial" }',
        f'timezone = "{city.timezone if city else "Europe/Moscow"}"',
        f'data = "{folder / "data"}"',
        *([f'map = "{map_folder}"'] if map_folder else []),
        "[http]\nport = 0",
        "[gateway]\nport = 0",
    ]
    if city is None:
        lines += ['[[substation]]\nid = "s1"\nname = "S"\nlat_deg = 55.0\nlon_deg = 60.0']
    bases = [base.id for base in city.substations] if city else ["s1"]
    kinds = ["doctor", "paramedic"]
    for number in range(1, units + 1):
        lines += [
            f'[[unit]]\nid = "{number}"\ncrew_kind = "{kinds[number % 2]}"',
            f'substation = "{bases[number % len(bases)]}"',
            f'secret_hash = "{hash_token(DEVICE_SECRET.format(unit=number))}"',
            f'[[user]]\nid = "crew-{number}"\nrole = "crew"\nunit = "{number}"',
            f'token_hash = "{hash_token(f"token-crew-{number}")}"',
        ]
    if city is not None:
        board = city.hospitals[0].id
        lines += [
            f'[[user]]\nid = "board"\nrole = "hospital"\nhospital = "{board}"',
            f'token_hash = "{hash_token("token-board")}"',
        ]
    roles = {"dispatcher": "dispatcher", "second": "dispatcher", "admin": "admin", "intake": "intake"}
    for user, role in roles.items():
        lines += [
            f'[[user]]\nid = "{user}"\nname = "{user.title()}"\nrole = "{role}"',
            f'token_hash = "{hash_token(TOKENS[user])}"',
            f'password_hash = "{hash_password(PASSWORD, b"salt")}"',
        ]
    path = folder / "skoraya.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@dataclass
class Served:
    """A running `skoraya serve`."""

    config: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    program: tuple[str, ...] = ("console", "serve")  # the module, and what stands before its options
    process: subprocess.Popen[str] = field(init=False)
    url: str = ""
    gateway: tuple[str, int] = ("", 0)
    printed: list[str] = field(default_factory=list)
    lines: queue.Queue[str | None] = field(default_factory=queue.Queue)

    def __enter__(self) -> Self:
        """Start and wait until both ports are open."""
        self.begin()
        try:
            return self.ready()
        except BaseException:
            self.kill()  # nobody else would: what begins in vain is not left behind
            raise

    def begin(self) -> Self:
        """Start, and do not wait."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", *self.program, "--config", str(self.config), *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **self.environment},
        )
        threading.Thread(target=self._read, args=(self.lines,), daemon=True).start()
        return self

    def says(self, words: str) -> None:
        """Wait until it prints a line with these words."""
        until_s = time.monotonic() + START_TIMEOUT_S
        while words not in "".join(self.printed):
            line = self.lines.get(timeout=max(0.1, until_s - time.monotonic()))
            assert line is not None, "the service ended: " + "".join(self.printed)

    def ready(self) -> Self:
        """Wait until both ports are open."""
        until_s = time.monotonic() + START_TIMEOUT_S
        while not self.gateway[1]:
            line = self.lines.get(timeout=max(0.1, until_s - time.monotonic()))
            assert line is not None, "the service ended: " + "".join(self.printed)
            if found := re.search(r"console: (http://\S+)/", line):
                self.url = found.group(1)
            if found := re.search(r"log in at (\S+):(\d+)", line):
                self.gateway = (found.group(1), int(found.group(2)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it as an operator would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)

    def kill(self) -> None:
        """`kill -9`: no goodbye."""
        self.process.kill()
        self.process.wait(20)

    def client(self, user: str) -> httpx.Client:
        """Return a client that speaks for a user, or for `crew-N`."""
        token = TOKENS.get(user, f"token-{user}")
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=20)

    def on_duty(self, units: Iterable[int]) -> None:
        """Let crews come on duty."""
        for unit in units:
            with self.client(f"crew-{unit}") as crew:
                assert crew.post(f"/api/units/{unit}/duty", json={"duty": "on"}).status_code == 200

    def stand(self, city: City) -> None:
        """Let all six units say that they stand at their bases, now."""
        for unit in range(1, 7):
            base = city.substations[unit % len(city.substations)]
            with self.device(str(unit)) as device:
                device.sendall(rmc(time.time(), base.lat_deg, base.lon_deg))

    def device(self, unit: str) -> socket.socket:
        """Return a device's connection that is logged in."""
        connection = socket.create_connection(self.gateway, timeout=10)
        connection.sendall(f"LOGIN {unit} {DEVICE_SECRET.format(unit=unit)}\r\n".encode())
        assert connection.recv(100).startswith(b"OK ")
        return connection

    def _read(self, lines: queue.Queue[str | None]) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)
            lines.put(line)
        lines.put(None)


def rmc(
    taken_s: float, lat_deg: float, lon_deg: float, speed_knots: float = 0.0, course_deg: float = 0.0
) -> bytes:
    """Return an RMC sentence as a receiver writes it, made by pynmea2."""

    def angle(value_deg: float, width: int) -> str:
        whole = int(abs(value_deg))
        return f"{whole:0{width}d}{(abs(value_deg) - whole) * 60:08.5f}"

    moment = time.gmtime(taken_s)
    fields = (
        time.strftime("%H%M%S", moment) + f".{round(taken_s % 1 * 100) % 100:02d}",
        "A",
        angle(lat_deg, 2),
        "N" if lat_deg >= 0 else "S",
        angle(lon_deg, 3),
        "E" if lon_deg >= 0 else "W",
        f"{speed_knots:.1f}",
        f"{course_deg:.1f}",
        time.strftime("%d%m%y", moment),
        "",
        "",
        "A",
    )
    return (str(pynmea2.RMC("GN", "RMC", fields)) + "\r\n").encode()
