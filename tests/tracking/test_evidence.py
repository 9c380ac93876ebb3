from __future__ import annotations

import pytest

from tracking.evidence import struck

SENTENCE = b"$GNRMC,150001,A,5545.0000,N,03737.0000,E,1.0,90.0,211126,,,A*7A\r\n"


@pytest.mark.parametrize(
    ("dialect", "sent", "kept"),
    [
        ("nmea", b"LOGIN 12 s3cret\r\n" + SENTENCE, b"LOGIN 12 ***\r\n" + SENTENCE),
        ("nmea", SENTENCE, SENTENCE),
        ("wialon", b"#L#2.0;12;s3cret;A1B2\r\n#P#\r\n", b"#L#***\r\n#P#\r\n"),
        ("egts", b"\x01LOGIN 12 s3cret", b"\x01LOGIN 12 s3cret"),
        (
            "osmand",
            b"GET /?id=12&token=s3cret&lat=1&lon=2 HTTP/1.1\r\nAuthorization: Bearer s3cret\r\nHost: x\r\n",
            b"GET /?id=12&token=***&lat=1&lon=2 HTTP/1.1\r\nAuthorization: ***\r\nHost: x\r\n",
        ),
        ("osmand", b"lat=1&lon=2&password=s3cret", b"lat=1&lon=2&password=***"),
        ("osmand", b'{"token": "s3cret", "device_id": "12"}', b'{"token": "***", "device_id": "12"}'),
    ],
)
def test_no_secret_is_kept_and_nothing_else_is_lost(dialect: str, sent: bytes, kept: bytes) -> None:
    """The words that prove a device are struck out of what it sent; all the rest is evidence as it came."""
    assert struck(dialect, sent) == kept
