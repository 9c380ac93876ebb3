from __future__ import annotations

import zlib

import pytest

from tracking.protocols.dialect import Claim, Judgement, Step, trusting
from tracking.protocols.wialon import MAX_LINE, WialonDevice, log, write_message

SD = b"270413;205601;5544.6025;N;03739.6834;E;36;2;3;4"
TAKEN_MS = 1_367_096_161_000  # 2013-04-27 20:56:01 UTC


def device() -> WialonDevice:
    """Make a device's end where unit 12 is known, with a secret, and 14 without one."""

    def judge(claim: Claim) -> Judgement:
        if claim.unit == "14":
            return Judgement(claim, "ok", "unit 14")
        if claim.unit != "12":
            return Judgement(claim, "unknown-unit", "")
        return Judgement(claim, "ok" if claim.secret == "pa;ss"[:2] else "wrong-secret", "unit 12")

    return WialonDevice(judge)


def logged_in(version: int) -> WialonDevice:
    """Make a device's end that has logged in, with IPS 1.1 or 2.0."""
    taken = device()
    login = b"#L#12;pa\r\n" if version == 1 else write_message(b"L", b"2.0;12;pa")
    assert taken.feed(login, 0).reply == b"#AL#1\r\n"
    return taken


def test_short_and_extended_data() -> None:
    """#SD# and #D# give a fix in our units, of the unit that logged in, and their acknowledgements."""
    taken = logged_in(1)
    step = taken.feed(b"#SD#" + SD + b"\r\n#D#" + SD + b";0.9;0;0;14.77,0.02;NA;count1:1:564\r\n", 7)
    assert step.reply == b"#ASD#1\r\n#AD#1\r\n"
    short, extended = step.fixes
    assert (short.unit, short.taken_ms, short.received_ms) == ("unit 12", TAKEN_MS, 7)
    assert (short.lat_deg, short.lon_deg) == pytest.approx((55 + 44.6025 / 60, 37 + 39.6834 / 60), abs=1e-9)
    assert (short.speed_mps, short.course_deg, short.altitude_m) == (pytest.approx(10), 2.0, 3.0)
    assert (short.satellites, short.hdop, short.history) == (4, None, False)
    assert (extended.hdop, extended.lat_deg) == (0.9, short.lat_deg)


def test_the_black_box_is_history_and_counted() -> None:
    """#B# gives history; the answer counts what was taken, so bad and empty parts are not in it."""
    bad = SD.replace(b"5544.6025", b"5564.6025")
    taken = logged_in(2)
    step = taken.feed(write_message(b"B", b"|".join((SD, bad, SD + b";0.9;0;0;;NA;"))), 0)
    assert step.reply == b"#AB#2\r\n"
    assert [fix.history for fix in step.fixes] == [True, True]
    assert taken.counts["rejected bad latitude"] == 1
    assert logged_in(1).feed(b"#B#" + SD + b"|" + SD + b"|\r\n", 0).reply == b"#AB#2\r\n"


def test_version_2_wants_checksums() -> None:
    """After a login with a version every message needs its checksum, and a wrong one has its own code."""
    taken = logged_in(2)
    assert taken.feed(write_message(b"SD", SD), 0).reply == b"#ASD#1\r\n"
    assert taken.feed(b"#SD#" + SD + b"\r\n", 0).reply != b"#ASD#1\r\n"
    assert taken.feed(b"#SD#" + SD + b";0000\r\n", 0).reply == b"#ASD#13\r\n"
    assert taken.feed(b"#D#" + SD + b";0.9;0;0;;NA;;0000\r\n", 0).reply == b"#AD#16\r\n"
    assert taken.feed(b"#B#" + SD + b"|0000\r\n", 0).reply == b"#AB#\r\n"
    assert taken.counts["fixes"] == 1


