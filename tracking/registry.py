"""Registry: which devices may speak, for which unit, and how they prove it.

A device is known by what it calls itself: a unit's own id, an IMEI, a number of EGTS. It proves itself by a
secret, by a certificate, by the relay that carries it, or, where its protocol has no secret to give, by its
identity alone: that must be allowed device by device, for networks where nobody else can send.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import msgspec

from tracking.credentials import Verdict, hash_secret
from tracking.protocols.dialect import Claim, Judge, Judgement

_NO_HASH = "0" * 64
BY_CERTIFICATE = "certificate"  # is no hash of anything


class Device(msgspec.Struct, frozen=True):
    """A device that has been enrolled.

    Attributes:
        id: what it calls itself.
        unit: whose it is; None for a relay, which speaks for any unit that is enrolled.
        secret_hash: `hash_secret` of its secret; None where the identity alone is believed; `BY_CERTIFICATE`
            where only a certificate is.
    """

    id: str
    unit: str | None
    secret_hash: str | None


class Registry:
    """Judges claims; devices may be enrolled while it is asked.

    Args:
        devices: who is known from the start.
    """

    def __init__(self, devices: Iterable[Device] = ()) -> None:
        self._devices = {device.id: device for device in devices}

    def enrol(self, device: Device) -> None:
        """Let a device speak from its next claim on, in place of one of the same name."""
        self._devices[device.id] = device

    def __call__(self, claim: Claim) -> Judgement:
        """Judge a claim; secrets are compared in constant time."""
        device = self._devices.get(claim.unit)
        unit = claim.unit if device is None or device.unit is None else device.unit
        return Judgement(claim, self._verdict(device, claim), unit)

    def _verdict(self, device: Device | None, claim: Claim) -> Verdict:
        kept = _NO_HASH if device is None else device.secret_hash
        if claim.secret is not None and kept is not None:
            same = hmac.compare_digest(hash_secret(claim.secret).encode(), kept.encode())
        else:
            same = False
        if device is None:
            return "unknown-unit"
        if same or device.secret_hash is None:
            return "ok"
        carrier = None if claim.by is None else self._devices.get(claim.by)
        # What a relay says of its vehicles is as good as its own login was.
        if carrier is not None and carrier.unit is None and claim.secret is None:
            return "ok"
        # The same device under another of its names, on a connection that it has proved already.
        if carrier is not None and carrier.unit == device.unit and claim.secret is None:
            return "ok"
        return "wrong-secret"

    def proven_by(self, certified: str) -> Judge:
        """Return the judge of a connection whose certificate names a device.

        Args:
            certified: the name. It proves that device, another name of the same unit, and, for a relay, all
                that it carries; whoever claims to be another is refused, whatever secret is known there.
        """

        def judge(claim: Claim) -> Judgement:
            device, holder = self._devices.get(claim.unit), self._devices.get(certified)
            if device is None:
                return Judgement(claim, "unknown-unit", claim.unit)
            same = claim.unit == certified or (
                holder is not None and (holder.unit is None or holder.unit == device.unit)
            )
            return Judgement(claim, "ok" if same else "wrong-secret", device.unit or claim.unit)

        return judge

    def is_relay(self, name: str) -> bool:
        """Say whether a device may speak for several units."""
        device = self._devices.get(name)
        return device is not None and device.unit is None

    def unit_of(self, name: str) -> str | None:
        """Return whose a device is; None for a relay and for nobody."""
        device = self._devices.get(name)
        return None if device is None else device.unit
