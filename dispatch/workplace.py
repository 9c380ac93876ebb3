"""Workplace: a desk of the dispatch centre with a queue of its own, and who owns a call. Pure.

A call is owned by a workplace, and never by nobody: whoever is there answers for it. Where nobody is, the
call belongs to the senior dispatcher's desk, whose queue stands on every screen while it is not manned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from dispatch.catalogue import RegionSettings, Workplace
from dispatch.deskevents import AttendanceChanged, ShiftEnded, ShiftOpened

# What a region has that names no workplaces: one zone over everything, and those above and beside it.
DEFAULT_WORKPLACES: tuple[Workplace, ...] = (
    Workplace(id="senior", ru="Старший диспетчер", en="Senior dispatcher", kind="senior"),
    Workplace(id="dispatch", ru="Направление", en="Dispatch", kind="zone"),
    Workplace(id="calls", ru="Приём вызовов", en="Call-taking", kind="call_taker"),
    Workplace(id="doctor", ru="Старший врач", en="Senior doctor", kind="doctor"),
)


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at a workplace.

    Attributes:
        user, name: the person; since_ms: since when.
        silent_ms: since when nothing is heard from the person's console; None: it is connected.
    """

    workplace: str
    user: str
    name: str
    since_ms: int
    silent_ms: int | None = None


def fold_post(
    posts: dict[str, Post], event: ShiftOpened | ShiftEnded | AttendanceChanged, at_ms: int
) -> None:
    """Fold into `posts` what happened at a workplace."""
    match event:
        case ShiftOpened():
            posts[event.workplace] = Post(
                workplace=event.workplace, user=event.user, name=event.name, since_ms=at_ms
            )
        case ShiftEnded():
            posts.pop(event.workplace, None)
        case AttendanceChanged():
            posts[event.workplace] = msgspec.structs.replace(
                posts[event.workplace], silent_ms=event.silent_ms
            )


def workplaces(settings: RegionSettings | None) -> tuple[Workplace, ...]:
    """Return the region's workplaces; there is always a senior dispatcher's."""
    own = () if settings is None else settings.workplaces
    if any(each.kind == "senior" for each in own):
        return own
    return (*own, DEFAULT_WORKPLACES[0]) if own else DEFAULT_WORKPLACES


def workplace(settings: RegionSettings | None, name: str) -> Workplace | None:
    """Return the workplace of that id, or None."""
    return next((each for each in workplaces(settings) if each.id == name), None)


def is_manned(posts: Mapping[str, Post], name: str) -> bool:
    """Return whether somebody is there whose console is connected."""
    post = posts.get(name)
    return post is not None and post.silent_ms is None


def senior_desk(settings: RegionSettings | None, posts: Mapping[str, Post]) -> str:
    """Return the desk that everything falls to: the first senior's that is manned, else the first."""
    seniors = [each.id for each in workplaces(settings) if each.kind == "senior"]
    return next((each for each in seniors if is_manned(posts, each)), seniors[0])


def desk_for(
    settings: RegionSettings | None, posts: Mapping[str, Post], zone: str | None, calls: Iterable[str] = ()
) -> str:
    """Return who gets a new call: the zone's desk that is manned and has the fewest, else the senior's.

    Args:
        settings: the region's.
        posts: who is where.
        zone: the call's, from `dispatch.zone`.
        calls: the owners of the open calls.
    """
    desks = [
        each.id
        for each in workplaces(settings)
        if each.kind == "zone" and is_manned(posts, each.id) and serves(each, zone)
    ]
    if len(desks) < 2:  # by far the most calls: nobody's queue need be counted
        return desks[0] if desks else senior_desk(settings, posts)
    having = list(calls)
    return min(desks, key=having.count)


def serves(desk: Workplace, zone: str | None) -> bool:
    """Return whether a zone's calls come to the desk: without zones of its own it serves all."""
    return not desk.zones or zone in desk.zones
