from __future__ import annotations

import json
from pathlib import Path
from struct import pack

import pytest

from tracking.fix import Fix
from tracking.protocols.dialect import Claim, Judgement, Step, trusting
from tracking.protocols.egts import EgtsDevice, log
from tracking.protocols.egts_packet import Framer, write_packet
from tracking.protocols.egts_record import (
    BAD_DATA,
    EPOCH_MS,
    OK,
    read_records,
    subrecords,
    write_record,
    write_subrecord,
)

NTM = 500_000_000
TERMINAL = write_subrecord(1, pack("<IB", 71, 0))


def pos(
    *,
    lat: float = 55.75,
    lon: float = 37.5,
    flags: int = 0x01,
    speed: int = 0,
    course: int = 0,
    source: int = 0,
    altitude: int | None = None,
    seconds: int = NTM,
) -> bytes:
    """Write a POS_DATA subrecord."""
    place = pack("<II", round(lat / 90 * 0xFFFFFFFF), round(lon / 180 * 0xFFFFFFFF))
    more = b"" if altitude is None else altitude.to_bytes(3, "little")
    flags |= 0 if altitude is None else 0x80
    return write_subrecord(
        16, pack("<I", seconds) + place + pack("<BHB3sBB", flags, speed, course, b"\0\0\0", 0, source) + more
    )


def record(data: bytes, *, number: int = 5, oid: int | None = None, service: int = 2) -> bytes:
    """Write a device's record."""
    head = pack("<HHB", len(data), number, 0x80 | (oid is not None))
    return head + (b"" if oid is None else pack("<I", oid)) + bytes((service, service)) + data


def packet(*records: bytes, number: int = 300, kind: int = 1) -> bytes:
    """Write a device's packet."""
    return write_packet(number, kind, b"".join(records))


def device(**units: str | None) -> EgtsDevice:
    """Make a device's end for which these units are known, with their secrets (None: none is asked)."""

    def judge(claim: Claim) -> Judgement:
        if claim.unit not in units:
            return Judgement(claim, "unknown-unit", "")
        secret = units[claim.unit]
        right = secret is None or claim.secret == secret
        return Judgement(claim, "ok" if right else "wrong-secret", f"unit {claim.unit}")

    return EgtsDevice(judge)


def one(data: bytes) -> Fix:
    """Decode the one position of a record's data."""
    (fix,) = EgtsDevice(trusting, anonymous=True).feed(packet(record(data)), 9).fixes
    return fix


def replies(step: Step) -> list[tuple[int, bytes]]:
    """Return type and data of the packets of a reply."""
    return [(packet.type, packet.data) for packet in Framer().feed(step.reply)]


@pytest.mark.shared
def test_all_real_packets_decode(shared: Path) -> None:
    """79 real packets hold 124 positions of 68 objects, 49 from the black box; one says that it is void."""
    reader = log()
    fixes = reader.feed((shared / "data/egts/kuznetsovin_packets.csv").read_bytes(), 0) + reader.flush(0)
    assert reader.counts["read"] == 79
    assert len(fixes) == 123
    assert reader.counts["rejected not valid"] == 1
    assert sum(value for name, value in reader.counts.items() if name.startswith("rejected")) == 1
    assert sum(fix.history for fix in fixes) == 49
    assert len({fix.unit for fix in fixes}) == 68
    for fix in fixes:
        assert 40 < fix.lat_deg < 75
        assert 20 < fix.lon_deg < 180
        assert fix.taken_ms is not None
        assert 1_545_000_000_000 < fix.taken_ms < 1_546_000_000_000  # a night of December 2018
        assert fix.course_deg is None or 0 <= fix.course_deg < 360
        assert fix.speed_mps is not None
        assert fix.speed_mps < 60


