"""What holds for every dialect: a new one joins by its registration and a few messages here."""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracking.credentials import Verdict
from tracking.fix import Fix
from tracking.protocols import DIALECTS, log, maker
from tracking.protocols.dialect import Claim, Dialect, Distress, Judgement, Step, trusting
from tracking.protocols.egts_packet import write_packet
from tracking.protocols.egts_record import write_record, write_subrecord
from tracking.protocols.wialon import write_message

POSITION = bytes.fromhex("395fe510dc573c9f6abcde34830000f5ad0600000dcd0000")  # of a real packet, SRC made 13


def egts(data: bytes, *, service: int = 2) -> bytes:
    """Write a packet of one record."""
    return write_packet(7, 1, write_record(9, service, data))


JSON = b'{"location":{"coords":{"latitude":1,"longitude":2},"mock":true},"device_id":12,"token":"s3cret"}'

# Good messages, and beginnings, ends and fragments of them: what a fuzz would need hours to find by itself.
FRAGMENTS: dict[str, list[bytes]] = {
    "nmea": [
        b"LOGIN 12 s3cret\n",
        b"LOGIN 13 wrong\r\n",
        b"$PGID,359853000144328*0F\r\n",
        b"$GPRMC,123519.00,A,4807.0380,N,01131.0000,E,022.4,084.4,230326,003.1,W,A*20\r\n",
        b"$GPGGA,123519.00,4807.0380,N,01131.0000,E,1,08,0.9,545.4,M,46.9,M,,*69\n",
        b"357464034589362 $GNGLL,4807.0381,N,01131.0001,E,123520.00,A,A*72\r",
        b"$GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1*39\r\n",
        b"$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48\r\n",
        b"\\s:x,c:1*00\\",
        b"!AIVDM,1,1,,A,15M,0*00\r\n",
        b"$GPRMC,",
        b"$",
        b"1" * 300,
    ],
    "egts": [
        egts(write_subrecord(1, b"\x0c\0\0\0\0"), service=1),
        egts(write_subrecord(1, b"\x0d\0\0\0\0"), service=1),
        egts(write_subrecord(7, b"12\0s3cret\0"), service=1),
        egts(write_subrecord(16, POSITION) + write_subrecord(17, b"\x0a\x0c\0\x09")),
        egts(write_subrecord(40, b"\1msd"), service=10),
        egts(b"\x10\xff\xff\0"),
        write_packet(1, 0, b"\0\0\0"),
        egts(write_subrecord(16, POSITION))[:-9],
        b"\1\0\0\x0b\0",
        b"\1" * 40,
    ],
    "wialon": [
        b"#L#12;s3cret\r\n",
        write_message(b"L", b"2.0;12;s3cret"),
        b"#L#13;wrong\r\n",
        write_message(b"SD", b"300924;154245;5554.350052;N;3644.670410;E;2.92;NA;NA;NA"),
        b"#SD#270413;205601;5544.6025;N;03739.6834;E;1;2;3;4\r\n",
        b"#D#270413;205601;5544.6025;N;03739.6834;E;1;2;3;4;0.0;0;0;14.77,0.02,3.6;NA;SOS:1:1\n",
        b"99;#SD#270413;205601;5544.6025;N;03739.6834;E;1;2;3;4\r\n",
        b"12#B#110315;045857;5364.0167;N;06127.8262;E;0;155;965;7|270413;205601;5544.6025;N;03739.6834;E;1;2;3;4\r\n",
        b"#I#20;0;1;010113;000000;x.jpg\r\n",
        b"#P#\r\n",
        b"\xff\x04\0abcd",
        b"#SD#2704",
        b"\r\n",
    ],
    "osmand": [
        b"GET /?id=12&token=s3cret&lat=60.0&lon=30.0&timestamp=1377177267&alarm=sos HTTP/1.1\r\n\r\n",
        b"GET /?id=13&lat=60.0&lon=30.0 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /?id=12&token=s3cret HTTP/1.1\r\nContent-Length: 10\r\n\r\nlat=1&lon=2",
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(JSON), JSON),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nid=12\r\n0\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET /?lat=1 HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"GET /?",
        b"\r\n\r\n",
    ],
}


def judge(claim: Claim) -> Judgement:
    """Know one unit, its secret, and its IMEI."""
    verdict: Verdict = "unknown-unit"
    if claim.unit in ("12", "359853000144328"):
        verdict = "ok" if claim.secret in ("s3cret", None) else "wrong-secret"
    return Judgement(claim, verdict, "12")


class Heard(msgspec.Struct):
    """Everything that steps carried, put together."""

    fixes: list[Fix] = []
    distress: list[Distress] = []
    judged: list[Judgement] = []
    reply: bytes = b""
    close: bool = False

    def add(self, step: Step) -> None:
        """Put a step behind the others."""
        self.fixes += step.fixes
        self.distress += step.distress
        self.judged += step.judged
        self.reply += step.reply
        self.close = self.close or step.close


