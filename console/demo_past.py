"""The demo's past: eight weeks of made-up, finished calls, so that the reports have something to report.

Written into the journal before its first start, as the entries that a service would have written; every one
names `demo-past` as its source and its author. The crews work a day in six, as a small city's do. What the
demo shows live goes through the same doors as in a real region; its past is the one short cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from console.demo import CASES, DemoCity, base_of
from console.demo_response import (
    DETOUR,
    HOUR_MS,
    MINUTE_MS,
    SIREN_MPS,
    SOURCE,
    Crew,
    Point,
    Response,
    around,
    metres,
    told,
)
from console.settings import Settings
from console.setup import setup_commands
from console.simulate.chance import chance
from dispatch import events
from dispatch.catalogue import Reason
from dispatch.commands import Command
from dispatch.decide import decide
from dispatch.defaults import REASONS
from dispatch.events import Draft, seal
from dispatch.incident import Place
from dispatch.journal import Journal
from dispatch.refusal import Refusal
from dispatch.region import Region
from routing.institutions import Hospital

DAYS = 56
CALLS_PER_UNIT_DAY = 1.4
# One shift of 24 hours in so many days; small demos have everybody on duty all the time.
SHIFT_OF = 6
FEWEST_FOR_SHIFTS = 20
SHIFT_BEGINS_H = 8
DAY_MS = 24 * HOUR_MS
# The last call has ended so long before the demo begins that no screen shows it as just ended.
QUIET_MS = 45 * MINUTE_MS

# How many of a day's calls come in each hour, in proportion: a trough at four, a peak after work.
BY_HOUR = (26, 20, 16, 14, 13, 16, 22, 32, 42, 50, 52, 50, 48, 47, 46, 47, 51, 60, 64, 60, 54, 48, 40, 32)
BY_WEEKDAY = (1.06, 1.0, 0.97, 0.99, 1.16, 0.94, 0.88)
RUSH_HOURS = frozenset({8, 17, 18, 19})
PROCESSING_S = {1: 58.0, 2: 75.0, 3: 110.0}
STANDS_IN = {"doctor": ("resuscitation",), "paramedic": ("doctor", "resuscitation")}
# Shares of calls: taken back while waiting; settled by telephone; taken back when a crew was on its way.
TAKEN_BACK, BY_PHONE, RECALLED = 0.035, 0.007, 0.018


def write_past(journal: Journal, settings: Settings, city: DemoCity, seed: int, now_ms: int) -> int:
    """Write the past into an empty journal, in one transaction; return how many entries.

    Raises:
        JournalError: it cannot be written; nothing was.
    """
    sealed = seal(settings.region, journal.head(settings.region), Past(settings, city, seed, now_ms).drafts())
    journal.append(settings.region, journal.head(settings.region), sealed)
    return len(sealed)


class Past:
    """The made-up calls of one region, repeatable by its seed."""

    def __init__(self, settings: Settings, city: DemoCity, seed: int, now_ms: int) -> None:
        """Take what the demo starts with; the past ends shortly before `now_ms`."""
        self._settings = settings
        self._city = city
        self._zone = ZoneInfo(city.timezone)
        self._chance = chance(seed, SOURCE)
        self._until_ms = now_ms - QUIET_MS
        today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self._zone).date()
        self._first = today - timedelta(days=DAYS)
        shifts = SHIFT_OF if len(settings.unit) >= FEWEST_FOR_SHIFTS else 1
        self._crews = [self._crew(index, shifts) for index in range(len(settings.unit))]
        self._drafts: list[Draft] = []
        self._numbers: dict[str, int] = {}

    def _crew(self, index: int, shifts: int) -> Crew:
        unit, base = self._settings.unit[index], base_of(self._city, index)
        home = (base.lat_deg, base.lon_deg)
        return Crew(unit.id, index, unit.crew_kind, base.id, home, shifts, place=home)

    def drafts(self) -> list[Draft]:
        """Return the entries in the order in which they were learned, the region's set-up first."""
        setup = list(self._setup())
        for day in range(DAYS + 1):
            for at_ms in self._calls_of(day):
                self._call(day, at_ms)
        self._duties()
        return setup + sorted(self._drafts, key=lambda each: each.learned_ms)

    # ── the region itself ────────────────────────────────────────────────────────────────────────────────

    def _setup(self) -> Iterator[Draft]:
        at_ms = self._midnight(0) - HOUR_MS
        region = Region(self._settings.region)
        todo: list[Command] = setup_commands(self._settings, self._city.substations, self._city.hospitals)
        for command in todo:
            decided = decide(region, command, at_ms, "")
            if isinstance(decided, Refusal):
                raise ValueError(f"the demo's own configuration is refused: {decided.message}")  # noqa: TRY004  # a refusal is an answer, and no wrong type
            for dated in decided:
                draft = told(dated.event, at_ms)
                region.apply(seal(region.id, region.head, [draft])[0].envelope)
                yield draft

    def _duties(self) -> None:
        """Write when each crew came and went; who is on a call at the end of a shift goes when it is done."""
        for crew in self._crews:
            if crew.shifts == 1:
                self._drafts.append(told(events.DutyChanged(unit=crew.unit, duty="on"), self._midnight(0)))
                continue
            for day in range(-1, DAYS + 1):
                if not crew.on_duty(day):
                    continue
                begin_ms = max(self._midnight(day) + SHIFT_BEGINS_H * HOUR_MS, self._midnight(0))
                end_ms = self._midnight(day + 1) + SHIFT_BEGINS_H * HOUR_MS
                last_ms = (done for was, done in crew.busy if begin_ms <= was < end_ms + DAY_MS // 2)
                end_ms = max(end_ms, max(last_ms, default=0) + MINUTE_MS)
                changes = (
                    (begin_ms, events.DutyChanged(unit=crew.unit, duty="on")),
                    (end_ms, events.DutyChanged(unit=crew.unit, duty="off")),
                )
                self._drafts += [told(event, at_ms) for at_ms, event in changes if at_ms < self._until_ms]

    # ── one call ─────────────────────────────────────────────────────────────────────────────────────────

    def _calls_of(self, day: int) -> list[int]:
        """Return when the calls of a day came, ms since 1970 UTC."""
        weekday = (self._first + timedelta(days=day)).weekday()
        wanted = CALLS_PER_UNIT_DAY * len(self._crews) * BY_WEEKDAY[weekday]
        count = max(1, round(self._chance.gauss(wanted, math.sqrt(wanted))))
        weights = [
            share * (1.5 if weekday == 4 and hour in {17, 18, 19} else 1.0)
            for hour, share in enumerate(BY_HOUR)
        ]
        hours = self._chance.choices(range(24), weights, k=count)
        midnight = self._midnight(day)
        return sorted(midnight + hour * HOUR_MS + self._chance.randrange(HOUR_MS) for hour in hours)

    def _call(self, day: int, called_ms: int) -> None:
        """Add one call with everything that became of it, if that was before the demo begins."""
        draw = self._chance
        label, lat_deg, lon_deg = draw.choice(self._city.addresses)
        reason = draw.choices(REASONS, [CASES[each.id][0] for each in REASONS])[0]
        local = datetime.fromtimestamp(called_ms / 1000, self._zone)
        rush = local.weekday() < 5 and local.hour in RUSH_HOURS
        processing_s = around(draw, PROCESSING_S[reason.priority], 0.45) * (1.35 if rush else 1.0)
        created_ms = called_ms + round(min(processing_s * 0.7, 90.0) * 1000)
        date = local.date().isoformat()
        number = self._numbers.get(date, 0) + 1
        call = events.IncidentCreated(
            incident=f"{date}-{number}",
            number=number,
            day=date,
            place=Place(label=label, lat_deg=lat_deg, lon_deg=lon_deg),
            reason=reason.id,
            priority=reason.priority,
            called_at_ms=called_ms,
            norm_s=round(self._settings.norm_min * 60),
            note="вымышленный вызов, прошлое демонстрации",
        )
        entries = [told(call, created_ms)]
        fate = draw.random()
        if fate < TAKEN_BACK:
            taken_back = events.IncidentCancelled(incident=call.incident, why="отменён звонившим")
            entries.append(told(taken_back, created_ms + round(around(draw, 240, 0.6) * 1000)))
        elif fate < TAKEN_BACK + BY_PHONE:
            settled = events.IncidentClosed(incident=call.incident, outcome="консультация по телефону")
            entries.append(told(settled, created_ms + round(around(draw, 900, 0.5) * 1000)))
        else:
            crews = self._nearest(day, called_ms + round(processing_s * 1000), call, reason)
            sent_ms = called_ms + round(processing_s * 1000)
            if fate < TAKEN_BACK + BY_PHONE + RECALLED:
                entries += self._recalled(crews[0], call, sent_ms, rush=rush)
            else:
                entries += self._answered(crews, call, sent_ms, rush=rush)
        if max(each.learned_ms for each in entries) < self._until_ms:
            self._numbers[date] = number
            self._drafts += entries

    def _recalled(self, crew: Crew, call: events.IncidentCreated, sent_ms: int, *, rush: bool) -> list[Draft]:
        """Send a crew and call it off on its way."""
        response = Response(self._chance, crew, call, max(sent_ms, crew.free_ms), rush=rush)
        response.notify(1, 1)
        response.recall()
        cancelled = events.IncidentCancelled(incident=call.incident, why="повторный звонок: не нужно")
        return [*response.entries, told(cancelled, response.learned_ms + 1)]

    def _answered(
        self, crews: list[Crew], call: events.IncidentCreated, sent_ms: int, *, rush: bool
    ) -> list[Draft]:
        """Send one crew, or two to some who are in danger; the first of them takes the patient."""
        draw = self._chance
        wanted = 2 if call.priority == 1 and draw.random() < 0.12 else 1
        rank = 1 if draw.random() < 0.86 else min(len(crews), draw.choice((2, 2, 3)))
        chosen = crews[rank - 1]
        entries: list[Draft] = []
        transported, ended_ms = False, 0
        for index, crew in enumerate([chosen, *(each for each in crews if each is not chosen)][:wanted]):
            response = Response(draw, crew, call, max(sent_ms + index * 40_000, crew.free_ms), rush=rush)
            response.notify(rank if index == 0 else index + 1, index + 1)
            transported |= response.work(
                CASES[call.reason][1:], lambda of: self._hospital(of, call.reason), transports=index == 0
            )
            entries += response.entries
            ended_ms = max(ended_ms, response.learned_ms)
        closed = events.IncidentClosed(
            incident=call.incident,
            outcome="transported" if transported else "treated_on_scene",
            automatic=True,
        )
        entries.append(told(closed, ended_ms + 1))
        # The paper of the night is typed in the morning, and some of it wrongly.
        if draw.random() < 0.016:
            entries.append(self._correction(entries, ended_ms))
        return entries

    def _correction(self, entries: list[Draft], ended_ms: int) -> Draft:
        status, shift_s = self._chance.choice((("on_scene", 140), ("at_patient", -600), ("cleared", 2700)))
        pressed = [
            (each.at_ms, each.event) for each in entries if isinstance(each.event, events.StatusChanged)
        ]
        at_ms, event = next((each for each in pressed if each[1].status == status), pressed[-1])
        corrected = events.TimeCorrected(
            assignment=event.assignment,
            incident=event.incident,
            unit=event.unit,
            what=event.status,
            before_ms=at_ms,
            to_ms=at_ms + shift_s * 1000,
            why="по бумажной карте",
        )
        return told(corrected, ended_ms + self._chance.randrange(2 * HOUR_MS, 14 * HOUR_MS))

    def _nearest(self, day: int, at_ms: int, call: events.IncidentCreated, reason: Reason) -> list[Crew]:
        """Return the crews that could go, the soonest first; those that are busy come when they are free."""
        if at_ms < self._midnight(day) + SHIFT_BEGINS_H * HOUR_MS:
            day -= 1
        there = [each for each in self._crews if each.shifts == 1 or each.on_duty(day)] or self._crews
        kind = reason.crew_kind
        if kind is not None and self._chance.random() < 0.6:
            there = [each for each in there if each.kind in (kind, *STANDS_IN.get(kind, ()))] or there
        to = (call.place.lat_deg, call.place.lon_deg)

        def soonest_s(crew: Crew) -> float:
            waits_s = max(0.0, (crew.free_ms - at_ms) / 1000)
            return waits_s + metres(crew.where(at_ms), to) * DETOUR / SIREN_MPS

        return sorted(there, key=soonest_s)[:4]

    def _hospital(self, of: Point, reason: str) -> Hospital:
        """Return a hospital that takes such a patient, the nearest one mostly."""
        needs = {need for each in REASONS if each.id == reason for need in each.needs}
        found = [each for each in self._city.hospitals if needs <= set(each.capabilities)]
        found = sorted(
            found or self._city.hospitals, key=lambda each: metres(of, (each.lat_deg, each.lon_deg))
        )
        return found[min(len(found) - 1, self._chance.choice((0, 0, 0, 1)))]

    def _midnight(self, day: int) -> int:
        date = self._first + timedelta(days=day)
        return round(datetime(date.year, date.month, date.day, tzinfo=self._zone).timestamp() * 1000)
