"""EGTS, the telematics protocol of ERA-GLONASS: a device's or a relay's end of a connection; no I/O.

Who speaks: a terminal that logs in (TERM_IDENTITY) by its number, or by its IMEI where that is 0; a relay
that logs in by number (DISPATCHER_IDENTITY) or by name and password (AUTH_INFO); or a relay that never logs
in. A record may name its object (OID): then that is whose it is, and each object of a connection is judged
once, with the login's identity in `Claim.by`. A terminal whose judge wants a secret is asked for one
(AUTH_PARAMS), and what it then says (AUTH_INFO) is judged as that terminal's secret.

Each packet is answered with the status of each of its records, each login with a RESULT_CODE beside it; a
packet whose data's checksum is wrong is answered with that, so that it comes again.

Source: GOST 33472-2015.
"""

from __future__ import annotations

from collections import Counter

from tracking.fix import Fix
from tracking.protocols import egts_packet as packets
from tracking.protocols import egts_record as records
from tracking.protocols.dialect import Claim, Distress, Judge, Judgement, Parser, Step, trusting
from tracking.protocols.egts_packet import Framer, Packet, write_packet
from tracking.protocols.egts_record import Position, Record, read_position, subrecords
from tracking.protocols.recording import Recording

ALARM_BUTTON, EMERGENCY_CALL = 13, 15  # SRC: why a position was sent

_SERVICES = (1, 2, 3, 4, 10)  # authorisation, telematics, commands, firmware, eCall
_UNKNOWN_SERVICE = 150

# Objects of one connection that are remembered as accepted; more than these are judged at every record.
MAX_OBJECTS = 20_000

_STATUS = {"ok": records.OK, "unknown-unit": records.UNKNOWN_ID, "wrong-secret": records.DENIED}
_TROUBLE = {
    "bad data checksum": records.BAD_DATA_CHECKSUM,
    "encrypted": records.CANNOT_DECRYPT,
    "compressed": records.UNKNOWN_TYPE,
}


