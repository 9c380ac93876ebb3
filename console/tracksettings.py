"""What an installation may decide about tracking: ports, devices, and how long tracks are kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from tracking.registry import BY_CERTIFICATE

MOST_DAYS = 36_500


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An encrypted port for every dialect; paths are relative to the configuration.

    Attributes:
        certificate, key: the gateway's own, PEM.
        devices: the authority that devices' certificates are of; None: secrets alone prove a device.
    """

    port: int
    certificate: str
    key: str
    devices: str | None = None


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where devices are heard. `port` takes every dialect over TCP, told apart by the first byte.

    Attributes:
        udp_port: NMEA and Wialon IPS as datagrams; None: no such port.
        egts_port, wialon_port, osmand_port: TCP ports of one dialect, for networks that route by port.
        external: the service itself does not listen; `skoraya gateway` does, in as many processes as needed.
    """

    host: str = "127.0.0.1"
    port: int = 5039
    udp_port: int | None = None
    egts_port: int | None = None
    wialon_port: int | None = None
    osmand_port: int | None = None
    external: bool = False
    tls: Tls | None = None

    def beside(self, folder: Path) -> Listen:
        """Return the same with every path from a folder on."""
        if self.tls is None:
            return self
        tls = msgspec.structs.replace(
            self.tls,
            certificate=str(folder / self.tls.certificate),
            key=str(folder / self.tls.key),
            devices=None if self.tls.devices is None else str(folder / self.tls.devices),
        )
        return msgspec.structs.replace(self, tls=tls)

    @property
    def of_one_dialect(self) -> list[tuple[str, int]]:
        """The ports that take one dialect alone."""
        ports = (("egts", self.egts_port), ("wialon", self.wialon_port), ("osmand", self.osmand_port))
        return [(dialect, port) for dialect, port in ports if port is not None]


class Tracks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long tracks are kept, counted from when they were received; None is for ever.

    Attributes:
        raw_days: the bytes as devices sent them; 0 keeps none.
        compact_every_min: how often what has come is put in order.
    """

    days: float | None = None
    raw_days: float = 14
    compact_every_min: float = 2


class DeviceSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device that does not call itself by its unit's id: an IMEI, an EGTS number, a phone, a relay.

    Attributes:
        unit: whose it is; without one it is a relay, which speaks for every unit that is enrolled.
        secret_hash: None where its protocol has no secret; then only a private network keeps liars out;
            "certificate" where it proves itself by one.
    """

    id: str
    unit: str | None = None
    secret_hash: str | None = None


def problem_of(
    gateway: Listen, tracks: Tracks, devices: tuple[DeviceSetting, ...], units: set[str]
) -> str | None:
    """Return the first thing that cannot be meant, or None."""
    for key in ("port", "udp_port", "egts_port", "wialon_port", "osmand_port"):
        port = getattr(gateway, key)
        if port is not None and not 0 <= port <= 65535:
            return f"gateway.{key}: {port} is no port"
    if gateway.tls is not None and not 0 <= gateway.tls.port <= 65535:
        return f"gateway.tls.port: {gateway.tls.port} is no port"
    if tracks.days is not None and not 1 <= tracks.days <= MOST_DAYS:
        return f"tracks.days: {tracks.days} is not between 1 and {MOST_DAYS} days; leave it out for ever"
    if not 0 <= tracks.raw_days <= MOST_DAYS:
        return (
            f"tracks.raw_days: {tracks.raw_days} is not between 0 and {MOST_DAYS} days; 0 keeps no raw lines"
        )
    if not 0.1 <= tracks.compact_every_min <= 1440:
        return f"tracks.compact_every_min: {tracks.compact_every_min} is not between 0.1 and 1440 minutes"
    for device in devices:
        if problem := _problem_of_proof(gateway, device.secret_hash):
            return f"device {device.id!r}: {problem}"
        if device.unit is not None and device.unit not in units:
            return f"device {device.id!r}: there is no unit {device.unit!r}"
        if device.unit is None and device.secret_hash is None:
            return f"device {device.id!r}: a relay speaks for every unit, so it needs a secret_hash"
    return None


def problem_of_units(gateway: Listen, proofs: Iterable[tuple[str, str]]) -> str | None:
    """Return what cannot be meant of how units' devices prove themselves, or None.

    Args:
        gateway: the ports.
        proofs: each unit's id and `secret_hash`.
    """
    for unit, kept in proofs:
        if problem := _problem_of_proof(gateway, kept):
            return f"unit {unit!r}: {problem}"
    return None


def _problem_of_proof(gateway: Listen, kept: str | None) -> str | None:
    if kept == BY_CERTIFICATE and (gateway.tls is None or gateway.tls.devices is None):
        return "is to prove itself by a certificate, but gateway.tls.devices names no authority"
    return None
