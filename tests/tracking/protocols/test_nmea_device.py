from __future__ import annotations

from collections.abc import Callable

import pytest

from tracking.fix import Fix
from tracking.protocols.dialect import Claim, Judgement, Step
from tracking.protocols.nmea_device import NmeaDevice, log

Write = Callable[[str], bytes]


def rmc(second: int) -> str:
    """Return a sentence's body."""
    return f"GPRMC,1235{second:02d}.00,A,4807.0380,N,01131.0000,E,022.4,084.4,230326,003.1,W,A"


def judge(claim: Claim) -> Judgement:
    """Know unit 12 with its secret, and two modems without one, one of them unit 12's."""
    names = {"12": "12", "359853000144328": "12", "357464034589362": "13"}
    if claim.unit not in names:
        return Judgement(claim, "unknown-unit", "")
    right = claim.unit != "12" or claim.secret == "s3cret"
    return Judgement(claim, "ok" if right else "wrong-secret", names[claim.unit])


def say(device: NmeaDevice, *texts: bytes) -> tuple[list[Fix], list[Step]]:
    """Feed texts and end; return all fixes, and the steps."""
    steps = [device.feed(text, 5) for text in texts]
    steps.append(device.end(5))
    return [fix for step in steps for fix in step.fixes], steps


def test_a_login_opens(sentence: Write) -> None:
    """LOGIN with the right secret is answered, reported, and what follows is the unit's."""
    device = NmeaDevice(judge)
    fixes, steps = say(device, b"LOGIN 12 s3cret\r\n" + sentence(rmc(1)), sentence(rmc(2)))
    assert steps[0].reply == b"OK 12\n"
    assert steps[0].judged == [Judgement(Claim("12", "s3cret"), "ok", "12")]
    assert [fix.unit for fix in fixes] == ["12", "12"]
    assert device.counts["fixes"] == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"LOGIN 12 wrong\n", b"wrong-secret"),
        (b"LOGIN 9 x\n", b"unknown-unit"),
        (b"$PGID,111111111111119*00\r\n", b"not-a-login"),  # a wrong checksum
        (b"IMEI 111111111111119\r\n", b"unknown-unit"),
        (b"12345678\r\n", b"unknown-unit"),
        (b"$GPRMC,1\r\n", b"not-a-login"),
        (b"GET / HTTP/1.1", b"not-a-login"),
        (b"\x16\x03", b"not-a-login"),
        (b"1" * 300, b"not-a-login"),
    ],
)
def test_refusals_say_why_and_close(said: bytes, why: bytes) -> None:
    """Whoever is not known hears it at once and is closed, byte by byte too."""
    for size in (1, len(said)):
        device = NmeaDevice(judge)
        steps = []
        for at in range(0, len(said), size):
            steps.append(device.feed(said[at : at + size], 5))
            if steps[-1].close:
                break
        assert (steps[-1].reply, steps[-1].close) == (b"ERR " + why + b"\n", True)
        assert device.feed(b"LOGIN 12 s3cret\n", 5) == Step(close=True)


def test_an_identity_line_opens_without_an_answer(sentence: Write) -> None:
    """A device that knows no login is judged by its own line, which has no secret, and is sent nothing."""
    for line in (b"$PGID,359853000144328*0F\r\n", b"359853000144328\r\n", b"IMEI 359853000144328\n"):
        fixes, steps = say(NmeaDevice(judge), line, sentence(rmc(1)))
        assert (steps[0].reply, steps[0].close) == (b"", False)
        assert steps[0].judged[0].claim == Claim("359853000144328", None, None)
        assert [fix.unit for fix in fixes] == ["12"]


def test_a_prefix_opens_with_its_sentence(sentence: Write) -> None:
    """Where every sentence begins with an identity, the first is read too, and the claim is judged once."""
    lines = [b"357464034589362 " + sentence(rmc(n)) for n in range(3)]
    fixes, steps = say(NmeaDevice(judge), *lines)
    assert [fix.unit for fix in fixes] == ["13"] * 3
    assert sum(len(step.judged) for step in steps) == 1


def test_an_identity_that_changes_is_reported(sentence: Write) -> None:
    """After a login another identity is judged with the first beside it; fixes follow who was accepted."""
    device = NmeaDevice(judge)
    fixes, steps = say(
        device,
        b"LOGIN 12 s3cret\n",
        sentence(rmc(1)),
        b"357464034589362" + sentence(rmc(2)),
        sentence(rmc(3)),
    )
    assert [judgement.claim for step in steps[1:] for judgement in step.judged] == [
        Claim("357464034589362", None, "12")
    ]
    assert [fix.unit for fix in fixes] == ["12", "13", "13"]


