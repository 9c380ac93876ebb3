"""Parsing NMEA: ours against pynmea2 with every field read, on the same sentences, in one run.

Both read a mix of RMC and GGA, generated and valid; ours also checks every field, merges epochs into fixes
and finds the sentences in the stream, which pynmea2 does not.
"""

from __future__ import annotations

import time

import pynmea2

from tracking.protocols.nmea import NmeaParser, checksum

EPOCHS = 20_000
ROUNDS = 3


def main() -> None:
    """Print sentences a second of both, and their ratio."""
    sentences = _sentences()
    # One epoch a packet, as a live device sends.
    packets = [b"".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2)]
    lines = [sentence.decode().strip() for sentence in sentences]
    ours_s = min(_ours_s(packets) for _ in range(ROUNDS))
    theirs_s = min(_theirs_s(lines[: len(lines) // 4]) for _ in range(ROUNDS)) * 4
    print(f"nmea: {len(lines) / ours_s:9,.0f} sentences/s, one epoch a packet, to fixes")
    print(f"      {len(lines) / theirs_s:9,.0f} sentences/s, pynmea2 {pynmea2.__version__}, every field read")
    print(f"      {theirs_s / ours_s:9.1f} times as fast")


def _sentences() -> list[bytes]:
    sentences = []
    for i in range(EPOCHS):
        clock = f"{i // 3600:02d}{i // 60 % 60:02d}{i % 60:02d}.00"
        place = f"55{i % 60:02d}.{i % 100000:05d},N,037{i % 59:02d}.{i * 7 % 100000:05d},E"
        bodies = (
            f"GNRMC,{clock},A,{place},{i % 60}.{i % 1000:03d},{i % 360}.{i % 100:02d},211126,,,A,V",
            f"GNGGA,{clock},{place},1,{i % 12 + 4:02d},0.{i % 90 + 10},{i % 300}.{i % 10},M,14.0,M,,",
        )
        sentences += [f"${body}*{checksum(body.encode()):02X}\r\n".encode() for body in bodies]
    return sentences


def _ours_s(packets: list[bytes]) -> float:
    parser = NmeaParser("1")
    started_s = time.perf_counter()
    for packet in packets:
        parser.feed(packet, 0)
    parser.flush(0)
    spent_s = time.perf_counter() - started_s
    assert parser.fixes == EPOCHS
    return spent_s


def _theirs_s(lines: list[str]) -> float:
    read = 0
    started_s = time.perf_counter()
    for line in lines:
        sentence = pynmea2.parse(line, check=True)
        # Every field, since ours checks every one; pynmea2 converts them when they are read.
        values = [getattr(sentence, name) for name in sentence.name_to_idx]
        read += len(values) + (sentence.latitude > 0) + (sentence.longitude > 0)
    assert read > 0
    return time.perf_counter() - started_s


if __name__ == "__main__":
    main()
