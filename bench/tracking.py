"""Tracking: gateways under load, a backlog beside live units, and the archive.

    python -m bench.tracking [UNITS [SECONDS]]

Everything runs on this machine, over loopback: the real service, two gateway processes, the load generator,
and a console, a Python WebSocket client that measures how old each fix is when its frame comes. What is
measured is CPU time and not only the clock, for the generator and the console share the machine's cores with
what is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import websockets

from console.access import hash_token
from console.played import CENTRE_LAT_DEG, CENTRE_LON_DEG
from tracking.archive import Archive
from tracking.compaction import compact
from tracking.credentials import hash_secret
from tracking.fix import Fix
from tracking.fleet import Fleet
from tracking.gateway import Gateway
from tracking.handover import HandoverPort
from tracking.protocols.dialect import Distress
from tracking.registry import Device, Registry
from tracking.upload import Entry, Upload

UNITS, SECONDS = 20_000, 30.0
GATEWAYS = 2
WARM_UP_S = 5.0
TICKS = os.sysconf("SC_CLK_TCK")
RECORD = np.dtype(
    [("index", "<u4"), ("lat", "<i4"), ("lon", "<i4"), ("course", "u1"), ("speed", "u1"), ("age", "<u2")]
)
TURN_MS = 2 * math.pi * 60_000  # how long a played unit takes for its circle


def main() -> None:
    """Print all figures."""
    units = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else UNITS
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    folder = Path(tempfile.mkdtemp(prefix="skoraya-bench-"))
    try:
        archive(folder / "archive")
        asyncio.run(backlog(folder / "backlog"))
        gateways(folder / "gateways", units, seconds)
        fleet(folder / "fleet", units, seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# ── the archive ──────────────────────────────────────────────────────────────────────────────────────────


def archive(folder: Path, units: int = 2000, seconds: int = 300) -> None:
    """Store, compact and read back; print bytes a fix and times."""
    rng = random.Random(1)  # noqa: S311  # repeatable noise
    tracks = Archive(folder)
    begun_ms = 1_795_273_200_000
    cars = [
        [55 + rng.random(), 37 + rng.random(), rng.uniform(0, 360), rng.uniform(0, 20)] for _ in range(units)
    ]
    cpu_s = 0.0
    for second in range(seconds):
        at_ms = begun_ms + second * 1000
        fixes = [_noisy(car, str(number), at_ms, rng) for number, car in enumerate(cars)]
        before_s = time.process_time()
        tracks.append(fixes)
        cpu_s += time.process_time() - before_s
    total = units * seconds
    waiting = sum(path.stat().st_size for path in (folder / "segments").iterdir())
    fresh_s = _read_s(tracks, begun_ms)
    tracks.finish()
    before_s = time.process_time()
    compact(folder, begun_ms)
    compact_s = time.process_time() - before_s
    resting = sum(path.stat().st_size for path in (folder / "tracks").glob("*.parquet"))
    print(
        f"archive: append {cpu_s / total * 1e6:.1f} µs CPU a fix, {waiting / total:.0f} B a fix in segments"
    )
    print(f"         compacting {compact_s / total * 1e6:.1f} µs CPU a fix, {resting / total:.1f} B at rest")
    rest_s = _read_s(tracks, begun_ms)
    print(f"         one unit's hour: {fresh_s * 1000:.0f} ms fresh, {rest_s * 1000:.0f} ms at rest")
    tracks.close()


def _noisy(car: list[float], unit: str, at_ms: int, rng: random.Random) -> Fix:
    car[2] = (car[2] + rng.gauss(0, 6)) % 360
    car[3] = abs(car[3] + rng.gauss(0, 0.7))
    car[0] += car[3] * math.cos(math.radians(car[2])) / 111_000
    car[1] += car[3] * math.sin(math.radians(car[2])) / 63_000
    lat_deg, lon_deg = (round((value + rng.gauss(0, 5e-6)) * 6e6) / 6e6 for value in car[:2])
    knots = round(car[3] / 0.514444, 1)
    return Fix(
        unit,
        at_ms,
        at_ms % 86_400_000,
        at_ms + rng.randrange(80, 400),
        lat_deg,
        lon_deg,
        knots * 0.514444,
        round(car[2], 1),
        150.0 + at_ms // 20_000 % 7 / 10,
        0.8,
        rng.randrange(9, 14),
    )


def _read_s(tracks: Archive, begun_ms: int) -> float:
    took_s = []
    for unit in ("7", "700", "1900"):
        before_s = time.perf_counter()
        assert tracks.track(unit, begun_ms, begun_ms + 3_600_000)
        took_s.append(time.perf_counter() - before_s)
    return max(took_s)


# ── a backlog beside live units ──────────────────────────────────────────────────────────────────────────


async def backlog(folder: Path, devices: int = 50, each: int = 20_000, live: int = 200) -> None:
    """Upload a backlog from some units while others drive on; print what that did to the others."""
    names = [f"b{i}" for i in range(devices)] + [f"l{i}" for i in range(live)]
    registry = Registry(Device(name, name, hash_secret("s")) for name in names)
    delays_ms: dict[bool, list[float]] = {False: [], True: []}
    uploading = [False]
    arrived = [0]

    def sink(fixes: list[Fix]) -> None:
        now_ms = time.time_ns() / 1e6
        for fix in fixes:
            if fix.history:
                arrived[0] += 1
            else:
                delays_ms[uploading[0]].append(now_ms - (fix.taken_ms or 0))

    tracks = Archive(folder)
    gateway = Gateway(registry, tracks, sink, lambda: time.time_ns() // 1_000_000)
    await gateway.start("127.0.0.1", 0)
    driving = [asyncio.create_task(_drive(gateway.port, f"l{i}", i / live)) for i in range(live)]
    await asyncio.sleep(6)
    uploading[0] = True
    begun_s = time.perf_counter()
    # In a process of its own, or the clients' work would stand in the way of what is measured.
    call = f"import bench.tracking as b; b.uploads({gateway.port}, {devices}, {each})"
    uploads = await asyncio.create_subprocess_exec(sys.executable, "-c", call)
    assert await uploads.wait() == 0
    took_s = time.perf_counter() - begun_s
    for task in driving:
        task.cancel()
    await asyncio.gather(*driving, return_exceptions=True)
    await gateway.close()
    tracks.close()
    assert arrived[0] == devices * each
    calm, busy = sorted(delays_ms[False]), sorted(delays_ms[True])
    print(f"backlog: {devices * each:,} fixes from {devices} units in {took_s:.1f} s by one gateway process")
    print(
        f"         {live} live units' fixes are handed over after {_quantile(calm, 0.99):.0f} ms p99 before, "
        f"{_quantile(busy, 0.99):.0f} ms (p99), {busy[-1]:.0f} ms (max) during it"
    )


def uploads(port: int, devices: int, each: int) -> None:
    """Upload from all the devices at once."""

    async def all_at_once() -> None:
        await asyncio.gather(*(_upload(port, f"b{i}", each) for i in range(devices)))

    asyncio.run(all_at_once())


async def _drive(port: int, unit: str, phase_s: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    upload = Upload(unit, "s")
    writer.write(upload.log_in())
    upload.receive(await reader.read(100))
    await asyncio.sleep(phase_s)
    while True:
        writer.write(upload.live(Entry(0, _now(unit))))
        await asyncio.sleep(1)


async def _upload(port: int, unit: str, count: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    upload = Upload(unit, "s")
    writer.write(upload.log_in())
    upload.receive(await reader.read(100))
    begun_ms = time.time_ns() // 1_000_000 - 40_000_000
    fixes = [
        Fix(unit, begun_ms + i * 1000, None, 0, 55.0 + i / 1e5, 37.0, 9.0, 90.0, 150.0, 0.9, 9)
        for i in range(count)
    ]
    sent = 0
    for start in range(0, count, 200):
        writer.write(
            upload.backlog([Entry(start + i, fix) for i, fix in enumerate(fixes[start : start + 200])])
        )
        sent += 1
        await writer.drain()
    answered = 0
    while answered < sent:
        data = await reader.read(1 << 16)
        assert data, "the gateway closed the connection"
        answered += data.count(b"#AB#200\r\n")


def _now(unit: str) -> Fix:
    at_ms = time.time_ns() // 1_000_000
    return Fix(unit, at_ms, None, 0, 55.0 + at_ms % 60_000 / 1e6, 37.0, 9.0, 90.0, 150.0, 0.9, 9)


# ── the whole fleet ──────────────────────────────────────────────────────────────────────────────────────


def fleet(folder: Path, units: int, seconds: float) -> None:
    """Run the service, two gateways, the generator and a console; print CPU, memory and latency."""
    folder.mkdir(parents=True)
    gateway_port, http_port = _free_port(), _free_port()
    config = folder / "skoraya.toml"
    config.write_text(_config(units, gateway_port, http_port), encoding="utf-8")
    with contextlib.ExitStack() as running:
        service = running.enter_context(_process("serve", config, "devices log in"))
        gateways = [
            running.enter_context(_process("gateway", config, "devices log in")) for _ in range(GATEWAYS)
        ]
        command = [*_skoraya("load"), "--to", f"127.0.0.1:{gateway_port}", "--units", str(units)]
        command += ["--seconds", str(seconds), "--processes", "2"]
        load = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        console = _Console(http_port, units)
        console.connect()
        # The generator connects and waits a little before it sends: what it costs is measured from there.
        console.until_moving()
        console.watch(WARM_UP_S)  # until every receiver's habit is known and an epoch waits for no other
        console.forget()
        before = [_cpu_s(one.pid) for one in (service, *gateways)]
        began_s = time.perf_counter()
        console.watch(seconds - WARM_UP_S - 2)
        took_s = time.perf_counter() - began_s
        spent = [
            (_cpu_s(one.pid) - then) / took_s for one, then in zip((service, *gateways), before, strict=True)
        ]
        peak_mb = [_peak_mb(one.pid) for one in (service, *gateways)]
        said, _ = load.communicate(timeout=120)
        console.close()
    print(f"fleet: {units:,} units at 1 Hz, {units * 2:,} sentences/s, {GATEWAYS} gateways, {took_s:.0f} s")
    print("       " + "; ".join(" ".join(line.split()) for line in said.splitlines()))
    each = ", ".join(f"{one:.2f}" for one in spent[1:])
    print(
        f"       gateways: {sum(spent[1:]):.2f} cores in sum ({each}), {max(peak_mb[1:]):.0f} MB each at most"
    )
    print(f"       service (quality, fleet, feed): {spent[0]:.2f} cores, {peak_mb[0]:.0f} MB")
    print(f"       stored {_stored(folder, units):,} fixes")
    console.report()


def gateways(folder: Path, units: int, seconds: float) -> None:
    """Run two gateways under load, with quality, fleet and hand-over at a service that does nothing else."""
    folder.mkdir(parents=True)
    (folder / "data").mkdir()
    port = _free_port()
    config = folder / "skoraya.toml"
    config.write_text(_config(units, port, _free_port()), encoding="utf-8")
    call = f"import bench.tracking as b; b.stand_in({str(folder / 'data' / 'gateway.sock')!r}, {units})"
    stand_in = subprocess.Popen([sys.executable, "-c", call], stdout=subprocess.PIPE, text=True)
    assert stand_in.stdout is not None
    stand_in.stdout.readline()
    with contextlib.ExitStack() as running:
        started = [
            running.enter_context(_process("gateway", config, "devices log in")) for _ in range(GATEWAYS)
        ]
        command = [*_skoraya("load"), "--to", f"127.0.0.1:{port}", "--units", str(units)]
        command += ["--seconds", str(seconds), "--processes", "2"]
        load = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes = (stand_in, *started)
        before = [_cpu_s(one.pid) for one in processes]
        said, _ = load.communicate(timeout=600)
        spent_s = [_cpu_s(one.pid) - then for one, then in zip(processes, before, strict=True)]
        peak_mb = max(_peak_mb(one.pid) for one in started)
    stand_in.send_signal(signal.SIGTERM)
    delays, _ = stand_in.communicate(timeout=30)
    fixes = _stored(folder, units)
    # CPU time of the whole run, logins too, a fix: that holds on a machine where others work as well.
    each_us, fleet_us = sum(spent_s[1:]) / fixes * 1e6, spent_s[0] / fixes * 1e6
    print(
        f"gateways: {units:,} units at 1 Hz, {units * 2:,} sentences/s, {GATEWAYS} processes, {seconds:.0f} s"
    )
    print("       " + "; ".join(" ".join(line.split()) for line in said.splitlines()))
    print(f"       {each_us:.1f} µs CPU a fix, so {each_us / 50:.2f} cores in sum at 20,000 a second")
    print(f"       quality and fleet state, at the service: {fleet_us:.1f} µs, {fleet_us / 50:.2f} cores")
    print(f"       {peak_mb:.0f} MB each at most; stored {fixes:,} fixes; {delays.strip()}")


def stand_in(path: str, units: int) -> None:
    """Take what gateways hand over into a fleet; on SIGTERM say how old fixes were when they came."""
    tracked = Fleet(f"load-{i}" for i in range(1, units + 1))
    delays_ms: list[int] = []

    def take(fixes: list[Fix]) -> None:
        now_ms = time.time_ns() // 1_000_000
        for fix in fixes:
            tracked.apply(fix, now_ms)
        delays_ms.extend(now_ms - (fix.taken_ms or 0) for fix in fixes)

    async def run() -> None:
        async def cry(_: list[Distress]) -> None:
            return

        port = HandoverPort(take, cry, lambda _: None)
        await port.start(Path(path))
        print("ready", flush=True)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        await port.close()

    asyncio.run(run())
    ordered = sorted(delays_ms[int(units * WARM_UP_S) :])
    print(f"fix → hand-over p50 {_quantile(ordered, 0.5)} ms, p99 {_quantile(ordered, 0.99)} ms")


class _Console:
    """A page: hears frames, and reads from each unit's place on its circle how old its fix is."""

    def __init__(self, port: int, units: int) -> None:
        self._url = f"ws://127.0.0.1:{port}/feed"
        self._units = units
        self._loop = asyncio.new_event_loop()
        self._socket: websockets.ClientConnection | None = None
        self._number: np.ndarray | None = None
        self._ages_ms: list[np.ndarray] = []
        self._frames = 0
        self._watched_s = 0.0

    def connect(self) -> None:
        headers = {"Authorization": "Bearer bench-token"}
        self._socket = self._loop.run_until_complete(
            websockets.connect(self._url, additional_headers=headers, max_size=None)
        )
        snapshot = json.loads(self._loop.run_until_complete(self._socket.recv()))
        index = {unit["index"]: int(unit["id"].removeprefix("load-")) for unit in snapshot["units"]}
        self._number = np.array([index.get(i, 0) for i in range(max(index) + 1)])

    def until_moving(self) -> None:
        while self._frame(10.0) is None or not self._ages_ms or len(self._ages_ms[-1]) < self._units // 20:
            pass

    def forget(self) -> None:
        self._ages_ms.clear()
        self._frames = 0

    def watch(self, seconds: float) -> None:
        end_s = time.perf_counter() + seconds
        self._watched_s = seconds
        while (left_s := end_s - time.perf_counter()) > 0:
            self._frame(left_s)

    def close(self) -> None:
        if self._socket is not None:
            self._loop.run_until_complete(self._socket.close())
        self._loop.close()

    def report(self) -> None:
        ages_ms = np.concatenate(self._ages_ms)
        p50, p99, most = np.quantile(ages_ms, [0.5, 0.99, 1.0])
        hz = self._frames / self._watched_s
        print(
            f"       fix → console frame: p50 {p50:.0f}, p99 {p99:.0f}, max {most:.0f} ms, {hz:.1f} frames/s"
        )

    async def _heard(self, timeout_s: float) -> str | bytes:
        assert self._socket is not None
        async with asyncio.timeout(timeout_s):
            return await self._socket.recv()

    def _frame(self, timeout_s: float) -> bool | None:
        assert self._number is not None
        try:
            frame = self._loop.run_until_complete(self._heard(timeout_s))
        except TimeoutError:
            return None
        if isinstance(frame, str) or frame[1] != 1:
            return None
        now_ms = time.time_ns() / 1e6
        records = np.frombuffer(frame, RECORD, offset=16)
        number = self._number[records["index"] & 0xFFFFFF]
        north = CENTRE_LAT_DEG + number % 200 * 0.004 - 0.4
        east = CENTRE_LON_DEG + number // 200 % 200 * 0.006 - 0.6
        angle = np.arctan2((records["lon"] / 1e7 - east) / 0.0026, (records["lat"] / 1e7 - north) / 0.0015)
        taken_ms = (angle - number * 0.7) * 60_000
        age_ms = (now_ms - taken_ms) % TURN_MS
        self._ages_ms.append(np.where(age_ms > TURN_MS / 2, age_ms - TURN_MS, age_ms))
        self._frames += 1
        return True


