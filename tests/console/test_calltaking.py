"""Call-taking over HTTP, against a real service: what a call-taker asks, and what comes back to the desks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from routing.synth import City
from tests.console.served import Served, write_config

CALL_TAKING = """
[call_taking]
call_back_min = [5.0, 10.0, 30.0]
polyclinic_min = 0.03
[[polyclinic]]
id = "p1"
name = "Поликлиника № 1"
phone = "100-01"
"""


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module, with a polyclinic that has two seconds to answer; crews are on duty."""
    made, map_folder = small_city
    config = write_config(tmp_path_factory.mktemp("calltaking"), made, map_folder)
    config.write_text(config.read_text(encoding="utf-8") + CALL_TAKING, encoding="utf-8")
    with Served(config) as running:
        running.on_duty(range(1, 7))
        yield running


@pytest.fixture
def desk(served: Served) -> Iterator[httpx.Client]:
    """A dispatcher's client."""
    with served.client("dispatcher") as client:
        yield client


def place_of(city: City, number: int) -> dict[str, Any]:
    """Return one of the city's addresses as a call's place; 7 apart, so that tests do not meet."""
    one = city.addresses[number * 7 % len(city.addresses)]
    return {"label": one.label, "lat_deg": one.lat_deg, "lon_deg": one.lon_deg}


def new_call(desk: httpx.Client, city: City, number: int, **more: object) -> dict[str, Any]:
    """Take a call; return its view."""
    body = {"place": place_of(city, number), "reason": "fever", **more}
    answer = desk.post("/api/incidents", json=body)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()["incident"]
    return view


def done(desk: httpx.Client, path: str, body: dict[str, object]) -> dict[str, Any]:
    """Post what must be accepted; return the call's view."""
    answer = desk.post(f"/api/incidents/{path}", json=body)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()["incident"]
    return view


def test_the_region_tells_its_reasons_and_instructions(desk: httpx.Client) -> None:
    """Both languages, a source, and no approval that nobody gave."""
    region = desk.get("/api/region").json()
    cpr = next(each for each in region["instructions"] if each["id"] == region["resuscitation"])
    assert len(cpr["steps_ru"]) == len(cpr["steps_en"]) > 4
    assert "Circulation" in cpr["source"]
    assert cpr["approved_by"] is None
    assert {"unclear", "transfer", "planned"} <= {each["id"] for each in region["reasons"]}
    assert region["polyclinics"] == [{"id": "p1", "name": "Поликлиника № 1", "phone": "100-01"}]


def test_a_crew_is_sent_on_the_place_and_the_answers_alone(desk: httpx.Client, city: City) -> None:
    """No reason yet: the call is there, grave, with a ranking; the rest is told while the crew drives."""
    made = new_call(desk, city, 1, reason=None, conscious="no", breathing="unknown")
    assert (made["reason"], made["priority"], made["arrest"]) == ("unclear", 1, True)
    ranked = desk.get(f"/api/incidents/{made['id']}/recommendation").json()["crews"]
    sent = desk.post(f"/api/incidents/{made['id']}/assignments", json={"unit": ranked[0]["unit"]})
    assert sent.status_code == 201
    done(desk, f"{made['id']}/instructions", {"instruction": "cpr"})
    told = done(
        desk, f"{made['id']}/description", {"reason": "not_breathing", "phone": "112", "detail": "кв. 2"}
    )
    assert (told["reason"], told["phone"], told["place"]["detail"]) == ("not_breathing", "112", "кв. 2")
    kinds = [each["kind"] for each in desk.get(f"/api/incidents/{made['id']}").json()["timeline"]]
    assert kinds == [
        "incident_created",
        "patient_assessed",
        "crew_assigned",
        "instruction_given",
        "incident_described",
    ]
    desk.post(f"/api/incidents/{made['id']}/cancel", json={"why": "end", "how": "refused"})


def test_an_intake_program_answers_the_questions_and_sees_nothing(
    served: Served, desk: httpx.Client, city: City
) -> None:
    """It may take calls and tell of them; what it is answered holds no call but its own id."""
    made = new_call(desk, city, 2)
    with served.client("intake") as intake:
        answer = intake.post(f"/api/incidents/{made['id']}/answers", json={"breathing": "no"})
        assert answer.json() == {"incident": {"id": made["id"]}}
        link = intake.post(f"/api/incidents/{made['id']}/link", json={"main": made["id"]})
        assert link.status_code == 403
    assert desk.get(f"/api/incidents/{made['id']}").json()["incident"]["priority"] == 1