@pytest.mark.shared
def test_expected_replies(shared: Path) -> None:
    """Packets of go-egts' tests get exactly the responses beside them, a RESULT_CODE behind a login."""
    items = [
        item["hex"] for item in json.loads((shared / "data/egts/LdDl_go-egts_test_hex.json").read_text())
    ]
    for sent, expected in ((0, 1), (2, 4), (3, 5)):
        step = EgtsDevice(trusting).feed(bytes.fromhex(items[sent]), 0)
        assert step.reply.hex().startswith(items[expected])
        rest = step.reply[len(items[expected]) // 2 :]
        results = [list(subrecords(read_records(p.data)[0][0].data)) for p in Framer().feed(rest)]
        assert results == ([] if sent == 0 else [[(9, bytes((OK,)))]])


@pytest.mark.shared
def test_no_flipped_bit_gives_a_position(shared: Path) -> None:
    """Every single bit of every real packet flipped, 110,000 times: never a position, never an exception."""
    flipped = 0
    for line in (shared / "data/egts/kuznetsovin_packets.csv").read_text().split():
        data = bytearray.fromhex(line)
        for bit in range(len(data) * 8):
            data[bit >> 3] ^= 1 << (bit & 7)
            step = EgtsDevice(trusting, anonymous=True).datagram(bytes(data), 0)
            assert step.fixes == []
            assert step.distress == []
            data[bit >> 3] ^= 1 << (bit & 7)
            flipped += 1
    assert flipped > 100_000


@pytest.mark.shared
def test_real_packets_in_any_chunks(shared: Path) -> None:
    """The real packets as one stream, cut anywhere and with rubbish between, give the same positions."""
    packets = [
        bytes.fromhex(line) for line in (shared / "data/egts/kuznetsovin_packets.csv").read_text().split()
    ]
    for between in (b"", b"\x01\x00\x00\x0b rubbish"):
        stream = between.join(packets) + between
        for size in (1, 13, 500, len(stream)):
            taken = EgtsDevice(trusting, anonymous=True)
            steps = [taken.feed(stream[at : at + size], 0) for at in range(0, len(stream), size)]
            assert sum(len(step.fixes) for step in steps) == 123
            assert taken.counts["read"] == 79 + (79 if between else 0)


def test_fields_that_others_get_wrong() -> None:
    """The course's ninth bit, the sign of the altitude, both hemispheres, and the speed's 14 bits."""
    fix = one(pos(flags=0x01 | 0x20 | 0x40, speed=0x8000 | 0x4000 | 725, course=14, altitude=27))
    assert (fix.lat_deg, fix.lon_deg) == pytest.approx((-55.75, -37.5), abs=1e-7)
    assert fix.course_deg == 256 + 14
    assert fix.altitude_m == -27
    assert fix.speed_mps == pytest.approx(72.5 / 3.6)
    assert fix.taken_ms == EPOCH_MS + NTM * 1000
    assert one(pos(altitude=27)).altitude_m == 27
    assert one(pos(flags=0x09)).history
    assert one(pos(speed=0x8000, course=200)).course_deg is None  # 456° is no course


def test_dilution_and_satellites_belong_to_the_position_before() -> None:
    """EXT_POS_DATA adds HDOP, satellites, systems, whichever of them are there, in a record of several."""
    every = write_subrecord(17, pack("<BHHHBH", 0x1F, 150, 90, 200, 11, 3))
    systems = write_subrecord(17, pack("<BH", 0x10, 1))
    cut = write_subrecord(17, pack("<BB", 0x10, 1))
    few = write_subrecord(17, pack("<BB", 0x08, 7))
    taken = EgtsDevice(trusting, anonymous=True).feed(packet(record(pos() + every + pos() + few + pos())), 0)
    assert [(fix.hdop, fix.satellites) for fix in taken.fixes] == [(0.9, 11), (None, 7), (None, None)]
    assert [fix.constellations for fix in taken.fixes] == [3, 0, 0]
    assert [one(pos() + more).constellations for more in (systems, cut)] == [1, 0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pos(flags=0), "not valid"),
        (pos(lat=0, lon=0), "position 0,0"),
        (pos(seconds=0), "no time"),
        (write_subrecord(16, b"\1" * 20), "truncated position"),
        (b"\x10\x40\x00\x01", "truncated subrecord"),
    ],
)
def test_bad_positions_are_rejected_by_name(data: bytes, reason: str) -> None:
    """What may not be believed gives no fix and one named count."""
    taken = EgtsDevice(trusting, anonymous=True)
    assert taken.feed(packet(record(data)), 0).fixes == []
    assert taken.counts[f"rejected {reason}"] == 1


