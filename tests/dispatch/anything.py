"""Every command that there is, made up at random: sensible ones mostly, and impossible ones among them.

`MAKERS` is a literal table with one line a kind of command; a test holds it against `commands.Command`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from dispatch import callcommands, commands, crewshift, deskcommands, events, majorcommands, queued
from dispatch.alarm import ALARM_KINDS, Evidence, Seen
from dispatch.assignment import STATUSES, Assignment
from dispatch.catalogue import Hospital, Substation, Zone
from dispatch.condition import ANSWERS, CHANGES, Condition
from dispatch.equipment import EQUIPMENT
from dispatch.handover import RETURNED_WHY
from dispatch.incident import CANCELLED, Place
from dispatch.journey import Journey
from dispatch.opening import STATES
from dispatch.qualification import QUALIFICATIONS, Held, Member
from dispatch.region import Region
from dispatch.swap import ON_THE_WAY
from dispatch.unit import DUTIES
from dispatch.workplace import workplaces

T = TypeVar("T")
NOWHERE = "nowhere"
# Two addresses, close enough for hazards and duplicates to be found.
PLACES = (
    Place(label="ул. Ленина, 5", lat_deg=55.0, lon_deg=61.0),
    Place(label="ул. Мира, 1", lat_deg=55.02, lon_deg=61.05),
)
USERS = ("anna", "boris", "vera")


class Chance:
    """What a random dispatcher has before the eyes: a region, the time, and dice."""

    def __init__(self, region: Region, now_ms: int, seed: random.Random) -> None:
        """Commands are made for the region as it is now."""
        self.region = region
        self.now_ms = now_ms
        self.random = seed

    def often(self, share: float) -> bool:
        """Say yes so often."""
        return self.random.random() < share

    def of(self, several: Sequence[T]) -> T:
        """Pick one."""
        return self.random.choice(several)

    def name(self, several: Iterable[str]) -> str:
        """Pick an id, one of the newest six mostly, and now and then one that does not exist."""
        known = list(several)
        if not known or self.often(0.03):
            return NOWHERE
        return self.of(known[-6:] if self.often(0.7) else known)

    def unit(self) -> str:
        """Pick a unit."""
        return self.name(self.region.units)

    def free(self) -> str:
        """Pick a unit that can be sent, mostly."""
        region = self.region
        free = [
            name for name, each in region.units.items() if each.duty == "on" and name not in region.active
        ]
        return self.name(free if free and self.often(0.9) else region.units)

    def call(self) -> str:
        """Pick a call, an open one mostly."""
        several = self.region.open_incidents if self.often(0.85) else self.region.incidents
        return self.name(several)

    def assignment(self) -> str:
        """Pick an assignment, one that still binds a crew mostly."""
        return self.name(self.region.active.values() if self.often(0.85) else self.region.assignments)

    def hospital(self) -> str:
        """Pick a hospital."""
        return self.name(self.region.hospitals)

    def text(self) -> str:
        """Say something."""
        return self.of(("потому что", "рядом", "x", "\ud800", "")) if self.often(0.1) else "потому что"

    def place(self) -> Place:
        """Pick a place."""
        return self.of(PLACES)

    def condition(self) -> Condition:
        """Answer the first questions."""
        return Condition(conscious=self.of((None, *ANSWERS)), breathing=self.of((None, *ANSWERS)))

    def around_ms(self, ahead_ms: int, behind_ms: int = 0) -> int:
        """Pick an instant around now."""
        return self.now_ms + self.random.randint(-behind_ms, ahead_ms)


def _incident(chance: Chance) -> commands.Command:
    journey = None
    if chance.often(0.1):
        journey = Journey(
            kind="planned", due_ms=chance.around_ms(7_200_000, 60_000), hospital=chance.of((None, "h1"))
        )
    return commands.CreateIncident(
        place=chance.place(),
        reason=chance.of((None, "chest_pain", "fever", "fever", "other", NOWHERE)),
        phone=chance.of((None, "+7 900", "+7 901")),
        called_at_ms=chance.around_ms(6_000, 900_000) if chance.often(0.2) else None,
        patient="Иванов",
        note=chance.text(),
        condition=chance.condition() if chance.often(0.2) else None,
        patients=("ребёнок",) if chance.often(0.1) else (),
        journey=journey,
    )


def _swap(chance: Chance) -> commands.Command:
    region = chance.region
    calls = [*region.open_incidents]
    chance.random.shuffle(calls)
    calls = calls[: chance.of((1, 2, 3))]
    bound = {each.unit for call in calls for each in region.assignments_of(call) if each.open}
    units = [each for each in region.units if each in bound or each not in region.active or chance.often(0.1)]
    chance.random.shuffle(units)
    moves = []
    for call in calls:
        under_way = [each for each in region.assignments_of(call) if each.status in ON_THE_WAY]
        taken = under_way[0] if under_way and chance.often(0.95) else None
        moves.append(
            events.SwapMove(
                incident=call,
                taken=None if taken is None else taken.unit,
                assignment=None if taken is None else taken.id,
                sent=units.pop() if units and chance.often(0.8) else None,
                before_s=900.0,
                after_s=chance.of((300.0, 300.0, 1200.0)),
            )
        )
    return commands.SwapCrews(proposal="p", moves=tuple(moves), gain_s=600.0, late_fewer=1)


def _status(chance: Chance) -> commands.Command:
    assignment = chance.assignment()
    known: Assignment | None = chance.region.assignments.get(assignment)
    # Mostly the next button or the one after; else whichever.
    status = chance.of(STATUSES)
    if known is not None and chance.often(0.8):
        at = STATUSES.index(known.status)
        status = STATUSES[min(at + chance.of((1, 1, 2)), STATUSES.index("cleared"))]
    return commands.SetStatus(
        assignment=assignment,
        status=status,
        at_ms=chance.around_ms(3_000, 60_000) if chance.often(0.2) else None,
        hospital=chance.hospital() if status == "left_scene" else None,
        acting_unit=chance.unit() if chance.often(0.1) else None,
    )


def _alarm(chance: Chance) -> commands.Command:
    if chance.often(0.3):
        kind = chance.of(("call_back", "patients_left", "polyclinic_returned"))
        return commands.RaiseAlarm(alarm_kind=kind, unit="", evidence=Evidence(incident=chance.call()))
    kind = "spoofing" if chance.often(0.5) else chance.of(ALARM_KINDS)
    return commands.RaiseAlarm(alarm_kind=kind, unit=chance.unit(), evidence=Evidence(note="сигнал"))


def _patient(chance: Chance) -> commands.Command:
    number = chance.of((2, 3)) if chance.often(0.3) else None
    return callcommands.NotePatient(
        incident=chance.call(), who=chance.text(), patient=number, note=chance.text()
    )


def _plan(chance: Chance) -> commands.Command:
    starts_ms = chance.around_ms(3_600_000, 600_000)
    return crewshift.PlanCrew(
        unit=chance.unit(),
        starts_ms=starts_ms,
        ends_ms=starts_ms + 3_600_000,
        members=("m1",) if chance.often(0.5) else (),
        crew_kind=chance.of((None, "paramedic")),
    )


def _settings(chance: Chance) -> commands.Command:
    settings = chance.region.settings
    assert settings is not None
    return commands.ConfigureRegion(
        settings=msgspec.structs.replace(
            settings,
            norm_s=chance.of((1200, 1201, 0)),
            qualifications=QUALIFICATIONS,
            equipment=EQUIPMENT,
            zones=(Zone(id="all", ru="Всё", en="All", substations=("s1",)),),
        )
    )


def _desk(chance: Chance) -> str:
    return chance.name(each.id for each in workplaces(chance.region.settings))


def _offered(chance: Chance) -> str:
    several = (chance.region.incidents[each] for each in chance.region.open_incidents)
    return chance.name(
        each.id for each in several if each.hand_over is not None and each.hand_over.state == "offered"
    )


def _urgent(chance: Chance) -> str:
    several = (chance.region.incidents[each] for each in chance.region.open_incidents)
    return chance.name(each.id for each in several if each.priority == 3 and not each.assignments)


MAKERS: dict[type[Any], Callable[[Chance], commands.Command]] = {
    commands.ConfigureRegion: _settings,
    commands.RegisterSubstation: lambda c: commands.RegisterSubstation(
        substation=Substation(id="s3", name=c.text(), lat_deg=55.0, lon_deg=61.0)
    ),
    commands.RegisterHospital: lambda c: commands.RegisterHospital(
        hospital=Hospital(id="h3", name=c.text(), lat_deg=55.0, lon_deg=c.of((61.0, 400.0)))
    ),
    commands.RegisterUnit: lambda c: commands.RegisterUnit(
        unit=c.of(("u1", "u5")),
        call_sign=c.text(),
        crew_kind=c.of(("doctor", "paramedic", NOWHERE)),
        vehicle_class="B",
        equipment=("defibrillator",),
        substation="s1",
    ),
    commands.SetDuty: lambda c: commands.SetDuty(
        unit=c.unit(),
        duty="on" if c.often(0.6) else c.of(DUTIES),
        until_ms=c.around_ms(600_000),
        why=c.text(),
    ),
    commands.CreateIncident: _incident,
    commands.CancelIncident: lambda c: commands.CancelIncident(
        incident=c.call(), why=c.text(), how=c.of(CANCELLED)
    ),
    commands.CloseIncident: lambda c: commands.CloseIncident(incident=c.call(), outcome=c.text()),
    commands.ReopenIncident: lambda c: commands.ReopenIncident(
        incident=c.name(c.region.ended if c.often(0.8) else c.region.incidents), why=c.text()
    ),
    commands.AssignCrew: lambda c: commands.AssignCrew(
        incident=c.call(),
        unit=c.free(),
        eta_s=c.of((None, 240.0, float("nan"))) if c.often(0.2) else 240.0,
        rank=1,
        shown_at_ms=c.now_ms,
        ranking=(events.RankedSummary(unit="u1", rank=1, eta_s=240.0),),
        at_ms=c.around_ms(6_000, 600_000) if c.often(0.2) else None,
    ),
    commands.SwapCrews: _swap,
    commands.SetStatus: _status,
    commands.ChooseHospital: lambda c: commands.ChooseHospital(
        assignment=c.assignment(), hospital=c.hospital()
    ),
    commands.SetOpening: lambda c: commands.SetOpening(
        hospital=c.hospital(),
        state=c.of(STATES),
        refuses=("infarction",),
        until_ms=c.around_ms(3_600_000),
        why=c.text(),
    ),
    commands.NoteMotion: lambda c: commands.NoteMotion(
        assignment=c.assignment(),
        stage=c.of(("en_route", "on_scene", "left_scene")),
        at_ms=c.around_ms(1_000, 200_000),
        not_before_ms=c.of((None, c.now_ms - 300_000)),
    ),
    commands.RaiseAlarm: _alarm,
    commands.AcknowledgeAlarm: lambda c: commands.AcknowledgeAlarm(
        alarm=c.name(each.id for each in c.region.alarms.values() if each.open)
    ),
    commands.BelievePosition: lambda c: commands.BelievePosition(
        unit=c.unit(), reasons=("jump",), doubted_ms=c.now_ms, at=Seen(lat_deg=55.0, lon_deg=61.0)
    ),
    deskcommands.OpenShift: lambda c: deskcommands.OpenShift(
        workplace=_desk(c), user=c.of(USERS), name=c.text()
    ),
    deskcommands.EndShift: lambda c: deskcommands.EndShift(
        workplace=c.name(c.region.posts), successor=c.of((None, c.name(c.region.posts)))
    ),
    deskcommands.NoteAttendance: lambda c: deskcommands.NoteAttendance(
        workplace=c.name(c.region.posts), user=c.of(USERS), silent_ms=c.of((None, c.now_ms))
    ),
    deskcommands.GiveCall: lambda c: deskcommands.GiveCall(
        incident=c.call(), workplace=_desk(c), user=c.of(USERS)
    ),
    majorcommands.DeclareMajor: lambda c: majorcommands.DeclareMajor(
        incident=c.name(c.region.majors) if c.often(0.5) else c.call(),
        scale=c.of((None, "small", "medium", "large", NOWHERE)),
        note=c.text(),
    ),
    majorcommands.CountTriage: lambda c: majorcommands.CountTriage(
        incident=c.name(c.region.majors), red=c.of((0, 1, 2, -1)), yellow=1, green=c.of((3, 4)), black=0
    ),
    majorcommands.SetStaging: lambda c: majorcommands.SetStaging(
        incident=c.name(c.region.majors), place=c.of((None, c.place()))
    ),
    majorcommands.PromiseBeds: lambda c: majorcommands.PromiseBeds(
        incident=c.name(c.region.majors), hospital=c.hospital(), beds=c.of((0, 5, -1))
    ),
    majorcommands.SetReserve: lambda c: majorcommands.SetReserve(
        incident=c.name(c.region.majors), reserve=c.of((None, 0, 1, 2)), why=c.text()
    ),
    majorcommands.StandDown: lambda c: majorcommands.StandDown(
        incident=c.name(c.region.majors), note=c.text()
    ),
    commands.CorrectTime: lambda c: commands.CorrectTime(
        assignment=c.name(c.region.assignments),
        what=c.of(STATUSES),
        to_ms=c.of((None, c.around_ms(0, 600_000))),
        why=c.text(),
    ),
    commands.NoteView: lambda c: commands.NoteView(incident=c.call(), what="card"),
    commands.NoteExport: lambda c: commands.NoteExport(
        what=c.text(), file_format="csv", rows=3, with_personal=False, filters=c.text()
    ),
    callcommands.AssessPatient: lambda c: callcommands.AssessPatient(
        incident=c.call(), condition=c.condition()
    ),
    callcommands.RecordCallBack: lambda c: callcommands.RecordCallBack(
        incident=c.call(),
        reached=c.often(0.6),
        condition=c.condition(),
        change=c.of((None, *CHANGES)),
        note=c.text(),
    ),
    callcommands.SetPriority: lambda c: callcommands.SetPriority(
        incident=c.call(), priority=c.of((1, 2, 3, 3, 4)), why=c.text()
    ),
    callcommands.DescribeIncident: lambda c: callcommands.DescribeIncident(
        incident=c.call(),
        reason=c.of((None, "fever", "chest_pain")),
        priority=c.of((None, None, 2)),
        phone="112",
        patient="Петров",
        detail="подъезд 2",
        note=c.text(),
    ),
    callcommands.GiveInstruction: lambda c: callcommands.GiveInstruction(
        incident=c.call(), instruction=c.of(("cpr", "cpr", NOWHERE))
    ),
    callcommands.LinkIncident: lambda c: callcommands.LinkIncident(
        incident=c.call(), main=c.call(), same_patient=c.often(0.6)
    ),
    callcommands.UnlinkIncident: lambda c: callcommands.UnlinkIncident(
        incident=c.name(each for each in c.region.open_incidents if c.region.incidents[each].linked_to),
        why=c.text(),
    ),
    callcommands.NotePatient: _patient,
    callcommands.WithdrawPatient: lambda c: callcommands.WithdrawPatient(
        incident=c.name(each for each in c.region.open_incidents if c.region.incidents[each].patients),
        patient=c.of((2, 2, 3)),
        why=c.text(),
    ),
    callcommands.OfferHandOver: lambda c: callcommands.OfferHandOver(
        incident=_urgent(c), polyclinic=c.of(("p1", "p2", NOWHERE)), note=c.text()
    ),
    callcommands.AcceptHandOver: lambda c: callcommands.AcceptHandOver(
        incident=_offered(c), accepted_by=c.text()
    ),
    callcommands.ReturnHandOver: lambda c: callcommands.ReturnHandOver(
        incident=_offered(c), why=c.of(RETURNED_WHY), note=c.text()
    ),
    callcommands.NoteHazard: lambda c: callcommands.NoteHazard(
        place=c.place(), text=c.text(), until_ms=c.around_ms(3_600_000, 60_000)
    ),
    callcommands.WithdrawHazard: lambda c: callcommands.WithdrawHazard(
        hazard=c.name(c.region.hazards), why=c.text()
    ),
    queued.QueueCall: lambda c: queued.QueueCall(
        incident=c.call(), unit=c.name(c.region.active), why=c.text()
    ),
    queued.UnqueueCall: lambda c: queued.UnqueueCall(
        incident=c.name(each.incident for queue in c.region.queues.values() for each in queue),
        unit=c.name(c.region.queues),
        why=c.text(),
    ),
    crewshift.RegisterMember: lambda c: crewshift.RegisterMember(
        member=Member(
            id="m1", name=c.text(), qualifications=(Held(kind="doctor", until=c.of(("2027-01-20", "soon"))),)
        )
    ),
    crewshift.PlanCrew: _plan,
    crewshift.DropCrewPlan: lambda c: crewshift.DropCrewPlan(planned=c.name(c.region.planned), why=c.text()),
    crewshift.OpenCrewShift: lambda c: crewshift.OpenCrewShift(
        unit=c.name(each.unit for each in c.region.planned.values()) if c.often(0.5) else c.free(),
        members=c.of((None, ("m1",), ("m2",))),
        crew_kind=c.of((None, "paramedic")),
        missing=c.of(((), ("defibrillator",))),
    ),
}


# What a shift is made of mostly; all else comes between.
USUAL = (
    commands.CreateIncident,
    *2 * (commands.AssignCrew,),
    *3 * (commands.SetStatus,),
)


def anything(chance: Chance) -> commands.Command:
    """Make a command up."""
    kind = chance.of(USUAL) if chance.often(0.4) else chance.of([*MAKERS])
    return MAKERS[kind](chance)