def test_a_call_back_raises_the_priority_and_moves_the_next_one(desk: httpx.Client, city: City) -> None:
    """The view says when the next is due, by the new priority's rule."""
    made = new_call(desk, city, 3, phone="8 900 000 00 03")
    assert made["call_back_ms"] == made["created_at_ms"] + 1_800_000
    unreached = done(desk, f"{made['id']}/call_backs", {"reached": False})
    assert unreached["tries"] == 1
    heard = done(desk, f"{made['id']}/call_backs", {"reached": True, "change": "worse"})
    assert (heard["priority"], heard["tries"]) == (2, 0)
    assert heard["call_back_ms"] == heard["spoken_ms"] + 600_000


def test_duplicates_are_offered_linked_and_unlinked(desk: httpx.Client, city: City) -> None:
    """By place and phone while the call is written down and after; linking tells both calls."""
    first = new_call(desk, city, 4, phone="8 900 000 00 04")
    place = place_of(city, 4)
    found = desk.get(
        "/api/duplicates", params={"lat": place["lat_deg"], "lon": place["lon_deg"], "phone": "+79000000004"}
    ).json()["duplicates"]
    assert (found[0]["incident"], found[0]["number"]) == (first["id"], first["number"])
    assert found[0]["signs"] == ["place", "phone"]
    second = new_call(desk, city, 4, phone="8 900 000 00 05", reason="breathless")
    offered = desk.get(f"/api/incidents/{second['id']}/duplicates").json()["duplicates"]
    assert first["id"] in {each["incident"] for each in offered}
    linked = done(desk, f"{second['id']}/link", {"main": first["id"]})
    assert (linked["linked_to"], linked["same_patient"]) == (first["id"], True)
    main = desk.get(f"/api/incidents/{first['id']}").json()["incident"]
    assert (main["linked"], main["priority"]) == ([second["id"]], 1)
    alone = done(desk, f"{second['id']}/unlink", {})
    assert (alone["linked_to"], alone["phase"], alone["priority"]) == (None, "waiting", 1)


def test_further_patients_show_and_go(desk: httpx.Client, city: City) -> None:
    """They are told with the call or later, and withdrawn with a reason."""
    made = new_call(desk, city, 5, patients=["ребёнок"])
    added = done(desk, f"{made['id']}/patients", {"who": "мужчина", "note": "в машине"})
    assert [each["number"] for each in added["patients"]] == [2, 3]
    gone = done(desk, f"{made['id']}/patients/2/withdraw", {"why": "не пострадал"})
    assert [each["who"] for each in gone["patients"]] == ["мужчина"]


def test_a_hazard_reaches_the_dispatcher_and_the_crew_of_that_address(
    served: Served, desk: httpx.Client, city: City
) -> None:
    """Noted while the call waits: on the call, in the form, on the crew's tablet, in the record."""
    made = new_call(desk, city, 6)
    until_ms = made["created_at_ms"] + 86_400_000
    place = place_of(city, 6)
    body = {"place": place, "text": "агрессивная собака во дворе", "until_ms": until_ms}
    assert desk.post("/api/hazards", json=body).status_code == 201
    asked = {"lat": place["lat_deg"], "lon": place["lon_deg"], "label": place["label"]}
    (known,) = desk.get("/api/hazards", params=asked).json()["hazards"]
    assert (known["hazard"], known["by"]) == ("агрессивная собака во дворе", "dispatcher")
    (crew,) = desk.get(f"/api/incidents/{made['id']}/recommendation").json()["crews"][:1]
    desk.post(f"/api/incidents/{made['id']}/assignments", json={"unit": crew["unit"]})
    with served.client(f"crew-{crew['unit']}") as tablet:
        shown = tablet.get("/api/crew").json()["incident"]["hazards"]
    assert [each["id"] for each in shown] == [known["id"]]
    entries = desk.get(f"/api/incidents/{made['id']}").json()["timeline"]
    assert next(each for each in entries if each["kind"] == "crew_assigned")["data"]["hazards"] == [
        known["id"]
    ]
    assert "hazard_noted" in {each["kind"] for each in entries}
    assert desk.post(f"/api/hazards/{known['id']}/withdraw", json={"why": "увезли"}).status_code == 200
    assert desk.get("/api/hazards", params=asked).json()["hazards"] == []
    desk.post(f"/api/incidents/{made['id']}/cancel", json={"why": "end"})


def test_a_polyclinic_that_does_not_answer_gives_the_call_back_with_an_alarm(
    desk: httpx.Client, city: City
) -> None:
    """Two seconds in this region; then the service itself takes the call back and tells."""
    made = new_call(desk, city, 7)
    offered = done(desk, f"{made['id']}/hand_over", {"polyclinic": "p1"})
    assert (offered["hand_over"]["state"], offered["phase"]) == ("offered", "waiting")
    until_s = time.monotonic() + 15
    state = "offered"
    while state == "offered" and time.monotonic() < until_s:
        time.sleep(0.3)
        state = desk.get(f"/api/incidents/{made['id']}").json()["incident"]["hand_over"]["state"]
    back = desk.get(f"/api/incidents/{made['id']}").json()
    assert back["incident"]["hand_over"]["why"] == "timed_out"
    assert back["incident"]["phase"] == "waiting"
    entry = next(each for each in back["timeline"] if each["kind"] == "hand_over_returned")
    assert entry["by"] == "timers"