def test_the_alarm_button_is_an_event_with_its_fix() -> None:
    """SRC 13 is a button and 15 an emergency call; both carry the fix, and come even where that is void."""
    data = pos(source=13) + pos(source=15, flags=0x09) + pos(source=13, flags=0) + pos(source=12)
    step = EgtsDevice(trusting).feed(packet(record(data, oid=8)), 77)
    assert [(cry.unit, cry.kind, cry.source) for cry in step.distress] == [
        ("8", "button", "EGTS SRC 13"),
        ("8", "ecall", "EGTS SRC 15"),
        ("8", "button", "EGTS SRC 13"),
    ]
    assert [cry.fix for cry in step.distress] == [step.fixes[0], step.fixes[1], None]
    assert step.distress[2].taken_ms == EPOCH_MS + NTM * 1000
    assert step.distress[0].received_ms == 77


@pytest.mark.shared
def test_an_ecall_is_recognised(shared: Path) -> None:
    """RAW_MSD of the eCall service is an emergency whose data comes through untouched."""
    hexes = [item["hex"] for item in json.loads((shared / "data/ecall/msd_samples.json").read_text())]
    for text in hexes:
        msd = bytes.fromhex(text)
        data = record(write_subrecord(40, b"\1" + msd), oid=8, service=10)
        (cry,) = EgtsDevice(trusting).feed(packet(data), 0).distress
        assert (cry.kind, cry.unit, cry.data) == ("ecall", "8", msd)


def test_a_login_then_positions_without_oid() -> None:
    """A terminal is known by its number; what it sends without an object is its own."""
    taken = device(**{"71": None})
    step = taken.feed(packet(record(TERMINAL, service=1)), 0)
    assert [kind for kind, _ in replies(step)] == [0, 1]
    assert replies(step)[1][1].endswith(write_subrecord(9, b"\0"))
    assert taken.unit == "unit 71"
    assert not step.close
    (fix,) = taken.feed(packet(record(pos())), 0).fixes
    assert fix.unit == "unit 71"
    (same,) = taken.feed(packet(record(pos(), oid=71)), 0).fixes  # its own number, not judged again
    assert same.unit == "unit 71"


def test_an_imei_stands_in_for_a_number() -> None:
    """TID 0 with an IMEI, behind a home dispatcher's number too, is known by the IMEI."""
    for flags, before in ((0x02, b""), (0x03, b"\x09\x00")):
        data = write_subrecord(1, pack("<IB", 0, flags) + before + b"356307042441013")
        step = device(**{"356307042441013": None}).feed(packet(record(data, service=1)), 0)
        assert step.judged[0].claim == Claim("356307042441013")
    nobody = device().feed(packet(record(write_subrecord(1, pack("<IB", 0, 0)), service=1)), 0)
    assert nobody.judged == []


def test_strangers_are_refused_and_reported() -> None:
    """An unknown terminal gets its code and is closed; what it sends behind that is not taken."""
    step = device().feed(packet(record(TERMINAL, service=1)) + packet(record(pos())), 0)
    assert step.close
    assert step.fixes == []
    assert step.judged[0].verdict == "unknown-unit"
    assert replies(step)[1][1].endswith(write_subrecord(9, bytes((153,))))


def test_a_secret_is_asked_for_and_judged() -> None:
    """Where a terminal must prove itself, it is asked (AUTH_PARAMS), and its AUTH_INFO opens or closes."""
    for secret, code, close in ((b"s3cret", OK, False), (b"wrong", 151, True)):
        taken = device(**{"71": "s3cret"})
        asked = taken.feed(packet(record(TERMINAL, service=1)), 0)
        assert replies(asked)[1][1].endswith(write_subrecord(6, b"\0"))
        assert not asked.close
        info = write_subrecord(7, b"login\0" + secret + b"\0")
        step = taken.feed(packet(record(info, service=1)), 0)
        assert step.judged[0].claim.unit == "71"
        assert replies(step)[1][1].endswith(write_subrecord(9, bytes((code,))))
        assert step.close is close


def test_a_relay_carries_many_vehicles() -> None:
    """Each object of a connection is judged once, by itself, with the relay's login beside it."""
    taken = device(relay="s3cret", **{"1": None, "2": None})
    info = record(write_subrecord(7, b"relay\0s3cret\0"), service=1)
    both = packet(
        record(pos(), oid=1, number=1), record(pos(), oid=2, number=2), record(pos(), oid=3, number=3)
    )
    steps = [taken.feed(packet(info), 0), taken.feed(both, 0), taken.feed(both, 0)]
    assert [fix.unit for fix in steps[1].fixes + steps[2].fixes] == ["unit 1", "unit 2"] * 2
    assert [judgement.claim for judgement in steps[1].judged] == [
        Claim("1", None, "relay"),
        Claim("2", None, "relay"),
        Claim("3", None, "relay"),
    ]
    assert [judgement.claim.unit for judgement in steps[2].judged] == [
        "3"
    ]  # it may have been enrolled by now
    ((_, data),) = replies(steps[1])
    (answer,) = read_records(data[3:])[0]
    statuses = [(body[0] | body[1] << 8, body[2]) for _, body in subrecords(answer.data)]
    assert statuses == [(1, 0), (2, 0), (3, 153)]


