"""Tls: encrypted links between devices and gateway, and who a device's certificate says that it is.

A device may prove who it is by a certificate of the installation's own authority: its common name is what the
device calls itself. The dialect still says who speaks, and no secret is needed with it.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

# A device that begins a handshake and never ends it holds a socket for no longer.
HANDSHAKE_WITHIN_S = 10.0


class TlsError(Exception):
    """A certificate or key cannot be used; one line says which and why."""


def gateway_side(certificate: Path, key: Path, devices: Path | None) -> ssl.SSLContext:
    """Return how the gateway proves itself, and whose certificates of devices it believes.

    Args:
        certificate: its own, PEM, with what stands between it and its authority.
        key: of that certificate, PEM, without a passphrase.
        devices: the authority of devices' certificates, PEM; None where devices have secrets alone.

    Raises:
        TlsError: a file cannot be read or does not hold what it should.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _own(context, certificate, key)
    if devices is not None:
        # Who shows none must have a secret; who shows a wrong one is cut off.
        context.verify_mode = ssl.CERT_OPTIONAL
        _believed(context, devices)
    return context


def device_side(authority: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """Return how a device checks the gateway, and proves itself where it has a certificate.

    Args:
        authority: whose certificates of gateways it believes, PEM; None for those of the system.
        certificate: its own, PEM; None where a secret proves it.
        key: of that certificate, PEM; None: in the same file.

    Raises:
        TlsError: a file cannot be read or does not hold what it should.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # this authority alone
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        _believed(context, authority)
    if certificate is not None:
        _own(context, certificate, certificate if key is None else key)
    return context


def name_in(certificate: Mapping[str, object] | None) -> str | None:
    """Return the one common name of a verified certificate, as `SSLSocket.getpeercert` tells it, or None."""
    subject = (certificate or {}).get("subject")
    if not isinstance(subject, tuple):
        return None
    names = [value for part in subject for kind, value in part if kind == "commonName"]
    return names[0] if len(names) == 1 and isinstance(names[0], str) else None


def _own(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        # A passphrase would be asked for at the terminal, where nobody sits.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise TlsError(
            f"cannot use the certificate {certificate} with the key {key}: {_why(error)}"
        ) from None


def _believed(context: ssl.SSLContext, authority: Path) -> None:
    try:
        context.load_verify_locations(authority)
    except (OSError, ValueError) as error:
        raise TlsError(f"cannot use the authority {authority}: {_why(error)}") from None


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return str(reason).replace("_", " ").lower()
