"""Parsers: ours against pynmea2 on the same NMEA sentences, and what each dialect reads a second.

pynmea2 reads every field that its sentence has, and what ours says beside them: place, instant, validity.
Ours also checks every field, finds the sentences in the stream and merges epochs into fixes. Rounds
alternate, and CPU time is counted, so that a busy machine slows both alike.
"""

from __future__ import annotations

import re
import statistics
import time
from itertools import cycle
from pathlib import Path
from struct import pack

import pynmea2

from tracking.fix import Fix
from tracking.protocols import maker
from tracking.protocols.dialect import Dialect, trusting
from tracking.protocols.egts_packet import write_packet
from tracking.protocols.egts_record import write_subrecord
from tracking.protocols.nmea import NmeaParser, checksum
from tracking.protocols.wialon import write_message

UNITS, SECONDS = 200, 40
ROUNDS = 9
SHARED = Path(__file__).resolve().parents[2] / "shared/data"


def main() -> None:
    """Print sentences a second of both and their ratio, then what the dialects read a second."""
    made = _sentences()
    _compare("generated", made, UNITS)
    if SHARED.exists():
        found = b"".join(path.read_bytes() for path in sorted((SHARED / "nmea/gpsd").glob("*.log")))
        real = re.findall(rb"\$..(?:RMC|GGA),[ -~]*\*[0-9A-F]{2}\r\n", found)
        _compare("of real logs", [sentence for sentence in real if _readable(sentence)], 1)
    for name, messages in (("egts", _egts()), ("wialon", _wialon()), ("osmand", _osmand())):
        rate = max(_positions_a_second(maker(name)(trusting), messages) for _ in range(ROUNDS))
        print(f"{name}: {rate:9,.0f} positions/s, one a message, answers included")
    if SHARED.exists():
        real = [bytes.fromhex(line) for line in (SHARED / "egts/kuznetsovin_packets.csv").read_text().split()]
        rate = max(_positions_a_second(maker("egts")(trusting), real * 50) for _ in range(ROUNDS))
        print(f"egts: {rate:9,.0f} positions/s of real packets, with their sensors and counters")


def _compare(kind: str, sentences: list[bytes], units: int) -> None:
    # One epoch a packet, as a live device sends.
    packets = [b"".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2)]
    lines = [sentence.decode().strip() for sentence in sentences][:4000]
    pairs = [(_ours_s(packets, units) / len(sentences), _theirs_s(lines) / len(lines)) for _ in range(ROUNDS)]
    ours_s, theirs_s = (min(spent) for spent in zip(*pairs, strict=True))
    ratio = statistics.median(theirs / ours for ours, theirs in pairs)
    print(f"nmea, {len(sentences):,} sentences {kind}, RMC and GGA:")
    print(f"      {1 / ours_s:9,.0f} sentences/s, one epoch a packet, to fixes")
    print(f"      {1 / theirs_s:9,.0f} sentences/s, pynmea2 {pynmea2.__version__}, every field read")
    print(f"      {ratio:9.1f} times as fast (median of {ROUNDS} rounds)")


def _sentences() -> list[bytes]:
    sentences = []
    for second in range(SECONDS):
        clock = f"12{second // 60:02d}{second % 60:02d}.00"
        for unit in range(UNITS):
            i = second * UNITS + unit
            place = f"55{i % 60:02d}.{i % 100000:05d},N,037{i % 59:02d}.{i * 7 % 100000:05d},E"
            bodies = (
                f"GNRMC,{clock},A,{place},{i % 60}.{i % 1000:03d},{i % 360}.{i % 100:02d},211126,,,A,V",
                f"GNGGA,{clock},{place},1,{i % 12 + 4:02d},0.{i % 90 + 10},{i % 300}.{i % 10},M,14.0,M,,",
            )
            sentences += [f"${body}*{checksum(body.encode()):02X}\r\n".encode() for body in bodies]
    return sentences


def _readable(sentence: bytes) -> bool:
    try:
        _read(sentence.decode().strip())
    except (pynmea2.ParseError, ValueError, TypeError, AttributeError):
        return False
    return True


def _ours_s(packets: list[bytes], units: int) -> float:
    parsers = [NmeaParser(str(unit)) for unit in range(units)]
    started_s = time.process_time()
    for parser, packet in zip(cycle(parsers), packets, strict=False):
        parser.feed(packet, 0)
    for parser in parsers:
        parser.flush(0)
    spent_s = time.process_time() - started_s
    assert sum(parser.fixes for parser in parsers) == len(packets) or units == 1
    return spent_s


def _theirs_s(lines: list[str]) -> float:
    started_s = time.process_time()
    for line in lines:
        _read(line)
    return time.process_time() - started_s


def _read(line: str) -> object:
    sentence = pynmea2.parse(line, check=True)
    values = [getattr(sentence, name) for name in sentence.name_to_idx]
    dated = sentence.datetime if sentence.sentence_type == "RMC" else None
    return values, sentence.latitude, sentence.longitude, sentence.is_valid, dated


def _positions_a_second(device: Dialect, messages: list[bytes]) -> float:
    if messages[0].startswith(b"#"):
        device.feed(write_message(b"L", b"2.0;12;NA"), 0)
    fixes: list[Fix] = []
    started_s = time.process_time()
    for message in messages:
        fixes += device.feed(message, 0).fixes
    spent_s = time.process_time() - started_s
    assert len(fixes) >= len(messages)
    return len(fixes) / spent_s


def _egts() -> list[bytes]:
    messages = []
    for i in range(4000):
        place = pack("<II", 2_660_000_000 + i, 890_000_000 + i)
        position = (
            pack("<I", 500_000_000 + i) + place + pack("<BHB3sBB", 0x81, i % 900, i % 180, b"\0\0\0", 0, 0)
        )
        data = write_subrecord(16, position + b"\x90\0\0") + write_subrecord(17, pack("<BHB", 0x0A, 90, 11))
        head = pack("<HHBI", len(data), i, 0x81, 1000 + i % UNITS) + b"\2\2"
        messages.append(write_packet(i, 1, head + data))
    return messages


def _wialon() -> list[bytes]:
    text = "211126;12{:02d}{:02d};55{:02d}.{:05d};N;037{:02d}.{:05d};E;{};{};150;11"
    return [
        write_message(
            b"SD", text.format(i // 60 % 60, i % 60, i % 60, i, i % 59, i, i % 90, i % 360).encode()
        )
        for i in range(4000)
    ]


def _osmand() -> list[bytes]:
    text = (
        "GET /?id=12&lat=55.{:05d}&lon=37.{:05d}&timestamp={}&speed={}&bearing={} HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    return [text.format(i, i, 1_795_000_000 + i, i % 90, i % 360).encode() for i in range(4000)]


if __name__ == "__main__":
    main()
