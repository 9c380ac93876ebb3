"""Devices: the service's side of tracking: gateways, enrolment, and the care of the archive."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from console.settings import Settings
from tracking.archive import Archive, ArchiveError
from tracking.credentials import hash_secret
from tracking.enrolment import Enrolment, EnrolmentError
from tracking.fix import Fix
from tracking.gateway import Gateway
from tracking.handover import HandoverPort
from tracking.identities import LISTED, Alarm, Stranger
from tracking.protocols.dialect import Distress
from tracking.registry import Device, Registry
from tracking.tls import gateway_side

SOCKET_NAME = "gateway.sock"
ENROLLED_NAME = "devices.json"
ARCHIVE_NAME = "tracks"

log = logging.getLogger("skoraya.devices")


def configured(settings: Settings) -> Iterable[Device]:
    """Return the devices that the configuration names: each unit under its own id, and the rest."""
    for unit in settings.unit:
        yield Device(unit.id, unit.id, unit.secret_hash.removeprefix("sha256:"))
    for device in settings.device:
        kept = device.secret_hash
        yield Device(device.id, device.unit, None if kept is None else kept.removeprefix("sha256:"))


class Devices:
    """Everything that stands between the devices and the fleet.

    Args:
        settings: ports, devices and rules.
        archive: where tracks are.
        take: takes fixes that are stored.
        cry: returns when cries for help are in the journal.
        now_ms: the service's clock.
        alarm: is told of each alarm about an identity.
    """

    def __init__(
        self,
        settings: Settings,
        archive: Archive,
        take: Callable[[list[Fix]], None],
        cry: Callable[[list[Distress]], Awaitable[None]],
        now_ms: Callable[[], int],
        *,
        alarm: Callable[[Alarm], None] = lambda _: None,
    ) -> None:
        self.registry = Registry(configured(settings))
        self.enrolment = Enrolment(Path(settings.data) / ENROLLED_NAME, self.registry)
        self.alarms: deque[Alarm] = deque(maxlen=LISTED)
        self.gateway = Gateway(
            self.registry,
            archive,
            take,
            now_ms,
            on_distress=cry,
            on_alarm=self._alarm,
            keep_raw=settings.tracks.raw_days > 0,
        )
        self.handover = HandoverPort(take, cry, self._alarm)
        self.compaction_failing: str | None = None
        self._settings = settings
        self._archive = archive
        self._now_ms = now_ms
        self._tell_alarm = alarm
        self._caring: asyncio.Task[None] | None = None

    @property
    def failing(self) -> str | None:
        """Why tracks are not being stored, while they are not."""
        return self.gateway.failing or self.handover.failing

    @property
    def strangers(self) -> list[Stranger]:
        """Who could not log in, the latest last."""
        found = [*self.gateway.strangers, *self.handover.strangers]
        # A gateway of its own process does not know who has been enrolled since.
        there = [one for one in found if one.why == "wrong-secret" or self.registry.unit_of(one.unit) is None]
        return sorted(there, key=lambda one: one.last_ms)

    @property
    def counts(self) -> dict[str, object]:
        """Count, for health."""
        if not self._settings.gateway.external:
            return {**self.gateway.counts}
        return {**self.handover.counts}

    def enrol(self, device: str, unit: str, secret: str | None) -> None:
        """Let a device in; every gateway follows within a second.

        Raises:
            EnrolmentError: it could not be written down.
        """
        self.enrolment.enrol(Device(device, unit, None if secret is None else hash_secret(secret)))
        self.gateway.identities.forget(device)

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: a port is in use.
        """
        ports = self._settings.gateway
        if ports.external:
            await self.handover.start(Path(self._settings.data) / SOCKET_NAME)
        else:
            await open_ports(self.gateway, self._settings, shared=False)
        self._caring = asyncio.create_task(self._care(), name="care of the archive")

    async def close(self) -> None:
        """Stop listening; store and hand over what has come."""
        if self._caring is not None:
            self._caring.cancel()
            await asyncio.gather(self._caring, return_exceptions=True)
        await self.let_go()

    async def let_go(self) -> None:
        """Listen no more: whoever is connected is cut off, and finds the service that has the region now."""
        await self.gateway.close()
        await self.handover.close()

    def _alarm(self, alarm: Alarm) -> None:
        self.alarms.append(alarm)
        self._tell_alarm(alarm)
        log.warning("%s: unit %s (%s, then %s)", alarm.kind, alarm.unit, alarm.old, alarm.new)

    async def _care(self) -> None:
        every_s = self._settings.tracks.compact_every_min * 60
        with contextlib.suppress(ArchiveError):  # whoever reads a track is told then
            await asyncio.to_thread(self._archive.warm)
        while True:
            await asyncio.sleep(every_s)
            try:
                await self._compact()
            except Exception as error:
                # A full disk, no memory for a process: it is said, and tried again after the next period.
                self.compaction_failing = f"tracks are not put in order: {error}"
                log.exception("%s", self.compaction_failing)

    async def _compact(self) -> None:
        tracks = self._settings.tracks
        # At rest after one period, also in a region where little comes.
        await asyncio.to_thread(self._archive.finish)
        rules = ["--now-ms", str(self._now_ms()), "--raw-days", str(tracks.raw_days)]
        if tracks.days is not None:
            rules += ["--track-days", str(tracks.days)]
        compacting = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tracking.compaction",
            str(self._archive.folder),
            *rules,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await compacting.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                compacting.kill()  # it may be killed at any moment
            await compacting.wait()
            raise
        failed = said.decode(errors="replace").strip().rpartition("\n")[2]
        self.compaction_failing = failed or "compaction failed" if compacting.returncode else None
        if self.compaction_failing:
            log.warning("%s", self.compaction_failing)


async def open_ports(gateway: Gateway, settings: Settings, *, shared: bool) -> None:
    """Let a gateway listen wherever the configuration says.

    Raises:
        TlsError: the certificate of the encrypted port cannot be used.
        OSError: a port is in use; the message names it.
    """
    ports = settings.gateway
    tls: ssl.SSLContext | None = None
    if ports.tls is not None:
        devices = None if ports.tls.devices is None else Path(ports.tls.devices)
        tls = gateway_side(Path(ports.tls.certificate), Path(ports.tls.key), devices)
    at = ports.port
    try:
        await gateway.start(ports.host, ports.port, shared=shared)
        for dialect, port in ports.of_one_dialect:
            at = port
            await gateway.start(ports.host, port, dialects=(dialect,), shared=shared)
        if ports.udp_port is not None:
            at = ports.udp_port
            await gateway.start_udp(ports.host, ports.udp_port, shared=shared)
        if ports.tls is not None:
            at = ports.tls.port
            await gateway.start(ports.host, at, shared=shared, tls=tls)
    except OSError as error:
        raise OSError(
            error.errno, f"cannot listen for devices on {ports.host}:{at}: {error.strerror or error}"
        ) from None


def where(gateway: Gateway, settings: Settings) -> str:
    """Say where devices log in."""
    host = settings.gateway.host
    encrypted = "" if gateway.encrypted_port is None else f", encrypted at {host}:{gateway.encrypted_port}"
    return f"devices log in at {host}:{gateway.port}{encrypted}"


__all__ = ["ARCHIVE_NAME", "SOCKET_NAME", "Devices", "EnrolmentError", "configured", "open_ports", "where"]
