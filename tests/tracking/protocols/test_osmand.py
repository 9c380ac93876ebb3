from __future__ import annotations

import base64

import pytest

from tracking.protocols.dialect import Claim, Judgement, Step, trusting
from tracking.protocols.osmand import MAX_REQUEST_BYTES, OsmAndDevice, log

QUERY = b"id=12&token=s3cret&lat=60.5&lon=-30.25&timestamp=1377177267"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def judge(claim: Claim) -> Judgement:
    """Know phone 12 and its secret."""
    if claim.unit != "12":
        return Judgement(claim, "unknown-unit", "")
    return Judgement(claim, "ok" if claim.secret == "s3cret" else "wrong-secret", "unit 12")


def get(query: bytes, *headers: bytes) -> bytes:
    """Write a GET request."""
    return b"\r\n".join((b"GET /?" + query + b" HTTP/1.1", b"Host: x", *headers, b"", b""))


def post(body: bytes, *headers: bytes, path: bytes = b"/") -> bytes:
    """Write a POST request."""
    return b"\r\n".join(
        (b"POST " + path + b" HTTP/1.1", b"Content-Length: %d" % len(body), *headers, b"", body)
    )


def status(step: Step) -> int:
    """Return the status of a reply's last answer."""
    return int(step.reply.rsplit(b"HTTP/1.1 ", 1)[1][:3])


def test_a_query_is_a_fix_and_answered() -> None:
    """A GET gives the fix of a known phone and 200, and the connection stays open for the next."""
    phone = OsmAndDevice(judge)
    step = phone.feed(get(QUERY + b"&speed=10&bearing=90&altitude=5.5&hdop=1.5") + get(QUERY), 7)
    first, second = step.fixes
    assert (first.unit, first.lat_deg, first.lon_deg) == ("unit 12", 60.5, -30.25)
    assert (first.taken_ms, first.received_ms) == (1_377_177_267_000, 7)
    assert first.speed_mps == pytest.approx(5.144444, abs=1e-6)  # the query's speed is in knots
    assert (first.course_deg, first.altitude_m, first.hdop) == (90.0, 5.5, 1.5)
    assert second.speed_mps is None
    assert (step.reply, step.close) == (OK + OK, False)
    assert [judgement.claim.unit for judgement in step.judged] == ["12"]  # the same again is no news


@pytest.mark.parametrize(
    "request_",
    [
        post(QUERY, b"Content-Type: application/x-www-form-urlencoded"),
        post(b"lat=60.5&lon=-30.25&timestamp=1377177267", path=b"/?id=12&token=s3cret"),
        get(QUERY.replace(b"token=s3cret&", b""), b"Authorization: Bearer s3cret"),
        get(QUERY.replace(b"token=s3cret&", b""), b"Authorization: Basic " + base64.b64encode(b"12:s3cret")),
        get(b"deviceid=12&password=s3cret&location=60.5,-30.25&timestamp=2013-08-22T13:14:27Z"),
        get(QUERY.replace(b"1377177267", b"1377177267000")),
        get(QUERY.replace(b"1377177267", b"2013-08-22+13%3A14%3A27")),
        post(
            b'{"location":{"timestamp":"2013-08-22T15:14:27+02:00","coords":{"latitude":60.5,"longitude":-30.25}},'
            b'"device_id":"12","token":"s3cret"}',
            b"Content-Type: application/json",
        ),
        post(QUERY, b"Expect: 100-continue"),
    ],
)
def test_every_form_says_the_same(request_: bytes) -> None:
    """Query, form, JSON, both names of the device, every form of time and every place of the secret."""
    step = OsmAndDevice(judge).feed(request_, 0)
    (fix,) = step.fixes
    assert (fix.unit, fix.lat_deg, fix.lon_deg, fix.taken_ms) == ("unit 12", 60.5, -30.25, 1_377_177_267_000)
    assert step.reply.endswith(OK)
    assert not step.close


@pytest.mark.parametrize(
    ("request_", "answer", "reason"),
    [
        (get(QUERY.replace(b"id=12", b"id=13")), 403, "unknown-unit"),
        (get(QUERY.replace(b"s3cret", b"x")), 403, "wrong-secret"),
        (get(QUERY.replace(b"id=12&", b"")), 400, "no id"),
        (get(QUERY.replace(b"id=12&", b"id=1%202&")), 400, "bad id"),
        (get(QUERY.replace(b"60.5", b"north")), 400, "bad latitude"),
        (get(QUERY.replace(b"-30.25", b"nan")), 400, "bad longitude"),
        (get(QUERY.replace(b"1377177267", b"soon")), 400, "bad time"),
        (get(QUERY.replace(b"1377177267", b"99999999999999")), 400, "bad time"),
        (get(QUERY.replace(b"60.5", b"90.5")), 200, "bad latitude"),
        (get(QUERY.replace(b"-30.25", b"-180.5")), 200, "bad longitude"),
        (get(QUERY.replace(b"60.5", b"0").replace(b"-30.25", b"0.0")), 200, "position 0,0"),
        (get(QUERY + b"&valid=false"), 200, "not valid"),
        (post(b'{"device_id":"12"'), 400, "bad JSON"),
        (post(b"[]"), 400, "bad JSON"),
        (post(b"[" * 100_000), 400, "bad JSON"),
        (post(b'{"device_id":"12","token":"s3cret"}'), 400, "no location"),
        (
            post(b'{"location":{"coords":{"latitude":true,"longitude":1}},"device_id":"12"}'),
            400,
            "bad latitude",
        ),
        (b"\x16\x03\x01\x02\x00\x01", 400, "not a request"),
        (post(b"x" * (MAX_REQUEST_BYTES + 1)), 413, "too long"),
        (get(QUERY, b"X: " + b"y" * (MAX_REQUEST_BYTES + 1)), 413, "too long"),
    ],
)
def test_what_is_no_good_says_why(request_: bytes, answer: int, reason: str) -> None:
    """No fix, one named count, and the status that makes a phone repeat only what repeating can mend."""
    phone = OsmAndDevice(judge)
    step = phone.feed(request_, 0)
    assert step.fixes == []
    assert status(step) == answer
    assert phone.counts[f"rejected {reason}"] == 1


