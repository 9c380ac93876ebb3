"""What the demo city makes of the feed's frames and of the router's answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.feed import UnitPosition, encode_positions
from console.simulate.city import Assignment, City, CrewView, GapError, Unit, read_frame, read_positions
from console.simulate.drive import Place
from console.simulate.route import read_route, straight
from console.simulate.tally import Tally


def incident(phase: str = "waiting", **more: object) -> dict[str, Any]:
    """Return an IncidentView as the service sends it, unread fields included."""
    place = {"label": "ул. Ленина, 5", "lat_deg": 55.9, "lon_deg": 60.6}
    call = {"id": "d-1", "number": 1, "phase": phase, "place": place, "reason": "chest_pain", "priority": 1}
    return call | {"created_at_ms": 1000, "phone": None} | more


def assignment(status: str = "notified") -> dict[str, Any]:
    """Return an AssignmentView."""
    return {"id": "d-1.1", "incident": "d-1", "unit": "12", "status": status, "hospital": None, "times": {}}


def unit(busy: str | None = None) -> dict[str, Any]:
    """Return a UnitView."""
    return {"id": "12", "index": 3, "duty": "on", "state": "free", "assignment": busy}


def frame(kind: str, **fields: object) -> str:
    """Return a text frame."""
    return json.dumps({"t": kind, **fields})


def fed(city: City, text: str) -> set[str]:
    """Read a frame and apply it."""
    read = read_frame(text)
    assert read is not None
    return city.apply(read)


def opened() -> City:
    """Return a city after its first snapshot."""
    city = City()
    fed(
        city,
        frame(
            "snapshot",
            epoch="e",
            seq=7,
            incidents=[incident()],
            units=[unit()],
            assignments=[],
            demo={"autopilot": True},
        ),
    )
    return city


def test_an_assignment_appears_and_is_over() -> None:
    """The unit named by an event is told; its assignment is known while it runs and forgotten after."""
    city = opened()
    assert [call.id for call in city.waiting()] == ["d-1"]
    sent = frame(
        "event", seq=8, incidents=[incident("assigned")], units=[unit("d-1.1")], assignments=[assignment()]
    )
    assert fed(city, sent) == {"12"}
    assert city.assignment_of("12") == Assignment("d-1.1", "d-1", "12", "notified")
    assert city.waiting() == []
    done = frame(
        "event", seq=9, incidents=[incident("closed")], units=[unit()], assignments=[assignment("cleared")]
    )
    assert fed(city, done) == {"12"}
    assert city.assignment_of("12") is None
    assert city.incidents == {}
    assert city.assignments == {}


def test_a_gap_is_noticed_and_a_repetition_is_not_acted_on() -> None:
    """An event that does not follow the last one asks for a snapshot; one that is known changes nothing."""
    city = opened()
    assert fed(city, frame("event", seq=7, units=[unit("d-1.1")], assignments=[assignment()])) == set()
    assert city.assignment_of("12") is None
    with pytest.raises(GapError):
        fed(city, frame("event", seq=9))
    with pytest.raises(GapError):
        fed(City(), frame("event", seq=1))


def test_the_autopilots_switch_is_heeded() -> None:
    """Snapshots and pulses carry it; without one (the real service has none) it is off."""
    city = opened()
    heeded = [city.autopilot]
    for demo in ({"autopilot": False}, {"autopilot": True}, None):
        fed(city, frame("pulse", seq=7, now_ms=1, demo=demo))
        heeded.append(city.autopilot)
    assert heeded == [True, False, True, False]


def test_the_gravest_call_is_first_and_then_the_oldest() -> None:
    """The autopilot looks at calls by priority, then by age."""
    city = City()
    calls = [
        incident(id="late", priority=2, created_at_ms=3),
        incident(id="old", priority=2, created_at_ms=1),
        incident(id="grave", priority=1, created_at_ms=9),
    ]
    fed(city, frame("snapshot", epoch="e", seq=1, incidents=calls))
    assert [call.id for call in city.waiting()] == ["grave", "old", "late"]


def test_a_crew_can_ask_for_itself() -> None:
    """The answer to GET /api/crew corrects what the feed has not said yet."""
    city = opened()
    city.correct(
        CrewView(Unit("12", 3, "on", "d-1.1"), Assignment("d-1.1", "d-1", "12", "on_scene", "h1"), None)
    )
    found = city.assignment_of("12")
    assert found is not None
    assert (found.status, found.hospital) == ("on_scene", "h1")


@given(st.text(max_size=60) | st.binary(max_size=60) | st.from_regex(r'\{"t": "(event|snapshot|x)".*\}'))
def test_no_text_frame_breaks_the_listener(text: str | bytes) -> None:
    """What is no frame of ours is None, never an exception."""
    read = read_frame(text)
    assert read is None or hasattr(read, "demo") or hasattr(read, "seq")


def test_positions_are_read_by_index() -> None:
    """The frame after a snapshot says where a restarted city's vehicles were; other bytes say nothing."""
    sent = encode_positions([UnitPosition(3, 55.9, 60.6, None, None, 4.0)], 0, everyone=True)
    assert read_positions(sent) == {3: Place(55.9, 60.6)}
    assert read_positions(sent[:-1]) == {}
    assert read_positions(b"") == {}


def feature(coordinates: object, seconds: object, kind: str = "LineString") -> bytes:
    """Return a GeoJSON Feature as the router answers it."""
    geometry = {"type": kind, "coordinates": coordinates}
    properties = {"seconds": seconds, "metres": 1, "degraded": False}
    return json.dumps({"type": "Feature", "geometry": geometry, "properties": properties}).encode()


def test_a_route_is_read_longitude_first() -> None:
    """GeoJSON writes longitude before latitude."""
    route = read_route(feature([[60.6, 55.9], [60.7, 55.8]], 12.5))
    assert route is not None
    assert route.points == [Place(55.9, 60.6), Place(55.8, 60.7)]
    assert route.seconds == 12.5


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{}",
        feature([], 1),
        feature([[60.6, 95.0]], 1),
        feature([[60.6, 55.9]], -1),
        feature([[60.6, 55.9]], None),
        feature([[60.6]], 1),
        feature([[60.6, 55.9]], 1, "Point"),
    ],
)
def test_what_is_no_route_is_none(answer: bytes) -> None:
    """A crew does not drive by an answer that makes no sense."""
    assert read_route(answer) is None


def test_the_straight_line_stands_in() -> None:
    """Without a route a crew still gets there, at a pace that streets allow."""
    route = straight(Place(55.9, 60.6), Place(55.91, 60.6))
    assert route.points[-1] == Place(55.91, 60.6)
    assert 100 < route.seconds < 200


def test_trouble_is_told_once_in_one_line() -> None:
    """A line says what went wrong since the last one, and there is none when nothing did."""
    tally = Tally()
    assert tally.line() is None
    tally.trouble["HTTP 503"] += 2
    line = tally.line()
    assert line is not None
    assert "HTTP 503 ×2" in line
    assert "\n" not in line
    assert tally.line() is None
