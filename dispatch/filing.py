"""Filing: what a region knows of its calls; those of long ago as bytes, read as if they were values. Pure.

A call with its crews weighs 2.5 to 4 kB as values and about 0.5 kB filed. Nothing is lost by it: whoever asks
for a filed call is given it, and whoever changes one takes it out of the file. So it changes no fold, no hash
and no answer, and neither when nor whether a call was filed can be told from outside.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, MutableMapping, ValuesView
from itertools import chain, islice
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from dispatch.assignment import Assignment
from dispatch.incident import Incident

# So many calls stay values, the newest. Whoever learns from the past (how long a handover takes, where calls
# come from, how long drives take) looks at these, and at 20,000 at most.
KEPT = 25_000
# What ended within a day is on somebody's screen, or about to be.
SETTLED_MS = 86_400_000
# After so many entries calls are filed, so many at once: 5 ms of work, and more than may have come meanwhile,
# so that a backlog is worked off. Those that cannot be filed yet must not hide what lies behind them.
EVERY = 500
AT_ONCE = 200
LOOKED_AT = 2_000

# What the bytes of most calls have in common. Snapshots hold what was packed with it: it never changes.
NAMES = """
incident id number place label lat_deg lon_deg detail reason priority called_at_ms created_at_ms norm_s phone
patient note source console phone by zone owner senior handed assignments arrived_at_ms ending cancelled
closed ended_at_ms outcome treated_on_scene transported reopened_ms condition spoken_ms rung_ms tries
linked_to same_patient patients hand_over journey cancelled_as
unit status cleared times notified acknowledged en_route on_scene at_patient left_scene at_hospital
handed_over cleared
learned notified acknowledged en_route on_scene at_patient left_scene at_hospital handed_over cleared
substation crew_kind hospital eta_s override_reason recommended_rank by inferred en_route on_scene
timeline ended_ms
"""
WORDS = "улица проспект переулок, дом корпус подъезд этаж кв. код лет +7 9"
COMMON = b"".join(msgspec.msgpack.encode(name) + b"\xc0" for name in NAMES.split()) + WORDS.encode()

T = TypeVar("T")


class Filed(msgspec.Struct, frozen=True, gc=False):
    """All that is known of one call that has ended."""

    incident: Incident
    assignments: tuple[Assignment, ...]
    timeline: tuple[int, ...]
    ended_ms: int


class Kind(NamedTuple, Generic[T]):
    """One kind of what is known: which call a key belongs to, and what a filed call holds of it, by keys."""

    call_of: Callable[[str], str]
    items: Callable[[Filed], Iterable[tuple[str, T]]]


def _itself(key: str) -> str:
    return key


def _call_of(assignment: str) -> str:
    return assignment.rpartition(".")[0]


INCIDENTS = Kind[Incident](_itself, lambda filed: [(filed.incident.id, filed.incident)])
ASSIGNMENTS = Kind[Assignment](_call_of, lambda filed: [(each.id, each) for each in filed.assignments])
TIMELINE = Kind[tuple[int, ...]](_itself, lambda filed: [(filed.incident.id, filed.timeline)])
ENDED = Kind[int](_itself, lambda filed: [(filed.incident.id, filed.ended_ms)])
KINDS: dict[str, Kind[Any]] = {
    "incidents": INCIDENTS,
    "assignments": ASSIGNMENTS,
    "timeline": TIMELINE,
    "ended": ENDED,
}


class Part(MutableMapping[str, T]):
    """One kind of what is known of all calls, as a dict would hold it: the filed first, then the others."""

    def __init__(self, filing: Filing, kind: Kind[T], live: dict[str, T]) -> None:
        """Read what `filing` has filed of a kind, and `live`, which is what it has not."""
        self._filing = filing
        self._kind = kind
        self._live = live

    def __getitem__(self, key: str) -> T:
        """Return a value, wherever it is."""
        if key in self._live:
            return self._live[key]
        filed = self._filing.get(self._kind.call_of(key))
        if filed is None:
            return self._live[key]  # none, or another thread has just taken it out
        return dict(self._kind.items(filed))[key]

    def __contains__(self, key: object) -> bool:
        """Say whether there is such a value."""
        if key in self._live:
            return True
        if not isinstance(key, str) or self._kind.call_of(key) not in self._filing.filed:
            return False
        return self._kind.call_of is _itself or self.get(key) is not None

    def __setitem__(self, key: str, value: T) -> None:
        """Keep a value; its call is filed no more."""
        if key not in self._live:
            self._filing.take_out(self._kind.call_of(key))
        self._live[key] = value

    def __delitem__(self, key: str) -> None:
        """Forget a value; its call is filed no more."""
        self._filing.take_out(self._kind.call_of(key))
        del self._live[key]

    def __iter__(self) -> Iterator[str]:
        """Go through the keys."""
        if self._kind.call_of is _itself:
            return chain(self._filing.filed, self._live)
        return (key for key, _ in self._pairs())

    def __reversed__(self) -> Iterator[str]:
        """Go through the keys from the last on."""
        if self._kind.call_of is _itself:
            return chain(reversed(self._live), reversed(self._filing.filed))
        return (key for key, _ in self._pairs_backwards())

    def __len__(self) -> int:
        """Count the values."""
        if self._kind.call_of is _itself:
            return len(self._filing.filed) + len(self._live)
        return sum(1 for _ in self._pairs())

    def values(self) -> Values[T]:
        """Go through the values, from either end."""
        return Values(self)

    def _pairs(self) -> Iterator[tuple[str, T]]:
        for filed in self._filing.all():
            yield from self._kind.items(filed)
        yield from self._live.items()

    def _pairs_backwards(self) -> Iterator[tuple[str, T]]:
        yield from reversed(self._live.items())
        for filed in self._filing.all_backwards():
            yield from reversed(list(self._kind.items(filed)))


class Values(ValuesView[T]):
    """The values of a part; a filed call is read once for all that it holds."""

    _mapping: Part[T]

    def __iter__(self) -> Iterator[T]:
        """Go through them."""
        return (value for _, value in self._mapping._pairs())  # noqa: SLF001  # its other half

    def __reversed__(self) -> Iterator[T]:
        """Go through them from the last on."""
        return (value for _, value in self._mapping._pairs_backwards())  # noqa: SLF001  # its other half


class Filing:
    """The calls of a region: a call is filed as a whole, or not at all.

    Attributes:
        filed: calls as bytes: when each came, and all that is known of it, packed.
        incidents, assignments, timeline, ended: what is known of the others; a `Part` reads both.
    """

    def __init__(self) -> None:
        """Begin with no calls."""
        self.filed: dict[str, bytes] = {}
        self.incidents: dict[str, Incident] = {}
        self.assignments: dict[str, Assignment] = {}
        self.timeline: dict[str, tuple[int, ...]] = {}
        self.ended: dict[str, int] = {}
        self._last: tuple[bytes, Filed] | None = None

    def stores(self) -> dict[str, dict[str, Any]]:
        """Return the dicts that hold everything, by name: for whoever keeps them elsewhere."""
        return {**{name: getattr(self, name) for name in KINDS}, "filed": self.filed}

    def state(self) -> dict[str, dict[str, Any]]:
        """Return everything as values, by name: equal however much of it is filed."""
        known: dict[str, dict[str, Any]] = {name: {} for name in KINDS}
        for filed in self.all():
            for name, kind in KINDS.items():
                known[name].update(kind.items(filed))
        for name in KINDS:
            known[name].update(self.stores()[name])
        return known

    def copy(self) -> Filing:
        """Return a copy that can change; values and bytes are shared."""
        made = Filing()
        made.filed = self.filed.copy()
        for name in KINDS:
            setattr(made, name, getattr(self, name).copy())
        return made

    def get(self, incident: str) -> Filed | None:
        """Return a filed call, or None where it is not filed."""
        packed, last = self.filed.get(incident), self._last
        if packed is None:
            return None
        if last is None or last[0] is not packed:  # one call is asked for its place, its crews, their times …
            last = self._last = (packed, _unpacked(packed))
        return last[1]

    def all(self) -> Iterator[Filed]:
        """Read the filed calls, in the order in which they were filed."""
        return map(_unpacked, self.filed.values())

    def all_backwards(self) -> Iterator[Filed]:
        """Read them from the last on."""
        return map(_unpacked, reversed(self.filed.values()))

    def called_between(self, from_ms: int, to_ms: int) -> list[Incident]:
        """Return the calls that came from then to then, ms since 1970 UTC; only those are read."""
        first, end = _called(from_ms), _called(to_ms)
        found = [_unpacked(each).incident for each in self.filed.values() if first <= each < end]
        live = self.incidents.values()
        return [*found, *(each for each in live if from_ms <= each.called_at_ms < to_ms)]

    def file(self, now_ms: int) -> None:
        """File some of the oldest calls that have ended, where there are more than are kept as values.

        Args:
            now_ms: when the last entry was learned, ms since 1970 UTC; no clock is asked.
        """
        spare = len(self.incidents) - KEPT
        oldest = islice(self.incidents, max(0, min(spare, LOOKED_AT)))
        for name in list(islice((each for each in oldest if self._settled(each, now_ms)), AT_ONCE)):
            incident = self.incidents[name]
            crews = tuple(self.assignments[each] for each in incident.assignments)
            told = self.timeline.get(name, ())
            self.filed[name] = _packed(Filed(incident, crews, told, self.ended[name]))
            for assignment in incident.assignments:
                del self.assignments[assignment]
            for store in (self.timeline, self.ended, self.incidents):
                store.pop(name, None)

    def _settled(self, name: str, now_ms: int) -> bool:
        """Say whether nothing is likely to happen to a call any more, and its crews are found by its name."""
        ended_ms = self.ended.get(name)
        if ended_ms is None or ended_ms > now_ms - SETTLED_MS:
            return False
        crews = self.incidents[name].assignments
        return all(_call_of(each) == name and not self.assignments[each].open for each in crews)

    def take_out(self, incident: str) -> None:
        """Have a filed call as values again, as the newest of them; any other stays as it is."""
        filed = self.get(incident)
        if filed is None:
            return
        self.incidents[incident] = filed.incident
        self.assignments.update((each.id, each) for each in filed.assignments)
        self.timeline[incident] = filed.timeline
        self.ended[incident] = filed.ended_ms
        del self.filed[incident]


def _packed(filed: Filed) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS, zdict=COMMON)
    content = packer.compress(msgspec.msgpack.encode(filed)) + packer.flush()
    return _called(filed.incident.called_at_ms) + content


def _called(at_ms: int) -> bytes:
    """Return when a call came as the first bytes of its packing: they are in the order of time."""
    return (at_ms + (1 << 63)).to_bytes(8, "big")


def _unpacked(packed: bytes) -> Filed:
    content = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=COMMON).decompress(packed[8:])
    return msgspec.msgpack.decode(content, type=Filed)
