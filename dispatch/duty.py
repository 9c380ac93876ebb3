"""Duty: who is at which workplace, and that every call has an owner through every hand-over. Pure."""

from __future__ import annotations

from dispatch import alarmevents
from dispatch.alarm import Evidence
from dispatch.deskcommands import DeskCommand, EndShift, GiveCall, NoteAttendance, OpenShift
from dispatch.deskevents import AttendanceChanged, Handing, OwnerChanged, ShiftEnded, ShiftOpened
from dispatch.events import Dated
from dispatch.opencall import open_incident
from dispatch.ownership import owner_of, queue_of
from dispatch.refusal import Refusal, bad_text, missing
from dispatch.region import Region
from dispatch.workplace import is_manned, senior_desk, serves, workplace, workplaces


def man(region: Region, command: DeskCommand, now_ms: int) -> list[Dated] | Refusal:
    """Return the events that follow from the command, or why it is refused."""
    match command:
        case OpenShift():
            return _open(region, command, now_ms)
        case EndShift():
            return _end(region, command, now_ms)
        case NoteAttendance():
            return _attendance(region, command, now_ms)
        case GiveCall():
            return _give(region, command, now_ms)


def _open(region: Region, command: OpenShift, now_ms: int) -> list[Dated] | Refusal:
    desk = workplace(region.settings, command.workplace)
    if desk is None:
        return unknown_workplace(command.workplace)
    if refused := missing("user", command.user) or bad_text(user=command.user, name=command.name):
        return refused
    if desk.staff and command.user not in desk.staff:
        return Refusal(
            "not-your-workplace",
            f"{command.user} is not of the staff of {desk.id}",
            {"workplace": desk.id, "user": command.user},
        )
    post = region.posts.get(desk.id)
    if post is not None and post.user == command.user and post.silent_ms is None:
        return []
    relieved = None if post is None or post.user == command.user else post.user
    opened = ShiftOpened(
        workplace=desk.id,
        user=command.user,
        name=command.name,
        relieved=relieved,
        calls=tuple(queue_of(region, desk.id)),
    )
    decided = [Dated(opened, now_ms)]
    if desk.kind == "zone":
        # What fell to the senior for want of anybody comes home; what a person gave or took stays.
        seniors = {each.id for each in workplaces(region.settings) if each.kind == "senior"}
        decided += [
            Dated(_changed(region, call, desk.id, "came_home"), now_ms)
            for call in region.open_incidents
            if (found := region.incidents[call]).handed in (None, "shift_ended")
            and owner_of(region, call) in seniors
            and serves(desk, found.zone)
        ]
    return decided


def _end(region: Region, command: EndShift, now_ms: int) -> list[Dated] | Refusal:
    desk = workplace(region.settings, command.workplace)
    if desk is None:
        return unknown_workplace(command.workplace)
    if command.successor is not None and workplace(region.settings, command.successor) is None:
        return unknown_workplace(command.successor)
    post = region.posts.get(desk.id)
    if post is None:
        return []
    if command.successor is not None and (
        command.successor == desk.id or not is_manned(region.posts, command.successor)
    ):
        return nobody_there(command.successor)
    calls = queue_of(region, desk.id)
    others = {name: each for name, each in region.posts.items() if name != desk.id}
    successor = command.successor or senior_desk(region.settings, others)
    if successor == desk.id and calls and any(is_manned(others, each) for each in others):
        return Refusal(
            "successor-needed",
            f"{desk.id} has {len(calls)} calls: name the workplace that takes them",
            {"field": "successor", "workplace": desk.id, "calls": len(calls)},
        )
    # With nobody else on duty a senior's calls stay at the senior's desk, which every screen then shows.
    going = successor != desk.id
    ended = ShiftEnded(
        workplace=desk.id, user=post.user, successor=successor if going else None, calls=tuple(calls)
    )
    handed = [Dated(_changed(region, call, successor, "shift_ended"), now_ms) for call in calls if going]
    return [*handed, Dated(ended, now_ms)]


def _attendance(region: Region, command: NoteAttendance, now_ms: int) -> list[Dated] | Refusal:
    """Return that a desk is silent, with the alarm that offers its calls to the senior."""
    post = region.posts.get(command.workplace)
    if post is None or post.user != command.user or (post.silent_ms is None) == (command.silent_ms is None):
        return []  # somebody else sits there by now, or it is so already
    noted = AttendanceChanged(workplace=post.workplace, user=post.user, silent_ms=command.silent_ms)
    if command.silent_ms is None:
        return [Dated(noted, now_ms)]
    told = any(
        alarm.open and alarm.kind == "desk_silent" and alarm.evidence.workplace == post.workplace
        for alarm in region.alarms.values()
    )
    raised = alarmevents.AlarmRaised(
        alarm=f"alarm-{region.seq + 2}",
        alarm_kind="desk_silent",
        unit="",
        evidence=Evidence(workplace=post.workplace, note=post.name, said_by="attendance"),
    )
    return [Dated(noted, now_ms)] if told else [Dated(noted, now_ms), Dated(raised, now_ms)]


def _give(region: Region, command: GiveCall, now_ms: int) -> list[Dated] | Refusal:
    incident = open_incident(region, command.incident)
    if isinstance(incident, Refusal):
        return incident
    desk = workplace(region.settings, command.workplace)
    if desk is None:
        return unknown_workplace(command.workplace)
    if owner_of(region, incident.id) == desk.id:
        return []
    if desk.kind != "senior" and not is_manned(region.posts, desk.id):
        return nobody_there(desk.id)
    post = region.posts.get(desk.id)
    why: Handing = "taken" if post is not None and post.user == command.user else "given"
    return [Dated(_changed(region, incident.id, desk.id, why), now_ms)]


def _changed(region: Region, incident: str, owner: str, why: Handing) -> OwnerChanged:
    return OwnerChanged(incident=incident, owner=owner, before=owner_of(region, incident), why=why)


def unknown_workplace(name: str) -> Refusal:
    """Return the answer for a workplace that there is none of."""
    return Refusal("unknown-workplace", f"there is no workplace {name!r}", {"workplace": name})


def nobody_there(name: str) -> Refusal:
    """Return the answer for a workplace that could not answer for a call."""
    return Refusal(
        "nobody-there",
        f"nobody is at {name}: give it to a workplace where somebody is, or to the senior's",
        {"workplace": name},
    )