def _config(units: int, gateway_port: int, http_port: int) -> str:
    kept = hash_secret("load-secret")
    lines = [
        'region = "bench"',
        'name = { ru = "Замер", en = "Bench" }',
        f"[http]\nport = {http_port}",
        f"[gateway]\nport = {gateway_port}\nexternal = true",
        '[[substation]]\nid = "s1"\nname = "s"\nlat_deg = 55.7\nlon_deg = 37.6',
        f'[[user]]\nid = "bench"\nrole = "dispatcher"\ntoken_hash = "{hash_token("bench-token")}"',
    ]
    lines += [
        f'[[unit]]\nid = "load-{i}"\ncrew_kind = "paramedic"\nsubstation = "s1"\n'
        f'secret_hash = "sha256:{kept}"'
        for i in range(1, units + 1)
    ]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def _process(command: str, config: Path, ready: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*_skoraya(command), "--config", str(config)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        while ready not in (line := process.stdout.readline()):
            assert line, f"{command} did not start"
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _skoraya(command: str) -> list[str]:
    return [sys.executable, "-m", "console", command]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _stored(folder: Path, units: int) -> int:
    tracks = Archive(folder / "data" / "tracks")
    rng = random.Random(1)  # noqa: S311  # a sample
    some = rng.sample(range(1, units + 1), min(units, 50))
    found = sum(len(tracks.track(f"load-{number}", 0, 1 << 60)) for number in some)
    tracks.close()
    return round(found / len(some) * units)


def _quantile(ordered: Sequence[float], p: float) -> float:
    return ordered[max(0, math.ceil(p * len(ordered)) - 1)]


if __name__ == "__main__":
    main()
