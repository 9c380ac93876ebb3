"""Evidence: bytes as a device sent them, before they are kept: the secrets in them are struck out.

Most devices prove who they are once, in bytes that are not kept at all. Datagrams carry a login each time,
and so does each request of a phone.
"""

from __future__ import annotations

import re

_STRUCK = b"***"
_LOGIN = re.compile(rb"(LOGIN [\x21-\x7e]+ )[\x21-\x7e]+")
_WIALON_LOGIN = re.compile(rb"(#L#)[^\r\n]+")
# Of a request: a field of its query or form, a header, a member of its JSON.
_REQUEST = (
    re.compile(rb"(\b(?:token|password)=)[^&\s]+", re.IGNORECASE),
    re.compile(rb"(\bauthorization:[ \t]*)[^\r\n]+", re.IGNORECASE),
    re.compile(rb'("token"[ \t]*:[ \t]*")[^"]+'),
)


def struck(dialect: str | None, data: bytes) -> bytes:
    """Return what may be kept of `data`, which is written in a dialect of `tracking.protocols`."""
    if dialect == "osmand":
        for pattern in _REQUEST:
            data = pattern.sub(rb"\1" + _STRUCK, data)
        return data
    if dialect == "wialon":
        return _WIALON_LOGIN.sub(rb"\1" + _STRUCK, data) if b"#L#" in data else data
    if dialect == "nmea" and b"LOGIN " in data:
        return _LOGIN.sub(rb"\1" + _STRUCK, data)
    return data
