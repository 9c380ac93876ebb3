from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracking.protocols.egts_packet import MAX_PACKET_BYTES, Framer, crc8, crc16, write_packet

PACKET = bytes.fromhex("0100030b001000000000b3000000060000005802020003000000002ec1")


def test_checksums_of_a_real_packet() -> None:
    """Both checksums of a packet from the field are what the polynomials give."""
    assert crc8(PACKET[:10]) == PACKET[10]
    assert crc16(PACKET[11:-2]) == int.from_bytes(PACKET[-2:], "little")
    assert crc8(b"123456789") == 0xF7  # CRC-8/NRSC-5
    assert crc16(b"123456789") == 0x29B1  # CRC-16/CCITT-FALSE


@given(st.integers(0, 0xFFFF), st.integers(0, 2), st.binary(max_size=200))
def test_what_is_written_is_found(number: int, kind: int, data: bytes) -> None:
    """A written packet is read back, between rubbish, whatever it carries."""
    framer = Framer()
    rubbish = b"\x01\x02\x0b\x00"
    (packet,) = framer.feed(rubbish + write_packet(number, kind, data) + rubbish)
    assert (packet.number, packet.type, packet.data, packet.trouble) == (number, kind, data, None)


def test_encryption_and_compression_are_named() -> None:
    """A packet whose header says that its data are coded is found, with the trouble's name."""
    for flags, trouble in ((0x08, "encrypted"), (0x04, "compressed")):
        head = PACKET[:2] + bytes((flags,)) + PACKET[3:10]
        (packet,) = Framer().feed(head + bytes((crc8(head),)) + PACKET[11:])
        assert packet.trouble == trouble


def test_a_stretch_of_rubbish_is_counted_once() -> None:
    """However long the stretch and however it is cut, it is one rejection, and the next one another."""
    framer = Framer()
    for chunk in (b"xxxx", b"\x01" * 50, b"y" * 100, PACKET, b"z" * 20, PACKET, PACKET[:12]):
        list(framer.feed(chunk))
    assert framer.rejected == {"not a packet": 2}
    framer.end()
    assert framer.rejected == {"not a packet": 2, "truncated packet": 1}


def test_the_longest_packet_fits() -> None:
    """A packet with all the data that its length can say is found; no more than one is ever kept."""
    framer = Framer()
    whole = write_packet(1, 1, bytes(0xFFFF))
    for at in range(0, len(whole) - 100, 1000):
        assert list(framer.feed(whole[at : min(at + 1000, len(whole) - 100)])) == []
        assert framer.waiting <= MAX_PACKET_BYTES
    assert len(list(framer.feed(whole[-100:]))) == 1
    assert framer.waiting == 0
