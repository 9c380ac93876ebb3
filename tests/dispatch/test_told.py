"""Call-takers who try anything, among dispatchers and crews who do: what holds whatever happens."""

from __future__ import annotations

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from dispatch import callcommands as ask
from dispatch import callevents, commands
from dispatch.condition import ANSWERS, CHANGES, Condition
from dispatch.events import digest, unseal
from dispatch.handover import RETURNED_WHY
from dispatch.polyclinic import timed_out
from dispatch.timers import alarms, timers
from tests.dispatch.conftest import PLACE, World
from tests.dispatch.test_region import RandomDispatchers

PICK = st.integers(0, 9)
CONDITIONS = st.builds(
    Condition,
    conscious=st.one_of(st.none(), st.sampled_from(ANSWERS)),
    breathing=st.one_of(st.none(), st.sampled_from(ANSWERS)),
)


class RandomCallTakers(RandomDispatchers):
    """They add to what dispatchers and crews try; its end is a journal that replays to the same region."""

    def __init__(self) -> None:
        super().__init__()
        self.priorities: dict[str, int] = {}
        self.read_seq = 0

    def call(self, pick: int) -> str:
        """Pick any call, or one that does not exist."""
        return self.any_of(list(self.world.region.incidents), pick)

    @rule(condition=CONDITIONS, patients=st.integers(0, 2))
    def take_a_call_with_answers(self, condition: Condition, patients: int) -> None:
        """Somebody calls from a place, and answers."""
        self.ask(
            commands.CreateIncident(
                place=PLACE, condition=condition, phone="112", priority=3, patients=("ещё",) * patients
            )
        )

    @rule(pick=PICK, condition=CONDITIONS)
    def assess(self, pick: int, condition: Condition) -> None:
        """Ask the first questions."""
        self.ask(ask.AssessPatient(incident=self.call(pick), condition=condition))

    @rule(
        pick=PICK,
        reached=st.booleans(),
        condition=CONDITIONS,
        change=st.one_of(st.none(), st.sampled_from(CHANGES)),
    )
    def call_back(self, pick: int, reached: bool, condition: Condition, change: None) -> None:
        """Ring a caller."""
        self.ask(
            ask.RecordCallBack(incident=self.call(pick), reached=reached, condition=condition, change=change)
        )

    @rule(pick=PICK, priority=st.integers(0, 4))
    def judge(self, pick: int, priority: int) -> None:
        """Give any priority by hand."""
        self.ask(ask.SetPriority(incident=self.call(pick), priority=priority, why="so"))

    @rule(
        pick=PICK,
        priority=st.one_of(st.none(), st.integers(1, 3)),
        reason=st.sampled_from(["fever", "chest_pain"]),
    )
    def describe(self, pick: int, priority: int | None, reason: str) -> None:
        """Tell more of any call."""
        self.ask(ask.DescribeIncident(incident=self.call(pick), reason=reason, priority=priority))

    @rule(pick=PICK, main=PICK, same=st.booleans())
    def link(self, pick: int, main: int, same: bool) -> None:
        """Link any call to any other."""
        self.ask(ask.LinkIncident(incident=self.call(pick), main=self.call(main), same_patient=same))

    @rule(pick=PICK)
    def unlink(self, pick: int) -> None:
        """Unlink any call."""
        self.ask(ask.UnlinkIncident(incident=self.call(pick)))

    @rule(pick=PICK, patient=st.one_of(st.none(), st.integers(1, 5)), withdraw=st.booleans())
    def patient(self, pick: int, patient: int | None, withdraw: bool) -> None:
        """Add, tell more of, or withdraw a further patient."""
        incident = self.call(pick)
        self.ask(
            ask.WithdrawPatient(incident=incident, patient=patient or 2, why="нет")
            if withdraw
            else ask.NotePatient(incident=incident, patient=patient, who="кто-то")
        )

    @rule(pick=PICK, act=st.sampled_from(["offer", "accept", *RETURNED_WHY]))
    def polyclinic(self, pick: int, act: str) -> None:
        """Offer, accept, give back."""
        incident = self.call(pick)
        if act == "offer":
            self.ask(ask.OfferHandOver(incident=incident, polyclinic="p1"))
        elif act == "accept":
            self.ask(ask.AcceptHandOver(incident=incident, accepted_by="Петрова"))
        else:
            self.ask(ask.ReturnHandOver(incident=incident, why=act))  # type: ignore[arg-type]  # of RETURNED_WHY

    @rule(days=st.integers(-1, 400))
    def hazard(self, days: int) -> None:
        """Note a hazard at the usual place, with any end."""
        until_ms = self.world.now_ms + days * 86_400_000
        self.ask(ask.NoteHazard(place=PLACE, text="собака", until_ms=until_ms))

    @rule(pick=PICK)
    def reopen(self, pick: int) -> None:
        """Take any ended call up again."""
        self.ask(commands.ReopenIncident(incident=self.call(pick), why="again"))

    @rule()
    def look(self) -> None:
        """The service looks: offers that timed out come back, and what is due is an alarm."""
        for command in (
            *timed_out(self.world.region, self.world.now_ms),
            *alarms(self.world.region, timers(self.world.region, self.world.now_ms), self.world.now_ms),
        ):
            self.ask(command)

    @invariant()
    def only_a_person_lowers_a_priority(self) -> None:
        """Whatever else happens, a call's priority only goes up."""
        new = self.world.journal[self.read_seq :]
        self.read_seq = len(self.world.journal)
        by_hand = {
            each.event.incident
            for each in new
            if isinstance(each.event, callevents.PriorityChanged) and each.event.because == "person"
        }
        for incident in self.world.region.incidents.values():
            before = self.priorities.get(incident.id, 3)
            assert incident.priority <= before or incident.id in by_hand
            self.priorities[incident.id] = incident.priority

    @invariant()
    def a_call_without_a_crew_of_its_own_is_surely_looked_after(self) -> None:
        """Who follows another call has no crew bound; that call is open, its own, and no less grave."""
        region = self.world.region
        for number in region.open_incidents:
            incident = region.incidents[number]
            if incident.follows is None:
                continue
            main = region.incidents[incident.follows]
            assert main.open
            assert main.linked_to is None
            assert main.priority <= incident.priority
            assert not any(each.open for each in region.assignments_of(number))

    @invariant()
    def an_offered_call_is_ours(self) -> None:
        """While a polyclinic is asked the call is open and urgent, and no crew was called off for it."""
        region = self.world.region
        for incident in region.incidents.values():
            standing = incident.hand_over
            if standing is None:
                continue
            if standing.state == "offered" and incident.open:
                assert incident.priority == 3
                assert not any(each.open for each in region.assignments_of(incident.id))
            if standing.state == "accepted":
                assert standing.accepted_by
                assert not incident.open


TestRandomCallTakers = RandomCallTakers.TestCase
TestRandomCallTakers.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_an_entry_of_an_older_program_reads_as_before(world: World) -> None:
    """A call and a cancellation as they were written before call-taking was: no answers, one patient."""
    fields = {"incident": "d-1", "number": 1, "day": "d", "reason": "other", "priority": 2}
    more = {"place": PLACE, "called_at_ms": 1, "norm_s": 1200}
    for event in (
        {"kind": "incident_created", **fields, **more},
        {"kind": "incident_cancelled", "incident": "d-1", "why": "false"},
    ):
        head = world.region.head
        body = msgspec.json.encode(
            {
                "region": "test",
                "seq": head.seq + 1,
                "at_ms": 1,
                "learned_ms": 1,
                "by": "anna",
                "source": "phone",
                "event": event,
                "previous": head.hash,
            }
        )
        world.region.apply(unseal(body, digest(head.hash, body)))
    incident = world.incident("d-1")
    assert (incident.condition, incident.linked_to, incident.heads) == (None, None, 1)
    assert (incident.ending, incident.cancelled_as) == ("cancelled", "cancelled")