class EgtsDevice:
    """One connection's state; see `tracking.protocols.dialect.Dialect`.

    Args:
        judge: decides on every login and object.
        anonymous: take positions of nobody too, as a log's reader does; otherwise they are refused.
    """

    def __init__(self, judge: Judge, *, anonymous: bool = False) -> None:
        self.unit: str | None = None
        self._judge = judge
        self._anonymous = anonymous
        self._framer = Framer()
        self._login: str | None = None  # the identity that logged in
        self._asked: str | None = None  # a terminal that was asked for its secret
        self._objects: dict[int, str] = {}  # accepted objects → unit
        self._packet_number = 0
        self._record_number = 0
        self._rejected: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._fixes: list[Fix] = []
        self._distress: list[Distress] = []
        self._judged: list[Judgement] = []
        self._fixed = 0
        self._closing = False

    @property
    def counts(self) -> dict[str, int]:
        """What was read and what became of it, by name."""
        seen = {name: n for name, n in sorted(self._seen.items()) if name != "packets"}
        bad = self._rejected + self._framer.rejected
        named = {"read": self._seen["packets"] + self._framer.rejected.total(), "fixes": self._fixed}
        return named | seen | {f"rejected {reason}": n for reason, n in sorted(bad.items())}

    def feed(self, data: bytes, received_ms: int) -> Step:
        """Take bytes of a stream, cut anywhere."""
        replies: list[bytes] = []
        for packet in self._framer.feed(data):
            replies.append(self._packet(packet, received_ms))
            if self._closing:
                break  # what follows a refused login is not even looked at
        fixes, self._fixes = self._fixes, []
        distress, self._distress = self._distress, []
        judged, self._judged = self._judged, []
        self._fixed += len(fixes)
        return Step(fixes, distress, judged, b"".join(replies), self._closing)

    def datagram(self, data: bytes, received_ms: int) -> Step:
        """Take whole packets."""
        self._closing = False
        step = self.feed(data, received_ms)
        self._framer.end()
        return Step(step.fixes, step.distress, step.judged, step.reply)

    def idle(self) -> Step:
        """Return nothing: a position is complete when it comes."""
        return Step()

    def time_out(self) -> Step:
        """Close a connection on which nobody was identified."""
        return Step(close=True) if self.unit is None and not self._objects else Step()

    def end(self, received_ms: int) -> Step:  # noqa: ARG002  # as every dialect's
        """End the stream."""
        self._framer.end()
        return Step()

    def _packet(self, packet: Packet, received_ms: int) -> bytes:
        self._seen["packets"] += 1
        if packet.trouble is not None:
            self._rejected[packet.trouble] += 1
            if packet.type == packets.RESPONSE:
                return b""
            return self._respond(packet.number, _TROUBLE[packet.trouble], b"")
        if packet.type == packets.RESPONSE:
            self._seen["responses"] += 1
            return b""
        data = packet.data
        if packet.type == packets.SIGNED_APPDATA:
            # The signature's length, then itself. Nobody has the keys: the judge decides by other means.
            signed_bytes = 2 + int.from_bytes(data[:2], "little")
            if signed_bytes > len(data):
                self._rejected["truncated signature"] += 1
                return self._respond(packet.number, records.BAD_DATA, b"")
            data = data[signed_bytes:]
        found, whole = records.read_records(data)
        result = records.OK
        if not whole:
            self._rejected["truncated record"] += 1
            result = records.BAD_DATA
        answers: list[bytes] = []
        statuses: list[tuple[int, int]] = []
        logins: list[tuple[int, int]] = []
        for number, record in enumerate(found):
            statuses.append((record.number, self._record(record, received_ms, logins)))
            if number + 1 == len(found) or found[number + 1].service != record.service:
                answers.append(records.write_statuses(self._next_record(), record.service, statuses))
                statuses = []
        return self._respond(packet.number, result, b"".join(answers)) + b"".join(
            self._ask(*login) for login in logins
        )

    def _record(self, record: Record, received_ms: int, logins: list[tuple[int, int]]) -> int:
        """Take one record; return its status."""
        if record.service == records.AUTH_SERVICE:
            return self._authorise(record, logins)
        if record.service not in _SERVICES:
            self._seen["unknown services"] += 1
            return _UNKNOWN_SERVICE
        unit, status = self.unit, records.OK
        if record.object_id is not None:
            unit, status = self._object(record.object_id)
        elif unit is None and not self._anonymous:
            self._rejected["nobody's"] += 1
            status = records.DENIED
        if status != records.OK:
            return status
        if record.service == records.TELEDATA_SERVICE:
            return self._positions(record.data, unit, received_ms)
        if record.service == records.ECALL_SERVICE:
            for kind, data in subrecords(record.data):
                if kind == records.RAW_MSD_DATA:
                    self._seen["eCalls"] += 1
                    cry = Distress(unit, "ecall", None, received_ms, None, "EGTS RAW_MSD", data[1:])
                    self._distress.append(cry)
        return records.OK

    def _positions(self, data: bytes, unit: str | None, received_ms: int) -> int:
        status = records.OK
        position: Position | None = None
        for kind, content in subrecords(data):
            if kind == records.POS_DATA:
                if position is not None:
                    self._take(position, unit, received_ms)
                position = read_position(content)
                if position is None:
                    self._rejected["truncated position"] += 1
                    status = records.BAD_DATA
            elif kind == records.EXT_POS_DATA and position is not None:
                records.extend(position, content)
            elif kind < 0:
                self._rejected["truncated subrecord"] += 1
                status = records.BAD_DATA
        if position is not None:
            self._take(position, unit, received_ms)
        return status

    def _take(self, position: Position, unit: str | None, received_ms: int) -> None:
        fix = None
        if position.bad is not None:
            self._rejected[position.bad] += 1
        else:
            taken_ms = position.taken_ms
            fix = Fix(
                unit,
                taken_ms,
                taken_ms % 86_400_000,
                received_ms,
                position.lat_deg,
                position.lon_deg,
                position.speed_mps,
                position.course_deg,
                position.altitude_m,
                position.hdop,
                position.satellites,
                "valid",
                position.history,
                constellations=position.constellations,
            )
            self._fixes.append(fix)
            if position.pz90:
                self._seen["in PZ-90.02"] += 1
        if position.source in (ALARM_BUTTON, EMERGENCY_CALL):
            self._seen["alarms"] += 1
            button = position.source == ALARM_BUTTON
            pressed_ms = None if position.bad == "no time" else position.taken_ms
            source = f"EGTS SRC {position.source}"
            cry = Distress(unit, "button" if button else "ecall", pressed_ms, received_ms, fix, source)
            self._distress.append(cry)

    def _object(self, number: int) -> tuple[str | None, int]:
        """Return whose a record of this object is, and the record's status."""
        unit = self._objects.get(number)
        if unit is not None:
            return unit, records.OK
        name = str(number)
        if name == self._login:
            return self.unit, records.OK
        judgement = self._judge(Claim(name, None, self._login))
        self._judged.append(judgement)
        if judgement.verdict != "ok":
            self._rejected[judgement.verdict] += 1
        elif len(self._objects) < MAX_OBJECTS:
            self._objects[number] = judgement.unit
        return judgement.unit, _STATUS[judgement.verdict]

    def _authorise(self, record: Record, logins: list[tuple[int, int]]) -> int:
        status = records.OK
        for kind, data in subrecords(record.data):
            if kind == records.TERM_IDENTITY:
                claim = self._identity(records.read_terminal(data))
            elif kind == records.DISPATCHER_IDENTITY:
                claim = self._identity(records.read_dispatcher(data))
            elif kind == records.AUTH_INFO:
                claim = self._password(data)
            else:
                if kind < 0:
                    self._rejected["truncated subrecord"] += 1
                    status = records.BAD_DATA
                continue
            if claim is None:
                self._rejected["bad identity"] += 1
                status = records.BAD_DATA
            else:
                logins.append(self._log_in(claim))
        return status

    def _identity(self, name: str | None) -> Claim | None:
        self._asked = name
        return None if name is None else Claim(name, None, self._login)

    def _password(self, data: bytes) -> Claim | None:
        read = records.read_password(data)
        if read is None:
            return None
        name, secret = read
        # The secret of the terminal that was asked for it, or else of the name that stands with it.
        claim = Claim(self._asked or name, secret, self._login)
        self._asked = None
        return claim

    def _log_in(self, claim: Claim) -> tuple[int, int]:
        """Judge a login; return type and value of the subrecord that tells the device."""
        judgement = self._judge(claim)
        self._judged.append(judgement)
        if judgement.verdict == "ok":
            self._asked = None
            self.unit, self._login = judgement.unit, claim.unit
        elif judgement.verdict == "wrong-secret" and claim.secret is None:
            # A secret is wanted: ask for name and password, unencrypted (all flags 0).
            return records.AUTH_PARAMS, 0
        else:
            self._rejected[judgement.verdict] += 1
            self._closing = True
        return records.RESULT_CODE, _STATUS[judgement.verdict]

    def _ask(self, kind: int, value: int) -> bytes:
        body = records.write_subrecord(kind, bytes((value,)))
        data = records.write_record(self._next_record(), records.AUTH_SERVICE, body)
        return self._write(packets.APPDATA, data)

    def _respond(self, number: int, result: int, answers: bytes) -> bytes:
        return self._write(packets.RESPONSE, records.write_response(number, result) + answers)

    def _write(self, kind: int, data: bytes) -> bytes:
        number, self._packet_number = self._packet_number, (self._packet_number + 1) & 0xFFFF
        return write_packet(number, kind, data)

    def _next_record(self) -> int:
        number, self._record_number = self._record_number, (self._record_number + 1) & 0xFFFF
        return number


def device(judge: Judge, *, unroll: bool = False) -> EgtsDevice:  # noqa: ARG001  # EGTS has no weeks to roll over
    """Return the end of one connection."""
    return EgtsDevice(judge)


def log(*, unroll: bool = False) -> Parser:  # noqa: ARG001  # the same
    """Return a reader of a log that holds one packet in hexadecimal a line."""
    return Recording(EgtsDevice(trusting, anonymous=True), _unhexed, "not hexadecimal")


def _unhexed(line: bytes) -> bytes | None:
    try:
        return bytes.fromhex(line.decode())
    except ValueError:
        return None
