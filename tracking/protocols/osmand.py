"""OsmAnd, the protocol of Traccar Client and of many phones: HTTP requests, read from their bytes; no I/O.

A request says `?id=…&lat=…&lon=…` in its query or as a form, or brings JSON. A secret comes as `token` or
`password` beside it, or in the header `Authorization` (Bearer, or the password of Basic). Each request stands
alone, since a proxy may carry many phones on one connection.

Answers: 200 when it was taken, and also when it was understood and holds no position to believe, since a
phone repeats for ever what is refused; 400 when it cannot be read; 403 when its device is unknown or its
secret wrong; 413 when it is too long.
"""

from __future__ import annotations

import binascii
import re
from collections import Counter

import httptools

from tracking.dates import DAY_MS
from tracking.fix import Fix
from tracking.protocols.dialect import Claim, Distress, Judge, Judgement, Parser, Step, trusting
from tracking.protocols.osmand_message import Bad, Message, Report, read_fields, read_json, read_query
from tracking.protocols.recording import Recording

# Some 600 positions in one JSON. Who has not logged in may make us keep twice this.
MAX_REQUEST_BYTES = 1 << 18

_REASONS = {200: b"OK", 400: b"Bad Request", 403: b"Forbidden", 413: b"Content Too Large"}
_REQUEST_LINE = re.compile(rb"(?:[A-Z]{3,8}\s+)?(\S*?)(?:\s+HTTP/\d\.\d)?")