def test_nobodys_positions_are_refused() -> None:
    """Without a login and an object a position is nobody's: refused, but for a log's reader."""
    taken = device()
    step = taken.feed(packet(record(pos())), 0)
    assert step.fixes == []
    assert taken.counts["rejected nobody's"] == 1
    assert one(pos()).unit is None


def test_each_service_is_answered_in_its_own_record() -> None:
    """Records of several services in one packet: one answer for each run of a service, all numbers in it."""
    taken = device(**{"71": None})
    step = taken.feed(
        packet(
            record(TERMINAL, service=1, number=1),
            record(pos(), number=2),
            record(pos(), number=3),
            record(b"", service=77, number=4),
        ),
        0,
    )
    response, result = replies(step)
    assert response[0] == 0
    assert response[1][:3] == pack("<HB", 300, OK)
    answers = read_records(response[1][3:])[0]
    seen = [
        (answer.service, [(body[0], body[2]) for _, body in subrecords(answer.data)]) for answer in answers
    ]
    assert seen == [(1, [(1, 0)]), (2, [(2, 0), (3, 0)]), (77, [(4, 150)])]
    assert result[0] == 1


def test_broken_packets_are_answered_or_passed_over() -> None:
    """A wrong data checksum, encryption and a cut record get their codes; a broken header gets nothing."""
    good = packet(record(pos(), oid=4))
    taken = EgtsDevice(trusting)
    broken = good[:-1] + bytes((good[-1] ^ 1,))
    assert replies(taken.feed(broken, 0))[0][1] == pack("<HB", 300, 138)
    assert taken.feed(good[:2] + b"\x40" + good[3:], 0).reply == b""
    cut = write_packet(300, 1, record(pos(), oid=4) + b"\xff\xff\1\0\0\2\2")
    step = taken.feed(cut, 0)
    assert len(step.fixes) == 1
    assert replies(step)[0][1][:3] == pack("<HB", 300, 132)
    assert taken.feed(good, 0).fixes != []
    assert {name: n for name, n in taken.counts.items() if name.startswith("rejected")} == {
        "rejected bad data checksum": 1,
        "rejected bad header checksum": 1,
        "rejected truncated record": 1,
    }


def test_signed_packets_and_long_headers() -> None:
    """A signature is passed over; a header with a route is read; our own responses are not answered."""
    taken = EgtsDevice(trusting)
    signed = packet(pack("<H", 3) + b"sig" + record(pos(), oid=4), kind=2)
    assert len(taken.feed(signed, 0).fixes) == 1
    assert taken.feed(write_packet(1, 0, pack("<HB", 5, 0)), 0) == Step()
    assert taken.counts["responses"] == 1
    plain = packet(record(pos(), oid=4))
    from tracking.protocols.egts_packet import crc8  # noqa: PLC0415  # for this one header

    head = plain[:2] + b"\x20\x10" + plain[4:10] + b"\1\0\2\0\5"
    assert len(taken.feed(head + bytes((crc8(head),)) + plain[11:], 0).fixes) == 1


def test_a_signature_that_is_longer_than_its_packet_is_not_acknowledged() -> None:
    """A signed packet whose signature would reach beyond its end holds no record: rejected, and said so."""
    taken = EgtsDevice(trusting, anonymous=True)
    step = taken.feed(packet(b"\xff\xff" + record(pos(), oid=7), kind=2), 0)
    assert (step.fixes, taken.counts["rejected truncated signature"]) == ([], 1)
    assert [data for _, data in replies(step)] == [pack("<HB", 300, BAD_DATA)]


def test_a_record_of_ours_reads_back() -> None:
    """What is written can be read: records with their numbers, services and subrecords."""
    data = write_record(9, 2, write_subrecord(0, b"abc"))
    (read,), whole = read_records(data)
    assert whole
    assert (read.number, read.service, list(subrecords(read.data))) == (9, 2, [(0, b"abc")])