@pytest.mark.parametrize("at", range(len(SD)))
def test_a_changed_byte_fails_the_checksum(at: int) -> None:
    """With checksums, no single changed byte of a message gives a fix."""
    taken = logged_in(2)
    message = bytearray(write_message(b"SD", SD))
    for value in (message[at + 4] ^ 1, message[at + 4] ^ 4, ord("9")):
        if value != message[at + 4]:
            changed = message[: at + 4] + bytes((value,)) + message[at + 5 :]
            assert taken.feed(bytes(changed), 0).fixes == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"#L#12;no\r\n", b"#AL#01\r\n"),
        (b"#L#13;pa\r\n", b"#AL#0\r\n"),
        (b"#L#2.0;12;pa;0000\r\n", b"#AL#10\r\n"),
        (b"#L#12\r\n", b"#AL#0\r\n"),
        (b"#L#;\r\n", b"#AL#0\r\n"),
        (b"#SD#" + SD + b"\r\n", b""),
    ],
)
def test_who_is_not_known_is_answered_and_closed(said: bytes, answer: bytes) -> None:
    """A refused login says why and closes; data before a login closes without a word."""
    step = device().feed(said + b"#SD#" + SD + b"\r\n", 0)
    assert (step.reply, step.close, step.fixes) == (answer, True, [])


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        (SD.replace(b"270413", b"310213"), b"0", "bad date"),
        (SD.replace(b"205601", b"255601"), b"0", "bad time"),
        (SD.replace(b"5544", b"9144"), b"10", "bad latitude"),
        (SD.replace(b";N;", b";NA;"), b"10", "no hemisphere"),
        (SD.replace(b"5544.6025", b"NA"), b"10", "no position"),
        (SD.replace(b"5544.6025", b"0").replace(b"03739.6834", b"0"), b"10", "position 0,0"),
        (SD.replace(b";36;", b";x;"), b"11", "bad speed"),
        (SD.replace(b";2;3;", b";361;3;"), b"11", "bad course"),
        (SD[:-1] + b"y", b"12", "bad satellites"),
        (SD[:-2], b"-1", "too few fields"),
        (SD + b";1;2;3;4;5;6;7;8", b"-1", "too many fields"),
    ],
)
def test_faults_have_their_codes(message: bytes, code: bytes, reason: str) -> None:
    """Each fault of a message is answered with its code and counted under its name."""
    taken = logged_in(1)
    assert taken.feed(b"#SD#" + message + b"\r\n", 0).reply == b"#ASD#" + code + b"\r\n"
    assert taken.counts[f"rejected {reason}"] == 1


def test_no_position_is_no_fault() -> None:
    """NA for the place is acknowledged and counted; NA for the time leaves the taking open."""
    taken = logged_in(1)
    none = taken.feed(b"#SD#270413;205601;NA;NA;NA;NA;NA;NA;NA;NA\r\n", 0)
    assert (none.reply, none.fixes, taken.counts["without a position"]) == (b"#ASD#1\r\n", [], 1)
    (fix,) = taken.feed(b"#SD#" + SD.replace(b"270413;205601", b"NA;NA") + b"\r\n", 0).fixes
    assert fix.taken_ms is None


def test_a_time_without_a_date_is_kept() -> None:
    """NA for the date alone: the time of day is what the device said, and dates the fix by its arrival."""
    (fix,) = logged_in(1).feed(b"#SD#NA;" + SD.partition(b";")[2] + b"\r\n", 0).fixes
    assert (fix.taken_ms, fix.time_of_day_ms) == (None, TAKEN_MS % 86_400_000)


def test_the_alarm_button_is_an_event() -> None:
    """SOS:1:1 is a button, with the fix where there is one; other parameters and SOS:1:0 are none."""
    taken = logged_in(1)
    extended = b";0.9;0;0;;NA;"
    step = taken.feed(b"#D#" + SD + extended + b"a:1:5,SOS:1:1\r\n", 3)
    assert [(cry.unit, cry.kind, cry.fix, cry.taken_ms) for cry in step.distress] == [
        ("unit 12", "button", step.fixes[0], TAKEN_MS)
    ]
    void = taken.feed(b"#D#NA;NA;NA;NA;NA;NA;NA;NA;NA;NA" + extended + b"SOS:1:1\r\n", 3)
    assert [cry.fix for cry in void.distress] == [None]
    for params in (b"SOS:1:0", b"xSOS:1:1", b"SOS:1:10", b""):
        assert taken.feed(b"#D#" + SD + extended + params + b"\r\n", 3).distress == []