class OsmAndDevice:
    """One connection's state; see `tracking.protocols.dialect.Dialect`."""

    def __init__(self, judge: Judge) -> None:
        self.unit: str | None = None
        self._judge = judge
        self._judgement: Judgement | None = None  # the last one, reported once and not at every request
        self._seen: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._fixes: list[Fix] = []
        self._distress: list[Distress] = []
        self._judged: list[Judgement] = []
        self._replies: list[bytes] = []
        self._closing = False
        self._received_ms = 0
        # The request that is being read.
        self._parser = httptools.HttpRequestParser(self)
        self._reading = False
        self._fed_bytes = 0  # in chunks that ended within it
        self._bytes = 0
        self._url = bytearray()
        self._body = bytearray()
        self._kind = b""
        self._authorization: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it, by name."""
        named = {name: self._seen[name] for name in ("read", "fixes", "without a position")}
        named |= dict(sorted(self._seen.items()))
        return named | {f"rejected {reason}": n for reason, n in sorted(self._rejected.items())}

    def feed(self, data: bytes, received_ms: int) -> Step:
        """Take bytes of a stream of requests, cut anywhere."""
        if self._closing:
            return Step(close=True)
        self._received_ms = received_ms
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._closing = True
        except httptools.HttpParserError:
            self._refuse("not a request", 400)
        if self._reading:
            # httptools keeps an unfinished header to itself, so what it was given is counted here.
            self._fed_bytes += len(data)
            if self._fed_bytes > 2 * MAX_REQUEST_BYTES:
                self._refuse("too long", 413)
        return self._step()

    def datagram(self, data: bytes, received_ms: int) -> Step:
        """Take one request as a log holds it: a request's line, URL, query or JSON body."""
        self._received_ms = received_ms
        brace, question = data.find(b"{"), data.find(b"?")
        matched = _REQUEST_LINE.fullmatch(data)
        if brace >= 0 and not 0 <= question < brace:
            self._take(b"", data[brace:].strip(), None)
        elif matched is not None:
            url = matched[1]
            self._take(url if b"?" in url else b"?" + url, b"", None)
        else:
            self._seen["read"] += 1
            self._rejected["not a request"] += 1
        return self._step()

    def idle(self) -> Step:
        """Return nothing: a position is complete when it comes."""
        return Step()

    def time_out(self) -> Step:
        """Close a connection on which nobody was identified."""
        return Step(close=True) if self.unit is None else Step()

    def end(self, received_ms: int) -> Step:  # noqa: ARG002  # as every dialect's
        """End the stream. An unfinished request is not taken: it will come again."""
        if self._reading and not self._closing:
            self._rejected["truncated request"] += 1
        self._reading = False
        return Step()

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._reading = True
        self._bytes = self._fed_bytes = 0
        self._url, self._body, self._kind = bytearray(), bytearray(), b""
        self._authorization = None

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        self._grow(url)
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._grow(name + value)
        name = name.lower()
        if name == b"content-type":
            self._kind = value.lower()
        elif name == b"authorization":
            self._authorization = _secret(value)
        elif name == b"expect" and value.lower() == b"100-continue":
            self._replies.append(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._grow(body)
        self._body += body

    def on_message_complete(self) -> None:
        """Take a whole request."""
        self._reading = False
        form = self._kind.startswith(b"application/x-www-form-urlencoded")
        json = not form and self._body.startswith((b"{", b"["))
        url, body = bytes(self._url), bytes(self._body)
        if not json and body:
            url += (b"&" if b"?" in url else b"?") + body.strip()
        status = self._take(url, body if json else b"", self._authorization)
        self._answer(status, keep=bool(self._parser.should_keep_alive()))

    def _grow(self, piece: bytes) -> None:
        self._bytes += len(piece)
        if self._bytes > MAX_REQUEST_BYTES:
            self._refuse("too long", 413)
            raise ValueError("closed")  # out of httptools, which makes it an error of its own

    def _refuse(self, why: str, status: int) -> None:
        if not self._closing:
            self._seen["read"] += 1
            self._rejected[why] += 1
            self._url, self._body = bytearray(), bytearray()
            self._answer(status, keep=False)

    def _answer(self, status: int, *, keep: bool) -> None:
        line = b"HTTP/1.1 %d %s\r\nContent-Length: 0\r\n" % (status, _REASONS[status])
        self._replies.append(line + (b"\r\n" if keep else b"Connection: close\r\n\r\n"))
        self._closing = self._closing or not keep

    def _step(self) -> Step:
        fixes, self._fixes = self._fixes, []
        distress, self._distress = self._distress, []
        judged, self._judged = self._judged, []
        replies, self._replies = self._replies, []
        self._seen["fixes"] += len(fixes)
        return Step(fixes, distress, judged, b"".join(replies), self._closing)

    def _take(self, url: bytes, json: bytes, authorization: str | None) -> int:
        """Take what a request says; return the status that answers it."""
        self._seen["read"] += 1
        try:
            report = read_json(json) if json else read_query(read_fields(url.partition(b"?")[2]))
        except Bad as bad:
            self._rejected[str(bad)] += 1
            return 400
        unit = self._unit(report, report.secret or authorization)
        if unit is None:
            return 403
        for message in report.messages:
            self._keep(message, unit)
        return 200

    def _unit(self, report: Report, secret: str | None) -> str | None:
        judgement = self._judge(Claim(report.device, secret))
        if judgement != self._judgement:
            self._judged.append(judgement)
        self._judgement = judgement
        if judgement.verdict == "ok":
            self.unit = judgement.unit
            return judgement.unit
        self._rejected[judgement.verdict] += 1
        return None

    def _keep(self, message: Message, unit: str) -> None:
        fix = None
        taken_ms = message.taken_ms
        if message.bad is not None:
            self._rejected[message.bad] += 1
        elif message.lat_deg is None or message.lon_deg is None:
            self._seen["without a position"] += 1
        else:
            fix = Fix(
                unit,
                taken_ms,
                None if taken_ms is None else taken_ms % DAY_MS,
                self._received_ms,
                message.lat_deg,
                message.lon_deg,
                message.speed_mps,
                message.course_deg,
                message.altitude_m,
                message.hdop,
                message.satellites,
                "estimated" if message.estimated else "valid",
            )
            self._fixes.append(fix)
        if message.alarm:
            self._seen["alarms"] += 1
            self._distress.append(Distress(unit, "button", taken_ms, self._received_ms, fix, "OsmAnd SOS"))


def _secret(header: bytes) -> str | None:
    """Return the secret of a header `Authorization`."""
    scheme, _, value = header.strip().partition(b" ")
    value = value.strip()
    if scheme.lower() == b"basic":
        try:
            value = binascii.a2b_base64(value).partition(b":")[2]
        except binascii.Error:
            return None
    elif scheme.lower() != b"bearer":
        return None
    return value.decode("ascii", "backslashreplace") or None


def device(judge: Judge, *, unroll: bool = False) -> OsmAndDevice:  # noqa: ARG001  # its dates are the device's
    """Return the end of one connection."""
    return OsmAndDevice(judge)


def log(*, unroll: bool = False) -> Parser:  # noqa: ARG001  # the same
    """Return a reader of a log that holds one request a line."""
    return Recording(OsmAndDevice(trusting), lambda line: line, "not a request")
