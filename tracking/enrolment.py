"""Enrolment: the devices that an admin has let in while the service ran, kept in one small file.

The configuration names the devices that are known from the start; this file adds to it and wins over it. It
is written aside and put in place in one step; gateways in other processes see by its time that it has
changed.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tracking.registry import Device, Registry


class EnrolmentError(Exception):
    """The file cannot be read or written; one line says which and why."""


class Enrolment:
    """The file and the registry that follows it.

    Raises:
        EnrolmentError: the file is there and cannot be read.
    """

    def __init__(self, path: Path, registry: Registry) -> None:
        self.path = path
        self._registry = registry
        self._seen: tuple[int, int] | None = None
        self._devices: dict[str, Device] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Take in what has changed since the last look; say whether something has."""
        try:
            found = self.path.stat()
            seen = (found.st_mtime_ns, found.st_ino)
            if seen == self._seen:
                return False
            devices = msgspec.json.decode(self.path.read_bytes(), type=list[Device])
        except FileNotFoundError:
            return False
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise EnrolmentError(f"cannot read the enrolled devices {self.path}: {error}") from None
        self._seen = seen
        for device in devices:
            self._devices[device.id] = device
            self._registry.enrol(device)
        return True

    def enrol(self, device: Device) -> None:
        """Let a device in, durably.

        Raises:
            EnrolmentError: the disk is full or the folder cannot be written; the device is not let in.
        """
        devices = {**self._devices, device.id: device}
        aside = self.path.with_suffix(".writing")
        try:
            with aside.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(list(devices.values()))))
                file.flush()
                os.fsync(file.fileno())
            aside.chmod(0o600)
            aside.replace(self.path)
        except OSError as error:
            raise EnrolmentError(f"cannot write the enrolled devices {self.path}: {error.strerror}") from None
        self._devices = devices
        self._registry.enrol(device)