def held(thing: object) -> int:
    """Return how many bytes and items a dialect keeps, in whatever it holds, slots and collections alike."""
    total, todo, seen = 0, [thing], set[int]()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, bytes | bytearray | str):
            total += len(one)
        elif isinstance(one, dict):
            total += len(one)
            todo += [*one.keys(), *one.values()]
        elif isinstance(one, Collection):
            total += len(one)
            todo += one
        elif type(one).__module__.startswith("tracking."):
            slots = [name for each in type(one).__mro__ for name in getattr(each, "__slots__", ())]
            fields = getattr(one, "__struct_fields__", ())
            todo += [getattr(one, name) for name in (*slots, *fields) if hasattr(one, name)]
            todo += getattr(one, "__dict__", {}).values()
    return total


def speak(dialect: str, data: bytes, size: int) -> tuple[Heard, Dialect]:
    """Feed data in pieces, until the dialect closes, and end."""
    device, heard = maker(dialect)(judge), Heard()
    for at in range(0, len(data), size):
        heard.add(device.feed(data[at : at + size], 5))
        if heard.close:
            break
    else:
        heard.add(device.end(5))
    return heard, device


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_any_stream_in_any_chunks_gives_the_same(dialect: str, data: st.DataObject) -> None:
    """Messages and rubbish mixed: nothing raises, and fixes, answers and counts mind no chunking."""
    pieces = st.sampled_from(FRAGMENTS[dialect]) | st.binary(max_size=12)
    stream = b"".join(data.draw(st.lists(pieces, max_size=25)))
    size = data.draw(st.integers(1, 60))
    whole, one = speak(dialect, stream, max(1, len(stream)))
    cut, many = speak(dialect, stream, size)
    assert cut == whole
    assert many.counts == one.counts
    assert all(fix.unit == "12" for fix in whole.fixes)  # nobody's position is taken from a stranger


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_damaged_messages_are_counted_or_understood(dialect: str, data: st.DataObject) -> None:
    """Bytes of good messages changed, dropped and doubled: no exception, every reason is a plain name."""
    stream = bytearray(
        b"".join(data.draw(st.lists(st.sampled_from(FRAGMENTS[dialect]), min_size=1, max_size=8)))
    )
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(-1, 255)), max_size=6)
    ):
        place = at % max(1, len(stream))
        if value < 0:
            del stream[place : place + 3]
        else:
            stream[place : place + 1] = bytes((value,))
    heard, device = speak(dialect, bytes(stream), 17)
    for fix in heard.fixes:
        assert -90 <= fix.lat_deg <= 90
        assert -180 <= fix.lon_deg <= 180
    assert all(
        re.fullmatch(r"[A-Za-z][A-Za-z0-9 ,'.-]+", name) and n >= 0 for name, n in device.counts.items()
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_grows_without_end(dialect: str) -> None:
    """Megabytes of one character, or of a message's beginning that never ends, leave a bounded rest."""
    for beginning in (b"", *(fragment[:-3] for fragment in FRAGMENTS[dialect])):
        for filler in (b"1", b"\1", b"\xff", b"a=b&", b" \t", b"\r"):
            device = maker(dialect)(trusting)
            device.feed(beginning, 0)
            most = 0
            for _ in range(40):
                if device.feed(filler * (1 << 16), 0).close:
                    break
                most = max(most, held(device))
            assert most < 3 << 20, (beginning, filler)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_datagrams_and_logs_never_raise(dialect: str) -> None:
    """Each fragment as a datagram, and all of them as a log: no exception, no connection to close."""
    device, reader = maker(dialect)(judge), log(dialect)
    for fragment in FRAGMENTS[dialect]:
        assert not device.datagram(fragment, 5).close
        reader.feed(fragment + b"\n" + fragment.hex().encode() + b"\n", 5)
    reader.flush(5)
    assert {"read", "fixes"} <= set(device.counts)
    assert {"read", "fixes"} <= set(reader.counts)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_strangers_give_nothing(dialect: str) -> None:
    """When the judge refuses everybody, no fix and no alarm comes out, and every claim is reported."""
    device, heard = maker(dialect)(lambda claim: Judgement(claim, "unknown-unit", "")), Heard()
    for fragment in FRAGMENTS[dialect]:
        heard.add(device.datagram(fragment, 5))
    assert heard.fixes == []
    assert heard.distress == []
    assert heard.judged


@pytest.mark.parametrize("dialect", DIALECTS)
def test_good_messages_get_through(dialect: str) -> None:
    """The same messages from a known unit give fixes, so that the tests above are not about silence."""
    device, heard = maker(dialect)(judge), Heard()
    for fragment in FRAGMENTS[dialect]:
        step = device.feed(fragment, 5)
        heard.add(step)
        if step.close:
            device = maker(dialect)(judge)
    heard.add(device.end(5))
    assert heard.fixes
    assert heard.reply
