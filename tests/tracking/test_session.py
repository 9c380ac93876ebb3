from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.credentials import Credentials, hash_secret
from tracking.session import MAX_LOGIN_BYTES, Session, Step

CREDENTIALS = Credentials({"12": hash_secret("s3cret"), "скорая": hash_secret("x")})
RMC = "GPRMC,123519.00,A,4807.0380,N,01131.0000,E,022.4,084.4,230326,003.1,W,A"


def feed(session: Session, data: bytes, size: int) -> Step:
    """Feed in pieces until the session closes; return all answers as one."""
    sent, fixes = b"", []
    for at in range(0, len(data), size):
        step = session.receive(data[at : at + size], 5)
        sent += step.send
        fixes += step.fixes
        if step.close:
            return Step(sent, fixes, close=True)
    return Step(sent, fixes)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_login_opens_the_session_and_what_follows_is_nmea(
    sentence: Callable[[str], bytes], size: int, end: bytes
) -> None:
    """The login line and the first sentences may come in one packet or byte by byte."""
    session = Session(CREDENTIALS)
    step = feed(session, b"LOGIN 12 s3cret" + end + sentence(RMC), size)
    assert (step.send, step.close, session.unit) == (b"OK 12\n", False, "12")
    (fix,) = step.fixes + session.end(5)
    assert (fix.unit, fix.lat_deg) == ("12", pytest.approx(48 + 7.038 / 60))
    assert session.state == "closed"


@pytest.mark.parametrize(
    ("said", "answer", "claimed"),
    [
        (b"LOGIN 12 wrong\n", b"ERR wrong-secret\n", "12"),
        (b"LOGIN 99 s3cret\n", b"ERR unknown-unit\n", "99"),
        (b"LOGIN 12\n", b"ERR not-a-login\n", None),
        (b"LOGIN 12 s3cret more\n", b"ERR not-a-login\n", None),
        ("LOGIN скорая x\n".encode(), b"ERR not-a-login\n", None),
        (b"login 12 s3cret\n", b"ERR not-a-login\n", None),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"ERR not-a-login\n", None),
        (b"\x16\x03\x01\x02\x00", b"ERR not-a-login\n", None),
        (b"\n", b"ERR not-a-login\n", None),
        (b"LOGIN " + b"1" * MAX_LOGIN_BYTES, b"ERR not-a-login\n", None),
    ],
)
def test_refusals(said: bytes, answer: bytes, claimed: str | None) -> None:
    """Whatever is no good login gets its reason and is closed, without waiting for a line end."""
    for size in (1, 7, 1000):
        session = Session(CREDENTIALS)
        step = feed(session, said, size)
        assert (step.send, step.close, step.fixes) == (answer, True, [])
        assert (session.claimed, session.unit, session.state) == (claimed, None, "closed")


def test_no_login_in_time() -> None:
    """A silent peer is told `timeout`; an open session has no such limit."""
    silent = Session(CREDENTIALS)
    assert silent.receive(b"LOGI", 0) == Step()
    assert silent.time_out() == Step(b"ERR timeout\n", close=True)
    opened = Session(CREDENTIALS)
    opened.receive(b"LOGIN 12 s3cret\n", 0)
    assert opened.time_out() == Step()


@given(st.lists(st.binary(max_size=400), max_size=10))
def test_random_bytes_never_raise(chunks: list[bytes]) -> None:
    """Garbage before a login never raises, never logs in, and is not kept beyond one line."""
    session = Session(CREDENTIALS)
    for chunk in chunks:
        session.receive(chunk, 0)
        assert len(session._line) <= MAX_LOGIN_BYTES
    assert session.end(0) == []
    assert session.unit is None