def test_a_named_person_at_the_polyclinic_ends_the_call(desk: httpx.Client, city: City) -> None:
    """The name is in the record, and the outcome says who has it now."""
    made = new_call(desk, city, 8)
    done(desk, f"{made['id']}/hand_over", {"polyclinic": "p1"})
    taken = done(desk, f"{made['id']}/hand_over/accept", {"accepted_by": "врач Петрова"})
    assert (taken["phase"], taken["outcome"]) == ("closed", "handed_to_polyclinic")
    assert taken["hand_over"]["accepted_by"] == "врач Петрова"


@pytest.mark.parametrize("how", ["cancelled", "false", "refused", "duplicate"])
def test_how_a_call_ended_that_needed_nobody(desk: httpx.Client, city: City, how: str) -> None:
    """Cancelled, false, refused, told of by another call: each a closing of its own, with its reason."""
    made = new_call(desk, city, 9)
    ended = done(desk, f"{made['id']}/cancel", {"why": "со слов соседа", "how": how})
    assert (ended["phase"], ended["cancelled_as"], ended["outcome"]) == ("cancelled", how, "со слов соседа")


def test_a_planned_transfer_says_when_it_appears(desk: httpx.Client, city: City) -> None:
    """An hour before it is due, which is when its norm begins to run."""
    due_ms = int(time.time() * 1000) + 5 * 3_600_000
    hospital = city.hospitals[0].id
    journey = {"kind": "transfer", "due_ms": due_ms, "hospital": hospital}
    made = new_call(desk, city, 10, reason="transfer", journey=journey)
    assert made["journey"] == journey
    assert made["appears_ms"] == due_ms - 3_600_000
    assert made["norm_ends_ms"] == due_ms + 1_200_000


def test_a_call_entered_afterwards_is_marked(desk: httpx.Client, city: City) -> None:
    """Two hours late, with the crew's own times behind it."""
    called_ms = int(time.time() * 1000) - 7_200_000
    made = new_call(desk, city, 11, called_at_ms=called_ms)
    assert (made["entered_late"], made["called_at_ms"]) == (True, called_ms)
    (crew,) = desk.get(f"/api/incidents/{made['id']}/recommendation").json()["crews"][-1:]
    sent = desk.post(
        f"/api/incidents/{made['id']}/assignments",
        json={"unit": crew["unit"], "override_reason": "с бумаги", "at_ms": called_ms + 60_000},
    )
    if sent.status_code == 409:  # the crew has been on one of this module's calls since
        assert sent.json()["error"]["code"] == "time-before-previous"
        return
    assert sent.json()["assignment"]["times"]["notified"] == called_ms + 60_000


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("none/answers", {"breathing": "no"}, (404, "unknown-incident")),
        ("C/answers", {"breathing": "perhaps"}, (422, "wrong-field")),
        ("C/call_backs", {}, (422, "wrong-field")),
        ("C/priority", {"priority": 1}, (422, "wrong-field")),
        ("C/link", {"main": "C"}, (409, "bad-link")),
        ("C/patients", {"who": ""}, (422, "wrong-field")),
        ("C/patients/7/withdraw", {"why": "x"}, (404, "unknown-patient")),
        ("C/hand_over", {"polyclinic": "p9"}, (422, "unknown-polyclinic")),
        ("C/hand_over/return", {"why": "timed_out"}, (422, "wrong-field")),
        ("C/hand_over/accept", {"accepted_by": "x"}, (409, "bad-transition")),
        ("C/cancel", {"why": "x", "how": "bored"}, (422, "wrong-field")),
    ],
)
def test_a_bad_request_is_answered_in_words(
    desk: httpx.Client, city: City, path: str, body: dict[str, object], expected: tuple[int, str]
) -> None:
    """What is wrong is said with a code, and nothing happens."""
    made = new_call(desk, city, 12)
    sent = {key: made["id"] if value == "C" else value for key, value in body.items()}
    answer = desk.post(f"/api/incidents/{path.replace('C', made['id'], 1)}", json=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == expected
    assert len(answer.json()["error"]["message"]) > 10


def test_a_hazard_must_end(desk: httpx.Client, city: City) -> None:
    """One without an end within a year is refused by its field."""
    body = {"place": place_of(city, 13), "text": "x", "until_ms": 1}
    answer = desk.post("/api/hazards", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "until_ms")
