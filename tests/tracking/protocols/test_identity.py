from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.protocols.identity import read_identity


@pytest.mark.parametrize(
    ("line", "identity"),
    [
        (b"$PGID,359853000144328*0F\r\n", "359853000144328"),
        (b"$PGID,359853000144328*0E", None),  # a wrong checksum
        (b"$PGID,359853000144328", "359853000144328"),
        (b"$DEVID,0x0103846677F21422*41", "0x0103846677F21422"),
        (b"$GPFID,ID123456ABC", "ID123456ABC"),
        (b"$IMEI=355797031609284", "355797031609284"),
        (b'$CONNECT,350030950116536,NETWORK,"Ben NL",RO', "350030950116536"),
        (b"IMEI 351467108700000", "351467108700000"),
        (b"IMEI:351467108700000\n", "351467108700000"),
        (b"358244017671308", "358244017671308"),
        (b"086415031C20", "086415031C20"),
        (b"357464034589362 $GPRMC,1", "357464034589362"),
        (b"990000561287964,$GPRMC,1", "990000561287964"),
        (b"123456789$GPGGA,1", "123456789"),
        (b"4711/022789000688081/$GPRMC,1", "022789000688081"),
        (b"$GPRMC,122806.0,A,0119.212178,N,10355.000942,E,0.0,,230119,0.0,E,A*27", None),
        (b"1377177267 $GPRMC,1", None),  # loggers write the time in front
        (b"1377177267123$GPRMC,1", None),
        (b"12345678", None),
        (b"# a comment 123456789012345", None),
        (b"IMEI", None),
        (b"", None),
        (b"3" * 200, None),
    ],
)
def test_the_usual_lines(line: bytes, identity: str | None) -> None:
    """Each usual way to say who one is is read, and what only looks like one is not."""
    assert read_identity(line) == identity


def test_a_number_opens_a_connection() -> None:
    """As first words any number of 4 to 20 digits is an identity; later on only an IMEI is."""
    assert read_identity(b"12345678\r\n", opening=True) == "12345678"
    assert read_identity(b"123", opening=True) is None


@pytest.mark.shared
def test_traccars_identity_lines(shared: Path) -> None:
    """The lines by which devices in Traccar's tests of NMEA trackers say who they are all name one."""
    lines = [item["data"] for item in json.loads((shared / "data/traccar/T55.json").read_text())["items"]]
    named = [line for line in lines if read_identity(line.encode(), opening=True)]
    assert {line[:5] for line in named} >= {"$DEVI", "$IMEI", "$GPFI", "$PGID", "$CONN", "IMEI ", "35824"}
    assert len(named) == 15


@pytest.mark.shared
def test_no_log_of_a_plain_receiver_names_anybody(all_logs: list[Path]) -> None:
    """In logs of receivers' sentences, comments and binary nothing is taken for an identity."""
    found = {
        (log.name, name)
        for log in all_logs
        if log.suffix == ".log"
        for line in log.read_bytes().splitlines()
        if (name := read_identity(line)) is not None
    }
    assert found == set()


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_short_plain_name_or_none(line: bytes, opening: bool) -> None:
    """Whatever comes, no exception, and a name is printable ASCII without spaces, 64 characters at most."""
    name = read_identity(line, opening=opening)
    assert name is None or (name.isascii() and name.isprintable() and " " not in name and len(name) <= 64)