def test_a_refused_line_changes_nothing_and_a_refused_prefix_drops_its_sentences(sentence: Write) -> None:
    """A login proves more than a line; but a sentence that says it is another's is not the unit's."""
    device = NmeaDevice(judge)
    fixes, steps = say(
        device,
        b"LOGIN 12 s3cret\n",
        b"111111111111119\r\n" + sentence(rmc(1)),
        b"111111111111119 " + sentence(rmc(2)),
        b"359853000144328\r\n" + sentence(rmc(3)),
    )
    assert [(fix.unit, fix.time_of_day_ms) for fix in fixes] == [("12", 45_301_000), ("12", 45_303_000)]
    assert device.counts["rejected refused identity"] == 1
    assert device.counts["fixes"] == 2
    refused = [j.claim.unit for step in steps for j in step.judged if j.verdict != "ok"]
    assert refused == ["111111111111119"] * 2


def test_datagrams_carry_their_own_login(sentence: Write) -> None:
    """Over UDP each datagram may log in; one without is the last one's; a refusal closes nothing."""
    device = NmeaDevice(judge)
    assert device.datagram(b"LOGIN 12 wrong\n" + sentence(rmc(0)), 5).fixes == []
    steps = [
        device.datagram(b"LOGIN 12 s3cret\n" + sentence(rmc(1)), 5),
        device.datagram(sentence(rmc(2))[:-2], 5),
        device.datagram(b"LOGIN 12 s3cret\n" + sentence(rmc(3)), 5),
        device.end(5),
    ]
    fixes = [fix for step in steps for fix in step.fixes]
    assert [(fix.unit, fix.time_of_day_ms) for fix in fixes] == [
        ("12", 45_301_000), ("12", 45_302_000), ("12", 45_303_000),
    ]  # fmt: skip
    assert not any(step.close for step in steps)


def test_silence_and_time_out(sentence: Write) -> None:
    """`idle` puts the waiting fix out; a time-out speaks only to who has not logged in."""
    device = NmeaDevice(judge)
    assert NmeaDevice(judge).time_out() == Step(reply=b"ERR timeout\n", close=True)
    device.feed(b"LOGIN 12 s3cret\n" + sentence(rmc(1)), 5)
    assert device.time_out() == Step()
    assert len(device.idle().fixes) == 1
    assert device.idle() == Step()


@pytest.mark.parametrize("size", [1, 5, 29, 33, 1000])
def test_a_log_is_whose_its_lines_say(sentence: Write, size: int) -> None:
    """In a log, identity lines of every kind name the unit from there on, however it is cut."""
    stream = b"".join(
        (
            sentence(rmc(0)),
            b"IMEI 351467108700000\r\n" + sentence(rmc(1)),
            b"12345678" + sentence(rmc(2)),
            b"358244017671308\r\n" + sentence(rmc(3)) + sentence(rmc(4)),
            b"$PGID,359853000144328*0F\r\n" + sentence(rmc(5)),
            b"$GPRMC," + b"1" * 300 + b"358244017671308\r\n" + sentence(rmc(6)),
        )
    )
    reader = log()
    fixes = [fix for at in range(0, len(stream), size) for fix in reader.feed(stream[at : at + size], 0)]
    fixes += reader.flush(0)
    assert [fix.unit for fix in fixes] == [
        None,
        "351467108700000",
        "12345678",
        "358244017671308",
        "358244017671308",
        "359853000144328",
        "359853000144328",
    ]


def test_a_relay_carries_many_by_prefix(sentence: Write) -> None:
    """Sentences of several vehicles on one login: each vehicle's claim names the relay."""

    def carry(claim: Claim) -> Judgement:
        carried = claim.by == "relay" or claim.secret == "s3cret"
        return Judgement(claim, "ok" if carried else "unknown-unit", claim.unit)

    texts = [b"10000%d " % (n % 3) + sentence(rmc(n)) for n in range(9)]
    fixes, steps = say(NmeaDevice(carry), b"LOGIN relay s3cret\n", *texts)
    assert [fix.unit for fix in fixes] == ["100000", "100001", "100002"] * 3
    assert {judgement.claim.by for step in steps[1:] for judgement in step.judged} == {"relay"}