def test_a_message_may_name_its_device() -> None:
    """What stands before the message is judged for that message alone, in a datagram and in a session."""
    taken = device()
    step = taken.datagram(b"14#SD#" + SD, 0)
    assert ([fix.unit for fix in step.fixes], step.reply) == (["unit 14"], b"#ASD#1\r\n")
    assert step.judged[0].claim == Claim("14")
    assert taken.datagram(b"2.0;14" + write_message(b"SD", SD), 0).judged == []  # judged already
    assert taken.datagram(b"2.0;14#SD#" + SD + b";0000", 0).reply == b"#ASD#13\r\n"
    assert taken.datagram(b"13#SD#" + SD, 0).reply == b""
    assert taken.datagram(b"#SD#" + SD, 0).fixes == []
    relay = logged_in(1)
    both = relay.feed(b"14#SD#" + SD + b"\r\n#SD#" + SD + b"\r\n", 0)
    assert [fix.unit for fix in both.fixes] == ["unit 14", "unit 12"]
    assert both.judged[0].claim == Claim("14", None, "12")


def test_pings_files_and_words() -> None:
    """A ping is answered; a photo's bytes are passed over, whatever they are, and it is refused."""
    taken = logged_in(1)
    photo = b"#SD#" + SD + b"\r\n\xff\xff\xff"
    step = taken.feed(b"#P#\r\n#I#%d;3;9;010113;000000;x.jpg\r\n" % len(photo) + photo + b"#M#hello\r\n", 0)
    assert (step.reply, step.fixes) == (b"#AP#\r\n#AI#3;0\r\n#AM#0\r\n", [])
    assert taken.feed(b"#T#1;2;5;crc\r\nab#P#\r\n", 0).reply == b"#AT#5;0\r\n#AP#\r\n"
    assert taken.feed(b"#I#999999999999;x\r\n#P#\r\n", 0).reply == b"#AI#NA;0\r\n#AP#\r\n"


def test_compressed_messages() -> None:
    """A message packed by zlib is read like any other; a broken one and a bomb are counted."""
    taken = logged_in(1)
    packed = zlib.compress(b"#SD#" + SD + b"\r\n")
    frame = b"\xff" + len(packed).to_bytes(2, "little") + packed
    cut = [taken.feed(frame[:5], 0), taken.feed(frame[5:] + b"#P#\r\n", 0)]
    assert [step.reply for step in cut] == [b"", b"#ASD#1\r\n#AP#\r\n"]
    bomb = zlib.compress(b"#SD#" + SD + b"\r\n" * MAX_LINE)
    taken.feed(b"\xff" + len(bomb).to_bytes(2, "little") + bomb + b"\xff\x02\x00xx", 0)
    assert taken.counts["rejected bad compression"] == 2


def test_long_and_foreign_lines_are_counted() -> None:
    """A line that is too long is dropped whole, and the next one is read."""
    taken = logged_in(1)
    for _ in range(5):
        taken.feed(b"x" * (MAX_LINE // 4), 0)
    assert taken.feed(b"tail\r\n#SD#" + SD + b"\r\nGET / HTTP/1.1\r\n", 0).reply == b"#ASD#1\r\n"
    assert taken.counts["rejected line too long"] == 1
    assert taken.counts["rejected not a message"] == 1


def test_time_out_and_end() -> None:
    """Nobody known: the time-out closes; an unfinished message at the end is counted and not taken."""
    assert device().time_out() == Step(close=True)
    taken = logged_in(1)
    assert taken.time_out() == Step()
    taken.feed(b"#SD#" + SD, 0)
    assert taken.end(0) == Step()
    assert taken.counts["rejected truncated message"] == 1


def test_a_log_needs_no_login() -> None:
    """A log's messages are read with and without checksums, logins and names, line by line."""
    reader = log()
    lines = (
        b"#SD#" + SD,
        write_message(b"SD", SD).strip(),
        b"#L#77;NA",
        b"#B#" + SD,
        b"88#SD#" + SD,
        b"#SD#" + SD,
    )
    fixes = reader.feed(b"\r\n".join(lines), 0) + reader.flush(0)
    assert [(fix.unit, fix.history) for fix in fixes] == [
        (None, False),
        (None, False),
        ("77", True),
        ("88", False),
        ("77", False),
    ]
    assert WialonDevice(trusting).feed(lines[0] + b"\n", 0).fixes == []