def test_traccar_client_says_unknown_with_minus_one() -> None:
    """A speed or heading of -1 is not said; a made-up position (mock) is estimated; JSON has m/s."""
    body = (
        b'{"location":{"coords":{"latitude":1,"longitude":2,"speed":%s,"heading":-1,"altitude":3},"mock":%s},'
        b'"device_id":12,"token":"s3cret"}'
    )
    phone = OsmAndDevice(judge)
    (made_up,) = phone.feed(post(body % (b"-1", b"true")), 0).fixes
    (real,) = phone.feed(post(body % (b"2.5", b"false")), 0).fixes
    assert (made_up.quality, made_up.speed_mps, made_up.course_deg) == ("estimated", None, None)
    assert (real.quality, real.speed_mps, real.altitude_m) == ("valid", 2.5, 3.0)
    assert real.taken_ms is None


def test_a_batch_is_taken_in_order() -> None:
    """A phone that was without a link brings several locations in one body, each with its own time."""
    location = b'{"timestamp":%d,"coords":{"latitude":%d,"longitude":2}}'
    body = b'{"location":[%s],"device_id":"12","token":"s3cret"}' % b",".join(
        location % (1_377_177_267 + n, n) for n in range(1, 4)
    )
    step = OsmAndDevice(judge).feed(post(body), 0)
    assert [fix.lat_deg for fix in step.fixes] == [1, 2, 3]
    assert step.reply == OK


def test_the_alarm_is_an_event() -> None:
    """`alarm=sos` in a query, and in the extras or the event of JSON, is a button; without a place too."""
    sos = b'{"location":{"coords":{},"extras":{"alarm":"sos"}},"device_id":"12","token":"s3cret"}'
    steps = [
        OsmAndDevice(judge).feed(request, 5)
        for request in (get(QUERY + b"&alarm=sos"), get(b"id=12&token=s3cret&alarm=sos"), post(sos))
    ]
    assert [[(cry.unit, cry.kind) for cry in step.distress] for step in steps] == [
        [("unit 12", "button")]
    ] * 3
    assert [step.distress[0].fix for step in steps] == [steps[0].fixes[0], None, None]
    assert [status(step) for step in steps] == [200] * 3


def test_connections_end_as_http_says() -> None:
    """HTTP/1.0, `Connection: close` and an upgrade end the connection after the answer."""
    for request in (
        get(QUERY).replace(b"HTTP/1.1", b"HTTP/1.0"),
        get(QUERY, b"Connection: close"),
        get(QUERY, b"Connection: upgrade", b"Upgrade: websocket"),
    ):
        phone = OsmAndDevice(judge)
        step = phone.feed(request + get(QUERY), 0)
        assert len(step.fixes) == 1
        assert step.close
        assert phone.feed(get(QUERY), 0) == Step(close=True)


def test_time_out_and_end() -> None:
    """A silent stranger is closed; a request that never ended is counted and not taken."""
    phone = OsmAndDevice(judge)
    assert phone.time_out() == Step(close=True)
    phone.feed(get(QUERY)[:-2], 0)
    assert phone.end(0) == Step()
    assert phone.counts["rejected truncated request"] == 1


@pytest.mark.parametrize(
    "line",
    [
        b"GET /?id=5&lat=1&lon=2 HTTP/1.1",
        b"POST /?id=5&lat=1&lon=2",
        b"/?id=5&lat=1&lon=2",
        b"?id=5&lat=1&lon=2",
        b"id=5&lat=1&lon=2",
        b"http://host:5055/?id=5&lat=1&lon=2",
        b'{"location":{"coords":{"latitude":1,"longitude":2}},"device_id":"5"}',
        b'POST / HTTP/1.1 {"location":{"coords":{"latitude":1,"longitude":2}},"device_id":"5"}',
    ],
)
def test_a_logs_line_may_be_any_of_them(line: bytes) -> None:
    """A request's line, URL, query or body, with nothing else, is read in a log."""
    reader = log()
    (fix,) = reader.feed(line + b"\r\n", 0) + reader.flush(0)
    assert (fix.unit, fix.lat_deg, fix.lon_deg) == ("5", 1, 2)


def test_each_request_stands_alone() -> None:
    """Many phones over one proxied connection: each is judged by itself, with nobody before it."""
    step = OsmAndDevice(trusting).feed(b"".join(get(b"id=%d&lat=1&lon=2" % n) for n in range(3)), 0)
    assert [fix.unit for fix in step.fixes] == ["0", "1", "2"]
    assert [judgement.claim.by for judgement in step.judged] == [None] * 3
