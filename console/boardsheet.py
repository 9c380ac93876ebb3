"""The board on paper: open calls, crews and hospitals as one HTML page that needs nothing but itself. Pure.

It is for the minutes in which nothing else works: black on white, no script, printable from any machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from dispatch.incident import Incident
from dispatch.opening import Opening
from dispatch.region import Region

# In both languages, for the page is written by the service, which does not know who will read it.
STATES: dict[str, str] = {
    "free": "свободна / free",
    "notified": "оповещена / notified",
    "acknowledged": "приняла / acknowledged",
    "en_route": "едет / en route",
    "on_scene": "на месте / on scene",
    "at_patient": "у пациента / at patient",
    "left_scene": "везёт / transporting",
    "at_hospital": "в больнице / at hospital",
    "handed_over": "передала / handed over",
    "break": "перерыв / break",
    "refuelling": "заправка / refuelling",
    "out_of_order": "неисправна / out of order",
}
STYLE = """
body{font:11pt/1.3 sans-serif;color:#000;background:#fff;margin:12mm}
h1{font-size:15pt;margin:0}h2{font-size:12pt;margin:6mm 0 1mm}
p{margin:1mm 0}table{border-collapse:collapse;width:100%}
th,td{border:1px solid #555;padding:1mm 1.5mm;text-align:left;vertical-align:top}
th{background:#eee}tr{page-break-inside:avoid}thead{display:table-header-group}
.p1 td:first-child{font-weight:bold;border-left:2mm solid #000}td.note{width:22%}
@page{size:A4 landscape;margin:10mm}@media print{body{margin:0}}
"""


def board_sheet(region: Region, now_ms: int, zone: ZoneInfo, degraded: Iterable[str] = ()) -> str:
    """Return the page.

    Args:
        region: the state of things.
        now_ms: when it is written, ms since 1970 UTC.
        zone: the region's time zone.
        degraded: what does not work at that moment, in words.
    """
    name = "" if region.settings is None else f"{region.settings.name.ru} / {region.settings.name.en}"
    calls = sorted(
        (region.incidents[each] for each in region.open_incidents),
        key=lambda each: (each.priority, each.called_at_ms),
    )
    trouble = "".join(f"<p><b>{escape(each)}</b></p>" for each in degraded)
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8">'
        '<meta http-equiv="refresh" content="30">'
        f"<title>{escape(name)}: табло / board</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(name)}: табло на {_time(now_ms, zone, day=True)} / board</h1>"
        f"<p>Запись / entry № {region.seq}. Дальше ведите на бумаге; потом вызовы вносят с их временем. / "
        f"Go on on paper; enter calls later with their own times.</p>{trouble}"
        f"<h2>Открытые вызовы / open calls: {len(calls)}</h2>"
        + _table(
            "№|Приоритет|Принят / called|Норма до / norm|Повод / reason|Адрес / place|Телефон / phone|"
            "Бригады / crews|Заметки / notes",
            [_call(region, each, zone) for each in calls],
            [f"p{each.priority}" for each in calls],
        )
        + "<h2>Бригады на смене / crews on duty</h2>"
        + _table(
            "Бригада / crew|Профиль / kind|Подстанция / base|Состояние / state|С / since|Вызов / call|"
            "Состав / members|Заметки / notes",
            [_unit(region, each, zone) for each in region.units if region.unit_state(each) != "off"],
        )
        + "<h2>Больницы / hospitals</h2>"
        + _table(
            "Больница / hospital|Принимает / takes|До / until|Почему / why",
            [_hospital(region, each, now_ms, zone) for each in region.hospitals],
        )
        + "</body></html>\n"
    )


def _call(region: Region, call: Incident, zone: ZoneInfo) -> tuple[str, ...]:
    settings = region.settings
    reason = None if settings is None else settings.reason(call.reason)
    crews = [
        f"{region.units[each.unit].call_sign}: {STATES.get(each.status, each.status)} "
        f"{_time(each.since_ms, zone)}"
        for each in region.assignments_of(call.id)
        if each.open
    ]
    crews += [
        f"ждёт / waits for {region.units[unit].call_sign}"
        for unit, queue in region.queues.items()
        if any(each.incident == call.id for each in queue)
    ]
    place = call.place.label + ("" if not call.place.detail else f", {call.place.detail}")
    return (
        str(call.number),
        str(call.priority),
        _time(call.called_at_ms, zone),
        _time(call.norm_ends_ms, zone),
        call.reason if reason is None else reason.ru,
        f"{place} ({call.place.lat_deg:.5f}, {call.place.lon_deg:.5f})",
        call.phone or "",
        "; ".join(crews) or "—",
        " · ".join(each for each in (call.patient, call.note) if each),
    )


def _unit(region: Region, unit: str, zone: ZoneInfo) -> tuple[str, ...]:
    known = region.units[unit]
    active, state = region.active_assignment(unit), region.unit_state(unit)
    kind = None if region.settings is None else region.settings.crew_kind(known.crew_kind)
    base = region.substations.get(known.substation or "")
    shift = region.crew_shifts.get(unit)
    names = () if shift is None else shift.members
    until = "" if known.duty_until_ms is None else f" до / until {_time(known.duty_until_ms, zone)}"
    hospital = None if active is None or active.hospital is None else region.hospitals.get(active.hospital)
    call = "" if active is None else f"№ {region.incidents[active.incident].number}"
    return (
        known.call_sign,
        known.crew_kind if kind is None else kind.ru,
        "" if base is None else base.name,
        STATES.get(state, state) + (until if active is None else ""),
        _time(region.unit_state_since_ms(unit), zone),
        call + ("" if hospital is None else f" → {hospital.name}"),
        ", ".join(region.members[each].name if each in region.members else each for each in names),
        "",
    )


def _hospital(region: Region, hospital: str, now_ms: int, zone: ZoneInfo) -> tuple[str, ...]:
    said = region.openings.get(hospital, Opening(hospital=hospital)).as_of(now_ms)
    state = {"open": "да / yes", "closed": "закрыта / closed"}.get(said.state, "")
    return (
        region.hospitals[hospital].name,
        state or f"кроме / but for: {', '.join(said.refuses)}",
        "" if said.until_ms is None else _time(said.until_ms, zone, day=True),
        " · ".join(each for each in (said.why, said.by) if each),
    )


def _table(head: str, rows: Iterable[tuple[str, ...]], classes: Iterable[str] = ()) -> str:
    rows = list(rows)
    marks = list(classes) or [""] * len(rows)
    body = "".join(
        f'<tr class="{mark}">' + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for mark, row in zip(marks, rows, strict=True)
    )
    heads = "".join(f"<th>{escape(each)}</th>" for each in head.split("|"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _time(at_ms: int, zone: ZoneInfo, *, day: bool = False) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).strftime("%d.%m.%Y %H:%M:%S" if day else "%H:%M")
