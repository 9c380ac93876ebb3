from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.credentials import hash_secret
from tracking.dates import DAY_MS
from tracking.fix import Fix
from tracking.protocols import DIALECTS
from tracking.registry import Device, Registry
from tracking.session import LIVE_WITHIN_MS, Session, dialect_of, is_backlog

REGISTRY = Registry([Device("12", "12", hash_secret("s3cret"))])
NOW_MS = 20_000 * DAY_MS


@pytest.mark.parametrize(
    ("first", "allowed", "dialect"),
    [
        (b"\x01", ("nmea", "egts", "wialon"), "egts"),
        (b"#", ("nmea", "egts", "wialon"), "wialon"),
        (b"G", ("nmea", "egts", "osmand"), "osmand"),
        (b"L", ("nmea", "egts", "wialon"), "nmea"),
        (b"$", ("nmea", "egts", "wialon"), "nmea"),
        (b"#", ("nmea", "egts"), "nmea"),
        (b"L", ("egts",), "egts"),
        (b"L", ("egts", "wialon"), "egts"),
    ],
)
def test_the_first_byte_says_the_dialect(first: bytes, allowed: tuple[str, ...], dialect: str) -> None:
    """Dialects are told apart where the port allows several; a port of one dialect asks nothing."""
    assert dialect_of(first[0], allowed) == dialect


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_whatever_leaves_a_session_can_be_stored(sentence: Callable[[str], bytes], size: int) -> None:
    """A fix without a date is dated by when it was received, and carries the unit that logged in."""
    session = Session(REGISTRY)
    data = b"LOGIN 12 s3cret\n" + sentence("GPGGA,235000.00,5545.0,N,03737.0,E,1,08,0.9,150.0,M,14.0,M,,")
    replies, fixes = b"", []
    for at in range(0, len(data), size):
        step = session.receive(data[at : at + size], NOW_MS)
        replies += step.reply
        fixes += step.fixes
    fixes += session.end(NOW_MS).fixes
    assert (replies, session.unit, session.name) == (b"OK 12\n", "12", "nmea")
    (fix,) = fixes
    assert (fix.unit, fix.taken_ms) == ("12", NOW_MS - 600_000)


def test_no_login_in_time() -> None:
    """A silent peer and one in mid-login are told `timeout` and closed."""
    silent, begun = Session(REGISTRY), Session(REGISTRY)
    begun.receive(b"LOGI", 0)
    assert [(step.reply, step.close) for step in (silent.time_out(), begun.time_out())] == [
        (b"ERR timeout\n", True)
    ] * 2


def test_what_was_stored_before_it_was_sent_may_wait() -> None:
    """History by the device's word, or by its age, is backlog; a live fix and one from the future are not."""

    def fix(age_ms: int, history: bool = False) -> Fix:
        return Fix("12", NOW_MS - age_ms, None, NOW_MS, 55.0, 37.0, history=history)

    assert [is_backlog(fix(age)) for age in (0, 60_000, LIVE_WITHIN_MS + 1, -DAY_MS)] == [
        False,
        False,
        True,
        False,
    ]
    assert is_backlog(fix(0, history=True))


@given(st.lists(st.binary(max_size=300), max_size=8), st.booleans())
def test_random_bytes_never_raise(chunks: list[bytes], datagrams: bool) -> None:
    """Whatever the first bytes and whichever dialect they call up, nothing raises and nobody is logged in."""
    session = Session(REGISTRY, tuple(DIALECTS))
    for chunk in chunks:
        step = session.datagram(chunk, NOW_MS) if datagrams else session.receive(chunk, NOW_MS)
        assert not step.fixes
        if step.close:
            break
    session.idle()
    session.end(NOW_MS)
    assert session.unit is None
