from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.credentials import hash_secret
from tracking.fix import Fix
from tracking.protocols.wialon import WialonDevice
from tracking.registry import Device, Registry
from tracking.upload import Entry, Settled, Upload

REGISTRY = Registry([Device("12", "12", hash_secret("s3cret"))])
DAY_1_MS = 1_704_067_200_000

fixes = st.builds(
    Fix,
    unit=st.just("12"),
    taken_ms=st.integers(DAY_1_MS, DAY_1_MS + (1 << 40)),
    time_of_day_ms=st.none(),
    received_ms=st.just(0),
    lat_deg=st.floats(-90, 90).filter(lambda value: abs(value) > 1e-6),
    lon_deg=st.floats(-180, 180),
    speed_mps=st.none() | st.floats(0, 200),
    course_deg=st.none() | st.floats(0, 360),
    altitude_m=st.none() | st.floats(-500, 9000),
    hdop=st.none() | st.floats(0, 99),
    satellites=st.none() | st.integers(0, 60),
    quality=st.sampled_from(["valid", "estimated"]),
)


def logged_in() -> tuple[Upload, WialonDevice]:
    """Both ends of a connection."""
    upload, device = Upload("12", "s3cret"), WialonDevice(REGISTRY)
    upload.receive(device.feed(upload.log_in(), 0).reply)
    assert upload.state == "open"
    return upload, device


@given(st.lists(fixes, min_size=1, max_size=20))
def test_the_gateway_reads_what_the_vehicle_wrote(written: list[Fix]) -> None:
    """Every value arrives, as a live message and in a packet, and is acknowledged."""
    upload, device = logged_in()
    step = device.feed(
        upload.live(Entry(0, written[0])) + upload.backlog([Entry(i, one) for i, one in enumerate(written)]),
        0,
    )
    assert len(step.fixes) == len(written) + 1
    for one, read in zip([written[0], *written], step.fixes, strict=True):
        assert (read.taken_ms, read.quality) == (one.taken_ms, one.quality)
        assert read.lat_deg == pytest.approx(one.lat_deg, abs=2e-9)
        assert read.lon_deg == pytest.approx(one.lon_deg, abs=2e-9)
        for name, within in (
            ("speed_mps", 1e-4),
            ("course_deg", 0.006),
            ("altitude_m", 0.006),
            ("hdop", 0.006),
        ):
            value = getattr(one, name)
            assert getattr(read, name) == (None if value is None else pytest.approx(value, abs=within))
        assert read.satellites == one.satellites
    assert [read.history for read in step.fixes] == [False] + [True] * len(written)
    settled = upload.receive(step.reply)
    assert settled == [Settled([0], 1), Settled(list(range(len(written))), len(written))]
    assert upload.on_its_way == frozenset()


@pytest.mark.parametrize(
    ("answer", "refusal"), [(b"0", "know"), (b"01", "secret"), (b"10", "checksum"), (b"?", "?")]
)
def test_refusals_have_words(answer: bytes, refusal: str) -> None:
    """Whatever answers the login but a one ends the conversation, and says why."""
    upload = Upload("12", "x")
    upload.receive(b"#AL#" + answer + b"\r\n")
    assert upload.state == "refused"
    assert refusal in (upload.refusal or "")


def test_what_did_not_arrive_whole_is_sent_again() -> None:
    """A wrong checksum acknowledges nothing; a fix that will never be believed is settled all the same."""
    upload, _ = logged_in()
    entries = [Entry(i, Fix("12", DAY_1_MS, None, 0, 55.0, 37.0)) for i in range(3)]
    upload.backlog(entries)
    assert upload.receive(b"#AB#\r\n") == [Settled([0, 1, 2], 0, again=True)]
    upload.backlog(entries)
    assert upload.receive(b"#AB#2\r\n") == [Settled([0, 1, 2], 2)]
    for answer, again in ((b"16", True), (b"10", False), (b"-1", False)):
        upload.live(entries[0])
        assert upload.receive(b"#AD#" + answer + b"\r\n") == [Settled([0], 0, again=again)]


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_random_answers_never_raise(chunks: list[bytes]) -> None:
    """A gateway that talks nonsense settles nothing and fills no memory."""
    upload, _ = logged_in()
    for chunk in chunks:
        upload.receive(chunk)
    assert len(upload._buffer) <= 1024
